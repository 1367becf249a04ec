# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both ways to a Kong have in common: its entities as the engine's objects, what is ours, and what differs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ...engine.errors import InputError, RefusedError
from ...engine.fields import same
from ...engine.objects import ENTRY_ANNOTATION, Desired, GroupKind, Key, Object, key_of
from ...engine.plan import Action, Change, Observed, Owner
from ...models.kong import ENTITIES, GROUP, MADE, NAMED, entity, key, natural_name, new_id, parent_name, slot_of, uniques
from ..transport import Transport
from . import compare, marks
from .client import Node
from .marks import Marks
from .schemas import Schemas

Row = dict[str, Any]
_ALIKE = ("consumers", "keyauth_credentials", "acls", "basicauth_credentials", "jwt_secrets")
"""Kinds of which all that are alike are refused or taken alike: of each shape one is tried before the first write, in check mode each."""


@dataclass
class Standing:
    """One entity as it is on the gateway."""

    row: Row
    marks: Marks
    users_tags: list[str]


@dataclass
class EntityStore:
    """Implements :class:`engine.store.Store` but for reading and writing. ``kinds`` are looked at in every run, any other one of ours too where it is found.
    ``thorough``: each object is validated by Kong, not only one of each shape.
    """

    transport: Transport
    owner: str
    kinds: tuple[str, ...]
    rare: tuple[str, ...] = ()
    concurrency: int = 8
    thorough: bool = False
    node: Node | None = None
    standing: dict[Key, Standing] = field(default_factory=dict)
    schemas: Schemas = field(init=False)
    read_ahead: dict[str, list[Row]] | None = None
    tried: set[Any] = field(default_factory=set)

    whole: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self.schemas = Schemas(self.transport)

    def collections(self, desired: Mapping[Key, Object]) -> dict[str, list[Row]]:
        """All entities, by kind; of the kinds that matter."""
        raise NotImplementedError

    def open(self) -> None:
        """The owner is a tag on each entity; there is nothing that could belong to somebody else."""

    def place(self, wanted: Iterable[Desired]) -> list[tuple[Key, Desired]]:
        placed, items = [], list(wanted)
        if self.node and (issues := self.node.lacking((item.origin, item.obj) for item in items)):
            raise InputError(issues)
        for item in items:
            meta = {**item.obj["metadata"], **({"annotations": {ENTRY_ANNOTATION: item.entry}} if item.entry else {})}
            placed.append((key_of(item.obj), Desired({**item.obj, "metadata": meta}, item.origin, item.entry)))
        return placed

    def unknown(self, _desired: Mapping[Key, Desired]) -> dict[Key, str]:
        return {}

    def brings(self, _obj: Object) -> GroupKind | None:
        return None

    # -- observe ---------------------------------------------------------------------------------------------------------------------

    def observe(self, desired: Mapping[Key, Object], _versions: Mapping[Key, str] | None = None) -> dict[Key, Observed]:
        """What is ours, what bears the name of a declared object, and what holds a unique value that one of these wants."""
        ahead, self.read_ahead = self.read_ahead, None
        collections = self.collections(desired) if ahead is None or {obj["kind"] for obj in desired.values()} - {*ahead} else ahead
        found, self.standing = self.look(desired, collections)
        return found

    def look(self, desired: Mapping[Key, Object], collections: Mapping[str, list[Row]]) -> tuple[dict[Key, Observed], dict[Key, Standing]]:
        wanted = {value for obj in desired.values() for value in uniques(obj)}
        names = self._names(collections)
        found: dict[Key, tuple[Observed, Standing]] = {}
        strays: list[tuple[Key, Observed, Standing]] = []
        for kind, rows in collections.items():
            for row in rows:
                name, seen, stands = self._seen(kind, row, names)
                if seen.owner is Owner.OURS or name in desired:
                    found[name] = seen, stands
                elif wanted.intersection(uniques(seen.obj)):
                    strays.append((name, seen, stands))
        takers = {value: key_of(obj) for obj in desired.values() for value in uniques(obj)} if strays else {}
        for name, seen, stands in strays:
            taker = next((taker for value in uniques(seen.obj) if (taker := takers.get(value)) and taker not in found), None)
            if taker and self._is_declared(desired[taker], seen):
                seen.obj["metadata"]["name"] = taker.name
                found[taker] = seen, stands
            else:
                found[name] = seen, stands
        return {name: seen for name, (seen, _stands) in found.items()}, {name: stands for name, (_seen, stands) in found.items()}

    def everything(self) -> Iterator[tuple[Object, Owner]]:
        """All entities of the kinds that matter, whoever they belong to."""
        collections = self.collections({})
        names = self._names(collections)
        for kind, rows in collections.items():
            for row in rows:
                _name, seen, _stands = self._seen(kind, row, names)
                yield seen.obj, seen.owner

    @staticmethod
    def _names(collections: Mapping[str, list[Row]]) -> dict[str, dict[str, str]]:
        return {kind: {row["id"]: row.get(ENTITIES[kind].name) or row["id"] for row in collections.get(kind, ())} for kind in NAMED}

    def stands(self, keys: Iterable[Key]) -> dict[Key, Object]:
        """Those of the keys that are ours, read once for this and for what is observed next."""
        wanted = {each: entity(each.kind, each.name, {}) for each in keys}
        self.read_ahead = self.collections(wanted)
        found, _standing = self.look(wanted, self.read_ahead)
        return {each: found[each].obj for each in wanted if each in found and found[each].owner is Owner.OURS}

    def _seen(self, kind: str, row: Row, names: Mapping[str, Mapping[str, str]]) -> tuple[Key, Observed, Standing]:
        own, users_tags = marks.read(row.get("tags"))
        spec = {name: value for name, value in row.items() if name not in (*MADE, "tags")}
        for part, parent in ENTITIES[kind].parents.items():
            reference = row.get(part)
            if reference:
                known = names.get(parent, {}).get(reference["id"])
                spec[part] = {ENTITIES[parent].name: known} if known else dict(reference)
        if users_tags:
            spec["tags"] = users_tags
        if own.ttl:
            spec["ttl"] = int(own.ttl)
        name = natural_name(kind, spec, own.slot, row["id"])
        obj = entity(kind, name, spec)
        obj["metadata"] |= {"uid": row["id"], "resourceVersion": version_of(row)}
        if own.entry:
            obj["metadata"]["annotations"] = {ENTRY_ANNOTATION: own.entry}
        return key(kind, name), Observed(obj, *marks.whose(own, users_tags, self.owner)), Standing(row, own, users_tags)

    @staticmethod
    def _is_declared(desired: Object, seen: Observed) -> bool:
        """A credential that somebody else made has no name of ours: with the declared value, and of the same consumer, it is the declared one."""
        consumer = desired["spec"].get("consumer")
        return seen.owner is Owner.NOBODY and consumer is not None and same(consumer, seen.obj["spec"].get("consumer"))

    # -- compare and rehearse --------------------------------------------------------------------------------------------------------

    def schema(self, obj: Object) -> compare.Schema:
        return self.schemas.of(obj["kind"], str(obj["spec"].get("name") or ""))

    def differ(self, desired: Object, live: Object) -> tuple[str, ...]:
        return tuple(compare.spelled(path) for path, _value in self.differences(desired, live))

    def differences(self, desired: Object, live: Object) -> list[compare.Difference]:
        stands = self.standing[key_of(live)]
        spec = dict(desired["spec"])
        found: list[compare.Difference] = []
        if desired["kind"] == "basicauth_credentials":
            password = spec.pop("password", None)
            found += [] if password is None or marks.fits(password, stands.marks.digest) else [(("password",), password)]
        live_spec = {name: value for name, value in live["spec"].items() if name != "password" or desired["kind"] != "basicauth_credentials"}
        found += compare.differences(desired["kind"], spec, live_spec, self.schema(desired))
        if self._wanted_marks(desired, stands.marks) != stands.marks or sorted(spec.get("tags") or ()) != stands.users_tags:
            found.append((("tags",), spec.get("tags") or []))
        if (str(spec["ttl"]) if spec.get("ttl") else "") != stands.marks.ttl and "ttl" not in (path[0] for path, _value in found):
            found.append((("ttl",), spec.get("ttl")))
        return found

    def _wanted_marks(self, desired: Object, now: Marks) -> Marks:
        entry = (desired["metadata"].get("annotations") or {}).get(ENTRY_ANNOTATION, "")
        ttl = desired["spec"].get("ttl")
        return Marks(self.owner, entry, slot_of(desired["kind"], desired["metadata"]["name"]), str(ttl) if ttl else "", now.digest)

    def told(self, obj: Object) -> Object:
        """An entity with what it says beyond its defaults."""
        spec = {name: part for name, part in obj["spec"].items() if part is not None}
        if obj["kind"] == "plugins":
            spec["config"] = compare.said(spec.get("config") or {}, self.schema(obj), ("config",))
        return {**obj, "spec": spec}

    def unique(self, obj: Object) -> dict[str, str]:
        return uniques(obj)

    def rehearse(self, change: Change) -> Change:
        """What would stand afterwards. Kong's own word on it is asked for by :meth:`validate`."""
        if change.action is Action.DELETE or change.desired is None:
            return change
        self.validate(change)
        if change.before is None:
            return change
        found = self.differences(change.desired, change.before)
        spec = compare.merged(change.before["spec"], compare.patch(found), self.schema(change.desired))
        spec = {name: value for name, value in spec.items() if name != "tags" or value}
        fields = tuple(compare.spelled(path) for path, _value in found)
        after = {**change.before, "metadata": change.desired["metadata"], "spec": spec}
        return replace(change, after=after, fields=fields, action=Action.UPDATE if fields else Action.KEEP)

    def rehearse_replacement(self, change: Change) -> Change:
        self.validate(change)
        return replace(change, action=Action.REPLACE, after=change.desired)

    def validate(self, change: Change) -> None:
        """Raises RefusedError where Kong would not take it."""
        raise NotImplementedError

    def worth_asking(self, kind: str, body: Row) -> bool:
        """Whether Kong could say anything of this entity that it has not said of another one. Takes out what only Kong's storage knows."""
        shape = (kind, *sorted((name, type(value).__name__) for name, value in body.items())) if kind in _ALIKE else json.dumps([kind, body], sort_keys=True)
        if kind == "targets" or (shape in self.tried and not self.thorough):
            return False  # targets have no endpoint to ask
        self.tried.add(shape)
        body.pop("ttl", None)
        return True

    # -- bodies ----------------------------------------------------------------------------------------------------------------------

    def body(self, obj: Object, marked: Marks) -> Row:
        """An entity as it is sent, references by id and with our tags."""
        spec = {name: value for name, value in obj["spec"].items() if name not in ("tags", *ENTITIES[obj["kind"]].parents) and value is not None}
        for part in ENTITIES[obj["kind"]].parents:
            if obj["spec"].get(part):
                spec[part] = {"id": self.id_of(ENTITIES[obj["kind"]].parents[part], obj["spec"][part])}
        return {**spec, "tags": self.tags(obj, marked)}

    def tags(self, obj: Object, marked: Marks) -> list[str]:
        return [*marked.tags(obj["kind"] in self.rare), *sorted(obj["spec"].get("tags") or ())]

    def marked(self, obj: Object) -> Marks:
        """The marks of an object as it will be written."""
        stands = self.standing.get(key_of(obj))
        password = obj["spec"].get("password") if obj["kind"] == "basicauth_credentials" else None
        now = stands.marks if stands else Marks()
        digest = now.digest if password is None or marks.fits(password, now.digest) else marks.digest(password)
        return replace(self._wanted_marks(obj, now), digest=digest)

    def id_of(self, kind: str, reference: Mapping[str, Any]) -> str:
        """The id of what a reference names: the one that stands, or the one that it will be made with."""
        if reference.get("id"):
            return str(reference["id"])
        name = parent_name(kind, reference)
        stands = self.standing.get(key(kind, name))
        return str(stands.row["id"]) if stands else new_id(self.owner, kind, name)

    # -- the record ------------------------------------------------------------------------------------------------------------------

    def record_key(self) -> Key:
        return Key(GROUP, "tags", "", f"{marks.OWNER}{self.owner}")

    def record(self, _remaining: Iterable[Key]) -> str:
        return "keep"

    def rehearse_record(self, _remaining: Iterable[Key]) -> None:
        """Each entity bears its own mark."""

    def widen(self, _coming: Iterable[Key], _claim: bool) -> None:
        """Each entity bears its own mark."""

    def settle(self, _remaining: Iterable[Key]) -> None:
        """Each entity bears its own mark."""

    def write(self, change: Change, seconds: float) -> str:
        raise NotImplementedError

    def write_whole(self, changes: Iterable[Change]) -> None:
        raise NotImplementedError

    def await_kinds(self, _definitions: Mapping[Key, Object], _seconds: float) -> None:
        """Kong brings its kinds with itself."""

    def await_ready(self, _present: Mapping[Key, Object], _absent: Iterable[Object], _seconds: float) -> None:
        """The Admin API has no word for it: workers take over what is written within seconds, which only traffic shows."""


def version_of(row: Row) -> str:
    """Credentials have no time of change: what they say is their version."""
    return str(hash(repr(sorted((name, repr(value)) for name, value in row.items() if name not in ("created_at", "updated_at", "ttl")))))


def gone(origin: str, found: Key) -> RefusedError:
    return RefusedError(f"{origin}: {found}: was deleted by another hand while this run was writing. Run again.", outdated=True)
