# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what is there, for the info modules: all of a namespace, of the cluster, or of one owner. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..engine.objects import GroupKind, Key, Object
from ..engine.ownership import PART_OF_LABEL
from ..engine.plan import Owner
from .kubernetes import MANAGER, KubernetesStore
from .parent import Parent


@dataclass
class Reader:
    """Implements :class:`engine.info.Cluster`.

    ``namespace`` empty: everywhere. ``parent``: only members of that set, wherever it says that they are. ``names`` empty: any. ``missing`` receives the
    kinds that the cluster does not serve.
    """

    cluster: KubernetesStore
    namespace: str
    selectors: tuple[str, ...]
    names: frozenset[str]
    parent: Parent | None
    missing: list[GroupKind]
    manager: str = MANAGER

    def objects(self, kinds: Iterable[GroupKind]) -> list[Object]:
        if self.parent is not None:
            self.parent.load()
            if self.parent.live is None:
                return []
        found: dict[Key, Object] = {}
        for group_kind in kinds:
            served = self.cluster.discovery.best(group_kind)
            if served is None:
                self.missing.append(group_kind)
                continue
            selector = ",".join(self._selectors())
            for namespace in self._namespaces() if served.namespaced else [""]:
                found.update(self.cluster.items(served, namespace, {"labelSelector": selector} if selector else {}))
        return [obj for key, obj in found.items() if self._wanted(key, obj)]

    def recorded(self) -> list[GroupKind]:
        """The kinds in the owner's set."""
        if self.parent is None:
            return []
        self.parent.load()
        return sorted(self.parent.scope.group_kinds)

    def exists(self, key: Key, api_version: str) -> bool:
        served = self.cluster.discovery.find(api_version, key.kind)
        return served is not None and self.cluster.get(served, key.namespace, key.name) is not None

    def _selectors(self) -> Iterable[str]:
        mark = (f"{PART_OF_LABEL}={self.cluster.applyset.id}",) if self.parent else ()
        return (*self.selectors, *mark)

    def _namespaces(self) -> list[str]:
        if self.parent is None:
            return [self.namespace]
        return sorted({self.cluster.applyset.namespace, *self.parent.scope.namespaces})

    def _wanted(self, key: Key, obj: Object) -> bool:
        if self.names and key.name not in self.names:
            return False
        return self.parent is None or self.cluster.applyset.owner_of(obj)[0] is Owner.OURS
