# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much one may ask for: requests, or tokens of a model, in a window of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .codecs import Flag, Report, Text, Whole
from .decode import Nested, optional, required
from .filters import MANY, PATH_CHARS
from .hushed import Hushed
from .refs import dropped
from .text import HEADER_NAME, NAME, PORT

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "month": 2_592_000, "year": 31_536_000}
"""The windows, and how long each is."""
COUNT = Whole(1, MANY, "a number of requests or tokens")


@dataclass(frozen=True, kw_only=True)
class Amount:
    """So many in each window; all of them hold at once."""

    second: int | None = optional(COUNT)
    minute: int | None = optional(COUNT)
    hour: int | None = optional(COUNT)
    day: int | None = optional(COUNT)
    month: int | None = optional(COUNT)
    year: int | None = optional(COUNT)

    HINTS: ClassVar[dict[str, str]] = {f"{name}s": f"Write {name}." for name in SECONDS} | {"per_minute": "Write minute."}

    @property
    def windows(self) -> dict[str, int]:
        found: dict[str, int] = dropped({name: getattr(self, name) for name in SECONDS})
        return found

    def check(self, where: str, report: Report) -> None:
        if not self.windows:
            report.add(where, "limits nothing.", "Write for example minute: 60.")
        before = ""
        for name in self.windows:
            if before and self.windows[name] < self.windows[before]:
                problem = f"{self.windows[name]} is less than what a {before} allows, {self.windows[before]}."
                report.add(f"{where}.{name}", problem, f"Let a longer window allow as much at least, or take {before} away.")
            before = name


@dataclass(frozen=True, kw_only=True)
class Redis:
    """Where the gateway's nodes count together."""

    host: str = required(Text("a host name or address", r"[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?", 253, "redis.infra.svc"))
    port: int | None = optional(PORT)
    username: str | None = optional(Text("a user's name", longest=256))
    password: str | None = optional(Hushed("a reference to a vault", r"\{vault://[^{}\s]+\}", 512, '"{vault://env/redis-password}"'))
    secret: str | None = optional(NAME)
    database: int | None = optional(Whole(0, 65535, "the number of a database"))
    ssl: bool | None = optional(Flag())
    ssl_verify: bool | None = optional(Flag())
    server_name: str | None = optional(Text("a host name", longest=253))

    HINTS: ClassVar[dict[str, str]] = {"tls": "Write ssl.", "url": "Write host and port."}

    def check(self, where: str, report: Report) -> None:
        if self.password and self.secret:
            report.add(where, "has password and secret.", "Keep one.")

    @property
    def plain(self) -> dict[str, Any]:
        """What may be seen, in the words that Kong's plugins use too."""
        names = ("host", "port", "username", "password", "database", "ssl", "ssl_verify", "server_name")
        return dropped({name: getattr(self, name) for name in names})


@dataclass(frozen=True, kw_only=True)
class Limits:
    """``by`` is whose requests are counted together, ``policy`` where they are counted."""

    requests: Amount | None = optional(Nested(Amount))
    tokens: Amount | None = optional(Nested(Amount))
    by: str | None = optional(Text("whose requests are counted together", choices=("consumer", "credential", "ip", "service", "header", "path")))
    header: str | None = optional(HEADER_NAME)
    path: str | None = optional(Text("a path", f"/({PATH_CHARS})?", 1024, "/v1/chat/completions"))
    policy: str | None = optional(Text("where requests are counted", choices=("local", "redis")))
    redis: Redis | None = optional(Nested(Redis))
    fault_tolerant: bool | None = optional(Flag())

    HINTS: ClassVar[dict[str, str]] = {
        **{name: f"Write requests: {{{name}: NUMBER}}." for name in SECONDS},
        "limit_by": "Write by.",
        "header_name": "Write header.",
    }

    def check(self, where: str, report: Report) -> None:
        if not (self.requests or self.tokens):
            report.add(where, "limits nothing.", "Write for example requests: {minute: 60}.")
        for name in ("header", "path"):
            if self.by == name and getattr(self, name) is None:
                report.add(f"{where}.{name}", f"is missing: by is {name}.", f"Write {name}: with the one that counts.")
            if self.by != name and getattr(self, name) is not None:
                report.add(f"{where}.{name}", f"belongs to by: {name}.", f"Take it away, or write by: {name}.")
        if self.policy == "redis" and self.redis is None:
            report.add(f"{where}.redis", "is missing: policy is redis.", "Write for example redis: {host: redis.infra.svc}.")
        if self.policy != "redis" and self.redis is not None:
            report.add(f"{where}.redis", "belongs to policy: redis.", "Write policy: redis, or take redis away.")
