# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where rules send requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...engine.errors import Issue
from ...engine.objects import GroupKind
from ...models.refs import HTTP_ROUTE, INFERENCE_POOL, REFERENCE_GRANT, SERVICE, Ref
from ..granted import granted
from ..manifests import at, service_ports
from ..rule import error, warning
from ..world import World, targets


@warning("duplicate-backend", "https://github.com/envoyproxy/gateway/issues/5230")
def duplicate_backend(world: World) -> Iterator[Issue]:
    """A rule names the same backend twice: its shares add up, and some gateways mix up what each of the two is to do."""
    for entry, rule, where in world.rules:
        seen: dict[Any, int] = {}
        for index, backend in enumerate(rule.backends):
            who = (backend.ref, backend.namespace or entry.namespace, backend.port, backend.host, backend.provider, backend.model)
            first = seen.setdefault(who, index)
            if first != index:
                yield Issue(f"{where}.backends[{index}]", f"is the same as backends[{first}]; their shares add up.", "Keep one with both weights.")


@warning("two-pools-one-rule", "https://github.com/istio/istio/issues/61594")
def two_pools_one_rule(world: World) -> Iterator[Issue]:
    """A rule splits between two pools. Istio before September 2026 asks one endpoint picker for the whole rule, and when its pool is empty every request
    fails."""
    for _entry, rule, where in world.rules if world.renderer == "istio" else ():
        pools = [backend.pool for backend in rule.backends if backend.pool and backend.weight != 0]
        if len(pools) > 1:
            problem = f"split between the pools {' and '.join(pools)}, but Istio may ask the picker of one for both."
            yield Issue(f"{where}.backends", problem, "Give each pool a rule of its own, or turn this rule off with the version of Istio as the reason.")


@warning("unknown-backend", "https://github.com/envoyproxy/gateway/issues/7483")
def unknown_backend(world: World) -> Iterator[Issue]:
    """A route sends to a Service or an InferencePool that is neither declared nor there. Its share of the requests, and
    with some gateways every request of the rule, is answered by 500."""
    known = [kind for kind in (SERVICE, INFERENCE_POOL) if _known(world, kind)]
    for entry, target, where in targets(world) if known else ():
        ref, namespace = target.ref, target.namespace or entry.namespace
        if ref is None or ref.target not in known or _is_there(world, ref, namespace):
            continue
        problem = f"{ref.target.kind} {namespace}/{ref.name} is neither declared nor known."
        elsewhere = _elsewhere(world, ref)
        yield Issue(where, problem, f"Write namespace: {elsewhere}." if elsewhere else "Declare it, or correct the name.")


def _known(world: World, kind: GroupKind) -> bool:
    return world.knows(kind) if kind == SERVICE else kind == INFERENCE_POOL and (world.pools is not None or kind in world.facts)


def _is_there(world: World, ref: Ref, namespace: str) -> bool:
    declared = ref.target == INFERENCE_POOL and (namespace, ref.name) in world.pool
    return declared or world.find(ref.target, namespace, ref.name) is not None


def _elsewhere(world: World, ref: Ref) -> str:
    """The first namespace that has an object of this kind and name. Looked for as often as backends are missing, so it is worked out once."""
    kept = f"homes of {ref.target}"
    if kept not in world.kept:
        places = {*world.declared.get(ref.target, ()), *world.facts.get(ref.target, ()), *(world.pool if ref.target == INFERENCE_POOL else ())}
        world.kept[kept] = {name: namespace for namespace, name in sorted(places, reverse=True)}
    homes: dict[str, str] = world.kept[kept]
    return homes.get(ref.name, "")


@error("service-port", "https://github.com/kgateway-dev/kgateway/issues/11998")
def service_port(world: World) -> Iterator[Issue]:
    """A route sends to a port that the Service does not have."""
    for entry, target, where in targets(world) if world.objects_known else ():
        if target.service is None:
            continue
        namespace = target.namespace or entry.namespace
        ports = service_ports(world.find(SERVICE, namespace, target.service))
        if ports and target.port not in ports:
            known = ", ".join(map(str, sorted(ports)))
            yield Issue(f"{where}.port", f"{target.port} is no port of Service {namespace}/{target.service}.", f"It has {known}.")


@warning("external-name", "https://github.com/kubernetes-sigs/gateway-api/issues/1070")
def external_name(world: World) -> Iterator[Issue]:
    """A route sends to a Service of type ExternalName, which gateways are advised to refuse: it leads past every namespace's borders."""
    if world.renderer == "kong":
        return  # Its controller resolves the name, and has no other word for an outside host.
    for entry, target, where in targets(world) if world.objects_known else ():
        service = world.find(SERVICE, target.namespace or entry.namespace, target.service) if target.service else None
        if at(service, "spec", "type") == "ExternalName":
            yield Issue(where, f"Service {target.service} is of type ExternalName.", "Use what the gateway has for outside hosts, such as a ServiceEntry.")


@warning("grant-missing", "https://github.com/volcano-sh/kthena/issues/1544")
def grant_missing(world: World) -> Iterator[Issue]:
    """A route with grants: false points into another namespace, and no ReferenceGrant there lets it. Such requests are answered by 500 while the route
    is Accepted."""
    if not world.knows(REFERENCE_GRANT):
        return
    for entry, target, where in targets(world):
        namespace = target.namespace or entry.namespace
        foreign = target.ref if entry.value.grants is False and namespace != entry.namespace else None
        if foreign and not granted(world, HTTP_ROUTE, entry.namespace, namespace, foreign):
            problem = f"points into namespace {namespace}, where no ReferenceGrant is known that lets it."
            yield Issue(where, problem, "Take grants: false away, or have the owner of that namespace grant it.")
