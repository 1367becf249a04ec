# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What managers wrote into an object, and who wrote what, as ``managedFields`` records it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .fields import is_list, same_scalar

_STEP = re.compile(r'\.([A-Za-z0-9_-]+)|\["([^"]*)"\]|\[([^\]]*)\]')


def written(live: Mapping[str, Any]) -> dict[str, Any]:
    """The object without what nobody wrote: defaults that the server filled in. All of it where the server keeps no record."""
    records = [entry["fieldsV1"] for entry in _records(live)]
    if not records:
        return dict(live)
    kept = _project(live, records)
    meta = {name: live["metadata"][name] for name in ("name", "namespace", "managedFields", "ownerReferences") if name in live["metadata"]}
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], **kept, "metadata": {**(kept.get("metadata") or {}), **meta}}


def writers(live: Mapping[str, Any], paths: Iterable[str], ours: str) -> list[dict[str, Any]]:
    """Field managers besides ``ours`` that hold some of these fields, each with its fields and when it last wrote."""
    wanted = list(paths)
    found = []
    for entry in _records(live):
        if entry.get("manager") == ours:
            continue
        fields = [path for path in wanted if _holds(entry["fieldsV1"], live, path)]
        if fields:
            plain = {name: str(entry.get(name) or "") for name in ("manager", "operation", "time")}
            found.append({**plain, "fields": fields})
    return found


def _records(live: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = live.get("metadata", {}).get("managedFields") or ()
    return [entry for entry in entries if not entry.get("subresource") and isinstance(entry.get("fieldsV1"), Mapping)]


def _project(value: Any, records: list[Mapping[str, Any]]) -> Any:
    """What of a value any of the records names. A record that is empty means the value as a whole."""
    if any(not record for record in records):
        return value
    if isinstance(value, Mapping):
        return {name: _project(part, below) for name, part in value.items() if (below := _below(records, lambda key, name=name: key == f"f:{name}"))}
    if is_list(value):
        return [_project(item, below) for item in value if (below := _below(records, lambda key, item=item: _means(key, item)))]
    return value


def _below(records: list[Mapping[str, Any]], wanted: Any) -> list[Mapping[str, Any]]:
    return [below for record in records for key, below in record.items() if wanted(key)]


def _means(key: str, item: Any) -> bool:
    """Does a record's key mean this item of a list?"""
    kind, _colon, rest = key.partition(":")
    if kind == "v":
        return bool(json.loads(rest) == item)
    return kind == "k" and isinstance(item, Mapping) and all(same_scalar(item.get(name), value) for name, value in json.loads(rest).items())


def _holds(record: Mapping[str, Any], live: Any, path: str) -> bool:
    """Does a record name the field at ``path``, something that it is part of, or something in it?"""
    node, value = record, live
    for name, quoted, index in _STEP.findall(path):
        step = name or quoted
        if not node:
            return True
        if step:
            below, value = node.get(f"f:{step}"), value.get(step) if isinstance(value, Mapping) else None
        else:
            value = value[int(index)] if index.isdigit() and is_list(value) and int(index) < len(value) else None
            item = value
            below = next((each for key, each in node.items() if _means(key, item)), None)
        if below is None:
            return False
        node = below
    return True
