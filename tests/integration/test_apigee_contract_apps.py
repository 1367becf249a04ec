# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of Apigee's apps and their keys, asked of our server and, where APIGEE_ORG names one, of a real organization.

See test_apigee_contract.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from contract.apigee.asking import Asking, named, path
from contract.apigee.fixtures import apigee, ours

__all__ = ["apigee", "ours"]

Key = dict[str, Any]


@pytest.fixture
def developer(apigee: Asking) -> str:
    return apigee.developer()


@pytest.fixture
def manual(apigee: Asking) -> str:
    return apigee.product("manual", approvalType="manual", scopes=["read", "write"])


@pytest.fixture
def auto(apigee: Asking) -> str:
    return apigee.product("auto", scopes=["read"])


def products(key: Key) -> dict[str, str]:
    return {each["apiproduct"]: each["status"] for each in key.get("apiProducts", [])}


def key_path(app: str, key: Key) -> str:
    return f"{app}/keys{path(key['consumerKey'])}"


# Making apps


def test_trap_06_a_new_app_has_one_key_that_nobody_asked_for(apigee: Asking, developer: str) -> None:
    app = apigee.app(developer)
    (key,) = apigee.keys(app)
    assert key["consumerKey"]
    assert products(key) == {}
    assert (key["status"], key["expiresAt"]) == ("approved", "-1")


def test_trap_17_whoever_may_read_an_app_reads_its_secrets(apigee: Asking, developer: str, auto: str) -> None:
    app = apigee.app(developer, products=(auto,))
    (key,) = apigee.keys(app)
    assert key["consumerSecret"]
    assert apigee.must("GET", key_path(app, key))["consumerSecret"] == key["consumerSecret"]
    (row,) = (each for each in apigee.must("GET", f"{developer}/apps?expand=true")["app"] if each["name"] == named(app))
    assert row["credentials"][0]["consumerSecret"] == key["consumerSecret"]


def test_a_key_is_approved_at_once_or_pending_by_its_product(apigee: Asking, developer: str, auto: str, manual: str) -> None:
    app = apigee.app(developer, products=(auto, manual))
    (key,) = apigee.keys(app)
    assert products(key) == {named(auto): "approved", named(manual): "pending"}


def test_a_lifetime_is_given_in_milliseconds_and_stays(apigee: Asking, developer: str) -> None:
    app = apigee.app(developer, keyExpiresIn="3600000")
    (key,) = apigee.keys(app)
    assert abs(int(key["expiresAt"]) - int(key["issuedAt"]) - 3600000) < 1000
    apigee.must("PUT", app, {"name": named(app), "keyExpiresIn": "7200000"})
    assert [each["expiresAt"] for each in apigee.keys(app)] == [key["expiresAt"]]


def test_an_app_needs_its_developer_and_its_products(apigee: Asking, developer: str) -> None:
    status, word, _text = apigee.refused("POST", f"{developer}/apps", {"name": "x", "apiProducts": [apigee.name("none")]})
    assert (status, word) == (404, "NOT_FOUND")
    assert apigee.refused("POST", f"{path('developers', apigee.email('none'))}/apps", {"name": "x"})[:2] == (404, "NOT_FOUND")
    assert "app" not in apigee.must("GET", f"{developer}/apps")


def test_scopes_of_an_app_are_those_of_its_products(apigee: Asking, developer: str, auto: str) -> None:
    app = apigee.app(developer, products=(auto,), scopes=["read"])
    assert apigee.keys(app)[0]["scopes"] == ["read"]
    assert apigee.refused("POST", f"{developer}/apps", {"name": "y", "apiProducts": [named(auto)], "scopes": ["write"]})[0] == 400


def test_trap_08_an_app_is_there_once_for_a_developer_and_again_for_another(apigee: Asking, developer: str) -> None:
    apigee.app(developer, "same")
    assert apigee.refused("POST", f"{developer}/apps", {"name": apigee.name("same")})[0] == 409
    apigee.app(apigee.developer("other"), "same")


# Changing apps


def test_trap_02_put_with_products_makes_one_more_key(apigee: Asking, developer: str, auto: str) -> None:
    app = apigee.app(developer, products=(auto,))
    (first,) = apigee.keys(app)
    for count in (2, 3):
        apigee.must("PUT", app, {"name": named(app), "apiProducts": [named(auto)]})
        keys = apigee.soon(lambda count=count: apigee.keys(app) if len(apigee.keys(app)) == count else None)
    assert first in keys
    assert {each["status"] for each in keys} == {"approved"}
    apigee.must("PUT", app, {"name": named(app), "apiProducts": []})
    assert len(apigee.keys(app)) == 3


def test_trap_01_put_without_products_makes_none_and_drops_what_it_does_not_name(apigee: Asking, developer: str, auto: str) -> None:
    app = apigee.app(developer, products=(auto,), callbackUrl="https://a.example.com", attributes=[{"name": "a", "value": "1"}])
    before = apigee.must("GET", app)
    apigee.must("PUT", app, {"name": named(app), "attributes": [{"name": "b", "value": "2"}]})
    after = apigee.must("GET", app)
    assert after["attributes"] == [{"name": "b", "value": "2"}]
    assert "callbackUrl" not in after
    assert (after["credentials"], after["appId"], after["createdAt"]) == (before["credentials"], before["appId"], before["createdAt"])


def test_trap_01_what_get_says_may_be_sent_back(apigee: Asking, developer: str, auto: str) -> None:
    """Credentials and status are read only and count for nothing."""
    app = apigee.app(developer, products=(auto,))
    there = apigee.must("GET", app)
    apigee.must("PUT", app, {**there, "status": "revoked"})
    after = apigee.must("GET", app)
    assert (after["status"], after["credentials"]) == ("approved", there["credentials"])


def test_trap_02_and_03_a_new_pair_replaces_attributes_and_callback(apigee: Asking, developer: str, auto: str) -> None:
    app = apigee.app(developer, products=(auto,), callbackUrl="https://a.example.com", attributes=[{"name": "a", "value": "1"}])
    apigee.must("POST", app, {"name": named(app), "apiProducts": [named(auto)], "keyExpiresIn": "60000"})
    keys = apigee.soon(lambda: apigee.keys(app)[1:])
    assert keys[0]["expiresAt"] != "-1"
    assert not apigee.must("GET", app).keys() & {"attributes", "callbackUrl"}


def test_trap_07_status_of_an_app_and_of_a_key_are_set_by_actions(apigee: Asking, developer: str) -> None:
    app = apigee.app(developer)
    apigee.act(app, "revoke")
    assert apigee.must("GET", app)["status"] == "revoked"
    assert apigee.keys(app)[0]["status"] == "approved"
    apigee.act(app, "approve")
    key = key_path(app, apigee.keys(app)[0])
    apigee.act(key, "revoke")
    assert apigee.must("GET", key)["status"] == "revoked"
    assert apigee.must("GET", app)["status"] == "approved"


def test_the_name_of_an_app_stays(apigee: Asking, developer: str) -> None:
    app = apigee.app(developer)
    assert apigee.refused("PUT", app, {"name": apigee.name("other")})[0] == 400
    assert apigee.must("GET", app)["name"] == named(app)


# Keys


def test_trap_05_a_key_of_ones_own_is_approved_and_has_no_products(apigee: Asking, developer: str, auto: str) -> None:
    app = apigee.app(developer)
    key = apigee.must("GET", apigee.key(app, status="revoked", apiProducts=[named(auto)], attributes=[{"name": "a", "value": "1"}]))
    assert (key["status"], products(key), key["expiresAt"]) == ("approved", {}, "-1")
    assert key["attributes"] == [{"name": "a", "value": "1"}]


def test_trap_05_a_key_is_there_once_in_the_organization(apigee: Asking, developer: str) -> None:
    key = named(apigee.key(apigee.app(developer)))
    other = apigee.app(developer, "other")
    status, _word, text = apigee.refused("POST", f"{other}/keys", {"consumerKey": key, "consumerSecret": "s"})
    assert (status, text) == (409, "ConsumerKey already exists")


def test_the_way_keys_create_makes_one_too(apigee: Asking, developer: str) -> None:
    app = apigee.app(developer)
    name = apigee.name("created")
    assert apigee.must("POST", f"{app}/keys/create", {"consumerKey": name, "consumerSecret": "s", "expiresInSeconds": "60"})["consumerKey"] == name
    key = apigee.must("GET", f"{app}/keys/{name}")
    assert abs(int(key["expiresAt"]) - int(key["issuedAt"]) - 60000) < 1000


def test_trap_03_post_to_a_key_adds_products_and_replaces_attributes(apigee: Asking, developer: str, auto: str, manual: str) -> None:
    key = apigee.key(apigee.app(developer), attributes=[{"name": "a", "value": "1"}])
    added = apigee.must("POST", key, {"apiProducts": [named(auto)], "attributes": [{"name": "a", "value": "1"}]})
    assert products(added) == {named(auto): "approved"}
    apigee.must("POST", key, {"apiProducts": [named(manual)]})
    after = apigee.must("GET", key)
    assert products(after) == {named(auto): "approved", named(manual): "pending"}
    assert "attributes" not in after


def test_trap_03_put_to_a_key_replaces_scopes_alone(apigee: Asking, developer: str, manual: str) -> None:
    key = apigee.key(apigee.app(developer))
    attributes = [{"name": "a", "value": "1"}]
    apigee.must("POST", key, {"apiProducts": [named(manual)], "attributes": attributes})
    for scopes in (["read", "write"], ["write"]):
        apigee.must("PUT", key, {"scopes": scopes})
        after = apigee.must("GET", key)
        assert (sorted(after["scopes"]), products(after), after["attributes"]) == (scopes, {named(manual): "pending"}, attributes)
    assert apigee.refused("PUT", key, {"scopes": ["unknown"]})[0] == 400


def test_trap_04_a_product_that_is_added_again_waits_again(apigee: Asking, developer: str, manual: str) -> None:
    key = apigee.key(apigee.app(developer))
    apigee.must("POST", key, {"apiProducts": [named(manual)]})
    apigee.act(f"{key}/apiproducts/{named(manual)}", "approve")
    assert products(apigee.must("GET", key)) == {named(manual): "approved"}
    apigee.must("POST", key, {"apiProducts": [named(manual)]})
    assert products(apigee.must("GET", key)) == {named(manual): "pending"}


def test_trap_07_one_product_of_a_key_is_approved_and_revoked(apigee: Asking, developer: str, auto: str, manual: str) -> None:
    key = apigee.key(apigee.app(developer))
    apigee.must("POST", key, {"apiProducts": [named(auto), named(manual)]})
    apigee.act(f"{key}/apiproducts/{named(auto)}", "revoke")
    apigee.act(f"{key}/apiproducts/{named(manual)}", "approve")
    after = apigee.must("GET", key)
    assert products(after) == {named(auto): "revoked", named(manual): "approved"}
    assert after["status"] == "approved"


def test_a_product_is_detached_and_the_key_stays(apigee: Asking, developer: str, auto: str, manual: str) -> None:
    key = apigee.key(apigee.app(developer))
    apigee.must("POST", key, {"apiProducts": [named(auto), named(manual)]})
    apigee.must("DELETE", f"{key}/apiproducts/{named(auto)}")
    assert products(apigee.must("GET", key)) == {named(manual): "pending"}
    assert apigee.refused("DELETE", f"{key}/apiproducts/{named(auto)}")[0] == 404


def test_a_key_that_is_gone_leaves_the_others(apigee: Asking, developer: str) -> None:
    app = apigee.app(developer)
    key = apigee.key(app)
    assert len(apigee.keys(app)) == 2
    apigee.must("DELETE", key)
    assert [named(key)] != [each["consumerKey"] for each in apigee.keys(app)]
    assert len(apigee.keys(app)) == 1
    assert apigee.refused("GET", key)[:2] == (404, "NOT_FOUND")


# Lists


def test_apps_of_a_developer_expand_without_pages_only(apigee: Asking, developer: str) -> None:
    made = sorted(named(apigee.app(developer, f"a{each}")) for each in range(3))
    apps = f"{developer}/apps"
    assert [row["name"] for row in apigee.must("GET", f"{apps}?startKey={made[0]}&count=2")["app"]] == made[:2]
    assert [row["name"] for row in apigee.must("GET", f"{apps}?startKey={made[1]}&count=2")["app"]] == made[1:]
    assert apigee.refused("GET", f"{apps}?expand=true&count=2")[0] == 400
    assert sorted(row["name"] for row in apigee.must("GET", f"{apps}?expand=true")["app"]) == made


def test_revoked_apps_and_apps_with_revoked_keys_are_hidden_unless_asked_for(apigee: Asking, developer: str) -> None:
    apps = {of: apigee.must("GET", apigee.app(developer, of))["appId"] for of in ("fine", "revoked", "keyless")}
    apigee.act(f"{developer}/apps/{apigee.name('revoked')}", "revoke")
    keyless = f"{developer}/apps/{apigee.name('keyless')}"
    apigee.act(key_path(keyless, apigee.keys(keyless)[0]), "revoke")

    def listed(query: str) -> set[str]:
        rows = apigee.must("GET", f"/apps?{query}").get("app", [])
        return {of for of, key in apps.items() if key in {row["appId"] for row in rows}}

    assert listed("") == {"fine"}
    assert listed("status=revoked") == {"revoked"}
    assert listed("keyStatus=revoked") == {"keyless"}
    assert listed("expand=true&includeCred=true") == {"fine"}


def test_all_apps_come_with_their_keys_only_when_both_are_asked_for(apigee: Asking, developer: str) -> None:
    app = apigee.must("GET", apigee.app(developer))
    query = f"/apps?filter={path('developerEmail=' + apigee.email('d'))[1:]}"
    assert apigee.must("GET", query)["app"] == [{"appId": app["appId"]}]
    (row,) = apigee.must("GET", f"{query}&expand=true&includeCred=false")["app"]
    assert (row["name"], row["developerId"]) == (app["name"], app["developerId"])
    assert "credentials" not in row
    (row,) = apigee.must("GET", f"{query}&expand=true&includeCred=true")["app"]
    assert row["credentials"] == app["credentials"]


def test_pages_of_all_apps(apigee: Asking, developer: str) -> None:
    made = sorted(apigee.must("GET", apigee.app(developer, f"a{each}"))["appId"] for each in range(3))
    query = f"/apps?pageSize=2&filter={path('developerEmail=' + apigee.email('d'))[1:]}"
    first = apigee.must("GET", query)
    second = apigee.must("GET", f"{query}&pageToken={first['nextPageToken']}")
    assert "nextPageToken" not in second
    assert sorted(row["appId"] for row in first["app"] + second["app"]) == made


def test_an_app_by_its_id(apigee: Asking, developer: str) -> None:
    app = apigee.must("GET", apigee.app(developer))
    assert apigee.must("GET", path("apps", app["appId"]))["name"] == app["name"]
    assert apigee.refused("GET", "/apps/2d5c1a3e-0000-4000-8000-000000000000")[0] == 404
