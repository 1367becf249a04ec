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
    """The object without what nobody wrote: defaults that the server filled in. All of it where the server keeps no record, or one in another version.

    A record names fields as the version does in which its manager wrote: a target of ``autoscaling/v1`` stands among the metrics of ``autoscaling/v2``.
    """
    entries = _records(live)
    if not entries or any(entry.get("apiVersion", live["apiVersion"]) != live["apiVersion"] for entry in entries):
        return dict(live)
    records = [entry["fieldsV1"] for entry in entries]
    kept = _project(live, records)
    meta = {name: live["metadata"][name] for name in ("name", "namespace", "managedFields", "ownerReferences") if name in live["metadata"]}
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], **kept, "metadata": {**(kept.get("metadata") or {}), **meta}}


def writers(live: Mapping[str, Any], paths: Iterable[str], ours: str) -> list[dict[str, Any]]:
    """Field managers besides ``ours`` that hold some of these fields, each with its fields and when it last wrote."""
    entries = _records(live)
    held: list[list[str]] = [[] for _entry in entries]
    for path in paths:
        for holder in _holders([entry["fieldsV1"] for entry in entries], live, path):
            held[holder].append(path)
    return [
        {name: str(entry.get(name) or "") for name in ("manager", "operation", "time")} | {"fields": fields}
        for entry, fields in zip(entries, held, strict=True)
        if fields and entry.get("manager") != ours
    ]


def _records(live: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = live.get("metadata", {}).get("managedFields") or ()
    return [entry for entry in entries if not entry.get("subresource") and isinstance(entry.get("fieldsV1"), Mapping)]


def _project(value: Any, records: list[Mapping[str, Any]]) -> Any:
    """What of a value any of the records names.

    A record that is empty means the value as a whole, unless another says more: then it is the bare map or list of a manager that lost what was in it.
    """
    if not any(records):
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


def _holders(records: list[Mapping[str, Any]], live: Any, path: str) -> list[int]:
    """Which records name the field at ``path``, something that it is part of, or something in it."""
    nodes, value = dict(enumerate(records)), live
    for name, quoted, index in _STEP.findall(path):
        if not any(nodes.values()):
            break  # a value that is held as a whole
        step = name or quoted
        if step:
            value = value.get(step) if isinstance(value, Mapping) else None
            nodes = {holder: node[f"f:{step}"] for holder, node in nodes.items() if f"f:{step}" in node}
        else:
            value = value[int(index)] if index.isdigit() and is_list(value) and int(index) < len(value) else None
            nodes = {holder: below for holder, node in nodes.items() for below in _below([node], lambda key, item=value: _means(key, item))}
    return sorted(nodes)
