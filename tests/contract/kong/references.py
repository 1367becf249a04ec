# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What entities of a declarative configuration are to each other: names and ids that clash, references that lead nowhere.

Kong files these errors in odd places (kong/db/schema/others/declarative_config.lua: validate_references), and with flatten_errors
those it cannot match with an entity get lost (kong/db/errors.lua: flatten_errors).
"""

from __future__ import annotations

import json
from typing import Any

from .declarative import Declared, Item, flattened
from .errors import AnswerError


def check(declared: Declared, flatten: bool) -> None:
    """Adds to the errors of a configuration whose entities are sound by themselves."""
    if declared.errors or declared.flat:
        return
    for item in declared.items:
        # The ids that Kong made are shown from here on.
        if declared.text_for_id(item):
            item.raw.setdefault("id", item.given["id"])
    for where, told in _clashes(declared):
        _file(declared, where, told)
    unnamed = _references(declared)
    if not declared.errors and not unnamed:
        _uniques(declared)
    # An entity without a name is filed under null, and that key cannot be written as JSON.
    if unnamed and not flatten:
        raise AnswerError(500, {"message": "An unexpected error occurred"})


def _told(item: Item, name: str, value: Any) -> str:
    return f"uniqueness violation: '{item.schema.name}' entity with {name} set to '{value}' already declared"


def _clashes(declared: Declared) -> list[tuple[list[Any], str]]:
    """Where to file, and what: a name clash under the kind and the place in its own list, an id clash under the parent as well."""
    seen: set[tuple[str, str, Any]] = set()
    found: list[tuple[list[Any], str]] = []
    for item in declared.items:
        kind, name, key = item.schema.name, item.entity.get(item.key), item.entity["id"]
        up = [] if item.parent is None else [item.parent.schema.name, item.parent.place]
        if name is not None and (kind, "name", name) in seen:
            found.append(([kind, item.place], _told(item, item.key, name)))
        elif (kind, "id", key) in seen:
            found.append(([*up, kind, item.place], _told(item, "primary key", key)))
        seen |= {(kind, "name", name), (kind, "id", key)}
    return found


def _file(declared: Declared, where: list[Any], told: str) -> None:
    spot = declared.errors
    for part in where[:-1]:
        spot = spot.setdefault(part, {})
        if not isinstance(spot, dict):
            return
    spot[where[-1]] = told
    met = next((item for item in declared.items if item.where == where), None)
    if met is not None:
        declared.flat += flattened(met, {"@entity": [told]})


def _references(declared: Declared) -> bool:
    """Filed under the name of the entity, or its id where the kind has no name. Says whether one of a kind with names has none."""
    unnamed = False
    for item in declared.items:
        for name, parent in item.schema.foreign().items():
            value = item.raw.get(name)
            if value is None or declared.find(parent, value) is not None:
                continue
            at = item.entity.get(item.key) if item.key else item.entity["id"]
            unnamed = unnamed or at is None
            shown = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            told = f"invalid reference '{name}: {shown}' (no such entry in '{parent}')"
            declared.errors.setdefault(item.schema.name, {}).setdefault(str(at), []).append(told)
    return unnamed


def _uniques(declared: Declared) -> None:
    """The unique fields that name no entity, such as a consumer's custom_id."""
    seen: set[tuple[str, str, Any]] = set()
    for item in declared.items:
        for name, each in item.schema.fields.items():
            value = item.entity.get(name)
            if not each.get("unique") or value is None:
                continue
            if (item.schema.name, name, value) in seen:
                at = item.entity.get(item.schema.endpoint_key) or item.entity["id"]
                declared.errors.setdefault(item.schema.name, {})[at] = _told(item, name, value)
            seen.add((item.schema.name, name, value))
