# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pods print, as a kubelet serves it to the API server: for `kubectl logs` and for clients that read pods/log."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from ..components import KUBELET

Object = dict[str, Any]
# The API server, by the certificate that it shows; nobody else is answered, since a door leads to this port too.
CALLER = "kubernetes"
PAUSE = 0.2
# Before each start of a program, in the file that holds all of them.
HEAD = re.compile(rb"--- \d{4}-\d\d-\d\dT[0-9:.]+\+00:00 .*\n")
NUMBERS = ("tailLines", "limitBytes")
KNOWN = {*NUMBERS, "follow", "insecureSkipTLSVerifyBackend", "container"}


def file_of(state: Path, namespace: str, name: str) -> Path:
    return state / "logs" / "pods" / f"{namespace}_{name}.log"


def head(when: str, words: list[str]) -> bytes:
    """The line by which the beginning of a start is found again."""
    return f"--- {when} {' '.join(words)}".replace("\n", " ").encode() + b"\n"


def latest(text: bytes) -> int:
    """Where the last start begins to speak."""
    begin = 0
    for found in HEAD.finditer(text):
        begin = found.end()
    return begin


def last_lines(text: bytes, count: int) -> bytes:
    return b"".join(text.splitlines(keepends=True)[-count:]) if count else b""


class Logs:
    """PROGRAM_OF: which pod has one of our programs, and whether it still runs; None for pods that have none."""

    def __init__(self, state: Path, program_of: Callable[[str, str], bool | None]) -> None:
        self.state = state
        self.program_of = program_of
        self.runner: web.AppRunner | None = None

    async def start(self) -> None:
        pki = self.state / "pki"
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "server.crt", pki / "server.key")
        context.verify_mode = ssl.CERT_REQUIRED
        app = web.Application(middlewares=[api_server_alone])
        app.router.add_get("/containerLogs/{namespace}/{pod}/{container}", self.serve)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", KUBELET, ssl_context=context, shutdown_timeout=0.5).start()

    async def stop(self) -> None:
        if self.runner:
            await self.runner.cleanup()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        namespace, name = request.match_info["namespace"], request.match_info["pod"]
        unknown = sorted(set(request.query) - KNOWN) or [key for key in NUMBERS if not request.query.get(key, "0").isdecimal()]
        if unknown:
            return web.Response(status=400, text=f"the lab's logs know no {'&'.join(f'{key}={request.query[key]}' for key in unknown)}\n")
        file = file_of(self.state, namespace, name)
        if self.program_of(namespace, name) is None or not file.exists():
            return web.Response(status=404, text=f"no program runs for pod {namespace}/{name}: the lab only says that it is Ready\n")
        text = file.read_bytes()
        begin = latest(text)
        said = text[begin:]
        if "tailLines" in request.query:
            said = last_lines(said, int(request.query["tailLines"]))
        if "limitBytes" in request.query:
            return web.Response(body=said[: int(request.query["limitBytes"])], content_type="text/plain")
        if request.query.get("follow") not in ("true", "1"):
            return web.Response(body=said, content_type="text/plain")
        return await self._follow(request, file, said, len(text))

    async def _follow(self, request: web.Request, file: Path, said: bytes, offset: int) -> web.StreamResponse:
        """Until the program is done."""
        namespace, name = request.match_info["namespace"], request.match_info["pod"]
        answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await answer.prepare(request)
        await answer.write(said)
        while True:
            alive = self.program_of(namespace, name)
            with file.open("rb") as source:
                source.seek(offset)
                said = source.read()
            offset += len(said)
            if said:
                await answer.write(said)
            if not alive:
                return answer
            await asyncio.sleep(PAUSE)


@web.middleware
async def api_server_alone(request: web.Request, handler: Callable[[web.Request], Any]) -> Any:
    shown = request.transport.get_extra_info("peercert") if request.transport else None
    names = {value for part in (shown or {}).get("subject", ()) for key, value in part if key == "commonName"}
    return await handler(request) if names == {CALLER} else web.Response(status=403, text="only the API server is answered\n")
