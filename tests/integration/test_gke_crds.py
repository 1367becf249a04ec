# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of GKE Gateway on the lab take and refuse what Google's own definitions do.

With ``GKE_CRDS`` set to a folder with Google's (config/crd of GoogleCloudPlatform/gke-gateway-api) the same is asked of those.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import inference_lab
import pytest
from contract import gke_crds

PLURALS = [plural for _kind, plural, _schema in gke_crds.KINDS]
POOL = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "p"}
APIGEE = {"group": "apim.googleapis.com", "kind": "ApigeeBackendService", "name": "a"}
SERVICE = {"group": "", "kind": "Service", "name": "s", "port": 443}
WASM = {"group": "networking.gke.io", "kind": "GCPWasmPlugin", "name": "w"}
ALL = ["RequestHeaders", "RequestBody", "RequestTrailers", "ResponseHeaders", "ResponseBody", "ResponseTrailers"]
FULL = {"requestBodySendMode": "FullDuplexStreamed", "responseBodySendMode": "FullDuplexStreamed"}
SEED = {"name": "e", "backendRef": APIGEE, "supportedEvents": ALL, "failOpen": False, "timeout": "1s", "metadata": {"apigee-request-body": "true"}, **FULL}
MODEL_ARMOR = {"model": "m", "user_prompt_template_id": "projects/p/templates/t"}


@pytest.fixture(scope="module", autouse=True)
def kinds(lab: inference_lab.Lab) -> Iterator[None]:
    folder = os.environ.get("GKE_CRDS")
    if folder:
        lab.kubectl("apply", "--server-side", "--force-conflicts", *(f"--filename={folder}/networking.gke.io_{plural}.yaml" for plural in PLURALS))
        lab.kubectl("wait", "--for=condition=Established", *(f"crd/{plural}.networking.gke.io" for plural in PLURALS))
    else:
        gke_crds.install(lab)
    yield
    gke_crds.remove(lab)


def said(lab: inference_lab.Lab, kind: str, spec: dict[str, Any]) -> str:
    """Empty where the server takes it."""
    obj = {"apiVersion": "networking.gke.io/v1", "kind": kind, "metadata": {"name": "x", "namespace": "default"}, "spec": spec}
    return lab.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", input=json.dumps(obj), check=False)


def good(answer: str) -> bool:
    return "created (server dry run)" in answer


def health(default: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    return {"targetRef": POOL, "default": {**(default or {}), **({"config": config} if config else {})}}


def backend(**default: Any) -> dict[str, Any]:
    return {"targetRef": POOL, "default": default}


def traffic(step: dict[str, Any] | None = None, cel: list[Any] | None = None, **changes: Any) -> dict[str, Any]:
    chain = {"name": "c", "matchCondition": {"celExpressions": [{"celMatcher": each} for each in cel or ()]}, "extensions": [step or SEED]}
    return {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"}], "extensionChains": [chain], **changes}


def step(**changes: Any) -> dict[str, Any]:
    """The seed's, changed; None takes a field away."""
    return {name: value for name, value in {**SEED, **changes}.items() if value is not None}


TO_SERVICE = step(backendRef=SERVICE, authority="a.example.com")
TO_WASM = step(backendRef=WASM, supportedEvents=["RequestHeaders"], timeout=None, metadata=None, requestBodySendMode=None, responseBodySendMode=None)
TO_GOOGLE = step(backendRef=None, googleAPIServiceName="modelarmor.us-central1.rep.googleapis.com", requestBodySendMode=None, responseBodySendMode=None)
FIXED = {"port": 8000, "portSpecification": "USE_FIXED_PORT", "requestPath": "/health"}

TAKEN = [
    ("HealthCheckPolicy", health(type="HTTP", httpHealthCheck=FIXED)),
    (
        "HealthCheckPolicy",
        health({"checkIntervalSec": 2, "timeoutSec": 2}, type="GRPC", grpcHealthCheck={"grpcServiceName": "s", "portSpecification": "USE_SERVING_PORT"}),
    ),
    ("HealthCheckPolicy", health(type="TCP", tcpHealthCheck={"portName": "http", "portSpecification": "USE_NAMED_PORT"})),
    ("HealthCheckPolicy", health({"checkIntervalSec": 15, "timeoutSec": 15, "logConfig": {"enabled": True}})),
    ("GCPBackendPolicy", backend(timeoutSec=300, logging={"enabled": True, "sampleRate": 1000000})),
    ("GCPBackendPolicy", backend(connectionDraining={"drainingTimeoutSec": 3600}, sessionAffinity={"type": "GENERATED_COOKIE", "cookieTtlSec": 50})),
    ("GCPBackendPolicy", backend(iap={"enabled": True, "clientID": "c", "oauth2ClientSecret": {"name": "s"}}, maxRatePerEndpoint=10)),
    ("GCPGatewayPolicy", {"targetRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"}, "default": {"sslPolicy": "strict"}}),
    ("GCPTrafficExtension", traffic(cel=['request.path.startsWith("/")'])),
    ("GCPTrafficExtension", traffic(cel=["1 == 1", "request.headers['x-api-key'] != '' && request.method == 'POST'", 'request.host.matches("a.*")'])),
    ("GCPTrafficExtension", traffic(TO_SERVICE)),
    ("GCPTrafficExtension", traffic(TO_WASM)),
    ("GCPTrafficExtension", traffic({**TO_GOOGLE, "metadata": {"model_armor_settings": json.dumps([MODEL_ARMOR])}})),
    ("GCPTrafficExtension", traffic(step(timeout="10s"))),
    ("GCPTrafficExtension", traffic(step(observabilityMode=True, requestBodySendMode="Streamed", responseBodySendMode=None))),
]

REFUSED = [
    ("HealthCheckPolicy", health(type="HTTP", httpHealthCheck={"port": 8000, "requestPath": "/health"})),
    ("HealthCheckPolicy", health(type="HTTP", httpHealthCheck={"requestPath": "/health"})),
    ("HealthCheckPolicy", health(type="HTTP", httpHealthCheck={"portSpecification": "USE_FIXED_PORT"})),
    ("HealthCheckPolicy", health(type="HTTP", httpHealthCheck={"portSpecification": "USE_NAMED_PORT", "port": 1})),
    ("HealthCheckPolicy", health(type="HTTP", httpHealthCheck={**FIXED, "portSpecification": "USE_SERVING_PORT"})),
    ("HealthCheckPolicy", health(type="HTTP", tcpHealthCheck={})),
    ("HealthCheckPolicy", health(type="HTTP", httpHealthCheck=FIXED, tcpHealthCheck={})),
    ("HealthCheckPolicy", health(type="HTTP", httpHealthCheck={"requestPath": "health"})),
    ("HealthCheckPolicy", health({"checkIntervalSec": 2})),
    ("HealthCheckPolicy", health({"timeoutSec": 6})),
    ("HealthCheckPolicy", health({"checkIntervalSec": 10, "timeoutSec": 11})),
    ("HealthCheckPolicy", health({"unhealthyThreshold": 11})),
    ("GCPBackendPolicy", backend(timeoutSec=0)),
    ("GCPBackendPolicy", backend(connectionDraining={"drainingTimeoutSec": 3601})),
    ("GCPBackendPolicy", backend(logging={"enabled": True, "optionalFields": ["a"]})),
    ("GCPBackendPolicy", backend(sessionAffinity={"type": "COOKIE"})),
    ("GCPBackendPolicy", {"default": {}}),
    ("GCPTrafficExtension", traffic(cel=["true"])),
    ("GCPTrafficExtension", traffic(cel=["request.body == 'x'"])),
    ("GCPTrafficExtension", traffic(cel=["1 == 1 || " + "1 == 1 || " * 50 + "1 == 1"])),
    ("GCPTrafficExtension", traffic(step(supportedEvents=[each for each in ALL if each != "RequestTrailers"]))),
    ("GCPTrafficExtension", traffic(step(supportedEvents=[each for each in ALL if each != "ResponseBody"]))),
    ("GCPTrafficExtension", traffic(step(supportedEvents=["RequestHeaders"], requestBodySendMode="Streamed", responseBodySendMode=None))),
    ("GCPTrafficExtension", traffic(step(supportedEvents=["REQUEST_HEADERS"]))),
    ("GCPTrafficExtension", traffic(step(supportedEvents=[], requestBodySendMode=None, responseBodySendMode=None))),
    ("GCPTrafficExtension", traffic(step(timeout="11s"))),
    ("GCPTrafficExtension", traffic(step(timeout="9ms"))),
    ("GCPTrafficExtension", traffic(step(authority="a"))),
    ("GCPTrafficExtension", traffic({name: value for name, value in TO_SERVICE.items() if name != "authority"})),
    ("GCPTrafficExtension", traffic(step(backendRef={**SERVICE, "port": None}, authority="a"))),
    ("GCPTrafficExtension", traffic(step(backendRef={**APIGEE, "group": ""}))),
    ("GCPTrafficExtension", traffic(step(backendRef=None))),
    ("GCPTrafficExtension", traffic({**TO_GOOGLE, "backendRef": APIGEE})),
    ("GCPTrafficExtension", traffic({**TO_GOOGLE, "authority": "a"})),
    ("GCPTrafficExtension", traffic({**TO_GOOGLE, "requestBodySendMode": "Streamed"})),
    ("GCPTrafficExtension", traffic({**TO_WASM, "timeout": "1s"})),
    ("GCPTrafficExtension", traffic({**TO_WASM, "metadata": {"a": "b"}})),
    ("GCPTrafficExtension", traffic({**TO_WASM, "supportedEvents": ["RequestTrailers"]})),
    ("GCPTrafficExtension", traffic(step(observabilityMode=True))),
    ("GCPTrafficExtension", traffic(step(metadata={str(index): "x" for index in range(17)}))),
    ("GCPTrafficExtension", traffic(step(metadata={"a": True}))),
    ("GCPTrafficExtension", traffic(step(name="My-Extension"))),
    ("GCPTrafficExtension", traffic(extensionChains=[{"name": "c", "extensions": [SEED] * 4}])),
    ("GCPTrafficExtension", traffic(targetRefs=[])),
]


@pytest.mark.parametrize(("kind", "spec"), TAKEN)
def test_taken(kind: str, spec: dict[str, Any], lab: inference_lab.Lab) -> None:
    assert good(said(lab, kind, spec))


@pytest.mark.parametrize(("kind", "spec"), REFUSED)
def test_refused(kind: str, spec: dict[str, Any], lab: inference_lab.Lab) -> None:
    assert not good(said(lab, kind, spec))
