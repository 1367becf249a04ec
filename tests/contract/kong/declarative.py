# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declarative configuration, read, checked and made into entities (kong/db/schema/others/declarative_config.lua)."""

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
# The name space of the ids that Kong makes of names, so that the same configuration gets the same ids.
ROOT = uuid.UUID("fd02801f-0957-4a15-a55a-c8d9606f30b5")
ANY = {"id": str(uuid.UUID(int=0))}
NOT_NULL = "value must be null"


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
    wrong: Entity = field(default_factory=dict)

    @property
    def place(self) -> int:
        return int(self.where[-1])

    @property
    def key(self) -> str:
        """The field that names it in its whole kind, if there is one."""
        name = self.schema.endpoint_key
        return name if name and self.schema.fields[name].get("unique") else ""


class Declared:
    """The items, and what is wrong with any of them by itself; references.py goes on from there.

    ``errors`` is nested as the configuration is; ``flat`` has an entry per entity.
    """

    def __init__(self, config: Entity, schemas: dict[str, Schema]) -> None:
        self.config = config
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
        self.known = {(item.schema.name, key): item for item in reversed(self.items) for key in (item.given["id"], item.raw.get(item.key)) if key}
        self._judge()

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
                    # Kong stumbles over it when it looks for the second time.
                    raise errors.AnswerError(500, {"message": "An unexpected error occurred"})
                at, up = [*where, name, place], "" if parent is None else self.children[parent.schema.name, name]
                item = Item(schema, dict(given), at, parent, up)
                self.items.append(item)
                self._lift(item.given, at, item)
                item.raw = copy.deepcopy(item.given)

    def _identify(self, item: Item) -> None:
        """Ids as Kong makes them: of the fields that are unique together, else of the name; otherwise by chance."""
        if item.parent is not None:
            item.given.setdefault(item.pointer, {"id": item.parent.given["id"]})
        if item.given.get("id") is None:
            text = self.text_for_id(item)
            item.given["id"] = str(uuid.uuid5(uuid.uuid5(ROOT, item.schema.name), text) if text else uuid.uuid4())

    def text_for_id(self, item: Item) -> str:
        if not item.schema.cache_key:
            return str(item.given.get(item.schema.endpoint_key) or "")
        parts = [item.schema.name, "*"]
        for name in item.schema.cache_key:
            each, value = item.schema.fields[name], item.given.get(name)
            if each.get("auto") or (value is None and each.get("required")):
                return ""
            if isinstance(value, str | None):
                parts.append(value or "")
            elif item.parent is not None and name == item.pointer and name not in item.raw:
                parts.append(item.parent.given["id"])
        return ":".join(parts)

    def find(self, name: str, value: Any) -> Item | None:
        key = value.get("id") if isinstance(value, dict) else value
        return self.known.get((name, key)) if isinstance(key, str) else None

    def _judge(self) -> None:
        """Kong looks twice when anything was wrong at first; the second time each entity knows what it points to."""
        nulls = {}
        first = bool(self.errors)
        for item in self.items:
            wrong = self._first_look(item)
            first = first or bool(wrong)
            nulls[item] = {name: told for name, told in wrong.items() if told == NOT_NULL}
        for item in self.items:
            found = self._second_look(item)
            item.wrong = found if first else {}
        if not any(item.wrong for item in self.items) and not self.errors:
            return
        for item in self.items:
            item.wrong.update(nulls[item])
            if item.wrong:
                self._fail(item.where, item.wrong)
                self.flat += flattened(item, item.wrong)

    def _first_look(self, item: Item) -> Entity:
        """What is nested points to nothing yet and must not say that it does; at the top a reference is a text."""
        given = {key: value for key, value in item.given.items() if key not in ("_comment", "_ignore", "ttl")}
        said: Entity = {}
        for name in item.schema.foreign():
            value = item.raw.get(name)
            if item.parent is not None or isinstance(value, dict):
                given.pop(name, None)
            if value is not None and item.parent is not None:
                said[name] = NOT_NULL
            elif isinstance(value, dict):
                said[name] = "expected a string"
            elif isinstance(value, str):
                given[name] = ANY
        wrong = self._errors(item, given)[0]
        unsaid = [name for name in item.schema.foreign() if name not in given]
        hashed = {"@entity": "unhashed"} if any(given.get(name) for rule in item.schema.transformations for name in rule["input"]) else {}
        return {**{name: told for name, told in wrong.items() if name not in unsaid}, **said, **hashed}

    def _second_look(self, item: Item) -> Entity:
        given = {key: value for key, value in item.given.items() if key not in ("_comment", "_ignore")}
        for name, parent in item.schema.foreign().items():
            found = self.find(parent, given.get(name)) if isinstance(given.get(name), str) else None
            # A name that leads nowhere stays a text, and a text is no reference.
            given[name] = {"id": found.given["id"]} if found else given.get(name)
        ttl = given.pop("ttl", None) if item.schema.ttl else None
        wrong, item.entity = self._errors(item, given)
        if not wrong and self.transform:
            item.entity = item.schema.transform(item.entity, given)
        if ttl is not None:
            item.entity["ttl"] = ttl
        return wrong

    def _errors(self, item: Item, given: Entity) -> tuple[Entity, Entity]:
        try:
            entity = item.schema.process(given, "insert")
        except ViolationsError as found:
            return found.errors, given
        return item.schema.validate(entity, original=given), entity

    def _fail(self, where: list[Any], wrong: Any) -> None:
        spot = self.errors
        for part in where[:-1]:
            spot = spot.setdefault(part, {})
        spot[where[-1]] = {**spot[where[-1]], **wrong} if isinstance(spot.get(where[-1]), dict) else wrong

    def refusal(self, flatten: bool) -> Entity:
        """The answer to a configuration that is wrong."""
        rest = {name: wrong for name, wrong in self.errors.items() if not isinstance(self.config.get(name), list)} if flatten else self.errors
        body: Entity = errors.KongError(14, f"declarative config is invalid: {pretty(rest)}", rest).body
        return {**body, "flattened_errors": self.flat} if flatten else body


def flattened(item: Item, wrong: Entity) -> list[Entity]:
    """Entries of flattened_errors. The entity in them is whole: whoever logs it logs its secrets (kong/db/errors.lua).

    What is wrong with a reference that is written as a table is told of the entity it points to.
    """
    if item.parent is not None and is_uuid(item.parent.raw.get("id")):
        item.raw.setdefault(item.pointer, {"id": item.parent.raw["id"]})
    pointers = {name: kind for name, kind in item.schema.foreign().items() if name in wrong and isinstance(item.raw.get(name), dict)}
    own = {name: error for name, error in wrong.items() if name not in pointers}
    entries = [_entry(kind, item.raw[name], wrong[name] if isinstance(wrong[name], dict) else {"@entity": [wrong[name]]}) for name, kind in pointers.items()]
    return entries + ([_entry(item.schema.name, item.raw, own)] if own else [])


def _entry(kind: str, entity: Entity, wrong: Entity) -> Entity:
    found: list[Entity] = []
    _categorize(wrong, "", found)
    entry: Entity = {"entity_type": kind.removesuffix("s"), "entity": entity, "errors": found}
    if isinstance(entity.get("name"), str) and entity["name"]:
        entry["entity_name"] = entity["name"]
    if is_uuid(entity.get("id")):
        entry["entity_id"] = entity["id"]
    if isinstance(entity.get("tags"), list) and all(isinstance(tag, str) for tag in entity["tags"]):
        entry["entity_tags"] = entity["tags"]
    return entry


def _categorize(wrong: Entity, where: str, found: list[Entity]) -> None:
    """Errors as a list: those of the whole entity, and those of a field with the way to it."""
    for name, error in wrong.items():
        inner = f"{where}.{name}" if where else str(name)
        if name == "@entity":
            found.extend({"type": "entity", "message": each} for each in error)
        elif isinstance(error, dict):
            _categorize(error, inner, found)
        else:
            found.append({"type": "field", "field": inner, "message": error})
