# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy between a module and the lab's API server that lets one request go wrong.

It speaks plain HTTP on loopback and the admin's TLS to the server, so a kubeconfig needs only its address. Requests are counted as they arrive;
the one with the number ``at`` suffers ``fault``. Watches pass through as streams.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from inference_lab import Lab

Fault = Callable[["Handler"], None]


class Proxy(ThreadingHTTPServer):
    """``at`` counts from 1; 0 lets everything pass. ``seen`` lists what arrived, as "METHOD path"."""

    daemon_threads = True

    def __init__(self, lab: Lab) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.port_behind = lab.ports["api"]
        self.context = ssl.create_default_context(cafile=str(lab.state / "pki" / "ca.crt"))
        self.context.load_cert_chain(str(lab.state / "pki" / "admin.crt"), str(lab.state / "pki" / "admin.key"))
        self.lock = threading.Lock()
        self.fault: Fault = Handler.forward
        self.at = 0
        self.from_then_on = False
        self.seen: list[str] = []

    def arm(self, at: int, fault: Fault, *, from_then_on: bool = False) -> None:
        """Count anew; the request number ``at`` (and every later one, if so told) suffers the fault."""
        with self.lock:
            self.seen.clear()
            self.at, self.fault, self.from_then_on = at, fault, from_then_on

    def take(self, line: str) -> Fault:
        with self.lock:
            self.seen.append(line)
            number = len(self.seen)
            hit = self.at and (number == self.at or (self.from_then_on and number > self.at))
        return self.fault if hit else Handler.forward

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_request(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length) if length else None
        self.server.take(f"{self.command} {self.path}")(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request  # noqa: N815 - the base class calls them so

    def ask(self) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        behind = http.client.HTTPSConnection("127.0.0.1", self.server.port_behind, context=self.server.context, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "accept-encoding", "authorization")}
        behind.request(self.command, self.path, body=self.body, headers=headers)
        return behind, behind.getresponse()

    def forward(self) -> None:
        behind, answer = self.ask()
        try:
            if "watch=true" in self.path:
                self._stream(answer)
            else:
                self.reply(answer.status, answer.read())
        finally:
            behind.close()

    def _stream(self, answer: http.client.HTTPResponse) -> None:
        self.send_response(answer.status)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while chunk := answer.read1(65536):
            self.wfile.write(chunk)
            self.wfile.flush()

    def reply(self, status: int, data: bytes, promised: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data) if promised is None else promised))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status: int, reason: str = "", **headers: str) -> None:
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": f"made up: {status}", "code": status}
        self.reply(status, json.dumps(body).encode(), **headers)

    def hang_up(self) -> None:
        """An RST, as from a server that died."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_args: Any) -> None:
        pass


def reset_before(handler: Handler) -> None:
    """The connection breaks before the server has acted."""
    handler.hang_up()


def reset_after(handler: Handler) -> None:
    """The server acts, its answer is lost."""
    behind, answer = handler.ask()
    answer.read() if "watch=true" not in handler.path else None
    behind.close()
    handler.hang_up()


def cut(handler: Handler) -> None:
    """The server acts, half of its answer arrives."""
    behind, answer = handler.ask()
    data = b"{" if "watch=true" in handler.path else answer.read()
    behind.close()
    handler.reply(answer.status, data[: len(data) // 2], promised=len(data))
    handler.hang_up()


def silence(handler: Handler) -> None:
    """No answer at all, until the client gives up."""
    handler.connection.settimeout(10)
    with suppress(OSError):
        handler.rfile.read(1)
    handler.close_connection = True


def status(code: int, reason: str = "", **headers: str) -> Fault:
    def fault(handler: Handler) -> None:
        handler.refuse(code, reason, **headers)

    return fault


def just_before(which: Callable[[str], bool], act: Callable[[], object]) -> Fault:
    """Nothing goes wrong, but before the first request for which ``which("METHOD path")`` holds ACT is done. For all requests, see `Proxy.arm`."""
    done: list[bool] = []

    def fault(handler: Handler) -> None:
        if not done and which(f"{handler.command} {handler.path}"):
            done.append(True)
            act()
        handler.forward()

    return fault


@contextmanager
def proxy(lab: Lab, folder: Path) -> Iterator[tuple[Proxy, str]]:
    """A running proxy and the path of a kubeconfig that leads through it."""
    server = Proxy(lab)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "proxy", "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}],
        "users": [{"name": "admin", "user": {"token": "the-proxy-has-the-certificate"}}],
        "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "admin"}}],
        "current-context": "proxy",
    }
    kubeconfig = folder / "proxy.kubeconfig"
    kubeconfig.write_text(json.dumps(config))
    try:
        yield server, str(kubeconfig)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
