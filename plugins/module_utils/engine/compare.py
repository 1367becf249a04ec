# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a live object differ from what is declared? Pure, and without a request.

Two questions decide (design rule "differs"):

1. Has a declared field another value?
2. Does ``managedFields`` say that we own a field which is no longer declared?

Defaults that the server filled in and fields of other managers are no difference. How a list is compared is read off our own
``managedFields`` entry: the server records there which lists it merges by key (``k:{...}``), which are sets (``v:...``) and which it takes
as a whole. It is the schema's ``x-kubernetes-list-type`` as the server applied it.

Inside a value that is taken as a whole nobody records who wrote which field: what stands there besides the declaration is either a default or
something that was declared before and has to go. A :class:`Shape` knows the defaults where the caller does; whatever is left over differs.

The answer may be "differs" where the server would say "same" (1000m = 1): the caller then asks the server with a dry run.
It is never "same" where the server would change something that we declared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import is_
from typing import Any, Protocol

from .fields import changed, child, is_list, is_map, same, same_scalar

Trail = tuple["str | None", ...]
"""Where a value stands in its object: names of members, None for the items of a list."""


class Shape(Protocol):
    """What the server knows of the value at one trail."""

    def filled(self, value: Any) -> Any:
        """A declared value with the defaults that the server would fill in."""

    def fits(self, declared: Any, live: Any) -> bool:
        """Is ``live`` what ``declared`` becomes, nulls aside? The same as filling it in and comparing, for a third of the time."""


class Plain:
    """Where no defaults are known."""

    def filled(self, value: Any) -> Any:
        return value

    def fits(self, declared: Any, live: Any) -> bool:
        return same(_without_nulls(declared), _without_nulls(live))


PLAIN = Plain()
ShapeAt = Callable[[Trail], Shape]


Owned = Mapping[str, Any]
"""A node of FieldsV1. An empty mapping is a leaf: the value is owned as a whole."""

_IDENTITY = ("apiVersion", "kind")


def owned_fields(live: Mapping[str, Any], manager: str) -> Owned | None:
    """FieldsV1 of what ``manager`` applied, or None where it applied nothing."""
    for entry in live.get("metadata", {}).get("managedFields") or ():
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource"):
            fields = entry.get("fieldsV1")
            return fields if isinstance(fields, Mapping) else None
    return None


def differences(desired: Mapping[str, Any], live: Mapping[str, Any], manager: str, shape_at: ShapeAt = lambda _trail: PLAIN) -> tuple[str, ...]:
    """Paths that are declared otherwise than they stand, or ours and no longer declared. Empty: nothing to do."""
    owned = owned_fields(live, manager)
    declared = {name: value for name, value in desired.items() if name not in _IDENTITY}
    return tuple(dict.fromkeys((*_Comparison(shape_at).declared(declared, live, owned, "", ()), *_released(owned or {}, declared, ""))))


class _Comparison:
    """Where declared values are not what stands.

    ``owned`` None means that we own nothing here: then a map or list must be equal to the last field, since an extra field in it may be
    somebody's change to a value that is applied as a whole. The server decides.
    """

    def __init__(self, shape_at: ShapeAt) -> None:
        self.shape_at = shape_at

    def declared(self, desired: Any, live: Any, owned: Owned | None, path: str, trail: Trail) -> Iterator[str]:
        if desired is None:
            if live is not None:
                yield path
        elif is_map(desired):
            yield from self._map(desired, live, owned, path, trail)
        elif is_list(desired):
            yield from self._list(desired, live, owned, path, trail)
        elif live is None or is_map(live) or is_list(live) or not same_scalar(desired, live):
            yield path

    def _map(self, desired: Mapping[str, Any], live: Any, owned: Owned | None, path: str, trail: Trail) -> Iterator[str]:
        if not is_map(live) or (owned is None and path and set(live) - set(desired)):
            yield path
        elif owned is not None and not owned and path:
            yield from self._whole(desired, live, path, trail)
        else:
            for name, value in desired.items():
                if name in live:
                    yield from self.declared(value, live[name], (owned or {}).get(f"f:{name}"), child(path, name), (*trail, name))
                elif value is not None:
                    yield child(path, name)

    def _list(self, desired: Sequence[Any], live: Any, owned: Owned | None, path: str, trail: Trail) -> Iterator[str]:
        if not is_list(live):
            yield path
        elif owned and any(key.startswith("k:") for key in owned):
            yield from self._by_key(desired, live, owned, path, trail)
        elif owned and any(key.startswith("v:") for key in owned):
            yield from (f"{path}[{index}]" for index, value in enumerate(desired) if value not in live)
        elif len(desired) != len(live):
            yield path
        elif owned is None:
            for index, (item, other) in enumerate(zip(desired, live, strict=True)):
                yield from self.declared(item, other, None, f"{path}[{index}]", (*trail, None))
        else:
            yield from self._whole(desired, live, path, trail)

    def _whole(self, desired: Any, live: Any, path: str, trail: Trail) -> Iterator[str]:
        """A value that we own as a whole. The defaults are looked up only where something stands that is not declared."""
        if same(desired, live):
            return
        shape = self.shape_at(trail)
        if not shape.fits(desired, live):
            yield from changed(_without_nulls(shape.filled(_without_nulls(desired))), _without_nulls(live), path)

    def _by_key(self, desired: Sequence[Any], live: Sequence[Any], owned: Owned, path: str, trail: Trail) -> Iterator[str]:
        """Items by their keys. The server keeps them in the order in which they are declared (init containers run in it), so order counts."""
        entries = _entries(owned)
        places = []
        for index, item in enumerate(desired):
            where = f"{path}[{index}]"
            others = [place for place, other in enumerate(live) if _matches(item, other, entries[0][0])]
            keyed = next((below for keys, below in entries if len(others) == 1 and _agrees(live[others[0]], keys)), None)
            if keyed is None:
                yield where
            else:
                places += others
                yield from self.declared(item, live[others[0]], keyed, where, (*trail, None))
        if places != sorted(places):
            yield path


def _released(owned: Owned, desired: Any, path: str) -> Iterator[str]:
    """What we own on the server and do not declare any more."""
    for key, below in owned.items():
        kind, _colon, rest = key.partition(":")
        if kind == "f":
            where = child(path, rest)
            if not is_map(desired) or rest not in desired:
                yield where
            elif below:
                yield from _released(below, desired[rest], where)
        elif kind == "k":
            keys = json.loads(rest)
            item = next((item for item in desired if _agrees(item, keys)), None) if is_list(desired) else None
            if item is None:
                yield f"{path}[{_label(keys)}]"
            else:
                yield from _released({name: value for name, value in below.items() if name[2:] not in keys}, item, f"{path}[{_label(keys)}]")
        elif kind == "v" and (not is_list(desired) or json.loads(rest) not in desired):
            yield f"{path}[{rest}]"


def _entries(owned: Owned) -> list[tuple[dict[str, Any], Owned]]:
    return [(json.loads(key[2:]), below) for key, below in owned.items() if key.startswith("k:")]


def _matches(item: Any, other: Any, keys: Mapping[str, Any]) -> bool:
    """Is ``other`` the live item that a declared one means? A key that the declaration leaves to its default matches any value."""
    return is_map(item) and is_map(other) and all(item.get(key) is None or same_scalar(item[key], other.get(key)) for key in keys)


def _agrees(item: Any, keys: Mapping[str, Any]) -> bool:
    return is_map(item) and all(item.get(key) is None or same_scalar(item[key], value) for key, value in keys.items())


def _label(keys: Mapping[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in keys.items())


def _without_nulls(value: Any) -> Any:
    """A null is no value: the server drops it. The value itself where it has none."""
    if is_map(value):
        kept = {name: _without_nulls(part) if is_map(part) or is_list(part) else part for name, part in value.items() if part is not None}
        return value if len(kept) == len(value) and all(map(is_, kept.values(), value.values())) else kept
    if is_list(value):
        parts = [_without_nulls(part) for part in value]
        return value if all(map(is_, parts, value)) else parts
    return value
