# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Istio as a Gateway API implementation: the same objects, less what its control plane refuses or passes over.

Told from its own source (pilot/pkg/config/kube/gateway, releases 1.28 to 1.31): filters of other types make it refuse the route;
session persistence, the port of a pool and parents of other kinds are passed over without a word.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..engine.objects import GroupKind, Object
from ..models.decode import Entry
from ..models.refs import GATEWAY, INFERENCE_POOL, SERVICE
from ..models.route import RESET_ANNOTATION, Route
from .base import Scope, Use
from .gateway_api import LACKS as GATEWAY_API_LACKS
from .gateway_api import GatewayApi
from .istio_failover import failovers, with_failover
from .istio_filters import ENVOY_FILTER, FAILURES, at_gateways, on_rule

ON_RULE = "Istio knows it for a whole rule only: write it there, or give this backend a rule of its own."
LACKS = {
    **{feature: remedy for feature, remedy in GATEWAY_API_LACKS.items() if feature != "backend.priority"},
    "route.access": "Istio knows no API keys: use a RequestAuthentication and an AuthorizationPolicy on the Gateway, or renderer kong.",
    "route.limits": "Istio limits rates by an EnvoyFilter on the Gateway: write one, or use renderer kong.",
    "backend.host": "Istio knows hosts by a ServiceEntry: write resource: {group: networking.istio.io, kind: Hostname, name: HOST}.",
    "route.default_gateways": "Istio has no default gateways: write parents.",
    "rule.session_persistence": "Istio passes over it: use a DestinationRule with consistentHash for the Service.",
    "rule.auth": "Istio refuses such a route: use an AuthorizationPolicy with action CUSTOM.",
    "rule.extensions": "Istio refuses such a route: use an EnvoyFilter or WasmPlugin on the Gateway.",
    "retries.on.timeout": "Istio retries failures to connect and the statuses that are listed: write 504, which it makes of a timeout.",
    "pool.port": "Istio passes over it, because a pool has its own ports: take it away.",
    "rule.pool_not_last": "Istio asks the endpoint picker of a rule's last backend only: list the pool last.",
    **{f"backend.{name}": ON_RULE for name in ("rewrite", "redirect", "mirrors", "cors")},
    "backend.auth": "Istio refuses such a route: use an AuthorizationPolicy with action CUSTOM.",
    "backend.extensions": "Istio refuses such a route: use an EnvoyFilter or WasmPlugin on the Gateway.",
}
PARENTS = (GATEWAY, SERVICE, GroupKind("networking.istio.io", "ServiceEntry"), GroupKind("gateway.networking.k8s.io", "ListenerSet"))
TARGETS = (
    SERVICE,
    INFERENCE_POOL,
    GroupKind("networking.istio.io", "Hostname"),
    GroupKind("multicluster.x-k8s.io", "ServiceImport"),
    GroupKind("gateway.networking.x-k8s.io", "XBackend"),
)
PLAIN = GatewayApi()
RESET = "reset"


@dataclass(frozen=True)
class Istio:
    name: str = "istio"
    group_kinds: tuple[GroupKind, ...] = (*PLAIN.group_kinds, ENVOY_FILTER)

    def lack(self, use: Use) -> str:
        if use.feature == "parent" and use.kind not in PARENTS:
            return f"Istio takes {_listed(PARENTS)} as parents."
        if use.feature == "target" and use.kind not in TARGETS:
            return f"Istio sends to {_listed(TARGETS)}."
        return LACKS.get(use.feature, "")

    def render(self, entry: Entry[Route], scope: Scope) -> list[Object]:
        *others, http_route = PLAIN.render(entry, scope)
        cut = [index for index, rule in enumerate(entry.value.rules) if rule.retries is not None and RESET in rule.retries.on]
        if cut:
            others += _retries(entry, cut, http_route, scope)
        if rules := failovers(entry.value):
            others += with_failover(entry, rules, http_route, scope.report)
        return [*others, http_route]


def _retries(entry: Entry[Route], cut: list[int], http_route: Object, scope: Scope) -> list[Object]:
    """Gateway API has no word for a connection that is cut under a request, and Istio tries such a request again only where its Envoy is told so."""
    meta = http_route["metadata"]
    meta["annotations"] = {**meta.get("annotations", {}), RESET_ANNOTATION: ",".join(map(str, cut))}
    patches = [on_rule(entry, index, {"retry_policy": {"retry_on": f"{FAILURES},{RESET}"}}) for index in cut]
    return at_gateways(entry, "retries", patches, f"a retry on {RESET}", f"Take {RESET} away.", scope.report)


def _listed(kinds: tuple[GroupKind, ...]) -> str:
    return ", ".join(str(kind) for kind in kinds)
