# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kong with a database, through its Admin API: one list a kind, the smallest PATCH, and ids that make every creation repeatable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ...engine.errors import RefusedError
from ...engine.objects import Key, Object
from ...engine.plan import Action, Change, Owner
from ...models.kong import ENTITIES, NAMED, new_id, secrets_of
from ..transport import ApiError
from . import compare, marks
from .client import rows, told
from .entity_store import EntityStore, Row, gone, version_of


@dataclass
class AdminStore(EntityStore):
    def collections(self, desired: Mapping[Key, Object]) -> dict[str, list[Row]]:
        kinds = dict.fromkeys((*self.kinds, *(obj["kind"] for obj in desired.values())))
        if missing := [kind for kind in self.rare if kind not in kinds]:
            # One request tells whether any of the seldom ones is ours at all.
            found = rows(self.transport, f"tags/{marks.MORE}{self.owner}")
            kinds |= dict.fromkeys(kind for kind in {str(row["entity_name"]) for row in found} if kind in missing)
        flat = [kind for kind in kinds if kind != "targets"]
        with ThreadPoolExecutor(max(1, min(self.concurrency, len(flat)))) as workers:
            read = dict(zip(flat, workers.map(lambda kind: list(rows(self.transport, ENTITIES[kind].path)), flat), strict=True))
            if "targets" in kinds:
                read["targets"] = self._targets(read.get("upstreams", []), desired, workers)
        return read

    def _targets(self, upstreams: list[Row], desired: Mapping[Key, Object], workers: ThreadPoolExecutor) -> list[Row]:
        """They are listed by upstream only: by those that are ours or declared."""
        declared = {key.name for key in desired if key.kind == "upstreams"}
        mine = [row["id"] for row in upstreams if row.get("name") in declared or marks.read(row.get("tags"))[0].owner == self.owner]
        return [row for found in workers.map(lambda each: list(rows(self.transport, f"upstreams/{each}/targets")), mine) for row in found]

    def validate(self, change: Change) -> None:
        obj = change.desired or {}
        kind = obj["kind"]
        body = self.body(obj, self.marked(obj)) if kind != "basicauth_credentials" else self.body(obj, marks.Marks(self.owner))
        if self.worth_asking(kind, body):
            self._send("POST", f"/schemas/{kind}/validate", body, change)

    def write(self, change: Change, _seconds: float) -> str:
        if change.action is Action.DELETE:
            return self._release(change) if change.desired and change.key.kind in NAMED else self._delete(change)
        obj = change.desired or {}
        stands = self.standing.get(change.key)
        if change.action is Action.UPDATE and change.before is not None:
            body = compare.patch(self.differences(obj, change.before))
            marked = self.marked(obj)
            if "tags" in body or marked != (stands.marks if stands else None):
                body["tags"] = self.tags(obj, marked)
            if change.key.kind == "basicauth_credentials" and "password" in body:
                body["consumer"] = {"id": self.id_of("consumers", obj["spec"]["consumer"])}  # what the hash is salted with
            return version_of(self._send("PATCH", f"{self._path(change.key, obj)}/{change.before['metadata']['uid']}", body, change))
        if stands and change.key.kind in NAMED:
            return version_of(self._send("PATCH", f"{self._path(change.key, obj)}/{stands.row['id']}", self.body(obj, self.marked(obj)), change))
        return self._create(change, obj)

    def _create(self, change: Change, obj: Object) -> str:
        """By an id that follows from who it is: sent twice it is the same object. What is taken in between is looked at once."""
        body = self.body(obj, self.marked(obj))
        try:
            if change.key.kind == "targets":
                return version_of(self._send("POST", self._path(change.key, obj), body, change))
            return version_of(self._send("PUT", f"{self._path(change.key, obj)}/{new_id(self.owner, change.key.kind, change.key.name)}", body, change))
        except RefusedError as refused:
            if not refused.conflicts:
                raise
            found, standing = self.look({change.key: obj}, self.collections({change.key: obj}))
            self.standing.update(standing)  # others are being written at this moment, and need what stands of theirs
            seen = found.get(change.key)
            if seen is None or seen.owner is not Owner.OURS:
                holder = "somebody else" if seen is None or not seen.owner_id else seen.owner_id
                raise RefusedError(
                    f"{change.origin}: {change.key}: came to be while this run was writing, made by {holder}, and was left as it is."
                ) from refused
            return self.write(Change(Action.UPDATE, change.key, change.origin, desired=obj, before=seen.obj), 0)

    def _release(self, change: Change) -> str:
        """What others hang on must not go: it only gives its unique value free for now."""
        freed = dict.fromkeys(ENTITIES[change.key.kind].unique)
        return version_of(self._send("PATCH", f"/{ENTITIES[change.key.kind].path}/{(change.before or {})['metadata']['uid']}", freed, change))

    def _delete(self, change: Change) -> str:
        before = change.before or {}
        try:
            self._send("DELETE", f"{self._path(change.key, before)}/{before['metadata']['uid']}", None, change)
        except RefusedError as refused:
            if not refused.outdated:  # gone already, with what it hung on
                raise
        return ""

    def _path(self, key: Key, obj: Object) -> str:
        if key.kind == "targets":
            return f"/upstreams/{self.id_of('upstreams', obj['spec']['upstream'])}/targets"
        return f"/{ENTITIES[key.kind].path}"

    def _send(self, method: str, path: str, body: Any, change: Change) -> Row:
        try:
            answer: Row = self.transport.request(method, path, body=body)
        except ApiError as error:
            if error.status == 404 and method != "POST":
                raise gone(change.origin, change.key) from error
            refusal = told(error, f"{change.origin}: {change.key}", secrets_of(change.desired) | secrets_of(change.before))
            if isinstance(refusal, RefusedError) and error.status == 409:
                raise RefusedError(str(refusal), conflicts=("unique",)) from error
            raise refusal from error
        return answer

    def write_whole(self, changes: Iterable[Change]) -> None:
        raise NotImplementedError("a database takes object by object")
