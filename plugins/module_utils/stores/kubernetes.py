# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API as the engine's store: observe, rehearse, write, follow. No decision is made here, nothing of Ansible is known.

Writes are server-side apply with one fixed field manager; deletes carry the uid that was observed, so that an object which somebody
created anew in the meantime survives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ..engine.compare import PLAIN, differences, owned_fields
from ..engine.errors import RefusedError
from ..engine.fields import changed, cleaned, touches
from ..engine.objects import GroupKind, Key, Object
from ..engine.ownership import PART_OF_LABEL, ApplySet, Scope
from ..engine.plan import Action, Change, Observed, Owner
from .discovery import Discovery, ResourceType
from .explain import denied, refusal, secret_values
from .follow import gone, keyed
from .schemas import Schemas
from .slim import Slim
from .transport import ApiError, Transport

MANAGER = "inference.gateway"
PAGE = 1000
GET_AT_MOST = 8
"""Unmarked objects are looked up one by one up to this many in a namespace, else by one list of it."""
_DEFINITION = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
NAMED_BY_SPEC = ("CustomResourceDefinition", "APIService")
"""Kinds whose name follows from their content: no stand-in can have another one."""
_NO_VERSION = "1"
_REREADS = 5
"""How often an object that others write all the while is read again for one prediction."""
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

    def observe(self, desired: Mapping[Key, Object], scope: Scope, versions: Mapping[Key, str] | None = None) -> dict[Key, Observed]:
        """Every member of the set within ``scope``, and whatever else bears the identity of a desired object; see :class:`slim.Slim` for ``versions``."""
        types = self._types(desired, scope.group_kinds)
        namespaces = sorted({*scope.namespaces, self.applyset.namespace, *(key.namespace for key in desired)} - {""})
        slim = Slim(versions)
        with ThreadPoolExecutor(self.concurrency) as workers:
            members = workers.map(lambda kind: [(key, slim(key, obj)) for key, obj in self._members(kind, namespaces)], types.values())
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

    def unseen(self, scope: Scope) -> frozenset[GroupKind]:
        """Kinds of the set that the server does not serve now, though their objects may still be stored: no version of them is served."""
        lost = {kind for kind in scope.group_kinds if self.discovery.best(kind) is None}
        definitions = self.discovery.best(_DEFINITION) if lost else None
        if definitions is None:
            return frozenset()
        try:
            stored = [obj["spec"] for _key, obj in self.items(definitions, "", {})]
        except RefusedError:
            return frozenset(lost)  # not for us to read: then nothing is taken for gone
        return frozenset(lost & {GroupKind(spec["group"], spec["names"]["kind"]) for spec in stored})

    def _members(self, kind: ResourceType, namespaces: list[str]) -> Iterator[tuple[Key, Object]]:
        query = {"labelSelector": f"{PART_OF_LABEL}={self.applyset.id}"}
        if not kind.namespaced:
            namespaces = [""]
        elif len(namespaces) >= CLUSTER_WIDE_FROM:
            try:
                yield from (pair for pair in self._paged(kind, "", query) if pair[0].namespace in namespaces)
                return
            except ApiError as error:
                if error.status != 403:
                    raise RefusedError(denied(error)) from error
        for namespace in namespaces:
            yield from self.items(kind, namespace, query)

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
            if error.status != 404:  # no such list: the kind's definition has just been deleted, and all its objects with it
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
                yield keyed(kind, obj)
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return

    # -- compare and rehearse --------------------------------------------------------------------------------------------------------

    def differ(self, desired: Object, live: Object) -> tuple[str, ...]:
        kind = self.discovery.find(desired["apiVersion"], desired["kind"])
        return differences(desired, live, MANAGER, lambda trail: self.schemas.at(kind, trail) if kind else PLAIN)

    def rehearse(self, change: Change) -> Change:
        """What the server says it would do: the change with its prediction, or KEEP where it would change nothing. Nothing is written."""
        if change.action is Action.DELETE:
            self._delete(change, dry_run=True)
            return change
        change, after = self._settled(change)
        if change.before is None:
            return replace(change, after=cleaned(after))
        fields = tuple(changed(cleaned(change.before), cleaned(after)))
        if not fields and owned_fields(change.before, MANAGER) != owned_fields(after, MANAGER):
            fields = change.fields
        return replace(change, after=cleaned(after), fields=fields, action=Action.UPDATE if fields else Action.KEEP)

    def _settled(self, change: Change) -> tuple[Change, Object]:
        """The prediction for the very object that was read. A controller that writes between reading and asking (a Deployment's annotations, say) would else
        look like a change of ours, so what has moved on is read again.
        """
        for _round in range(_REREADS):
            change, after = self._predicted(change)
            before = change.before
            if before is None or before["metadata"].get("resourceVersion") == after["metadata"].get("resourceVersion"):
                return change, after
            live = self.get(self._kind(before, change), change.key.namespace, change.key.name)
            if live is None or live["metadata"]["uid"] != before["metadata"]["uid"]:
                return change, after
            change = replace(change, before=live, force=False)
        return self._predicted(change)

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
        self._delete(change, dry_run=True)
        name = f"{change.key.name[: max(10, len(change.key.name) - 10)].rstrip('-.')}-rehearsal"
        stand_in = {**desired, "metadata": {**desired["metadata"], "name": name}}
        self._apply(replace(change, desired=stand_in), dry_run=True)
        return replace(change, action=Action.REPLACE, after=change.desired)

    # -- write -----------------------------------------------------------------------------------------------------------------------

    def write(self, change: Change, seconds: float) -> str:
        """Carry one change out; the resourceVersion that it led to. A replacement waits up to ``seconds`` for the old object to be gone."""
        if change.action in (Action.DELETE, Action.REPLACE):
            if change.key.group_kind == _DEFINITION:
                self._awaken(change.before or {})
            self._delete(change, dry_run=False)
        if change.action is Action.REPLACE and not self._gone(change, seconds):
            raise RefusedError(f"{change.origin}: {change.key}: deleted for replacement, but not gone after {seconds:.0f} s. A finalizer holds it; run again.")
        if change.action is Action.UPDATE:
            found = self._apply(change, dry_run=False)
        elif change.action in (Action.CREATE, Action.REPLACE):
            found = self._create(change)
        else:
            return ""
        return str(found["metadata"]["resourceVersion"])

    def _awaken(self, definition: Object) -> None:
        """Have a kind's objects listed once before its definition is deleted. A server that has never listed them prepares their storage only then, refuses its
        own first tries to empty it, and waits ever longer between them: minutes, in which the definition can neither go nor come again."""
        spec = definition.get("spec") or {}
        served = [version["name"] for version in spec.get("versions") or () if version.get("served")]
        if served:
            with suppress(ApiError):  # refused or gone already: the deletion will tell
                self.transport.request("GET", f"/apis/{spec['group']}/{served[0]}/{spec['names']['plural']}", query={"limit": 1})

    def _gone(self, change: Change, seconds: float) -> bool:
        before = change.before or {}
        kind = self.discovery.find(before["apiVersion"], change.key.kind)
        return kind is None or gone(self.transport, kind, change.key, before["metadata"]["uid"], seconds)

    def _create(self, change: Change) -> Object:
        """Apply what is not there. Apply would change what has come to be there meanwhile, unless it is told of a version that no object can have."""
        desired = change.desired or {}
        fresh = {**desired, "metadata": {**desired["metadata"], "resourceVersion": _NO_VERSION}}
        try:
            return self._apply(replace(change, desired=fresh, before=None), dry_run=False)
        except RefusedError as refused:
            if not refused.outdated and not refused.conflicts:
                raise
        live = self.get(self._kind(desired, change), change.key.namespace, change.key.name)
        if live is not None and self.applyset.owner_of(live)[0] is Owner.OURS:
            # Our own earlier try, whose answer was lost, or another run's: what it wrote is looked at when all is done.
            return self._apply(replace(change, before=live, force=False), dry_run=False)
        remedy = "Run again; if it is to be taken over, with adopt." if live else "Run again."
        raise RefusedError(f"{change.origin}: {change.key}: came to be while this run was writing, by another hand, and was left as it is. {remedy}")

    def _apply(self, change: Change, *, dry_run: bool) -> Object:
        obj = change.desired or {}
        if change.before and not dry_run:
            # Of this object and no other: what somebody deletes meanwhile does not come back, what he makes anew is not taken over.
            known = ("uid", "resourceVersion") if change.force else ("uid",)
            obj = {**obj, "metadata": {**obj["metadata"], **{name: change.before["metadata"][name] for name in known}}}
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
