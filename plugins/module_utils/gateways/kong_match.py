# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule asks for in the words of Kong's routers. They know paths by prefix, or by regular expression (a leading ``~``), and nothing else.

``kong/router/transform.lua`` and ``traditional.lua`` read a route so, and the ingress controller's ``subtranslator/httproute.go`` writes it so.
"""

from __future__ import annotations

import re

from ..models.match import HeaderMatch, Match, PathMatch
from ..models.route import Route, Rule

REGEX_HEADER = "~*"
"""What marks a header's value as a regular expression."""
SPECIAL = ".()*+$"
"""What a path may hold that a regular expression takes for something else."""


def escaped(path: str) -> str:
    return re.sub(f"[{re.escape(SPECIAL)}]", r"\\\g<0>", path)


def whole(regex: str) -> str:
    """A regular expression that takes the whole path, as every other gateway reads it; Kong's begins at the start and ends anywhere."""
    return regex if regex.endswith("$") and not regex.endswith("\\$") else f"{regex}$"


def paths(path: PathMatch | None) -> list[str]:
    """A prefix is one of whole segments, which needs two of Kong's: itself, and all below it."""
    if path is None:
        return ["/"]
    if path.exact is not None:
        return [f"~{escaped(path.exact)}$"]
    if path.regex is not None:
        return [f"~{whole(path.regex)}"]
    prefix = (path.prefix or "").rstrip("/")
    return [f"~{escaped(prefix)}$", f"{prefix}/"] if prefix else ["/"]


def header_value(value: HeaderMatch) -> str:
    """Kong searches a regular expression anywhere in the value."""
    return value.exact if value.exact is not None else f"{REGEX_HEADER}^(?:{value.regex})$"


def header_values(match: Match) -> dict[str, list[str]]:
    return {name: [header_value(value)] for name, value in sorted((match.headers or {}).items(), key=lambda item: item[0].lower())}


def new_prefix(rule: Rule) -> str | None:
    """What takes the place of the prefix that matched."""
    return rule.rewrite.path.prefix if rule.rewrite is not None and rule.rewrite.path is not None else None


def strips(route: Route) -> bool:
    """Whether every rule only takes its prefix away. Kong does that itself, and then still orders paths by their length."""
    return all(new_prefix(rule) == "/" for rule in route.rules)


def alternatives(rule: Rule) -> tuple[Match, ...]:
    return rule.alternatives or (Match(),)
