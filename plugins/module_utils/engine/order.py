# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order kinds are written: what others refer to first. Deletion goes the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from .errors import OwnershipError
from .objects import Key, Object
from .plan import Action, Change, Observed, Owner

_ORDER = (
    ("Namespace",),
    ("CustomResourceDefinition",),
    ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "PriorityClass", "StorageClass", "ResourceQuota", "LimitRange", "NetworkPolicy"),
    ("ServiceAccount", "ClusterRole", "Role"),
    ("ClusterRoleBinding", "RoleBinding"),
    ("Secret", "ConfigMap", "PersistentVolume", "PersistentVolumeClaim"),
    ("Service", "GatewayClass", "consumers", "services", "upstreams"),
    ("Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler", "PodDisruptionBudget"),
    ("InferencePool", "InferenceObjective", "InferenceModelRewrite", "Gateway", "ReferenceGrant", "DestinationRule", "BackendTLSPolicy"),
    ("KongPlugin", "KongClusterPlugin", "KongUpstreamPolicy", "KongConsumerGroup", "routes", "targets"),
    ("HealthCheckPolicy", "GCPBackendPolicy", "GCPGatewayPolicy"),
    ("KongConsumer", "ApigeeBackendService", "APIMExtensionPolicy"),
    ("APIProduct",),
    ("APIOperationSet",),
    ("ListenerSet", "Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"),
    ("APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
)
_RANK = {kind: rank for rank, kinds in enumerate(_ORDER) for kind in kinds}
CRD_RANK = _RANK["CustomResourceDefinition"]
_REMEDY = "Give it another value, or take it away there first."
_UNKNOWN = _RANK["HTTPRoute"]
"""Kinds that we do not know are mostly custom resources that refer to built-in ones."""


def rank(key: Key) -> int:
    return _RANK.get(key.kind, _UNKNOWN)


def waves(changes: Iterable[Change], *, reverse: bool = False) -> list[list[Change]]:
    """Changes that may be written side by side, wave after wave."""
    by_rank: dict[int, list[Change]] = {}
    for change in changes:
        by_rank.setdefault(rank(change.key), []).append(change)
    return [by_rank[each] for each in sorted(by_rank, reverse=reverse)]


def freed(changes: tuple[Change, ...], observed: Mapping[Key, Observed], unique: Callable[[Object], Mapping[str, str]]) -> tuple[Change, ...]:
    """The plan with what holds a unique value that another object takes made to give it free first: a change in place becomes a replacement, whose old object
    goes before anything is written. Raises :class:`OwnershipError` where the holder stays.
    """
    holders = {value: key for key, seen in observed.items() for value in unique(seen.obj)}
    if not holders:
        return changes
    plan = {change.key: change for change in changes}
    problems, giving = [], set()
    for change in changes:
        for value, field in unique(change.desired).items() if change.writes and change.desired else ():
            holder = holders.get(value, change.key)
            if holder == change.key:
                continue
            if holder in plan and value not in _wanted(plan[holder], unique):
                giving.add(holder)
            else:
                problems.append(f"{change.origin}: {change.key}: {field} is taken on the gateway by {holder}{_whose(observed[holder])}. {_REMEDY}")
    if problems:
        raise OwnershipError(problems)
    return tuple(replace(change, action=Action.REPLACE) if change.key in giving and change.action is Action.UPDATE else change for change in changes)


def _wanted(change: Change, unique: Callable[[Object], Mapping[str, str]]) -> Mapping[str, str]:
    return unique(change.desired) if change.desired else {}


def _whose(seen: Observed) -> str:
    return {Owner.OURS: ", which this inventory no longer declares and, without prune, leaves alone", Owner.NOBODY: ", which is nobody's that we know of"}.get(
        seen.owner, f", which belongs to another owner ({seen.owner_id})"
    )


def early(changes: Iterable[Change], unique: Callable[[Object], Mapping[str, str]]) -> frozenset[Key]:
    """Objects whose old state has to be gone before the first write, since another one takes a unique value of theirs."""
    todo = [change for change in changes if change.writes]
    taken = {value: change.key for change in todo for value in _wanted(change, unique)}
    leaving = [(change.key, change.before) for change in todo if change.action in (Action.DELETE, Action.REPLACE)]
    return frozenset(key for key, before in leaving if before and any(taken.get(value, key) != key for value in unique(before)))
