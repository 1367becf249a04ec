# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to an Admin API: what the user gave, TLS, token and workspace, and how Kong's refusals read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...engine.errors import GatewayError, InputError, Issue, RefusedError
from ...models.text import HEADER_CHARS
from ..transport import ApiError, Transport

_EXAMPLE = "Write for example https://kong-admin.kong.svc:8444."
PAGE = 1000
"""The most that Kong gives at once."""

ENTERPRISE = frozenset(
    (
        "ai-proxy-advanced",
        "ai-rate-limiting-advanced",
        "ai-semantic-cache",
        "ai-semantic-prompt-guard",
        "ai-semantic-response-guard",
        "ai-azure-content-safety",
        "ai-sanitizer",
        "ai-aws-guardrails",
        "ai-rag-injector",
        "ai-prompt-compressor",
        "ai-llm-as-judge",
        "ai-mcp-proxy",
        "rate-limiting-advanced",
        "proxy-cache-advanced",
        "graphql-rate-limiting-advanced",
        "request-transformer-advanced",
        "response-transformer-advanced",
        "ldap-auth-advanced",
        "openid-connect",
        "key-auth-enc",
        "mtls-auth",
        "canary",
        "route-by-header",
        "service-protection",
        "oas-validation",
        "request-validator",
        "websocket-size-limit",
        "forward-proxy",
        "exit-transformer",
        "jq",
        "opa",
        "vault-auth",
        "saml",
    )
)
"""Plugins of the Enterprise edition, some with a licence of their own besides."""


class ForbiddenError(GatewayError):
    """The gateway knows us, and does not let us."""


def connect(options: Mapping[str, Any], url: str, connections: int) -> Transport:
    """A transport to one Admin API."""
    import urllib3

    tls: dict[str, Any] = {"ca_certs": options.get("ca_cert"), "cert_file": options.get("client_cert"), "key_file": options.get("client_key")}
    if not options.get("validate_certs", True):
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        tls["cert_reqs"] = "CERT_NONE"
    pool = urllib3.PoolManager(maxsize=connections, retries=False, **{name: value for name, value in tls.items() if value})
    headers = [(str(name), str(value)) for name, value in (options.get("headers") or {}).items()]
    if options.get("token"):
        headers.append(("Kong-Admin-Token", str(options["token"])))
    workspace = f"/{options['workspace']}" if options.get("workspace") else ""
    return Transport(
        host=f"{url.rstrip('/')}{workspace}",
        pool=pool,
        credentials=lambda: headers,
        source="kong_admin",
        server="Kong's Admin API",
        repeatable=lambda refusal: refusal.status in (429, 500, 502, 503, 504),
    )


def problems(options: Mapping[str, Any]) -> list[Issue]:
    """What is wrong with the option before anything is asked. What may be a secret is not shown."""
    found = [issue for index, url in enumerate(options["urls"]) for issue in _address_problems(f"kong_admin.urls[{index}]", url)]
    if not options["urls"]:
        found.append(Issue("kong_admin.urls", "is empty.", "Give the address of the Admin API; without a database that of every node."))
    if options.get("workspace") and not re.fullmatch(r"(?!\.{1,2}$)[\w.~-]+", options["workspace"], re.ASCII):
        found.append(Issue("kong_admin.workspace", f"{options['workspace']!r} cannot be a workspace.", "Write its name: letters, digits, -, _, . and ~."))
    for name, value in (options.get("headers") or {}).items():
        if not re.fullmatch(HEADER_CHARS, str(name)):
            found.append(Issue("kong_admin.headers", "a name is none that a header can have; it is not shown.", "Write {name: value}."))
        elif not _sendable(str(value)):
            found.append(Issue("kong_admin.headers", f"the value of {name} holds a line break or another character that no header can carry.", "Trim it."))
    if options.get("token") and not _sendable(options["token"]):
        found.append(Issue("kong_admin.token", "holds a line break or another character that no header can carry.", "Trim it."))
    files = (name for name in ("ca_cert", "client_cert", "client_key") if options.get(name) and not Path(options[name]).is_file())
    found += [Issue(f"kong_admin.{name}", f"{options[name]} does not exist where the module runs.") for name in files]
    if options.get("client_key") and not options.get("client_cert"):
        found.append(Issue("kong_admin.client_cert", "is missing beside client_key."))
    return found


def _address_problems(where: str, url: str) -> list[Issue]:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return [Issue(where, "is no address: its host or port cannot be read.", _EXAMPLE)]
    if "@" in url:
        return [Issue(where, "holds a user name or password, which would be shown and not be sent.", "Write token, or headers with Authorization.")]
    if parts.query or parts.fragment:
        return [Issue(where, "goes on after a ? or #, which is not shown.", _EXAMPLE)]
    return [] if usable else [Issue(where, f"expected an http or https address, got {url!r}.", _EXAMPLE)]


def _sendable(value: str) -> bool:
    return value.isprintable() and value.isascii()


@dataclass(frozen=True)
class Node:
    """What ``GET /`` says of a Kong."""

    version: str
    edition: str
    database: str
    plugins: frozenset[str]
    flavor: str = ""

    @property
    def dbless(self) -> bool:
        return self.database == "off"

    @property
    def takes_plain_routes(self) -> bool:
        """Routes by hosts, paths and headers: with the router flavor ``expressions`` only since release 3.7."""
        number = re.match(r"(\d+)\.(\d+)", self.version)
        return self.flavor != "expressions" or number is None or (int(number[1]), int(number[2])) >= (3, 7)

    def lacking(self, objects: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Issue]:
        """Plugins (origin, entity) that this Kong does not have."""
        found = []
        for origin, obj in objects:
            name = str(obj["spec"].get("name"))
            if obj["kind"] == "plugins" and self.plugins and name not in self.plugins:
                near = difflib.get_close_matches(name, self.plugins, n=1, cutoff=0.8)
                paid = self.edition != "enterprise" and name in ENTERPRISE
                spelling = f"Did you mean {near[0]}?" if near else "Kong's setting plugins says which it loads."
                hint = "It belongs to the Enterprise edition." if paid else spelling
                problem = f"plugin {name} is not on this Kong ({self.version}, {self.edition} edition)."
                found.append(Issue(origin, problem, hint))
        return found


def look(transport: Transport) -> Node:
    try:
        found = transport.request("GET", "/")
    except ApiError as error:
        raise told(error) from error
    configuration = found.get("configuration")
    if not isinstance(configuration, Mapping) or "version" not in found:
        raise InputError(
            [Issue("kong_admin.urls", f"{transport.host} answers, but not as Kong's Admin API does.", "Is it the Admin API's address, not the proxy's?")]
        )
    available = frozenset((found.get("plugins") or {}).get("available_on_server") or {})
    edition, flavor = str(found.get("edition") or "community"), str(configuration.get("router_flavor") or "")
    return Node(str(found["version"]), edition, str(configuration.get("database")), available, flavor)


def rows(transport: Transport, path: str, query: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """All of a collection. The address of the next page is built anew: in nested lists the one that Kong gives has lost size and tags."""
    offset: str | None = None
    while True:
        try:
            page = transport.request("GET", f"/{path}", query={**(query or {}), "size": PAGE, **({"offset": offset} if offset else {})})
        except ApiError as error:
            raise told(error) from error
        yield from page.get("data") or ()
        offset = page.get("offset")
        if not offset:
            return


def told(error: ApiError, origin: str = "", hide: Iterable[str] = ()) -> RefusedError | ForbiddenError:
    """Kong's refusal in words, without any secret."""
    text = error.text
    fields = error.body.get("fields")
    if isinstance(fields, Mapping) and fields:
        text = "; ".join(f"{path}: {why}" for path, why in _flat(fields, ""))
    text = hushed(text, hide)
    if error.status in (401, 403):
        return ForbiddenError(f"Kong does not allow {error.method} {error.path}: {text}. The token in kong_admin needs a role that may.")
    name = f" ({error.body['name']})" if error.body.get("name") else ""
    what = f"{origin}: Kong refuses it" if origin else f"Kong refuses {error.method} {error.path}"
    return RefusedError(f"{what}: {text}{name}")


def hushed(text: str, hide: Iterable[str]) -> str:
    """Without any of these."""
    for secret in sorted(set(hide), key=len, reverse=True):
        text = text.replace(secret, "(secret)") if secret else text
    return text


def _flat(fields: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(fields, Mapping):
        for name, part in fields.items():
            yield from _flat(part, f"{path}.{name}" if path else str(name))
    elif isinstance(fields, list):
        for index, part in enumerate(fields):
            yield from _flat(part, path if path == "@entity" else f"{path}[{index + 1}]")
    else:
        yield ("" if path == "@entity" else path) or "entity", str(fields)
