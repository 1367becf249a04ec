# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to send and where, in plain values. No Ansible and no validation here: this is also what travels into a cluster as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """Where connections go. ``address`` is dialled; what the server is told to be called stands in :attr:`Order.host` and ``server_name``.

    ``proxy`` is the host and port of an HTTP proxy that is asked to CONNECT. ``ca`` is PEM text; without it the machine's own authorities count.
    """

    address: str
    port: int
    tls: bool = False
    verify: bool = True
    ca: str = ""
    server_name: str = ""
    proxy: str = ""
    proxy_authorization: str = ""


@dataclass(frozen=True)
class Order:
    """Requests of one kind: ``count`` of them, or as many as ``duration`` seconds allow, ``concurrency`` at once and ``rate`` a second at most (0: no limit).

    ``timeout`` is for one request and ``deadline`` (0: none) for all of them, in seconds.
    """

    target: Target
    host: str
    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    stream: bool = False
    count: int = 1
    concurrency: int = 1
    rate: float = 0
    duration: float = 0
    timeout: float = 60
    deadline: float = 0
    keep_alive: bool = True
    who: str = ""

    @property
    def url(self) -> str:
        return f"{'https' if self.target.tls else 'http'}://{self.host}{self.path}"

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Order:
        read: Mapping[str, Any] = json.loads(text)
        headers = tuple((name, value) for name, value in read["headers"])
        return cls(**{**read, "target": Target(**read["target"]), "headers": headers})
