# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes as entities of Kong's Admin API, and what Kong without a cluster cannot be told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import key_of
from ansible_collections.inference.gateway.plugins.module_utils.gateways.base import Scope, refuse_lacking
from ansible_collections.inference.gateway.plugins.module_utils.gateways.kong import KongAdmin
from ansible_collections.inference.gateway.plugins.module_utils.gateways.kong_options import KongOptions
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import entries_of
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from unit.models.support import BACKEND, nothing_served, route, rule

OPENAI = {"provider": "openai", "model": "gpt-5-mini"}


def objects(entry: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    report = Report()
    renderer = KongAdmin(KongOptions(**options))
    found = []
    for item in entries_of(Route, [entry], "inference_routes", "ai", report):
        refuse_lacking(renderer, item, report)
        found += renderer.render(item, Scope(nothing_served, report))
    report.raise_if_any()
    return found


def made(entry: dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    """Specs by kind and name."""
    return {f"{obj['kind']} {obj['metadata']['name']}": obj["spec"] for obj in objects(entry, **options)}


def said(entry: dict[str, Any]) -> list[str]:
    try:
        objects(entry)
    except InputError as error:
        return [str(issue) for issue in error.issues]
    return []


def test_a_model_is_a_service_a_route_and_its_plugins() -> None:
    entry = {
        "name": "scout",
        "hostnames": ["*.example.com"],
        "access": {"groups": ["scout"]},
        "rules": [rule(path="/ai/models", headers={"X-Model": "scout"}, method="POST", rewrite={"path": {"prefix": "/"}}, timeouts={"backend": "10m"})],
    }
    found = made(entry, protocols=("https",))
    assert list(found) == ["services ai.scout.0", "routes ai.scout.0", "plugins routes.ai.scout.0/key-auth", "plugins routes.ai.scout.0/acl"]
    assert found["services ai.scout.0"] == {
        "name": "ai.scout.0",
        "protocol": "http",
        "host": "ollama.ai.svc",
        "port": 11434,
        "connect_timeout": 60000,
        "read_timeout": 600000,
        "write_timeout": 600000,
    }
    assert found["routes ai.scout.0"] == {
        "name": "ai.scout.0",
        "service": {"name": "ai.scout.0"},
        "hosts": ["*.example.com"],
        "paths": ["~/ai/models$", "/ai/models/"],
        "headers": {"X-Model": ["scout"]},
        "methods": ["POST"],
        "protocols": ["https"],
        "strip_path": True,
        "preserve_host": True,
    }
    assert found["plugins routes.ai.scout.0/acl"] == {
        "name": "acl",
        "route": {"name": "ai.scout.0"},
        "config": {"allow": ["scout"], "hide_groups_header": True},
    }


def test_every_entity_is_in_the_one_envelope() -> None:
    for obj in objects(route(rule(), access={"groups": ["a"]})):
        assert obj["apiVersion"] == "kong/v3"
        assert obj["metadata"]["annotations"] == {"inference.gateway/entry": "ai/chat"}
        assert key_of(obj).group == "kong"


def test_several_backends_are_an_upstream_with_targets() -> None:
    backends = [{**BACKEND, "weight": 3}, {"service": "other", "namespace": "b", "port": 80}, {"host": "10.0.0.7", "port": 9000, "weight": 0}]
    found = made(route({"name": "split", "backends": backends, "retries": {"attempts": 2, "on": ["connect-failure"]}}))
    assert found["upstreams ai.chat.split"] == {"name": "ai.chat.split"}
    targets = {name: spec for name, spec in found.items() if name.startswith("targets ")}
    upstream = {"name": "ai.chat.split"}
    assert targets == {
        f"targets ai.chat.split/{target}": {"upstream": upstream, "target": target, "weight": weight}
        for target, weight in (("ollama.ai.svc:11434", 3), ("other.b.svc:80", 1), ("10.0.0.7:9000", 0))
    }
    assert found["services ai.chat.split"] == {"name": "ai.chat.split", "protocol": "http", "host": "ai.chat.split", "port": 80, "retries": 2}
    kinds = [name.partition(" ")[0] for name in found]
    assert kinds == ["upstreams", "targets", "targets", "targets", "services", "routes"]


def test_a_backend_that_is_named_twice_is_one_target_with_both_weights() -> None:
    found = made(route({"backends": [{**BACKEND, "weight": 3}, {**BACKEND, "weight": 4}]}))
    assert found["targets ai.chat.0/ollama.ai.svc:11434"]["weight"] == 7


def test_each_match_is_a_route_of_the_rules_one_service() -> None:
    found = made(route(rule(matches=[{"path": {"exact": "/v1.0"}}, {"path": {"regex": "/v[12]"}, "headers": {"M": {"regex": "g.*"}}}]), access={"open": True}))
    assert list(found) == ["services ai.chat.0", "routes ai.chat.0.0", "routes ai.chat.0.1"]
    assert {key: found["routes ai.chat.0.0"].get(key) for key in ("paths", "regex_priority")} == {"paths": ["~/v1\\.0$"], "regex_priority": 1}
    assert found["routes ai.chat.0.1"]["paths"] == ["~/v[12]$"]
    assert found["routes ai.chat.0.1"]["headers"] == {"M": ["~*^(?:g.*)$"]}
    assert {spec["service"]["name"] for name, spec in found.items() if name.startswith("routes")} == {"ai.chat.0"}


def test_a_prefix_that_is_replaced_is_the_path_of_the_service() -> None:
    found = made(route(rule(path="/ai", rewrite={"path": {"prefix": "/v1"}})))
    assert found["services ai.chat.0"]["path"] == "/v1"
    assert found["routes ai.chat.0"]["strip_path"] is True


def test_changes_are_plugins() -> None:
    changes = {
        "request_headers": {"set": {"B": "2", "A": "1"}, "add": {"C": "3"}, "remove": ["D"]},
        "response_headers": {"remove": ["Server"]},
        "rewrite": {"hostname": "inner", "path": {"full": "/v1/chat/completions"}},
    }
    found = made(route(rule(path="/chat", **changes)))
    assert found["plugins routes.ai.chat.0/request-transformer"]["config"] == {
        "replace": {"headers": ["A:1", "B:2", "host:inner"], "uri": "/v1/chat/completions"},
        "add": {"headers": ["A:1", "B:2", "host:inner"]},
        "append": {"headers": ["C:3"]},
        "remove": {"headers": ["D"]},
    }
    assert found["plugins routes.ai.chat.0/response-transformer"]["config"] == {"remove": {"headers": ["Server"]}}


def test_a_redirect_needs_no_service() -> None:
    found = made(route({"path": "/old", "redirect": {"scheme": "https", "hostname": "a.example.com", "port": 8443, "status": 308}}))
    assert list(found) == ["routes ai.chat.0", "plugins routes.ai.chat.0/redirect"]
    assert "service" not in found["routes ai.chat.0"]
    assert found["plugins routes.ai.chat.0/redirect"]["config"] == {
        "status_code": 308,
        "location": "https://a.example.com:8443/",
        "keep_incoming_path": True,
    }


def test_a_provider_without_a_secret() -> None:
    found = made(route({"path": "/v1/completions", "backends": [OPENAI]}))
    assert found["plugins routes.ai.chat.0/ai-proxy"]["config"] == {
        "route_type": "llm/v1/completions",
        "model": {"provider": "openai", "name": "gpt-5-mini"},
        "max_request_body_size": 1048576,
    }
    assert (found["services ai.chat.0"]["host"], found["services ai.chat.0"]["port"]) == ("localhost", 32000)


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (route({"backends": [{**OPENAI, "secret": "s"}]}), ".backends[0].secret: is a Secret of a cluster"),
        (
            route(rule(), limits={"requests": {"minute": 1}, "policy": "redis", "redis": {"host": "r", "secret": "s"}}),
            ".limits.redis.secret: is a Secret of a cluster",
        ),
        (route(rule(extensions=[{"group": "configuration.konghq.com", "kind": "KongPlugin", "name": "p"}])), ".extensions: kong cannot express extensions."),
        (route(rule(retries={"attempts": 1, "on": ["503"]})), ".retries.on: kong cannot express on: 503. Kong tries again on failures to connect"),
        (route({"backends": [{**BACKEND, "weight": 70000}, BACKEND]}), ".backends[0].weight: 70000 is more than a target may have, 65535."),
        (route(rule(name="1", path="/a"), rule(path="/b")), ".rules[1]: would be called 1 as rules[0] is. Name both."),
        (route({"backends": [{"resource": {"group": "", "kind": "Service", "name": "s"}, "port": 1}]}), ".resource: kong cannot express target Service."),
    ],
)
def test_what_kong_alone_cannot_be_told(entry: dict[str, Any], what: str) -> None:
    (line,) = said(entry)
    assert what in line


@pytest.mark.parametrize("fields", [{"parents": ["kong"]}, {"parents": []}])
def test_parents_say_nothing_here(fields: dict[str, Any]) -> None:
    assert made(route(rule(), **fields)) == made(route(rule()))
