# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of Lua shows through Kong's answers: its patterns, and how it writes a table as text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

CLASSES = {"w": "A-Za-z0-9", "d": "0-9", "u": "A-Z", "l": "a-z", "a": "A-Za-z", "x": "0-9A-Fa-f", "s": r"\s"}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    """A Lua pattern as a regular expression; only what Kong's schemas use of them."""
    out, inside, place = "", False, 0
    while place < len(text):
        sign = text[place]
        if sign == "%":
            place += 1
            known = CLASSES.get(text[place])
            out += re.escape(text[place]) if known is None else known if inside else f"[{known}]"
        else:
            inside = sign == "[" or (inside and sign != "]")
            out += r"\Z" if sign == "$" and place == len(text) - 1 else sign
        place += 1
    return re.compile(out)


def text(value: Any) -> str:
    """Lua's tostring."""
    if value is None:
        return "userdata: NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def pretty(value: Any, indent: str = "") -> str:
    """Penlight's pl.pretty.write: on one line without an indent."""
    return _pretty(value, indent, "")


def _pretty(value: Any, indent: str, margin: str) -> str:
    if isinstance(value, int | float):
        return text(value)
    if not isinstance(value, dict | list):
        return '"' + text(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    inner = margin + indent
    joined = " = " if indent else "="
    if isinstance(value, dict):
        places = [place for place in range(1, len(value) + 1) if all(each in value for each in range(1, place + 1))]
        parts = [_pretty(value[place], indent, inner) for place in places]
        rest = sorted((key for key in value if key not in places), key=str)
        parts += [f"{_key(key)}{joined}{_pretty(value[key], indent, inner)}" for key in rest]
    else:
        parts = [_pretty(item, indent, inner) for item in value]
    if not parts:
        return "{}"
    if not indent:
        return "{" + ",".join(parts) + "}"
    return "{\n" + ",\n".join(inner + part for part in parts) + "\n" + margin + "}"


def _key(key: Any) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return str(key) if NAME.match(str(key)) else f'["{key}"]'
