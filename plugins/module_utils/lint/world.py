# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that lint may look at: what is declared, and what a cluster has, as far as either is known.

A list that is None is not known, which is something else than empty: a rule that needs it stays silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..engine.objects import GroupKind, Object
from .manifests import NAMESPACE, Manifest, Place, labels_of

if TYPE_CHECKING:
    # A module that is about Gateways need not load what a route is, nor Ansible pack it: there is no such file but for who checks types.
    from .known import App, Backend, Developer, Entry, Filters, Gateway, Match, Objective, Pool, Product, Route, Rule, Target, Workloads

Facts = Mapping[GroupKind, Mapping[Place, Object]]
"""What a cluster has, of those kinds that were asked for."""


class Spot(NamedTuple):
    """One match of one rule of one route, and where it stands. A rule without matches has one that takes everything."""

    entry: Entry[Route]
    rule: Rule
    match: Match
    where: str


class RuleSpot(NamedTuple):
    """One rule of one route, and where it stands."""

    entry: Entry[Route]
    rule: Rule
    where: str


@dataclass(frozen=True)
class World:
    gateways: Sequence[Entry[Gateway]] | None = None
    routes: Sequence[Entry[Route]] | None = None
    pools: Sequence[Entry[Pool]] | None = None
    objectives: Sequence[Entry[Objective]] | None = None
    products: Sequence[Entry[Product]] | None = None
    developers: Sequence[Entry[Developer]] | None = None
    apps: Sequence[Entry[App]] | None = None
    """Apigee's."""
    objects: Sequence[Manifest] | None = None
    renderer: str = "gateway_api"
    facts: Facts = field(default_factory=dict)
    standing: Sequence[Entry[Gateway]] = ()
    """Gateways that the cluster has, whoever declares them."""
    spaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Labels of namespaces that are declared."""
    kong_groups: frozenset[str] | None = None
    """Groups that consumers of a Kong have."""
    complete: bool = True
    """Whether ``objects`` are all that there are: what is not declared is missing."""

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What rules have worked out of this world, for those after them."""
        return {}

    @cached_property
    def rules(self) -> list[RuleSpot]:
        return [RuleSpot(entry, rule, f"{entry.origin}.rules[{index}]") for entry in self.routes or () for index, rule in enumerate(entry.value.rules)]

    @cached_property
    def spots(self) -> list[Spot]:
        from ..models.match import Match

        found = []
        for entry, rule, where in self.rules:
            if rule.matches:
                found += [Spot(entry, rule, match, f"{where}.matches[{index}]") for index, match in enumerate(rule.matches)]
            else:
                found.append(Spot(entry, rule, (rule.alternatives or (Match(),))[0], where))
        return found

    @cached_property
    def backends(self) -> list[BackendSpot]:
        return list(backends(self.rules))

    @cached_property
    def filters(self) -> list[FilterSpot]:
        """Where requests are changed, other than by rewrites and redirects."""
        return list(filters(self.rules, self.backends))

    @cached_property
    def _spots_of(self) -> dict[str, list[Spot]]:
        found: dict[str, list[Spot]] = {}
        for spot in self.spots:
            found.setdefault(spot.entry.origin, []).append(spot)
        return found

    def spots_of(self, entry: Entry[Route]) -> list[Spot]:
        return self._spots_of.get(entry.origin, [])

    @cached_property
    def gateway(self) -> dict[Place, Entry[Gateway]]:
        return {(entry.namespace, entry.name): entry for entry in (*self.standing, *(self.gateways or ()))}

    @cached_property
    def pool(self) -> dict[Place, Entry[Pool]]:
        return {(entry.namespace, entry.name): entry for entry in self.pools or ()}

    @cached_property
    def declared(self) -> dict[GroupKind, dict[Place, Manifest]]:
        """Plain objects by kind."""
        found: dict[GroupKind, dict[Place, Manifest]] = {}
        for manifest in self.objects or ():
            found.setdefault(manifest.kind, {})[manifest.namespace, manifest.name] = manifest
        return found

    @cached_property
    def workloads(self) -> Workloads:
        from .workloads import POD, workloads

        return workloads(self.objects or (), self.facts.get(POD))

    def find(self, kind: GroupKind, namespace: str, name: str) -> Object | None:
        """A plain object that is declared, or that the cluster has."""
        manifest = self.declared.get(kind, {}).get((namespace, name))
        return manifest.obj if manifest else self.facts.get(kind, {}).get((namespace, name))

    def labels(self, namespace: str) -> dict[str, str] | None:
        """A namespace's labels; None where they are not known. What is declared goes on top of what the cluster has, as it does when it is applied."""
        declared, there = self.declared.get(NAMESPACE, {}).get(("", namespace)), self.facts.get(NAMESPACE, {}).get(("", namespace))
        said = labels_of(declared.obj) if declared else None
        found = [labels for labels in (labels_of(there) if there else None, said, self.spaces.get(namespace)) if labels is not None]
        return {name: value for labels in found for name, value in labels.items()} if found else None

    @property
    def objects_known(self) -> bool:
        """Whether :meth:`find` can answer anything at all."""
        return bool(self.objects or self.facts)

    def knows(self, kind: GroupKind) -> bool:
        """Whether :meth:`find` answering None means that there is none."""
        return kind in self.facts or (self.objects is not None and self.complete)


class BackendSpot(NamedTuple):
    """One backend of one rule, and where it stands."""

    entry: Entry[Route]
    rule: Rule
    backend: Backend
    where: str


class FilterSpot(NamedTuple):
    """A rule or a backend that changes requests, and where it stands."""

    entry: Entry[Route]
    rule: Rule
    filters: Filters
    where: str


def backends(rules: Iterable[RuleSpot]) -> Iterator[BackendSpot]:
    for entry, rule, where in rules:
        for index, backend in enumerate(rule.backends):
            yield BackendSpot(entry, rule, backend, f"{where}.backends[{index}]")


def filters(rules: Iterable[RuleSpot], behind: Iterable[BackendSpot]) -> Iterator[FilterSpot]:
    yield from (FilterSpot(entry, rule, rule, where) for entry, rule, where in rules if _changes(rule))
    yield from (FilterSpot(*spot) for spot in behind if _changes(spot.backend))


def _changes(part: Filters) -> bool:
    return bool(part.request_headers or part.response_headers or part.cors or part.mirrors or part.auth)


def targets(world: World) -> Iterator[tuple[Entry[Route], Target, str]]:
    """Everything that a route points at: backends, mirrors, services that are asked for leave."""
    for entry, _rule, backend, where in world.backends:
        yield entry, backend, where
    for entry, _rule, changes, where in world.filters:
        for index, mirror in enumerate(changes.mirrors):
            yield entry, mirror, f"{where}.mirrors[{index}]"
        if changes.auth:
            yield entry, changes.auth, f"{where}.auth"
