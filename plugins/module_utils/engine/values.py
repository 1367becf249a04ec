# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What YAML can say and JSON cannot: dates, sets, bytes, NaN, keys that are no text, values that hold themselves. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .errors import InputError, Issue
from .fields import child

OPEN = (
    *("type", "project_id", "private_key_id", "client_email", "client_id", "auth_uri", "token_uri"),
    *("auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain"),
)
"""What of a service account's key anybody may see."""
DEEPEST = 100
_START = 6
MOST = 5_000_000
"""Values in one document. Anchors that refer to anchors multiply: a page of YAML can mean more than any memory holds."""


def plain(value: Any, where: str) -> Any:
    """A copy that can be sent as JSON, with numbers and truth values as keys turned into text, as kubectl does; raises InputError."""
    return _plain(value, where, "", 0, iter(range(MOST)))


def _plain(value: Any, where: str, path: str, depth: int, left: Iterator[int]) -> Any:
    if depth > DEEPEST or next(left, None) is None:
        raise InputError([Issue(where, "is nested too deeply or holds itself.", "Look for YAML anchors (&) that refer to each other.")])
    if isinstance(value, dict):
        found = {}
        for name, part in value.items():
            key = key_text(name, f"{where}{path}")
            if key in found:
                raise InputError([Issue(f"{where}{path}", f'the key "{key}" stands twice.', "Remove one of them.")])
            found[key] = _plain(part, where, child(path, key), depth + 1, left)
        return found
    if isinstance(value, list):
        return [_plain(part, where, f"{path}[{index}]", depth + 1, left) for index, part in enumerate(value)]
    if wrong := problem(value):
        raise InputError([Issue(f"{where}{path}", wrong)])
    return value


def key_text(name: Any, where: str) -> str:
    """A key as JSON has it; raises InputError."""
    if isinstance(name, bool):
        return str(name).lower()
    if isinstance(name, (int, float)):
        return str(name)
    if not isinstance(name, str) or problem(name):
        raise InputError([Issue(where, f"a key is {type(name).__name__}, expected text.", "Write it in quotes.")])
    return name


def problem(value: Any) -> str:
    """What keeps a scalar from being JSON. The value itself is not shown: it may be a secret."""
    if isinstance(value, str):
        return "" if value.isascii() or _encodes(value) else "holds half of a surrogate pair, which is no character."
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "is no finite number. Write a number, or text in quotes."
    if isinstance(value, int):
        return "" if -(2**63) <= value < 2**64 else "is a number of more than 64 bits. Write it as text in quotes."
    return f"expected text, a number, true, false, a list or a mapping, got {type(value).__name__}. Write it as text in quotes."


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def occurring(texts: Iterable[str], *shown: Any) -> set[str]:
    """Those of the texts that stand anywhere in what is shown: to look for each of ten thousand in each of as many places would take minutes."""
    found, by_start = set(), dict[str, tuple[set[int], set[str]]]()
    everything = "\0".join({text for part in shown for text in _texts(part)})
    for text in texts:
        if len(text) < _START:
            found |= {text} if text in everything else set()
        else:
            lengths, whole = by_start.setdefault(text[:_START], (set(), set()))
            lengths.add(len(text))
            whole.add(text)
    for place in range(len(everything) - _START + 1 if by_start else 0):
        if known := by_start.get(everything[place : place + _START]):
            found |= known[1].intersection(everything[place : place + length] for length in known[0])
    return found


def veiled_texts(options: Iterable[Any]) -> tuple[set[str], set[str]]:
    """Of options that hold a key as JSON: what must not be shown, and what may be. Ansible knows the values of a dictionary as they were given, in which a line
    break is none of JSON's, so it would not find them in the text that it makes of the dictionary; and it would blank each word like ``service_account``.
    """
    secret: set[str] = set()
    known: set[str] = set()
    for text in filter(None, options):
        secret.add(str(text))
        try:
            found = json.loads(text)
        except (TypeError, ValueError):
            continue
        if isinstance(found, Mapping):
            known |= {str(part) for name, part in found.items() if name in OPEN}
            secret |= {each for name, part in found.items() if name not in OPEN for each in _texts(part) if each}
    return secret, known - secret


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from _texts(part)
    elif isinstance(value, (list, tuple, set)):
        for part in value:
            yield from _texts(part)
    elif value is not None:
        yield str(value)
