# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to Apigee's management API: addresses whose every part is quoted by itself, pages, refusals in words.

Every request may be sent twice: PUT, DELETE and the actions by their nature, a creation since a second one answers 409 and what stands is then looked at.
The one request that would not be, the POST that mints a further key pair, is never sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from ...engine.errors import GatewayError, InputError, Issue, RefusedError, UnreachableError
from ..transport import ApiError, Transport
from . import auth

PAGE = 1000
"""The most that Apigee gives at once."""
OCTETS = "application/octet-stream"
"""What an action is sent as; the documents demand it."""
ROLES = "the role Apigee API Admin (roles/apigee.apiAdminV2) for products, Apigee Developer Admin (roles/apigee.developerAdmin) for developers and apps"
REMEDIES = {
    "apiproduct_doesnot_exist": "Declare the product in apigee_products, or correct its name in products.",
    "stillReferenced": "Take it out of products of these apps first, or the apps away.",
}
"""What to write, by the end of the reason that Apigee names."""
_SECRET_PART = re.compile(r"(/keys/)(?!create$)[^/?]+|(consumerKey(?:=|%3D))[^&/]+")
DOUBT = "the access token is wrong, has expired, or was made for another scope than cloud-platform. One given as access_token is good for an hour at most."
Row = dict[str, Any]


class ForbiddenError(GatewayError):
    """Google knows us, and does not let us."""


class _Answer:
    """What :class:`Transport` reads of an answer."""

    def __init__(self, answer: Any) -> None:
        self.status, self.data, self.headers = answer.status_code, answer.content, answer.headers


class _Pool:
    """A ``requests`` session in the shape of a connection pool: proxies and CA bundles of the environment count, as with all of Google's tools."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def request(self, method: str, url: str, **options: Any) -> Any:
        headers = dict(options["headers"].items())
        return _Answer(self.session.request(method, url, data=options["body"], headers=headers, timeout=options["timeout"], allow_redirects=False))


@dataclass(frozen=True)
class Client:
    """One organisation."""

    transport: Transport
    organization: str

    def get(self, *segments: str, **query: Any) -> Row:
        return self._ask("GET", segments, query=query)

    def post(self, *segments: str, body: Any, **query: Any) -> Row:
        return self._ask("POST", segments, body=body, query=query)

    def put(self, *segments: str, body: Any) -> Row:
        return self._ask("PUT", segments, body=body)

    def delete(self, *segments: str) -> Row:
        return self._ask("DELETE", segments)

    def action(self, *segments: str, action: str) -> None:
        """Approve, revoke, active, inactive: a POST without a body, answered by 204."""
        self._ask("POST", segments, body=b"", query={"action": action}, content_type=OCTETS)

    def paged(self, collection: str, name: str, field: str, **query: Any) -> Iterator[Row]:
        """All of a list that goes on at ``startKey``, which is part of the next page again. ``name``: the field of a row that such a key is.

        The end is a page with nothing new: one that is shorter than asked for may have lost rows that we may not see (spaces).
        """
        asked, seen = dict(query), set[str]()
        while True:
            fresh = [row for row in listed(self.get(collection, count=PAGE, **asked), field, name) if row[name] not in seen]
            yield from fresh
            if not fresh:
                return
            seen |= {row[name] for row in fresh}
            asked["startKey"] = fresh[-1][name]

    def _ask(self, method: str, segments: Iterable[str], **options: Any) -> Row:
        query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in (options.pop("query", None) or {}).items()}
        path = "/".join(quote(part, safe="") for part in ("v1", "organizations", self.organization, *segments))
        try:
            answer: Row = self.transport.request(method, f"/{path}", query=query or None, **options)
        except ApiError as error:
            raise explained(error) from None
        return answer


def listed(answer: Mapping[str, Any], field: str, *named: str) -> list[Row]:
    """The rows of a list in an answer. What is no row, or has no name, is not passed over: what is missing in a list would be made a second time."""
    rows = answer.get(field) or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and all(row.get(name) and isinstance(row[name], str) for name in named) for row in rows):
        of = f" of rows with {' and '.join(named)}" if named else ""
        raise UnreachableError(f"What answers for Apigee does not speak its language: {field} is no list{of}. Is api_endpoint right, and no proxy in between?")
    return [dict(row) for row in rows]


def explained(error: ApiError) -> ApiError:
    """Google's refusal with its own words where every refusal has them. The status that it names is the reason."""
    inner = error.body.get("error")
    if error.text.startswith("<"):
        title = re.search(r"<title>\s*([^<]{1,80})", error.text, re.IGNORECASE)
        words = f"the answer is a page of HTML{f' ({title[1].strip()})' if title else ''}, which none of Apigee's is."
        return ApiError(error.status, {"message": f"{words} Is api_endpoint right, and does no proxy answer in its place?"}, error.method, error.path)
    if not isinstance(inner, Mapping):
        return error
    details = [item for item in inner.get("details") or () if isinstance(item, Mapping)]
    kinds = [str(each.get("type")) for item in details for each in item.get("violations") or () if isinstance(each, Mapping) and each.get("type")]
    text = " ".join([str(inner.get("message") or "").strip(), *(f"({kind})" for kind in kinds)])
    return ApiError(error.status, {"message": text, "reason": inner.get("status") or "", "kinds": kinds}, error.method, error.path)


def told(error: ApiError, origin: str, hide: Iterable[str] = ()) -> RefusedError | ForbiddenError:
    """The same as a message about one entity, without any secret."""
    text = error.text
    for secret in sorted(filter(None, hide), key=len, reverse=True):
        text = text.replace(secret, "(secret)")
    if error.status == 403:
        return ForbiddenError(f"{origin}: Google does not allow it: {text.rstrip('.')}. Needed is {ROLES}.")
    what = "Apigee has had too many calls" if error.status == 429 else "Apigee fails" if error.status >= 500 else "Apigee refuses it"
    remedy = next((f" {remedy}" for kind, remedy in REMEDIES.items() if any(str(each).endswith(kind) for each in error.body.get("kinds") or ())), "")
    return RefusedError(f"{origin}: {what}: {text} (HTTP {error.status}){remedy}")


def connect(params: Mapping[str, Any], connections: int) -> Client:
    """A client for the organisation that the options name."""
    if issues := problems(params):
        raise InputError(issues)
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.auth = _unchanged
    session.mount("https://", HTTPAdapter(pool_maxsize=connections))
    session.mount("http://", HTTPAdapter(pool_maxsize=connections))
    host = params["api_endpoint"].rstrip("/").removesuffix("/v1")
    transport = Transport(
        host=host,
        pool=_Pool(session),
        credentials=auth.tokens(params, session),
        source="api_endpoint",
        doubt=lambda: DOUBT,
        server="Apigee",
        repeatable=lambda refusal: refusal.status in (429, 500, 502, 503, 504),
        pause=0.5,
        crowded="15",  # calls are counted by the minute: four tries outlast a full one
        quoted=True,
        spelled=lambda path: _SECRET_PART.sub(r"\1\2(key)", path),
    )
    return Client(transport, params["organization"])


def _unchanged(request: Any) -> Any:
    """Without an ``auth`` requests would put what a .netrc says in the place of our token."""
    return request


def problems(params: Mapping[str, Any]) -> list[Issue]:
    """What is wrong with the connection options before anything is asked."""
    found = auth.problems(params)
    if not re.fullmatch(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{0,62}", params["organization"] or ""):
        problem = f"expected the id of an organisation, got {params['organization']!r}."
        found.append(Issue("organization", problem, "Write the id alone, without organizations/: lower case letters, digits and '-'."))
    try:
        parts = urlsplit(params["api_endpoint"])
        usable = bool(parts.hostname) and parts.port != 0 and not parts.query and not parts.fragment and parts.path.rstrip("/") in ("", "/v1")
    except ValueError:
        parts, usable = urlsplit(""), False
    example = "Write for example https://apigee.eu.rep.googleapis.com."
    if "@" in params["api_endpoint"]:
        found.append(Issue("api_endpoint", "holds a user name or password, which Apigee has no use for; it is not shown.", example))
    elif not usable or parts.scheme not in ("http", "https"):
        found.append(Issue("api_endpoint", f"expected the address of a server, got {params['api_endpoint']!r}.", example))
    elif parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        found.append(Issue("api_endpoint", "is plain http: the token would be readable on its way.", example))
    return found
