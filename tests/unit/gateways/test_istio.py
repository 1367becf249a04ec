# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Istio: the same objects as plain Gateway API, less what it would refuse or pass over."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.gateways.registry import DEFAULT, RENDERERS
from ansible_collections.inference.gateway.plugins.module_utils.models.reading.routes import read_route
from unit.models.support import BACKEND, KINDS, built, issues, route, rule

EXTENSION = {"group": "x.y", "kind": "Z", "name": "z"}
AUTH = {"service": "a", "port": 1, "protocol": "GRPC"}
POOL = {"pool": "llama"}


@pytest.mark.parametrize(
    ("entry", "where", "what"),
    [
        (route(rule(), default_gateways="All"), ".default_gateways", "default_gateways"),
        (route(rule(), parents=[{"name": "x", "kind": "Thing", "group": "a.b"}]), ".parents[0].kind", "parent Thing.a.b"),
        (route(rule(session_persistence={})), ".rules[0].session_persistence", "session_persistence"),
        (route(rule(auth=AUTH)), ".rules[0].auth", "auth"),
        (route(rule(extensions=[EXTENSION])), ".rules[0].extensions", "extensions"),
        (route(rule(retries={"attempts": 1, "on": ["timeout"]})), ".rules[0].retries.on", "on: timeout"),
        (route({"backends": [{**POOL, "port": 1}]}), ".rules[0].backends[0].port", "port"),
        (route({"backends": [POOL, BACKEND]}), ".rules[0].backends", "a pool with a backend of another kind after it"),
        (route({"backends": [{"resource": EXTENSION}]}), ".rules[0].backends[0].resource", "target Z.x.y"),
        (route(rule(mirrors=[{"resource": EXTENSION}])), ".rules[0].mirrors[0].resource", "target Z.x.y"),
        (route({"backends": [{**BACKEND, "rewrite": {"hostname": "a"}}]}), ".rules[0].backends[0].rewrite", "rewrite"),
        (route({"backends": [{**BACKEND, "mirrors": [POOL]}]}), ".rules[0].backends[0].mirrors", "mirrors"),
        (route({"backends": [{**BACKEND, "cors": {"max_age": 1}}]}), ".rules[0].backends[0].cors", "cors"),
        (route({"backends": [{**BACKEND, "redirect": {"port": 1}}]}), ".rules[0].backends[0].redirect", "redirect"),
        (route({"backends": [{**BACKEND, "auth": AUTH}]}), ".rules[0].backends[0].auth", "auth"),
        (route({"backends": [{**BACKEND, "extensions": [EXTENSION]}]}), ".rules[0].backends[0].extensions", "extensions"),
    ],
)
def test_refused_by_istio_alone(entry: dict[str, Any], where: str, what: str) -> None:
    found = issues("inference_routes", [entry], renderer="istio")
    assert len(found) == 1
    assert found[0].startswith(f"inference_routes[0] (chat){where}: istio cannot express {what}. ")
    assert issues("inference_routes", [entry]) == []


@pytest.mark.parametrize(
    "entry",
    [
        route(rule(retries={"attempts": 2, "on": [429, "5xx", "connect-failure"]}, timeouts={"request": "5m"})),
        route({"backends": [BACKEND, POOL]}),
        route({"backends": [{**POOL, "weight": 50}, {"pool": "gemma", "weight": 50}]}),
        route({"backends": [POOL, {**BACKEND, "weight": 0}]}),
        route(rule(mirrors=[{**BACKEND, "percent": 1}], cors={"max_age": 1}, rewrite={"hostname": "a"})),
        route({"backends": [{**BACKEND, "request_headers": {"set": {"a": "b"}}}]}),
        route(rule(), parents=["gw", {"name": "s", "kind": "Service"}, {"name": "l", "kind": "ListenerSet"}]),
        route({"backends": [{"resource": {"group": "networking.istio.io", "kind": "Hostname", "name": "api.example.com"}, "port": 443}]}),
    ],
)
def test_what_istio_honours_is_written_as_plain_gateway_api(entry: dict[str, Any]) -> None:
    assert built("inference_routes", [entry], renderer="istio") == built("inference_routes", [entry], renderer="gateway_api")


def test_the_registry_names_each_renderer_as_it_names_itself() -> None:
    assert {name: renderer.name for name, renderer in RENDERERS.items()} == {name: name for name in ("gateway_api", "istio", "kong", "gke")}
    assert DEFAULT in RENDERERS
    assert KINDS["inference_routes"].group_kinds[0].kind == "HTTPRoute"


def test_a_connection_that_is_cut_is_tried_again_where_it_is_said() -> None:
    """By a filter in the namespace of each Gateway, for these rules alone; and read back it is said again."""
    reset = {"attempts": 2, "on": [503, "reset"]}
    entry = route(rule(), rule(path="/b", retries=reset), parents=["gw", {"name": "edge", "namespace": "infra"}])
    first, second, http_route = built("inference_routes", [entry], renderer="istio")
    assert [(obj["kind"], obj["metadata"]["namespace"], obj["metadata"]["name"]) for obj in (first, second)] == [
        ("EnvoyFilter", "default", "chat-retries"),
        ("EnvoyFilter", "infra", "default.chat-retries"),
    ]
    (patch,) = second["spec"]["configPatches"]
    assert second["spec"]["targetRefs"] == [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}]
    assert patch["match"]["routeConfiguration"]["vhost"]["route"]["name"] == "default.chat.1"
    assert "reset" in patch["patch"]["value"]["route"]["retry_policy"]["retry_on"].split(",")
    assert http_route["spec"]["rules"][1]["retry"] == {"attempts": 2, "codes": [503]} and "retry" not in http_route["spec"]["rules"][0]
    again = read_route(http_route)
    assert again["rules"][1]["retries"] == reset and "annotations" not in again


@pytest.mark.parametrize("parents", [[], [{"name": "s", "kind": "Service"}]])
def test_only_a_gateway_can_try_a_cut_connection_again(parents: list[Any]) -> None:
    (found,) = issues("inference_routes", [route(rule(retries={"attempts": 1, "on": ["reset"]}), parents=parents)], renderer="istio")
    assert "parents" in found and "reset" in found
