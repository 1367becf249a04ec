# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of role gke_gateway: what they become, and each mistake with the words that a user reads."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.gke_extensions import MATCHER
from ansible_collections.inference.gateway.plugins.module_utils.servers.gke_lists import Inventory, Rendered, render
from contract.gke_crds import MATCHER as OF_THE_DEFINITION
from contract.gke_crds import WORDS
from hypothesis import given
from hypothesis import strategies as st

EVENTS = ["RequestHeaders", "RequestBody", "RequestTrailers", "ResponseHeaders", "ResponseBody", "ResponseTrailers"]
HEALTH = {"name": "h", "service": "s"}
POLICY = {"name": "b", "pool": "p", "timeout": 600}
STEP = {"name": "apigee", "apigee": "guard", "events": EVENTS}
TO_SERVICE = {"name": "c", "service": "callout", "port": 443, "authority": "c.example.com", "events": ["RequestHeaders"]}
WASM = {"name": "w", "wasm_plugin": "w", "events": ["RequestHeaders"]}
ARMOR = {"name": "armor", "google_api": "modelarmor.us-central1.rep.googleapis.com", "events": EVENTS, "metadata": {"model_armor_settings": '[{"model": "m"}]'}}


def extension(*steps: dict[str, Any], **chain: Any) -> dict[str, Any]:
    return {"name": "x", "gateways": ["edge"], "chains": [{"name": "c", "extensions": list(steps) or [STEP], **chain}]}


def of(health: Any = (), backend: Any = (), gateway: Any = (), traffic: Any = (), **inventory: Any) -> Rendered:
    names = ("health_checks", "backend_policies", "policies", "traffic_extensions")
    lists = dict(zip((f"gke_gateway_{name}" for name in names), map(list, (health, backend, gateway, traffic)), strict=True))
    return render(lists, "ai", Inventory(**inventory))


def wrong(**lists: Any) -> list[str]:
    with pytest.raises(InputError) as error:
        of(**lists)
    return [str(issue) for issue in error.value.issues]


def config(**check: Any) -> dict[str, Any]:
    (made,) = of(health=[{**HEALTH, **check}]).policies
    found: dict[str, Any] = made["spec"]["default"]
    return found


def step(**fields: Any) -> dict[str, Any]:
    (made,) = of(traffic=[extension({**STEP, **fields})]).extensions
    found: dict[str, Any] = made["spec"]["extensionChains"][0]["extensions"][0]
    return found


def test_health_checks() -> None:
    assert config() == {"config": {"type": "HTTP", "httpHealthCheck": {"requestPath": "/health", "portSpecification": "USE_SERVING_PORT"}}}
    assert config(type="TCP", port=1, request="a", response="b", log=True) == {
        "config": {"type": "TCP", "tcpHealthCheck": {"port": 1, "portSpecification": "USE_FIXED_PORT", "request": "a", "response": "b"}},
        "logConfig": {"enabled": True},
    }
    named = config(type="HTTPS", port_name="web", host="a.example.com", path="/x", proxy_header="PROXY_V1", interval=9, timeout=9)
    assert named == {
        "checkIntervalSec": 9,
        "timeoutSec": 9,
        "config": {
            "type": "HTTPS",
            "httpsHealthCheck": {
                "requestPath": "/x",
                "portName": "web",
                "portSpecification": "USE_NAMED_PORT",
                "host": "a.example.com",
                "proxyHeader": "PROXY_V1",
            },
        },
    }


def test_backend_and_gateway_policies() -> None:
    everything = {
        "draining": 60,
        "logging": {"enabled": True, "sample_rate": 5},
        "max_rate_per_endpoint": 9,
        "preference": "PREFERRED",
        "security_policy": "edge",
        "iap": {"enabled": True, "client_id": "c", "secret": "s"},
        "session_affinity": {"type": "GENERATED_COOKIE", "cookie_ttl": 50},
        "further": {"balancingMode": "RATE"},
    }
    backend, gateway = of(backend=[{**POLICY, **everything}], gateway=[{"name": "g", "gateway": "edge", "allow_global_access": True}]).policies
    assert backend["spec"]["default"] == {
        "timeoutSec": 600,
        "connectionDraining": {"drainingTimeoutSec": 60},
        "logging": {"enabled": True, "sampleRate": 5},
        "maxRatePerEndpoint": 9,
        "backendPreference": "PREFERRED",
        "securityPolicy": "edge",
        "iap": {"enabled": True, "clientID": "c", "oauth2ClientSecret": {"name": "s"}},
        "sessionAffinity": {"type": "GENERATED_COOKIE", "cookieTtlSec": 50},
        "balancingMode": "RATE",
    }
    assert gateway == {
        "apiVersion": "networking.gke.io/v1",
        "kind": "GCPGatewayPolicy",
        "metadata": {"name": "g", "namespace": "ai"},
        "spec": {"targetRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}, "default": {"allowGlobalAccess": True}},
    }


def test_the_seeds_extension() -> None:
    found = of(traffic=[extension({**STEP, "request_body": "FullDuplexStreamed", "fail_open": False, "timeout": "10s"}, when=['request.path.startsWith("/")'])])
    assert found.gateways == [{"namespace": "ai", "name": "edge"}]
    (chain,) = found.extensions[0]["spec"]["extensionChains"]
    assert chain["matchCondition"] == {"celExpressions": [{"celMatcher": 'request.path.startsWith("/")'}]}
    assert chain["extensions"] == [
        {
            "name": "apigee",
            "backendRef": {"group": "apim.googleapis.com", "kind": "ApigeeBackendService", "name": "guard"},
            "supportedEvents": EVENTS,
            "timeout": "10s",
            "failOpen": False,
            "metadata": {"apigee-extension-processor": "guard"},
            "requestBodySendMode": "FullDuplexStreamed",
        }
    ]
    assert step(metadata={"apigee-extension-processor": "other", "a": "b"})["metadata"] == {"apigee-extension-processor": "other", "a": "b"}


def test_others_are_asked_by_their_own_kinds() -> None:
    (made,) = of(traffic=[extension(TO_SERVICE, WASM, ARMOR)]).extensions
    first, second, third = made["spec"]["extensionChains"][0]["extensions"]
    assert (first["backendRef"], first["authority"]) == ({"group": "", "kind": "Service", "name": "callout", "port": 443}, "c.example.com")
    assert second["backendRef"] == {"group": "networking.gke.io", "kind": "GCPWasmPlugin", "name": "w"}
    assert (third["googleAPIServiceName"], "backendRef" in third) == (ARMOR["google_api"], False)


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ({"health": [{"name": "h"}]}, "(h): names no backend; exactly one of pool, service and service_import is wanted."),
        ({"health": [{**HEALTH, "port": 1, "port_name": "a"}]}, "(h): has port and port_name."),
        ({"health": [{**HEALTH, "type": "GRPC", "host": "a"}]}, "(h).host: belongs to HTTP or HTTPS or HTTP2, not to GRPC."),
        ({"health": [{**HEALTH, "request": "a"}]}, "(h).request: belongs to TCP, not to HTTP."),
        ({"health": [{**HEALTH, "interval": 2}]}, "(h): timeout, 5 where none is said, is more than interval, 2."),
        ({"health": [HEALTH, {**HEALTH, "name": "i"}]}, "(i): is a second policy for Service ai/s; the first is gke_gateway_health_checks[0] (h)."),
        ({"backend": [{"name": "b", "pool": "p"}]}, "(b): says nothing."),
        ({"backend": [{**POLICY, "timeout": 0}]}, "(b).timeout: expected seconds from 1 to 2147483647"),
        ({"backend": [{**POLICY, "logging": {"enabled": True, "optional_fields": []}}]}, "GKE's definition refuses it, although it is documented."),
        ({"backend": [{**POLICY, "iap": {"enabled": True, "client_id": "c"}}]}, "(b).iap: secret is missing beside the other."),
        ({"backend": [{**POLICY, "session_affinity": {"type": "CLIENT_IP", "cookie_ttl": 1}}]}, "cookie_ttl: belongs to GENERATED_COOKIE and HTTP_COOKIE"),
        ({"backend": [{**POLICY, "further": {"timeoutSec": 1}}]}, "(b).further.timeoutSec: is said by a field of the entry already."),
        ({"backend": [{**POLICY, "timeouts": {"request": "1s"}}]}, "unknown field timeouts. Write timeout, in seconds."),
        ({"gateway": [{"name": "g", "gateway": "edge"}]}, "(g): says nothing."),
        ({"traffic": [{**extension(), "gateways": []}]}, "(x).gateways: has 0 items; at least 1 must be given."),
        ({"traffic": [extension(when=["true"])]}, "GKE knows no bare true"),
        ({"traffic": [extension(when=["request.body == 'a'"])]}, "chains[0].when[0]: expected an expression in CEL"),
        ({"traffic": [extension({**STEP, "service": "s"})]}, "extensions[0]: has apigee and service; exactly one of"),
        ({"traffic": [extension({"name": "n", "events": EVENTS})]}, "extensions[0]: names nobody to ask"),
        ({"traffic": [extension({**TO_SERVICE, "authority": None})]}, "extensions[0]: authority is missing: service needs it."),
        ({"traffic": [extension({**TO_SERVICE, "port": None})]}, "extensions[0]: port is missing: service needs it."),
        ({"traffic": [extension({**STEP, "authority": "a"})]}, "authority: belongs to service and service_import, not to apigee."),
        ({"traffic": [extension({**STEP, "events": ["REQUEST_HEADERS"]})]}, "expected one of RequestHeaders, RequestBody"),
        ({"traffic": [extension({**STEP, "events": []})]}, "events: has 0 items; at least 1 must be given."),
        ({"traffic": [extension({**STEP, "timeout": "11s"})]}, "timeout: 11s is not from 10ms to 10s."),
        ({"traffic": [extension({**STEP, "timeout": "9ms"})]}, "timeout: 9ms is not from 10ms to 10s."),
        (
            {"traffic": [extension({**STEP, "events": EVENTS[:2], "request_body": "FullDuplexStreamed"})]},
            "events: RequestTrailers are missing, which request_body: FullDuplexStreamed needs.",
        ),
        (
            {"traffic": [extension({**STEP, "events": EVENTS[:1], "response_body": "Streamed"})]},
            "ResponseBody are missing, which response_body: Streamed needs.",
        ),
        (
            {"traffic": [extension({**STEP, "observability": True, "request_body": "FullDuplexStreamed"})]},
            "request_body: FullDuplexStreamed waits for answers, and observability does not.",
        ),
        ({"traffic": [extension({**ARMOR, "request_body": "Streamed"})]}, "request_body: belongs to apigee, service, service_import, not to google_api."),
        ({"traffic": [extension({**WASM, "timeout": "1s"})]}, "timeout: is nothing that a wasm_plugin takes."),
        ({"traffic": [extension({**WASM, "metadata": {"a": "b"}})]}, "metadata: is nothing that a wasm_plugin takes."),
        ({"traffic": [extension({**WASM, "events": ["RequestTrailers"]})]}, "events: RequestTrailers are not told to a wasm_plugin."),
        ({"traffic": [extension({**STEP, "metadata": {"a": True}})]}, "expected text, got the boolean true. Put it in quotes"),
        ({"traffic": [extension({**STEP, "metadata": {str(number): "a" for number in range(17)}})]}, "metadata: has 17 entries; at most 16 are allowed."),
        ({"traffic": [extension({**STEP, "events": EVENTS[:1], "metadata": {"apigee-request-body": "true"}})]}, "RequestBody is missing, and metadata says"),
        ({"traffic": [extension(STEP, STEP)]}, "chains[0].extensions: names are there twice: apigee, apigee."),
        ({"traffic": [extension({**STEP, "name": "My-Step"})]}, "expected a name of small letters, digits and dashes"),
        (
            {"traffic": [extension(STEP, {**STEP, "name": "b"}, {**STEP, "name": "c"}, {**STEP, "name": "d"})]},
            "extensions: has 4 items; at most 3 are allowed.",
        ),
        ({"traffic": [extension({**STEP, "backendRef": {}})]}, "unknown field backendRef. Write apigee, service"),
    ],
)
def test_refused_in_the_inventorys_words(lists: dict[str, Any], said: str) -> None:
    (found,) = wrong(**lists)
    assert said in found


def test_a_chain_for_every_request_is_the_last() -> None:
    chains = [{"name": name, "extensions": [STEP]} for name in ("c", "c")]
    first, second = wrong(traffic=[{"name": "x", "gateways": ["edge"], "chains": chains}])
    assert "chains[0]: takes every request, so the chains after it never run." in first
    assert "chains[1].name: c is the name of chains[0] already." in second


def test_policies_that_the_renderer_makes_count() -> None:
    routes = [{"name": "chat", "namespace": "ai", "rules": [{"backends": [{"pool": "p"}], "timeouts": {"request": "300s"}}]}, {"broken": True}]
    pools = [{"name": "p", "namespace": "ai", "selector": {"a": "b"}, "ports": [1]}]
    health, backend = wrong(health=[{"name": "h", "pool": "p"}], backend=[POLICY], routes=routes, pools=pools)
    assert "(h): is a second policy for InferencePool ai/p; inference_pools[0] (p) makes one by renderer gke." in health
    assert "inference_routes[0] (chat).rules[0].timeouts makes one by renderer gke." in backend and "Write timeout: 300 here" in backend
    assert len(of(health=[{"name": "h", "pool": "q"}], backend=[{**POLICY, "pool": "q"}], routes=routes, pools=pools).policies) == 2


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ('request.path.startsWith("/v1/")', True),
        ("request.headers['x-api-key'] != '' && (request.method == 'POST' || !request.host.endsWith(\".b\"))", True),
        ("1 == 1", True),
        (r'request.path.matches(R"/v1/.*\.json")', True),
        ('R"/v1" == R"/v1"', True),
        ('R"/v1"=R"/v1"', False),
        ("true", False),
        ("false || 1 == 1", False),
        ("request.body == 'x'", False),
        ("", False),
    ],
)
def test_expressions(text: str, good: bool) -> None:
    assert bool(re.fullmatch(MATCHER, text)) is good


PIECES = [*WORDS, "true", "false", "in", "'a/b'", '"a"', "'ü'", "''", 'R"/v1.*"', "request.body", "x", *" ()[].+=&|7", "==", "!=", "&&", "||"]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_expressions_are_those_of_the_definition(text: str) -> None:
    assert bool(re.fullmatch(MATCHER, text)) is bool(re.fullmatch(OF_THE_DEFINITION, text))
