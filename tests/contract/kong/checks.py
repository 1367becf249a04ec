# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules over several fields of an entity (kong/db/schema/init.lua: entity_checkers, run_entity_check)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .validate import Field, check_field, is_reference, quoted

ABSENT = object()
Entity = dict[str, Any]
AT_LEAST = "at least one of these fields must be non-empty: "
FORMATS = {
    "at_least_one_of": AT_LEAST,
    "conditional_at_least_one_of": AT_LEAST,
    "only_one_of": "exactly one of these fields must be non-empty: ",
    "distinct": "values of these fields must be distinct: ",
    "mutually_required": "all or none of these fields must be set: ",
    "mutually_exclusive": "only one or none of these fields must be set: ",
}
WITH_MISSING = {"at_least_one_of", "conditional_at_least_one_of", "mutually_required", "mutually_exclusive"}
WITH_INVALID = {"at_least_one_of", "conditional_at_least_one_of", "only_one_of", "distinct", "conditional"}
# Not empty while a change is judged: some words differ then, down to the innermost record.
UPDATING: list[bool] = []


@dataclass(frozen=True)
class Scope:
    """What a rule may look at: the fields of the schema, the entity, and where errors are gathered."""

    fields: dict[str, Field]
    entity: Entity
    errors: Entity

    def value(self, name: str) -> Any:
        return get(self.entity, name)

    def filled(self, names: list[str]) -> list[str]:
        return [name for name in names if nonempty(self.value(name))]


def get(entity: Any, name: str) -> Any:
    for part in name.split("."):
        if not isinstance(entity, dict) or part not in entity:
            return ABSENT
        entity = entity[part]
    return entity


def put(entity: Entity, name: str, value: Any) -> None:
    *parts, last = name.split(".")
    for part in parts:
        if not isinstance(entity.get(part), dict):
            entity[part] = {}
        entity = entity[part]
    entity[last] = value


def nonempty(value: Any) -> bool:
    return value is not ABSENT and value is not None and value not in ("", [], {})


def field_of(fields: dict[str, Field], name: str) -> Field:
    found: Field = {}
    for part in name.split("."):
        found = fields.get(part, {})
        fields = found.get("fields", {})
    return found


def required_together(scope: Scope, names: list[str]) -> str | None:
    return None if len(scope.filled(names)) in (0, len(names)) else quoted(names)


def _only_one(scope: Scope, names: list[str]) -> str | None:
    return None if len(scope.filled(names)) == 1 else quoted(names)


def _at_least_one(scope: Scope, names: list[str]) -> str | None:
    return None if scope.filled(names) else quoted(names)


def _exclusive(scope: Scope, names: list[str]) -> str | None:
    return None if len(scope.filled(names)) <= 1 else quoted(names)


def _distinct(scope: Scope, names: list[str]) -> str | None:
    values = [scope.value(name) for name in scope.filled(names)]
    return quoted(names) if len(values) != len(set(map(str, values))) else None


def _matches(scope: Scope, name: str, match: Field, value: Any) -> bool:
    return not check_field({**field_of(scope.fields, name), **match}, value)


def _conditional(scope: Scope, arg: Entity) -> str | None:
    given, then = scope.value(arg["if_field"]), scope.value(arg["then_field"])
    then = None if then is ABSENT else then
    if not _matches(scope, arg["if_field"], arg["if_match"], None if given is ABSENT else given):
        return None
    field = {**field_of(scope.fields, arg["then_field"]), **arg["then_match"]}
    missing = then is None and field.get("required")
    wrong = "required field missing" if missing else check_field(field, then)
    if not wrong:
        return None
    put(scope.errors, arg["then_field"], wrong)
    if "then_err" in arg and not missing:
        return f"!{arg['then_err']}"
    return f"!failed conditional validation given value of field '{arg['if_field']}'"


def _conditional_at_least_one(scope: Scope, arg: Entity) -> str | None:
    given = scope.value(arg["if_field"])
    if given is ABSENT:
        return None
    for match, names, told in (("if_match", "then_at_least_one_of", "then_err"), ("else_match", "else_then_at_least_one_of", "else_then_err")):
        if match in arg and _matches(scope, arg["if_field"], arg[match], given):
            listed = quoted(arg[names])
            return None if scope.filled(arg[names]) else "!" + arg[told].replace("%s", listed) if told in arg else listed
    return None


def _custom(scope: Scope, arg: Entity) -> str | None:
    told: str | None = arg["fn"](scope.entity)
    return None if told is None else "!" + told


CHECKERS: dict[str, Callable[[Scope, Any], str | None]] = {
    "at_least_one_of": _at_least_one,
    "conditional_at_least_one_of": _conditional_at_least_one,
    "only_one_of": _only_one,
    "distinct": _distinct,
    "conditional": _conditional,
    "custom_entity_check": _custom,
    "mutually_required": required_together,
    "mutually_exclusive": _exclusive,
}


def _sources(arg: Any) -> list[str]:
    if isinstance(arg, list):
        return arg
    named = [arg[key] for key in ("if_field", "then_field") if key in arg]
    several = [arg.get(key, []) for key in ("then_at_least_one_of", "else_then_at_least_one_of", "field_sources")]
    return named + [name for names in several for name in names]


def _needed(name: str, arg: Any) -> list[str]:
    if name in WITH_MISSING:
        return []
    if isinstance(arg, list):
        return arg
    return [arg["if_field"]] if "if_field" in arg else list(arg["field_sources"])


def run_check(scope: Scope, name: str, arg: Any, full: bool) -> None:
    sources = _sources(arg)
    values = {each: scope.value(each) for each in sources}
    if any(field_of(scope.fields, each).get("referenceable") and is_reference(value) for each, value in values.items()):
        return
    if name not in WITH_INVALID and any(each in scope.errors for each in sources):
        return
    if all(value is ABSENT for value in values.values()) and not (name in WITH_MISSING and full):
        return
    updating = " when updating" if UPDATING else ""
    absent = [each for each in _needed(name, arg) if values[each] is ABSENT]
    for each in absent:
        put(scope.errors, each, "field required for entity check" + updating)
    wrong = None if absent else CHECKERS[name](scope, arg)
    if wrong:
        scope.errors.setdefault("@entity", []).append(_told(name, wrong))


def _told(name: str, wrong: str) -> str:
    if wrong.startswith("!"):
        return wrong.removeprefix("!")
    told = FORMATS[name] + wrong
    return "when updating, " + told if UPDATING and FORMATS[name] == AT_LEAST else told
