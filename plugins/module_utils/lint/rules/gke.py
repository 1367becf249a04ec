# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes at Gateways of GKE's classes. What a route itself must not hold is the renderer's to say."""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.errors import Issue
from ..listening import attempts
from ..rule import error, warning
from ..world import World

GKE = "gke"
CLASSES = "gke-l7-"
WITHOUT_POOLS = ("gke-l7-global-", "gke-l7-gxlb")


@error("gke-other-renderer", "https://github.com/kserve/kserve/issues/5311")
def gke_other_renderer(world: World) -> Iterator[Issue]:
    """A route with timeouts hangs on a Gateway of GKE and is rendered for another gateway. GKE accepts no route with a field that it has not."""
    for found in attempts(world) if world.renderer != GKE else ():
        class_name = found.gateway.value.class_name
        if class_name.startswith(CLASSES) and any(rule.timeouts for rule in found.entry.value.rules):
            problem = f"is of class {class_name}, and renderer {world.renderer} writes timeouts into the route."
            yield Issue(found.where, problem, "Write renderer: gke (inference_gateway_renderer in an inventory).")


@warning("gke-class-without-pools", "https://docs.cloud.google.com/kubernetes-engine/docs/concepts/about-gke-inference-gateway")
def gke_class_without_pools(world: World) -> Iterator[Issue]:
    """A route to an InferencePool hangs on a Gateway of a global class. GKE serves pools by regional classes."""
    for found in attempts(world):
        class_name = found.gateway.value.class_name
        pools = sorted({backend.pool for rule in found.entry.value.rules for backend in rule.backends if backend.pool})
        if pools and class_name.startswith(WITHOUT_POOLS):
            problem = f"is of class {class_name}, which serves no InferencePool such as {pools[0]}."
            yield Issue(found.where, problem, "Write class: gke-l7-regional-external-managed or gke-l7-rilb in the Gateway.")
