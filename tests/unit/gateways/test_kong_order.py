# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong's router makes of our routes is what Gateway API's order says of the declaration, or lint has said that it is not."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.gateways.base import Scope
from ansible_collections.inference.gateway.plugins.module_utils.gateways.kong import Kong, KongAdmin
from ansible_collections.inference.gateway.plugins.module_utils.gateways.kong_options import KongOptions
from ansible_collections.inference.gateway.plugins.module_utils.lint.gather import world as linted
from ansible_collections.inference.gateway.plugins.module_utils.lint.rules.kong import kong_order, kong_same_match
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import Entry, entries_of
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from ansible_collections.inference.gateway.plugins.module_utils.probe import precedence
from ansible_collections.inference.gateway.plugins.module_utils.probe.places import Door, Place, World
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.gateways.kong_controller import routes_of
from unit.gateways.kong_router import KongRoute, Request, takers

FLAVOURS = ("traditional", "traditional_compatible")
WAYS = {"routes": Kong(), "ingress": Kong(KongOptions(gateway_api=False)), "admin": KongAdmin()}
DOOR = Door("default/kong", "http", 80, False, "")
PATHS: list[Any] = ["/", "/v1", "/v1/chat", {"exact": "/v1"}, {"exact": "/v1/chat"}, {"exact": "/"}]
HOSTS = [[], ["a.x.io"], ["b.x.io"], ["*.x.io"], ["a.x.io", "c.io"], ["*.a.x.io"], ["*.x.io", "c.io"]]
MATCHES = st.fixed_dictionaries(
    {"path": st.sampled_from(PATHS)},
    optional={
        "headers": st.fixed_dictionaries({}, optional={"M": st.sampled_from(["a", "b"]), "t": st.just("a")}).filter(bool),
        "method": st.sampled_from(["GET", "POST"]),
    },
)
RULES = st.one_of(MATCHES, st.lists(MATCHES, min_size=2, max_size=2).map(lambda matches: {"matches": matches}))
ROUTES = st.lists(st.tuples(st.sampled_from(HOSTS), st.lists(RULES, min_size=1, max_size=3)), min_size=1, max_size=3)
ASKED = [
    Request(host, path, method, {name: value for name, value in (("m", model), ("t", team)) if value})
    for host, path, method, model, team in product(
        ("a.x.io", "b.x.io", "z.a.x.io", "c.io", "d.io"), ("/", "/v1", "/v1/chat", "/v1/chat/x", "/v2"), ("GET", "POST"), ("", "a", "b"), ("", "a")
    )
]


def declared(drawn: list[tuple[list[str], list[dict[str, Any]]]]) -> list[Entry[Route]]:
    """Each rule has a backend of its own, by which its answers are known."""
    entries = [
        {
            "name": f"r{number}",
            "parents": ["kong"],
            "hostnames": hosts,
            "rules": [{**rule, "backends": [{"service": f"s{number}-{index}", "port": 80}]} for index, rule in enumerate(rules)],
        }
        for number, (hosts, rules) in enumerate(drawn)
    ]
    report = Report()
    found = entries_of(Route, entries, "inference_routes", "default", report)
    assert not report.issues
    return found


def rendered(entries: list[Entry[Route]], way: str) -> list[KongRoute]:
    report = Report()
    objects = [obj for entry in entries for obj in WAYS[way].render(entry, Scope(lambda _kind: (), report))]
    assert not report.issues
    return routes_of(objects)


def meant(entries: list[Entry[Route]], request: Request) -> tuple[str | None, bool]:
    """The backend that Gateway API names, and whether it is sure."""
    places = [Place(entry.key, index, rule, entry.value.hostnames, (DOOR,), entry.name) for entry in entries for index, rule in enumerate(entry.value.rules)]
    asked = precedence.Request(DOOR, request.host, request.method, request.path, tuple(request.headers.items()))
    decision = precedence.decide(World(tuple(places), (DOOR,)), asked)
    return (decision.place.rule.backends[0].service if decision.place else None), not decision.doubt


def said(entries: list[Entry[Route]]) -> list[str]:
    world = linted({"inference_routes": entries}, "default", "kong")
    return [str(issue) for rule in (kong_order, kong_same_match) for issue in rule.check(world)]


def equals(entries: list[Entry[Route]]) -> bool:
    """Whether two routes say the same, which is for rule duplicate-match to find, and its order for the clock."""
    from ansible_collections.inference.gateway.plugins.module_utils.lint.rules.matches import duplicate_match

    return bool(list(duplicate_match.check(linted({"inference_routes": entries}, "default", "kong"))))


def strays(entries: list[Entry[Route]], way: str) -> list[str]:
    """Requests that a router may send elsewhere than declared."""
    routes = rendered(entries, way)
    found = []
    for request in ASKED:
        wanted, sure = meant(entries, request)
        for flavour in FLAVOURS:
            got = takers(routes, request, flavour)
            if sure and got != {wanted}:
                found.append(f"{flavour} {request}: {got} in place of {wanted}")
    return found


@settings(max_examples=60, deadline=None)
@given(drawn=ROUTES, way=st.sampled_from(sorted(WAYS)))
@example(drawn=[(["a.x.io"], [{"path": "/v1"}]), (["*.x.io"], [{"path": "/v1/chat"}])], way="routes")
@example(drawn=[([], [{"path": "/v1/chat", "headers": {"M": "a"}}, {"path": "/v1", "headers": {"t": "a"}}, {"path": "/", "headers": {"t": "a"}}])], way="admin")
@example(drawn=[([], [{"path": {"exact": "/v1"}}, {"path": "/v1"}])], way="ingress")
@example(drawn=[(["*.x.io"], [{"path": "/v1"}]), (["*.a.x.io"], [{"path": "/v1/chat"}]), (["*.x.io"], [{"path": "/v1/chat"}])], way="routes")
def test_requests_go_where_they_are_declared_to_go_or_lint_says_otherwise(drawn: list[Any], way: str) -> None:
    entries = declared(drawn)
    if not said(entries) and not equals(entries):
        assert strays(entries, way) == []


ONE_HOST = st.lists(MATCHES, min_size=2, max_size=2).map(lambda rules: [(["a.x.io"], rules)])


@settings(max_examples=60, deadline=None)
@given(drawn=ONE_HOST)
def test_lint_says_so_only_where_some_request_strays(drawn: list[Any]) -> None:
    entries = declared(drawn)
    if said(entries) and not equals(entries):
        assert any(strays(entries, way) for way in WAYS)


@pytest.mark.parametrize("way", sorted(WAYS))
def test_models_on_one_path_are_told_apart_by_their_header(way: str) -> None:
    models = [{"path": "/ai/models", "headers": {"X-Model": name}} for name in ("scout", "maverick", "gpt-oss-120b")]
    entries = declared([([], [model]) for model in models])
    assert said(entries) == []
    routes = rendered(entries, way)
    for flavour in FLAVOURS:
        for index, value in enumerate(("Scout", "MAVERICK", "gpt-oss-120b")):
            for path in ("/ai/models", "/ai/models/v1/chat/completions"):
                assert takers(routes, Request("any.io", path, "POST", {"x-model": value}), flavour) == {f"s{index}-0"}
        assert takers(routes, Request("any.io", "/ai/models", "POST"), flavour) == {None}
        assert takers(routes, Request("any.io", "/ai/modelsx", "POST", {"x-model": "scout"}), flavour) == {None}


def test_a_narrow_host_may_lose_to_a_wildcard_with_a_longer_path() -> None:
    """``traditional`` looks first at the smaller of two sets of candidates, and does not compare hosts across them."""
    entries = declared([(["a.x.io"], [{"path": "/v1"}]), (["*.x.io"], [{"path": "/v1/chat"}])])
    request = Request("a.x.io", "/v1/chat/x")
    routes = rendered(entries, "routes")
    assert meant(entries, request) == ("s0-0", True)
    assert {flavour: takers(routes, request, flavour) for flavour in FLAVOURS} == {"traditional": {"s1-0"}, "traditional_compatible": {"s0-0"}}
    assert said(entries)


def test_the_two_routers_differ_where_kong_says_they_do() -> None:
    """``traditional`` puts the path's kind before the number of headers."""
    routes = [KongRoute("exact", paths=("~/v1$",), headers=(("a", "1"),)), KongRoute("more", paths=("/v1",), headers=(("a", "1"), ("b", "1")))]
    request = Request("x", "/v1", headers={"a": "1", "b": "1"})
    assert takers(routes, request, "traditional") == {"exact"}
    assert takers(routes, request, "traditional_compatible") == {"more"}


def test_what_is_equal_has_no_order() -> None:
    routes = [KongRoute("one", paths=("/v1",)), KongRoute("other", paths=("/v1",))]
    assert takers(routes, Request("x", "/v1"), "traditional") == takers(routes, Request("x", "/v1"), "traditional_compatible") == {"one", "other"}


def test_a_thousand_models_on_one_path_cost_little() -> None:
    """CPU, not wall, of the best of three; many times what it takes here. Each against each would be half a million pairs."""
    models = [{"path": "/ai/models", "headers": {"X-Model": f"m{number}"}} for number in range(1000)]
    entries = declared([([], [model]) for model in models])
    took = []
    for _try in range(3):
        began = time.process_time()
        assert said(entries) == []
        took.append(time.process_time() - began)
    assert min(took) < 0.5
