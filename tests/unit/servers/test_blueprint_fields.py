# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every field of every document: nothing vanishes in silence, and whatever stands in one is taken or refused in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from unit.servers.blueprints import ALL
from unit.servers.test_blueprint import imported

Path = tuple[Any, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        yield path
        return
    for key, part in parts:
        yield from leaves(part, (*path, key))


def changed(document: Any, path: Path) -> Any:
    """The document with another value in one place."""
    found = copy.deepcopy(document)
    holder = found
    for key in path[:-1]:
        holder = holder[key]
    value = holder[path[-1]]
    holder[path[-1]] = not value if isinstance(value, bool) else value + 1 if isinstance(value, (int, float)) else f"{value}x"
    return found


def told(path: Path) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")


def outcome(document: Any) -> Any:
    try:
        return imported(document)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, document in ALL.items() for path in leaves(document)], ids=str)
def test_no_field_vanishes(name: str, path: Path) -> None:
    """Whatever stands in a document is told as left behind, or it makes a difference to what comes out."""
    before = imported(ALL[name])
    field = told(path)
    if any(field == each["field"] or field.startswith((f"{each['field']}.", f"{each['field']}[")) for each in before["not_carried"]):
        return
    assert outcome(changed(ALL[name], path)) != before


def nodes(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place of a document that is not its root."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from nodes(part, (*path, key))


@pytest.mark.parametrize("other", [None, True, 0, -1, 1.5, "", "x", [], ["x"], [None], {}, {"x": "y"}], ids=str)
@pytest.mark.parametrize("name", ["amd", "rich", "file system", "group", "portal", "it is a job"])
def test_whatever_stands_in_a_field_is_taken_or_refused_in_words(name: str, other: Any) -> None:
    for path in nodes(ALL[name]):
        document = copy.deepcopy(ALL[name])
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = other
        json.dumps(outcome(document))
