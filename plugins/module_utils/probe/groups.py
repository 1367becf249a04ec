# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for those who answer: patterns with * put pods under the name of what they belong to. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)


def fits(name: str, patterns: Sequence[str]) -> bool:
    """Is the name one of these? ``*`` stands for any characters, everything else for itself."""
    return any(_pattern(pattern).fullmatch(name) for pattern in patterns)


class Groups:
    """The name of the first group whose patterns fit, else the name itself."""

    def __init__(self, groups: Mapping[str, Sequence[str]] | None) -> None:
        self.patterns = {name: [pattern for pattern in patterns if "*" in pattern] for name, patterns in (groups or {}).items()}
        self.exact: dict[str, str] = {}
        for name, patterns in (groups or {}).items():
            for pattern in patterns:
                if "*" not in pattern:
                    self.exact.setdefault(pattern, name)

    def name(self, who: str) -> str:
        if who in self.exact:
            return self.exact[who]
        return next((name for name, patterns in self.patterns.items() if patterns and fits(who, patterns)), who)
