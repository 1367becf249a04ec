# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request meets at Kong: its router, and the plugins key-auth, acl and rate-limiting in the order of their priorities, with the answers of Kong 3.9.

Told from ``kong/plugins/{key-auth,acl,rate-limiting}/handler.lua`` and ``kong/init.lua``.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field, replace

from .fake_gateway import Rules, Seen, Served

KEY_AUTH, ACL = "key-auth", "acl"


@dataclass
class Guard:
    """The plugins of one route. ``minute``: what rate-limiting allows a consumer."""

    groups: tuple[str, ...] = ()
    header: str = "apikey"
    plugins: frozenset[str] = frozenset({KEY_AUTH, ACL})
    minute: int = 0


@dataclass
class Kong:
    """``rules`` say which model server a request that is let in comes to, ``route`` by which of the guarded routes.

    ``keys``: key -> consumer; ``groups``: consumer -> groups.
    """

    rules: Rules
    guards: dict[str, Guard]
    keys: dict[str, str]
    groups: dict[str, tuple[str, ...]]
    route_by: str = "x-model"
    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, seen: Seen) -> Served:
        served = self.rules(seen)
        if not served.pod:
            return own(404, "no Route matched with those values") if served.status == 404 else served
        guard = self.guards.get(seen.headers.get(self.route_by, ""))
        refused = self._refused(guard, seen) if guard else None
        return refused or replace(served, headers={**served.headers, "X-Kong-Upstream-Latency": "3", "X-Kong-Proxy-Latency": "1", "Via": "1.1 kong/3.9.3"})

    def _refused(self, guard: Guard, seen: Seen) -> Served | None:
        key = seen.headers.get(guard.header, "")
        consumer = self.keys.get(key, "")
        if KEY_AUTH in guard.plugins and not key:
            return own(401, "No API key found in request")
        if KEY_AUTH in guard.plugins and not consumer:
            return own(401, "Unauthorized")
        if ACL in guard.plugins and not consumer:
            return own(401, "Unauthorized")
        if ACL in guard.plugins and not set(guard.groups).intersection(self.groups.get(consumer, ())):
            return own(403, "You cannot consume this service")
        with self.lock:
            if guard.minute and self.counts[consumer] >= guard.minute:
                return own(429, "API rate limit exceeded")
            self.counts[consumer] += 1
        return None


def own(status: int, message: str) -> Served:
    """An answer that Kong gives by itself."""
    headers = {"Server": "kong/3.9.3", "X-Kong-Response-Latency": "1"} | ({"WWW-Authenticate": "Key"} if status == 401 else {})
    return Served(status=status, headers=headers, text=json.dumps({"message": message, "request_id": "5e2c1b70d3f94a1d"}, indent=2))
