# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods run, or will: what selectors of pools and Services can take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.objects import GroupKind, Object
from .manifests import Manifest, Place, at, labels_of, listed

POD = GroupKind("", "Pod")
PLAIN_GROUPS = ("", "apps", "batch")
"""Groups whose kinds make pods of nothing but their template."""

SERVING = ("apps.nvidia.com", "kaito.sh", "ollama.ayaka.io", "production-stack.vllm.ai", "serving.kserve.io")
"""Groups of operators that make model servers of little more than a model's name: containers stand nowhere in their kinds."""


@dataclass(frozen=True)
class Pods:
    """Pods of one kind that are, or will be: their labels and containers, and where that stands."""

    origin: str
    labels: Mapping[str, Any]
    containers: tuple[Mapping[str, Any], ...]
    links: bool
    """Whether every Service of the namespace becomes environment variables."""
    replicas: Any = None

    @property
    def ports(self) -> set[int]:
        found = (at(port, "containerPort") for container in self.containers for port in listed(container.get("ports")))
        return {port for port in found if isinstance(port, int)}

    @property
    def port_names(self) -> set[str]:
        found = (at(port, "name") for container in self.containers for port in listed(container.get("ports")))
        return {name for name in found if isinstance(name, str)}


def pods_of(obj: Object, origin: str, kind: GroupKind) -> Iterator[Pods]:
    """The pods that an object is or makes."""
    if kind == POD:
        yield _pods(obj, origin, None)
    elif kind.kind == "CronJob":
        yield _pods(at(obj, "spec", "jobTemplate", "spec", "template"), origin, None)
    elif isinstance(at(obj, "spec", "template"), Mapping):
        yield _pods(obj["spec"]["template"], origin, at(obj, "spec", "replicas"))


def _pods(template: Any, origin: str, replicas: Any) -> Pods:
    first = (item for item in listed(at(template, "spec", "initContainers")) if at(item, "restartPolicy") == "Always")
    running = (*listed(at(template, "spec", "containers")), *first)  # sidecars among them, which Kubernetes writes as init containers that stay
    containers = tuple(item for item in running if isinstance(item, Mapping))
    return Pods(origin, labels_of(template), containers, at(template, "spec", "enableServiceLinks") is not False, replicas)


@dataclass(frozen=True)
class Workloads:
    """What runs in each namespace, as far as it can be told. ``dark`` are namespaces with objects of kinds that may make any pod."""

    pods: Mapping[str, list[Pods]]
    dark: frozenset[str]

    def selected(self, namespace: str, selector: Mapping[str, Any]) -> list[Pods]:
        return [item for item in self.pods.get(namespace, ()) if selector.items() <= item.labels.items()]


def workloads(objects: Iterable[Manifest], running: Mapping[Place, Object] | None) -> Workloads:
    """Declared workloads, and pods that the cluster has; None where nobody asked it."""
    pods: dict[str, list[Pods]] = {}
    dark: set[str] = set()
    for manifest in objects:
        made = list(pods_of(manifest.obj, manifest.origin, manifest.kind))
        if manifest.kind.group in SERVING or (manifest.kind.group not in PLAIN_GROUPS and (made or _opaque(manifest.obj))):
            dark.add(manifest.namespace)
        pods.setdefault(manifest.namespace, []).extend(made)
    for (namespace, name), obj in (running or {}).items():
        pods.setdefault(namespace, []).extend(pods_of(obj, f"Pod {namespace}/{name}", POD))
    return Workloads(pods, frozenset(dark) if running is None else frozenset())


def _opaque(value: Any) -> bool:
    """Whether containers stand somewhere inside: a kind of an operator, which makes pods with labels of its own."""
    if isinstance(value, Mapping):
        return "containers" in value or any(_opaque(part) for part in value.values())
    return isinstance(value, list) and any(_opaque(part) for part in value)
