# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failover with Istio: backends of a later priority take over where those before them fail.

Gateway API has no word for it, so the HTTPRoute gives the fallbacks weight 0 and an EnvoyFilter at the route's Gateways does the rest. It adds Envoy's
aggregate cluster over the clusters that Istio makes of the Services, in the order of their priorities, and sends the rule there. A request that fails is
tried again with the next priority, so its client sees no error; a pod that fails again and again is left out for a while, so not every request pays for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..engine.objects import Object
from ..models.codecs import Report
from ..models.decode import Entry
from ..models.filters import filter_fields
from ..models.refs import INFERENCE_POOL, SERVICE
from ..models.route import PRIORITY_ANNOTATION, Backend, Route, Rule, milliseconds
from .istio_filters import CONTEXT, FAILURES, Patch, at_gateways, on_rule, rule_name

TYPES = "type.googleapis.com/envoy.extensions"
UNLIMITED = 2**32 - 1
USUAL_RETRIES = 2
RETRY_ON = f"{FAILURES},gateway-error,reset"
"""For rules that say nothing about retries: whatever shows that a backend is not there, or ends under a request."""
FAILING = {
    "connect_timeout": "2s",
    "outlier_detection": {
        "consecutive_gateway_failure": 3,
        "enforcing_consecutive_gateway_failure": 100,
        "enforcing_consecutive_5xx": 0,
        "enforcing_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": "10s",
        "max_ejection_time": "30s",
        "max_ejection_percent": 100,
    },
}
"""When a pod counts as failed: no connection in two seconds; three times in a row no connection, 502, 503 or 504. It is tried anew after 10 to 30 seconds.

A 500 is no such failure, since one bad request could then turn a good pod off.
"""
NEXT_PRIORITY = {
    "name": "envoy.retry_priorities.previous_priorities",
    "typed_config": {"@type": f"{TYPES}.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig", "update_frequency": 1},
}


def failovers(route: Route) -> list[int]:
    """The rules that have one."""
    return [index for index, rule in enumerate(route.rules) if any(backend.priority for backend in rule.backends)]


def with_failover(entry: Entry[Route], rules: list[int], http_route: Object, report: Report) -> list[Object]:
    """The filters, after the route has been changed so that its fallbacks get nothing by themselves."""
    for index in rules:
        _check(entry.value.rules[index], f"{entry.origin}.rules[{index}]", report)
    priorities = {str(index): [backend.priority or 0 for backend in entry.value.rules[index].backends] for index in rules}
    for number, order in priorities.items():
        for priority, ref in zip(order, http_route["spec"]["rules"][int(number)]["backendRefs"], strict=True):
            if priority > min(order):
                ref["weight"] = 0
    meta = http_route["metadata"]
    meta["annotations"] = {**meta.get("annotations", {}), PRIORITY_ANNOTATION: json.dumps(priorities)}
    patches = [patch for index in rules for patch in _patches(entry, index)]
    return at_gateways(entry, "failover", patches, "failover", "Take priority away from the backends.", report)


def _check(rule: Rule, where: str, report: Report) -> None:
    """What Envoy cannot do: it falls from one cluster to the next, and decides on that after everything else about a request."""
    seen: dict[int, int] = {}
    for index, backend in enumerate(rule.backends):
        priority, place = backend.priority or 0, f"{where}.backends[{index}]"
        first = seen.setdefault(priority, index)
        if first != index:
            report.add(f"{place}.priority", f"is {priority}, as that of backends[{first}]: Istio knows one backend for each priority.", "Write another number.")
        if backend.ref in [other.ref for other in rule.backends[:index] if other.namespace == backend.namespace and other.port == backend.port]:
            report.add(place, "stands there already: it fails together with itself.", "Name another backend, or take this one away.")
        _check_backend(backend, place, report)
    if len(seen) == 1 and len(rule.backends) == 1:
        report.add(f"{where}.backends", "have one priority: there is nothing to fail over to.", "Add the backend that takes over, or take priority away.")
    if rule.retries is not None and rule.retries.attempts < len(seen) - 1:
        problem = f"is {rule.retries.attempts}, and a request may have to try {len(seen) - 1} further backends."
        report.add(f"{where}.retries.attempts", problem, f"Write {len(seen) - 1} or more.")


def _check_backend(backend: Backend, where: str, report: Report) -> None:
    target = backend.ref.target if backend.ref else None
    if target == INFERENCE_POOL:
        problem = "is a pool: its endpoint picker chooses a pod before it is known which backend of a failover is asked."
        report.add(f"{where}.pool", problem, "Point service at a Service with the same pods, or give the pool a rule without priority.")
    elif target is not None and target != SERVICE:
        report.add(f"{where}.resource", "is no Service, and Istio fails over between Services alone.", "Point service at a Service.")
    if backend.weight is not None:
        report.add(f"{where}.weight", "stands beside a priority: of a failover the first backend that works gets every request.", "Take weight away.")
    for name in filter_fields(backend):
        report.add(f"{where}.{name}", "is for one backend, and Istio decides on the backend after it.", "Write it into the rule.")


def _patches(entry: Entry[Route], index: int) -> Iterator[Patch]:
    rule = entry.value.rules[index]
    clusters = [_cluster(backend, entry.namespace) for backend in sorted(rule.backends, key=lambda backend: backend.priority or 0)]
    name = f"failover/{rule_name(entry, index)}"
    yield {"applyTo": "CLUSTER", "match": CONTEXT, "patch": {"operation": "ADD", "value": _aggregate(name, clusters)}}
    for cluster in clusters:
        yield {"applyTo": "CLUSTER", "match": {**CONTEXT, "cluster": {"name": cluster}}, "patch": {"operation": "MERGE", "value": FAILING}}
    yield on_rule(entry, index, {"cluster": name, **_action(rule, len(clusters) - 1)})


def _action(rule: Rule, fallbacks: int) -> dict[str, Any]:
    """Where nothing is said of retries, Istio would take the time that one backend has for that of the whole request."""
    if rule.retries is not None:
        return {"retry_policy": {"retry_priority": NEXT_PRIORITY}}
    retries = {"retry_priority": NEXT_PRIORITY, "retry_on": RETRY_ON, "num_retries": max(USUAL_RETRIES, fallbacks)}
    if rule.timeouts is None or rule.timeouts.backend is None:
        return {"retry_policy": retries}
    return {"timeout": _seconds(rule.timeouts.request or "0s"), "retry_policy": {**retries, "per_try_timeout": _seconds(rule.timeouts.backend)}}


def _seconds(duration: str) -> str:
    return f"{milliseconds(duration) / 1000:.3f}s"


def _cluster(backend: Backend, home: str) -> str:
    """What Istio calls the pods of a Service in its Envoys."""
    return f"outbound|{backend.port}||{backend.service}.{backend.namespace or home}.svc.cluster.local"


def _aggregate(name: str, clusters: list[str]) -> dict[str, Any]:
    """Envoy's own limits would let three requests be tried again at a time; Istio's clusters have none."""
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests", "max_retries"), UNLIMITED)
    config = {"@type": f"{TYPES}.clusters.aggregate.v3.ClusterConfig", "clusters": clusters}
    return {
        "name": name,
        "connect_timeout": "2s",
        "lb_policy": "CLUSTER_PROVIDED",
        "circuit_breakers": {"thresholds": [limits]},
        "cluster_type": {"name": "envoy.clusters.aggregate", "typed_config": config},
    }
