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
from ..models.refs import GATEWAY, INFERENCE_POOL, SERVICE, dropped
from ..models.route import RESET_ANNOTATION, Route
from .base import Scope, Use
from .gateway_api import LACKS as GATEWAY_API_LACKS
from .gateway_api import GatewayApi

ON_RULE = "Istio knows it for a whole rule only: write it there, or give this backend a rule of its own."
LACKS = {
    **GATEWAY_API_LACKS,
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
ENVOY_FILTER = GroupKind("networking.istio.io", "EnvoyFilter")
RESET = "reset"
RETRY_ON = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes,reset"
"""What Istio itself writes for a route with retries, and ``reset``."""


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
        if not cut:
            return [*others, http_route]
        meta = http_route["metadata"]
        meta["annotations"] = {**meta.get("annotations", {}), RESET_ANNOTATION: ",".join(map(str, cut))}
        return [*others, *_filters(entry, cut, scope), http_route]


def _filters(entry: Entry[Route], cut: list[int], scope: Scope) -> list[Object]:
    """Gateway API has no word for a connection that is cut under a request, and Istio tries such a request again only where its Envoy is told so: by a filter
    in the namespace of each Gateway, for these rules of this route alone. Istio calls a rule ``<namespace>.<route>.<number>`` in its Envoys.
    """
    gateways: dict[str, list[str]] = {}
    for index, parent in enumerate(entry.value.parents):
        if parent.target != GATEWAY:
            scope.report.add(f"{entry.origin}.parents[{index}]", f"is no Gateway, and retries on {RESET} are for Gateways.", f"Take {RESET} away.")
        gateways.setdefault(parent.namespace or entry.namespace, []).append(parent.name)
    if not gateways:
        scope.report.add(f"{entry.origin}.parents", f"are missing: retries on {RESET} are set at the Gateways of the route.", "Write parents: [NAME].")
    return [_filter(entry, namespace, names, cut) for namespace, names in gateways.items()]


def _filter(entry: Entry[Route], namespace: str, gateways: list[str], cut: list[int]) -> Object:
    own = f"{entry.name}-retries" if namespace == entry.namespace else f"{entry.namespace}.{entry.name}-retries"
    patch = {"operation": "MERGE", "value": {"route": {"retry_policy": {"retry_on": RETRY_ON}}}}
    matches = [{"context": "GATEWAY", "routeConfiguration": {"vhost": {"route": {"name": f"{entry.namespace}.{entry.name}.{index}"}}}} for index in cut]
    return {
        "apiVersion": f"{ENVOY_FILTER.group}/v1alpha3",
        "kind": ENVOY_FILTER.kind,
        "metadata": dropped({"name": own, "namespace": namespace, "labels": entry.value.labels}),
        "spec": {
            "targetRefs": [{"group": GATEWAY.group, "kind": GATEWAY.kind, "name": name} for name in dict.fromkeys(gateways)],
            "configPatches": [{"applyTo": "HTTP_ROUTE", "match": match, "patch": patch} for match in matches],
        },
    }


def _listed(kinds: tuple[GroupKind, ...]) -> str:
    return ", ".join(str(kind) for kind in kinds)
