# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is derived from declarations: tables of what people write, and a property over what they may write."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe.derive import HIT, MISS, REDIRECT, SPLIT, Case, Gap, derive
from ansible_collections.inference.gateway.plugins.module_utils.probe.examples import examples
from ansible_collections.inference.gateway.plugins.module_utils.probe.redirects import same_place
from hypothesis import given, settings
from hypothesis import strategies as st

from .worlds import GATEWAY, route, rule, takes, world

MODELS = {"ai/a": ["m"], "ai/b": ["m"]}


def derived(*routes: dict[str, Any], models: dict[str, list[str]] | None = None, gateways: list[dict[str, Any]] | None = None) -> list[Case | Gap]:
    return derive(world(list(routes), gateways), MODELS if models is None else models)


def cases(kind: str, *routes: dict[str, Any], **options: Any) -> list[Case]:
    return [item for item in derived(*routes, **options) if isinstance(item, Case) and item.kind == kind]


def words(items: list[Case]) -> list[str]:
    return [f"{case.request} -> {case.expected.words}" for case in items]


def test_the_header_route_of_a_guide() -> None:
    """By header to one server, everything else to the other: each near miss of the first belongs to the second."""
    path = "/v1/chat/completions"
    made = route("r", rule("a", path=path, headers={"OpenAI-Model": "gemma:2b"}), rule("b", path=path), hostnames=["h.example.com"])
    models = {"ai/a": ["gemma:2b"], "ai/b": ["qwen:0.5b"]}
    url = f"POST http://h.example.com{path}"
    hits = cases(HIT, made, models=models)
    assert words(hits) == [f"{url} OpenAI-Model: gemma:2b -> 200 by ai/a", f"{url} -> 200 by ai/b"]
    assert [case.ask.model for case in hits] == ["gemma:2b", "qwen:0.5b"]
    elsewhere = "POST http://h.example.com/v1/chat/completions-other"
    assert words(cases(MISS, made, models=models)) == [
        f"{elsewhere} OpenAI-Model: gemma:2b -> 404 of the gateway",
        f"{url} -> ai/b",
        f"{url} OpenAI-Model: -other -> ai/b",
        f"POST http://host-other.example.com{path} OpenAI-Model: gemma:2b -> 404 of the gateway",
        f"{elsewhere} -> 404 of the gateway",
        f"POST http://host-other.example.com{path} -> 404 of the gateway",
    ]


@pytest.mark.parametrize(
    ("fields", "request_", "arrives"),
    [
        ({}, "POST http://*/v1/chat/completions", "/v1/chat/completions"),
        ({"path": "/v1"}, "POST http://*/v1/chat/completions", "/v1/chat/completions"),
        ({"path": "/v1/models"}, "GET http://*/v1/models", "/v1/models"),
        ({"path": {"exact": "/ask"}}, "POST http://*/ask", "/ask"),
        ({"path": {"exact": "/ask"}, "rewrite": {"path": {"full": "/v1/chat/completions"}}}, "POST http://*/ask", "/v1/chat/completions"),
        ({"path": "/team", "rewrite": {"path": {"prefix": "/"}}}, "POST http://*/team/v1/chat/completions", "/v1/chat/completions"),
        ({"path": "/team/v2", "rewrite": {"path": {"prefix": "/v1"}}}, "POST http://*/team/v2/chat/completions", "/v1/chat/completions"),
        ({"path": "/v1", "method": "GET"}, "GET http://*/v1/chat/completions", "/v1/chat/completions"),
        ({"path": {"regex": "/v[12]/.*"}}, "POST http://*/v1/chat/completions", "/v1/chat/completions"),
        ({"path": {"regex": "/(foo|bar)/[0-9]+"}}, "POST http://*/foo/1", "/foo/1"),
        ({"path": "/v1", "query": {"a": "c&d e"}}, "POST http://*/v1/chat/completions?a=c%26d%20e", "/v1/chat/completions"),
        ({"headers": {"x-model": {"regex": "gemma.*"}}}, "POST http://*/v1/chat/completions x-model: gemma", "/v1/chat/completions"),
    ],
)
def test_hits(fields: dict[str, Any], request_: str, arrives: str) -> None:
    (hit,) = cases(HIT, route("r", rule(**fields)))
    assert (str(hit.request), hit.ask.path) == (request_, arrives)


def test_200_is_expected_only_of_what_is_known_to_be_served() -> None:
    def statuses(models: dict[str, list[str]], **fields: Any) -> tuple[int, ...]:
        return cases(HIT, route("r", rule(**fields)), models=models)[0].expected.statuses

    assert statuses({"ai/a": ["m"]}) == (200,)
    assert statuses({}) == ()
    assert statuses({}, path="/v1/models") == (200,)
    assert statuses({"ai/a": ["m"]}, path={"exact": "/ask"}) == ()
    assert statuses({"ai/a": ["m"]}, method="GET") == ()
    both = {"name": "r", "parents": ["gw"], "rules": [{"backends": [{"service": "a", "port": 1}, {"service": "b", "port": 1}]}]}
    assert cases(HIT, both, models={"ai/a": ["x", "m"], "ai/b": ["m"]})[0].ask.model == "m"
    assert cases(HIT, both, models={"ai/a": ["x"], "ai/b": ["m"]})[0].expected.statuses == ()


def test_a_path_that_a_more_precise_rule_takes_is_not_used() -> None:
    made = route("r", rule("a", path="/v1"), rule("b", path="/v1/chat"), rule("c", path="/v1", method="GET"))
    assert [str(case.request) for case in cases(HIT, made)][:2] == ["POST http://*/v1/completions", "POST http://*/v1/chat/completions"]


def test_a_path_over_which_gateways_differ_is_not_used() -> None:
    made = route("r", rule("a", path={"regex": "/v1/.*"}), rule("b", path="/v1/chat"))
    assert [(str(case.request), case.expected.by) for case in cases(HIT, made)] == [("POST http://*/v1/completions", ("ai/a",))]
    (gap,) = [item for item in derived(made) if isinstance(item, Gap) and item.kind == HIT]
    assert (gap.place.index, gap.wrong) == (1, False)
    assert "regular expression" in gap.why


def test_a_rule_that_nobody_reaches_is_refuted() -> None:
    gaps = [item for item in derived(route("r", rule("a", path="/v1"), rule("b", path="/v1"))) if isinstance(item, Gap)]
    assert (gaps[0].place.index, gaps[0].wrong, gaps[0].why) == (1, True, "no request reaches it: ai/r rules[0] takes them")
    gaps = [item for item in derived(route("r", rule(), parents=["nowhere"])) if isinstance(item, Gap)]
    assert (gaps[0].wrong, gaps[0].why) == (True, "no listener of a declared Gateway admits the route")


def test_what_cannot_be_proved_is_told() -> None:
    def why(*rules: dict[str, Any]) -> list[tuple[str, bool]]:
        return [(item.why, item.wrong) for item in derived(route("r", *rules)) if isinstance(item, Gap) and item.kind != MISS]

    assert why(rule(path={"regex": "/(?=x)y"})) == [("no example of the regular expression is known", False)]
    assert why(rule(auth={"service": "x", "port": 1, "protocol": "HTTP"})) == [("a filter outside of the route decides what passes", False)]
    assert why({"backends": [{"provider": "openai"}]}) == [("a provider outside of the cluster answers", False)]
    twins = [route("x", rule("a", path="/v1")), route("y", rule("b", path="/v1"))]
    assert all("their age is not known" in item.why for item in derived(*twins) if isinstance(item, Gap) and item.kind == HIT)


def test_splits_and_zero_weights() -> None:
    backends = [{"service": "a", "port": 1, "weight": 80}, {"service": "b", "port": 1, "weight": 20}, {"pool": "p", "weight": 0}]
    (split,) = cases(SPLIT, route("r", {"path": "/v1", "backends": backends}))
    assert dict(split.expected.split) == {"ai/a": 80, "ai/b": 20, "pool ai/p": 0}
    assert split.expected.by == ("ai/a", "ai/b")
    same = [{"service": "a", "port": 1, "weight": 3}, {"service": "a", "port": 2, "weight": 4}]
    assert not cases(SPLIT, route("r", {"backends": same}))
    failover = [{"service": "a", "port": 1}, {"service": "b", "port": 1, "priority": 1}]
    assert dict(cases(SPLIT, route("r", {"backends": failover}))[0].expected.split) == {"ai/a": 1, "ai/b": 0}


@pytest.mark.parametrize(
    ("redirect", "location"),
    [
        ({"scheme": "https"}, "https://h.example.com/v1/chat/completions"),
        ({"hostname": "new.example.com"}, "http://new.example.com/v1/chat/completions"),
        ({"hostname": "new.example.com", "port": 8443, "scheme": "https"}, "https://new.example.com:8443/v1/chat/completions"),
        ({"path": {"prefix": "/v2"}, "status": 301}, "http://h.example.com/v2/chat/completions"),
        ({"path": {"full": "/gone"}}, "http://h.example.com/gone"),
    ],
)
def test_redirects(redirect: dict[str, Any], location: str) -> None:
    made = {"name": "r", "parents": ["gw"], "hostnames": ["h.example.com"], "rules": [{"path": "/v1", "redirect": redirect}]}
    (case,) = cases(REDIRECT, made)
    assert (case.expected.location, case.expected.statuses, case.expected.by) == (location, (redirect.get("status", 302),), ())


def test_a_redirect_keeps_the_port_of_its_listener() -> None:
    gateway = {**GATEWAY, "listeners": [{"name": "http", "port": 8080}]}
    made = {"name": "r", "parents": ["gw"], "hostnames": ["h.example.com"], "rules": [{"path": "/v1", "redirect": {"path": {"full": "/x"}}}]}
    assert cases(REDIRECT, made, gateways=[gateway])[0].expected.location == "http://h.example.com:8080/x"


@pytest.mark.parametrize(
    ("location", "wanted", "same"),
    [
        ("https://H.example.com:443/x", "https://h.example.com/x", True),
        ("/x", "http://h.example.com/x", True),
        ("https://h.example.com/x", "http://h.example.com/x", False),
        ("http://h.example.com:80", "http://h.example.com/", True),
        ("http://10.0.0.1/x", "http:///x", True),
        ("http://h.example.com/y", "http://h.example.com/x", False),
        ("", "http://h.example.com/x", False),
        ("http://h:nonsense/x", "http://h/x", False),
    ],
)
def test_locations(location: str, wanted: str, same: bool) -> None:
    assert same_place(location, wanted) is same


def test_each_door_is_tried() -> None:
    listeners = [{"name": "http", "port": 80}, {"name": "https", "port": 443, "hostname": "*.example.com", "tls": {"certificates": ["c"]}}]
    hits = cases(HIT, route("r", rule(path="/v1")), gateways=[{**GATEWAY, "listeners": listeners}])
    assert [str(case.request) for case in hits] == ["POST http://*/v1/chat/completions", "POST https://verify.example.com/v1/chat/completions"]


@pytest.mark.parametrize("regex", ["/v[12]/.*", "gemma.*", "(a|b)-[0-9]+", "^x$", "abc", r"\d+", r"a\.b", "(?:chat|plain)", "a|b"])
def test_examples_of_expressions(regex: str) -> None:
    assert any(examples(regex))


WORDS = st.sampled_from(["v1", "chat", "completions", "models", "x"])
PATHS = st.lists(WORDS, max_size=3).map(lambda parts: "/" + "/".join(parts))
MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "path": PATHS | PATHS.map(lambda path: {"exact": path}),
        "headers": st.dictionaries(st.sampled_from(["a", "B", "model"]), st.sampled_from(["1", "2"]), min_size=1, max_size=2),
        "query": st.dictionaries(st.sampled_from(["q", "r"]), st.sampled_from(["1", "2"]), min_size=1, max_size=2),
        "method": st.sampled_from(["GET", "POST"]),
    },
)
HOSTS = st.lists(st.sampled_from(["a.example.com", "*.example.com", "b.example.org", "*.a.example.com"]), max_size=2, unique=True)


@st.composite
def declarations(draw: st.DrawFn) -> list[dict[str, Any]]:
    routes = []
    for index in range(draw(st.integers(1, 3))):
        rules = []
        for number in range(draw(st.integers(1, 3))):
            matches = draw(st.lists(MATCHES, min_size=1, max_size=2))
            rules.append(rule(f"s{index}{number}", **(matches[0] if len(matches) == 1 else {"matches": matches})))
        routes.append(route(f"r{index}", *rules, hostnames=draw(HOSTS)))
    return routes


@settings(max_examples=300, deadline=None)
@given(declarations())
def test_a_hit_is_matched_by_its_rule_and_a_miss_by_none_but_those_expected(declared: list[dict[str, Any]]) -> None:
    """Held against a matcher of its own, which knows nothing of precedence: a hit's rule has to match it, a miss that the gateway answers matches nobody."""
    for item in derive(world(declared), {}):
        if not isinstance(item, Case):
            continue
        own = {f"ai/{entry['rules'][number]['backends'][0]['service']}": entry["rules"][number] for entry in declared for number in range(len(entry["rules"]))}
        hosts = {f"ai/{each['backends'][0]['service']}": entry["hostnames"] for entry in declared for each in entry["rules"]}
        fits = {name for name, each in own.items() if takes(each, item.request) and leads(item.request.host, hosts[name])}
        if item.expected.by:
            assert set(item.expected.by) <= fits
        else:
            assert not fits
        # Each rule has a backend of its own here: what is near a rule is not the rule's.
        assert item.kind != MISS or set(item.expected.by) != set(item.place.serving)


def leads(host: str, hostnames: list[str]) -> bool:
    return not hostnames or any(host == name or (name[0] == "*" and host.endswith(name[1:])) for name in hostnames)


@settings(max_examples=200, deadline=None)
@given(declarations())
def test_every_match_of_every_rule_is_tried_or_told(declared: list[dict[str, Any]]) -> None:
    made = world(declared)
    items = derive(made, {})
    tried = sum(item.kind == HIT for item in items)
    # The first match of a rule at each of its host names, the others at one.
    hosts = [max(len(entry["hostnames"]), 1) for entry in declared]
    assert tried == sum(len(each.get("matches", [1])) - 1 + count for entry, count in zip(declared, hosts, strict=True) for each in entry["rules"])


def test_a_thousand_rules_are_thought_through_in_a_moment() -> None:
    """Two thousand requests, each held against all rules: by looking at every rule it would take minutes."""
    routes = [route(f"r{index}", rule(path=f"/t{index}/v1"), rule(path=f"/t{index}/v2"), hostnames=["one.example.com"]) for index in range(500)]
    began = time.process_time()
    assert len(derived(*routes)) == 3000
    assert time.process_time() - began < 20
