# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hits and misses of the rules about routes."""

from __future__ import annotations

from typing import Any

from unit.models.support import BACKEND, route, rule

CASE = tuple[str, dict[str, Any], str]
"""Rule, what is known, and what the one finding has to say; nothing where it must not hit."""

ON_HTTP, ON_HTTPS = {"name": "gw", "listener": "http"}, {"name": "gw", "listener": "https"}
OTHER = {"service": "other", "port": 80}


def routes(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"routes": list(entries), **more}


def one(*rules: Any, **more: Any) -> dict[str, Any]:
    return routes(route(*rules, parents=["gw"]), **more)


def twins(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two routes with the same rule, that differ in what is given."""
    left = {"name": "a", "rules": [rule(path="/v1")], "parents": ["gw"], **first}
    return routes(left, {"name": "b", "rules": [rule(path="/v1/")], "parents": ["gw"], **second})


def service(name: str, *ports: int) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": port} for port in ports]}}


MESH = {"parents": [{"name": "web", "namespace": "shop", "kind": "Service"}]}
CASES: list[CASE] = [
    ("duplicate-match", twins({}, {}), "inference_routes[1] (b).rules[0]: takes the same requests as inference_routes[0] (a).rules[0]"),
    ("duplicate-match", twins({"hostnames": ["a.example.com", "b.example.com"]}, {"hostnames": ["b.example.com"]}), "takes the same requests"),
    ("duplicate-match", twins({"hostnames": ["a.example.com"]}, {"hostnames": ["b.example.com"]}), ""),
    ("duplicate-match", twins({"parents": [{"name": "gw", "listener": "a"}]}, {"parents": [{"name": "gw", "listener": "b"}]}), ""),
    ("duplicate-match", twins({"parents": [{"name": "gw", "listener": "a"}]}, {}), "takes the same requests"),
    ("duplicate-match", twins({}, {"parents": [{"name": "gw", "listener": "a"}]}), "takes the same requests"),
    ("duplicate-match", twins({"namespace": "one"}, {"namespace": "two"}), ""),
    ("duplicate-match", twins({"parents": []}, {"parents": []}), ""),
    ("duplicate-match", one(rule(path="/v1", headers={"X-Model": "a"}), rule(path="/v1", headers={"x-model": "a"})), "rules[1]: takes the same"),
    ("duplicate-match", one(rule(path="/v1", headers={"X-Model": "a"}), rule(path="/v1", headers={"X-Model": "b"})), ""),
    ("duplicate-match", one(rule(path="/v1", method="GET"), rule(path="/v1", method="POST"), rule(path={"exact": "/v1"}), rule()), ""),
    ("host-hides-wildcard", twins({}, {"hostnames": ["a.example.com"]}), "inference_routes[0] (a): a.example.com have routes of their own"),
    ("host-hides-wildcard", twins({"hostnames": ["*.example.com"]}, {"hostnames": ["a.b.example.com"]}), "(a): a.b.example.com"),
    ("host-hides-wildcard", twins({"hostnames": ["*.example.com"]}, {"hostnames": ["example.com", "a.example.org"]}), ""),
    ("host-hides-wildcard", twins({"hostnames": ["*.example.com", "a.example.com"]}, {"hostnames": ["a.example.com"]}), ""),
    ("host-hides-wildcard", twins({}, {"hostnames": ["a.example.com"], "rules": [rule(path="/v2"), rule()]}), ""),
    ("host-hides-wildcard", twins({}, {"hostnames": ["a.example.com"], "parents": ["other"]}), ""),
    ("host-hides-wildcard", twins({"parents": [ON_HTTP]}, {"parents": [ON_HTTPS], "hostnames": ["a.example.com"]}), ""),
    ("host-hides-wildcard", twins({"parents": [ON_HTTP]}, {"hostnames": ["a.example.com"]}), "a.example.com have routes"),
    ("duplicate-match", twins({"parents": [{"name": "gw", "port": 80}]}, {}), "takes the same requests"),
    ("duplicate-match", twins({"parents": [{"name": "gw", "port": 80}]}, {"parents": [{"name": "gw", "port": 443}]}), ""),
    ("duplicate-match", twins({**MESH, "namespace": "one"}, {**MESH, "namespace": "two"}), ""),
    ("duplicate-match", twins(MESH, {**MESH, "hostnames": ["a.com"]}), "takes the same requests"),
    ("method-before-header", one(rule(path="/v1", method="POST"), rule(path="/v1", headers={"X-Model": "a"})), "rules[1]: asks for headers, but a POST"),
    ("method-before-header", one(rule(path="/v1", method="POST"), rule(path="/v1", method="POST", headers={"X-Model": "a"})), ""),
    ("method-before-header", one(rule(path="/v1", method="POST"), rule(path="/v1/chat", headers={"X-Model": "a"})), ""),
    ("repeated-match", one(rule(matches=[{"path": "/v1"}, {"path": "/v2"}, {"path": "/v1/"}])), "matches[2]: says the same as matches[0]."),
    ("repeated-match", one(rule(matches=[{"path": "/v1"}, {"path": {"exact": "/v1"}}])), ""),
    ("alternatives-not-conditions", one(rule(matches=[{"path": "/v1"}, {"headers": {"X-Model": "a"}}])), "either alone is enough"),
    ("alternatives-not-conditions", one(rule(matches=[{"path": "/v1", "headers": {"X-Model": "a"}}, {"path": "/v2"}])), ""),
    ("header-without-path", one(rule(path="/v1/chat"), rule(headers={"X-Model": "a"})), "rules[1]: asks for no path, so requests to /v1/chat go to"),
    ("header-without-path", one(rule(path="/v1/chat"), rule(path="/", headers={"X-Model": "a"})), ""),
    ("header-without-path", one(rule(), rule(headers={"X-Model": "a"})), ""),
    ("regex-broken", one(rule(path={"regex": "*.example.com"})), "nothing to repeat"),
    ("regex-broken", one(rule(headers={"X-Model": {"regex": "gemma("}})), "rules[0].headers[X-Model].regex"),
    ("regex-broken", one(rule(query={"model": {"regex": "[a-z"}})), "rules[0].query[model].regex"),
    ("regex-broken", one(rule(path={"regex": "/v1/.{1001}"})), "repeats more than 1000 times"),
    ("regex-broken", one(rule(path={"regex": r"/v1/\pL+/[[:alpha:]]{2}/a\{2000\}"})), ""),
    ("regex-broken", one(rule(path={"regex": "/v1/(?:chat|models)/[^/]+"})), ""),
    ("regex-broken", one(rule(path={"regex": "/v1/a(?i)b"}), rule(path={"regex": r"/v2\h+"}), rule(path={"regex": "/(?|a|b)"})), ""),
    ("regex-broken", one(rule(path={"regex": "(?i)/v1/[a-z"})), "is no regular expression"),
    ("regex-not-re2", one(rule(path={"regex": "/(?!admin).*"}), renderer="istio"), "looks ahead or behind ((?!), which RE2 cannot do"),
    ("regex-not-re2", one(rule(path={"regex": r"/(a|b)/\1"}), renderer="istio"), "refers back to a group"),
    ("regex-not-re2", one(rule(path={"regex": "/a++"}), renderer="istio"), "possessive"),
    ("regex-not-re2", one(rule(path={"regex": "/(?!admin).*"})), ""),
    ("regex-not-re2", one(rule(path={"regex": r"/[(?!]x\\1[\]+*+]\(\?=y"}), renderer="istio"), ""),
    ("regex-not-portable", one(rule(path={"regex": "/(?<=v)1"})), "looks ahead or behind"),
    ("regex-not-portable", one(rule(path={"regex": "/(?P<v>a)(?i)b"})), ""),
    ("regex-broken", one(rule(path={"regex": r"/[\w-z]"})), ""),
    ("regex-broken", one(rule(path={"regex": "/a/[[:alnum:]+"}), renderer="istio"), "has a [ that nothing closes"),
    ("regex-broken", one(rule(path={"regex": "/(?<n>x)["}), renderer="istio"), "has a [ that nothing closes"),
    ("regex-broken", one(rule(path={"regex": "/(a{40}){40}"}), renderer="istio"), "repeats 1600 times, as its counts multiply"),
    ("regex-broken", one(rule(path={"regex": "/(?P<a-b>x)"}), renderer="istio"), "names a group 'a-b'. A name is made of letters"),
    ("regex-broken", one(rule(path={"regex": "/(a"}), renderer="istio"), "has a ( that nothing closes. Mind that . * +"),
    ("regex-broken", one(rule(path={"regex": r"/\pL+/[[:alpha:]]{2}/[\w-z]\Q(\E(?P<v>a)(?i)b\z"}), renderer="istio"), ""),
    ("regex-not-re2", one(rule(path={"regex": r"/x\Z"}), renderer="istio"), r"has the escape \Z, which RE2 does not know. Write \z, or nothing"),
    ("regex-not-re2", one(rule(headers={"X-Model": {"regex": r"\p{Letter}"}}), renderer="istio"), r"asks for the class \p{Letter}, which RE2 does not know"),
    ("regex-not-re2", one(rule(query={"model": {"regex": "(?x) a"}}), renderer="istio"), "has (?x, which RE2 does not know. It knows (?:"),
    ("weight-missing", one(rule(backends=[{**BACKEND, "weight": 50}, OTHER])), "backends[1]: has no weight beside others that have one: it gets 1 of 51"),
    ("weight-missing", one(rule(backends=[{**BACKEND, "weight": 1}, OTHER])), ""),
    ("weight-missing", one(rule(backends=[BACKEND, OTHER])), ""),
    ("weight-alone", one(rule(backends=[{**BACKEND, "weight": 10}])), "backends[0].weight: is 10, but no other backend shares the rule"),
    ("weight-alone", one(rule(backends=[{**BACKEND, "weight": 100}])), ""),
    ("weight-alone", one(rule(backends=[{**BACKEND, "weight": 10}, {**OTHER, "weight": 0}])), ""),
    ("weights-not-hundred", one(rule(backends=[{**BACKEND, "weight": 90}, {**OTHER, "weight": 20}])), "backends: have weights of 110 in all."),
    ("weights-not-hundred", one(rule(backends=[{**BACKEND, "weight": 9}, {**OTHER, "weight": 1}])), ""),
    ("weights-not-hundred", one(rule(backends=[{**BACKEND, "weight": 50}, {**OTHER, "weight": 50}])), ""),
    ("duplicate-backend", one(rule(backends=[BACKEND, {**BACKEND, "namespace": "default"}])), "backends[1]: is the same as backends[0]"),
    ("duplicate-backend", one(rule(backends=[BACKEND, {**BACKEND, "port": 1}, {**BACKEND, "namespace": "two"}])), ""),
    ("service-port", one(rule(), objects=[service("ollama", 80, 443)]), "backends[0].port: 11434 is no port of Service default/ollama. It has 80, 443."),
    ("service-port", one(rule(), objects=[service("ollama", 11434), service("other", 1)]), ""),
    ("service-port", one(rule()), ""),
    ("retry-side-effects", one(rule(retries={"attempts": 2, "on": ["503"]})), "rules[0].retries: retry on 503 whatever the method"),
    ("retry-side-effects", one(rule(method="POST", retries={"attempts": 2, "on": ["503"]})), ""),
    ("retry-side-effects", one(rule(retries={"attempts": 2, "on": ["connect-failure", "429"]})), ""),
]
