# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes between two connections, with back pressure: what is read here waits until it is written there."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine
from typing import Any, cast

CHUNK = 256 * 1024
DIAL = 10.0
BACKLOG = 512
Handler = Callable[["Half"], Coroutine[Any, Any, None]]
# Strong references: the loop itself holds tasks weakly.
TASKS: set[asyncio.Task[None]] = set()


class Half(asyncio.Protocol):
    """One end. Until the other end is there, what arrives is kept."""

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler
        self.arrived = asyncio.Event()
        self.other: Half | None = None
        self.transport: asyncio.Transport | None = None
        self.kept = bytearray()
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if self.handler:
            task = asyncio.ensure_future(self.handler(self))
            TASKS.add(task)
            task.add_done_callback(self._handled)

    def _handled(self, task: asyncio.Task[None]) -> None:
        """A handler that failed leaves nobody who would ever answer: the client is told so, and the log why."""
        TASKS.discard(task)
        if not task.cancelled() and (error := task.exception()):
            print(f"a connection was closed: {error!r}", file=sys.stderr, flush=True)
            self.close()

    def data_received(self, data: bytes) -> None:
        if self.other is None or self.other.transport is None:
            self.kept += data
            self.arrived.set()
            if len(self.kept) > CHUNK and self.transport:
                self.transport.pause_reading()
        else:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        self.ended = True
        self.arrived.set()
        if self.other and self.other.transport and not self.other.transport.is_closing():
            with contextlib.suppress(OSError, NotImplementedError, RuntimeError):
                self.other.transport.write_eof()
        if self.other and self.other.ended:
            self._finish()
            return False
        return True  # the other direction may still have something to say

    def _finish(self) -> None:
        """Both have said all; what is still to be written is written first. Nobody else closes a connection whose ends both stay open for the other."""
        for half in (self, self.other):
            if half and half.transport:
                half.transport.close()

    def pause_writing(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.arrived.set()
        other = self.other
        if other and other.transport and not other.transport.is_closing():
            if exc is None:
                other.transport.close()
            else:
                other.transport.abort()  # a reset is passed on as one, so that a client sees what happened

    def join(self, other: Half) -> None:
        """From now on what arrives on either is written to the other."""
        self.other, other.other = other, self
        for one, two in ((self, other), (other, self)):
            if one.kept and two.transport:
                two.transport.write(bytes(one.kept))
                one.kept.clear()
            if one.transport and not one.transport.is_closing():
                one.transport.resume_reading()
            if one.ended and two.transport:
                two.transport.write_eof()
        if (self.ended and other.ended) or any(half.transport is None or half.transport.is_closing() for half in (self, other)):
            self._finish()  # one of them went while the other was dialled

    def close(self) -> None:
        if self.transport:
            self.transport.abort()


async def listen(handler: Handler, **where: Any) -> asyncio.Server:
    """A server that hands each connection to HANDLER; WHERE is a host and a port, or a socket."""
    return await asyncio.get_running_loop().create_server(lambda: Half(handler), backlog=BACKLOG, **where)


async def connect(near: Half, address: str, port: int) -> bool:
    """Dial and join; whether somebody answered."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(DIAL):
            _transport, far = await loop.create_connection(Half, address, port)
    except (OSError, TimeoutError):
        return False
    near.join(far)
    return True
