# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All lists of role gke_gateway together: every entry checked, one policy of a kind for each object, and the manifests. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..engine.objects import Object
from ..gateways.gke import timed
from ..models.codecs import Report
from ..models.decode import Entry, entries_of
from ..models.pool import Pool
from ..models.refs import INFERENCE_POOL, Ref
from ..models.route import Route
from .gke import BackendPolicy, GatewayPolicy, GkeHealthCheck, backend_policy, gateway_policy, health_check
from .gke_extensions import TrafficExtension, traffic_extension

HEALTH, BACKEND, GATEWAY, TRAFFIC = (f"gke_gateway_{name}" for name in ("health_checks", "backend_policies", "policies", "traffic_extensions"))
CONFLICT = "GKE takes the older of two and reports Conflicted on the other."


@dataclass(frozen=True)
class Rendered:
    """Policies come before the Gateways and routes that they are for, extensions after them. ``gateways`` are those that extensions name."""

    policies: list[Object] = field(default_factory=list)
    extensions: list[Object] = field(default_factory=list)
    gateways: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Inventory:
    """What the inventory declares besides, for renderer gke, and the namespace of what names none."""

    routes: Sequence[object] = ()
    pools: Sequence[object] = ()
    namespace: str = "default"


def render(lists: Mapping[str, Sequence[object]], namespace: str, inventory: Inventory) -> Rendered:
    """Raises InputError with all that is wrong."""
    report = Report()
    checks = entries_of(GkeHealthCheck, lists.get(HEALTH) or (), HEALTH, namespace, report)
    backends = entries_of(BackendPolicy, lists.get(BACKEND) or (), BACKEND, namespace, report)
    gateways = entries_of(GatewayPolicy, lists.get(GATEWAY) or (), GATEWAY, namespace, report)
    extensions = entries_of(TrafficExtension, lists.get(TRAFFIC) or (), TRAFFIC, namespace, report)
    report.raise_if_any()
    _one_for_each(checks, _asked(inventory), report)
    _one_for_each(backends, _timed(inventory), report)
    _one_for_each(gateways, {}, report)
    report.raise_if_any()
    policies = [*map(health_check, checks), *map(backend_policy, backends), *map(gateway_policy, gateways)]
    named = {(entry.namespace, name): None for entry in extensions for name in entry.value.gateways}
    return Rendered(policies, [traffic_extension(entry) for entry in extensions], [{"namespace": space, "name": name} for space, name in named])


def _one_for_each(entries: Sequence[Entry[Any]], others: Mapping[tuple[str, Ref], tuple[str, str]], report: Report) -> None:
    """``others`` are objects that have such a policy already: where it stands, and what to do about that."""
    seen: dict[tuple[str, Ref], str] = {}
    for entry in entries:
        place = (entry.namespace, entry.value.ref)
        what = f"{place[1].target.kind} {entry.namespace}/{place[1].name}"
        first = seen.setdefault(place, entry.origin)
        if first != entry.origin:
            report.add(entry.origin, f"is a second policy for {what}; the first is {first}. {CONFLICT}", "Join the two into one entry.")
        if place in others:
            where, remedy = others[place]
            report.add(entry.origin, f"is a second policy for {what}; {where} makes one by renderer gke. {CONFLICT}", remedy)


def _timed(inventory: Inventory) -> dict[tuple[str, Ref], tuple[str, str]]:
    """What is wrong with a route its own module says."""
    routes = entries_of(Route, inventory.routes, "inference_routes", inventory.namespace, Report())
    remedy = "Write timeout: {} here and take the route's timeouts away, or take this entry away."
    return {(namespace, ref): (where, remedy.format(seconds)) for entry in routes for namespace, ref, seconds, where in timed(entry)}


def _asked(inventory: Inventory) -> dict[tuple[str, Ref], tuple[str, str]]:
    pools = entries_of(Pool, inventory.pools, "inference_pools", inventory.namespace, Report())
    remedy = "Write health_check: in the pool, and take this entry away."
    return {(entry.namespace, Ref(INFERENCE_POOL, entry.name)): (entry.origin, remedy) for entry in pools}
