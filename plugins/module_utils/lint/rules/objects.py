# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain objects beside the lists: Services and the workloads behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...engine.errors import Issue
from ...models.refs import SERVICE
from ..manifests import Manifest, at, listed
from ..rule import warning
from ..workloads import POD, Pods
from ..world import World

OF_GATEWAYS = {"gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name"}
"""Labels of pods that a gateway's own program makes for a Gateway, which nobody declares."""


@warning("service-becomes-vllm-port", "https://github.com/vllm-project/vllm/issues/34199")
def service_becomes_vllm_port(world: World) -> Iterator[Issue]:
    """A Service is called vllm, so Kubernetes sets VLLM_PORT to an address in every pod of the namespace, and vLLM takes it for its own port and stops."""
    known = world.workloads
    for (namespace, name), manifest in world.declared.get(SERVICE, {}).items():
        hurt = next((item for item in known.pods.get(namespace, ()) if item.links and _is_vllm(item)), None)
        if name == "vllm" and hurt is not None:
            yield Issue(manifest.origin, f"sets VLLM_PORT in {hurt.origin}.", "Rename it, or write enableServiceLinks: false in the pod's spec.")


def _is_vllm(pods: Pods) -> bool:
    said = [part for item in pods.containers for part in (item.get("image"), *listed(item.get("command")), *listed(item.get("args")))]
    return any("vllm" in str(part).lower() for part in said)


def selecting(world: World) -> Iterator[tuple[Manifest, list[Pods]]]:
    """Declared Services with a selector, in namespaces whose workloads are known, and the pods behind each."""
    known = world.workloads
    for (namespace, _name), manifest in world.declared.get(SERVICE, {}).items():
        selector = at(manifest.obj, "spec", "selector")
        if isinstance(selector, Mapping) and selector and namespace not in known.dark:
            yield manifest, known.selected(namespace, selector)


@warning("service-selects-nothing", "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/")
def service_selects_nothing(world: World) -> Iterator[Issue]:
    """The selector of a Service takes no pod of a workload that is declared or runs in its namespace, so that it has no endpoints."""
    for manifest, pods in selecting(world):
        if not pods and world.knows(POD) and not OF_GATEWAYS & manifest.obj["spec"]["selector"].keys():
            yield Issue(f"{manifest.origin}.spec.selector", "takes no pod of any workload that is known.", "Write the labels of the pods' template.")


@warning("service-target-port", "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/")
def service_target_port(world: World) -> Iterator[Issue]:
    """A Service leads to a named port that no container behind it has, so that it has no endpoints for it."""
    for manifest, pods in selecting(world):
        names = {name for item in pods for name in item.port_names}
        for index, port in enumerate(listed(at(manifest.obj, "spec", "ports"))):
            target = at(port, "targetPort")
            if pods and isinstance(target, str) and not target.isdigit() and target not in names:
                known = f"They have {', '.join(sorted(names))}." if names else "They have no named port."
                yield Issue(f"{manifest.origin}.spec.ports[{index}].targetPort", f"{target} is no port of the containers behind it.", known)
