# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_pools: InferencePools with their endpoint pickers, and what else a gateway needs to reach their pods."""

from __future__ import annotations

from typing import Any

from ...engine.objects import BuildContext, Desired, GroupKind, Kind
from ..codecs import Report
from ..decode import entries_of
from ..pool import Pool, render_pool
from ..refs import INFERENCE_POOL

OPTION = "inference_pools"
GKE = "gke"
RENDERERS = ("gateway_api", "istio", "kong", GKE)
"""As for routes, whose renderers need not be loaded for that; a test holds both together."""


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    report = Report()
    renderer = context.params.get("renderer")
    pools = entries_of(Pool, entries, OPTION, context.namespace, report)
    for entry in pools:
        if entry.value.health_check is not None and renderer not in (None, GKE):
            problem = f"{renderer} cannot express health_check."
            report.add(f"{entry.origin}.health_check", problem, "Gateways in the cluster go by the pods' readiness probes: take it away, or use renderer gke.")
    report.raise_if_any()
    context.inspect(OPTION, pools)
    desired = [Desired(render_pool(entry, context.served), entry.origin, entry.key) for entry in pools]
    if renderer == GKE:
        from ...gateways.gke_policies import pool_health

        desired += [Desired(pool_health(entry), entry.origin, entry.key) for entry in pools]
    return desired


KIND = Kind(
    option=OPTION,
    group_kinds=(INFERENCE_POOL, GroupKind("networking.gke.io", "HealthCheckPolicy")),
    build=build,
    options={"renderer": {"type": "str", "choices": list(RENDERERS), "default": RENDERERS[0]}},
)
