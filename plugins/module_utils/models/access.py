# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may use a route: consumers with a key and a group, or anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .codecs import Flag, ListOf, Report, Text
from .decode import optional, several
from .text import HEADER_NAME

GROUP_NAME = Text("the name of a group: letters, digits, '-', '_' and '.'", r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", 128, "scout")
DEFAULT_HEADER = "apikey"


@dataclass(frozen=True, kw_only=True)
class Access:
    """Either groups, of which a request's key must have one, or open. A key alone is not enough: it says who asks and not what for."""

    groups: tuple[str, ...] = several(ListOf(GROUP_NAME, 64, unique=True))
    open: bool | None = optional(Flag())
    header: str | None = optional(HEADER_NAME)
    hide: bool | None = optional(Flag())
    query: bool | None = optional(Flag())

    HINTS: ClassVar[dict[str, str]] = {
        "allow": "Write groups.",
        "group": "Write groups: with a list.",
        "key_names": "Write header.",
        "hide_credentials": "Write hide.",
        "key_in_query": "Write query.",
    }

    def check(self, where: str, report: Report) -> None:
        if self.open and self.groups:
            report.add(where, "is open and has groups.", "Keep one: groups for those with a key of one of them, open: true for anybody.")
        if not self.open and not self.groups:
            report.add(where, "says not who may use the route.", "Write groups: with a list, or open: true for anybody.")
        for name in ("header", "hide", "query"):
            if self.open and getattr(self, name) is not None:
                report.add(f"{where}.{name}", "is about a key, and an open route asks for none.", "Take it away, or write groups.")
