# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain objects of GKE Gateway that its definitions refuse, that attach to nothing, or that stop requests in the middle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...engine.errors import Issue
from ...engine.objects import GroupKind
from ...models.refs import GATEWAY, INFERENCE_POOL
from ..manifests import Manifest, at, listed
from ..rule import error, warning
from ..world import World

GROUP = "networking.gke.io"
HEALTH, BACKEND, TRAFFIC = (GroupKind(GROUP, kind) for kind in ("HealthCheckPolicy", "GCPBackendPolicy", "GCPTrafficExtension"))
OLD = "inference.networking.x-k8s.io"
SECTIONS = ("httpHealthCheck", "httpsHealthCheck", "http2HealthCheck", "grpcHealthCheck", "tcpHealthCheck")
BODIES = ("RequestBody", "ResponseBody")
FULL = "FullDuplexStreamed"
SHORT = re.compile(r"0*1s|0*[0-9]{1,3}ms|0*1000ms")


def policies(world: World, *kinds: GroupKind) -> Iterator[Manifest]:
    for kind in kinds:
        yield from world.declared.get(kind, {}).values()


def steps(world: World) -> Iterator[tuple[Manifest, Any, str]]:
    """Each program of each chain, and where it stands."""
    for manifest in policies(world, TRAFFIC):
        for number, chain in enumerate(listed(at(manifest.obj, "spec", "extensionChains"))):
            for index, step in enumerate(listed(at(chain, "extensions"))):
                yield manifest, step, f"{manifest.origin}.spec.extensionChains[{number}].extensions[{index}]"


def target(manifest: Manifest) -> tuple[str, str, str]:
    """Group, kind and name of what a policy is for."""
    reference = at(manifest.obj, "spec", "targetRef")
    return str(at(reference, "group")), str(at(reference, "kind")), str(at(reference, "name"))


@warning("gke-pool-unasked", "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/1475")
def gke_pool_unasked(world: World) -> Iterator[Issue]:
    """A pool beside other objects of GKE has no HealthCheckPolicy. GKE asks its pods for /, which model servers answer by 404, and sends them nothing."""
    if not any(kind.group == GROUP for kind in world.declared) or not world.complete:
        return
    asked = {(manifest.namespace, *target(manifest)) for manifest in policies(world, HEALTH)}
    for place, manifest in world.declared.get(INFERENCE_POOL, {}).items():
        if (place[0], *INFERENCE_POOL, place[1]) not in asked:
            yield Issue(manifest.origin, "has no HealthCheckPolicy.", "Declare it in inference_pools with renderer gke, or write such a policy.")


@error("gke-policy-target", "https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/633")
def gke_policy_target(world: World) -> Iterator[Issue]:
    """A policy is for a pool that is neither declared nor there, or for pools of the old group. Nothing tells, and the pool stays as it was."""
    for manifest in policies(world, HEALTH, BACKEND):
        group, kind, name = target(manifest)
        if kind != INFERENCE_POOL.kind:
            continue
        where = f"{manifest.origin}.spec.targetRef"
        if group == OLD:
            yield Issue(f"{where}.group", f"is {OLD}, and pools are of {INFERENCE_POOL.group} since their version v1.", f"Write {INFERENCE_POOL.group}.")
        elif (world.pools is not None or INFERENCE_POOL in world.facts) and not _there(world, manifest.namespace, name):
            problem = f"InferencePool {manifest.namespace}/{name} is neither declared nor known."
            yield Issue(f"{where}.name", problem, "A policy and its pool live in the same namespace; correct one of the two.")


def _there(world: World, namespace: str, pool: str) -> bool:
    return (namespace, pool) in world.pool or world.find(INFERENCE_POOL, namespace, pool) is not None


@error("gke-policy-twice", "https://docs.cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources")
def gke_policy_twice(world: World) -> Iterator[Issue]:
    """Two policies of a kind are for the same object. GKE takes the older one, and the other is of no use."""
    seen: dict[tuple[GroupKind, str, str, str, str], str] = {}
    for manifest in policies(world, HEALTH, BACKEND, GroupKind(GROUP, "GCPGatewayPolicy")):
        key = (manifest.kind, manifest.namespace, *target(manifest))
        first = seen.setdefault(key, manifest.origin)
        if first != manifest.origin:
            yield Issue(manifest.origin, f"is a second {manifest.kind.kind} for {key[3]} {key[4]}; the first is {first}.", "Join the two.")


@error("gke-health-port", "https://googlecloudplatform.github.io/gke-gateway-api/")
def gke_health_port(world: World) -> Iterator[Issue]:
    """A health check names a port and not how that is meant. Newer definitions refuse it, though guides write it so."""
    for manifest in policies(world, HEALTH):
        for name in SECTIONS:
            section = at(manifest.obj, "spec", "default", "config", name)
            if isinstance(section, dict) and "portSpecification" not in section:
                meant = "USE_FIXED_PORT" if "port" in section else "USE_NAMED_PORT" if "portName" in section else "USE_SERVING_PORT"
                yield Issue(f"{manifest.origin}.spec.default.config.{name}", "lacks portSpecification.", f"Write portSpecification: {meant}.")


@error("gke-logging-fields", "https://github.com/GoogleCloudPlatform/gke-gateway-api/issues/32")
def gke_logging_fields(world: World) -> Iterator[Issue]:
    """A policy says which fields are logged, as is documented. The definition refuses that, and where validation is lax logging goes off without a word."""
    for manifest in policies(world, BACKEND):
        logging = at(manifest.obj, "spec", "default", "logging")
        if found := sorted(set(logging) - {"enabled", "sampleRate"}) if isinstance(logging, dict) else []:
            yield Issue(f"{manifest.origin}.spec.default.logging", f"{', '.join(found)} is nothing that GKE takes.", "Take it away.")


@error("gke-body-events", "https://docs.cloud.google.com/kubernetes-engine/docs/how-to/configure-gke-service-extensions")
def gke_body_events(world: World) -> Iterator[Issue]:
    """An extension is sent whole bodies both ways (FullDuplexStreamed) and not told of a body or its trailers, without which it would wait for the end."""
    for _manifest, step, where in steps(world):
        for part, field in (("Request", "requestBodySendMode"), ("Response", "responseBodySendMode")):
            missing = [event for event in (f"{part}Body", f"{part}Trailers") if event not in listed(at(step, "supportedEvents"))]
            if at(step, field) == FULL and missing:
                yield Issue(f"{where}.supportedEvents", f"lacks {' and '.join(missing)}, which {field}: {FULL} needs.", "Write them too.")


@warning("gke-extension-short", "https://github.com/GoogleCloudPlatform/apigee-samples/pull/423")
def gke_extension_short(world: World) -> Iterator[Issue]:
    """An extension that reads bodies has a second or less for each message, which is what GKE takes where nothing is said. Long prompts fail then."""
    for _manifest, step, where in steps(world):
        said = at(step, "timeout")
        short = said is None or bool(SHORT.fullmatch(str(said)))
        if short and "wasm" not in str(at(step, "backendRef", "kind")).lower() and set(BODIES) & set(map(str, listed(at(step, "supportedEvents")))):
            yield Issue(f"{where}.timeout", f"is {said or 'not said, so 1s'}: short for the bodies of prompts and answers.", "Write timeout: 10s.")


@error("gke-cel-bare", "https://docs.cloud.google.com/service-extensions/docs/cel-matcher-language-reference")
def gke_cel_bare(world: World) -> Iterator[Issue]:
    """The condition of a chain is a bare true or false, which the definition refuses."""
    for manifest in policies(world, TRAFFIC):
        for number, chain in enumerate(listed(at(manifest.obj, "spec", "extensionChains"))):
            for index, each in enumerate(listed(at(chain, "matchCondition", "celExpressions"))):
                if str(at(each, "celMatcher")).strip().lower() in ("true", "false"):
                    where = f"{manifest.origin}.spec.extensionChains[{number}].matchCondition.celExpressions[{index}].celMatcher"
                    yield Issue(where, "is a bare word.", "Leave matchCondition out for every request, or write 1 == 1.")


@warning("gke-apigee-proxy", "https://github.com/GoogleCloudPlatform/apigee-samples/pull/423")
def gke_apigee_proxy(world: World) -> Iterator[Issue]:
    """An extension that asks Apigee names another proxy in its metadata than that of its ApigeeBackendService, or none."""
    for _manifest, step, where in steps(world):
        reference = at(step, "backendRef")
        named = at(step, "metadata", "apigee-extension-processor")
        if at(reference, "kind") == "ApigeeBackendService" and named != at(reference, "name"):
            problem = f"apigee-extension-processor is {named or 'missing'}, and the backend {at(reference, 'name')}."
            yield Issue(f"{where}.metadata", problem, f"Write apigee-extension-processor: {at(reference, 'name')}.")


@warning("gke-extension-open", "https://github.com/DataDog/documentation/pull/29942")
def gke_extension_open(world: World) -> Iterator[Issue]:
    """An extension that asks Apigee lets requests through when Apigee does not answer in time: then nobody asks for keys."""
    for _manifest, step, where in steps(world):
        if at(step, "backendRef", "kind") == "ApigeeBackendService" and at(step, "failOpen") is True:
            yield Issue(f"{where}.failOpen", "is true: without Apigee every request passes.", "Write failOpen: false.")


@error("gke-extension-gateway", "https://github.com/DataDog/documentation/pull/36156")
def gke_extension_gateway(world: World) -> Iterator[Issue]:
    """An extension is for a Gateway that is not in its namespace. Both, and the program that is asked, have to share one."""
    for manifest in policies(world, TRAFFIC) if world.gateways is not None else ():
        for index, reference in enumerate(listed(at(manifest.obj, "spec", "targetRefs"))):
            place = (manifest.namespace, str(at(reference, "name")))
            if place not in world.gateway and world.find(GATEWAY, *place) is None:
                others = [space for space, name in world.gateway if name == place[1]]
                remedy = f"Put the extension into {others[0]}, beside it." if others else "Correct the name, or declare the Gateway."
                yield Issue(f"{manifest.origin}.spec.targetRefs[{index}]", f"Gateway {'/'.join(place)} is neither declared nor known.", remedy)
