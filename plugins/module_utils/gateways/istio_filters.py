# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EnvoyFilters: what Gateway API has no word for and Istio's Envoys can do, said at the Gateways of one route."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.objects import GroupKind, Object
from ..models.codecs import Report
from ..models.decode import Entry
from ..models.refs import GATEWAY, dropped
from ..models.route import Route

ENVOY_FILTER = GroupKind("networking.istio.io", "EnvoyFilter")
CONTEXT = {"context": "GATEWAY"}
FAILURES = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
"""What Istio itself writes as reasons to try again."""

Patch = dict[str, Any]


def rule_name(entry: Entry[Route], index: int) -> str:
    """What Istio calls a rule in its Envoys."""
    return f"{entry.namespace}.{entry.name}.{index}"


def on_rule(entry: Entry[Route], index: int, action: dict[str, Any]) -> Patch:
    """A change of what Envoy does with the requests of one rule."""
    match = {**CONTEXT, "routeConfiguration": {"vhost": {"route": {"name": rule_name(entry, index)}}}}
    return {"applyTo": "HTTP_ROUTE", "match": match, "patch": {"operation": "MERGE", "value": {"route": action}}}


def at_gateways(entry: Entry[Route], suffix: str, patches: Sequence[Patch], what: str, remedy: str, report: Report) -> list[Object]:
    """One filter in the namespace of each Gateway that the route hangs on, for those Gateways alone. ``what`` is named where there are none."""
    gateways: dict[str, list[str]] = {}
    for index, parent in enumerate(entry.value.parents):
        if parent.target != GATEWAY:
            report.add(f"{entry.origin}.parents[{index}]", f"is no Gateway, and {what} is for Gateways.", remedy)
        gateways.setdefault(parent.namespace or entry.namespace, []).append(parent.name)
    if not gateways:
        report.add(f"{entry.origin}.parents", f"are missing: {what} is set at the Gateways of the route.", "Write parents: [NAME].")
    return [_filter(entry, suffix, namespace, names, patches) for namespace, names in gateways.items()]


def _filter(entry: Entry[Route], suffix: str, namespace: str, gateways: list[str], patches: Sequence[Patch]) -> Object:
    own = f"{entry.name}-{suffix}" if namespace == entry.namespace else f"{entry.namespace}.{entry.name}-{suffix}"
    return {
        "apiVersion": f"{ENVOY_FILTER.group}/v1alpha3",
        "kind": ENVOY_FILTER.kind,
        "metadata": dropped({"name": own, "namespace": namespace, "labels": entry.value.labels}),
        "spec": {
            "targetRefs": [{"group": GATEWAY.group, "kind": GATEWAY.kind, "name": name} for name in dict.fromkeys(gateways)],
            "configPatches": list(patches),
        },
    }
