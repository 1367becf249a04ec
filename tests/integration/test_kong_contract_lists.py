# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""More rules of Kong's Admin API with a database: lists, plugins, upstreams, schemas. See test_kong_contract.py."""

from __future__ import annotations

from typing import Any

import pytest
from contract.kong.asking import Asking
from contract.kong.fixtures import bob, kong, ours, service

__all__ = ["bob", "kong", "ours", "service"]


# kong/api/endpoints.lua, kong/db/strategies/postgres/init.lua


def test_a_list_comes_in_pages_that_keep_size_and_tags(kong: Asking) -> None:
    made = {kong.must("POST", "/consumers", {"username": kong.name(str(each)), "tags": [kong.tag]})["id"] for each in range(5)}
    kong.must("POST", "/consumers", {"username": kong.name("untagged")})
    pages = kong.pages(f"/consumers?size=2&tags={kong.tag}")
    assert [len(page) for page in pages] == [2, 2, 1]
    ids = [row["id"] for page in pages for row in page]
    assert ids == sorted(made)
    assert "offset" not in kong.must("GET", f"/consumers?size=5&tags={kong.tag}")


def test_the_next_page_of_a_nested_list_forgets_size_and_tags_are_not_looked_at(kong: Asking, bob: dict[str, Any]) -> None:
    for each in range(3):
        kong.must("POST", f"/consumers/{bob['id']}/acls", {"group": str(each), "tags": [kong.tag] if each else []})
    assert len(kong.must("GET", f"/consumers/{bob['username']}/acls?tags={kong.tag}")["data"]) == 3
    found = kong.must("GET", f"/consumers/{bob['username']}/acls?size=1&tags={kong.tag}")
    assert len(found["data"]) == 1
    assert found["next"] == f"/consumers/{bob['username']}/acls?offset={found['offset']}"
    assert [len(page) for page in kong.pages(f"/consumers/{bob['id']}/acls?size=1&tags={kong.tag}")] == [1, 2]


@pytest.mark.parametrize(
    ("query", "code"),
    [("size=0", 9), ("size=1001", 9), ("size=1.5", 9), ("size=many", 9), ("offset=%21", 7), ("tags=a,b/c", 11), ("tags=", 11), ("tags=a,b,c,d,e,f", 11)],
)
def test_what_a_list_does_not_take(kong: Asking, query: str, code: int) -> None:
    assert kong.refused("GET", f"/consumers?{query}")[:2] == (400, code)


def test_tags_by_and_and_by_or(kong: Asking) -> None:
    for name, tags in {"a": ["x"], "b": ["x", "y"], "c": ["y"]}.items():
        kong.must("POST", "/consumers", {"username": kong.name(name), "tags": [kong.name(tag) for tag in tags]})

    def met(query: str) -> set[str]:
        return {row["username"][-1] for row in kong.must("GET", f"/consumers?tags={query}")["data"]}

    one, other = kong.name("x"), kong.name("y")
    assert (met(one), met(f"{one},{other}"), met(f"{one}/{other}")) == ({"a", "b"}, {"b"}, {"a", "b", "c"})
    found = kong.must("GET", f"/tags/{one}")["data"]
    assert [(row["entity_name"], row["tag"]) for row in found] == [("consumers", one)] * 2


def test_a_consumer_by_its_custom_id(kong: Asking, bob: dict[str, Any]) -> None:
    """kong/api/routes/consumers.lua"""
    kong.must("PATCH", f"/consumers/{bob['id']}", {"custom_id": kong.name("cid")})
    assert [row["id"] for row in kong.must("GET", f"/consumers?custom_id={kong.name('cid')}")["data"]] == [bob["id"]]
    assert kong.must("GET", f"/consumers?custom_id={kong.name('nobody')}")["data"] == []


# kong/api/routes/{targets,upstreams}.lua, kong/db/dao/targets.lua


def test_targets(kong: Asking) -> None:
    upstream = kong.must("POST", "/upstreams", {"name": kong.name("u")})
    path = f"/upstreams/{upstream['name']}/targets"
    made = kong.must("POST", path, {"target": "10.0.0.1"})
    assert (made["target"], made["weight"]) == ("10.0.0.1:8000", 100)
    assert kong.refused("POST", path, {"target": "10.0.0.1:8000"})[:2] == (409, 5)
    assert kong.must("PUT", f"{path}/10.0.0.1:8000", {"weight": 7})["id"] == made["id"]
    assert kong.ask("PUT", f"{path}/10.0.0.9:8000", {"weight": 7})[0] == 404
    kong.must("POST", path, {"target": "10.0.0.2:80"})
    assert [row["target"] for row in kong.must("GET", path)["data"]] == ["10.0.0.2:80", "10.0.0.1:8000"]
    assert len(kong.must("GET", f"{path}?size=2000")["data"]) == 2
    assert kong.ask("DELETE", f"{path}/10.0.0.2:80")[0] == 204
    assert kong.ask("GET", "/targets")[0] == 404


def test_hashing_decides_the_algorithm(kong: Asking) -> None:
    """kong/db/schema/entities/upstreams.lua"""
    made = kong.must("POST", "/upstreams", {"name": kong.name("h"), "algorithm": "round-robin", "hash_on": "ip"})
    assert made["algorithm"] == "consistent-hashing"
    changed = kong.must("PATCH", f"/upstreams/{made['id']}", {"algorithm": "least-connections"})
    assert (changed["algorithm"], changed["hash_on"]) == ("least-connections", "none")
    assert kong.refused("PATCH", f"/upstreams/{made['id']}", {"hash_on": "header"})[2]["hash_on_header"] == "required field missing"


# kong/db/schema/entities/services.lua


def test_a_service_by_url(kong: Asking, service: dict[str, Any]) -> None:
    assert [service[name] for name in ("protocol", "host", "port", "path")] == ["http", "m.test", 8000, "/v1"]
    assert (service["retries"], service["read_timeout"], "url" in service) == (5, 60000, False)
    moved = kong.must("PATCH", f"/services/{service['id']}", {"url": "https://n.test"})
    assert [moved[name] for name in ("protocol", "host", "port", "path")] == ["https", "n.test", 443, None]


# kong/plugins/*/schema.lua, kong/db/dao/plugins.lua, kong/api/routes/plugins.lua


def test_settings_are_merged_deeply_and_shown_with_their_old_names(kong: Asking, bob: dict[str, Any]) -> None:
    given = {"minute": 5, "policy": "redis", "redis": {"host": "r.test"}}
    made = kong.must("POST", f"/consumers/{bob['id']}/plugins", {"name": "rate-limiting", "config": given})
    assert (made["config"]["redis"]["port"], made["config"]["redis_host"], made["config"]["redis_port"]) == (6379, "r.test", 6379)
    config = kong.must("PATCH", f"/plugins/{made['id']}", {"config": {"minute": None, "hour": 9, "redis": {"port": 7000}}})["config"]
    assert (config["minute"], config["hour"]) == (None, 9)
    assert (config["redis"]["host"], config["redis"]["port"], config["redis_port"]) == ("r.test", 7000, 7000)
    told = kong.refused("PATCH", f"/plugins/{made['id']}", {"config": {"hour": None}})[2]["@entity"][0]
    assert told.startswith("when updating, at least one of these fields must be non-empty: 'config.second'")
    assert kong.refused("PATCH", f"/plugins/{made['id']}", {"config": {"redis": {"host": "a"}, "redis_host": "b"}})[:2] == (400, 2)


def test_what_a_plugin_may_hang_on(kong: Asking, bob: dict[str, Any], service: dict[str, Any]) -> None:
    assert kong.refused("POST", f"/consumers/{bob['id']}/plugins", {"name": "key-auth"}) == (400, 2, {"consumer": "value must be null"})
    route = kong.must("POST", f"/services/{service['id']}/routes", {"paths": [f"/{kong.name('p')}"], "protocols": ["http"]})
    wrong = {"name": "key-auth", "protocols": ["grpc"]}
    told = {"protocols": "must match the associated route's protocols"}
    assert kong.refused("POST", "/plugins", {**wrong, "route": {"id": route["id"]}}) == (400, 2, told)
    both = {"allow": ["a"], "deny": ["b"]}
    told = {"@entity": ["exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"]}
    assert kong.refused("POST", f"/routes/{route['id']}/plugins", {"name": "acl", "config": both}) == (400, 2, told)


def test_a_plugin_of_the_service_leads_to_it(kong: Asking, service: dict[str, Any]) -> None:
    plugin = kong.must("POST", f"/services/{service['id']}/plugins", {"name": "key-auth"})
    assert kong.must("GET", f"/plugins/{plugin['id']}/service")["id"] == service["id"]
    assert kong.ask("GET", f"/plugins/{plugin['id']}/route")[0] == 404
    assert kong.ask("DELETE", f"/plugins/{plugin['id']}/service")[0] == 405


# kong/api/routes/{kong,health}.lua


def test_what_it_says_of_itself(kong: Asking) -> None:
    root = kong.must("GET", "/")
    assert root["edition"] in ("community", "enterprise")
    assert root["configuration"]["router_flavor"] in ("traditional", "traditional_compatible", "expressions")
    assert {"key-auth", "acl", "rate-limiting", "ai-proxy"} <= set(root["plugins"]["available_on_server"])
    assert kong.must("GET", "/status")["database"] == {"reachable": True}


def test_schemas_as_published(kong: Asking) -> None:
    def fields(schema: dict[str, Any]) -> dict[str, Any]:
        return {name: field for each in schema["fields"] for name, field in each.items()}

    consumer = fields(kong.must("GET", "/schemas/consumers"))
    assert consumer["username"]["unique"] is True
    config = fields(fields(kong.must("GET", "/schemas/plugins/key-auth"))["config"])
    assert (config["key_names"]["default"], config["hide_credentials"]["default"]) == (["apikey"], False)
    limits = fields(kong.must("GET", "/schemas/plugins/rate-limiting"))["config"]
    assert {name for each in limits["shorthand_fields"] for name in each} >= {"redis_host", "redis_port"}
    assert kong.ask("GET", "/schemas/nothing")[0] == 404
    assert kong.ask("GET", "/schemas/plugins/nothing")[0] == 404


def test_validation_looks_neither_at_uniqueness_nor_at_references(kong: Asking, bob: dict[str, Any]) -> None:
    well = (200, {"message": "schema validation successful"})
    assert kong.ask("POST", "/schemas/consumers/validate", {"username": bob["username"]}) == well
    ghost = {"id": "00000000-0000-0000-0000-000000000000"}
    assert kong.ask("POST", "/schemas/plugins/validate", {"name": "rate-limiting", "consumer": ghost, "config": {"minute": 1}}) == well
    assert kong.refused("POST", "/schemas/plugins/validate", {"name": "acl", "config": {}})[:2] == (400, 2)
    assert kong.ask("POST", "/schemas/nothing/validate", {})[0] == 404
