# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain Gateway API: an HTTPRoute and the grants that its references need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..engine.objects import GroupKind, Object
from ..models.decode import Entry
from ..models.filters import Filters
from ..models.grants import grants, version_of
from ..models.refs import HTTP_ROUTE, REFERENCE_GRANT, Ref, Target, dropped
from ..models.route import Route
from .base import Scope, Use
from .http_route import route_spec

LACKS = {
    "route.access": "Gateway API knows no keys and groups: write auth: in the rules for a service that is asked, or use renderer kong.",
    "route.limits": "Gateway API knows no rate limits: write extensions: for a filter of the gateway's own, or use renderer kong.",
    "backend.host": "Gateway API sends to objects of the cluster: point service at a Service that stands for the host.",
    "backend.provider": "Gateway API knows no model providers: point service at a Service that reaches the provider, or use a gateway that knows them.",
    "backend.model": "Gateway API cannot change the model in a request's body: match a header, or use a pool with model rewrites.",
    "backend.priority": "Gateway API has no fallback: write weights, or use a gateway with failover, such as renderer istio.",
}


@dataclass(frozen=True)
class GatewayApi:
    name: str = "gateway_api"
    group_kinds: tuple[GroupKind, ...] = (HTTP_ROUTE, REFERENCE_GRANT)

    def lack(self, use: Use) -> str:
        return LACKS.get(use.feature, "")

    def render(self, entry: Entry[Route], scope: Scope) -> list[Object]:
        route = entry.value
        http_route: Object = {
            "apiVersion": f"{HTTP_ROUTE.group}/{version_of(HTTP_ROUTE, scope.served, 'v1')}",
            "kind": HTTP_ROUTE.kind,
            "metadata": dropped({"name": entry.name, "namespace": entry.namespace, "labels": route.labels, "annotations": route.annotations}),
            "spec": route_spec(route),
        }
        if route.grants is False:
            return [http_route]
        return [*grants(HTTP_ROUTE, entry.namespace, entry.name, references(route), scope.served), http_route]


def references(route: Route) -> Iterator[tuple[str, Ref]]:
    """Every reference of a route that names a namespace."""
    for rule in route.rules:
        for target in (*_targets(rule), *rule.backends, *(target for backend in rule.backends for target in _targets(backend))):
            if target.namespace is not None and target.ref is not None:
                yield target.namespace, target.ref


def _targets(filters: Filters) -> tuple[Target, ...]:
    return (*filters.mirrors, *((filters.auth,) if filters.auth else ()))
