# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes store of one owner: :class:`kubernetes.KubernetesStore` and the set's parent, as the engine wants them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..engine.errors import InputError, Issue, NotReadyError, RefusedError
from ..engine.objects import Desired, GroupKind, Key, Object, group_of, key_of
from ..engine.ownership import PART_OF_LABEL, Scope
from ..engine.plan import Change, Observed
from . import manifests
from .explain import unknown_kind
from .follow import follow
from .kubernetes import KubernetesStore
from .parent import Parent
from .transport import GRACE

POOL = GroupKind("inference.networking.k8s.io", "InferencePool")


@dataclass
class OwnedStore:
    """Implements :class:`engine.store.Store` for Kubernetes."""

    whole: ClassVar[bool] = False

    cluster: KubernetesStore
    parent: Parent

    @property
    def home(self) -> str:
        return self.cluster.applyset.namespace

    def open(self) -> None:
        self.parent.load()

    def place(self, wanted: Iterable[Desired]) -> list[tuple[Key, Desired]]:
        items = list(wanted)
        if issues := [issue for item in items for issue in manifests.problems(item.obj, item.origin)]:
            raise InputError(issues)
        scopes = {brought: item.obj["spec"].get("scope") for item in items if (brought := self.brings(item.obj))}
        placed, misplaced = [], []
        for item in items:
            kind = self.cluster.discovery.find(item.obj["apiVersion"], item.obj["kind"])
            scope = scopes.get(GroupKind(group_of(item.obj["apiVersion"]), item.obj["kind"]))
            namespaced = kind.namespaced if kind else (scope == "Namespaced" if scope else None)
            if issue := manifests.misplaced(item, namespaced):
                misplaced.append(issue)
            settled = manifests.placed(item, namespaced, self.home)
            if key_of(settled.obj) == self.parent.key:
                misplaced.append(Issue(item.origin, f"{self.parent.key} records the owner's set itself.", "Give it another name, or choose another owner."))
            placed.append((key_of(settled.obj), Desired(self.cluster.applyset.mark(settled), item.origin, item.entry)))
        if misplaced:
            raise InputError(misplaced)
        return placed

    def unknown(self, desired: Mapping[Key, Desired]) -> dict[Key, str]:
        discovery = self.cluster.discovery
        return {
            key: unknown_kind(key, item.obj["apiVersion"], discovery.served(key.group_kind))
            for key, item in desired.items()
            if discovery.find(item.obj["apiVersion"], key.kind) is None
        }

    def brings(self, obj: Object) -> GroupKind | None:
        spec = obj.get("spec")
        if obj["kind"] != "CustomResourceDefinition" or not isinstance(spec, Mapping):
            return None
        group, names = spec.get("group"), spec.get("names")
        kind = names.get("kind") if isinstance(names, Mapping) else None
        return GroupKind(group, kind) if isinstance(group, str) and isinstance(kind, str) else None

    def observe(self, desired: Mapping[Key, Object], versions: Mapping[Key, str] | None = None) -> dict[Key, Observed]:
        return self.cluster.observe(desired, self.parent.scope | Scope.of(desired, self.home), versions)

    def differ(self, desired: Object, live: Object) -> tuple[str, ...]:
        return self.cluster.differ(desired, live)

    def unique(self, _obj: Object) -> dict[str, str]:
        """Names are what is unique here, and they are identities."""
        return {}

    def rehearse(self, change: Change) -> Change:
        return self.cluster.rehearse(change)

    def rehearse_replacement(self, change: Change) -> Change:
        return self.cluster.rehearse_replacement(change)

    def write(self, change: Change, seconds: float) -> str:
        return self.cluster.write(change, seconds)

    def write_whole(self, changes: Iterable[Change]) -> None:
        raise NotImplementedError("a cluster takes object by object")

    def record_key(self) -> Key:
        return self.parent.key

    def record(self, remaining: Iterable[Key]) -> str:
        return self.parent.action(self._scope(remaining))

    def rehearse_record(self, remaining: Iterable[Key]) -> None:
        self.parent.rehearse(self._scope(remaining))

    def widen(self, coming: Iterable[Key], claim: bool) -> None:
        self.parent.settle(self.parent.scope | Scope.of(coming, self.home), claim)

    def settle(self, remaining: Iterable[Key]) -> None:
        self.parent.settle(self._scope(remaining))

    def _scope(self, remaining: Iterable[Key]) -> Scope | None:
        """Where the set's members are. Kinds that could not be looked at stay, and then also every namespace in which some may be."""
        keys, unseen = list(remaining), self.cluster.unseen(self.parent.scope)
        if unseen:
            return Scope.of(keys, self.home) | Scope(unseen, self.parent.scope.namespaces)
        return Scope.of(keys, self.home) if keys else None

    def await_kinds(self, definitions: Mapping[Key, Object], seconds: float) -> None:
        self.await_ready(definitions, (), seconds)
        deadline = time.monotonic() + seconds
        while True:  # the CRD is Established a moment before discovery shows it, and that moment cannot be watched
            self.cluster.forget()
            if all(self.cluster.discovery.best(kind) for obj in definitions.values() if (kind := self.brings(obj))):
                return
            if time.monotonic() > deadline:
                raise NotReadyError({str(key): "Established, but not served by discovery" for key in definitions}, seconds)
            self.cluster.transport.sleep(0.1)

    def await_ready(self, present: Mapping[Key, Object], absent: Iterable[Object], seconds: float) -> None:
        from ..engine import readiness  # here, as most runs wait for nothing
        from ..engine.wait import wait
        from .diagnose import hint
        from .endpoints import await_endpoints

        deadline = time.monotonic() + seconds
        query = {"labelSelector": f"{PART_OF_LABEL}={self.cluster.applyset.id}"}

        def states(address: tuple[str, str, str]) -> Iterator[Mapping[Key, Object]]:
            api_version, kind, namespace = address
            served = self.cluster.discovery.find(api_version, kind)
            return iter(({},)) if served is None else follow(self.cluster.transport, served, namespace, query, deadline)

        def told(key: Key, obj: Object | None) -> str:
            """No hint from a server that would have to be waited for."""
            return hint(self.cluster, key, obj) if time.monotonic() < deadline + GRACE else ""

        self.cluster.transport.deadline = deadline
        try:
            wait(present, absent, states, readiness.unmet, told, seconds, readiness.lost)
            pools = {key: obj for key, obj in present.items() if key.group_kind == POOL}
            await_endpoints(pools, lambda namespace: self._pods(namespace, deadline), seconds)
        except RefusedError as error:
            raise RefusedError(f"Everything is written, but it cannot be waited for: {error}") from error
        finally:
            self.cluster.transport.deadline = math.inf

    def _pods(self, namespace: str, deadline: float) -> Iterator[Mapping[Key, Object]]:
        served = self.cluster.discovery.find("v1", "Pod")
        return iter(()) if served is None else follow(self.cluster.transport, served, namespace, {}, deadline)
