# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server keeps: a table per entity, in the order of its ids, with the indexes that Kong's database has."""

from __future__ import annotations

import json
import time
import uuid
from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .schema import Entity, Schema


def encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(eq=False)
class Row:
    """An entity as stored, and as JSON of the Admin API. ``expires`` is for credentials with a time to live."""

    entity: Entity
    schema: Schema
    expires: float | None = None
    shown: bytes = b""
    tags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.tags = frozenset(self.entity.get("tags") or ())

    def view(self, hide_shorthands: bool = False) -> Entity:
        out = self.schema.process(self.entity, "select", hide_shorthands)
        if self.schema.ttl:
            out["ttl"] = None if self.expires is None else int(self.expires - time.time())
        return out

    def json(self) -> bytes:
        if self.expires is not None:
            return encode(self.view())
        if not self.shown:
            self.shown = encode(self.view())
        return self.shown


@dataclass(eq=False)
class Table:
    schema: Schema
    rows: dict[str, Row] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    unique: dict[tuple[str, Any], str] = field(default_factory=dict)
    children: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pointers = self.schema.foreign()
        self.uniques = [name for name, each in self.schema.fields.items() if each.get("unique")]
        self.keyed = len(self.schema.cache_key) > 1

    def get(self, key: str) -> Row | None:
        row = self.rows.get(key.lower())
        return row if row is None or row.expires is None or row.expires >= time.time() else None

    def find(self, name: str, value: Any) -> Row | None:
        """By a unique field; other fields are looked for one by one."""
        if name in self.uniques:
            key = self.unique.get((name, value))
            return self.get(key) if key else None
        return next((row for row in self.after("") if row.entity.get(name) == value), None)

    def after(self, key: str, field_name: str = "", parent: str = "") -> Iterator[Row]:
        """Rows in the order of their ids, those that point to a parent if one is named."""
        ids = self.children.get((field_name, parent), []) if field_name else self.ids
        for place in range(bisect_right(ids, key) if key else 0, len(ids)):
            row = self.get(ids[place])
            if row is not None:
                yield row

    def key_of(self, entity: Entity) -> Any:
        """The value of the index over several fields: a plugin of one name per route, service and consumer, and the like."""
        return tuple((entity.get(name) or {}).get("id") if name in self.pointers else entity.get(name) for name in self.schema.cache_key)

    def conflict(self, entity: Entity, but: str = "") -> tuple[str, Any] | None:
        """The index that a row of another id holds already: id, cache_key, or a unique field."""
        if entity["id"] != but and entity["id"] in self.rows:
            return "id", entity["id"]
        if self.keyed and self.unique.get(("cache_key", self.key_of(entity)), but) != but:
            return "cache_key", None
        for name in self.uniques:
            value = entity.get(name)
            if value is not None and self.unique.get((name, value), but) != but:
                return name, value
        return None

    def put(self, row: Row) -> None:
        key = row.entity["id"]
        self.remove(key)
        self.rows[key] = row
        insort(self.ids, key)
        for index in self._indexes(row.entity):
            self.unique[index] = key
        for name in self.pointers:
            if row.entity.get(name):
                insort(self.children.setdefault((name, row.entity[name]["id"]), []), key)

    def remove(self, key: str) -> None:
        row = self.rows.pop(key, None)
        if row is None:
            return
        self.ids.pop(bisect_right(self.ids, key) - 1)
        for index in self._indexes(row.entity):
            self.unique.pop(index, None)
        for name in self.pointers:
            if row.entity.get(name):
                siblings = self.children[name, row.entity[name]["id"]]
                siblings.pop(bisect_right(siblings, key) - 1)

    def _indexes(self, entity: Entity) -> list[tuple[str, Any]]:
        found = [(name, entity[name]) for name in self.uniques if entity.get(name) is not None]
        return [*found, ("cache_key", self.key_of(entity))] if self.keyed else found


class Workspace:
    """The tables of one workspace. Names and keys are unique within it."""

    def __init__(self, name: str, schemas: dict[str, Schema]) -> None:
        self.name = name
        self.id = str(uuid.uuid4())
        self.created_at = int(time.time())
        self.schemas = schemas
        self.tables = {each: Table(schema) for each, schema in schemas.items()}
        # Who points where: parent entity to (child entity, field, whether the child goes with the parent).
        self.pointers: dict[str, list[tuple[str, str, bool]]] = {}
        for child, schema in schemas.items():
            for field_name, parent in schema.foreign().items():
                cascade = schema.fields[field_name].get("on_delete") == "cascade"
                self.pointers.setdefault(parent, []).append((child, field_name, cascade))
