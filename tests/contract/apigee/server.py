# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apigee's management API on loopback: what the document allows, what the state allows, a log of what was asked, faults on demand."""

from __future__ import annotations

import json
import math
import time
import traceback
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl

from contract.kong.wire import Call, Listener, Reply

from . import api, errors
from .document import Match, Method, document
from .request import Request
from .state import Organization, Settings, shown

WRITES = ("POST", "PUT", "PATCH", "DELETE")
TEST_TOKEN = "test-token"
OCTETS = "application/octet-stream"
PREFIX = "apigee.organizations."
How = Literal["reset-before", "reset-after", "cut", "hang", "409", "429", "500", "503", "429-after", "500-after", "503-after"]
# A URL that no method has is answered by Google's front end, and not in JSON (scastria/terraform-provider-apigee#5).
NO_SUCH_URL = b"<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> <ins>That's an error.</ins>\n"
# The words of Google's front end; a person who has no right and an organization that is not there look alike.
UNKNOWN_TOKEN = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential."
FORBIDDEN = 'Permission denied on resource "{}" (or it may not exist)'
FAULTS = {
    "409": errors.ApiError(409, "the entity is being changed by another request"),
    "429": errors.ApiError(429, "Quota exceeded for quota metric 'Apigee API calls'", headers={"Retry-After": "1"}),
    "500": errors.ApiError(500, "Internal error encountered."),
    "503": errors.ApiError(503, "The service is currently unavailable.", headers={"Retry-After": "1"}),
}


class Seen(NamedTuple):
    """A request as it came: the path without the query and not decoded, the body read as JSON."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


@dataclass
class Fault:
    left: int
    how: How
    only: tuple[str, ...]
    times: int


class ApigeeServer:
    """``with ApigeeServer(org="acme") as server``: the API at ``server.url``; ``server.state`` is what the organization keeps.

    ``rules`` are the fields of :class:`Settings`. ``read_only`` is a token that may write nothing, ``delay`` holds each answer back by so many seconds.
    """

    def __init__(self, org: str = "acme", *, token: str = TEST_TOKEN, read_only: str = "", delay: float = 0.0, port: int = 0, **rules: Any) -> None:
        self.token = token
        self.read_only = read_only
        self.delay = delay
        self.state = Organization(org, Settings(**rules))
        self.document = document()
        self.requests: list[Seen] = []
        # Beside each request: its headers in lower case, and the status that was sent, 0 where none was.
        self.headers: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self.crashes: list[str] = []
        # Entities that were written while another write to them was not answered yet. Seen only with a delay.
        self.overlaps: list[str] = []
        self.faults: list[Fault] = []
        self._called: deque[float] = deque()
        self._busy: dict[str, float] = {}
        self._listener = Listener(self._handle, None, port)

    def __enter__(self) -> ApigeeServer:
        self._listener.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def writes(self) -> list[Seen]:
        """Requests that would change something, answered or not, refused or not."""
        return [seen for seen in list(self.requests) if seen.method in WRITES]

    def forget(self) -> None:
        """The log starts anew."""
        for log in (self.requests, self.headers, self.statuses, self.overlaps):
            log.clear()

    def fail(self, k: int, how: How, only: tuple[str, ...] = (), times: int = 1) -> None:
        """The k-th request from now (of the methods in ``only``) goes wrong, and those after it until ``times`` are spent.

        "reset-before", "hang" and a bare status do nothing; "reset-after", "cut" and "...-after" do what is asked first.
        """
        self.faults.append(Fault(k, how, only, times))

    def _fault(self, method: str) -> str:
        for fault in self.faults:
            if fault.only and method not in fault.only:
                continue
            fault.left -= 1
            if fault.left <= 0:
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault.how
        return ""

    def _handle(self, call: Call) -> Reply:
        path, _mark, query = call.target.partition("?")
        asked = parse_qsl(query, keep_blank_values=True)
        self.requests.append(Seen(call.method, path, dict(asked), _read(call.body)))
        self.headers.append(call.headers)
        match = self.document.match(call.method, path, self.state.settings.decodes)
        if match is not None and self.delay:
            self._watch(call.method, match.ids)
        how = self._fault(call.method)
        if how in ("reset-before", "hang"):
            reply = Reply(0, damage="reset" if how == "reset-before" else how)
        elif how in FAULTS:
            reply = _refused(FAULTS[how])
        else:
            reply = self._answer(call, match, asked)
            if how.removesuffix("-after") in FAULTS:
                reply = _refused(FAULTS[how.removesuffix("-after")])
            reply.damage = {"reset-after": "reset", "cut": "cut"}.get(how, "")
        if reply.damage == "cut" and not reply.body:
            # Of an answer without a body there is no half; the connection breaks.
            reply.damage = "reset"
        reply.delay = self.delay
        self.statuses.append(0 if reply.damage else reply.status)
        return reply

    def _watch(self, method: str, ids: dict[str, str]) -> None:
        """Near-simultaneous writes to one entity can result in conflicts, says [D] at each update."""
        owner = ids.get("developersId", "")
        email = next((each["email"] for each in self.state.developers.values() if each["developerId"] == owner), owner)
        entity = "/".join(filter(None, (email, ids.get("appsId", "")))) or ids.get("apiproductsId", "")
        if method not in WRITES or not entity:
            return
        if self._busy.get(entity, 0.0) > time.monotonic():
            self.overlaps.append(entity)
        self._busy[entity] = time.monotonic() + self.delay

    def _answer(self, call: Call, match: Match | None, asked: list[tuple[str, str]]) -> Reply:
        if match is None:
            return Reply(404, NO_SUCH_URL, {"Content-Type": "text/html; charset=UTF-8"})
        try:
            self._may(call, match)
            request = self._request(call, match, asked)
            handler = api.HANDLERS.get(request.method)
            if handler is None:
                raise errors.ApiError(501, f"{match.method.id} is not served here")
            answer = handler(self.state, request)
        except errors.ApiError as error:
            return _refused(error)
        except Exception:
            self.crashes.append(traceback.format_exc())
            return _refused(FAULTS["500"])
        return Reply(204) if answer is None else Reply(200, _encode(shown(answer)))

    def _may(self, call: Call, match: Match) -> None:
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in filter(None, (self.token, self.read_only)):
            raise errors.ApiError(401, UNKNOWN_TOKEN)
        self._count()
        resource = f"organizations/{match.ids.get('organizationsId', '')}"
        if resource != f"organizations/{self.state.name}" or (token == self.read_only and call.method in WRITES):
            raise errors.ApiError(403, FORBIDDEN.format(resource))

    def _count(self) -> None:
        """So many calls in a period, with the time to wait when they are spent."""
        settings, moment = self.state.settings, time.monotonic()
        if not settings.calls:
            return
        while self._called and self._called[0] <= moment - settings.period:
            self._called.popleft()
        if len(self._called) >= settings.calls:
            wait = math.ceil(self._called[0] + settings.period - moment)
            raise errors.ApiError(429, FAULTS["429"].body["error"]["message"], headers={"Retry-After": str(max(1, wait))})
        self._called.append(moment)

    def _request(self, call: Call, match: Match, asked: list[tuple[str, str]]) -> Request:
        name, method = match.method.id.removeprefix(PREFIX), match.method
        found = self.document.wrong_query(method, asked)
        if found:
            raise errors.violated(found)
        query = dict(asked)
        if name in api.ACTIONS and ("action" in query or not method.request):
            self._no_body(call, method)
            query.setdefault("action", "")
            return Request(name, match.ids, query, {})
        return Request(name, match.ids, query, self._body(call, method))

    def _no_body(self, call: Call, method: Method) -> None:
        if call.body:
            raise errors.invalid("an action has no body")
        if method.query["action"]["description"].count(OCTETS) or "keys" not in method.id:
            # "Content-Type header must be set to application/octet-stream" [D, at all but the action on a key's product].
            kind = call.headers.get("content-type", "")
            if kind != OCTETS:
                raise errors.invalid(f"the Content-Type of an action has to be {OCTETS}, not {kind or 'missing'}")

    def _body(self, call: Call, method: Method) -> Any:
        if not method.request:
            if call.body:
                raise errors.invalid("Request body is not empty: this method takes none")
            return {}
        kind = call.headers.get("content-type", "").partition(";")[0]
        if call.body and kind != "application/json":
            raise errors.invalid(f"Invalid Content-Type {kind!r}: the body has to be application/json")
        try:
            body = json.loads(call.body or b"{}")
        except ValueError:
            raise errors.invalid("Invalid JSON payload received. Unexpected token.") from None
        found = self.document.wrong_body(method, body)
        if found:
            raise errors.violated(found)
        return body


def _refused(error: errors.ApiError) -> Reply:
    return Reply(error.status, _encode(error.body), dict(error.headers))


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _read(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
