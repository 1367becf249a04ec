# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kthena's kinds as a user declares them: kind, name and spec. What is known to go wrong is said here; the rest of a spec the server checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..engine.objects import Object
from ..models.codecs import Flag, Report, Text
from ..models.decode import Nested, optional, origin_of, required
from ..models.refs import dropped
from ..models.text import ANNOTATIONS, LABELS, NAME, NAMESPACE
from . import image as images
from .tree import Tree

OPTION = "kthena_objects"
WORKLOAD = "workload.serving.volcano.sh/v1alpha1"
NETWORKING = "networking.serving.volcano.sh/v1alpha1"
API_VERSIONS = {
    "ModelBooster": WORKLOAD,
    "ModelServing": WORKLOAD,
    "AutoscalingPolicy": WORKLOAD,
    "ModelServer": NETWORKING,
    "ModelRoute": NETWORKING,
}
EVERYWHERE = ("every Gateway",)


@dataclass(frozen=True, kw_only=True)
class KthenaObject:
    kind: str = required(Text("a kind", choices=tuple(API_VERSIONS)))
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    labels: dict[str, str] | None = optional(LABELS)
    annotations: dict[str, str] | None = optional(ANNOTATIONS)
    spec: dict[str, Any] = required(Tree())
    allow_latest: bool | None = optional(Flag())

    HINTS: ClassVar[dict[str, str]] = {
        "apiVersion": "It follows from kind.",
        "metadata": "Write name, namespace, labels and annotations beside kind.",
    }

    def check(self, where: str, report: Report) -> None:
        if self.kind == "ModelBooster":
            _booster(self.spec, f"{where}.spec", report)
        if self.kind == "ModelRoute":
            _route(self.spec, f"{where}.spec", report)
        if not self.allow_latest:
            _images(self.spec, f"{where}.spec", report)


@dataclass(frozen=True)
class Cluster:
    """What decides whether an object does anything: the router's Gateway API mode, and whether Volcano schedules."""

    gateway_api: bool
    volcano: bool


@dataclass(frozen=True)
class Declared:
    value: KthenaObject
    origin: str
    namespace: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.value.kind, self.namespace, self.value.name)


def manifests(entries: Sequence[object], namespace: str, cluster: Cluster) -> list[Object]:
    """Every entry as a manifest; raises InputError with all that is wrong."""
    report = Report()
    declared = list(_declared(entries, namespace, report))
    _twice(declared, report)
    for each in declared:
        _works(each, cluster, report)
    _one_answer(declared, report)
    report.raise_if_any()
    return [_manifest(each) for each in declared]


def _declared(entries: Sequence[object], namespace: str, report: Report) -> Iterator[Declared]:
    codec = Nested(KthenaObject)
    for index, entry in enumerate(entries):
        origin = origin_of(OPTION, index, entry)
        value = codec.read(entry, origin, report)
        if value is not None:
            yield Declared(value, origin, value.namespace or namespace)


def _manifest(each: Declared) -> Object:
    value = each.value
    meta = {"name": value.name, "namespace": each.namespace, "labels": value.labels, "annotations": value.annotations}
    return {"apiVersion": API_VERSIONS[value.kind], "kind": value.kind, "metadata": dropped(meta), "spec": value.spec}


def _twice(declared: list[Declared], report: Report) -> None:
    places: dict[tuple[str, str, str], str] = {}
    for each in declared:
        first = places.setdefault(each.key, each.origin)
        if first != each.origin:
            report.add(each.origin, f"{each.value.kind} {each.namespace}/{each.value.name} is declared twice; the first is {first}.", "Rename one.")


def _booster(spec: Mapping[str, Any], where: str, report: Report) -> None:
    backend = spec.get("backend")
    old = [name for name in ("minReplicas", "maxReplicas") if isinstance(backend, Mapping) and name in backend]
    if old:
        remedy = "Write replicas, and an AutoscalingPolicy where the number is to change."
        report.add(f"{where}.backend", f"{' and '.join(old)} went with Kthena 1.0.", remedy)


def _route(spec: Mapping[str, Any], where: str, report: Report) -> None:
    for index, rule in enumerate(_mappings(spec.get("rules"))):
        targets = list(_mappings(rule.get("targetModels")))
        if targets and all(target.get("weight") == 0 for target in targets):
            report.add(
                f"{where}.rules[{index}].targetModels", "all weights are 0, so the rule answers nothing.", "Give one of them a weight, or drop the rule."
            )


def _images(value: Any, where: str, report: Report) -> None:
    """Wherever Kthena takes an image: in workers, and in the pods of roles."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name == "image" and isinstance(part, str) and not images.parse(part).pinned:
                report.add(f"{where}.image", f"{part} means another image tomorrow.", "Write a version or a digest, or allow_latest: true in the entry.")
            else:
                _images(part, f"{where}.{name}", report)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _images(part, f"{where}[{index}]", report)


def _works(each: Declared, cluster: Cluster, report: Report) -> None:
    spec = each.value.spec
    if each.value.kind == "ModelRoute" and cluster.gateway_api and not spec.get("parentRefs"):
        problem = "names no Gateway, and the router passes over such routes in silence when it serves the Gateway API."
        report.add(f"{each.origin}.spec", f"parentRefs {problem}", "Write parentRefs: [{name: NAME, namespace: NAMESPACE}].")
    if cluster.volcano or each.value.kind not in ("ModelServing", "ModelBooster"):
        return
    place = "backend.schedulerName" if each.value.kind == "ModelBooster" else "schedulerName"
    holder = spec.get("backend") if each.value.kind == "ModelBooster" else spec
    name = holder.get("schedulerName") if isinstance(holder, Mapping) else None
    if name in (None, "volcano"):
        problem = "pods go to the scheduler volcano, which this cluster has not: they stay Pending."
        report.add(f"{each.origin}.spec.{place}", problem, "Write kthena_volcano: true, or schedulerName: default-scheduler.")


def _one_answer(declared: list[Declared], report: Report) -> None:
    """A router knows one route for a model's name; which of two it takes is chance, and neither says so."""
    places: dict[tuple[str, str], str] = {}
    for each in declared:
        name = each.value.spec.get("modelName")
        if each.value.kind != "ModelRoute" or not name:
            continue
        for parent in _parents(each):
            first = places.setdefault((str(name), parent), each.origin)
            if first != each.origin:
                problem = f"modelName {name} at {parent} is also that of {first}; only one of them is used."
                report.add(f"{each.origin}.spec.modelName", problem, "Use another name, other parentRefs, or one route with several rules.")


def _parents(each: Declared) -> tuple[str, ...]:
    refs = [f"Gateway {ref.get('namespace') or each.namespace}/{ref.get('name')}" for ref in _mappings(each.value.spec.get("parentRefs"))]
    return tuple(refs) or EVERYWHERE


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """What of a list can be looked at; the server says what is wrong with the rest."""
    yield from (each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else ()
