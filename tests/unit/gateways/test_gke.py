# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GKE: what its load balancers lack is refused, times become policies of backends, and pools are asked for their health."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.gateways.gke import LONGEST
from ansible_collections.inference.gateway.plugins.module_utils.gateways.gke_policies import policy_name
from ansible_collections.inference.gateway.plugins.module_utils.gateways.registry import RENDERERS
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.pools import RENDERERS as OF_POOLS
from ansible_collections.inference.gateway.plugins.module_utils.models.reading.pools import read_pool
from ansible_collections.inference.gateway.plugins.module_utils.models.reading.routes import read_route
from ansible_collections.inference.gateway.plugins.module_utils.models.refs import INFERENCE_POOL, Ref
from unit.models.support import BACKEND, built, issues, route, rule

AUTH = {"service": "a", "port": 1, "protocol": "GRPC"}
EXTENSION = {"group": "x.y", "kind": "Z", "name": "z"}
POOL = {"pool": "llama"}
POD = {"name": "llama", "selector": {"app": "m"}, "ports": [8000, 8001]}
REDIRECT = {"path": "/a", "redirect": {"scheme": "https"}}


def routes(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    return built("inference_routes", list(entries), renderer="gke")


def policies(*entries: dict[str, Any]) -> dict[str, int]:
    made = [obj for obj in routes(*entries) if obj["kind"] == "GCPBackendPolicy"]
    return {f"{obj['metadata']['namespace']}/{obj['metadata']['name']}": obj["spec"]["default"]["timeoutSec"] for obj in made}


@pytest.mark.parametrize(
    ("entry", "where", "what"),
    [
        (route(rule(), access={"groups": ["a"]}), ".access", "cannot express access. GKE's load balancers know no API keys: put Apigee in front"),
        (route(rule(), limits={"requests": {"minute": 1}}), ".limits", "count no requests of consumers: put Apigee in front"),
        (route(rule(), default_gateways="All"), ".default_gateways", "write parents"),
        (route(rule(), parents=[{"name": "s", "kind": "Service"}]), ".parents[0].kind", "GKE takes Gateways as parents."),
        (route(rule(), parents=[{"name": "gw", "port": 80}]), ".parents[0].port", "Write listener"),
        (route(rule(query={"a": "b"})), ".rules[0].query", "match a header"),
        (route(rule(method="POST")), ".rules[0].method", "POST is nothing that GKE's Gateways tell apart"),
        (route(rule(matches=[{"method": "GET"}])), ".rules[0].matches[0].method", "GET is nothing"),
        (route(rule(path={"regex": "/a|/b"})), ".rules[0].path.regex", "Write a prefix"),
        (route(rule(retries={"attempts": 1})), ".rules[0].retries", "let clients try again"),
        (route(rule(session_persistence={})), ".rules[0].session_persistence", "gke_gateway_backend_policies"),
        (route(rule(cors={"max_age": 1})), ".rules[0].cors", "--allowed-origins"),
        (route(rule(auth=AUTH)), ".rules[0].auth", "traffic extension"),
        (route(rule(extensions=[EXTENSION])), ".rules[0].extensions[0]", "Z.x.y is no filter of GKE's"),
        (route(rule(mirrors=[BACKEND, POOL])), ".rules[0].mirrors", "copies a request to one place"),
        (route(rule(path="/a", rewrite={"path": {"full": "/b"}})), ".rules[0].rewrite.path.full", "Write path: {prefix"),
        (route({"path": "/a", "redirect": {"port": 1}}), ".rules[0].redirect.port", "Take it away"),
        (route({"path": "/a", "redirect": {"scheme": "https", "status": 308}}), ".rules[0].redirect.status", "308 is none that GKE answers by"),
        (route(rule(timeouts={"request": "1500ms"})), ".rules[0].timeouts.request", "no whole number of seconds"),
        (route({"backends": [{**POOL, "port": 1}]}), ".rules[0].backends[0].port", "own ports"),
        (route({"backends": [{**BACKEND, "priority": 1}]}), ".rules[0].backends[0].priority", "no fallback"),
        (route({"backends": [{"provider": "openai"}]}), ".rules[0].backends[0].provider", "no model providers"),
        (route({"backends": [{"resource": EXTENSION}]}), ".rules[0].backends[0].resource", "GKE sends to Service, InferencePool"),
        *(
            (route({"backends": [{**BACKEND, name: value}]}), f".rules[0].backends[0].{name}", "for a whole rule only")
            for name, value in (
                ("request_headers", {"set": {"a": "b"}}),
                ("response_headers", {"set": {"a": "b"}}),
                ("rewrite", {"hostname": "a"}),
                ("redirect", {"port": 1}),
                ("mirrors", [POOL]),
                ("cors", {"max_age": 1}),
            )
        ),
    ],
)
def test_refused_with_what_to_write_instead(entry: dict[str, Any], where: str, what: str) -> None:
    found = issues("inference_routes", [entry], renderer="gke")
    assert len(found) == 1
    assert found[0].startswith(f"inference_routes[0] (chat){where}: ")
    assert what in found[0]


@pytest.mark.parametrize(
    "entry",
    [
        route(rule(path="/v1", headers={"X-Model": "a"}), hostnames=["a.example.com"], parents=[{"name": "gw", "namespace": "infra", "listener": "http"}]),
        route(rule(path={"exact": "/v1"}, mirrors=[{**BACKEND, "percent": 5}], request_headers={"set": {"a": "b"}}, response_headers={"remove": ["c"]})),
        route(rule(path="/v1", rewrite={"hostname": "a", "path": {"prefix": "/"}}), REDIRECT),
        route({"backends": [{**POOL, "weight": 90}, {"pool": "gemma", "weight": 10}]}),
        route({"backends": [{**POOL, "namespace": "models"}, {"resource": {"group": "net.gke.io", "kind": "ServiceImport", "name": "far"}, "port": 80}]}),
        route(rule(extensions=[{"group": "networking.gke.io", "kind": "GCPSessionAffinityFilter", "name": "sticky"}])),
    ],
)
def test_the_rest_is_written_as_plain_gateway_api(entry: dict[str, Any]) -> None:
    assert routes(entry) == built("inference_routes", [entry], renderer="gateway_api")


def test_a_time_is_the_backends_and_not_the_routes() -> None:
    backends = [{**POOL, "weight": 9}, {**BACKEND, "namespace": "models"}]
    grant, first, second, http_route = routes(route({"backends": backends, "timeouts": {"request": "5m", "backend": "0s"}}))
    assert grant["kind"] == "ReferenceGrant"
    assert first == {
        "apiVersion": "networking.gke.io/v1",
        "kind": "GCPBackendPolicy",
        "metadata": {"name": "inferencepool.llama", "namespace": "default"},
        "spec": {
            "default": {"timeoutSec": 300},
            "targetRef": {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "llama"},
        },
    }
    assert (second["metadata"], second["spec"]["targetRef"]["kind"]) == ({"name": "service.ollama", "namespace": "models"}, "Service")
    assert "timeouts" not in http_route["spec"]["rules"][0]


@pytest.mark.parametrize(
    ("timeouts", "seconds"),
    [
        ({"request": "300s"}, 300),
        ({"backend": "1m30s"}, 90),
        ({"request": "300s", "backend": "60s"}, 60),
        ({"request": "0s"}, LONGEST),
        ({"request": "0s", "backend": "10s"}, 10),
    ],
)
def test_the_shorter_time_counts(timeouts: dict[str, str], seconds: int) -> None:
    assert policies(route(rule(timeouts=timeouts))) == {"default/service.ollama": seconds}


def test_rules_and_routes_that_agree_share_one_policy() -> None:
    first = route(rule(path="/a", timeouts={"request": "60s"}), rule(path="/b", timeouts={"request": "1m"}), rule(path="/c"))
    second = {**route(rule(path="/d", timeouts={"backend": "60s"})), "name": "second"}
    assert policies(first, second) == {"default/service.ollama": 60}
    assert len(routes(first, second)) == 3


def test_two_times_for_one_backend_are_refused_where_the_second_stands() -> None:
    first = route(rule(path="/a", timeouts={"request": "60s"}))
    second = {**route(rule(path="/b"), rule(path="/c", timeouts={"request": "300s"})), "name": "second"}
    assert issues("inference_routes", [first, second], renderer="gke") == [
        (
            "inference_routes[1] (second).rules[1].timeouts: are 300 s for Service default/ollama, and inference_routes[0] (chat).rules[0].timeouts are 60 s. "
            "GKE knows one time for a backend. Write the same in both, or send to another Service of the same pods."
        )
    ]


def test_what_was_said_of_time_is_read_back() -> None:
    entry = route(rule(path="/a"), rule(path="/b", timeouts={"request": "5m", "backend": "60s"}), annotations={"team": "ml"})
    *_policies, http_route = routes(entry)
    again = read_route(http_route)
    assert again["rules"][1]["timeouts"] == {"request": "5m", "backend": "60s"} and "timeouts" not in again["rules"][0]
    assert again["annotations"] == {"team": "ml"}


@pytest.mark.parametrize("text", ["", "[]", "7", "{", '{"x":{}}', '{"9":{"request":"1s"}}', '{"0":7}'])
def test_an_annotation_that_somebody_else_wrote_does_no_harm(text: str) -> None:
    (http_route,) = routes(route(rule()))
    http_route["metadata"]["annotations"] = {"inference.gateway/timeouts": text}
    assert "timeouts" not in read_route(http_route)["rules"][0]


def test_a_pool_is_asked_for_its_health() -> None:
    """Without it nothing reaches the pods: gateway-api-inference-extension issue 1475."""
    pool, check = built("inference_pools", [POD], renderer="gke")
    assert pool == built("inference_pools", [POD])[0]
    assert check == {
        "apiVersion": "networking.gke.io/v1",
        "kind": "HealthCheckPolicy",
        "metadata": {"name": "inferencepool.llama", "namespace": "default"},
        "spec": {
            "default": {"config": {"type": "HTTP", "httpHealthCheck": {"requestPath": "/health", "port": 8000, "portSpecification": "USE_FIXED_PORT"}}},
            "targetRef": {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "llama"},
        },
    }


@pytest.mark.parametrize(
    ("said", "config"),
    [
        ({"path": "/ready", "port": 9000}, {"type": "HTTP", "httpHealthCheck": {"requestPath": "/ready", "port": 9000, "portSpecification": "USE_FIXED_PORT"}}),
        ({"type": "TCP"}, {"type": "TCP", "tcpHealthCheck": {"port": 8000, "portSpecification": "USE_FIXED_PORT"}}),
        (
            {"type": "GRPC", "grpc_service": "s"},
            {"type": "GRPC", "grpcHealthCheck": {"grpcServiceName": "s", "port": 8000, "portSpecification": "USE_FIXED_PORT"}},
        ),
    ],
)
def test_a_pool_may_be_asked_otherwise(said: dict[str, Any], config: dict[str, Any]) -> None:
    entry = {**POD, "health_check": {**said, "interval": 2, "timeout": 2, "healthy": 1, "unhealthy": 3}}
    assert built("inference_pools", [entry], renderer="gke")[1]["spec"]["default"] == {
        "checkIntervalSec": 2,
        "timeoutSec": 2,
        "healthyThreshold": 1,
        "unhealthyThreshold": 3,
        "config": config,
    }


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"type": "TCP", "path": "/"}, ".path: belongs to HTTP, not to TCP."),
        ({"grpc_service": "s"}, ".grpc_service: belongs to type GRPC."),
        ({"interval": 2}, ": timeout, 5 where none is said, is more than interval, 2."),
        ({"timeout": 6}, ": timeout 6 is more than interval, 5, which GKE takes where none is said."),
        ({"path": "health"}, ".path: expected a path"),
        ({"requestPath": "/"}, ": unknown field requestPath. Write path."),
    ],
)
def test_a_bad_health_check_is_refused(said: dict[str, Any], what: str) -> None:
    (found,) = issues("inference_pools", [{**POD, "health_check": said}], renderer="gke")
    assert found.startswith(f"inference_pools[0] (llama).health_check{what}")


def test_a_health_check_is_read_back() -> None:
    entry = {**POD, "health_check": {"path": "/ready", "interval": 2, "timeout": 1}, "annotations": {"team": "ml"}}
    pool = built("inference_pools", [entry], renderer="gke")[0]
    assert read_pool(pool) == {**entry, "namespace": "default"}
    for text in ("[]", "{", ""):
        pool["metadata"]["annotations"]["inference.gateway/health-check"] = text
        assert "health_check" not in read_pool(pool)


@pytest.mark.parametrize("renderer", ["gateway_api", "istio", "kong"])
def test_gateways_in_the_cluster_ask_nothing(renderer: str) -> None:
    (found,) = issues("inference_pools", [{**POD, "health_check": {"path": "/"}}], renderer=renderer)
    assert found.startswith(f"inference_pools[0] (llama).health_check: {renderer} cannot express health_check.")
    assert len(built("inference_pools", [POD], renderer=renderer)) == 1


def test_pools_know_the_renderers_of_routes() -> None:
    assert set(OF_POOLS) == set(RENDERERS)


def test_names_of_policies_fit() -> None:
    first, second = (policy_name(Ref(INFERENCE_POOL, f"{'a' * 252}{end}")) for end in "bc")
    assert len(first) <= 253 and first != second
