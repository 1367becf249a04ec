# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway on loopback that a test writes as a function: from a request to who answers it."""

from __future__ import annotations

import itertools
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .model_server import Background


@dataclass(frozen=True)
class Seen:
    """What a gateway looks at. Headers in lower case; the host without its port."""

    host: str
    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    model: str


@dataclass(frozen=True)
class Served:
    """An answer. With a pod it is one of a model server, without one the gateway's own, with ``text`` where it says something."""

    pod: str = ""
    status: int = 200
    model: str = "m"
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    text: str = ""


NOBODY = Served(status=404)
Rules = Callable[[Seen], Served]


class FakeGateway(Background):
    def __init__(self, rules: Rules, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._serve)
        self.rules = rules
        self.tls = tls
        self.seen: list[Seen] = []

    async def _serve(self, _self: Background) -> None:
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.tls).start()
        self.port = runner.addresses[0][1]
        self.closers.append(runner.cleanup)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        text = await request.text()
        body: dict[str, Any] = json.loads(text) if text[:1] == "{" else {}
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen = Seen(request.host.partition(":")[0], request.method, request.path, headers, dict(request.query), body.get("model", ""))
        self.seen.append(seen)
        served = self.rules(seen)
        if not served.pod and not served.silent:
            return web.Response(status=served.status, headers=served.headers, text=served.text, content_type="application/json" if served.text else None)
        named = {} if served.silent else {"x-inference-pod": served.pod}
        return web.json_response({"model": served.model, "choices": []}, status=served.status, headers={**served.headers, **named})


def in_turn(*pods: str) -> Callable[[], Served]:
    """Pods one after the other."""
    names = itertools.cycle(pods)
    return lambda: Served(next(names))
