# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model server on loopback that goes wrong on demand, and a proxy that speaks CONNECT. Each runs in a thread with a loop of its own.

The header ``x-do`` of a request says what to do to it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web


class Background:
    """An event loop in a thread; what it serves ends with the block."""

    def __init__(self, start: Callable[[Background], Coroutine[Any, Any, None]]) -> None:
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.start = start
        self.closers: list[Callable[[], Coroutine[Any, Any, Any]]] = []

    def __enter__(self) -> Background:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.start(self), self.loop).result(10)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _close(self) -> None:
        for closer in self.closers:
            await closer()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class ModelServer(Background):
    """``names`` answer in turn. ``seen`` holds the requests: method, path with query, headers, body."""

    def __init__(self, names: list[str] | None = None, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._serve)
        self.names = itertools.cycle(names or ["ai/ollama-0"])
        self.tls = tls
        self.seen: list[tuple[str, str, dict[str, str], str]] = []
        self.connections: set[Any] = set()
        self.at_once = 0
        self.most_at_once = 0

    async def _serve(self, _self: Background) -> None:
        server = web.Server(self._answer)
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.tls)
        await site.start()
        self.port = runner.addresses[0][1]
        self.closers.append(runner.cleanup)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.text()
        self.seen.append((request.method, request.raw_path if hasattr(request, "raw_path") else request.path_qs, dict(request.headers), body))
        self.connections.add(request.transport)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._do(request, body)
        finally:
            self.at_once -= 1

    async def _do(self, request: web.BaseRequest, body: str) -> web.StreamResponse:
        what = request.headers.get("x-do", "")
        assert request.transport is not None
        headers = {"x-inference-pod": next(self.names)}
        if what == "hang":
            await asyncio.sleep(60)
        if what == "slow":
            await asyncio.sleep(0.05)
        if what == "reset":
            request.transport.abort()
        if what == "garbage":
            request.transport.write(b"SMTP ready\r\n\r\n")
            request.transport.close()
        if what.isdigit():
            return web.json_response({"error": {"message": f"as you like, {request.headers.get('authorization')}"}}, status=int(what), headers=headers)
        if what == "half":
            response = web.StreamResponse(headers={"content-length": "100", **headers})
            await response.prepare(request)
            await response.write(b"{")
            request.transport.abort()
            return response
        wish = json.loads(body) if body[:1] == "{" else {}
        model = wish.get("model", "m")
        if wish.get("stream"):
            return await self._stream(request, what, model, headers)
        usage = {"completion_tokens": 7}
        return web.json_response({"object": "chat.completion", "model": model, "choices": [{"message": {"content": "yes"}}], "usage": usage}, headers=headers)

    async def _stream(self, request: web.BaseRequest, what: str, model: str, headers: dict[str, str]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream", **headers})
        await response.prepare(request)
        for index in range(5):
            if index == 1:
                await asyncio.sleep(0.1)  # what a first token's time must not contain
            if what == "cut" and index == 2:
                assert request.transport is not None
                request.transport.abort()
                return response
            if what == "stop" and index == 2:
                return response
            event = {"model": model, "choices": [{"delta": {"content": f"word{index} "}}]}
            if what == "sick" and index == 2:
                event = {"error": {"message": "out of memory"}}
            data = f"data: {json.dumps(event)}\n\n".encode()
            # Events come in pieces as they like.
            await response.write(data[:9])
            await response.write(data[9:])
        await response.write(b'data: {"choices": [], "usage": {"completion_tokens": 42}}\n\ndata: [DONE]\n\n')
        await response.write_eof()
        return response


class ConnectProxy(Background):
    """Speaks CONNECT and nothing else; ``asked`` holds what it was asked for, with the Proxy-Authorization. ``status`` is what it answers."""

    def __init__(self, targets: dict[str, int] | None = None, status: str = "200 Connection established") -> None:
        super().__init__(self._serve)
        self.targets = targets or {}
        self.status = status
        self.asked: list[tuple[str, str]] = []

    async def _serve(self, _self: Background) -> None:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

        async def close() -> None:
            server.close()

        self.closers.append(close)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _version = head[0].split(" ")
        assert method == "CONNECT", head[0]
        self.asked.append((target, next((line for line in head if line.lower().startswith("proxy-authorization")), "")))
        writer.write(f"HTTP/1.1 {self.status}\r\nx-proxy: yes\r\n\r\n".encode())
        if not self.status.startswith("200"):
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.targets.get(target, int(target.rpartition(":")[2])))
        await asyncio.gather(self._pipe(reader, far_writer), self._pipe(far_reader, writer))

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()
