# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why something does not become ready, asked of the cluster once waiting has failed. Never raises: a hint is no result."""

from __future__ import annotations

from ..engine.errors import GatewayError
from ..engine.objects import GroupKind, Key, Object
from .kubernetes import KubernetesStore

_GATEWAY_CLASS = GroupKind("gateway.networking.k8s.io", "GatewayClass")
_POD = GroupKind("", "Pod")


def hint(store: KubernetesStore, key: Key, obj: Object | None) -> str:
    """One or two sentences, or nothing."""
    if obj is None:
        return ""
    try:
        if key.kind == "Gateway":
            return _gateway_class(store, obj)
        if key.kind in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
            return _pods(store, key, obj)
    except GatewayError:
        return ""
    return ""


def _gateway_class(store: KubernetesStore, obj: Object) -> str:
    kind = store.discovery.best(_GATEWAY_CLASS)
    name = obj["spec"].get("gatewayClassName", "")
    found = store.get(kind, "", name) if kind else None
    if found is None:
        return f"There is no GatewayClass {name}: install the gateway that brings it, or name another class."
    accepted = [each for each in (found.get("status") or {}).get("conditions") or () if each.get("type") == "Accepted"]
    if not accepted or accepted[0].get("status") != "True":
        return f"GatewayClass {name} is not Accepted: no running controller calls itself {found['spec'].get('controllerName')}."
    return ""


def _pods(store: KubernetesStore, key: Key, obj: Object) -> str:
    """The first complaint of a pod: why it is not scheduled, or why its container does not start."""
    kind = store.discovery.best(_POD)
    labels = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
    if kind is None or not labels:
        return ""
    selector = ",".join(f"{name}={value}" for name, value in labels.items())
    for pod, found in store.items(kind, key.namespace, {"labelSelector": selector}):
        status = found.get("status") or {}
        for condition in status.get("conditions") or ():
            if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
                return f"Pod {pod.name} is {status.get('phase')}: {condition.get('message') or condition.get('reason')}"
        for container in status.get("containerStatuses") or ():
            if waiting := (container.get("state") or {}).get("waiting"):
                return f"Pod {pod.name}, container {container.get('name')}: {waiting.get('reason')} {waiting.get('message') or ''}".rstrip()
    return ""
