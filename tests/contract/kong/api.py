# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints that Kong makes of its entities, and those it changes (kong/api/endpoints.lua, kong/api/routes/*.lua)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import errors
from .balancing import normal_target
from .dao import Dao
from .pages import page, page_by_tag, page_of_tags, page_of_targets, tags_of
from .schema import Entity, Schema
from .state import Row, Workspace, encode
from .validate import is_uuid

COLLECTION = ("GET", "HEAD", "OPTIONS", "POST")
ENTITY = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT")


@dataclass
class Request:
    method: str
    parts: list[str]
    query: dict[str, str]
    # What the body says; Kong looks no further at one that is no object.
    post: Entity
    space: Workspace
    # Without a database nothing is written but by /config.
    dbless: bool = False

    def dao(self, name: str) -> Dao:
        return Dao(self.space, name, self.dbless)


Result = tuple[int, bytes]


def methods(request: Request, allowed: tuple[str, ...]) -> None:
    if request.method == "OPTIONS":
        listed = ", ".join(allowed)
        raise errors.AnswerError(204, None, {"Allow": listed, "Access-Control-Allow-Methods": listed, "Access-Control-Allow-Headers": "Content-Type"})
    if request.method not in allowed:
        raise errors.AnswerError(405, {"message": "Method not allowed"})


def shown(row: Row | None, status: int = 200) -> Result:
    if row is None:
        raise errors.not_found()
    return status, row.json()


class Endpoints:
    """Which entity a path speaks of, and what each verb does to it."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self.tops = {schema.admin_name: schema for name, schema in schemas.items() if name not in ("targets", "certificates")}
        self.nested: dict[tuple[str, str], tuple[Schema, str]] = {}
        for schema in schemas.values():
            for field, parent in schema.foreign().items():
                self.nested[parent, schema.nested_name] = (schema, field)

    def answer(self, request: Request) -> Result:
        """Raises an answer of 404 for a path that Kong does not have."""
        parts = request.parts
        if parts[0] == "tags":
            return self._tags(request)
        top = self.tops.get(parts[0])
        if top is None:
            raise errors.not_found()
        special = SPECIAL.get((parts[0], len(parts), parts[2] if len(parts) > 2 else ""))
        if special is not None:
            return special(self, request, top)
        if len(parts) == 1:
            return self._collection(request, top)
        if len(parts) == 2:
            return self._entity(request, top)
        below = self.nested.get((top.name, parts[2]))
        if len(parts) == 3 and parts[2] in top.foreign() and below is None:
            return self._pointed_at(request, top, parts[2])
        if below is not None and len(parts) == 3:
            return self._children(request, top, *below)
        if below is not None and len(parts) == 4:
            return self._child(request, top, *below)
        raise errors.not_found()

    def _tags(self, request: Request) -> Result:
        methods(request, ("GET", "HEAD", "OPTIONS"))
        if len(request.parts) == 1:
            return 200, page_of_tags(request)
        if len(request.parts) == 2:
            return 200, page_by_tag(request, request.parts[1])
        raise errors.not_found()

    def _collection(self, request: Request, top: Schema) -> Result:
        methods(request, COLLECTION)
        dao = request.dao(top.name)
        if request.method == "POST":
            return shown(dao.insert(request.post), 201)
        if top.name == "consumers" and "custom_id" in request.query:
            return self._by_custom_id(request, dao)
        return 200, page(request, dao.table, top.admin_name)

    def _by_custom_id(self, request: Request, dao: Dao) -> Result:
        custom_id = request.query["custom_id"]
        if not custom_id:
            raise errors.AnswerError(400, {"message": "custom_id must be an unempty string"})
        row = dao.table.find("custom_id", custom_id)
        return 200, b'{"data":[' + (row.json() if row else b"") + b'],"next":null}'

    def _entity(self, request: Request, top: Schema) -> Result:
        methods(request, ENTITY)
        return self._act(request, request.dao(top.name), request.parts[1])

    def _act(self, request: Request, dao: Dao, key: str) -> Result:
        if request.method == "DELETE":
            dao.delete(key)
            return 204, b""
        if request.method == "PUT":
            return shown(dao.upsert(key, request.post))
        if request.method == "PATCH":
            return shown(dao.update(key, self._with_name(request, dao, key)))
        return shown(dao.select(key))

    def _with_name(self, request: Request, dao: Dao, key: str) -> Entity:
        """A plugin's name decides which settings it has, so Kong adds it to what is to be changed (kong/api/routes/plugins.lua)."""
        if dao.schema.name != "plugins" or request.post.get("name") is not None:
            return request.post
        row = dao.select(key)
        if row is None:
            raise errors.not_found()
        return {**request.post, "name": row.entity["name"]}

    def _pointed_at(self, request: Request, top: Schema, field: str) -> Result:
        """/plugins/{p}/service: what an entity points to. PUT makes it and points to it when there is none; DELETE is no verb here."""
        methods(request, ENTITY)
        row = self._parent(request, top)
        other = request.dao(top.fields[field]["reference"])
        now = (row.entity.get(field) or {}).get("id")
        if now is None and request.method != "PUT":
            raise errors.not_found()
        if request.method == "DELETE":
            raise errors.AnswerError(405, {"message": "Method not allowed"})
        result = self._act(request, other, now or str(uuid.uuid4()))
        if now is None:
            made = next(reversed(other.table.rows))
            given = {"name": row.entity["name"]} if top.name == "plugins" else {}
            request.dao(top.name).update(row.entity["id"], {**given, field: {"id": made}})
        return result

    def _parent(self, request: Request, top: Schema) -> Row:
        row = request.dao(top.name).select(request.parts[1])
        if row is None:
            raise errors.not_found()
        return row

    def _children(self, request: Request, top: Schema, schema: Schema, field: str) -> Result:
        methods(request, COLLECTION)
        parent = self._parent(request, top).entity["id"]
        dao = request.dao(schema.name)
        if request.method == "POST":
            return shown(dao.insert({**request.post, field: {"id": parent}}), 201)
        # The next page of a nested list keeps neither size nor tags, and the tags are not looked at in the first place.
        where = f"{top.admin_name}/{request.parts[1]}/{schema.nested_name}"
        tags_of(request.query)
        return 200, page(request, dao.table, where, field, parent)

    def _child(self, request: Request, top: Schema, schema: Schema, field: str, key: str = "") -> Result:
        """PUT looks only at the parent and takes the child over from another one; the other verbs want it to be the parent's."""
        methods(request, ENTITY)
        parent = self._parent(request, top).entity["id"]
        dao, key = request.dao(schema.name), key or request.parts[3]
        if request.method == "PUT":
            return shown(dao.upsert(key, {**request.post, field: {"id": parent}}))
        row = dao.select(key)
        if row is None or (row.entity.get(field) or {}).get("id") != parent:
            raise errors.not_found()
        if request.method == "PATCH":
            request.post.setdefault(field, {"id": parent})
        return self._act(request, dao, key)

    def _acl(self, request: Request, top: Schema) -> Result:
        """An acl of a consumer goes by its group as well; PUT of a group that is not there makes it (kong/plugins/acl/api.lua)."""
        methods(request, ENTITY)
        key, (schema, field) = request.parts[3], self.nested["consumers", "acls"]
        if is_uuid(key):
            return self._child(request, top, schema, field)
        owner = request.parts[1] if is_uuid(request.parts[1]) else self._parent(request, top).entity["id"]
        found = request.dao("acls").table.unique.get(("cache_key", (owner, key)))
        if found is None and request.method != "PUT":
            raise errors.not_found()
        if request.method == "PUT":
            request.post.setdefault("group", key)
        return self._child(request, top, schema, field, found or str(uuid.uuid4()))

    def _targets(self, request: Request, top: Schema) -> Result:
        methods(request, COLLECTION)
        parent = self._parent(request, top).entity["id"]
        dao = request.dao("targets")
        if request.method == "POST":
            return shown(dao.insert({**request.post, "upstream": {"id": parent}}), 201)
        return 200, page_of_targets(request, dao.table, parent)

    def _find_target(self, request: Request, parent: str) -> Row:
        dao, key = request.dao("targets"), request.parts[3]
        row = dao.select(key) if is_uuid(key) else next((each for each in dao.table.after("", "upstream", parent) if each.entity["target"] == key), None)
        if row is None or row.entity["upstream"]["id"] != parent:
            raise errors.not_found()
        return row

    def _target(self, request: Request, top: Schema) -> Result:
        """PUT is no upsert here: it changes a target that is there, as PATCH does (kong/api/routes/upstreams.lua)."""
        parent = self._parent(request, top).entity["id"]
        dao = request.dao("targets")
        if request.parts[3] == "all":
            methods(request, ("GET", "HEAD", "OPTIONS"))
            return 200, page(request, dao.table, f"upstreams/{request.parts[1]}/targets/all", "upstream", parent)
        methods(request, ENTITY)
        key = self._find_target(request, parent).entity["id"]
        if request.method == "PUT":
            return shown(dao.update(key, request.post))
        return self._act(request, dao, key)

    def _health(self, request: Request, top: Schema) -> Result:
        methods(request, ("GET", "HEAD", "OPTIONS"))
        parent = self._parent(request, top)
        rows = [row.view() for row in request.dao("targets").table.after("", "upstream", parent.entity["id"])]
        if request.query.get("balancer_health") == "1":
            data: Any = {"id": parent.entity["id"], "health": "HEALTHCHECKS_OFF"}
        else:
            data = [{**row, "health": "HEALTHCHECKS_OFF"} for row in rows]
        return 200, encode({"data": data, "next": None, "node_id": request.space.id})

    def _set_health(self, request: Request, top: Schema) -> Result:
        methods(request, ("OPTIONS", "PUT"))
        if request.parts[-1] not in ("healthy", "unhealthy"):
            raise errors.not_found()
        request.parts[3] = request.parts[3] if is_uuid(request.parts[3]) else normal_target(request.parts[3])
        self._find_target(request, self._parent(request, top).entity["id"])
        return 204, b""


SPECIAL: dict[tuple[str, int, str], Callable[[Endpoints, Request, Schema], Result]] = {
    ("consumers", 4, "acls"): Endpoints._acl,
    ("upstreams", 3, "targets"): Endpoints._targets,
    ("upstreams", 4, "targets"): Endpoints._target,
    ("upstreams", 5, "targets"): Endpoints._set_health,
    ("upstreams", 6, "targets"): Endpoints._set_health,
    ("upstreams", 3, "health"): Endpoints._health,
}
