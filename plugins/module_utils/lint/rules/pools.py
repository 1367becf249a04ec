# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pools, their endpoint pickers and their objectives, against the workloads that are declared or run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...engine.errors import Issue
from ...models.refs import INFERENCE_POOL, SERVICE
from ..manifests import at, listed, service_ports
from ..rule import error, warning
from ..workloads import POD, Pods
from ..world import World

if TYPE_CHECKING:
    from ...models.decode import Entry
    from ...models.pool import Pool


def served(world: World) -> Iterator[tuple[Entry[Pool], list[Pods]]]:
    """Pools of namespaces whose workloads are known, with the pods that each selects."""
    known = world.workloads
    for entry in world.pools or ():
        if entry.namespace not in known.dark:
            yield entry, known.selected(entry.namespace, entry.value.selector)


def pickers(world: World) -> Iterator[tuple[Entry[Pool], Pods, list[str]]]:
    """Endpoint pickers that can be told, and how each is started."""
    known = world.workloads
    for entry in world.pools or ():
        picker = entry.value.endpoint_picker
        service = world.find(SERVICE, entry.namespace, picker.service) if picker and picker.service else None
        selector = at(service, "spec", "selector")
        if isinstance(selector, dict) and selector:
            for pods in known.selected(entry.namespace, selector):
                yield entry, pods, _words(pods)


def _words(pods: Pods) -> list[str]:
    said: list[Any] = [word for container in pods.containers for field in ("command", "args") for word in listed(container.get(field))]
    return [part for word in said for part in str(word).lstrip("-").split("=", 1)]


@warning("pool-selects-nothing", "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/256")
def pool_selects_nothing(world: World) -> Iterator[Issue]:
    """The selector of a pool takes no pod of a workload that is declared or runs in the pool's own namespace."""
    for entry, pods in served(world):
        if not pods and world.knows(POD):
            problem = f"takes no pod of any workload that is known in namespace {entry.namespace}."
            yield Issue(f"{entry.origin}.selector", problem, "Write the labels of the pods' template. A pool looks into its own namespace only.")


@warning("pool-port-unserved", "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/2562")
def pool_port_unserved(world: World) -> Iterator[Issue]:
    """Pods of a pool listen on other ports than the pool names. The endpoint picker passes over them without a word."""
    for entry, pods in served(world):
        for item in pods:
            if item.ports and not item.ports & set(entry.value.ports):
                known = ", ".join(map(str, sorted(item.ports)))
                yield Issue(f"{entry.origin}.ports", f"{item.origin} listens on none of them but on {known}.", "Let the pool name the port of the server.")


@warning("pools-share-pods", "https://github.com/kubernetes-sigs/gateway-api-inference-extension/pull/673")
def pools_share_pods(world: World) -> Iterator[Issue]:
    """Two pools take the same pods. Each picker counts on having them for itself."""
    seen: dict[tuple[str, int], Entry[Pool]] = {}
    told = set()
    for entry, pods in served(world):
        for item in pods:
            first = seen.setdefault((entry.namespace, id(item.labels)), entry)
            if first is not entry and (first.key, entry.key) not in told:
                told.add((first.key, entry.key))
                yield Issue(f"{entry.origin}.selector", f"takes pods of {item.origin}, and so does {first.origin}.", "Give each pool labels of its own.")


@warning("pool-without-route", "https://github.com/nginx/nginx-gateway-fabric/pull/3970")
def pool_without_route(world: World) -> Iterator[Issue]:
    """No route that is declared sends to a pool, so no gateway ever says that it is Accepted, and waiting for that never ends."""
    if not world.routes:
        return
    used = {(backend.namespace or entry.namespace, backend.pool) for entry, rule, _where in world.rules for backend in rule.backends if backend.pool}
    used |= set(_elsewhere(world))
    for entry in world.pools or ():
        if (entry.namespace, entry.name) not in used:
            yield Issue(entry.origin, "no route sends to it.", "Name it as a backend, or take it away.")


def _elsewhere(world: World) -> Iterator[tuple[str, str]]:
    """Pools that plain objects send to: routes of other protocols, HTTPRoutes that no entry can say, routes of AI gateways."""
    for item in world.objects or ():
        for rule in listed(at(item.obj, "spec", "rules")):
            for backend in listed(at(rule, "backendRefs")):
                if at(backend, "kind") == INFERENCE_POOL.kind:
                    yield str(at(backend, "namespace") or item.namespace), str(at(backend, "name"))


@warning("picker-unknown", "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/2915")
def picker_unknown(world: World) -> Iterator[Issue]:
    """The Service of a pool's endpoint picker is neither declared nor there: with FailClose every request fails, with FailOpen none is placed well."""
    for entry in world.pools or ():
        picker = entry.value.endpoint_picker
        if picker and picker.service and world.knows(SERVICE) and world.find(SERVICE, entry.namespace, picker.service) is None:
            problem = f"Service {entry.namespace}/{picker.service} is neither declared nor known."
            yield Issue(f"{entry.origin}.endpoint_picker", problem, "Declare it in the pool's namespace, or correct the name.")


@error("picker-port", "https://gateway-api-inference-extension.sigs.k8s.io/reference/spec/")
def picker_port(world: World) -> Iterator[Issue]:
    """The Service of a pool's endpoint picker lacks the port that the pool names."""
    for entry in world.pools or ():
        picker = entry.value.endpoint_picker
        ports = service_ports(world.find(SERVICE, entry.namespace, picker.service)) if picker and picker.service else set()
        if picker and ports and picker.port not in ports:
            known = ", ".join(map(str, sorted(ports)))
            yield Issue(f"{entry.origin}.endpoint_picker.port", f"{picker.port} is no port of Service {picker.service}.", f"It has {known}.")


@warning("picker-of-other-pool", "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/946")
def picker_of_other_pool(world: World) -> Iterator[Issue]:
    """The endpoint picker of a pool is started for another pool, whose pods it will choose."""
    for entry, pods, words in pickers(world):
        named = [words[index + 1] for index, word in enumerate(words[:-1]) if word in ("pool-name", "poolName")]
        if named and entry.name not in named:
            problem = f"{pods.origin} is started for the pool {named[0]}, not for {entry.name}."
            yield Issue(f"{entry.origin}.endpoint_picker", problem, f"Start one with --pool-name={entry.name}; a picker serves one pool.")


@warning("picker-replicas", "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/692")
def picker_replicas(world: World) -> Iterator[Issue]:
    """Several endpoint pickers of one pool work side by side without a leader. Each knows of the requests that it placed itself only."""
    for entry, pods, words in pickers(world):
        if isinstance(pods.replicas, int) and pods.replicas > 1 and not any("leader-election" in word for word in words):
            problem = f"{pods.origin} has {pods.replicas} replicas and no leader."
            yield Issue(f"{entry.origin}.endpoint_picker", problem, "Write replicas: 1, or start them with --ha-enable-leader-election.")


@warning("objective-pool-unknown", "https://github.com/llm-d/llm-d-router/pull/2925")
def objective_pool_unknown(world: World) -> Iterator[Issue]:
    """An objective is for a pool that is neither declared nor there. No picker reads it, and nothing is logged about it."""
    for entry in world.objectives or () if world.pools is not None or INFERENCE_POOL in world.facts else ():
        ref = entry.value.pool
        if (ref.group, ref.kind) != (None, None) or (entry.namespace, ref.name) in world.pool or world.find(INFERENCE_POOL, entry.namespace, ref.name):
            continue
        problem = f"InferencePool {entry.namespace}/{ref.name} is neither declared nor known."
        yield Issue(f"{entry.origin}.pool", problem, "An objective and its pool live in the same namespace; correct one of the two.")
