# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declared vLLM server becomes objects of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.objects import Object
from ..models.codecs import Report
from ..models.decode import Entry, entries_of
from ..models.refs import dropped
from . import pod, rules
from .nodes import Want
from .vllm import Cache, Vllm

OPTION = "vllm_models"
DEFAULT_METRIC = "vllm_num_requests_waiting"


@dataclass(frozen=True)
class Rendered:
    """Claims are apart: a server that leaves the inventory takes its Deployment along, not what was downloaded in hours."""

    servers: list[Object]
    caches: list[Object]
    gpus: list[Want]


def declared(models: Sequence[object], namespace: str, images: Mapping[str, str]) -> list[Entry[Vllm]]:
    """Every entry, checked; raises InputError with all that is wrong."""
    report = Report()
    entries = entries_of(Vllm, models, OPTION, namespace, report)
    for entry in entries:
        if entry.value.image is None:
            rules.check_image(entry.value, entry.value.image_of(images), entry.origin, report)
    report.raise_if_any()
    return entries


def render(models: Sequence[object], namespace: str, images: Mapping[str, str]) -> Rendered:
    servers: list[Object] = []
    caches: list[Object] = []
    entries = declared(models, namespace, images)
    for entry in entries:
        servers += [each for each in (workload(entry, images), service(entry), budget(entry), autoscaler(entry)) if each]
        caches += claim(entry)
    return Rendered(servers, caches, [want for entry in entries if (want := gpus(entry))])


def gpus(entry: Entry[Vllm]) -> Want | None:
    server = entry.value
    if not server.gpu_resource or not server.least_replicas:
        return None
    count, pods = server.gpu_count, server.least_replicas
    return Want(origin=entry.origin, resource=server.gpu_resource, count=count, pods=pods, node_selector=server.node_selector or {})


def labels(server: Vllm) -> dict[str, str]:
    """The standard's words last: a user's label may not stand in for them."""
    ours = {
        "app.kubernetes.io/component": "model-server",
        "app.kubernetes.io/managed-by": "inference.gateway",
        "inference.networking.k8s.io/engine-type": "vllm",
    }
    return ours | (server.labels or {}) | selector(server)


def selector(server: Vllm) -> dict[str, str]:
    return dict(zip(rules.SELECTED, ("vllm", server.name), strict=True))


def metadata(entry: Entry[Vllm], name: str = "") -> dict[str, Any]:
    return {"name": name or entry.name, "namespace": entry.namespace, "labels": labels(entry.value)}


def workload(entry: Entry[Vllm], images: Mapping[str, str]) -> Object:
    server = entry.value
    annotations = {"annotations": dict(server.pod_annotations)} if server.pod_annotations else {}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": selector(server)},
        "template": {"metadata": {"labels": labels(server)} | annotations, "spec": pod.spec(server, server.image_of(images).reference)},
    }
    if server.autoscaling is None:
        spec["replicas"] = 1 if server.replicas is None else server.replicas
    if server.stateful:
        kind = "StatefulSet"
        spec |= {"serviceName": entry.name, "podManagementPolicy": "Parallel"} | _templates(server)
    else:
        kind = "Deployment"
        # Pulling an image of 20 GB counts too.
        spec |= {"strategy": strategy(server), "progressDeadlineSeconds": pod.startup_seconds(server) + 1800}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata(entry), "spec": spec}


def strategy(server: Vllm) -> dict[str, Any]:
    """A new pod beside the old one waits for ever where the old one holds the last GPU, so one has to go first unless told otherwise."""
    if server.surge:
        return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": server.surge, "maxUnavailable": 0}}
    if server.most_replicas <= 1:
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}


def service(entry: Entry[Vllm]) -> Object:
    server = entry.value
    port = {"name": "http", "port": pod.port(server), "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}
    spec = {"type": "ClusterIP", "selector": selector(server), "ports": [port]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata(entry), "spec": spec}


def budget(entry: Entry[Vllm]) -> Object | None:
    """None for one replica: a budget would only keep its node from being drained."""
    server = entry.value
    if server.least_replicas < 2:
        return None
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": selector(server)}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata(entry), "spec": spec}


def autoscaler(entry: Entry[Vllm]) -> Object | None:
    """By what waits in the engines, not by CPU. Down slowly: a new pod loads its weights for minutes."""
    scaling = entry.value.autoscaling
    if scaling is None:
        return None
    kind = "StatefulSet" if entry.value.stateful else "Deployment"
    metric = {"name": scaling.metric or DEFAULT_METRIC}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": entry.name},
        "minReplicas": scaling.min_replicas or 1,
        "maxReplicas": scaling.max_replicas,
        "metrics": [{"type": "Pods", "pods": {"metric": metric, "target": {"type": "AverageValue", "averageValue": scaling.target or "5"}}}],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},
    }
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata(entry), "spec": spec}


def claim(entry: Entry[Vllm]) -> list[Object]:
    cache = entry.value.cache
    if cache is None or cache.size is None or entry.value.stateful:
        return []
    name = pod.claim_name(entry.value)
    return [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata(entry, name), "spec": claim_spec(cache)}]


def claim_spec(cache: Cache) -> dict[str, Any]:
    return dropped(
        {
            "accessModes": [cache.access_mode or "ReadWriteOnce"],
            "resources": {"requests": {"storage": cache.size}},
            "storageClassName": cache.storage_class,
        }
    )


def _templates(server: Vllm) -> dict[str, Any]:
    if server.cache is None or server.cache.size is None:
        return {}
    template = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": pod.CACHE}, "spec": claim_spec(server.cache)}
    return {"volumeClaimTemplates": [template]}
