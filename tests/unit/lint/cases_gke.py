# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hits and misses of the rules about GKE Gateway."""

from __future__ import annotations

from typing import Any

from unit.lint.cases_routes import CASE
from unit.models.support import BACKEND, route, rule

V1, OLD = "inference.networking.k8s.io", "inference.networking.x-k8s.io"
REGIONAL, GLOBAL = "gke-l7-regional-external-managed", "gke-l7-global-external-managed"
POOL = {"name": "p", "selector": {"app": "m"}, "ports": [8000]}
PLAIN_POOL = {"apiVersion": f"{V1}/v1", "kind": "InferencePool", "metadata": {"name": "p"}, "spec": {}}
APIGEE = {"group": "apim.googleapis.com", "kind": "ApigeeBackendService", "name": "guard"}
ALL = ["RequestHeaders", "RequestBody", "RequestTrailers", "ResponseHeaders", "ResponseBody", "ResponseTrailers"]
STEP = {"name": "s", "backendRef": APIGEE, "supportedEvents": ALL, "timeout": "10s", "failOpen": False, "metadata": {"apigee-extension-processor": "guard"}}
PORT = {"port": 8000, "portSpecification": "USE_FIXED_PORT"}


def made(kind: str, spec: dict[str, Any], name: str = "x", namespace: str = "default") -> dict[str, Any]:
    return {"apiVersion": "networking.gke.io/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def health(name: str = "x", group: str = V1, pool: str = "p", **section: Any) -> dict[str, Any]:
    target = {"group": group, "kind": "InferencePool", "name": pool}
    return made("HealthCheckPolicy", {"targetRef": target, "default": {"config": {"type": "HTTP", "httpHealthCheck": section or PORT}}}, name)


def backend(**default: Any) -> dict[str, Any]:
    return made("GCPBackendPolicy", {"targetRef": {"group": "", "kind": "Service", "name": "s"}, "default": default})


def traffic(cel: str = "", namespace: str = "default", **changes: Any) -> dict[str, Any]:
    step = {name: value for name, value in {**STEP, **changes}.items() if value is not None}
    chain = {"name": "c", "extensions": [step], **({"matchCondition": {"celExpressions": [{"celMatcher": cel}]}} if cel else {})}
    spec = {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gw"}], "extensionChains": [chain]}
    return made("GCPTrafficExtension", spec, namespace=namespace)


def objects(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"objects": list(found), **more}


def at(class_name: str, *rules: dict[str, Any], renderer: str = "gateway_api") -> dict[str, Any]:
    gateway = {"name": "gw", "class": class_name, "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
    return {"gateways": [gateway], "routes": [route(*rules, parents=["gw"])], "renderer": renderer}


def doors(namespace: str = "default") -> list[dict[str, Any]]:
    return [{"name": "gw", "namespace": namespace, "class": REGIONAL, "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}]


TIMED, TO_POOL = rule(timeouts={"request": "300s"}), {"backends": [{"pool": "p"}]}

CASES: list[CASE] = [
    ("gke-other-renderer", at(REGIONAL, TIMED), "parents[0]: is of class gke-l7-regional-external-managed, and renderer gateway_api writes timeouts"),
    ("gke-other-renderer", at(REGIONAL, TIMED, renderer="gke"), ""),
    ("gke-other-renderer", at(REGIONAL, rule()), ""),
    ("gke-other-renderer", at("istio", TIMED), ""),
    ("gke-class-without-pools", at(GLOBAL, TO_POOL, renderer="gke"), "serves no InferencePool such as p"),
    ("gke-class-without-pools", at(REGIONAL, TO_POOL, renderer="gke"), ""),
    ("gke-class-without-pools", at(GLOBAL, {"backends": [BACKEND]}, renderer="gke"), ""),
    ("timeout-missing", at(REGIONAL, TO_POOL, renderer="gke"), "GKE stops it after 30 s"),
    ("gke-pool-unasked", objects(PLAIN_POOL, backend(timeoutSec=3)), "objects[0] (InferencePool p): has no HealthCheckPolicy"),
    ("gke-pool-unasked", objects(PLAIN_POOL, health()), ""),
    ("gke-pool-unasked", objects(PLAIN_POOL), ""),
    ("gke-policy-target", objects(health(pool="q"), pools=[POOL]), "InferencePool default/q is neither declared nor known"),
    ("gke-policy-target", objects(health(group=OLD), pools=[POOL]), f"is {OLD}, and pools are of {V1}"),
    ("gke-policy-target", objects(health(), pools=[POOL]), ""),
    ("gke-policy-target", objects(health(pool="q")), ""),
    (
        "gke-policy-twice",
        objects(health("a"), health("b")),
        "is a second HealthCheckPolicy for InferencePool p; the first is objects[0] (HealthCheckPolicy a).",
    ),
    ("gke-policy-twice", objects(health("a"), health("b", pool="q"), backend(timeoutSec=3)), ""),
    ("gke-health-port", objects(health(port=8000, requestPath="/health")), "Write portSpecification: USE_FIXED_PORT."),
    ("gke-health-port", objects(health(requestPath="/health")), "Write portSpecification: USE_SERVING_PORT."),
    ("gke-health-port", objects(health()), ""),
    ("gke-logging-fields", objects(backend(logging={"enabled": True, "optionalFields": ["a"]})), "optionalFields is nothing that GKE takes"),
    ("gke-logging-fields", objects(backend(logging={"enabled": True, "sampleRate": 1})), ""),
    (
        "gke-body-events",
        objects(traffic(requestBodySendMode="FullDuplexStreamed", supportedEvents=["RequestHeaders", "RequestBody"])),
        "extensions[0].supportedEvents: lacks RequestTrailers",
    ),
    ("gke-body-events", objects(traffic(requestBodySendMode="FullDuplexStreamed", responseBodySendMode="FullDuplexStreamed")), ""),
    ("gke-body-events", objects(traffic(requestBodySendMode="Streamed", supportedEvents=["RequestBody"])), ""),
    ("gke-extension-short", objects(traffic(timeout="1s")), "timeout: is 1s: short for the bodies"),
    ("gke-extension-short", objects(traffic(timeout=None)), "is not said, so 1s"),
    ("gke-extension-short", objects(traffic()), ""),
    ("gke-extension-short", objects(traffic(timeout="1s", supportedEvents=["RequestHeaders"])), ""),
    ("gke-cel-bare", objects(traffic("true")), "celExpressions[0].celMatcher: is a bare word"),
    ("gke-cel-bare", objects(traffic('request.path.startsWith("/")')), ""),
    ("gke-apigee-proxy", objects(traffic(metadata=None)), "apigee-extension-processor is missing, and the backend guard"),
    ("gke-apigee-proxy", objects(traffic(metadata={"apigee-extension-processor": "other"})), "apigee-extension-processor is other"),
    ("gke-apigee-proxy", objects(traffic()), ""),
    ("gke-extension-open", objects(traffic(failOpen=True)), "without Apigee every request passes"),
    ("gke-extension-open", objects(traffic(failOpen=True, backendRef={"group": "", "kind": "Service", "name": "s", "port": 443})), ""),
    ("gke-extension-open", objects(traffic()), ""),
    ("gke-extension-gateway", objects(traffic(), gateways=doors("infra")), "Gateway default/gw is neither declared nor known. Put the extension into infra"),
    ("gke-extension-gateway", objects(traffic(), gateways=[]), "Correct the name"),
    ("gke-extension-gateway", objects(traffic(), gateways=doors()), ""),
    ("gke-extension-gateway", objects(traffic()), ""),
]
