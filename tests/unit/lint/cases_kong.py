# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hits and misses of the rules about Kong. ``tests/unit/gateways/test_kong_order.py`` holds the router itself against them."""

from __future__ import annotations

from typing import Any

from unit.lint.cases_routes import CASE, service
from unit.models.support import BACKEND, route, rule

OTHER = {"service": "other", "port": 80}
GROUP = {"groups": ["a"]}
SIXTY = {"requests": {"minute": 60}}


def kong(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"routes": list(entries), "renderer": "kong"}


def one(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return kong(route(*rules, parents=["kong"], **fields))


def two(first: dict[str, Any], second: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Two rules of one route, with backends of their own."""
    return one(rule(**first), rule(**{"backends": [OTHER], **second}), **fields)


def models(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two routes, each for one model."""
    return kong(*({"name": name, "parents": ["kong"], "rules": [rule(path="/ai")], **more} for name, more in (("a", first), ("b", second))))


def value(text: str, **fields: Any) -> dict[str, Any]:
    return {"rules": [rule(path="/ai", headers={"X-Model": text})], **fields}


def patient(name: str) -> dict[str, Any]:
    made = service(name, 11434)
    made["metadata"]["annotations"] = {"konghq.com/read-timeout": "600000"}
    return made


def host(name: str) -> dict[str, Any]:
    return {"host": name, "port": 80}


def plugin(kind: str, **config: Any) -> dict[str, Any]:
    return {"apiVersion": "configuration.konghq.com/v1", "kind": "KongPlugin", "metadata": {"name": kind}, "plugin": kind, "config": config}


def noted(made: dict[str, Any], **annotations: str) -> dict[str, Any]:
    own = {f"konghq.com/{name.replace('_', '-')}": value for name, value in annotations.items()}
    return {**made, "metadata": {**made["metadata"], "annotations": own}}


def objects(*made: dict[str, Any]) -> dict[str, Any]:
    return {"objects": list(made)}


KEYS, ACL = plugin("key-auth", key_in_query=False), plugin("acl", allow=["a"])
CONSUMER = {"apiVersion": "configuration.konghq.com/v1", "kind": "KongConsumer", "metadata": {"name": "c"}, "username": "c"}
OF_CLASS = {**CONSUMER, "metadata": {"name": "c", "annotations": {"kubernetes.io/ingress.class": "kong"}}}

OUTSIDE = {**service("ollama", 11434), "spec": {"type": "ExternalName", "externalName": "api.example.com"}}
SPLIT = one(rule(backends=[BACKEND, OTHER]))

CASES: list[CASE] = [
    ("kong-class-missing", objects(CONSUMER), "lack kubernetes.io/ingress.class, without which it does nothing."),
    ("kong-class-missing", objects(OF_CLASS, KEYS), ""),
    ("kong-key-opens-all", objects(KEYS, noted(service("s", 80), plugins="key-auth")), "ask for a key and no group: any key will do."),
    ("kong-key-opens-all", objects(KEYS, ACL, noted(service("s", 80), plugins="key-auth, acl")), ""),
    ("kong-key-opens-all", objects(KEYS, noted(service("s", 80), plugins="key-auth,unknown")), ""),
    ("kong-plugin-key-in-query", objects(plugin("key-auth")), "takes keys from the query"),
    ("kong-plugin-key-in-query", objects(KEYS), ""),
    ("kong-old-redis", objects(plugin("rate-limiting", minute=1, redis_host="r")), "redis_host are of the past."),
    ("kong-old-redis", objects(plugin("rate-limiting", minute=1, redis={"host": "r"})), ""),
    ("kong-prometheus-mute", objects(plugin("prometheus", per_consumer=False)), "turns on no metrics about requests."),
    ("kong-prometheus-mute", objects(plugin("prometheus", latency_metrics=True)), ""),
    ("kong-ai-body", objects(plugin("ai-proxy", route_type="llm/v1/chat")), "Kong reads 8192 bytes."),
    ("kong-ai-body", objects(plugin("ai-proxy", max_request_body_size=8192)), ""),
    ("kong-annotation-number", objects(noted(service("s", 80), read_timeout="600s")), "konghq.com/read-timeout is '600s', which is no number."),
    ("kong-annotation-number", objects(noted(service("s", 80), read_timeout="600000", retries="2")), ""),
    ("kong-same-match", models(value("Scout"), value("scout")), "inference_routes[1] (b).rules[0]: is the same to Kong as inference_routes[0] (a).rules[0]"),
    ("kong-same-match", models(value("scout"), value("maverick")), ""),
    ("kong-same-match", models(value("scout"), value("scout")), ""),
    ("kong-same-match", models(value("scout"), value("scout", parents=["other"])), "is the same to Kong"),
    ("kong-same-match", models(value("a", parents=[{"name": "kong", "listener": "x"}]), value("A", parents=[{"name": "kong", "listener": "y"}])), ""),
    ("kong-same-match", models(value("a", hostnames=["a.com"]), value("A", hostnames=["b.com"])), ""),
    ("kong-same-match", {**models(value("Scout"), value("scout")), "renderer": "istio"}, ""),
    (
        "kong-order",
        two({"path": "/v1/chat"}, {"path": "/v1", "headers": {"X-Model": "a"}}),
        "rules[0]: is to take requests that inference_routes[0] (chat).rules[1]",
    ),
    ("kong-order", two({"path": "/v1/chat", "headers": {"X-Model": "a"}}, {"path": "/v1", "headers": {"X-Model": "a"}}), ""),
    ("kong-order", two({"path": "/v1/chat", "headers": {"X-Model": "a"}}, {"path": "/v1", "headers": {"X-Model": "b"}}), ""),
    ("kong-order", two({"path": "/v1/chat", "headers": {"X-Model": "a"}}, {"path": "/v1"}), ""),
    ("kong-order", two({"path": {"exact": "/v1"}}, {"path": "/v1"}), "rules[0]: is to take requests"),
    ("kong-order", two({"path": {"exact": "/v1"}, "headers": {"M": "a"}}, {"path": "/v1"}), ""),
    ("kong-order", two({"path": {"exact": "/v1/chat"}}, {"path": "/v1"}), ""),
    ("kong-order", two({"path": "/v1/chat"}, {"path": "/v1", "method": "POST"}), "rules[0]: is to take requests"),
    ("kong-order", two({"headers": {"A": "1"}}, {"headers": {"B": "1"}}), "rules[0]: is to take requests"),
    ("kong-order", two({"headers": {"A": "1"}}, {"headers": {"B": "1"}, "backends": [BACKEND]}), ""),
    ("kong-order", models({"hostnames": ["a.x.com"]}, value("m", hostnames=["*.x.com"])), "(a).rules[0]: is to take requests"),
    ("kong-order", models({"hostnames": ["a.x.com"]}, value("m", hostnames=["*.y.com"])), ""),
    ("kong-order", models({"hostnames": ["a.x.com"]}, {"hostnames": ["*.x.com"]}), ""),
    ("kong-order", models({"hostnames": ["*.a.x.com"]}, {"hostnames": ["*.x.com"]}), "(a).rules[0]: is to take requests"),
    ("kong-open-route", one(rule()), "inference_routes[0] (chat): says not who may use it: anybody may."),
    ("kong-open-route", one(rule(), access={"open": True}), ""),
    ("kong-open-route", one(rule(), access=GROUP), ""),
    ("kong-open-route", one(rule(), annotations={"konghq.com/plugins": "guard"}), ""),
    ("kong-open-route", {**one(rule(), annotations={"konghq.com/plugins": "cors, key-auth"}), "objects": [plugin("cors"), KEYS]}, ""),
    ("kong-open-route", {**one(rule(), annotations={"konghq.com/plugins": "cors"}), "objects": [plugin("cors")]}, "anybody may."),
    ("kong-open-route", one(rule(extensions=[{"group": "configuration.konghq.com", "kind": "KongPlugin", "name": "guard"}])), ""),
    ("kong-group-unknown", {**one(rule(), access=GROUP), "groups": ["A", "b"]}, ".access.groups: no consumer has a."),
    ("kong-group-unknown", {**one(rule(), access=GROUP), "groups": ["a"]}, ""),
    ("kong-group-unknown", one(rule(), access=GROUP), ""),
    ("kong-group-unknown", {**one(rule(), access={"open": True}), "groups": []}, ""),
    ("kong-timeout", one(rule()), "rules[0]: says not how long a model server may be silent; Kong waits 60 s."),
    ("kong-timeout", one(rule(timeouts={"backend": "300s"})), ""),
    ("kong-timeout", {**one(rule()), "objects": [patient("ollama")]}, ""),
    ("kong-timeout", {**one(rule()), "objects": [patient("other")]}, "Kong waits 60 s."),
    ("kong-timeout", one({"redirect": {"scheme": "https", "hostname": "a"}}), ""),
    (
        "kong-annotations-differ",
        {**SPLIT, "objects": [patient("ollama"), service("other", 80)]},
        ".backends: are Services whose konghq.com/read-timeout differ",
    ),
    ("kong-annotations-differ", {**SPLIT, "objects": [patient("ollama"), patient("other")]}, ""),
    ("kong-annotations-differ", {**SPLIT, "objects": [patient("ollama")]}, ""),
    ("kong-key-in-query", one(rule(), access={**GROUP, "query": True}), ".access.query: takes keys from the query"),
    ("kong-key-in-query", one(rule(), access={**GROUP, "hide": False}), ".access.hide: passes each key on"),
    ("kong-key-in-query", one(rule(), access={**GROUP, "hide": True, "query": False}), ""),
    ("kong-limit-per-pod", one(rule(), limits=SIXTY), ".limits: counts in each pod of Kong by itself."),
    ("kong-limit-per-pod", one(rule(), limits={**SIXTY, "policy": "local"}), ""),
    ("kong-limit-per-rule", one(rule(path="/a"), rule(path="/b"), limits=SIXTY), ".limits: is counted 2 times"),
    ("kong-limit-per-rule", one(rule(path="/a"), limits=SIXTY), ""),
    ("kong-limit-by-address", one(rule(), access={"open": True}, limits=SIXTY), ".limits.by: counts by address"),
    ("kong-limit-by-address", one(rule(), access={"open": True}, limits={**SIXTY, "by": "ip"}), ""),
    ("kong-limit-by-address", one(rule(), access=GROUP, limits=SIXTY), ""),
    ("duplicate-backend", {**one(rule(backends=[host("a"), host("b")])), "backend": "admin"}, ""),
    ("duplicate-backend", {**one(rule(backends=[host("a"), host("a")])), "backend": "admin"}, "backends[1]: is the same as backends[0]"),
    ("route-without-parent", {**kong(route(rule())), "kong": {"gateway_api": False}}, ""),
    ("external-name", {**one(rule()), "objects": [OUTSIDE]}, ""),
    ("host-hides-wildcard", kong(route(rule(), parents=["kong"]), {"name": "b", "parents": ["kong"], "hostnames": ["a.com"], "rules": [rule(path="/v1")]}), ""),
    ("timeout-missing", one(rule(method="POST", path="/v1/chat/completions")), ""),
]
