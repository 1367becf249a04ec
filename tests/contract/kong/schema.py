# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A schema at work: defaults and made-up fields, validation, merging (kong/db/schema/init.lua)."""

from __future__ import annotations

import base64
import copy
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from .checks import ABSENT, UPDATING, Scope, get, nonempty, required_together, run_check
from .lua import text
from .validate import Field, as_table, check_field, records

Entity = dict[str, Any]


# Entities by name, for those that point to them.
KINDS: dict[str, Schema] = {}


class ViolationsError(Exception):
    """Errors by field, found while defaults and shorthands were worked in."""

    def __init__(self, errors: Entity) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(eq=False)
class Schema:
    name: str
    fields: dict[str, Field]
    entity_checks: list[dict[str, Any]] = field(default_factory=list)
    shorthand_fields: dict[str, Field] = field(default_factory=dict)
    transformations: list[Entity] = field(default_factory=list)
    subschema_key: str = ""
    subschema_error: str = "unknown type: %s"
    subschemas: dict[str, Schema] = field(default_factory=dict)
    endpoint_key: str = ""
    cache_key: tuple[str, ...] = ()
    admin_name: str = ""
    nested_name: str = ""
    ttl: bool = False

    def __post_init__(self) -> None:
        for each in self.fields.values():
            records_required(each)
        if "id" in self.fields:
            KINDS[self.name] = self
        self.admin_name = self.admin_name or self.name
        self.nested_name = self.nested_name or self.admin_name

    def foreign(self) -> dict[str, str]:
        """The fields that point to another entity, and to which."""
        return {name: each["reference"] for name, each in self.fields.items() if each["type"] == "foreign"}

    def subschema(self, entity: Entity) -> Schema | None:
        key = entity.get(self.subschema_key) if self.subschema_key else None
        if isinstance(key, str):
            return self.subschemas.get(key)
        known = [self.subschemas[each] for each in key if isinstance(each, str) and each in self.subschemas] if isinstance(key, list) else []
        return known[0] if known else None

    def fields_for(self, entity: Entity) -> dict[str, Field]:
        special = self.subschema(entity)
        return {**self.fields, **special.fields} if special else self.fields

    def process(self, data: Entity, context: str, hide_shorthands: bool = False) -> Entity:
        """The entity with what Kong adds itself; contexts are insert, update, upsert and select."""
        data = dict(data)
        if self.shorthand_fields:
            self._shorthands(data, context == "select" and not hide_shorthands)
        fields = self.fields_for(data)
        for name, each in fields.items():
            value = data.get(name, ABSENT)
            if each.get("auto") and context != "select":
                value = _auto(name, each, value, context)
            value = _adjust(each, value, context, hide_shorthands)
            if value is not ABSENT:
                data[name] = value
        if context != "select":
            return data
        shown = () if hide_shorthands else [name for name, each in self.shorthand_fields.items() if "deprecation" in each]
        return {name: value for name, value in data.items() if name in fields or name in shown or (name == "ttl" and self.ttl)}

    def _shorthands(self, data: Entity, show: bool) -> None:
        errors: Entity = {}
        for name, each in self.shorthand_fields.items():
            value = data.get(name, ABSENT)
            path = each["deprecation"]["replaced_with"][0]["path"] if "deprecation" in each else []
            if value is not ABSENT:
                wrong = check_field(each, value) or _mismatch(data, value, name, path)
                if wrong:
                    errors[name] = wrong
                else:
                    del data[name]
                    _expand(data, each["func"](value), bool(path))
            if show and path:
                found = get(data, ".".join(path))
                data[name] = None if found is ABSENT else found
        if errors:
            raise ViolationsError(errors)

    def merge(self, top: Entity, bottom: Any) -> Entity:
        """Records are merged, anything else is replaced."""
        bottom = bottom if isinstance(bottom, dict) else {}
        out = {**bottom, **top}
        for name, each in self.fields_for(bottom).items():
            if each["type"] == "record" and not each.get("abstract") and isinstance(top.get(name), dict):
                out[name] = schema_of(each).merge(top[name], bottom.get(name))
        return out

    def validate(self, entity: Entity, full: bool = True, original: Entity | None = None, before: Entity | None = None) -> Entity:
        """The errors by field, rules over several fields under @entity; empty when all is sound."""
        if self.subschema_key:
            key = entity.get(self.subschema_key)
            if key is None:
                return {self.subschema_key: "required field missing"}
            if self.subschema(entity) is None:
                return {self.subschema_key: self.subschema_error % (key if isinstance(key, str) else text(key[0]) if isinstance(key, list) and key else "nil")}
        fields, errors = self.fields_for(entity), {}
        for name, value in entity.items():
            if name == "updated_at" or (name == "ttl" and self.ttl):
                continue
            wrong = check_field(fields[name], value) if name in fields else "unknown field"
            if wrong:
                errors[name] = wrong
        for name, each in fields.items():
            if each.get("required") and (entity.get(name, ABSENT) is None or (full and name not in entity)):
                errors[name] = "required field missing"
        self._rules(Scope(fields, entity, errors), full)
        for each in self.transformations:
            _check_transformation(each, Scope(fields, entity, errors), original or entity, before)
        return errors

    def validate_update(self, entity: Entity, original: Entity, before: Entity) -> Entity:
        """A changed entity; what of it may be absent is only looked at by the rules that are about it."""
        UPDATING.append(True)
        try:
            return self.validate(entity, False, original, before)
        finally:
            UPDATING.pop()

    def _rules(self, scope: Scope, full: bool) -> None:
        special = self.subschema(scope.entity)
        for rule in self.entity_checks + (special.entity_checks if special else []):
            for name, arg in rule.items():
                run_check(scope, name, arg, full)

    def transform(self, entity: Entity, original: Entity) -> Entity:
        for each in self.transformations:
            values = [get(entity, name) for name in each["input"] + each["needs"]]
            if all(nonempty(get(original, name)) for name in each["input"]) and all(map(nonempty, values)):
                entity = {**entity, **each["on_write"](*values)}
        return entity


def _check_transformation(rule: Entity, scope: Scope, original: Entity, before: Entity | None) -> None:
    given = any(nonempty(get(original, name)) for name in rule["input"])
    moved = before is not None and any(get(original, name) != get(before, name) for name in rule["needs"])
    if not given and not moved:
        return
    first = original if moved else scope.entity
    wrong = required_together(Scope(scope.fields, first, {}), rule["input"] + rule["needs"])
    wrong = wrong or required_together(Scope(scope.fields, original, {}), rule["input"])
    if wrong:
        scope.errors.setdefault("@entity", []).append(f"all or none of these fields must be set: {wrong}")


def records_required(each: Field) -> None:
    """A record is shown whole unless its schema says it may be left out (kong/db/schema/entity.lua)."""
    if each["type"] == "record" and not each.get("abstract"):
        each.setdefault("required", True)
        for inner in each["fields"].values():
            records_required(inner)


_SCHEMAS: dict[int, Schema] = {}


def schema_of(each: Field) -> Schema:
    """The schema that a record is, made once. Copies of a field share its table of fields, and a schema keeps that alive."""
    known = _SCHEMAS.get(id(each["fields"]))
    if known is None:
        known = _SCHEMAS[id(each["fields"])] = Schema("", each["fields"], each.get("entity_checks", []), each.get("shorthand_fields", {}))
    return known


def _check_record(each: Field, value: Entity) -> Entity | None:
    schema = schema_of(each)
    return schema.validate(schema.process(value, "insert")) or None


def _check_foreign(each: Field, value: Entity) -> Entity | None:
    return KINDS[each["reference"]].validate(value, full=False) or None


records["check"] = _check_record
records["foreign"] = _check_foreign


def _mismatch(data: Entity, value: Any, name: str, path: list[str]) -> str | None:
    now = get(data, ".".join(path)) if path else ABSENT
    if value is None or now is ABSENT or now is None or now is False or now == value:
        return None
    where = ".".join(path)
    return f"both deprecated and new field are used but their values mismatch: {name} = {text(value)} vs {where} = {text(now)}"


def _expand(data: Entity, made: Entity | None, deprecated: bool) -> None:
    for name, value in (made or {}).items():
        source = data.get(name) or {}
        if not isinstance(value, dict):
            if not deprecated or data.get(name) is None:
                data[name] = value
        elif deprecated:
            data[name] = {**value, **{key: item for key, item in source.items() if key not in value or item is not None}}
        else:
            data[name] = {**source, **value}


def _auto(name: str, each: Field, value: Any, context: str) -> Any:
    adds = context in ("insert", "upsert")
    if each["type"] == "string":
        if not adds or value is not ABSENT:
            return value
        return str(uuid.uuid4()) if each.get("uuid") else random_text()
    if (name == "created_at" and adds and value in (None, ABSENT)) or name == "updated_at":
        return round(time.time(), 3) if each["type"] == "number" else int(time.time())
    return value


def random_text() -> str:
    """32 letters and digits (kong/tools/rand.lua)."""
    return base64.b64encode(secrets.token_bytes(24)).decode().replace("/", "K").replace("+", "k")


def _adjust(each: Field, value: Any, context: str, hide: bool) -> Any:
    if context == "select" and value is None and each.get("required"):
        return _missing(each)
    if each.get("abstract"):
        return value
    kind = each["type"]
    if kind == "record":
        wanted = value not in (None, ABSENT) if context == "update" else value is not None and (value is not ABSENT or each.get("required"))
        value = _missing(each) if wanted and value is ABSENT else as_table(value)
        if wanted and isinstance(value, dict):
            return schema_of(each).process(value, context, hide)
    elif kind in ("array", "set", "map") and isinstance(value, dict | list):
        value = _adjust_items(each, value, context, hide)
    return _missing(each) if value is ABSENT and context != "update" else value


def _adjust_items(each: Field, value: Any, context: str, hide: bool) -> Any:
    if each["type"] == "map":
        return {key: _adjust(each["values"], item, context, hide) for key, item in as_table(value).items()}
    if isinstance(value, dict):
        return value or []
    items = [_adjust(each["elements"], item, context, hide) for item in value]
    if each["type"] == "set":
        return [item for place, item in enumerate(items) if isinstance(item, dict | list) or item not in items[:place]]
    return items


def _missing(each: Field) -> Any:
    if "default" in each:
        return copy.deepcopy(each["default"])
    if not each.get("required"):
        return None
    return schema_of(each).process({}, "insert") if each["type"] == "record" and not each.get("abstract") else ABSENT
