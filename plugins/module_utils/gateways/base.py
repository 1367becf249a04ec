# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway has to say to be one: a name, what it cannot do, and how it turns a route into objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..engine.objects import GroupKind, Object
from ..models.codecs import Report
from ..models.decode import Entry
from ..models.filters import Filters, filter_fields
from ..models.refs import Target
from ..models.route import Backend, Route, Rule

PHRASES = {"rule.pool_not_last": "a pool with a backend of another kind after it"}


@dataclass(frozen=True)
class Scope:
    """What a renderer may ask, and where it tells what it cannot do. ``seen`` is what entries of this list made that later ones share."""

    served: Callable[[GroupKind], tuple[str, ...]]
    report: Report
    seen: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Use:
    """A feature that a route uses, and where. ``feature`` is the field's place (``backend.priority``); for ``parent`` and ``target`` the kind says more."""

    feature: str
    where: str
    kind: GroupKind | None = None


class Renderer(Protocol):
    """One gateway."""

    @property
    def name(self) -> str: ...

    @property
    def group_kinds(self) -> tuple[GroupKind, ...]:
        """All the kinds that :meth:`render` makes."""

    def lack(self, use: Use) -> str:
        """What to do instead of a feature that this gateway cannot express; empty where it can."""

    def render(self, entry: Entry[Route], scope: Scope) -> list[Object]: ...


def features(entry: Entry[Route]) -> Iterator[Use]:
    """What a route uses beyond what every gateway can do."""
    route, where = entry.value, entry.origin
    if route.default_gateways is not None:
        yield Use("route.default_gateways", f"{where}.default_gateways")
    for name in ("access", "limits"):
        if getattr(route, name) is not None:
            yield Use(f"route.{name}", f"{where}.{name}")
    for index, parent in enumerate(route.parents):
        yield Use("parent", f"{where}.parents[{index}].kind", parent.target)
    for index, rule in enumerate(route.rules):
        yield from _rule_features(rule, f"{where}.rules[{index}]")


def _rule_features(rule: Rule, where: str) -> Iterator[Use]:
    for name in ("timeouts", "retries", "session_persistence"):
        if getattr(rule, name) is not None:
            yield Use(f"rule.{name}", f"{where}.{name}")
    for word in rule.retries.on if rule.retries else ():
        yield Use(f"retries.on.{word}", f"{where}.retries.on")
    if rule.timeouts is not None and rule.timeouts.request is not None:
        yield Use("timeouts.request", f"{where}.timeouts.request")
    if any(match.query for match in rule.alternatives):
        yield Use("match.query", f"{where}.query")
    yield from _filter_features(rule, "rule", where)
    serving = [backend for backend in rule.backends if backend.weight != 0]
    alike = not any(backend.priority for backend in serving)
    if alike and any(backend.pool for backend in serving[:-1]) and not serving[-1].pool:
        yield Use("rule.pool_not_last", f"{where}.backends")
    for index, backend in enumerate(rule.backends):
        yield from _backend_features(backend, f"{where}.backends[{index}]")


def _backend_features(backend: Backend, where: str) -> Iterator[Use]:
    for name in ("pool", "provider", "model", "host"):
        if getattr(backend, name) is not None:
            yield Use(f"backend.{name}", f"{where}.{name}")
    if backend.priority:
        yield Use("backend.priority", f"{where}.priority")
    yield from _target_features(backend, where)
    yield from _filter_features(backend, "backend", where)


def _filter_features(filters: Filters, owner: str, where: str) -> Iterator[Use]:
    for name in filter_fields(filters):
        yield Use(f"{owner}.{name}", f"{where}.{name}")
    for index, mirror in enumerate(filters.mirrors):
        yield from _target_features(mirror, f"{where}.mirrors[{index}]")


def _target_features(target: Target, where: str) -> Iterator[Use]:
    if target.resource:
        yield Use("target", f"{where}.resource", target.resource.ref.target)
    if target.pool and target.port is not None:
        yield Use("pool.port", f"{where}.port")


def refuse_lacking(renderer: Renderer, entry: Entry[Route], report: Report) -> None:
    """Nothing that a gateway cannot express is dropped: each use of it is an error that names rule, field and gateway."""
    for use in features(entry):
        remedy = renderer.lack(use)
        if remedy:
            report.add(use.where, f"{renderer.name} cannot express {_named(use)}.", remedy)


def _named(use: Use) -> str:
    """The field as a sentence says it, with the value that matters."""
    owner, _dot, name = use.feature.rpartition(".")
    if use.kind is not None:
        return f"{name} {use.kind}"
    if owner == "retries.on":
        return f"on: {name}"
    return PHRASES.get(use.feature, use.where.rpartition(".")[2])
