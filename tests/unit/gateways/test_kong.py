# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes as Kong's ingress controller reads them: KongPlugins with HTTPRoutes or Ingresses, and what neither can say."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.models.access import Access
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.routes import KIND
from ansible_collections.inference.gateway.plugins.module_utils.models.limits import Limits
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.models.strategies import records
from unit.models.support import BACKEND, built, context, issues, route, rule

INGRESS = {"gateway_api": False}
AI = {"edition": "enterprise_ai"}
OPENAI = {"provider": "openai", "model": "gpt-5-mini", "secret": "openai"}
KEYS = {"key_names": ["apikey"], "hide_credentials": True, "key_in_header": True, "key_in_query": False, "key_in_body": False}


def model(name: str, **fields: Any) -> dict[str, Any]:
    """A model of the seed: one path for all, a header for each."""
    own = rule(path="/ai/models", headers={"X-Model": name}, rewrite={"path": {"prefix": "/"}})
    return {"name": name, "parents": ["kong"], "rules": [own], "access": {"groups": [name]}, **fields}


def kong(*rules: dict[str, Any], parents: Any = ("kong",), **fields: Any) -> dict[str, Any]:
    return route(*rules, parents=list(parents), **fields)


def made(entry: dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    """By kind and name."""
    return {f"{obj['kind']} {obj['metadata']['name']}": obj for obj in built("inference_routes", [entry], renderer="kong", kong=options)}


def said(entry: dict[str, Any], **options: Any) -> list[str]:
    return issues("inference_routes", [entry], renderer="kong", kong=options)


def test_a_model_is_a_route_with_keys_and_a_group() -> None:
    found = made(model("scout"))
    assert list(found) == ["KongPlugin scout-route-key-auth", "KongPlugin scout-route-acl", "HTTPRoute scout"]
    assert found["KongPlugin scout-route-key-auth"] == {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongPlugin",
        "metadata": {"name": "scout-route-key-auth", "namespace": "default"},
        "plugin": "key-auth",
        "config": KEYS,
    }
    assert found["KongPlugin scout-route-acl"]["config"] == {"allow": ["scout"], "hide_groups_header": True}
    assert found["HTTPRoute scout"]["metadata"]["annotations"] == {
        "konghq.com/plugins": "scout-route-key-auth,scout-route-acl",
        "konghq.com/strip-path": "true",
    }
    assert found["HTTPRoute scout"]["spec"]["rules"] == [
        {
            "matches": [{"path": {"value": "/ai/models"}, "headers": [{"name": "X-Model", "value": "scout"}]}],
            "backendRefs": [{"name": "ollama", "port": 11434}],
        }
    ]


def test_the_same_model_without_gateway_api_is_an_ingress() -> None:
    found = made(model("scout", hostnames=["a.example.com", "b.example.com"]), gateway_api=False, ingress_class="inner", protocols=["https"])
    ingress = found["Ingress scout"]
    assert ingress["metadata"]["annotations"] == {
        "konghq.com/plugins": "scout-route-key-auth,scout-route-acl",
        "konghq.com/strip-path": "true",
        "konghq.com/protocols": "https",
        "konghq.com/headers.x-model": "scout",
    }
    backend = {"service": {"name": "ollama", "port": {"number": 11434}}}
    paths = [{"path": path, "pathType": "ImplementationSpecific", "backend": backend} for path in ("/~/ai/models$", "/ai/models/")]
    assert ingress["spec"] == {
        "ingressClassName": "inner",
        "rules": [{"host": host, "http": {"paths": paths}} for host in ("a.example.com", "b.example.com")],
    }


def test_each_match_is_an_ingress() -> None:
    rules = [rule(name="chat", matches=[{"path": "/a"}, {"path": "/b", "method": "POST"}]), rule(path={"exact": "/v1.0"})]
    found = made(kong(*rules, access={"open": True}), **INGRESS)
    assert list(found) == ["Ingress chat.chat.0", "Ingress chat.chat.1", "Ingress chat.1"]
    assert found["Ingress chat.chat.1"]["metadata"]["annotations"] == {"konghq.com/methods": "POST"}
    assert [path["path"] for path in found["Ingress chat.1"]["spec"]["rules"][0]["http"]["paths"]] == ["/~/v1\\.0$"]


def test_an_open_route_has_no_plugins() -> None:
    found = made(kong(rule(), access={"open": True}))
    assert list(found) == ["HTTPRoute chat"]
    assert "annotations" not in found["HTTPRoute chat"]["metadata"]


def test_keys_as_they_are_asked_for() -> None:
    access = {"groups": ["b", "a"], "header": "X-Key", "hide": False, "query": True}
    found = made(kong(rule(), access=access))
    assert found["KongPlugin chat-route-key-auth"]["config"] == {**KEYS, "key_names": ["X-Key"], "hide_credentials": False, "key_in_query": True}
    assert found["KongPlugin chat-route-acl"]["config"]["allow"] == ["a", "b"]


def test_limits_of_requests() -> None:
    limits = {"requests": {"hour": 100, "second": 5}, "by": "header", "header": "X-Team", "fault_tolerant": False}
    found = made(kong(rule(), limits={**limits, "policy": "redis", "redis": {"host": "redis.infra.svc", "secret": "redis", "ssl": True}}))
    plugin = found["KongPlugin chat-route-rate-limiting"]
    assert plugin["config"] == {
        "second": 5,
        "hour": 100,
        "limit_by": "header",
        "header_name": "X-Team",
        "policy": "redis",
        "fault_tolerant": False,
        "redis": {"host": "redis.infra.svc", "ssl": True},
    }
    assert plugin["configPatches"] == [{"path": "/redis/password", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "password"}}}]


def test_users_own_plugins_and_annotations_stay() -> None:
    own = {"konghq.com/plugins": "mine,other", "team": "ai"}
    found = made(model("scout", annotations=own))
    assert found["HTTPRoute scout"]["metadata"]["annotations"] == {
        "team": "ai",
        "konghq.com/plugins": "scout-route-key-auth,scout-route-acl,mine,other",
        "konghq.com/strip-path": "true",
    }


def test_a_provider_is_ai_proxy_with_its_key_in_a_secret() -> None:
    found = made(kong({"name": "gpt", "path": "/gpt", "backends": [OPENAI]}, rule(path="/own")), ai_max_body=65536)
    plugin = found["KongPlugin chat-route-ai-proxy-gpt"]
    assert plugin["config"] == {
        "route_type": "llm/v1/chat",
        "model": {"provider": "openai", "name": "gpt-5-mini"},
        "max_request_body_size": 65536,
        "auth": {"header_name": "Authorization"},
    }
    assert plugin["configPatches"] == [{"path": "/auth/header_value", "valueFrom": {"secretKeyRef": {"name": "openai", "key": "header_value"}}}]
    reference = {"group": "configuration.konghq.com", "kind": "KongPlugin", "name": "chat-route-ai-proxy-gpt"}
    first, second = found["HTTPRoute chat"]["spec"]["rules"]
    assert first == {"name": "gpt", "matches": [{"path": {"value": "/gpt"}}], "filters": [{"type": "ExtensionRef", "extensionRef": reference}]}
    assert "filters" not in second


def test_tokens_are_counted_where_there_is_a_licence() -> None:
    entry = kong({"path": "/gpt", "backends": [OPENAI]}, limits={"tokens": {"minute": 1000, "day": 50000}, "by": "consumer"})
    assert made(entry, **AI)["KongPlugin chat-route-ai-rate-limiting-advanced-0"]["config"] == {
        "llm_providers": [{"name": "openai", "limit": [1000, 50000], "window_size": [60, 86400]}],
        "strategy": "local",
        "identifier": "consumer",
    }
    for options in ({}, {"edition": "enterprise"}):
        (line,) = said(entry, **options)
        assert "(chat).limits.tokens: needs Kong Enterprise with an AI licence (plugin ai-rate-limiting-advanced); the edition is" in line
        assert line.endswith("Write requests: in its place, or kong: {edition: enterprise_ai} if you have one.")


def test_cross_origin_rules_are_a_plugin_of_the_rule() -> None:
    found = made(kong(rule(cors={"allow_origins": ["https://*.example.com"], "allow_methods": ["*"], "max_age": 60})))
    assert found["KongPlugin chat-route-cors-0"]["config"] == {"origins": ["^https://.*\\.example\\.com$"], "max_age": 60}


@pytest.mark.parametrize(
    ("match", "native"),
    [
        ({"path": {"exact": "/v1.0"}}, {"path": {"type": "RegularExpression", "value": "/v1\\.0$"}}),
        ({"path": {"exact": "/v1"}}, {"path": {"type": "Exact", "value": "/v1"}}),
        ({"path": {"regex": "/v[12]"}}, {"path": {"type": "RegularExpression", "value": "/v[12]$"}}),
        ({"headers": {"M": {"regex": "gemma.*"}}}, {"headers": [{"type": "RegularExpression", "name": "M", "value": "^(?:gemma.*)$"}]}),
        ({"method": "POST"}, {"method": "POST"}),
    ],
)
def test_matches_as_the_controller_has_to_be_told(match: dict[str, Any], native: dict[str, Any]) -> None:
    assert made(kong(rule(**match)))["HTTPRoute chat"]["spec"]["rules"][0]["matches"] == [native]


def test_paths_that_are_answered_alike_are_let_where_the_controller_tells_them_apart() -> None:
    other = {"service": "other", "port": 80}
    assert said(kong(rule(path="/a", **TO_V1), rule(path="/b", backends=[other], **TO_V1))) == []
    assert said(kong({"path": "/a", **AWAY}, {"path": "/b", "method": "GET", **AWAY})) == []
    assert said(kong(*(rule(path=path, rewrite={"path": {"prefix": "/"}}) for path in ("/a", "/b")))) == []


def test_a_prefix_that_is_replaced_is_left_to_the_controller() -> None:
    found = made(kong(rule(path="/ai", rewrite={"path": {"prefix": "/v1"}})))["HTTPRoute chat"]
    assert "annotations" not in found["metadata"]
    assert found["spec"]["rules"][0]["filters"] == [{"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/v1"}}}]


TO_V1 = {"rewrite": {"path": {"prefix": "/v1"}}}
AWAY = {"redirect": {"scheme": "https", "hostname": "a"}}
ROUTES_REFUSE = [
    (kong(rule(path="/a", **TO_V1), rule(path="/b", **TO_V1)), ".rules[1]: has the same answer as rules[0], and Kong's controller knows one path alone"),
    (kong({"matches": [{"path": "/a"}, {"path": "/b"}], **AWAY}), ".rules[0]: has several matches, and Kong's controller knows one path alone"),
    (kong(rule(), parents=()), ".parents: are missing"),
    (kong(rule(), default_gateways="All"), ".default_gateways: kong cannot express default_gateways."),
    (kong(rule(), parents=[{"name": "s", "kind": "Service"}]), ".parents[0].kind: kong cannot express parent Service."),
    (kong(rule(query={"a": "b"})), ".rules[0].query: kong cannot express query."),
    (kong(rule(timeouts={"request": "300s"})), ".rules[0].timeouts.request: kong cannot express request. Kong knows no time for a whole request"),
    (kong(rule(timeouts={"backend": "0s"})), ".rules[0].timeouts.backend: 0 is no limit"),
    (
        kong(rule(path="/a", timeouts={"backend": "1m"}), rule(path="/b", timeouts={"backend": "60s"})),
        ".rules[1].timeouts.backend: is 60s, and rules[0] has 1m",
    ),
    (kong(rule(path="/a"), rule(path="/b", timeouts={"backend": "60s"})), ".rules[1].timeouts.backend: is 60s, and rules[0] has none"),
    (kong(rule(retries={"attempts": 1})), ".rules[0].retries: kong cannot express retries. Kong's controller passes over it: annotate the Service"),
    (kong(rule(session_persistence={})), ".rules[0].session_persistence: kong cannot express"),
    (kong(rule(mirrors=[BACKEND])), ".rules[0].mirrors: kong cannot express mirrors."),
    (kong(rule(auth={**BACKEND, "protocol": "HTTP"})), ".rules[0].auth: kong cannot express auth."),
    (kong({"backends": [{"pool": "llama"}]}), ".backends[0].pool: kong cannot express pool. Kong asks no endpoint picker"),
    (kong({"backends": [{"host": "a", "port": 1}]}), ".backends[0].host: kong cannot express host."),
    (kong({"backends": [{**BACKEND, "priority": 1}]}), ".backends[0].priority: kong cannot express priority."),
    (kong({"backends": [{**BACKEND, "request_headers": {"remove": ["a"]}}]}), ".backends[0].request_headers: kong cannot express"),
    (kong({"backends": [{"resource": {"group": "x.y", "kind": "Z", "name": "z"}}]}), ".backends[0].resource: kong cannot express target Z.x.y."),
    (kong({"backends": [{**BACKEND, "model": "m"}]}), ".backends[0].model: is changed by ai-proxy alone"),
    (kong({"backends": [{"provider": "nobody"}]}), ".backends[0].provider: nobody is none of those known here"),
    (kong({"backends": [OPENAI, BACKEND]}), ".backends[0].provider: stands beside other backends"),
    (kong(rule(extensions=[{"group": "x.y", "kind": "Z", "name": "z"}])), ".extensions[0]: Z.x.y is no plugin of Kong."),
    (kong(rule(path={"regex": "v1"})), ".path.regex: 'v1' does not begin with /"),
    (kong(rule(path={"regex": "/a|/b"})), ".path.regex: '/a|/b' has alternatives outside of brackets"),
    (kong(rule(path="/a+b")), ".path: /a+b holds +, which Kong's controller takes for a part of a regular expression."),
    (kong(rule(headers={"m": {"regex": "Gemma"}})), ".headers[m].regex: 'Gemma' holds capital letters"),
    (kong(rule(headers={"m": "~*gemma"})), ".headers[m]: begins with ~*"),
    (kong(rule(request_headers={"set": {"a": "$(os.exit())"}})), ".request_headers: holds $(, which Kong's plugin takes for"),
    (kong({"redirect": {"scheme": "https"}}), ".redirect: says not the whole address"),
    (
        kong({"path": "/a", "redirect": {"scheme": "https", "hostname": "a", "path": {"prefix": "/"}}}),
        ".redirect.path.prefix: is nothing that Kong can replace",
    ),
    (kong(rule(), annotations={"konghq.com/strip-path": "false"}), ".annotations: konghq.com/strip-path is what the renderer writes itself."),
    (kong(rule(), limits={"tokens": {"minute": 1}}), ".limits.tokens: needs Kong Enterprise"),
]


@pytest.mark.parametrize(("entry", "what"), ROUTES_REFUSE)
def test_what_a_route_cannot_say(entry: dict[str, Any], what: str) -> None:
    (line,) = said(entry)
    assert line.startswith("inference_routes[0] (chat)")
    assert what in line


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (
            kong(rule(timeouts={"backend": "300s"})),
            ".timeouts: kong cannot express timeouts. An Ingress has none: annotate the Service, in milliseconds: konghq.com/read-timeout",
        ),
        (kong({"backends": [BACKEND, {**BACKEND, "port": 1}]}), ".backends: are several, and an Ingress sends to one."),
        (kong({"backends": [{**BACKEND, "namespace": "other"}]}), ".backends[0].namespace: other is another namespace"),
        (kong({"backends": [OPENAI]}), ".backends[0].provider: kong cannot express provider."),
        (kong({"redirect": {"scheme": "https", "hostname": "a"}}), ".redirect: kong cannot express redirect."),
        (kong(rule(path="/a", rewrite={"path": {"prefix": "/v1"}})), ".rewrite.path.prefix: an Ingress can take a prefix away"),
        (kong(rule(path="/a"), rule(path="/b", rewrite={"path": {"prefix": "/"}})), ".rules[1].rewrite.path.prefix: is not that of rules[0]"),
        (kong(rule(headers={"m": "a,b"})), ".headers[m]: does not fit into an annotation"),
        (kong({"extensions": [{"group": "configuration.konghq.com", "kind": "KongPlugin", "name": "own"}]}), ".rules[0]: has no backend"),
    ],
)
def test_what_an_ingress_cannot_say(entry: dict[str, Any], what: str) -> None:
    (line,) = said(entry, **INGRESS)
    assert what in line


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"edition": "free"}, "kong.edition: expected one of community, enterprise, enterprise_ai; got 'free'."),
        ({"class": "kong"}, "kong: unknown field class. Write ingress_class."),
        ({"protocols": ["grpc"]}, "kong.protocols[0]: expected one of http, https"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], what: str) -> None:
    (line,) = said(kong(rule()), **options)
    assert what in line


ENTRIES = st.builds(
    lambda entry, access, limits: {**entry, "access": access, "limits": limits},
    records(Route),
    st.none() | records(Access),
    st.none() | records(Limits),
)


@settings(max_examples=60, deadline=None)
@given(entry=ENTRIES, options=st.sampled_from([{}, INGRESS, AI]), way=st.sampled_from([KIND.build, KIND.elsewhere["kong"]]))
def test_every_declaration_is_rendered_or_refused_in_words(entry: dict[str, Any], options: dict[str, Any], way: Any) -> None:
    try:
        assert way([entry], context({"renderer": "kong", "kong": options}))
    except InputError as error:
        assert all(issue.problem and issue.where.startswith("inference_routes[0]") for issue in error.issues)
