# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The defaults that the API server fills in, from the schemas that it publishes (OpenAPI v3). One request a group version, only when asked for.

A schema that cannot be had, or a default that is not published, costs no more than a dry run: the value then stays as it is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

from ..engine.compare import Shape, Trail
from ..engine.fields import is_list, is_map, same, same_scalar
from .discovery import Requester, ResourceType
from .transport import ApiError

Schema = Mapping[str, Any]

_PREFIX = "#/components/schemas/"


@dataclass
class Schemas:
    """Published schemas by group version, kept until :meth:`forget`."""

    transport: Requester
    _lock: Lock = field(default_factory=Lock, init=False)
    _documents: dict[str, Schema] = field(default_factory=dict, init=False)
    _kinds: dict[ResourceType, _Shape] = field(default_factory=dict, init=False)

    def forget(self) -> None:
        """After a CRD was created or changed."""
        with self._lock:
            self._documents.clear()
            self._kinds.clear()

    def at(self, kind: ResourceType, trail: Trail) -> Shape:
        """What stands at ``trail`` of an object of this kind."""
        if kind not in self._kinds:
            self._kinds[kind] = _Shape(_of_kind(self._load(kind.root), kind), self._load(kind.root))
        shape = self._kinds[kind]
        for name in trail:
            shape = shape.below(name)
        return shape

    def _load(self, root: str) -> Schema:
        with self._lock:
            if root not in self._documents:
                try:
                    found = self.transport.request("GET", f"/openapi/v3{root}")
                except ApiError:
                    found = {}
                self._documents[root] = _mapping(_mapping(_mapping(found).get("components")).get("schemas"))
            return self._documents[root]


def _of_kind(schemas: Schema, kind: ResourceType) -> Schema:
    wanted = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    return next((schema for schema in schemas.values() if wanted in (schema.get("x-kubernetes-group-version-kind") or ())), {})


def _member(schema: Schema, name: str | None) -> Schema:
    if name is None:
        return _mapping(schema.get("items"))
    return _mapping(_mapping(schema.get("properties")).get(name) or schema.get("additionalProperties"))


def _resolved(schema: Schema, schemas: Schema) -> Schema:
    """Built-in kinds refer to each other, by ``$ref`` or, with a default beside it, by ``allOf`` of one."""
    for part in (schema, *(schema.get("allOf") or ())):
        if str(part.get("$ref") or "").startswith(_PREFIX):
            return {**_mapping(schemas.get(part["$ref"].removeprefix(_PREFIX))), **{key: schema[key] for key in ("default",) if key in schema}}
    return schema


class _Shape:
    """One schema, read once for all the objects of a run; what it holds is read when it is first met, since schemas may hold themselves."""

    def __init__(self, schema: Schema, schemas: Schema) -> None:
        self._schema = _resolved(schema, schemas)
        self._schemas = schemas
        self._below: dict[str | None, _Shape] = {}

    def below(self, name: str | None) -> _Shape:
        """The shape of a member, or with None of an item."""
        if name not in self._below:
            self._below[name] = _Shape(_member(self._schema, name), self._schemas)
        return self._below[name]

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        members = {name: _resolved(_mapping(part), self._schemas) for name, part in _mapping(self._schema.get("properties")).items()}
        return {name: self.below(name).filled(part["default"]) for name, part in members.items() if part.get("default") is not None}

    def filled(self, value: Any) -> Any:
        if is_map(value):
            return {**self._defaults, **{name: self.below(name).filled(part) if is_map(part) or is_list(part) else part for name, part in value.items()}}
        return [self.below(None).filled(part) for part in value] if is_list(value) else value

    def fits(self, declared: Any, live: Any) -> bool:
        if is_map(declared):
            return is_map(live) and self._said(declared, live) and self._unsaid(declared, live)
        if is_list(declared):
            item = self.below(None)
            return is_list(live) and len(declared) == len(live) and all(map(item.fits, declared, live))
        return same(declared, live)

    def _said(self, declared: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
        """Every declared member stands."""
        for name, part in declared.items():
            if part is not None:
                other = live.get(name)
                if part != other if isinstance(part, str) else not self._member_fits(name, part, other):
                    return False
        return True

    def _member_fits(self, name: str, part: Any, other: Any) -> bool:
        if is_map(part) or is_list(part):
            return self.below(name).fits(part, other)
        return same_scalar(part, other)

    def _unsaid(self, declared: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
        """What stands besides is a default, and each default stands."""
        defaults = self._defaults
        for name, other in live.items():
            if other is not None and declared.get(name) is None and (name not in defaults or not same(defaults[name], other)):
                return False
        return all(live.get(name) is not None for name in defaults)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
