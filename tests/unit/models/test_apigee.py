# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries for Apigee as entities in normal form, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee import differences, said
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_app import hidden, secrets
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_product import Product
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import Nested, identities
from ansible_collections.inference.gateway.plugins.module_utils.models.reading import apigee as reading
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee import keys
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from unit.models.strategies import records
from unit.models.support import EVERY, built, desired

MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
INFOS = {info.kind.option: info for info in (reading.PRODUCTS, reading.DEVELOPERS, reading.APPS)}
HOUR = {"limit": 3, "interval": "1"}
HOUR_SPEC = {"limit": "3", "interval": "1", "timeUnit": "hour"}
ANN = {"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"}
STATUS = {"apigee_developers": {"status": "active"}, "apigee_apps": {"status": "approved"}}
CHAT = {"name": "chat", "developer": "ann@example.com"}


def spec(option: str, entry: dict[str, Any]) -> dict[str, Any]:
    (obj,) = built(option, [entry])
    found: dict[str, Any] = obj["spec"]
    return found


def live(option: str, declared: dict[str, Any]) -> dict[str, Any]:
    """The entity as it is read once it was written: without what is empty, also inside of keys."""
    found = {**STATUS.get(option, {}), **declared}
    if "attributes" in found:
        found["attributes"] = {name: value for name, value in found["attributes"].items() if value}
    if option == "apigee_apps":
        found = {name: value for name, value in found.items() if name not in ("purgeKeys", "keyExpiresIn")}
        found["keys"] = keys.predicted(keys.declared(declared), {}, False)
    return said(found)


def back(option: str, spec: dict[str, Any], **params: Any) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    elsewhere = INFOS[option].elsewhere
    assert elsewhere is not None
    kind = option.removeprefix("apigee_")
    name = {"products": spec.get("name"), "developers": spec.get("email"), "apps": f"{spec.get('developer')}/{spec.get('name')}"}[kind]
    found = elsewhere([{"apiVersion": "apigee/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}], params)
    return found[option], found["unexpressed"]


def test_a_product_holds_what_is_named_and_nothing_else() -> None:
    (item,) = desired("apigee_products", [{"name": "gold"}])
    assert (item.origin, item.entry) == ("apigee_products[0] (gold)", "/gold")
    assert item.obj == {"apiVersion": "apigee/v1", "kind": "products", "metadata": {"name": "gold"}, "spec": {"name": "gold"}}


def test_a_product_with_everything() -> None:
    entry = {
        "name": "gold",
        "display_name": "Gold",
        "description": "",
        "approval": "manual",
        "access": "private",
        "attributes": {"tier": 1, "old": None},
        "environments": ["prod", "dev"],
        "scopes": [],
        "quota": {"limit": 5, "interval": "1", "unit": "minute"},
        "llm_quota": {},
        "quota_counter_scope": "PROXY",
        "space": "team-a",
        "open": True,
    }
    assert spec("apigee_products", entry) == {
        "name": "gold",
        "displayName": "Gold",
        "description": "",
        "approvalType": "manual",
        "attributes": {"tier": "1", "old": "", "access": "private"},
        "environments": ["dev", "prod"],
        "scopes": [],
        "quota": "5",
        "quotaInterval": "1",
        "quotaTimeUnit": "minute",
        "quotaCounterScope": "PROXY",
        "llmQuota": "",
        "llmQuotaInterval": "",
        "llmQuotaTimeUnit": "",
        "space": "team-a",
    }


@pytest.mark.parametrize(
    ("field", "entry", "group", "config"),
    [
        (
            "operations",
            {"source": "chat", "resource": "/v1", "methods": ["POST", "GET"], "quota": HOUR, "attributes": {"a": "1", "b": None}},
            "operationGroup",
            {
                "apiSource": "chat",
                "operations": [{"resource": "/v1", "methods": ["GET", "POST"]}],
                "quota": HOUR_SPEC,
                "attributes": [{"name": "a", "value": "1"}],
            },
        ),
        (
            "graphql_operations",
            {"source": "g", "types": ["query"], "operation": "getModel"},
            "graphqlOperationGroup",
            {"apiSource": "g", "operations": [{"operation": "getModel", "operationTypes": ["query"]}]},
        ),
        (
            "grpc_operations",
            {"source": "g", "service": "a.B", "methods": ["C"], "quota": HOUR},
            "grpcOperationGroup",
            {"apiSource": "g", "service": "a.B", "methods": ["C"], "quota": HOUR_SPEC},
        ),
        (
            "llm_operations",
            {"source": "chat", "resource": "/v1", "model": "llama", "quota": {**HOUR, "unit": "day"}},
            "llmOperationGroup",
            {"apiSource": "chat", "llmOperations": [{"resource": "/v1", "model": "llama"}], "llmTokenQuota": {**HOUR_SPEC, "timeUnit": "day"}},
        ),
        (
            "payload_operations",
            {"source": "mcp", "operations": ["tools/list", "tools/call/x"]},
            "payloadOperationGroup",
            {"apiSource": "mcp", "operations": [{"operation": "tools/call/x"}, {"operation": "tools/list"}]},
        ),
    ],
)  # fmt: skip
def test_groups_of_operations(field: str, entry: dict[str, Any], group: str, config: dict[str, Any]) -> None:
    made = spec("apigee_products", {"name": "gold", field: [entry]})[group]
    assert made["operationConfigs"] == [config]
    assert made.get("operationConfigType", "proxy") == "proxy"
    assert spec("apigee_products", {"name": "gold", field: []})[group] == {}


def test_a_developer() -> None:
    assert spec("apigee_developers", ANN) == {"email": "ann@example.com", "firstName": "Ann", "lastName": "Lee", "userName": "ann@example.com"}
    more = {**ANN, "user_name": "ann", "status": "inactive", "attributes": {"team": None}}
    assert spec("apigee_developers", more).items() >= {"userName": "ann", "status": "inactive", "attributes": {"team": ""}}.items()


def test_an_app_without_keys_has_the_one_that_apigee_makes() -> None:
    (item,) = desired("apigee_apps", [{**CHAT, "products": ["b", "a"], "key_expires_in": 60}])
    assert (item.origin, item.entry) == ("apigee_apps[0] (ann@example.com/chat)", "/ann@example.com/chat")
    assert item.obj["metadata"] == {"name": "ann@example.com/chat"}
    assert item.obj["spec"] == {
        "developer": "ann@example.com",
        "name": "chat",
        "keyExpiresIn": "60000",
        "keys": {"default": {"products": ["a", "b"]}},
    }
    assert spec("apigee_apps", {**CHAT, "key_expires_in": -1})["keyExpiresIn"] == "-1"


def test_keys_take_the_products_of_the_app_unless_they_name_some() -> None:
    listed = [
        {"consumer_key": "k-1", "consumer_secret": "s-1", "expires_in": 60, "approve": True},
        {"name": "none", "products": [], "status": "revoked", "scopes": ["b", "a"], "attributes": {"x": 1}},
        {"name": "old", "consumer_key": "k-2", "state": "absent"},
    ]
    assert spec("apigee_apps", {**CHAT, "products": ["gold"], "purge_keys": True, "keys": listed}) == {
        "developer": "ann@example.com",
        "name": "chat",
        "purgeKeys": True,
        "keys": {
            "default": {"consumerKey": "k-1", "consumerSecret": "s-1", "products": ["gold"], "expiresInSeconds": "60", "approve": True},
            "none": {"products": [], "status": "revoked", "scopes": ["a", "b"], "attributes": {"x": "1"}},
            "old": {"consumerKey": "k-2", "gone": True},
        },
    }


def test_who_goes_is_known_by_its_own_fields() -> None:
    def named(option: str, *entries: dict[str, Any]) -> list[str]:
        return identities(list(entries), option, "default", EVERY[option].model)

    assert named("apigee_products", {"name": "Gold 1"}, {"name": 7}) == ["/Gold 1", "/7"]
    assert named("apigee_developers", {"email": "a+b@example.com"}) == ["/a+b@example.com"]
    assert named("apigee_apps", CHAT) == ["/ann@example.com/chat"]


def test_what_may_be_shown_of_an_app() -> None:
    entry = {**CHAT, "keys": [{"name": "next", "consumer_key": "k-1", "consumer_secret": "s-1", "products": ["gold"]}, "consumer_key:k-2-long"]}
    assert hidden(entry) == {
        **CHAT,
        "keys": [{"name": "next", "consumer_key": "(secret)", "consumer_secret": "(secret)", "products": ["gold"]}, "(secret)"],
    }
    assert secrets(entry) == {"k-1", "s-1", "consumer_key:k-2-long"}


def test_a_product_that_was_made_elsewhere_comes_back_open() -> None:
    entries, lost = back("apigee_products", {"name": "all", "attributes": {"access": "everybody", "team": "a"}, "quota": "null", "quotaInterval": "null"})
    assert entries == [{"name": "all", "attributes": {"team": "a"}, "open": True}]
    assert [item["field"] for item in lost] == [".spec.attributes.access", ".spec.quota"]


def test_a_group_that_no_entry_can_say_is_left_as_it_is() -> None:
    config = {"apiSource": "chat", "operations": [{"resource": "/a"}, {"resource": "/b"}]}
    entries, lost = back("apigee_products", {"name": "two", "environments": ["prod"], "operationGroup": {"operationConfigs": [config]}})
    assert entries == [{"name": "two", "environments": ["prod"]}]
    assert [item["field"] for item in lost] == [".spec.operationGroup"]


@pytest.mark.parametrize(
    ("option", "spec"),
    [("apigee_products", {"name": "a#b"}), ("apigee_developers", {"email": "Ann@example.com", "firstName": "A", "lastName": "L"})],
)
def test_what_no_entry_can_name_is_told(option: str, spec: dict[str, Any]) -> None:
    entries, lost = back(option, spec)
    assert not entries
    assert "no entry can say this, so it is left out" in lost[0]["problem"]


def test_keys_come_back_without_their_values() -> None:
    key = {"consumerKey": "k-1", "consumerSecret": "s-1", "products": ["gold"], "status": "approved", "issuedAt": "1000", "expiresAt": "61000"}
    stands = {**CHAT, "status": "approved"}
    assert back("apigee_apps", {**stands, "keys": {"default": key}}) == ([{**CHAT, "products": ["gold"], "key_expires_in": 60}], [])
    revoked = {**key, "status": "revoked"}
    entries, lost = back("apigee_apps", {**stands, "keys": {"default": key, "next": revoked, "~12345678": {"consumerKey": "k-3"}}})
    assert entries[0]["keys"] == [
        {"products": ["gold"], "expires_in": 60},
        {"name": "next", "products": ["gold"], "status": "revoked", "expires_in": 60},
    ]
    assert [item["field"] for item in lost] == [".spec.keys.~12345678"]
    assert "k-" not in json.dumps([entries, lost])
    (shown,), _lost = back("apigee_apps", {**stands, "keys": {"default": key}}, return_secrets=True)
    assert shown["keys"] == [{"consumer_key": "k-1", "consumer_secret": "s-1", "products": ["gold"], "expires_in": 60}]


def test_only_those_that_are_asked_for_come_back() -> None:
    assert back("apigee_products", {"name": "gold"}, names=["silver"]) == ([], [])


def holds(option: str, entry: dict[str, Any], **params: Any) -> None:
    """Written, read back and declared anew it is the same, and nothing is to be written."""
    declared = spec(option, entry)
    stands = live(option, declared)
    entries, lost = back(option, stands, **params)
    assert lost == []
    again = spec(option, entries[0])
    assert not differences({name: value for name, value in again.items() if name != "keys"}, stands)
    assert {**live(option, again), "keys": None} == {**stands, "keys": None}
    if option == "apigee_apps":
        assert not list(keys.differences(keys.declared(again), stands["keys"], True))
        assert keys.predicted(keys.declared(again), stands["keys"], True) == stands["keys"]


@MANY
@given(data=st.data())
def test_two_hundred_products_come_back_as_they_were(data: st.DataObject) -> None:
    entry = data.draw(records(Product))
    assume(Nested(Product).read(entry, "", Report()) is not None)
    holds("apigee_products", entry)


@pytest.mark.parametrize("option", ["apigee_developers", "apigee_apps"])
@settings(MANY, max_examples=60)
@given(data=st.data())
def test_developers_and_apps_come_back_as_they_were(option: str, data: st.DataObject) -> None:
    model = EVERY[option].model
    assert model is not None
    entry = data.draw(records(model))
    assume(Nested(model).read(entry, "", Report()) is not None)
    holds(option, entry, return_secrets=data.draw(st.booleans()))
