# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections through the lab's door and its Service addresses: what both ends have finished is closed, and a client is never left without an answer."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from inference_lab.traffic import door, pipe

CONNECTIONS = 20


def port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


async def until_closed(count: int) -> int:
    """Open files, once they are as few as COUNT or two seconds have passed."""
    for _turn in range(200):
        if len(list(Path("/proc/self/fd").iterdir())) <= count:
            break
        await asyncio.sleep(0.01)
    return len(list(Path("/proc/self/fd").iterdir()))


async def ask(port: int, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


def run(work: Coroutine[Any, Any, None]) -> None:
    """Without the collector, which would close what was forgotten, but nobody knows when."""
    gc.disable()
    try:
        asyncio.run(work)
    finally:
        gc.enable()


@pytest.mark.parametrize("client_first", [True, False])
def test_a_connection_that_both_ends_have_finished_leaves_no_open_file(client_first: bool) -> None:
    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (reader.read() if client_first else reader.readline())
        writer.write(b"x" * 100_000)
        writer.close()

    async def work() -> None:
        far = port_of(await asyncio.start_server(upstream, "127.0.0.1", 0))

        async def handle(half: pipe.Half) -> None:
            assert await pipe.connect(half, "127.0.0.1", far)

        near = port_of(await pipe.listen(handle, host="127.0.0.1", port=0))
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _turn in range(CONNECTIONS):
            reader, writer = await asyncio.open_connection("127.0.0.1", near)
            writer.write(b"hello\n")
            if client_first:
                writer.write_eof()
            assert len(await reader.read()) == 100_000
            writer.close()
        assert await until_closed(before) <= before

    run(work())


def test_a_handler_that_fails_closes_the_connection(capsys: pytest.CaptureFixture[str]) -> None:
    async def handle(half: pipe.Half) -> None:
        raise OverflowError(f"port of {half.kept!r}")

    async def work() -> None:
        near = port_of(await pipe.listen(handle, host="127.0.0.1", port=0))
        with pytest.raises((ConnectionResetError, AssertionError)):
            assert await ask(near, b"hello")

    run(work())
    assert "OverflowError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"CONNECT a.b:80 HTTP/1.1\r\nHost: a.b:80", ("a.b", 80)),
        (b"CONNECT [::1]:80 HTTP/1.1", ("[::1]", 80)),
        (b"CONNECT a.b HTTP/1.1", ("", 0)),
        (b"CONNECT a.b:65536 HTTP/1.1", ("a.b", 0)),
        (b"CONNECT a.b:-1 HTTP/1.1", ("a.b", 0)),
        (b"CONNECT :80 HTTP/1.1", ("", 0)),
        (b"CONNECT ", ("", 0)),
    ],
)
def test_where_a_tunnel_is_to_lead(line: bytes, found: tuple[str, int]) -> None:
    assert door.destination(line) == found


@pytest.mark.parametrize("head", [b"CONNECT a.b:65536 HTTP/1.1\r\n\r\n", b"CONNECT \r\n\r\n", b"CONNECT " + b"x" * door.HEAD])
def test_a_tunnel_to_nowhere_is_refused(head: bytes) -> None:
    async def work() -> None:
        near = port_of(await pipe.listen(door._gateway, host="127.0.0.1", port=0))
        assert (await ask(near, head)).startswith(b"HTTP/1.1 400 ")

    run(work())
