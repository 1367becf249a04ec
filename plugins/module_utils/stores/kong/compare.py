# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fields of an entity have to be written, and the smallest PATCH that does it. Pure.

What is declared has to stand as declared. What is not declared has to stand at its default, which Kong's published schemas say: a default that the server
filled in is no drift, and a field that was taken out of the inventory goes back to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...engine.fields import child, same_scalar
from ...models.kong import ENTITIES, MADE


class Field(NamedTuple):
    """What a schema says of one field. ``type`` is Kong's word: record, map, set, array, foreign, or a scalar's."""

    type: str
    default: Any = None


Schema = Callable[[tuple[str, ...]], "Field | None"]
"""(path of a field) -> what the schema says; None for one that it does not know, such as the deprecated mirror of another."""

Difference = tuple[tuple[str, ...], Any]
"""Path, and the value to write there. A default is written as such: Kong refuses a null in a field that it requires."""

SETS = ("tags", "protocols", "methods", "hosts", "snis", "allow", "deny", "key_names")
"""Lists of which every schema says that their order means nothing: no need to ask."""


def differences(kind: str, desired: Mapping[str, Any], live: Mapping[str, Any], schema: Schema) -> list[Difference]:
    """``desired`` and ``live`` without tags and with references by name."""
    skipped = (*MADE, "tags", *(name for name in ENTITIES[kind].made if name not in desired))
    declared = {name: value for name, value in desired.items() if name not in skipped}
    return list(_record(declared, {name: value for name, value in live.items() if name not in skipped}, (), schema))


def _record(desired: Mapping[str, Any], live: Mapping[str, Any], path: tuple[str, ...], schema: Schema) -> Iterator[Difference]:
    for name in sorted({*desired, *live}):
        where = (*path, name)
        if desired.get(name) is not None:
            yield from _declared(desired[name], live.get(name), where, schema)
        elif live.get(name) is not None:
            yield from _left(live[name], where, schema)


def _declared(desired: Any, live: Any, path: tuple[str, ...], schema: Schema) -> Iterator[Difference]:
    if equal(desired, live, path[-1] in SETS):
        return
    if isinstance(desired, Mapping) and isinstance(live, Mapping) and (about := schema(path)) and about.type == "record":
        yield from _record(desired, live, path, schema)
    elif isinstance(desired, list) and isinstance(live, list) and (about := schema(path)) and about.type == "set" and equal(desired, live, True):
        return
    else:
        yield path, desired


def _left(live: Any, path: tuple[str, ...], schema: Schema) -> Iterator[Difference]:
    """A field that nobody declares."""
    about = schema(path)
    if about is None or (not live and not isinstance(live, (bool, int, float)) and about.default is None):
        return
    if about.type == "record" and isinstance(live, Mapping):
        for name in sorted(live):
            if live[name] is not None:
                yield from _left(live[name], (*path, name), schema)
    elif not equal(about.default, live, about.type == "set"):
        yield path, about.default


def equal(left: Any, right: Any, unordered: bool = False) -> bool:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[name], right[name]) for name in left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        if len(left) != len(right):
            return False
        if unordered:
            return sorted(map(repr, left)) == sorted(map(repr, right))
        return all(equal(one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, (int, float)) and isinstance(right, (int, float)) and not isinstance(left, bool) and not isinstance(right, bool):
        return float(left) == float(right)
    return same_scalar(left, right)


def spelled(path: tuple[str, ...]) -> str:
    text = ".spec"
    for part in path:
        text = child(text, part)
    return text


def patch(found: Iterable[Difference]) -> dict[str, Any]:
    """The body of a PATCH, which Kong merges into what stands."""
    body: dict[str, Any] = {}
    for path, value in found:
        place = body
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value
    return body


def merged(live: Mapping[str, Any], change: Mapping[str, Any], schema: Schema, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """What will stand after the PATCH ``change``."""
    result = dict(live)
    for name, value in change.items():
        where = (*path, name)
        old = live.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and (about := schema(where)) and about.type == "record":
            result[name] = merged(old, value, schema, where)
        else:
            result[name] = value
    return result


def said(live: Mapping[str, Any], schema: Schema, path: tuple[str, ...]) -> dict[str, Any]:
    """What a record says beyond its defaults, without the deprecated mirrors of fields."""
    result: dict[str, Any] = {}
    for name, value in live.items():
        about = schema((*path, name))
        if about is None or value is None or equal(about.default, value, about.type == "set"):
            continue
        part = said(value, schema, (*path, name)) if about.type == "record" and isinstance(value, Mapping) else value
        if part or not isinstance(part, Mapping):
            result[name] = part
    return result
