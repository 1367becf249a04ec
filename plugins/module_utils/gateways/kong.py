# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong Gateway: by its ingress controller (HTTPRoutes or Ingresses, with KongPlugins), or by its Admin API.

Told from the sources of Kong 3.9 and of its ingress controller 3.5. Routers: the traditional ones (``traditional`` and ``traditional_compatible``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..engine.objects import GroupKind, Object
from ..models.decode import Entry
from ..models.grants import grants, version_of
from ..models.refs import GATEWAY, HTTP_ROUTE, REFERENCE_GRANT, SERVICE
from ..models.route import Route
from .base import Scope, Use
from .gateway_api import references
from .kong_options import INGRESS, KONG_PLUGIN, KongOptions, Mode

ON_RULE = "Kong knows it for a whole rule only: write it there, or give this backend a rule of its own."
ON_SERVICE = "annotate the Service, in milliseconds: konghq.com/read-timeout and konghq.com/write-timeout, such as '300000'."
LACKS = {
    "route.default_gateways": "Kong has no default gateways: write parents.",
    "match.query": "Kong's traditional routers know no query parameters: match a header.",
    "timeouts.request": "Kong knows no time for a whole request, only how long a model server may be silent: write backend: in place of request.",
    "rule.session_persistence": "Kong hashes by an upstream: write a KongUpstreamPolicy with hashOn, and annotate the Service with konghq.com/upstream-policy.",
    "rule.mirrors": "Kong copies no requests: take it away, or use another gateway.",
    "rule.auth": "Kong's community edition asks no outside service: write access: {groups: [...]}, or name a KongPlugin in extensions.",
    "backend.pool": "Kong asks no endpoint picker: write service: with the Service of the model servers.",
    "backend.priority": "Kong has no backends in reserve: write weights, and health checks in a KongUpstreamPolicy on Services of your own.",
    **{f"backend.{name}": ON_RULE for name in ("request_headers", "response_headers", "rewrite", "redirect", "mirrors", "cors", "auth", "extensions")},
}
OF_A_CLUSTER = {
    "rule.retries": "Kong's controller passes over it: annotate the Service with konghq.com/retries, such as '2', for failures to connect and timeouts.",
    "backend.host": "Kong's controller sends to Services: point service at one that stands for the host.",
}
OF_INGRESS = {
    "rule.timeouts": f"An Ingress has none: {ON_SERVICE}",
    "rule.redirect": "An Ingress has to have a Service behind it: use Gateway API (kong: {gateway_api: true}).",
    "backend.provider": "An Ingress has to have a Service behind it: use Gateway API (kong: {gateway_api: true}).",
}
OF_ADMIN = {
    **{
        f"retries.on.{word}": "Kong tries again on failures to connect and timeouts: write on: [connect-failure, timeout]."
        for word in ("5xx", "gateway-error", "reset", *map(str, range(400, 600)))
    },
    "rule.extensions": "they are objects of a cluster: add such a plugin by the Admin API itself.",
}


@dataclass(frozen=True)
class Kong:
    """In a cluster, by the ingress controller."""

    options: KongOptions = field(default_factory=KongOptions)
    name: str = "kong"
    group_kinds: tuple[GroupKind, ...] = (HTTP_ROUTE, REFERENCE_GRANT, KONG_PLUGIN, INGRESS)

    @property
    def mode(self) -> Mode:
        return Mode.ROUTES if self.options.uses_routes else Mode.INGRESS

    def lack(self, use: Use) -> str:
        if use.feature == "parent" and use.kind != GATEWAY:
            return "Kong takes Gateways as parents."
        if use.feature == "target" and use.kind != SERVICE:
            return "Kong sends to Services."
        own = OF_A_CLUSTER if self.mode is Mode.ROUTES else {**OF_A_CLUSTER, **OF_INGRESS}
        return own.get(use.feature) or LACKS.get(use.feature, "")

    def render(self, entry: Entry[Route], scope: Scope) -> list[Object]:
        from .kong_checks import check  # here, as most routes are for other gateways
        from .kong_kubernetes import http_route, ingresses

        before = len(scope.report.issues)
        check(entry, self.mode, self.options, scope.report)
        if len(scope.report.issues) > before:
            return []
        if self.mode is Mode.INGRESS:
            return ingresses(entry, self.options)
        made = http_route(entry, self.options, version_of(HTTP_ROUTE, scope.served, "v1"))
        if entry.value.grants is False:
            return made
        return [*grants(HTTP_ROUTE, entry.namespace, entry.name, references(entry.value), scope.served), *made]


@dataclass(frozen=True)
class KongAdmin:
    """Without a controller, by the Admin API. Parents say nothing here: the Kong that is asked is the gateway."""

    options: KongOptions = field(default_factory=KongOptions)
    name: str = "kong"
    group_kinds: tuple[GroupKind, ...] = tuple(GroupKind("kong", kind) for kind in ("routes", "services", "upstreams", "targets", "plugins"))

    def lack(self, use: Use) -> str:
        if use.feature == "target":
            return "Kong by itself knows no objects of a cluster: write service: or host:."
        return OF_ADMIN.get(use.feature) or LACKS.get(use.feature, "")

    def render(self, entry: Entry[Route], scope: Scope) -> list[Object]:
        from .kong_checks import check
        from .kong_entities import entities, refuse_same_names

        before = len(scope.report.issues)
        check(entry, Mode.ADMIN, self.options, scope.report)
        refuse_same_names(entry, scope.report)
        return [] if len(scope.report.issues) > before else entities(entry, self.options)
