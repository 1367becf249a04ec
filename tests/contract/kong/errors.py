# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's errors: code, name, HTTP status and words (kong/db/errors.lua; the statuses are of kong/api/endpoints.lua)."""

from __future__ import annotations

from typing import Any

from .lua import pretty, text

NAMES = {
    1: "invalid primary key",
    2: "schema violation",
    3: "primary key violation",
    4: "foreign key violation",
    5: "unique constraint violation",
    6: "not found",
    7: "invalid offset",
    9: "invalid size",
    11: "invalid options",
    12: "operation unsupported",
    13: "foreign keys unresolved",
    14: "invalid declarative configuration",
    15: "transformation error",
}
STATUSES = {5: 409, 6: 404, 8: 500, 12: 405, 15: 500, 16: 500}


class KongError(Exception):
    """An error as Kong answers it; ``status`` follows from the code."""

    def __init__(self, code: int, message: str, fields: Any = None, name: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.status = STATUSES.get(code, 400)
        self.body: dict[str, Any] = {"message": message, "name": name or NAMES[code], "code": code}
        if fields is not None:
            self.body["options" if code == 11 else "fields"] = sparse(fields)
        if self.status == 500:
            self.body = {"message": "An unexpected error occurred"}


class AnswerError(Exception):
    """An answer that ends the request wherever it stands."""

    def __init__(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


def not_found() -> AnswerError:
    return AnswerError(404, {"message": "Not found"})


def sparse(errors: Any) -> Any:
    """Errors of elements have the element's place as key, from one; in JSON they become a list with nulls for the sound elements."""
    if not isinstance(errors, dict):
        return errors
    if errors and all(isinstance(key, int) for key in errors):
        return [sparse(errors.get(place)) for place in range(1, max(errors) + 1)]
    return {str(key): sparse(value) for key, value in errors.items()}


def _lines(errors: dict[Any, Any]) -> list[str]:
    lines = [str(error) for error in errors.get("@entity", ())]
    for name in sorted((key for key in errors if key != "@entity"), key=str):
        found = errors[name]
        if not isinstance(found, dict | list):
            lines.append(f"{name}: {found}")
            continue
        pairs = found.items() if isinstance(found, dict) else enumerate(found, 1)
        for part, value in sorted(pairs, key=lambda pair: str(pair[0])):
            lines.append(f"{name}.{part}: {pretty(value, '  ') if isinstance(value, dict | list) else value}")
    return lines


def schema_violation(errors: dict[Any, Any]) -> KongError:
    lines = _lines(errors)
    told = f"schema violation ({lines[0]})" if len(lines) == 1 else f"{len(lines)} schema violations ({'; '.join(lines)})"
    return KongError(2, told, errors)


def foreign_keys_unresolved(errors: dict[str, dict[str, str]]) -> KongError:
    lines = _lines(errors)
    told = f"foreign key unresolved ({lines[0]})" if len(lines) == 1 else f"{len(lines)} foreign keys unresolved ({'; '.join(lines)})"
    return KongError(13, told, errors)


def invalid_primary_key(errors: dict[str, Any]) -> KongError:
    return KongError(1, f"invalid primary key: '{pretty(errors)}'", errors)


def invalid_unique(name: str, error: str) -> KongError:
    return KongError(10, error, name=f"invalid unique {name}")


def primary_key_violation(key: dict[str, Any]) -> KongError:
    return KongError(3, f"primary key violation on key '{pretty(key)}'", key)


def unique_violation(fields: dict[str, Any]) -> KongError:
    return KongError(5, "UNIQUE violation detected on '" + pretty(fields).replace('"userdata: NULL"', "null") + "'", fields)


def invalid_reference(key: dict[str, Any], field: str, parent: str) -> KongError:
    return KongError(4, f"the foreign key '{pretty(key)}' does not reference an existing '{parent}' entity.", {field: key})


def restricted(parent: str, child: str) -> KongError:
    return KongError(4, f"an existing '{child}' entity references this '{parent}' entity", {"@referenced_by": child})


def missing(key: dict[str, Any]) -> KongError:
    return KongError(6, f"could not find the entity with primary key '{pretty(key)}'", key)


def missing_by(key: dict[str, Any]) -> KongError:
    return KongError(6, f"could not find the entity with '{pretty(key)}'", key)


def invalid_options(errors: dict[str, str]) -> KongError:
    lines = [f"{name}: {text(error)}" for name, error in sorted(errors.items())]
    told = f"invalid option ({lines[0]})" if len(lines) == 1 else f"{len(lines)} option violations ({'; '.join(lines)})"
    return KongError(11, told, errors)


def invalid_offset(offset: str, why: str) -> KongError:
    return KongError(7, f"'{offset}' is not a valid offset: {why}")


def unsupported(told: str) -> KongError:
    return KongError(12, told)
