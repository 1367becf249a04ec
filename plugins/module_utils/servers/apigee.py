# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of the Apigee operator as a user declares them: kind, name and spec. What Google's pages say of a spec is checked; the rest the server judges.

Of four kinds the fields are documented (``apigee_kinds``). Others of the group, such as templates and their policies, pass as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..engine.objects import Object
from ..models.codecs import Report, Text
from ..models.decode import Nested, optional, origin_of, required
from ..models.refs import dropped
from ..models.text import ANNOTATIONS, LABELS, NAME, NAMESPACE
from .apigee_kinds import CHECKS, GUARDS, PRODUCT
from .tree import Tree

OPTION = "apigee_objects"
API_VERSION = "apim.googleapis.com/v1"
PREVIEW = "It follows from kind: apim.googleapis.com/v1. Objects of the public preview (v1alpha1) are not taken over, write them anew."
DOCUMENTED = ("ApigeeBackendService", "APIMExtensionPolicy", "APIProduct", "APIOperationSet")
STAGES = (("ApigeeBackendService", "APIMExtensionPolicy"), ("APIProduct",), ("APIOperationSet",))
"""What the others refer to comes first. Everything else comes last, and on the way back goes first."""


@dataclass(frozen=True, kw_only=True)
class ApigeeObject:
    kind: str = required(Text("a kind", r"[A-Z][A-Za-z0-9]{0,62}", 63, "ApigeeBackendService"))
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    labels: dict[str, str] | None = optional(LABELS)
    annotations: dict[str, str] | None = optional(ANNOTATIONS)
    spec: dict[str, Any] = required(Tree())

    HINTS: ClassVar[dict[str, str]] = {"apiVersion": PREVIEW, "metadata": "Write name, namespace, labels and annotations beside kind."}

    def check(self, where: str, report: Report) -> None:
        near = next((known for known in DOCUMENTED if known.lower() == self.kind.lower() and known != self.kind), "")
        if near:
            report.add(f"{where}.kind", f"there is no kind {self.kind}.", f"Write {near}.")
        if self.kind in CHECKS:
            CHECKS[self.kind](self.spec, f"{where}.spec", report)


@dataclass(frozen=True)
class Declared:
    value: ApigeeObject
    origin: str
    namespace: str

    @property
    def words(self) -> str:
        return f"{self.value.kind} {self.namespace}/{self.value.name}"


def manifests(entries: Sequence[object], namespace: str) -> list[Object]:
    """Every entry as a manifest; raises InputError with all that is wrong."""
    report = Report()
    declared = list(_declared(entries, namespace, report))
    _twice(declared, report)
    _same_name(declared, report)
    _counted(declared, report)
    report.raise_if_any()
    return [_manifest(each) for each in declared]


def stages(objects: Sequence[Object]) -> list[list[Object]]:
    """The objects in steps: those of one have to work before those of the next are made. Empty steps are left out."""
    ranks = {kind: rank for rank, kinds in enumerate(STAGES) for kind in kinds}
    found: dict[int, list[Object]] = {}
    for obj in objects:
        found.setdefault(ranks.get(obj["kind"], len(STAGES)), []).append(obj)
    return [found[rank] for rank in sorted(found)]


def _declared(entries: Sequence[object], namespace: str, report: Report) -> Iterator[Declared]:
    codec = Nested(ApigeeObject)
    for index, entry in enumerate(entries):
        origin = origin_of(OPTION, index, entry)
        value = codec.read(entry, origin, report)
        if value is not None:
            yield Declared(value, origin, value.namespace or namespace)


def _manifest(each: Declared) -> Object:
    value = each.value
    meta = {"name": value.name, "namespace": each.namespace, "labels": value.labels, "annotations": value.annotations}
    return {"apiVersion": API_VERSION, "kind": value.kind, "metadata": dropped(meta), "spec": value.spec}


def _twice(declared: list[Declared], report: Report) -> None:
    places: dict[str, str] = {}
    for each in declared:
        first = places.setdefault(each.words, each.origin)
        if first != each.origin:
            report.add(each.origin, f"{each.words} is declared twice; the first is {first}.", "Rename one.")


def _same_name(declared: list[Declared], report: Report) -> None:
    """For an ApigeeBackendService the operator makes an APIMExtensionPolicy of the same name and namespace."""
    services = {(each.namespace, each.value.name): each.origin for each in declared if each.value.kind == "ApigeeBackendService"}
    for each in declared:
        other = services.get((each.namespace, each.value.name)) if each.value.kind == "APIMExtensionPolicy" else None
        if other:
            report.add(each.origin, f"the operator itself makes an APIMExtensionPolicy of this name for {other}.", "Rename one, or drop the policy.")


def _counted(declared: list[Declared], report: Report) -> None:
    """A product without operations refuses every request that bears its key."""
    products = [each for each in declared if each.value.kind == PRODUCT]
    sets = [each for each in declared if each.value.kind == "APIOperationSet"]
    used = {(ref.get("namespace") or each.namespace, ref.get("name")) for each in sets for ref in _mappings(each.value.spec.get("apiProductRefs"))}
    for each in products if sets else ():
        if (each.namespace, each.value.name) not in used:
            problem = "no APIOperationSet of the list refers to it, so its keys open nothing."
            report.add(each.origin, problem, f"Name it in apiProductRefs of one, with namespace {each.namespace}.")
    _guarded(declared, products, report)


def _guarded(declared: list[Declared], products: list[Declared], report: Report) -> None:
    """A reference into a list that declares such objects, but not this one, is a slip of the pen. Where it declares none, they are somebody else's."""
    there = {(each.value.kind, each.namespace, each.value.name) for each in declared if each.value.kind in GUARDS}
    for product in products if there else ():
        for index, ref in enumerate(_mappings(product.value.spec.get("enforcementRefs"))):
            wanted = (str(ref.get("kind")), str(ref.get("namespace") or product.namespace), str(ref.get("name")))
            if wanted not in there:
                known = ", ".join(sorted(" ".join((kind, f"{namespace}/{name}")) for kind, namespace, name in there))
                place = f"{product.origin}.spec.enforcementRefs[{index}]"
                report.add(place, f"there is no {wanted[0]} {wanted[1]}/{wanted[2]} in the list, which has {known}.", "Mend name, kind or namespace.")


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """What of a list can be looked at; the server says what is wrong with the rest."""
    yield from (each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else ()
