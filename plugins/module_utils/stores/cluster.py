# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kubernetes cluster as the backend of a module: the set that its entries make up, and the transport to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..engine.backend import Backend
from ..engine.errors import InputError, Issue
from ..engine.objects import Desired, GroupKind, Key, Kind, Object
from ..engine.ownership import ApplySet
from ..engine.report import hidden
from ..models.kong import veiled_plugin
from .connect import connect
from .discovery import Discovery
from .kubernetes import KubernetesStore
from .owned import OwnedStore
from .parent import Parent

if TYPE_CHECKING:
    from ..engine.converge import Options

KONG = "kong"
"""The key of :attr:`Kind.elsewhere` for what a Kong's Admin API keeps."""
DEFAULT_OWNER = "inference-gateway"
MANY = 8
"""Objects that are looked up one by one; more of them are listed."""
ENTRY_SETS = ("gateways", "inference_routes", "inference_pools", "inference_objectives", "kong_consumers")
"""The lists whose modules keep a set of their own beside the one that is named after the owner alone."""


def set_of(kind: Kind, owner: str, namespace: str) -> ApplySet:
    return ApplySet(set_name(kind, owner), namespace)


def set_name(kind: Kind, owner: str) -> str:
    return f"{owner}.{kind.option.replace('_', '-')}" if kind.named else owner


def open_cluster(kind: Kind, params: Mapping[str, Any], options: Options) -> Backend:
    transport = connect(params, max(options.concurrency, 4) + 4)
    owner = params["owner"] or DEFAULT_OWNER
    module = next((option for option in ENTRY_SETS if not kind.named and owner.endswith(f".{option.replace('_', '-')}")), "")
    if module:
        problem = f"{owner} names the set of module {module} with owner {owner.rpartition('.')[0]}, which would be shared."
        raise InputError([Issue("owner", problem, "Choose another name.")])
    applyset = set_of(kind, owner, params["namespace"])
    cluster = KubernetesStore(transport, Discovery(transport), applyset, params["force_conflicts"], options.concurrency)
    store = OwnedStore(cluster, Parent(transport, applyset))
    if kind.option == "kong_consumers":
        from .kong.credentials import CredentialStore

        store = CredentialStore(cluster, store.parent)
    return Backend(
        store,
        kind.build,
        cluster.discovery.served,
        lambda origins: _named(kind, origins, cluster),
        lambda keys: _standing(cluster, keys),
        veiled_plugin if KONG in kind.elsewhere else hidden,
    )


def _named(kind: Kind, origins: Mapping[str, str], cluster: KubernetesStore) -> list[Desired]:
    """What entries identify: the object of their own name, in each group in which the cluster serves that kind."""
    wanted = []
    for group_kind in kind.group_kinds:
        served = cluster.discovery.best(group_kind) if group_kind.kind == kind.group_kinds[0].kind else None
        for entry, origin in origins.items():
            if served is None:
                break
            namespace, _slash, name = entry.partition("/")
            obj = {"apiVersion": served.api_version, "kind": served.kind, "metadata": {"name": name, "namespace": namespace}}
            wanted.append(Desired(obj, origin, entry))
    return wanted


def _standing(cluster: KubernetesStore, keys: Iterable[Key]) -> dict[Key, Object]:
    """One by one, or where there are many all credentials of their namespace."""
    from .kong.credentials import LABEL

    found: dict[Key, Object] = {}
    groups: dict[tuple[GroupKind, str], list[Key]] = {}
    for key in keys:
        groups.setdefault((key.group_kind, key.namespace), []).append(key)
    for (group_kind, namespace), wanted in groups.items():
        served = cluster.discovery.best(group_kind)
        if served and len(wanted) > MANY:
            listed = dict(cluster.items(served, namespace, {"labelSelector": LABEL}))
            found |= {key: listed[key] for key in wanted if key in listed}
        elif served:
            found |= {key: obj for key in wanted if (obj := cluster.get(served, namespace, key.name))}
    return found
