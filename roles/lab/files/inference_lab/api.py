# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few requests that starting a lab needs, over the standard library."""

from __future__ import annotations

import http.client
import json
import ssl
from pathlib import Path
from typing import Any

from .errors import LabError

USER_AGENT = "inference-lab"
# Seconds for one question after health; a stranger on the port may never answer.
PROBE = 3.0


class Api:
    """One HTTPS server on loopback, reached with a client certificate of the lab's own authority."""

    def __init__(self, port: int, pki: Path, user: str) -> None:
        self.port = port
        self.context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self.context.load_cert_chain(pki / f"{user}.crt", pki / f"{user}.key")

    def request(self, method: str, path: str, body: Any = None, agent: str = USER_AGENT, timeout: float = 10.0) -> tuple[int, str]:
        """Status and text of the answer; OSError when there is none."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.context)
        try:
            headers = {"Content-Type": "application/json", "User-Agent": agent}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def problem(self, path: str) -> str:
        """Empty when PATH answers 200, else what is wrong."""
        return problem_of(lambda: self.request("GET", path, timeout=PROBE))

    def read(self, path: str) -> dict[str, Any]:
        status, text = self.request("GET", path)
        if status != 200:
            raise LabError(f"GET {path} answered {status}: {text[:300]}")
        found: dict[str, Any] = json.loads(text)
        return found

    def ensure(self, path: str, manifest: dict[str, Any]) -> None:
        """Create an object unless it is there."""
        status, text = self.request("POST", path, manifest)
        if status not in (201, 409):
            raise LabError(f"POST {path} for {manifest['kind']} {manifest['metadata']['name']} answered {status}: {text[:300]}")


def plain_problem(port: int, path: str) -> str:
    """As `Api.problem`, for a server without TLS."""

    def ask() -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    return problem_of(ask)


def problem_of(ask: Any) -> str:
    try:
        status, text = ask()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer ({error})"
    return "" if status == 200 else f"answered {status}: {text.strip()[-300:]}"
