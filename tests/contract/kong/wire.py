# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 by hand, as a test counts requests by the thousand: one thread, kept connections, no Nagle."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

MAXIMUM = 64 << 20
PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True)
class Call:
    """A request as it came in; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    # What to do to the connection in place of a whole answer: reset, cut (half an answer), hang.
    damage: str = ""
    delay: float = 0.0

    def encoded(self, head: bool) -> bytes:
        extra = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        kind = "Content-Type: application/json; charset=utf-8\r\n" if self.body and "Content-Type" not in self.headers else ""
        size = "" if self.status in (204, 304) else f"Content-Length: {len(self.body)}\r\n"
        first = f"HTTP/1.1 {self.status} {PHRASES.get(self.status, '')}\r\n{extra}{kind}{size}\r\n"
        return first.encode() + (b"" if head else self.body)


Handler = Callable[[Call], Reply]


class Connection(asyncio.Protocol):
    """One kept connection: a request is answered before the next is looked at."""

    def __init__(self, handler: Handler, open_ones: set[Connection]) -> None:
        self.handler = handler
        self.open_ones = open_ones
        self.buffer = b""
        self.busy = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.open_ones.add(self)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.open_ones.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > MAXIMUM:
            self.transport.abort()
        self._work()

    def _work(self) -> None:
        while not self.busy and (call := self._next()) is not None:
            reply = self.handler(call)
            last = call.headers.get("connection", "").lower() == "close"
            if reply.delay:
                self.busy = True
                asyncio.get_running_loop().call_later(reply.delay, self._late, reply, call.method == "HEAD", last)
                return
            self._send(reply, call.method == "HEAD", last)

    def _late(self, reply: Reply, head: bool, last: bool) -> None:
        self.busy = False
        self._send(reply, head, last)
        self._work()

    def _next(self) -> Call | None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        method, target, *_version = lines[0].split(" ")
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _colon, value in pairs}
        if headers.get("expect", "").lower() == "100-continue" and len(self.buffer) == end + 4:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        taken = self._chunks(end + 4) if headers.get("transfer-encoding", "").lower() == "chunked" else self._plain(end + 4, headers)
        if taken is None:
            return None
        body, rest = taken
        self.buffer = self.buffer[rest:]
        return Call(method, target, headers, body)

    def _plain(self, start: int, headers: dict[str, str]) -> tuple[bytes, int] | None:
        end = start + int(headers.get("content-length") or 0)
        return (self.buffer[start:end], end) if len(self.buffer) >= end else None

    def _chunks(self, place: int) -> tuple[bytes, int] | None:
        body = b""
        while (end := self.buffer.find(b"\r\n", place)) >= 0:
            size = int(self.buffer[place:end].split(b";")[0], 16)
            place = end + 2 + size + 2
            if len(self.buffer) < place:
                return None
            if size == 0:
                return body, place
            body += self.buffer[end + 2 : place - 2]
        return None

    def _send(self, reply: Reply, head: bool, last: bool) -> None:
        if reply.damage == "hang":
            self.busy = True
        elif reply.damage == "reset":
            self.reset()
        elif reply.damage == "cut":
            whole = reply.encoded(head)
            self.transport.write(whole[: len(whole) - max(1, len(reply.body) // 2)])
            self.transport.close()
        else:
            self.transport.write(reply.encoded(head))
            if last:
                self.transport.close()

    def reset(self) -> None:
        """The client sees its connection reset, not closed."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Listener:
    """A loop in a thread of its own that serves a handler on loopback until it is closed."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None, port: int = 0) -> None:
        self.handler = handler
        self.tls = tls
        self.port = port
        self.open_ones: set[Connection] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def start(self) -> None:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(10)

    async def _listen(self) -> None:
        self.server = await self.loop.create_server(lambda: Connection(self.handler, self.open_ones), "127.0.0.1", self.port, ssl=self.tls, backlog=512)
        self.port = self.server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _close(self) -> None:
        self.server.close()
        for each in tuple(self.open_ones):
            each.transport.abort()
        await asyncio.sleep(0)
