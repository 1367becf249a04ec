# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections for aiohttp: to an address that need not be the URL's, through a proxy that speaks CONNECT, with a server name of one's own.

aiohttp's own proxy support asks for CONNECT only where TLS follows, and sends a plain request to the proxy itself. What is probed is then the proxy.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from typing import TYPE_CHECKING, Any

from .order import Target

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler

try:
    from aiohttp import BaseConnector
except ImportError:  # engine/run.py reports the missing library
    BaseConnector = object  # type: ignore[assignment,misc]

LONGEST_REPLY = 16384


class ConnectError(Exception):
    """No connection. ``kind`` is one of :data:`answer.KINDS`."""

    def __init__(self, kind: str, detail: str) -> None:
        self.kind = kind
        self.detail = detail
        super().__init__(detail)


class Connector(BaseConnector):
    """All connections of one order; the address is the target's, whatever the URL says."""

    def __init__(self, target: Target, keep_alive: bool) -> None:
        super().__init__(limit=0, force_close=not keep_alive)
        self.target = target
        self.context = tls_context(target) if target.tls else None

    async def _create_connection(self, *_request: Any, **_options: Any) -> ResponseHandler:
        target = self.target
        try:
            sock = await dial(target)
        except ConnectError:
            raise
        except OSError as error:
            raise ConnectError(kind_of(error), f"{target.address}:{target.port}: {error}") from error
        try:
            name = target.server_name if self.context else None
            _transport, protocol = await asyncio.get_running_loop().create_connection(self._factory, sock=sock, ssl=self.context, server_hostname=name)
        except (OSError, ssl.SSLError, ConnectionError) as error:
            sock.close()
            raise ConnectError("tls" if self.context else kind_of(error), tls_words(error)) from error
        except BaseException:
            sock.close()
            raise
        return protocol


def tls_context(target: Target) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=target.ca or None)
    if not target.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def tls_words(error: Exception) -> str:
    """OpenSSL's own words without its file and line."""
    message = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    return str(message) or "the connection was closed during the handshake"


def kind_of(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ConnectionRefusedError):
        return "connect_refused"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "reset"
    return "connect_timeout" if isinstance(error, TimeoutError) else "unreachable"


async def dial(target: Target) -> socket.socket:
    """A connected socket, through the proxy where there is one."""
    if not target.proxy:
        return await _open(target.address, target.port)
    host, _colon, port = target.proxy.rpartition(":")
    try:
        sock = await _open(host.strip("[]"), int(port))
    except OSError as error:
        raise ConnectError("proxy", f"{target.proxy}: {error}") from error
    try:
        await _tunnel(sock, target)
    except OSError as error:
        sock.close()
        raise ConnectError("proxy", f"{target.proxy}: {error}") from error
    except BaseException:
        sock.close()
        raise
    return sock


async def _open(host: str, port: int) -> socket.socket:
    """The first address of the name that answers."""
    loop = asyncio.get_running_loop()
    last: OSError = OSError("the name has no address")
    for family, kind, protocol, _name, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise last


async def _tunnel(sock: socket.socket, target: Target) -> None:
    """Ask for CONNECT. The far end says nothing before it is spoken to, so nothing of it can be lost behind the reply."""
    loop = asyncio.get_running_loop()
    host = f"[{target.address}]" if ":" in target.address else target.address
    lines = [f"CONNECT {host}:{target.port} HTTP/1.1", f"Host: {host}:{target.port}"]
    if target.proxy_authorization:
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(target.proxy_authorization.encode()).decode()}")
    await loop.sock_sendall(sock, ("\r\n".join(lines) + "\r\n\r\n").encode())
    reply = b""
    while b"\r\n\r\n" not in reply:
        more = await loop.sock_recv(sock, 4096)
        reply += more
        if not more or len(reply) > LONGEST_REPLY:
            raise ConnectError("proxy", f"{target.proxy} closed the connection when it was asked for {host}:{target.port}")
    status = reply.split(b"\r\n", 1)[0].decode("latin-1")
    if status.split(" ")[1:2] != ["200"]:
        raise ConnectError("proxy", f"{target.proxy} answered {status!r:.120} when it was asked for {host}:{target.port}")
