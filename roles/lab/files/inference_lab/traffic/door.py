# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From loopback of the host into the lab: the control plane's ports as they are, and one port for everything that pods serve.

The listening sockets are made outside and handed over, so this one process stands in both networks. The gateway's port takes plain
requests, which go to the lab's gateway, and HTTP CONNECT, which goes to any address of the lab: ADDRESS:PORT of a pod or a Service,
or SERVICE.NAMESPACE[.svc[.cluster.local]]:PORT.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from pathlib import Path
from typing import Any

from .pipe import DIAL, Half, Handler, connect, listen

HEAD = 16 * 1024
KNOWN = "traffic.json"
READY = "door.ready"


def main(argv: list[str]) -> None:
    """Arguments: FD=PORT for each forwarded port, then FD=gateway."""
    asyncio.run(_serve([(int(number), word) for number, word in (text.split("=") for text in argv)]))


async def _serve(doors: list[tuple[int, str]]) -> None:
    for number, word in doors:
        await listen(_gateway if word == "gateway" else _forward(int(word)), sock=socket.socket(fileno=number))
    Path(READY).touch()
    await asyncio.Event().wait()


def _forward(port: int) -> Handler:
    async def handle(half: Half) -> None:
        if not await connect(half, "127.0.0.1", port):
            half.close()

    return handle


async def _gateway(half: Half) -> None:
    while len(half.kept) < HEAD and not _decided(half):
        if half.ended:
            half.close()
            return
        half.arrived.clear()
        await half.arrived.wait()
    await (_tunnel(half) if half.kept.startswith(b"CONNECT ") else _plain(half))


def _decided(half: Half) -> bool:
    """Whether enough has come to tell a tunnel from a request."""
    return b"\r\n\r\n" in half.kept if half.kept.startswith(b"CONNECT ") else len(half.kept) >= 8


async def _tunnel(half: Half) -> None:
    head, _end, rest = bytes(half.kept).partition(b"\r\n\r\n")
    host, port = destination(head)
    if not port:
        _refuse(half, "400 not HOST:PORT")
        return
    address = resolve(host, known()["services"])
    if not address:
        _refuse(half, f"404 no Service {host}")
        return
    half.kept[:] = rest
    far = Half()
    try:
        async with asyncio.timeout(DIAL):
            await asyncio.get_running_loop().create_connection(lambda: far, address, port)
    except (OSError, TimeoutError) as error:
        _refuse(half, f"502 {address}:{port} does not answer ({error or 'timeout'})")
        return
    if half.transport:
        half.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    half.join(far)


def destination(head: bytes) -> tuple[str, int]:
    """Host and port that a CONNECT asks for; port 0 where it says none."""
    host, _colon, port = [*head.decode("ascii", "replace").split(maxsplit=2), "", ""][1].rpartition(":")
    number = int(port) if re.fullmatch("[0-9]{1,5}", port) else 0
    return host, number if host and number < 65536 else 0


async def _plain(half: Half) -> None:
    target = known()["gateway"]
    if not target:
        _refuse(half, "503 the lab has no programmed Gateway")
    elif not await connect(half, target[0], target[1]):
        _refuse(half, f"502 the gateway {target[0]}:{target[1]} does not answer")


def _refuse(half: Half, status: str) -> None:
    code, text = status.split(" ", 1)
    body = f"{text}\n"
    if half.transport:
        half.transport.write(f"HTTP/1.1 {code} {text}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        half.transport.close()


def resolve(host: str, services: dict[str, str]) -> str:
    """The address of HOST: itself when it is one, else the cluster address of the Service that it names; empty when there is none."""
    try:
        socket.inet_aton(host)
    except OSError:
        return services.get(host.removesuffix(".cluster.local").removesuffix(".svc"), "")
    return host if host.count(".") == 3 else ""


def known() -> dict[str, Any]:
    """What the supervisor wrote down: the gateway's address, and the Services by name."""
    try:
        found = json.loads(Path(KNOWN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"gateway": None, "services": {}}
    return {"gateway": None, "services": {}, **found}


if __name__ == "__main__":
    main(sys.argv[1:])
