# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may use a route, and how much: what is refused, and by which gateways."""

from __future__ import annotations

from typing import Any

import pytest
from unit.models.support import built, issues, route, rule


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"access": {}}, ".access: says not who may use the route. Write groups"),
        ({"access": {"open": False}}, ".access: says not who may use the route"),
        ({"access": {"groups": ["a"], "open": True}}, ".access: is open and has groups"),
        ({"access": {"open": True, "header": "x-key"}}, ".access.header: is about a key"),
        ({"access": {"groups": ["a b"]}}, ".access.groups[0]: expected the name of a group"),
        ({"access": {"groups": ["a", "a"]}}, ".access.groups[1]: 'a' is there twice"),
        ({"access": {"allow": ["a"]}}, ".access: unknown field allow. Write groups."),
        ({"groups": ["a"]}, "unknown field groups. Write access: {groups: [...]}."),
        ({"limits": {}}, ".limits: limits nothing"),
        ({"limits": {"minute": 1}}, ".limits: unknown field minute. Write requests: {minute: NUMBER}."),
        ({"limits": {"requests": {}}}, ".limits.requests: limits nothing"),
        ({"limits": {"requests": {"minute": 0}}}, ".limits.requests.minute: expected a number of requests or tokens from 1"),
        ({"limits": {"requests": {"second": 10, "hour": 5}}}, ".limits.requests.hour: 5 is less than what a second allows, 10."),
        ({"limits": {"requests": {"minute": 1}, "by": "header"}}, ".limits.header: is missing"),
        ({"limits": {"requests": {"minute": 1}, "path": "/v1"}}, ".limits.path: belongs to by: path"),
        ({"limits": {"requests": {"minute": 1}, "policy": "redis"}}, ".limits.redis: is missing"),
        ({"limits": {"requests": {"minute": 1}, "redis": {"host": "r"}}}, ".limits.redis: belongs to policy: redis"),
        ({"limits": {"requests": {"minute": 1}, "policy": "redis", "redis": {"host": "r", "password": "x"}}}, ".password: expected a reference to a vault"),
        (
            {"limits": {"requests": {"minute": 1}, "policy": "redis", "redis": {"host": "r", "password": "{vault://env/x}", "secret": "s"}}},
            ".limits.redis: has password and secret",
        ),
    ],
)
def test_what_is_refused(fields: dict[str, Any], said: str) -> None:
    (found,) = issues("inference_routes", [route(rule(), **fields)])
    assert said in found


@pytest.mark.parametrize("renderer", ["gateway_api", "istio"])
@pytest.mark.parametrize(
    ("fields", "where"),
    [({"access": {"groups": ["a"]}}, "access"), ({"access": {"open": True}}, "access"), ({"limits": {"requests": {"minute": 1}}}, "limits")],
)
def test_gateways_without_keys_refuse_them(renderer: str, fields: dict[str, Any], where: str) -> None:
    (found,) = issues("inference_routes", [route(rule(), **fields)], renderer=renderer)
    assert found.startswith(f"inference_routes[0] (chat).{where}: {renderer} cannot express {where}. ")
    assert "renderer kong" in found


@pytest.mark.parametrize("renderer", ["gateway_api", "istio"])
def test_a_host_is_no_object_of_the_cluster(renderer: str) -> None:
    (found,) = issues("inference_routes", [route({"backends": [{"host": "a.example.com", "port": 1}]})], renderer=renderer)
    assert found.startswith(f"inference_routes[0] (chat).rules[0].backends[0].host: {renderer} cannot express host. ")


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ({"host": "a.example.com"}, "port is missing: host a.example.com needs it."),
        ({"host": "a", "service": "b", "port": 1}, "has service and host; exactly one"),
        ({"host": "a", "provider": "openai", "port": 1}, "has provider and host."),
    ],
)
def test_a_host_stands_alone_with_its_port(backend: dict[str, Any], said: str) -> None:
    (found,) = issues("inference_routes", [route({"backends": [backend]})])
    assert said in found


def test_nothing_said_is_nothing_written() -> None:
    assert built("inference_routes", [route(rule(), access=None, limits=None)]) == built("inference_routes", [route(rule())])
