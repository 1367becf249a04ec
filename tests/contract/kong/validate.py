# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One value against one field of a schema (kong/db/schema/init.lua: validate_field, validators, in their order)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .lua import pattern, text

Field = dict[str, Any]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)
# A record is checked by the schema that schema.py makes of it, a reference by the schema of what it points to; set there, as each module needs the other.
records: dict[str, Callable[[Field, dict[str, Any]], Any]] = {}


def is_uuid(value: object) -> bool:
    return isinstance(value, str) and len(value) == 36 and UUID.match(value) is not None


def is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith("{vault://") and value.endswith("}")


def quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def check_field(field: Field, value: Any) -> Any:
    """None when the value is sound, else what is wrong: a text, or a table of texts."""
    if value is None:
        return _check_null(field)
    if "eq" in field and field["eq"] is None:
        return field.get("err") or "value must be null"
    if field.get("abstract"):
        return "error in schema definition: abstract field was not specialized"
    wrong = TYPES[field["type"]](field, value)
    if wrong:
        return wrong
    if field.get("referenceable") and is_reference(value):
        return None
    # A text must not be empty unless its field says so.
    limits = {**field, "len_min": 1} if value == "" and "len_min" not in field else field
    for name, test in VALIDATORS.items():
        if name in limits and (wrong := test(value, limits[name])):
            return field.get("err") or wrong
    return None


def _check_null(field: Field) -> Any:
    if field.get("eq") is not None:
        return f"value must be {text(field['eq'])}"
    return "required field missing" if field.get("required") else None


def _sequence(value: Any) -> bool:
    return isinstance(value, list) or value == {}


def _check_elements(field: Field, value: Any, wrong: str) -> Any:
    if not _sequence(value):
        return wrong
    element = {**field["elements"], "required": True}
    errors = {place: error for place, item in enumerate(value, 1) if (error := check_field(element, item))}
    return errors or None


def _check_map(field: Field, value: Any) -> Any:
    value = as_table(value)
    if not isinstance(value, dict):
        return "expected a map"
    for key, item in value.items():
        wrong = check_field({**field["keys"], "required": True}, key) or check_field({**field["values"], "required": True}, item)
        if wrong:
            return wrong
    return None


def as_table(value: Any) -> Any:
    """A list is a table of Lua as well, with places for keys."""
    return dict(enumerate(value, 1)) if isinstance(value, list) else value


def _check_record(field: Field, value: Any) -> Any:
    value = as_table(value)
    return records["check"](field, value) if isinstance(value, dict) else "expected a record"


def _check_foreign(field: Field, value: Any) -> Any:
    """The id counts; without a sound one, what came in its place is judged as the entity that it points to."""
    value = as_table(value)
    given = value.get("id", "") if isinstance(value, dict) else ""
    if is_uuid(given):
        return None
    wrong = "required field missing" if given is None else check_field({"type": "string", "uuid": True}, given) if given != "" else "missing primary key"
    return (isinstance(value, dict) and records["foreign"](field, value)) or {"id": wrong}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TYPES: dict[str, Callable[[Field, Any], Any]] = {
    "array": lambda field, value: _check_elements(field, value, "expected an array"),
    "set": lambda field, value: _check_elements(field, value, "expected a set"),
    "map": _check_map,
    "record": _check_record,
    "foreign": _check_foreign,
    "integer": lambda _field, value: None if _number(value) and value == int(value) else "expected an integer",
    "number": lambda _field, value: None if _number(value) else "expected a number",
    "string": lambda _field, value: None if isinstance(value, str) else "expected a string",
    "boolean": lambda _field, value: None if isinstance(value, bool) else "expected a boolean",
}


def _length(told: str, holds: Callable[[int, int], bool]) -> Callable[[Any, Any], str | None]:
    return lambda value, limit: None if holds(len(value.encode() if isinstance(value, str) else value), limit) else told % limit


def _one_of(value: Any, options: list[Any]) -> str | None:
    return None if value in options else "expected one of: " + ", ".join(map(str, options))


def _not_one_of(value: Any, options: list[Any]) -> str | None:
    return "must not be one of: " + ", ".join(map(str, options)) if value in options else None


def _first(value: str, rules: list[dict[str, str]], wanted: bool) -> str | None:
    return next((rule["err"] for rule in rules if (pattern(rule["pattern"]).search(value) is not None) != wanted), None)


def _match_any(value: str, rule: dict[str, Any]) -> str | None:
    if any(pattern(each).search(value) for each in rule["patterns"]):
        return None
    return rule.get("err") or f"invalid value: {value}"


def _one_subset(value: list[Any], subsets: list[list[Any]]) -> str | None:
    met = [subset for subset in subsets if any(item in subset for item in value)]
    met.sort(key=lambda subset: min(value.index(item) for item in value if item in subset))
    return "these sets are mutually exclusive: " + ", ".join(f"({quoted(subset)})" for subset in met) if len(met) > 1 else None


VALIDATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda value, wanted: None if value == wanted else f"value must be {text(wanted)}",
    "ne": lambda value, wanted: None if value != wanted else f"value must not be {text(value)}",
    "not_one_of": _not_one_of,
    "one_of": _one_of,
    "gt": lambda value, limit: None if value > limit else f"value must be greater than {limit}",
    "timestamp": lambda value, _on: None if value > 0 else "expected a valid timestamp",
    "uuid": lambda value, _on: None if is_uuid(value) else "expected a valid UUID",
    "between": lambda value, span: None if span[0] <= value <= span[1] else f"value should be between {span[0]:.0f} and {span[1]:.0f}",
    "len_eq": _length("length must be %d", lambda size, limit: size == limit),
    "len_min": _length("length must be at least %d", lambda size, limit: size >= limit),
    "len_max": _length("length must be at most %d", lambda size, limit: size <= limit),
    "starts_with": lambda value, start: None if value.startswith(start) else f"should start with: {start}",
    "match_none": lambda value, rules: _first(value, rules, wanted=False),
    "match": lambda value, each: None if pattern(each).search(value) else f"invalid value: {value}",
    "match_all": lambda value, rules: _first(value, rules, wanted=True),
    "match_any": _match_any,
    "contains": lambda value, wanted: None if wanted in value else f"expected to contain: {wanted}",
    "custom_validator": lambda value, check: check(value),
    "mutually_exclusive_subsets": _one_subset,
}
