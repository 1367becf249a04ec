# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API as the engine's store: observe, rehearse, write, follow. No decision is made here, nothing of Ansible is known.

Writes are server-side apply with one fixed field manager; deletes carry the uid that was observed, so that an object which somebody
created anew in the meantime survives.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from ..engine.compare import differences, owned_fields
from ..engine.errors import RefusedError, UnreachableError
from ..engine.fields import changed, cleaned, touches
from ..engine.objects import GroupKind, Key, Object
from ..engine.ownership import PART_OF_LABEL, ApplySet, Scope
from ..engine.plan import Action, Change, Observed
from .discovery import Discovery, ResourceType
from .explain import denied, refusal, secret_values
from .schemas import Schemas
from .transport import ApiError, Transport

MANAGER = "inference.gateway"
PAGE = 500
GET_AT_MOST = 8
"""Unmarked objects are looked up one by one up to this many in a namespace, else by one list of it."""
NAMED_BY_SPEC = ("CustomResourceDefinition", "APIService")
"""Kinds whose name follows from their content: no stand-in can have another one."""
CLUSTER_WIDE_FROM = 4
"""From this many namespaces on one list over the whole cluster is tried first."""


@dataclass
class KubernetesStore:
    """One cluster, seen by one ApplySet."""

    transport: Transport
    discovery: Discovery
    applyset: ApplySet
    force_conflicts: bool = False
    concurrency: int = 8
    schemas: Schemas = field(init=False)

    def __post_init__(self) -> None:
        self.schemas = Schemas(self.transport)

    def forget(self) -> None:
        """What the server serves has changed: a CRD was written."""
        self.discovery.forget()
        self.schemas.forget()

    # -- observe ---------------------------------------------------------------------------------------------------------------------

    def observe(self, desired: Mapping[Key, Object], scope: Scope) -> dict[Key, Observed]:
        """Every member of the set within ``scope``, and whatever else bears the identity of a desired object."""
        types = self._types(desired, scope.group_kinds)
        namespaces = sorted({*scope.namespaces, self.applyset.namespace, *(key.namespace for key in desired)} - {""})
        with ThreadPoolExecutor(self.concurrency) as workers:
            members = list(workers.map(lambda kind: self._members(kind, namespaces), types.values()))
            found = {key: obj for objects in members for key, obj in objects}
            missing: dict[tuple[ResourceType, str], list[Key]] = {}
            for key, obj in desired.items():
                # Also what was read in another version than it is declared in: what a field is called there, nobody here knows.
                kind = self.discovery.find(obj["apiVersion"], key.kind)
                if kind and (key not in found or found[key]["apiVersion"] != obj["apiVersion"]):
                    missing.setdefault((kind, key.namespace), []).append(key)
            for objects in workers.map(lambda group: self._unmarked(group[0][0], group[0][1], group[1]), missing.items()):
                found.update(objects)
        return {key: Observed(obj, *self.applyset.owner_of(obj)) for key, obj in found.items()}

    def _types(self, desired: Mapping[Key, Object], more: Iterable[GroupKind]) -> dict[GroupKind, ResourceType]:
        """How each kind is read: in the version that is declared, else in the one the server prefers. Kinds not served are left out."""
        types: dict[GroupKind, ResourceType] = {}
        for key, obj in desired.items():
            if key.group_kind not in types and (found := self.discovery.find(obj["apiVersion"], key.kind)):
                types[key.group_kind] = found
        for group_kind in more:
            if group_kind not in types and (found := self.discovery.best(group_kind)):
                types[group_kind] = found
        return types

    def _members(self, kind: ResourceType, namespaces: list[str]) -> list[tuple[Key, Object]]:
        query = {"labelSelector": f"{PART_OF_LABEL}={self.applyset.id}"}
        if not kind.namespaced:
            return list(self.items(kind, "", query))
        if len(namespaces) >= CLUSTER_WIDE_FROM:
            try:
                return [(key, obj) for key, obj in self._paged(kind, "", query) if key.namespace in namespaces]
            except ApiError as error:
                if error.status != 403:
                    raise RefusedError(denied(error)) from error
        return [pair for namespace in namespaces for pair in self.items(kind, namespace, query)]

    def _unmarked(self, kind: ResourceType, namespace: str, keys: list[Key]) -> list[tuple[Key, Object]]:
        if len(keys) > GET_AT_MOST:
            wanted = set(keys)
            return [(key, obj) for key, obj in self.items(kind, namespace, {}) if key in wanted]
        return [(key, obj) for key in keys if (obj := self.get(kind, namespace, key.name)) is not None]

    def get(self, kind: ResourceType, namespace: str, name: str) -> Object | None:
        try:
            found: Object = self.transport.request("GET", kind.path(namespace, name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise RefusedError(denied(error)) from error
        return found

    def items(self, kind: ResourceType, namespace: str, query: Mapping[str, Any]) -> Iterator[tuple[Key, Object]]:
        try:
            yield from self._paged(kind, namespace, query)
        except ApiError as error:
            raise RefusedError(denied(error)) from error

    def _paged(self, kind: ResourceType, namespace: str, query: Mapping[str, Any]) -> Iterator[tuple[Key, Object]]:
        token, limit = "", {"limit": PAGE}
        while True:
            try:
                page = self.transport.request("GET", kind.path(namespace), query={**query, **limit, **({"continue": token} if token else {})})
            except ApiError as error:
                if error.status != 410 or not token:
                    raise
                token, limit = "", {}  # the server has forgotten where we were: all at once, then
                continue
            for obj in page.get("items") or ():
                yield _keyed(kind, obj)
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return

    # -- compare and rehearse --------------------------------------------------------------------------------------------------------

    def differ(self, desired: Object, live: Object) -> tuple[str, ...]:
        kind = self.discovery.find(desired["apiVersion"], desired["kind"])
        return differences(desired, live, MANAGER, lambda trail, value: self.schemas.complete(kind, trail, value) if kind else value)

    def rehearse(self, change: Change) -> Change:
        """What the server says it would do: the change with its prediction, or KEEP where it would change nothing. Nothing is written."""
        if change.action is Action.DELETE:
            self._delete(change, dry_run=True)
            return change
        change, after = self._predicted(change)
        if change.before is None:
            return replace(change, after=after)
        fields = tuple(changed(cleaned(change.before), cleaned(after)))
        if not fields and owned_fields(change.before, MANAGER) != owned_fields(after, MANAGER):
            fields = change.fields
        return replace(change, after=after, fields=fields, action=Action.UPDATE if fields else Action.KEEP)

    def _predicted(self, change: Change) -> tuple[Change, Object]:
        """The server's dry run. A conflict over fields that would keep their values is none: a list that is taken as a whole conflicts with itself as
        soon as one of the two leaves a default unsaid. Such fields change hands by force, while nobody writes in between.
        """
        try:
            return change, self._apply(change, dry_run=True)
        except RefusedError as refused:
            if change.before is None or not refused.conflicts:
                raise
            forced = replace(change, force=True)
            after = self._apply(forced, dry_run=True)
            if any(touches(path, field) for path in changed(cleaned(change.before), cleaned(after)) for field in refused.conflicts):
                raise
            return forced, after

    def rehearse_replacement(self, change: Change) -> Change:
        """An object that cannot be changed in place: its successor is tried under another name, since its own is still taken."""
        desired = change.desired or {}
        if change.key.kind in NAMED_BY_SPEC:
            return replace(change, action=Action.REPLACE, after=change.desired)
        # As short as it has to be: the longest name that a kind allows may be the one that it has.
        name = f"{change.key.name[: max(10, len(change.key.name) - 10)].rstrip('-.')}-rehearsal"
        stand_in = {**desired, "metadata": {**desired["metadata"], "name": name}}
        self._apply(replace(change, desired=stand_in), dry_run=True)
        return replace(change, action=Action.REPLACE, after=change.desired)

    # -- write -----------------------------------------------------------------------------------------------------------------------

    def write(self, change: Change, seconds: float) -> None:
        """Carry one change out. A replacement waits up to ``seconds`` for the old object to be gone."""
        if change.action in (Action.DELETE, Action.REPLACE):
            self._delete(change, dry_run=False)
        if change.action is Action.REPLACE and not self.gone(change.key, change.before or {}, seconds):
            raise RefusedError(f"{change.origin}: {change.key}: deleted for replacement, but not gone after {seconds:.0f} s. A finalizer holds it; run again.")
        if change.action in (Action.CREATE, Action.UPDATE, Action.REPLACE):
            self._apply(change, dry_run=False)

    def _apply(self, change: Change, *, dry_run: bool) -> Object:
        obj = change.desired or {}
        if change.force and change.before and not dry_run:
            obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": change.before["metadata"]["resourceVersion"]}}
        kind = self._kind(obj, change)
        force = str(self.force_conflicts or change.force).lower()
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict", "force": force, **({"dryRun": "All"} if dry_run else {})}
        path = kind.path(change.key.namespace, obj["metadata"]["name"])
        try:
            answer: Object = self.transport.request("PATCH", path, query=query, body=obj, content_type="application/apply-patch+yaml")
        except ApiError as error:
            raise refusal(error, change.origin, change.key, secret_values(obj) + secret_values(change.before)) from error
        return answer

    def _delete(self, change: Change, *, dry_run: bool) -> None:
        before = change.before or {}
        body = {"preconditions": {"uid": before["metadata"]["uid"]}, "propagationPolicy": "Background", **({"dryRun": ["All"]} if dry_run else {})}
        path = self._kind(before, change).path(change.key.namespace, change.key.name)
        try:
            # The server reads the body alone; the query says the same to whoever reads the audit log.
            self.transport.request("DELETE", path, query={"dryRun": "All"} if dry_run else None, body=body)
        except ApiError as error:
            if error.status != 404:
                raise refusal(error, change.origin, change.key) from error

    def _kind(self, obj: Mapping[str, Any], change: Change) -> ResourceType:
        kind = self.discovery.find(obj["apiVersion"], change.key.kind)
        if kind is None:
            raise RefusedError(f"{change.origin}: {change.key}: the cluster no longer serves this kind.")
        return kind

    # -- follow ----------------------------------------------------------------------------------------------------------------------

    def follow(self, kind: ResourceType, namespace: str, query: Mapping[str, Any], deadline: float) -> Iterator[dict[Key, Object]]:
        """The state of a list, at once and after every change, until ``deadline`` (monotonic seconds): one list and one watch."""
        while True:
            page = self._state(kind, namespace, query)
            state = dict(_keyed(kind, obj) for obj in page.get("items") or ())
            yield state
            version = page["metadata"]["resourceVersion"]
            left = deadline - time.monotonic()
            if left <= 0:
                return
            watch = {**query, "watch": "true", "resourceVersion": version, "timeoutSeconds": max(1, math.ceil(left))}
            try:
                for event in self.transport.lines(kind.path(namespace), watch, left):
                    if event.get("type") not in ("ADDED", "MODIFIED", "DELETED"):
                        break
                    key, obj = _keyed(kind, event["object"])
                    state.pop(key, None) if event["type"] == "DELETED" else state.update({key: obj})
                    yield state
            except (ApiError, UnreachableError):
                pass  # listed anew below, where a lasting fault is raised
            self.transport.sleep(min(0.2, max(0.0, deadline - time.monotonic())))

    def _state(self, kind: ResourceType, namespace: str, query: Mapping[str, Any]) -> Object:
        """A whole list; an empty one of a kind whose definition has just been deleted, perhaps by ourselves."""
        try:
            found: Object = self.transport.request("GET", kind.path(namespace), query=query)
        except ApiError as error:
            if error.status != 404:
                raise RefusedError(denied(error)) from error
            return {"metadata": {"resourceVersion": ""}}
        return found

    def gone(self, key: Key, before: Mapping[str, Any], seconds: float) -> bool:
        """Wait until the object, or at least this incarnation of it, is gone."""
        kind = self.discovery.find(before["apiVersion"], key.kind)
        if kind is None:
            return True
        query = {"fieldSelector": f"metadata.name={key.name}"}
        uid = before["metadata"]["uid"]
        states = self.follow(kind, key.namespace, query, time.monotonic() + seconds)
        return any(key not in state or state[key]["metadata"]["uid"] != uid for state in states)


def _keyed(kind: ResourceType, obj: Object) -> tuple[Key, Object]:
    """Items of a list carry neither apiVersion nor kind."""
    meta = obj["metadata"]
    return Key(kind.group, kind.kind, meta.get("namespace") or "", meta["name"]), {**obj, "apiVersion": kind.api_version, "kind": kind.kind}
