# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GKE Gateway: HTTPRoutes for Google's load balancers, and a GCPBackendPolicy for each backend whose time is said.

What GKE has and has not it says itself, feature by feature, in its conformance report (kubernetes-sigs/gateway-api,
conformance/reports/v1.4.0/gke-gateway/standard-1.34.4-rxlb-report.yaml). A route with a field that it has not is not accepted as a whole
(kserve/kserve issue 5311, for timeouts), so all of them are refused here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..engine.objects import GroupKind, Object
from ..models.decode import Entry
from ..models.refs import GATEWAY, INFERENCE_POOL, SERVICE, Ref
from ..models.route import TIMEOUTS_ANNOTATION, Route, Rule, milliseconds
from .base import Scope, Use
from .gateway_api import LACKS as GATEWAY_API_LACKS
from .gateway_api import GatewayApi
from .gke_checks import check
from .gke_policies import BACKEND_POLICY, GROUP, policy

ON_RULE = "GKE knows it for a whole rule only: write it there, or give this backend a rule of its own."
BY_EXTENSION = "ask Apigee or a program of yours by a traffic extension (gke_gateway_traffic_extensions of role gke_gateway)"
LACKS = {
    **GATEWAY_API_LACKS,
    "route.access": "GKE's load balancers know no API keys: put Apigee in front (role apigee, apigee_products and apigee_apps), or use renderer kong.",
    "route.limits": "GKE's load balancers count no requests of consumers: put Apigee in front (quota of apigee_products), or use renderer kong.",
    "route.default_gateways": "GKE has no default gateways: write parents.",
    "match.query": "GKE's Gateways choose by path, host and header: match a header.",
    "rule.retries": "GKE's HTTPRoutes know no retries: let clients try again, as the SDKs of OpenAI do by themselves.",
    "rule.session_persistence": "GKE knows it for a backend: write session_affinity in gke_gateway_backend_policies of role gke_gateway.",
    "rule.cors": f"GKE's HTTPRoutes know none: let the model server answer (vLLM: --allowed-origins), or {BY_EXTENSION}.",
    "rule.auth": f"GKE refuses such a route: {BY_EXTENSION}.",
    "pool.port": "a pool has its own ports: take it away.",
    **{f"backend.{name}": ON_RULE for name in ("request_headers", "response_headers", "rewrite", "redirect", "mirrors", "cors", "auth", "extensions")},
}
SERVICE_IMPORT = GroupKind("net.gke.io", "ServiceImport")
POOL_IMPORT = GroupKind(GROUP, "GCPInferencePoolImport")
TARGETS = (SERVICE, INFERENCE_POOL, SERVICE_IMPORT, POOL_IMPORT)
PLAIN = GatewayApi()
LONGEST = 2147483647
"""As good as no limit: what the definition of GCPBackendPolicy takes at most."""


@dataclass(frozen=True)
class Gke:
    name: str = "gke"
    group_kinds: tuple[GroupKind, ...] = (*PLAIN.group_kinds, BACKEND_POLICY)

    def lack(self, use: Use) -> str:
        if use.feature == "parent" and use.kind != GATEWAY:
            return "GKE takes Gateways as parents."
        if use.feature == "target" and use.kind not in TARGETS:
            return f"GKE sends to {', '.join(str(kind) for kind in TARGETS)}."
        return LACKS.get(use.feature, "")

    def render(self, entry: Entry[Route], scope: Scope) -> list[Object]:
        before = len(scope.report.issues)
        check(entry, scope.report)
        if len(scope.report.issues) > before:
            return []
        policies = list(_policies(entry, scope))
        *others, http_route = PLAIN.render(_without_times(entry), scope)
        if notes := _noted(entry.value):
            meta = http_route["metadata"]
            meta["annotations"] = {**meta.get("annotations", {}), TIMEOUTS_ANNOTATION: notes}
        return [*others, *policies, http_route]


def _without_times(entry: Entry[Route]) -> Entry[Route]:
    return replace(entry, value=replace(entry.value, rules=tuple(replace(rule, timeouts=None) for rule in entry.value.rules)))


def _noted(route: Route) -> str:
    """What was said of time, for the info module: the HTTPRoute itself does not say it."""
    said = {}
    for index, rule in enumerate(route.rules):
        times = {name: getattr(rule.timeouts, name) for name in ("request", "backend") if rule.timeouts and getattr(rule.timeouts, name)}
        if times:
            said[str(index)] = times
    return json.dumps(said, separators=(",", ":")) if said else ""


def _policies(entry: Entry[Route], scope: Scope) -> Iterator[Object]:
    """A backend has one policy, whichever rules and routes send to it. The first entry that says its time makes it, the others have to agree."""
    for namespace, ref, seconds, where in timed(entry):
        made, first = scope.seen.setdefault((BACKEND_POLICY, namespace, ref), (seconds, where))
        if first == where:
            yield policy(BACKEND_POLICY, namespace, ref, {"timeoutSec": seconds})
        elif made != seconds:
            problem = f"are {seconds} s for {ref.target.kind} {namespace}/{ref.name}, and {first} are {made} s. GKE knows one time for a backend."
            scope.report.add(where, problem, "Write the same in both, or send to another Service of the same pods.")


def timed(entry: Entry[Route]) -> Iterator[tuple[str, Ref, int, str]]:
    """Each backend whose time a route says: its namespace, itself, the seconds, and where that stands."""
    for index, rule in enumerate(entry.value.rules):
        seconds = _seconds(rule)
        for namespace, ref in _backends(entry, rule) if seconds is not None else ():
            yield namespace, ref, seconds or LONGEST, f"{entry.origin}.rules[{index}].timeouts"


def _seconds(rule: Rule) -> int | None:
    """Without retries there is one try, so the shorter of both times is what counts; 0 is no limit."""
    times = rule.timeouts
    said = [milliseconds(value) // 1000 for value in ((times.request, times.backend) if times else ()) if value is not None]
    return min((each or LONGEST for each in said), default=None)


def _backends(entry: Entry[Route], rule: Rule) -> Iterator[tuple[str, Ref]]:
    seen = []
    for backend in rule.backends:
        if backend.ref is not None and (place := (backend.namespace or entry.namespace, backend.ref)) not in seen:
            seen.append(place)
            yield place
