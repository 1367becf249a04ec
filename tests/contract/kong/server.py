# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's Admin API on loopback: the rules of Kong's code, a log of what was asked, and faults on demand."""

from __future__ import annotations

import json
import ssl
import traceback
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

from . import errors, meta
from .api import Endpoints, Request
from .balancing import targets, upstreams
from .dbless import config, kept_by_controller
from .entities import acls, basicauth_credentials, certificates, consumers, jwt_secrets, keyauth_credentials, routes, services
from .plugins import plugins
from .schema import Entity, Schema
from .state import Workspace, encode
from .wire import Call, Listener, Reply

WRITES = ("POST", "PUT", "PATCH", "DELETE")
How = Literal["reset-before", "reset-after", "cut", "hang", "409", "429", "500", "503"]
TAKEN = "UNIQUE violation detected on '{username=\"somebody\"}'"
REFUSALS: dict[str, tuple[int, Entity, dict[str, str]]] = {
    "409": (409, {"message": TAKEN, "name": "unique constraint violation", "code": 5, "fields": {"username": "somebody"}}, {}),
    "429": (429, {"message": "API rate limit exceeded"}, {"Retry-After": "1"}),
    "500": (500, {"message": "An unexpected error occurred"}, {}),
    "503": (503, {"message": "Service unavailable"}, {"Retry-After": "1"}),
}


@dataclass(frozen=True)
class Seen:
    """A request and what came of it; status 0 when no answer was sent."""

    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass
class Fault:
    left: int
    how: How
    only: tuple[str, ...]
    times: int


def all_schemas(database: str, flavor: str) -> dict[str, Schema]:
    made = [consumers(), services(), routes(flavor), plugins(database == "off"), upstreams(), targets(), certificates()]
    made += [keyauth_credentials(), acls(), basicauth_credentials(), jwt_secrets()]
    return {schema.name: schema for schema in made}


class KongAdmin:
    """``with KongAdmin() as kong``: an Admin API at ``kong.url``, with a database unless ``database="off"``.

    ``token`` and ``workspaces`` make it an Enterprise Edition, ``read_only`` is a token that may write nothing,
    ``kic`` starts it with what an ingress controller has written, ``delay`` holds each answer back by so many seconds.
    """

    def __init__(
        self,
        database: Literal["postgres", "off"] = "postgres",
        *,
        router_flavor: str = "traditional_compatible",
        token: str = "",
        read_only: str = "",
        workspaces: tuple[str, ...] = (),
        tls: ssl.SSLContext | None = None,
        kic: bool = False,
        delay: float = 0.0,
        port: int = 0,
    ) -> None:
        self.database = database
        self.router_flavor = router_flavor
        self.edition = "enterprise" if token or workspaces else "community"
        self.token = token
        self.read_only = read_only
        self.delay = delay
        self.tls = tls
        self.node = meta.node()
        self.schemas = all_schemas(database, router_flavor)
        self.endpoints = Endpoints(self.schemas)
        self.spaces = {name: Workspace(name, self.schemas) for name in ("default", *workspaces)}
        self.log: list[Seen] = []
        self.crashes: list[str] = []
        self.faults: list[Fault] = []
        self.digest = "0" * 32
        self.listener = Listener(self._handle, tls, port)
        if kic:
            kept_by_controller(self)

    def __enter__(self) -> KongAdmin:
        self.listener.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.listener.stop()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.listener.port}"

    def rows(self, name: str, workspace: str = "default") -> list[Entity]:
        """What is kept of an entity, as the API would show it, oldest first."""
        return [row.view() for row in list(self.spaces[workspace].tables[name].rows.values())]

    def requests(self, *methods: str) -> list[Seen]:
        return [seen for seen in list(self.log) if not methods or seen.method in methods]

    @property
    def writes(self) -> int:
        """Requests that would change something, answered or not; a validation is none."""
        return sum(1 for seen in self.requests(*WRITES) if not seen.path.partition("?")[0].endswith("/validate"))

    def forget(self) -> None:
        """The log starts anew."""
        self.log.clear()

    def fail(self, k: int, how: How, only: tuple[str, ...] = (), times: int = 1) -> None:
        """The k-th request from now (of the methods in ``only``) goes wrong, and those after it until ``times`` are spent."""
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
        how = self._fault(call.method)
        if how in ("reset-before", "hang"):
            reply = Reply(0, damage="reset" if how == "reset-before" else how)
        elif how in REFUSALS:
            code, body, headers = REFUSALS[how]
            reply = Reply(code, encode(body), dict(headers))
        else:
            reply = self._answer(call)
            reply.damage = {"reset-after": "reset", "cut": "cut"}.get(how, "")
        self.log.append(Seen(call.method, call.target, 0 if reply.damage else reply.status, call.headers))
        reply.headers.setdefault("Server", f"kong/{meta.VERSIONS[self.edition]}")
        reply.delay = self.delay
        return reply

    def _answer(self, call: Call) -> Reply:
        try:
            status, body = self._route(call)
            return Reply(status, body)
        except errors.KongError as error:
            return Reply(error.status, encode(error.body))
        except errors.AnswerError as answer:
            return Reply(answer.status, b"" if answer.body is None else encode(answer.body), dict(answer.headers))
        except Exception:
            # Kong stumbles over a value of an odd type too, and says no more than this.
            self.crashes.append(traceback.format_exc())
            return Reply(500, encode(REFUSALS["500"][1]))

    def _route(self, call: Call) -> tuple[int, bytes]:
        path, _mark, query = call.target.partition("?")
        parts = [unquote(part) for part in path.strip("/").split("/")]
        self._may(call)
        parts, space = self._space(parts)
        asked = dict(parse_qsl(query, keep_blank_values=True))
        if parts == ["config"]:
            return config(self, call, asked)
        post = self._post(call)
        if parts[0] in ("", "status", "schemas", "workspaces"):
            return 200, encode(self._about(parts, call.method, post, space))
        return self.endpoints.answer(Request(call.method, parts, asked, post, space, self.database == "off"))

    def _may(self, call: Call) -> None:
        """What the role-based access of the Enterprise Edition says to a token."""
        if not self.token:
            return
        given = call.headers.get("kong-admin-token", "")
        if not given:
            raise errors.AnswerError(401, {"message": "Invalid credentials. Token or User credentials required"})
        if given not in (self.token, self.read_only):
            raise errors.AnswerError(401, {"message": "Invalid RBAC credentials"})
        if given == self.read_only and call.method in WRITES:
            verb = {"POST": "create", "DELETE": "delete"}.get(call.method, "update")
            raise errors.AnswerError(403, {"message": f"reader, you do not have permissions to {verb} this resource"})

    def _space(self, parts: list[str]) -> tuple[list[str], Workspace]:
        if self.edition != "enterprise" or parts[0] in self.endpoints.tops or parts[0] in ("", "status", "schemas", "tags", "workspaces", "config"):
            return parts, self.spaces["default"]
        if parts[0] not in self.spaces:
            raise errors.AnswerError(404, {"message": f"Workspace '{parts[0]}' not found"})
        return parts[1:] or [""], self.spaces[parts[0]]

    def _post(self, call: Call) -> Entity:
        if call.method not in ("POST", "PUT", "PATCH"):
            return {}
        kind = call.headers.get("content-type", "")
        if not kind and not call.body:
            return {}
        if not kind.lower().startswith("application/json"):
            raise errors.AnswerError(415)
        try:
            found = json.loads(call.body, parse_float=_number) if call.body else None
        except ValueError:
            raise errors.AnswerError(400, {"message": "Cannot parse JSON body"}) from None
        return found if isinstance(found, dict) else {}

    def _about(self, parts: list[str], method: str, post: Entity, space: Workspace) -> Entity:
        if parts[0] == "schemas":
            return meta.schemas(parts, method, post, self.schemas)
        if method not in ("GET", "HEAD"):
            raise errors.AnswerError(405, {"message": "Method not allowed"})
        if parts == ["status"]:
            return meta.status(self.database, self.digest)
        if parts == ["workspaces"] and self.edition == "enterprise":
            return meta.workspaces(self.spaces)
        if parts != [""]:
            raise errors.not_found()
        return meta.root(space, self.edition, self.database, self.router_flavor, self.node)


def _number(text: str) -> Any:
    """A number of Lua has no kind: 5.0 is 5."""
    value = float(text)
    return int(value) if value.is_integer() else value
