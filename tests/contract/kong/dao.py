# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing entities by Kong's rules (kong/db/dao/init.lua, kong/db/strategies/postgres/init.lua)."""

from __future__ import annotations

import time
from typing import Any

from . import errors
from .balancing import normal_target
from .lua import pretty
from .schema import Entity, Schema, ViolationsError
from .state import Row, Workspace
from .validate import check_field, is_uuid

MAX_TTL = 100_000_000


class Dao:
    """The entities of one kind in one workspace."""

    def __init__(self, space: Workspace, name: str, dbless: bool = False) -> None:
        self.space = space
        self.dbless = dbless
        self.table = space.tables[name]
        self.schema: Schema = self.table.schema

    def select(self, key: str) -> Row | None:
        """By id, or by the name that the kind has; a key that looks like an id is one."""
        if is_uuid(key):
            return self.table.get(key)
        by = self._by(key)
        return self.table.find(by, key)

    def _by(self, key: str) -> str:
        name = self.schema.endpoint_key
        if not name:
            raise errors.invalid_primary_key({"id": "expected a valid UUID"})
        wrong = check_field(self.schema.fields[name], key)
        if wrong:
            raise errors.invalid_unique(name, str(wrong))
        return name

    def _database_only(self, verb: str, key: str = "") -> None:
        """Kong looks at what is to be written first, and only then says that it cannot (kong/db/strategies/off/init.lua)."""
        if self.dbless:
            by = "" if not key or is_uuid(key) else f" by '{self.schema.endpoint_key}'"
            raise errors.unsupported(f"cannot {verb} '{self.schema.name}' entities{by} when not using a database")

    def insert(self, given: Entity) -> Row:
        given, ttl = self._time_to_live(given)
        if self.schema.name == "targets" and "target" in given:
            given["target"] = normal_target(given["target"])
        self._same_protocols(given)
        entity = self._whole(given, "insert")
        self._database_only("create")
        return self._store(entity, "", self._expiry(entity["created_at"], ttl))

    def upsert(self, key: str, given: Entity) -> Row:
        """PUT: what is there is replaced, but for its id; what is not given goes back to its default."""
        given, ttl = self._time_to_live(given)
        row = self.select(key)
        self._same_protocols(given)
        fixed = {"id": key.lower()} if is_uuid(key) else {self._by(key): key}
        entity = self._whole(given, "upsert", fixed)
        self._database_only("create or update", key)
        if row is not None:
            entity["id"] = row.entity["id"]
        return self._store(entity, entity["id"] if row else "", self._expiry(entity["created_at"], ttl))

    def update(self, key: str, given: Entity) -> Row:
        given, ttl = self._time_to_live(given)
        row = self.select(key)
        try:
            entity = self.schema.process(given, "update")
        except ViolationsError as found:
            raise errors.schema_violation(found.errors) from None
        if row is None:
            raise errors.missing({"id": key}) if is_uuid(key) else errors.missing_by({self.schema.endpoint_key: key})
        if given.keys() & {"protocols", "service", "route"}:
            self._same_protocols({**{name: row.entity.get(name) for name in ("protocols", "service", "route")}, **given})
        before = row.view(hide_shorthands=True)
        entity = self.schema.merge(entity, before)
        entity["id"] = row.entity["id"]
        self._resolve(entity)
        self._check(self.schema.validate_update(entity, given, before))
        entity = self.schema.transform(entity, given)
        self._database_only("update", key)
        expires = row.expires if ttl is None else self._expiry(time.time(), ttl)
        return self._store(entity, entity["id"], expires)

    def delete(self, key: str) -> None:
        row = self.select(key)
        if row is None:
            return
        self._database_only("remove", key)
        doomed = self._doomed(self.schema.name, row.entity["id"])
        for name, each in doomed:
            self.space.tables[name].remove(each)

    def _doomed(self, name: str, key: str) -> list[tuple[str, str]]:
        """The entity with all that goes with it; one that points here and does not go with it forbids the deletion."""
        found = [(name, key)]
        for child, field, cascade in self.space.pointers.get(name, ()):
            for each in self.space.tables[child].children.get((field, key), ()):
                if not cascade:
                    raise errors.restricted(name, child)
                found += self._doomed(child, each)
        return found

    def _whole(self, given: Entity, context: str, fixed: Entity | None = None) -> Entity:
        try:
            entity = {**self.schema.process(given, context), **(fixed or {})}
        except ViolationsError as found:
            raise errors.schema_violation(found.errors) from None
        self._resolve(entity)
        self._check(self.schema.validate(entity, original=given))
        return self.schema.transform(entity, given)

    def _check(self, found: Entity) -> None:
        if found:
            raise errors.schema_violation(found)

    def _resolve(self, entity: Entity) -> None:
        """A reference by name becomes one by id."""
        unknown: dict[str, dict[str, str]] = {}
        for field, parent in self.table.pointers.items():
            value = entity.get(field)
            if not isinstance(value, dict) or is_uuid(value.get("id")):
                continue
            table = self.space.tables[parent]
            for name in [each for each in dict.fromkeys([*table.uniques, table.schema.endpoint_key]) if each and isinstance(value.get(each), str)]:
                row = table.find(name, value[name])
                if row is not None:
                    entity[field] = {"id": row.entity["id"]}
                    unknown.pop(field, None)
                    break
                key = pretty({name: value[name]})
                unknown.setdefault(field, {})[name] = f"the foreign key cannot be resolved with '{key}' for an existing '{parent}' entity"
        if unknown:
            raise errors.foreign_keys_unresolved(unknown)

    def _store(self, entity: Entity, but: str, expires: float | None) -> Row:
        for field in self.table.pointers:
            if entity.get(field):
                entity[field] = {"id": entity[field]["id"].lower()}
        taken = self.table.conflict(entity, but)
        if taken is not None:
            raise self._violation(taken, entity)
        for field, parent in self.table.pointers.items():
            if entity.get(field) and self.space.tables[parent].get(entity[field]["id"]) is None:
                raise errors.invalid_reference(entity[field], field, parent)
        kept = {name: value for name, value in entity.items() if name in self.schema.fields}
        row = Row(kept, self.schema, expires)
        self.table.put(row)
        return row

    def _violation(self, taken: tuple[str, Any], entity: Entity) -> errors.KongError:
        name, value = taken
        if name == "id":
            return errors.primary_key_violation({"id": value})
        if name == "cache_key":
            return errors.unique_violation({each: entity.get(each) for each in self.schema.cache_key})
        return errors.unique_violation({name: value})

    def _time_to_live(self, given: Entity) -> tuple[Entity, Any]:
        given = dict(given)
        if not self.schema.ttl or "ttl" not in given:
            return given, None
        ttl = given.pop("ttl")
        if isinstance(ttl, bool) or not isinstance(ttl, int | float):
            raise errors.AnswerError(500, {"message": "An unexpected error occurred"})
        if ttl != int(ttl) or not 0 <= ttl <= MAX_TTL:
            raise errors.invalid_options({"ttl": "must be an integer between 0 and 100000000"})
        return given, ttl

    def _expiry(self, start: float, ttl: float | None) -> float | None:
        return start + ttl if ttl else None

    def _same_protocols(self, given: Entity) -> None:
        """A plugin that names its protocols must share one with its route, or with a route of its service (kong/db/dao/plugins.lua)."""
        if self.schema.name != "plugins" or not isinstance(given.get("protocols"), list):
            return
        routes, wanted = self.space.tables["routes"], given["protocols"]
        if isinstance(given.get("route"), dict):
            row = routes.get(str(given["route"].get("id", "")))
            met = [row] if row else []
            told = "must match the associated route's protocols"
        elif isinstance(given.get("service"), dict):
            met = list(routes.after("", "service", str(given["service"].get("id", ""))))
            told = "must match the protocols of at least one route pointing to this Plugin's service"
        else:
            return
        if met and not any(set(wanted) & set(row.entity["protocols"]) for row in met):
            raise errors.schema_violation({"protocols": told})
