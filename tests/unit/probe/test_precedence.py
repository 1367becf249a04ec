# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes a request: Gateway API's own rules, one table row each."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe.places import host_fits, narrower
from ansible_collections.inference.gateway.plugins.module_utils.probe.precedence import Request, decide

from .worlds import GATEWAY, request, route, rule, world


def winner(routes: list[dict[str, Any]], *asked: Any, **details: Any) -> str | None:
    """``route/service`` of the rule that takes a request."""
    made = world(routes)
    decision = decide(made, request(made, *asked, **details))
    assert not decision.doubt
    return f"{decision.place.route.partition('/')[2]}/{decision.place.serving[0].partition('/')[2]}" if decision.place else None


@pytest.mark.parametrize(
    ("prefix", "path", "fits"),
    [
        ("/abc", "/abc", True),
        ("/abc", "/abc/", True),
        ("/abc", "/abc/def", True),
        ("/abc", "/abcd", False),
        ("/abc/", "/abc", True),
        ("/abc/", "/abcd", False),
        ("/", "/anything/at/all", True),
        ("/abc", "/ABC", False),
        ("/abc", "/", False),
    ],
)
def test_prefixes_are_of_whole_segments(prefix: str, path: str, fits: bool) -> None:
    """The table of the API's own documentation of PathPrefix."""
    assert (winner([route("r", rule(path=prefix))], path) is not None) is fits


@pytest.mark.parametrize(
    ("first", "second", "details", "taken"),
    [
        # An exact path before a prefix, whatever else the other asks for.
        ({"path": {"exact": "/v1/chat"}}, {"path": "/v1/chat", "headers": {"a": "1"}, "method": "POST"}, {"headers": {"a": "1"}}, "a"),
        # The longer prefix before headers and method.
        ({"path": "/v1/chat"}, {"path": "/v1", "headers": {"a": "1"}, "method": "POST"}, {"headers": {"a": "1"}}, "a"),
        # A method before headers.
        ({"path": "/v1", "method": "POST"}, {"path": "/v1", "headers": {"a": "1", "b": "2"}}, {"headers": {"a": "1", "b": "2"}}, "a"),
        # More headers before query parameters.
        ({"path": "/v1", "headers": {"a": "1"}}, {"path": "/v1", "query": {"x": "1", "y": "2"}}, {"headers": {"a": "1"}, "query": {"x": "1", "y": "2"}}, "a"),
        ({"path": "/v1", "headers": {"a": "1", "b": "2"}}, {"path": "/v1", "headers": {"a": "1"}}, {"headers": {"a": "1", "b": "2"}}, "a"),
        ({"path": "/v1", "query": {"x": "1"}}, {"path": "/v1"}, {"query": {"x": "1"}}, "a"),
        # The first rule, where all is equal.
        ({"path": "/v1"}, {"path": "/v1"}, {}, "a"),
        # No path is the prefix "/".
        ({"path": "/v1"}, {"headers": {"a": "1"}}, {"headers": {"a": "1"}}, "a"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_better_match_takes_it(first: dict[str, Any], second: dict[str, Any], details: dict[str, Any], taken: str, turned: bool) -> None:
    rules = [rule("a", **first), rule("b", **second)]
    if turned and first != second:
        rules.reverse()
    assert winner([route("r", *rules)], "/v1/chat", **details) == f"r/{taken}"
    if first != second:
        split = [route("y", rules[0], hostnames=["h.example"]), route("x", rules[1], hostnames=["h.example"])]
        assert str(winner(split, "/v1/chat", host="h.example", **details)).endswith(taken)


def test_the_narrower_host_name_takes_it() -> None:
    routes = [
        route("any", rule("a", path={"exact": "/v1"})),
        route("wide", rule("b"), hostnames=["*.example.com"]),
        route("wider", rule("c"), hostnames=["*.com"]),
        route("own", rule("d"), hostnames=["chat.example.com"]),
    ]
    assert winner(routes, "/v1", host="chat.example.com") == "own/d"
    assert winner(routes, "/v1", host="x.chat.example.com") == "wide/b"
    assert winner(routes, "/v1", host="example.com") == "wider/c"
    assert winner(routes, "/v1", host="other.org") == "any/a"
    assert winner(routes, "/v2", host="other.org") is None


def test_age_and_name_between_routes() -> None:
    routes = [route("b", rule("b")), route("a", rule("a"))]
    made = world(routes)
    assert "their age is not known" in decide(made, request(made, "/v1")).doubt
    made = world(routes, ages={"ai/a": "2026-01-02T00:00:00Z", "ai/b": "2026-01-01T00:00:00Z"})
    assert str(decide(made, request(made, "/v1")).place) == "ai/b rules[0]"
    made = world(routes, ages={"ai/a": "2026-01-01T00:00:00Z", "ai/b": "2026-01-01T00:00:00Z"})
    assert str(decide(made, request(made, "/v1")).place) == "ai/a rules[0]"


def test_doubt_where_gateways_differ() -> None:
    made = world([route("r", rule("a", path={"regex": "/v1/.*"}), rule("b", path="/v1/chat"))])
    assert "regular expression" in decide(made, request(made, "/v1/chat")).doubt
    assert not decide(made, request(made, "/v1/models")).doubt
    made = world([route("own", rule("a", path="/own"), hostnames=["a.example.com"]), route("wide", rule("b"), hostnames=["*.example.com"])])
    assert "narrower host name" in decide(made, request(made, "/v1", host="a.example.com")).doubt


LISTENERS = [
    {"name": "any", "port": 80, "protocol": "HTTP"},
    {"name": "wide", "port": 80, "protocol": "HTTP", "hostname": "*.example.com"},
    {"name": "own", "port": 80, "protocol": "HTTP", "hostname": "chat.example.com"},
    {"name": "safe", "port": 443, "protocol": "HTTPS", "hostname": "chat.example.com", "tls": {"certificates": ["c"]}},
    {"name": "raw", "port": 9000, "protocol": "TCP"},
]


def test_listeners() -> None:
    gateway = {**GATEWAY, "listeners": LISTENERS}
    routes = [route("pinned", rule("a"), parents=[{"name": "gw", "listener": "wide"}]), route("safe", rule("b"), parents=[{"name": "gw", "port": 443}])]
    made = world(routes, [gateway])
    assert [[door.listener for door in place.doors] for place in made.places] == [["wide"], ["safe"]]
    doors = {door.listener: door for door in made.doors}
    assert "raw" not in doors
    asked = Request(doors["wide"], "x.example.com", "GET", "/")
    assert str(decide(made, asked).place) == "ai/pinned rules[0]"
    # The most specific listener takes the request, and its routes alone: whether others may is where gateways differ.
    decision = decide(made, Request(doors["wide"], "chat.example.com", "GET", "/"))
    assert (decision.place, bool(decision.doubt)) == (None, True)
    assert str(decide(made, Request(doors["safe"], "chat.example.com", "GET", "/")).place) == "ai/safe rules[0]"
    assert decide(made, Request(doors["safe"], "x.example.com", "GET", "/")).place is None


@pytest.mark.parametrize(
    ("hostnames", "expected"),
    [
        ([], ["any", "wide", "own", "safe"]),
        (["chat.example.com"], ["any", "wide", "own", "safe"]),
        (["other.example.com"], ["any", "wide"]),
        (["*.example.com"], ["any", "wide", "own", "safe"]),
        (["example.org"], ["any"]),
    ],
)
def test_doors_by_host_names_in_common(hostnames: list[str], expected: list[str]) -> None:
    made = world([route("r", rule(), hostnames=hostnames)], [{**GATEWAY, "listeners": LISTENERS}])
    assert [door.listener for door in made.places[0].doors] == expected


def test_namespaces_that_a_listener_admits() -> None:
    for origin, doors in (({}, 0), ({"routes": {"from": "Same"}}, 0), ({"routes": {"from": "All"}}, 1), ({"routes": {"selector": {"a": "b"}}}, 1)):
        gateway = {**GATEWAY, "namespace": "edge", "listeners": [{"name": "http", "port": 80, **origin}]}
        made = world([route("r", rule(), parents=[{"name": "gw", "namespace": "edge"}])], [gateway])
        assert len(made.places[0].doors) == doors
        assert made.lost == (() if doors else ("ai/r",))


@pytest.mark.parametrize(
    ("host", "pattern", "fits"),
    [
        ("a.example.com", "*.example.com", True),
        ("a.b.example.com", "*.example.com", True),
        ("example.com", "*.example.com", False),
        ("A.Example.com", "a.example.com", True),
        ("badexample.com", "*.example.com", False),
    ],
)
def test_patterns_of_hosts(host: str, pattern: str, fits: bool) -> None:
    assert host_fits(host, pattern) is fits


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("*.example.com", "a.example.com", "a.example.com"),
        ("*.example.com", "*.a.example.com", "*.a.example.com"),
        ("*.example.com", "*.example.com", "*.example.com"),
        ("*.example.com", "example.com", ""),
        ("a.example.com", "b.example.com", ""),
    ],
)
def test_host_names_in_common(first: str, second: str, both: str) -> None:
    assert [narrower(*pair) for pair in ((first, second), (second, first))] == [both, both]
