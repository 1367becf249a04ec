# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at the cluster: what is there beside the declarations that they rely on. Reads, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..engine.errors import GatewayError, RefusedError
from ..engine.objects import GroupKind, Object, key_of
from ..engine.ownership import ApplySet
from ..models.codecs import Report
from ..models.decode import entries_of
from ..models.gateway import Gateway
from ..models.reading.gateways import SHAPE
from ..models.refs import GATEWAY, INFERENCE_POOL, REFERENCE_GRANT, SECRET, SERVICE
from ..stores.connect import IMPORT_ERROR, connect
from ..stores.discovery import Discovery
from ..stores.kubernetes import KubernetesStore
from ..stores.reader import Reader
from .manifests import NAMESPACE, Place
from .rules.listeners import listeners
from .workloads import POD
from .world import World, targets

LISTED = (SERVICE, POD, INFERENCE_POOL, REFERENCE_GRANT, GATEWAY)
"""Kinds of which everything in a namespace is read."""


@dataclass
class Sight:
    """``hidden`` says what we were not allowed to look at; rules that need it stay silent."""

    cluster: KubernetesStore
    hidden: list[str]

    def facts(self, world: World) -> dict[GroupKind, dict[Place, Object]]:
        spaces = sorted(namespaces(world))
        wanted = [(kind, spaces) for kind in LISTED] + [(NAMESPACE, [""])]
        found = {kind: objects for kind, places in wanted if (objects := self._listed(kind, places)) is not None}
        secrets = self._secrets(set(certificates(world)))
        return found if secrets is None else found | {SECRET: secrets}

    def _listed(self, kind: GroupKind, spaces: list[str]) -> dict[Place, Object] | None:
        found: dict[Place, Object] = {}
        try:
            for space in spaces:
                reader = Reader(self.cluster, space, (), frozenset(), None, [])
                found |= {(key.namespace, key.name): obj for obj in reader.objects([kind]) for key in (key_of(obj),)}
        except RefusedError as error:
            self.hidden.append(f"{kind} objects are not looked at: {error}")
            return None
        return found

    def _secrets(self, wanted: set[Place]) -> dict[Place, Object] | None:
        """Which keys the Secrets of certificates have. Their values are dropped at once."""
        served = self.cluster.discovery.best(SECRET)
        found: dict[Place, Object] = {}
        try:
            for namespace, name in sorted(wanted) if served else ():
                secret = self.cluster.get(served, namespace, name) if served else None
                if secret is not None:
                    found[namespace, name] = {"data": dict.fromkeys(secret.get("data") or (), "")}
        except RefusedError as error:
            self.hidden.append(f"Secrets are not looked at: {error}")
            return None
        return found


def certificates(world: World) -> Iterator[Place]:
    """Secrets that listeners take their certificates from."""
    for entry, listener, _where in listeners(world):
        for item in listener.tls.certificates if listener.tls else ():
            if item.ref.target == SECRET:
                yield item.namespace or entry.namespace, item.name


def namespaces(world: World) -> set[str]:
    """Where anything is that the declarations are about."""
    found = {entry.namespace for entries in (world.gateways, world.routes, world.pools, world.objectives) for entry in entries or ()}
    found |= {item.namespace for item in world.objects or ()} - {""}
    found |= {parent.namespace for entry in world.routes or () for parent in entry.value.parents if parent.namespace}
    found |= {target.namespace for _entry, target, _where in targets(world) if target.namespace}
    return found | {namespace for namespace, _name in certificates(world)}


def standing(gateways: Mapping[Place, Object]) -> list[Any]:
    """Gateways of the cluster as entries; one that no entry can say is left out, and its listeners are not known then."""
    found = []
    for (namespace, name), obj in gateways.items():
        report = Report()
        raw = SHAPE.read(obj | {"spec": SHAPE.tidied(obj.get("spec") or {})})
        read = entries_of(Gateway, [raw], "gateways", namespace, report)
        found += [replace(entry, origin=f"Gateway {namespace}/{name} of the cluster") for entry in read]
    return found


def look(world: World, params: Mapping[str, Any]) -> tuple[World, list[str]]:
    """The world with what the cluster has, and what we were not allowed to look at."""
    if IMPORT_ERROR:
        raise GatewayError("cluster: true needs the Python package kubernetes where the module runs.")
    transport = connect(params, 8)
    cluster = KubernetesStore(transport, Discovery(transport), ApplySet("", ""))
    sight = Sight(cluster, [])
    facts = sight.facts(world)
    return replace(world, facts=facts, standing=[*standing(facts.get(GATEWAY, {})), *world.standing]), sight.hidden
