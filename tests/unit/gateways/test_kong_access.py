# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets which model: 401, 403 or 200 for every key at every route, by Kong's plugins key-auth and acl as their handlers say, in each way of telling Kong.

Retold from Kong 3.9.3: ``kong/plugins/key-auth/handler.lua`` (``do_authentication``), ``kong/plugins/acl/handler.lua`` (``access``).
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.gateways.base import Scope
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import entries_of
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from unit.gateways.kong_controller import routes_of
from unit.gateways.kong_router import Request, takers
from unit.gateways.test_kong_order import FLAVOURS, WAYS

KEYS = {"key-scout": ["scout"], "key-both": ["scout", "maverick"], "key-staff": ["staff"], "key-lonely": []}
"""Which groups the consumer of each key has."""
MODELS = {"scout": {"groups": ["scout"]}, "maverick": {"groups": ["maverick", "staff"]}, "demo": {"open": True}}
ENTRIES = [
    {
        "name": name,
        "parents": ["kong"],
        "access": access,
        "rules": [{"path": "/ai/models", "headers": {"X-Model": name}, "rewrite": {"path": {"prefix": "/"}}, "backends": [{"service": name, "port": 80}]}],
    }
    for name, access in MODELS.items()
]


def objects(way: str, entries: list[dict[str, Any]] = ENTRIES) -> list[dict[str, Any]]:
    report = Report()
    routes = entries_of(Route, entries, "inference_routes", "ai", report)
    made = [obj for entry in routes for obj in WAYS[way].render(entry, Scope(lambda _kind: (), report))]
    assert not report.issues
    return made


def plugins_of(made: list[dict[str, Any]], service: str) -> dict[str, dict[str, Any]]:
    """The plugins in whose scope a request to a Service is."""
    by_name = {obj["metadata"]["name"]: obj for obj in made if obj["kind"] == "KongPlugin"}
    found = {}
    for obj in made:
        if obj["kind"] in ("HTTPRoute", "Ingress") and obj["metadata"]["name"] == service:
            names = obj["metadata"].get("annotations", {}).get("konghq.com/plugins", "")
            found |= {by_name[name]["plugin"]: by_name[name]["config"] for name in names.split(",") if name}
        if obj["kind"] == "plugins" and obj["spec"]["route"]["name"] == f"ai.{service}.0":
            found[obj["spec"]["name"]] = obj["spec"]["config"]
    return found


def answer(plugins: dict[str, dict[str, Any]], headers: dict[str, str], query: dict[str, str]) -> int:
    """A key is looked for by each name, in the header and then in the query; acl, which comes later, asks for one group in common."""
    key = ""
    auth = plugins.get("key-auth")
    if auth is not None:
        for name in auth["key_names"]:
            given = next((value for header, value in headers.items() if header.lower() == name.lower()), "") if auth["key_in_header"] else ""
            key = key or given or (query.get(name, "") if auth["key_in_query"] else "")
        if key not in KEYS:
            return 401
    acl = plugins.get("acl")
    if acl is not None and not key:
        return 401
    return 403 if acl is not None and not set(acl["allow"]) & set(KEYS[key]) else 200


def ask(made: list[dict[str, Any]], model: str, headers: dict[str, str], query: dict[str, str] | None = None) -> int:
    """Through the router to the route, then through its plugins."""
    request = Request("any.io", "/ai/models/v1/chat/completions", "POST", {"x-model": model, **headers})
    (taker,) = set.union(*(takers(routes_of(made), request, flavour) for flavour in FLAVOURS))
    return 404 if taker is None else answer(plugins_of(made, taker), headers, query or {})


@pytest.mark.parametrize(("way", "model", "key"), list(product(sorted(WAYS), MODELS, ["", "key-nobody", *KEYS])))
def test_each_key_opens_its_groups_models_and_no_others(way: str, model: str, key: str) -> None:
    wanted = 200
    if "open" not in MODELS[model]:
        wanted = 401 if key not in KEYS else 200 if set(KEYS[key]) & set(MODELS[model]["groups"]) else 403
    assert ask(objects(way), model, {"apikey": key} if key else {}) == wanted


@pytest.mark.parametrize("way", sorted(WAYS))
def test_no_model_named_is_no_route(way: str) -> None:
    assert ask(objects(way), "nothing", {"apikey": "key-both"}) == 404


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_key_in_the_query_opens_nothing_unless_it_is_let(way: str) -> None:
    assert ask(objects(way), "scout", {}, {"apikey": "key-scout"}) == 401
    entries = [{**ENTRIES[0], "access": {"groups": ["scout"], "query": True}}]
    assert ask(objects(way, entries), "scout", {}, {"apikey": "key-scout"}) == 200


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_header_of_ones_own(way: str) -> None:
    made = objects(way, [{**ENTRIES[0], "access": {"groups": ["scout"], "header": "X-Key"}}])
    assert [ask(made, "scout", {name: "key-scout"}) for name in ("x-key", "apikey")] == [200, 401]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_no_key_without_a_group_anywhere(way: str) -> None:
    """As the seed was published, any key opened every model."""
    made = objects(way)
    for name in MODELS:
        assert ("key-auth" in plugins_of(made, name)) == ("acl" in plugins_of(made, name)) == ("open" not in MODELS[name])
