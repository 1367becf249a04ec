# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declarative configuration, read, checked and made into entities (kong/db/schema/others/declarative_config.lua, kong/db/errors.lua)."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass, field
from typing import Any

from . import errors
from .lua import pretty
from .schema import Entity, Schema, ViolationsError
from .validate import is_uuid

VERSIONS = ["1.1", "2.1", "3.0"]
META = ("_format_version", "_transform", "_comment", "_ignore")
# The name spaces of ids that Kong makes of names, so that the same configuration gets the same ids.
ROOT = uuid.UUID("fd02801f-0957-4a15-a55a-c8d9606f30b5")


@dataclass(eq=False)
class Item:
    """An entity of the configuration, lifted out of the one it may be nested in."""

    schema: Schema
    given: Entity
    # Where its errors belong: keys and places, from one, down from the top.
    where: list[Any]
    parent: Item | None = None
    pointer: str = ""
    entity: Entity = field(default_factory=dict)
    # As it was written, for the one who is told what is wrong with it.
    raw: Entity = field(default_factory=dict)

    @property
    def name(self) -> Any:
        key = self.schema.endpoint_key
        return self.given.get(key) if key and self.schema.fields[key].get("unique") else None


class Declared:
    """Items, and what is wrong with them. ``errors`` is nested as the configuration is; ``flat`` has an entry per entity."""

    def __init__(self, config: Entity, schemas: dict[str, Schema]) -> None:
        self.schemas = schemas
        self.transform = config.get("_transform") is not False
        self.errors: Entity = {}
        self.flat: list[Entity] = []
        self.items: list[Item] = []
        self.children = {(parent, schema.name): name for schema in schemas.values() for name, parent in schema.foreign().items()}
        for name in config:
            if name not in schemas and name not in META:
                self.errors[name] = "unknown field"
        if config.get("_format_version") is None:
            self.errors["_format_version"] = "required field missing"
        elif config["_format_version"] not in VERSIONS:
            self.errors["_format_version"] = "expected one of: " + ", ".join(VERSIONS)
        self._lift(config, [], None)
        for item in self.items:
            self._identify(item)
        keys = ((item, key) for item in reversed(self.items) for key in (item.given["id"], item.name) if isinstance(key, str))
        self.known = {(item.schema.name, key): item for item, key in keys}
        for item in self.items:
            self._check(item)
        if not self.errors and not self.flat:
            self._references()
        if not self.errors and not self.flat:
            self._uniques()

    def _lift(self, within: Entity, where: list[Any], parent: Item | None) -> None:
        for name, schema in self.schemas.items():
            if parent is not None and (parent.schema.name, name) not in self.children:
                continue
            found = within.get(name) if parent is None else within.pop(name, None)
            if found is None:
                continue
            if not isinstance(found, list):
                self._fail([*where, name], "expected an array")
                continue
            for place, given in enumerate(found, 1):
                if not isinstance(given, dict):
                    self._fail([*where, name, place], "expected a record")
                    continue
                at, up = [*where, name, place], "" if parent is None else self.children[parent.schema.name, name]
                item = Item(schema, dict(given), at, parent, up)
                self.items.append(item)
                self._lift(item.given, at, item)
                item.raw = copy.deepcopy(item.given)

    def _identify(self, item: Item) -> None:
        """Ids as Kong makes them: of the fields that are unique together, else of the name; otherwise by chance."""
        if item.parent is not None:
            item.given.setdefault(item.pointer, {"id": item.parent.given["id"]})
        if item.given.get("id") is not None:
            return
        if item.schema.fields.get(item.schema.endpoint_key, {}).get("auto"):
            item.given["id"] = str(uuid.uuid4())
            return
        if item.schema.cache_key:
            parts = [self._key_part(item.given.get(name)) for name in item.schema.cache_key]
            text = ":".join([item.schema.name, "*", *parts])
        else:
            text = str(item.given.get(item.schema.endpoint_key) or uuid.uuid4())
        item.given["id"] = str(uuid.uuid5(uuid.uuid5(ROOT, item.schema.name), text))

    def _key_part(self, value: Any) -> str:
        return str(value.get("id", "")) if isinstance(value, dict) else "" if value is None else str(value)

    def _find(self, name: str, key: Any) -> Item | None:
        return self.known.get((name, key)) if isinstance(key, str) else None

    def _check(self, item: Item) -> None:
        given = {key: value for key, value in item.given.items() if key not in ("_comment", "_ignore")}
        for name, parent in item.schema.foreign().items():
            if isinstance(given.get(name), str):
                found = self._find(parent, given[name])
                given[name] = {"id": found.given["id"] if found else given[name] if is_uuid(given[name]) else str(uuid.uuid4())}
        ttl = given.pop("ttl", None) if item.schema.ttl else None
        try:
            item.entity = item.schema.process(given, "insert")
            wrong = item.schema.validate(item.entity, original=given)
        except ViolationsError as found:
            wrong = found.errors
        if wrong:
            self._fail(item.where, wrong)
            self._flatten(item, wrong)
            return
        if self.transform:
            item.entity = item.schema.transform(item.entity, given)
        if ttl is not None:
            item.entity["ttl"] = ttl

    def _fail(self, where: list[Any], wrong: Any) -> None:
        spot = self.errors
        for part in where[:-1]:
            spot = spot.setdefault(part, {})
        spot[where[-1]] = wrong

    def _references(self) -> None:
        for item in self.items:
            for name, parent in item.schema.foreign().items():
                value = item.given.get(name)
                key = value.get("id") if isinstance(value, dict) else value
                if value is None or self._find(parent, key) is not None:
                    continue
                shown = value if isinstance(value, str) else pretty(value)
                at = item.name or item.given["id"]
                told = f"invalid reference '{name}: {shown}' (no such entry in '{parent}')"
                self.errors.setdefault(item.schema.name, {}).setdefault(at, []).append(told)

    def _uniques(self) -> None:
        seen: set[tuple[str, str, Any]] = set()
        for item in self.items:
            names = ["id", *(name for name, each in item.schema.fields.items() if each.get("unique"))]
            for name in names:
                value = item.entity.get(name)
                if value is not None and (item.schema.name, name, value) in seen:
                    told = "primary key" if name == "id" else name
                    wrong = f"uniqueness violation: '{item.schema.name}' entity with {told} set to '{value}' already declared"
                    self._fail(item.where, wrong)
                    self._flatten(item, {"@entity": [wrong]})
                seen.add((item.schema.name, name, value))

    def _flatten(self, item: Item, wrong: Entity) -> None:
        """An entry of flattened_errors. The entity in it is whole: whoever logs it logs its secrets."""
        found: list[Entity] = []
        _categorize(wrong, "", found)
        entity = item.raw
        if item.parent is not None and is_uuid(item.parent.raw.get("id")):
            entity.setdefault(item.pointer, {"id": item.parent.raw["id"]})
        entry: Entity = {"entity_type": item.schema.name.removesuffix("s"), "entity": entity, "errors": found}
        if isinstance(entity.get("name"), str) and entity["name"]:
            entry["entity_name"] = entity["name"]
        if is_uuid(entity.get("id")):
            entry["entity_id"] = entity["id"]
        if isinstance(entity.get("tags"), list) and all(isinstance(tag, str) for tag in entity["tags"]):
            entry["entity_tags"] = entity["tags"]
        self.flat.append(entry)

    def refusal(self, flatten: bool) -> Entity:
        """The answer to a configuration that is wrong."""
        rest = {name: wrong for name, wrong in self.errors.items() if name not in self.schemas} if flatten else self.errors
        body: Entity = errors.KongError(14, f"declarative config is invalid: {pretty(rest)}", rest).body
        return {**body, "flattened_errors": self.flat} if flatten else body


def _categorize(wrong: Any, where: str, found: list[Entity]) -> None:
    """Errors as a list: those of the whole entity, and those of a field with the way to it."""
    for name, error in wrong.items():
        inner = f"{where}.{name}" if where else str(name)
        if name == "@entity":
            found.extend({"type": "entity", "message": each} for each in error)
        elif isinstance(error, dict):
            _categorize(error, inner, found)
        else:
            found.append({"type": "field", "field": inner, "message": error})
