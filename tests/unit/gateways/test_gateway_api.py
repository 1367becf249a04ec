# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes as Gateway API writes them: declaration on the left, object on the right."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import GroupKind
from unit.models.support import BACKEND, built, desired, issues, route, rule

REF = {"name": "ollama", "port": 11434}
POOL = {"group": "inference.networking.k8s.io", "kind": "InferencePool"}


def rules(*items: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = built("inference_routes", [route(*items)])[-1]["spec"]["rules"]
    return found


def filters(**fields: Any) -> list[dict[str, Any]]:
    return rules(rule(**fields))[0]["filters"]


def test_a_weighted_split_by_path() -> None:
    entry = route(
        {"path": "/v1/chat/completions", "backends": [{**BACKEND, "weight": 50}, {"service": "ollama-1", "port": 11434, "weight": 50}]},
        hostnames=["inference.example.com"],
        parents=["inference-gateway"],
        labels={"team": "ai"},
    )
    assert built("inference_routes", [entry]) == [
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "chat", "namespace": "default", "labels": {"team": "ai"}},
            "spec": {
                "parentRefs": [{"name": "inference-gateway"}],
                "hostnames": ["inference.example.com"],
                "rules": [
                    {
                        "matches": [{"path": {"value": "/v1/chat/completions"}}],
                        "backendRefs": [{**REF, "weight": 50}, {"name": "ollama-1", "port": 11434, "weight": 50}],
                    }
                ],
            },
        }
    ]


def test_a_header_and_a_default() -> None:
    """Path and header stand in one match, since a request has to meet both; two matches would mean either."""
    found = rules(rule(path="/v1", headers={"OpenAI-Model": "gemma:2b"}), rule(path="/v1"))
    assert [item["matches"] for item in found] == [
        [{"path": {"value": "/v1"}, "headers": [{"name": "OpenAI-Model", "value": "gemma:2b"}]}],
        [{"path": {"value": "/v1"}}],
    ]


def test_a_rule_for_every_request_has_no_match() -> None:
    assert rules(rule()) == [{"backendRefs": [REF]}]


@pytest.mark.parametrize(
    ("match", "wanted"),
    [
        ({"path": {"prefix": "/a"}}, {"path": {"value": "/a"}}),
        ({"path": {"exact": "/a"}}, {"path": {"type": "Exact", "value": "/a"}}),
        ({"path": {"regex": "/a.*"}}, {"path": {"type": "RegularExpression", "value": "/a.*"}}),
        ({"headers": {"b": "1", "A": {"regex": "."}}}, {"headers": [{"type": "RegularExpression", "name": "A", "value": "."}, {"name": "b", "value": "1"}]}),
        ({"query": {"q": {"exact": "1"}}}, {"queryParams": [{"name": "q", "value": "1"}]}),
        ({"method": "POST"}, {"method": "POST"}),
    ],
)
def test_matches(match: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert rules(rule(**match))[0]["matches"] == [wanted]
    assert rules(rule(matches=[match, {"method": "GET"}]))[0]["matches"] == [wanted, {"method": "GET"}]


@pytest.mark.parametrize(
    ("backend", "wanted"),
    [
        ({"pool": "llama"}, {**POOL, "name": "llama"}),
        ({"pool": "llama", "weight": 0, "port": 8000}, {**POOL, "name": "llama", "port": 8000, "weight": 0}),
        ({"service": "a", "port": 1, "namespace": "default"}, {"name": "a", "namespace": "default", "port": 1}),
        ({"resource": {"group": "x.y", "kind": "Thing", "name": "t"}}, {"group": "x.y", "kind": "Thing", "name": "t"}),
        (
            {"service": "a", "port": 1, "request_headers": {"set": {"b": "c"}}},
            {"name": "a", "port": 1, "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "b", "value": "c"}]}}]},
        ),
    ],
)
def test_backends(backend: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert rules({"backends": [BACKEND, backend]})[0]["backendRefs"] == [REF, wanted]


@pytest.mark.parametrize(
    ("parent", "wanted"),
    [
        ("gw", {"name": "gw"}),
        ({"name": "gw", "namespace": "x", "listener": "http"}, {"namespace": "x", "name": "gw", "sectionName": "http"}),
        ({"name": "s", "kind": "Service", "port": 80}, {"group": "", "kind": "Service", "name": "s", "port": 80}),
        ({"name": "l", "kind": "ListenerSet"}, {"kind": "ListenerSet", "name": "l"}),
        ({"name": "e", "kind": "Gateway", "group": "x.y"}, {"group": "x.y", "kind": "Gateway", "name": "e"}),
    ],
)
def test_parents(parent: Any, wanted: dict[str, Any]) -> None:
    assert built("inference_routes", [route(rule(), parents=[parent])])[0]["spec"]["parentRefs"] == [wanted]


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        (
            "request_headers",
            {"set": {"b": "1", "A": "2"}, "add": {"c": "3"}, "remove": ["d"]},
            {
                "type": "RequestHeaderModifier",
                "requestHeaderModifier": {
                    "set": [{"name": "A", "value": "2"}, {"name": "b", "value": "1"}],
                    "add": [{"name": "c", "value": "3"}],
                    "remove": ["d"],
                },
            },
        ),
        ("response_headers", {"remove": ["server"]}, {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"remove": ["server"]}}),
        (
            "rewrite",
            {"hostname": "a.b", "path": {"prefix": "/"}},
            {"type": "URLRewrite", "urlRewrite": {"hostname": "a.b", "path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}},
        ),
        ("rewrite", {"path": {"full": "/x"}}, {"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/x"}}}),
        (
            "mirrors",
            [{"service": "a", "port": 1, "percent": 5}],
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "a", "port": 1}, "percent": 5}},
        ),
        (
            "mirrors",
            [{"pool": "p", "fraction": {"numerator": 1, "denominator": 1000}}],
            {"type": "RequestMirror", "requestMirror": {"backendRef": {**POOL, "name": "p"}, "fraction": {"numerator": 1, "denominator": 1000}}},
        ),
        ("cors", {"allow_origins": ["*"], "allow_credentials": False}, {"type": "CORS", "cors": {"allowOrigins": ["*"], "allowCredentials": False}}),
        (
            "auth",
            {"service": "a", "port": 1, "protocol": "GRPC"},
            {"type": "ExternalAuth", "externalAuth": {"protocol": "GRPC", "backendRef": {"name": "a", "port": 1}, "grpc": {}}},
        ),
        (
            "auth",
            {"service": "a", "port": 1, "protocol": "HTTP", "path": "/check", "max_body": 0},
            {
                "type": "ExternalAuth",
                "externalAuth": {"protocol": "HTTP", "backendRef": {"name": "a", "port": 1}, "http": {"path": "/check"}, "forwardBody": {"maxSize": 0}},
            },
        ),
        (
            "extensions",
            [{"group": "x.y", "kind": "Z", "name": "z"}],
            {"type": "ExtensionRef", "extensionRef": {"group": "x.y", "kind": "Z", "name": "z"}},
        ),
    ],
)
def test_filters(field: str, value: Any, wanted: dict[str, Any]) -> None:
    assert filters(**{field: value}) == [wanted]


def test_a_redirect() -> None:
    found = rules({"path": "/a", "redirect": {"scheme": "https", "port": 8443, "status": 301, "path": {"full": "/b"}}})
    redirect = {"scheme": "https", "path": {"type": "ReplaceFullPath", "replaceFullPath": "/b"}, "port": 8443, "statusCode": 301}
    assert found == [{"matches": [{"path": {"value": "/a"}}], "filters": [{"type": "RequestRedirect", "requestRedirect": redirect}]}]


@pytest.mark.parametrize(
    ("on", "codes"),
    [
        ([], None),
        (["connect-failure", "reset", "timeout"], None),
        ([503, "429", 503 - 1], [429, 502, 503]),
        (["5xx"], [500, 502, 503, 504]),
        (["gateway-error", 429], [429, 502, 503, 504]),
    ],
)
def test_retries(on: list[Any], codes: list[int] | None) -> None:
    found = rules(rule(retries={"attempts": "2", "on": on, "backoff": "100ms"}))[0]["retry"]
    assert found == ({"codes": codes} if codes else {}) | {"attempts": 2, "backoff": "100ms"}


def test_timeouts_sessions_and_names() -> None:
    session = {"name": "s", "type": "Cookie", "absolute_timeout": "8h", "cookie_lifetime": "Permanent"}
    found = rules(rule(name="first", timeouts={"request": "300s", "backend": "1m"}, session_persistence=session), rule(session_persistence={}))
    assert found[0]["name"] == "first"
    assert found[0]["timeouts"] == {"request": "300s", "backendRequest": "1m"}
    assert found[0]["sessionPersistence"] == {
        "sessionName": "s",
        "type": "Cookie",
        "absoluteTimeout": "8h",
        "cookieConfig": {"lifetimeType": "Permanent"},
    }
    assert found[1]["sessionPersistence"] == {}


FOREIGN = route(
    rule(mirrors=[{"service": "shadow", "port": 1, "namespace": "models"}]),
    {"backends": [{"pool": "llama", "namespace": "models"}, {"service": "a", "port": 1, "namespace": "other"}, {"pool": "llama", "namespace": "models"}]},
    namespace="web",
)


def test_references_to_other_namespaces_get_a_grant_for_exactly_them() -> None:
    models, other, found = built("inference_routes", [FOREIGN])
    assert models == {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": {"name": "httproute.chat.web", "namespace": "models"},
        "spec": {
            "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "web"}],
            "to": [{"group": "", "kind": "Service", "name": "shadow"}, {**POOL, "name": "llama"}],
        },
    }
    assert (other["metadata"]["namespace"], other["spec"]["to"]) == ("other", [{"group": "", "kind": "Service", "name": "a"}])
    assert found["spec"]["rules"][1]["backendRefs"][0] == {**POOL, "name": "llama", "namespace": "models"}


def test_all_objects_of_an_entry_bear_its_name() -> None:
    assert [(item.origin, item.entry) for item in desired("inference_routes", [FOREIGN])] == [("inference_routes[0] (chat)", "web/chat")] * 3


def test_no_grants_where_they_are_somebody_elses_and_none_for_parents() -> None:
    parents = [{"name": "gw", "namespace": "infra"}]
    assert [item["kind"] for item in built("inference_routes", [{**FOREIGN, "grants": "false"}])] == ["HTTPRoute"]
    assert [item["kind"] for item in built("inference_routes", [route(rule(), parents=parents)])] == ["HTTPRoute"]


@pytest.mark.parametrize(("versions", "wanted"), [(("v1", "v1beta1"), "v1beta1"), (("v1",), "v1"), ((), "v1beta1")])
def test_the_version_of_a_grant_is_one_that_is_served(versions: tuple[str, ...], wanted: str) -> None:
    found = built("inference_routes", [FOREIGN], lambda kind: versions if kind == GroupKind("gateway.networking.k8s.io", "ReferenceGrant") else ())
    assert found[0]["apiVersion"] == f"gateway.networking.k8s.io/{wanted}"


def test_long_names_of_grants_are_cut_and_stay_apart() -> None:
    names = [item["metadata"]["name"] for end in "ab" for item in built("inference_routes", [{**FOREIGN, "name": "x" * 250 + end}])[:1]]
    assert [len(name) for name in names] == [253, 253]
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("backend", "field"),
    [
        ({"provider": "openai", "model": "gpt-4o-mini", "secret": "key"}, "provider"),
        ({**BACKEND, "model": "qwen:0.5b"}, "model"),
    ],
)
@pytest.mark.parametrize("renderer", ["gateway_api", "istio"])
def test_what_it_cannot_say_is_refused_by_name(backend: dict[str, Any], field: str, renderer: str) -> None:
    found = issues("inference_routes", [route(rule(), {"backends": [BACKEND, backend]})], renderer=renderer)
    assert found[0].startswith(f"inference_routes[0] (chat).rules[1].backends[1].{field}: {renderer} cannot express {field}. ")


def test_a_fallback_is_refused_and_not_served_beside_the_first() -> None:
    (found,) = issues("inference_routes", [route({"backends": [BACKEND, {**BACKEND, "priority": 1}]})])
    assert found.startswith("inference_routes[0] (chat).rules[0].backends[1].priority: gateway_api cannot express priority. ")


def test_the_first_priority_is_what_every_gateway_has() -> None:
    assert rules({"backends": [{**BACKEND, "priority": 0}]}) == [{"backendRefs": [REF]}]
