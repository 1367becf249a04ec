# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a route bad, and the words in which its author is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.models.route import milliseconds
from unit.models.support import BACKEND, issues, route, rule

AT = "inference_routes[0] (chat)"
FIRST = f"{AT}.rules[0]"


def only(entry: dict[str, Any]) -> str:
    found = issues("inference_routes", [entry])
    assert len(found) == 1, found
    return found[0]


def backends(*items: dict[str, Any]) -> dict[str, Any]:
    return route({"backends": list(items)})


@pytest.mark.parametrize(("text", "wanted"), [("1s", 1000), ("1m30s", 90_000), ("5ms", 5), ("1h1m1s1ms", 3_661_001), ("0s", 0)])
def test_durations(text: str, wanted: int) -> None:
    assert milliseconds(text) == wanted


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (route(), f"{AT}.rules: has 0 items; at least 1 must be given."),
        ({"name": "chat"}, f"{AT}: rules is missing. Write rules: followed by a list."),
        (route(*[rule()] * 17), f"{AT}.rules: has 17 items; at most 16 are allowed. Split the route in two with the same hostnames and parents."),
        (route(rule(), parentRefs=[]), f"{AT}: unknown field parentRefs. Write parents."),
        (route(rule(), hostnames=["a.b:80"]), f"{AT}.hostnames[0]: expected a host name"),
        (route(rule(), hostnames=["a.b", "a.b"]), f"{AT}.hostnames[1]: 'a.b' is there twice."),
        (route(rule(name="a"), rule(name="a")), f"{AT}.rules[1].name: a is the name of rules[0] already."),
        (route({}), f"{FIRST}: says not who answers: every request would fail. Give backends or redirect."),
        (route(rule(redirect={"scheme": "https"})), f"{FIRST}: has redirect and backends"),
        (route({"redirect": {"status": 302}}), f"{FIRST}.redirect: redirects to the same address."),
        (route({"redirect": {"scheme": "https", "status": 304}}), f"{FIRST}.redirect.status: expected one of 301, 302, 303, 307, 308; got 304."),
        (route({"redirect": {"scheme": "https"}, "rewrite": {"hostname": "a"}, "backends": []}), f"{FIRST}: has rewrite and redirect"),
        (route(rule(path="v1")), f"{FIRST}.path: path 'v1' does not start with '/'. Write for example /v1/chat/completions."),
        (route(rule(path="/a//b")), f"{FIRST}.path: path '/a//b' holds '//'"),
        (route(rule(path={"exact": "/a/.."})), f"{FIRST}.path: path '/a/..' ends with a dot segment"),
        (route(rule(path={"exact": "/a b"})), f"{FIRST}.path: path '/a b' holds characters that a path must write as %XX."),
        (route(rule(path={"exact": "/a", "prefix": "/b"})), f"{FIRST}.path: exactly one of prefix, exact or regex is wanted."),
        (route(rule(path={"type": "Exact"})), f"{FIRST}.path: unknown field type. Write {{prefix: /v1}}"),
        (route(rule(method="get")), f"{FIRST}.method: expected one of GET, HEAD"),
        (route(rule(headers={"a": {"regex": "x", "exact": "y"}})), f"{FIRST}.headers[a]: exactly one of exact or regex is wanted."),
        (route(rule(headers={"A": "x", "a": "y"})), f"{FIRST}.headers[a]: is the same as 'A'"),
        (route(rule(matches=[{"method": "GET"}], path="/")), f"{FIRST}: has matches and path. Put them into each item of matches"),
        (route(rule(matches=[{"method": "GET"}] * 65)), f"{FIRST}.matches: has 65 items; at most 64 are allowed. Split the rule in two"),
        (route(*[rule(matches=[{"method": "GET"}] * 64)] * 2, rule()), f"{AT}.rules: have 129 matches in all; the API allows 128. Split the route"),
        (backends({"service": "a"}), f"{FIRST}.backends[0]: port is missing: Service a needs it."),
        (backends({"name": "a"}), f"{FIRST}.backends[0]: unknown field name. Write service: NAME for a Service"),
        (backends({"pool": "a", "service": "b", "port": 1}), f"{FIRST}.backends[0]: has service and pool; exactly one of service, pool or resource"),
        (backends({"weight": 1}), f"{FIRST}.backends[0]: points at nothing; exactly one of"),
        (backends({**BACKEND, "weight": -1}), f"{FIRST}.backends[0].weight: expected a weight from 0 to 1000000, got the number -1."),
        (backends({**BACKEND, "weight": 1_000_001}), f"{FIRST}.backends[0].weight: expected a weight from 0 to 1000000"),
        (backends({**BACKEND, "weight": 0}, {"pool": "a", "weight": 0}), f"{FIRST}.backends: all weights are 0: every request would fail."),
        (backends({**BACKEND, "secret": "s"}), f"{FIRST}.backends[0].secret: belongs to a provider."),
        (backends({**BACKEND, "provider": "openai"}), f"{FIRST}.backends[0]: has provider and service. Keep one"),
        (backends(*[BACKEND] * 17), f"{FIRST}.backends: has 17 items; at most 16 are allowed."),
        (route(rule(timeouts={"request": "1m", "backend": "61s"})), f"{FIRST}.timeouts.backend: 61s is longer than request, 1m."),
        (route(rule(timeouts={"request": 30})), f"{FIRST}.timeouts.request: expected a duration of h, m, s and ms; got '30'. Write for example 300s."),
        (route(rule(retries={"on": [503]})), f"{FIRST}.retries: attempts is missing."),
        (route(rule(retries={"attempts": 0})), f"{FIRST}.retries.attempts: expected a number of further tries from 1"),
        (route(rule(retries={"attempts": 1, "on": [200]})), f"{FIRST}.retries.on[0]: expected a status from 400 to 599 or one of 5xx"),
        (route(rule(retries={"attempts": 1, "on": ["6xx"]})), f"{FIRST}.retries.on[0]: expected a status from 400 to 599 or one of 5xx"),
        (route(rule(rewrite={})), f"{FIRST}.rewrite: rewrites nothing."),
        (route(rule(rewrite={"path": {"prefix": "/a", "full": "/b"}})), f"{FIRST}.rewrite.path: exactly one of prefix or full is wanted."),
        (route(rule(path={"exact": "/a"}, rewrite={"path": {"prefix": "/"}})), f"{FIRST}.rewrite.path.prefix: needs a rule with exactly one match"),
        (route(rule(matches=[{"path": "/a"}, {"path": "/b"}], rewrite={"path": {"prefix": "/"}})), "rewrite.path.prefix: needs a rule with exactly one match"),
        (route({"path": {"exact": "/a"}, "redirect": {"path": {"prefix": "/"}}}), f"{FIRST}.redirect.path.prefix: needs a rule with exactly one match"),
        (route(rule(request_headers={})), f"{FIRST}.request_headers: changes nothing."),
        (route(rule(mirrors=[{"service": "a", "port": 1, "percent": 1, "fraction": {"numerator": 1}}])), f"{FIRST}.mirrors[0]: has percent and fraction."),
        (route(rule(mirrors=[{"pool": "a", "fraction": {"numerator": 101}}])), f"{FIRST}.mirrors[0].fraction: 101 of 100 is more than everything."),
        (route(rule(mirrors=[{"pool": "a"}] * 16, cors={})), f"{FIRST}: has 17 filters; the API allows 16."),
        (route(rule(cors={"allow_methods": ["*", "GET"]})), f"{FIRST}.cors.allow_methods: has '*' and others beside it."),
        (route(rule(cors={"allow_origins": ["example.com"]})), f"{FIRST}.cors.allow_origins[0]: expected an origin; got 'example.com'."),
        (route(rule(auth={"service": "a", "port": 1, "protocol": "GRPC", "path": "/"})), f"{FIRST}.auth.path: belongs to protocol HTTP only."),
        (route(rule(session_persistence={"type": "Header", "cookie_lifetime": "Session"})), "cookie_lifetime: belongs to type Cookie."),
        (route(rule(session_persistence={"cookie_lifetime": "Permanent"})), "absolute_timeout: is missing: a permanent cookie needs an end."),
        (route(rule(filters=[])), f"{FIRST}: unknown field filters. Write each filter by its own name"),
        (route(rule(), parents=["gw", {"name": "gw"}]), f"{AT}.parents[1]: means the same parent as parents[0], gw."),
        (route(rule(), parents=["gw", {"name": "gw", "listener": "a"}]), f"{AT}.parents[1]: means the same parent as parents[0], gw."),
        (route(rule(), parents=[{"name": "gw", "port": 1}, {"name": "gw", "listener": "a"}]), f"{AT}.parents[1]: means the same parent"),
        (route(rule(), parents=[{"name": "gw", "sectionName": "a"}]), f"{AT}.parents[0]: unknown field sectionName. Write listener."),
    ],
)
def test_refused(entry: dict[str, Any], wanted: str) -> None:
    assert wanted in only(entry)


@pytest.mark.parametrize(
    "entry",
    [
        route(rule(), parents=[{"name": "gw", "listener": "a"}, {"name": "gw", "listener": "b"}, {"name": "gw", "namespace": "x"}]),
        route(rule(), parents=["gw", {"name": "gw", "kind": "Service"}]),
        route(rule(path="/v1", rewrite={"path": {"prefix": "/"}})),
        route(rule(rewrite={"path": {"prefix": "/"}})),
        route({"redirect": {"scheme": "https"}}),
        route({"extensions": [{"group": "example.com", "kind": "DirectResponse", "name": "teapot"}]}),
        route(rule(timeouts={"request": "0s", "backend": "10s"})),
        route(rule(matches=[{"method": "GET"}] * 64), rule(matches=[{"method": "GET"}] * 64)),
        backends({**BACKEND, "weight": 0}, {"pool": "a"}),
        route(rule(), namespace=None, hostnames=None, labels=None),
    ],
)
def test_accepted(entry: dict[str, Any]) -> None:
    assert issues("inference_routes", [entry]) == []


def test_every_mistake_is_told_at_once() -> None:
    bad = route(rule(path="v1"), {"backends": [{"service": "Ollama", "port": 0, "weigth": 1}]}, hostnames=["A"])
    found = issues("inference_routes", [bad, {"name": "chat"}, 7])
    places = [line.partition(": ")[0] for line in found]
    second = f"{AT}.rules[1].backends[0]"
    ours = [f"{AT}.rules[0].path", f"{second}.service", f"{second}.port", second, f"{AT}.hostnames[0]"]
    assert places == [*ours, "inference_routes[1] (chat)", "inference_routes[2]"]
    assert "default/chat is declared twice; the first is inference_routes[0] (chat)" in found[-2]
