# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of fields, and which fields differ between two objects. Pure.

A path reads as the API server's own messages do: ``.spec.rules[0].backendRefs[1].weight``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeGuard

SERVER_MADE = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid", "deletionTimestamp", "deletionGracePeriodSeconds")
"""Metadata that only the server writes: never part of a declaration, a comparison or a diff."""

_QUOTED = re.compile(r'\["([^"]*)"\]')


@lru_cache(4096)
def child(path: str, name: str) -> str:
    """Path of a member, the same for each object of a list; names with dots (labels, annotations) are quoted so that the path stays readable."""
    return f"{path}.{name}" if name.replace("-", "").replace("_", "").isalnum() else f'{path}["{name}"]'


def is_map(value: Any) -> TypeGuard[dict[str, Any]]:
    """What JSON or YAML read is a dict: asking the class itself costs a tenth of asking the abstract one, millions of times a run."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, (list, tuple))


def same_scalar(left: Any, right: Any) -> bool:
    """Equality that keeps ``true`` and ``1`` apart, which Python does not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def cleaned(obj: Mapping[str, Any]) -> dict[str, Any]:
    """The declarative part of an object: no status, no metadata that the server makes."""
    kept = {name: value for name, value in obj.items() if name != "status"}
    kept["metadata"] = {name: value for name, value in (obj.get("metadata") or {}).items() if name not in SERVER_MADE}
    return kept


def same(before: Any, after: Any) -> bool:
    """Has :func:`changed` nothing to say? Without the paths, which cost most of the time."""
    if is_map(before):
        if not is_map(after) or before.keys() != after.keys():
            return False
        for name, value in before.items():
            other = after[name]
            # Most values are texts, and only a text equals a text.
            if value != other if isinstance(value, str) else not same(value, other):
                return False
        return True
    if is_list(before):
        return is_list(after) and len(before) == len(after) and all(map(same, before, after))
    return not is_map(after) and not is_list(after) and same_scalar(before, after)


def changed(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Paths at which two values differ. Lists of unequal length differ as a whole."""
    if is_map(before) and is_map(after):
        for name in sorted({*before, *after}):
            if name not in before or name not in after:
                yield child(path, str(name))
            else:
                yield from changed(before[name], after[name], child(path, str(name)))
    elif is_list(before) and is_list(after) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changed(old, new, f"{path}[{index}]")
    elif is_list(before) or is_map(before) or is_list(after) or is_map(after) or not same_scalar(before, after):
        yield path


def touches(path: str, field: str) -> bool:
    """Is ``path`` in ``field``, as the server names fields? Items of lists go by number here and by key there, so a list counts as a whole."""
    ours, whole = _QUOTED.sub(r".\1", path), _QUOTED.sub(r".\1", field).partition("[")[0]
    return ours == whole or ours.startswith((f"{whole}.", f"{whole}["))
