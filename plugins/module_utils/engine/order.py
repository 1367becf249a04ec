# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order kinds are written: what others refer to first. Deletion goes the other way."""

from __future__ import annotations

from collections.abc import Iterable

from .objects import Key
from .plan import Change

_ORDER = (
    ("Namespace",),
    ("CustomResourceDefinition",),
    ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "PriorityClass", "StorageClass", "ResourceQuota", "LimitRange", "NetworkPolicy"),
    ("ServiceAccount", "ClusterRole", "Role"),
    ("ClusterRoleBinding", "RoleBinding"),
    ("Secret", "ConfigMap", "PersistentVolume", "PersistentVolumeClaim"),
    ("Service", "GatewayClass"),
    ("Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler", "PodDisruptionBudget"),
    ("InferencePool", "InferenceObjective", "InferenceModelRewrite", "Gateway", "ReferenceGrant", "DestinationRule", "BackendTLSPolicy"),
    ("ListenerSet", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"),
    ("APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
)
_RANK = {kind: rank for rank, kinds in enumerate(_ORDER) for kind in kinds}
CRD_RANK = _RANK["CustomResourceDefinition"]
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
