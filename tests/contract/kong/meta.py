# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong says of itself: /, /status, its schemas, and validation without a write (kong/api/routes/{kong,health,plugins}.lua)."""

from __future__ import annotations

import uuid
from typing import Any

from . import errors
from .plugins import PRIORITIES
from .schema import Entity, Schema, ViolationsError
from .state import Workspace
from .validate import Field

VERSIONS = {"community": "3.9.3", "enterprise": "3.10.0.17"}


def root(space: Workspace, edition: str, database: str, flavor: str, node: str) -> Entity:
    version = VERSIONS[edition]
    used = sorted({row.entity["name"] for row in space.tables["plugins"].rows.values()})
    return {
        "tagline": "Welcome to kong",
        "version": version,
        "edition": edition,
        "hostname": "kong",
        "node_id": node,
        "lua_version": "LuaJIT 2.1.20231117",
        "timers": {"running": 0, "pending": 1},
        "pids": {"master": 1, "workers": [2]},
        "plugins": {
            "available_on_server": {name: {"version": version, "priority": priority} for name, priority in PRIORITIES.items()},
            "enabled_in_cluster": used,
        },
        "configuration": {
            "database": database,
            "router_flavor": flavor,
            "role": "traditional",
            "admin_listen": ["127.0.0.1:8001 reuseport backlog=16384"],
            "proxy_listen": ["0.0.0.0:8000 reuseport backlog=16384"],
            "db_update_frequency": 5,
            "db_update_propagation": 0,
            "worker_state_update_frequency": 5,
            "worker_consistency": "eventual",
            "log_level": "notice",
            "loaded_plugins": dict.fromkeys(PRIORITIES, True),
        },
    }


def status(database: str, digest: str) -> Entity:
    told: Entity = {
        "memory": {"workers_lua_vms": [{"http_allocated_gc": "60.00 MiB", "pid": 2}], "lua_shared_dicts": {}},
        "server": {
            "connections_accepted": 1,
            "connections_active": 1,
            "connections_handled": 1,
            "connections_reading": 0,
            "connections_waiting": 0,
            "connections_writing": 1,
            "total_requests": 1,
        },
    }
    return {**told, "configuration_hash": digest} if database == "off" else {**told, "database": {"reachable": True}}


def published(schema: Schema) -> Entity:
    """A schema as data: no functions, fields as a list of one-key tables."""
    return {"fields": _fields(schema.fields), "entity_checks": [_plain(rule) for rule in schema.entity_checks]}


def _fields(fields: dict[str, Field]) -> list[Entity]:
    return [{name: _field(each)} for name, each in fields.items()]


def _field(each: Field) -> Entity:
    out: Entity = {}
    for key, value in each.items():
        if key == "fields" and each.get("abstract"):
            continue
        if key == "fields":
            out[key] = _fields(value)
        elif key == "shorthand_fields":
            out[key] = [{name: _field(inner)} for name, inner in value.items()]
        elif key in ("elements", "keys", "values"):
            out[key] = _field(value)
        elif not callable(value):
            out[key] = _plain(value)
    return out


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if not callable(item)}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def schemas(parts: list[str], method: str, post: Entity, known: dict[str, Schema]) -> Entity:
    """/schemas/{entity}, /schemas/plugins/{name} and their validation."""
    if parts[-1] == "validate" and len(parts) == 3:
        if method != "POST":
            raise errors.AnswerError(405, {"message": "Method not allowed"})
        return _validate(parts[1], post, known)
    if method not in ("GET", "HEAD"):
        raise errors.AnswerError(405, {"message": "Method not allowed"})
    if len(parts) == 2:
        if parts[1] not in known:
            raise errors.AnswerError(404, {"message": f"No entity named '{parts[1]}'"})
        return published(known[parts[1]])
    if len(parts) == 3 and parts[1] == "plugins":
        if parts[2] not in known["plugins"].subschemas:
            raise errors.AnswerError(404, {"message": f"No plugin named '{parts[2]}'"})
        return published(known["plugins"].subschemas[parts[2]])
    raise errors.not_found()


def _validate(name: str, post: Entity, known: dict[str, Schema]) -> Entity:
    """Neither uniqueness nor references are looked at: only the entity by itself."""
    if name not in known:
        raise errors.AnswerError(404, {"message": f"No entity named '{name}'"})
    try:
        found = known[name].validate(known[name].process(post, "insert"))
    except ViolationsError as violations:
        found = violations.errors
    if found:
        raise errors.schema_violation(found)
    return {"message": "schema validation successful"}


def workspaces(spaces: dict[str, Workspace]) -> Entity:
    data = [{"id": space.id, "name": name, "created_at": space.created_at, "config": {}, "meta": {}} for name, space in spaces.items()]
    return {"data": data, "next": None}


def node() -> str:
    return str(uuid.uuid4())
