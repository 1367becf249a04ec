# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON over HTTP to a server that keeps objects: pooled connections, bounded retries, errors as types.

For Kubernetes it is built on the connection pool of the official ``kubernetes`` client, so that TLS, proxies, tokens that are refreshed and exec plugins are
its concern. Every request that the engine makes may be sent twice without harm (reads, server-side apply, delete with a uid precondition, replace with a
resourceVersion; PUT, PATCH and DELETE by an id that we chose), therefore a broken connection is retried; :meth:`Transport.request` must not be used for
anything else.
"""

from __future__ import annotations

import json
import math
import random
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from ..engine.errors import GatewayError, UnreachableError
from .credentials import shown

try:
    from urllib3 import HTTPHeaderDict
    from urllib3.exceptions import HTTPError
except ImportError:  # connect.py reports the missing client library
    HTTPHeaderDict = dict
    HTTPError = OSError

USER_AGENT = "inference.gateway/0.1.0"
ATTEMPTS = 5
REQUEST_TIMEOUT = 30.0
"""Seconds without a byte after which a request counts as lost."""
GRACE = 5.0
"""Seconds that a request has at least, however near the deadline is."""
MAX_PAUSE = 30.0
"""Seconds at most that a Retry-After of the server is waited for."""

_OVERLOADED = (429, 503)
_BROKEN = (500, 502, 504)
_EMPTY = (204, 304)
"""Statuses that come without a body."""
_ESCAPED = re.compile("[\x7f-\uffff]")


class ApiError(GatewayError):
    """The server's answer to a request that it refused: Kubernetes' Status, or whatever ``body`` it speaks."""

    def __init__(self, status: int, body: Mapping[str, Any], method: str, path: str) -> None:
        self.status = status
        self.body = body
        self.reason = str(body.get("reason") or "")
        self.text = str(body.get("message") or "").strip() or f"HTTP {status}"
        details = body.get("details")
        self.details: Mapping[str, Any] = details if isinstance(details, Mapping) else {}
        self.method, self.path = method, path
        super().__init__(f"{self.text} (HTTP {status}, {method} {path})")

    @property
    def causes(self) -> list[Mapping[str, Any]]:
        return [cause for cause in self.details.get("causes") or () if isinstance(cause, Mapping)]


def _worth_repeating(refusal: ApiError) -> bool:
    """Overload, and faults of the server itself; a 500 without a reason is how it reports a manifest that does not fit the schema."""
    if refusal.status in _OVERLOADED:
        return True
    return refusal.status in _BROKEN and (refusal.status != 500 or refusal.reason == "InternalError") and "webhook" not in refusal.text


class RejectedError(UnreachableError):
    """The server does not know us (any more): whatever else would be asked would get the same answer."""


class UnusableCredentialError(GatewayError):
    """A token or name that cannot be sent. The message never shows it."""


class Pool(Protocol):
    """What we use of ``urllib3.PoolManager``."""

    def request(self, method: str, url: str, **options: Any) -> Any: ...


class Credentials(Protocol):
    """Headers that authenticate a request, names may repeat; asked for each request, since tokens expire."""

    def __call__(self) -> Iterable[tuple[str, str]]: ...


@dataclass
class Transport:
    """``host`` is the server's base address. ``doubt`` says what may be wrong with our credentials. ``sleep`` is a seam for tests.

    ``source`` is what the user gave to reach the server, ``server`` what it is: messages speak of both. ``repeatable`` says of a refusal that it may pass.

    ``pause``: seconds of which each further pause is the double. ``crowded``: seconds to wait after a 429 that does not
    say for how long. ``quoted``: paths come percent-encoded. ``spelled``: a path as it may be shown.

    ``deadline`` (monotonic seconds): until when everything has to be done; a server that hangs is then not waited for any longer.
    """

    host: str
    pool: Pool
    credentials: Credentials
    doubt: Callable[[], str] = lambda: ""
    sleep: Any = time.sleep
    rng: random.Random = field(default_factory=random.Random)
    deadline: float = math.inf
    source: str = "the kubeconfig"
    server: str = "the API server"
    repeatable: Callable[[ApiError], bool] = _worth_repeating
    pause: float = 0.1
    crowded: str | None = None
    quoted: bool = False
    spelled: Callable[[str], str] = str

    def request(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None, content_type: str = "application/json") -> Any:
        """One answer, decoded; ``body`` is sent as JSON, or as it is where it is bytes. Retries what is worth it; raises :class:`ApiError` or
        :class:`UnreachableError`.
        """
        data = body if body is None or isinstance(body, bytes) else _encode(body)
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS or self._left() <= 0
            try:
                answer = self._send(method, path, query, data, content_type)
                status, payload = answer.status, _decode(answer.data)
            except (HTTPError, OSError, ValueError) as error:
                if last or self._left() <= 0 or _hopeless(error):
                    raise UnreachableError(self._unreachable(method, path, error)) from error
                self._pause(attempt, None)
                continue
            if status < 400 and not isinstance(payload, Mapping) and status not in _EMPTY:
                raise UnreachableError(self._unreachable(method, path, ValueError(f"HTTP {status}, but no JSON object: {str(payload)[:200]!r}")))
            if status < 400:
                return payload or {}
            if status == 401:
                raise RejectedError(self._rejected())
            refusal = ApiError(status, payload if isinstance(payload, Mapping) else {"message": str(payload)[:500]}, method, self.spelled(path))
            if last or not self.repeatable(refusal):
                raise refusal
            self._pause(attempt, answer.headers.get("Retry-After") or (self.crowded if status == 429 else None))
        raise AssertionError("unreachable: the loop returns or raises")

    def lines(self, path: str, query: Mapping[str, Any], seconds: float) -> Iterator[Any]:
        """The decoded lines of a watch, until the server ends it or ``seconds`` have passed without a byte."""
        try:
            answer = self._send("GET", path, query, None, "application/json", preload_content=False, timeout=max(seconds, 0.1))
        except (HTTPError, OSError) as error:
            raise UnreachableError(self._unreachable("GET", path, error)) from error
        try:
            if answer.status >= 400:
                payload = _decode(answer.read())
                raise ApiError(answer.status, payload if isinstance(payload, Mapping) else {}, "GET", path)
            rest = b""
            for chunk in answer.stream(65536, decode_content=True):
                *complete, rest = (rest + chunk).split(b"\n")
                for line in complete:
                    if isinstance(event := json.loads(line or b"null"), Mapping):
                        yield event
        except (HTTPError, OSError, ValueError):
            return  # a watch that breaks is begun anew by its reader
        finally:
            answer.close()

    def _send(self, method: str, path: str, query: Mapping[str, Any] | None, data: bytes | None, content_type: str, **options: Any) -> Any:
        url = self.host.rstrip("/") + (path if self.quoted else quote(path, safe="/:")) + (f"?{urlencode(query)}" if query else "")
        headers = HTTPHeaderDict({"User-Agent": USER_AGENT, "Accept": "application/json"})
        if data is not None:
            headers["Content-Type"] = content_type
        for name, value in self.credentials():
            if not (value.isprintable() and value.isascii()):
                # The HTTP library would refuse it, too, and show it.
                raise UnusableCredentialError(f"The value for the header {name} holds a line break or another character that no header can carry. Trim it.")
            headers.add(name, value)
        options.setdefault("timeout", min(REQUEST_TIMEOUT, max(GRACE, self._left())))
        return self.pool.request(method, url, body=data, headers=headers, retries=False, **options)

    def _pause(self, attempt: int, retry_after: str | None) -> None:
        wish = float(retry_after) if retry_after and retry_after.strip().isdigit() else self.pause * 2**attempt
        self.sleep(max(0.0, min(min(wish, MAX_PAUSE) * self.rng.uniform(1.0, 1.25), self._left())))

    def _left(self) -> float:
        return self.deadline - time.monotonic()

    def _rejected(self) -> str:
        why = self.doubt() or f"the token or certificate is wrong or has expired. Is {self.source} of this server, and is it new enough?"
        return f"{self.host} does not accept our credentials: {why}"

    def _unreachable(self, method: str, path: str, error: Exception) -> str:
        text = str(error)
        text = text.replace(path, self.spelled(path))
        return f"No answer from {self.host} to {method} {self.spelled(path)}: {type(error).__name__}: {text}. {_hint(text, self.source, self.server)}"


def _hint(text: str, source: str, server: str) -> str:
    """What to do about a connection that failed with these words."""
    if "certificate is not yet valid" in text or "certificate has expired" in text:
        how = "is not valid yet" if "not yet" in text else "has expired"
        clock = f"The server's certificate {how} by the clock of this machine, which says {shown(datetime.now(UTC))}."
        return f"{clock} Set the clock if that is wrong, else the certificate has to be renewed."
    if "Hostname mismatch" in text or "IP address mismatch" in text:
        return f"The server's certificate is for another name than the one that we asked: correct the address in {source}, or set tls-server-name there."
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"The server's certificate is not signed by the CA that we were given: check ca_cert, or the CA in {source}."
    if "connect to proxy" in text:
        return "It is the proxy that does not answer: check HTTPS_PROXY, HTTP_PROXY and NO_PROXY where the module runs."
    if "refused" in text:
        return f"Nothing listens there: is {server} running, and is {source} right?"
    if "Name or service not known" in text or "Failed to resolve" in text:
        return "The host name does not resolve from here."
    return "Is the address right, is the server up, and does a proxy stand between?"


def _encode(body: Any) -> bytes:
    """JSON that is YAML, too, since that is what the server takes an applied object for: it refuses an emoji as two escapes, and a DEL that is not escaped."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(body, separators=(",", ":"), ensure_ascii=False)).encode()


def _decode(data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        if data.lstrip()[:1] in (b"{", b"["):
            raise  # a JSON answer that was cut off
        return data.decode(errors="replace")


def _hopeless(error: Exception) -> bool:
    """Faults that no repetition mends: a certificate that does not verify."""
    return isinstance(error, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error)
