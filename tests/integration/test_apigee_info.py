# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in an organisation comes back as entries that change nothing, and shows no key unless it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_developer import Developer
from contract.apigee.server import ApigeeServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.models.strategies import records

from .apigee_runs import Organization

ANN, BOB = "ann+ci@example.com", "bob@example.com"
APPS: list[dict[str, Any]] = [
    {"name": "chat", "developer": ANN, "products": ["gold"]},
    {"name": "short", "developer": ANN, "products": ["gold"], "key_expires_in": 3600, "attributes": {"DisplayName": "Short"}},
    {
        "name": "own",
        "developer": BOB,
        "callback_url": "https://chat.example.com/callback",
        "status": "revoked",
        "products": ["gold", "silver"],
        "purge_keys": True,
        "keys": [
            {"name": "imported", "consumer_key": "own-key-1", "consumer_secret": "own-secret-1", "scopes": ["read"], "attributes": {"by": "hand"}},
            {"name": "second", "products": ["silver"], "status": "revoked", "expires_in": 7200},
        ],
    },
]


@pytest.fixture
def org() -> Iterator[Organization]:
    with ApigeeServer() as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold", "silver"), developers=(ANN, BOB), scopes=("read",))
        yield org


def info(org: Organization, option: str = "apigee_apps", **params: Any) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    found = org.ok(None, module=f"{option}_info", **params)
    return found[option], found["unexpressed"]


def test_apps_given_back_change_nothing_and_show_nothing(org: Organization) -> None:
    org.ok(APPS)
    made = [key["consumerKey"] for app in org.server.state.apps.values() for key in app["credentials"]]
    assert len(made) == 4
    entries, lost = info(org)
    assert lost == []
    assert [(entry["developer"], entry["name"]) for entry in entries] == [(ANN, "chat"), (ANN, "short"), (BOB, "own")]
    assert entries[0] == APPS[0]
    assert entries[1] == APPS[1]
    assert not [value for value in [*made, "own-secret-1"] if value in org.output]
    with org.written() as written:
        assert not org.ok(entries, diff=True)["changed"]
    assert written == []


def test_with_their_values_they_can_be_made_anew(org: Organization) -> None:
    """In an organisation of the same products and developers."""
    org.ok(APPS)
    entries, _lost = info(org, return_secrets=True)
    (own,) = [entry for entry in entries if entry["name"] == "own"]
    assert own["keys"][0].items() >= {"name": "imported", "consumer_key": "own-key-1", "consumer_secret": "own-secret-1"}.items()
    with org.written() as written:
        assert not org.ok(entries)["changed"]
    assert written == []
    with ApigeeServer() as other:
        copy = Organization(other, "apigee_apps")
        copy.seed(products=("gold", "silver"), developers=(ANN, BOB), scopes=("read",))
        copy.ok(entries)
        keys = {key["consumerKey"] for app in org.server.state.apps.values() for key in app["credentials"]}
        assert keys <= {key["consumerKey"] for app in other.state.apps.values() for key in app["credentials"]}
        with copy.written() as written:
            assert not copy.ok(entries)["changed"]
        assert written == []


def test_what_somebody_else_made_is_read_and_told(org: Organization) -> None:
    asking = org.asking()
    asking.must("POST", f"/developers/{BOB}/apps", {"name": "console", "apiProducts": ["gold"]})
    asking.must("POST", f"/developers/{BOB}/apps", {"name": "two", "apiProducts": ["gold"]})
    asking.must("POST", f"/developers/{BOB}/apps/two", {"apiProducts": ["silver"]})
    asking.link.close()
    assert info(org) == ([], [])
    entries, lost = info(org, owner=None)
    assert entries == [{"name": "console", "developer": BOB, "products": ["gold"]}, {"name": "two", "developer": BOB}]
    assert [(item["kind"], item["name"]) for item in lost] == [("apps.apigee", f"{BOB}/two")] * 2
    entries, lost = info(org, owner=None, names=[f"{BOB}/two"], return_secrets=True)
    assert lost == []
    assert [key["products"] for key in entries[0]["keys"]] in ([["gold"], ["silver"]], [["silver"], ["gold"]])


def test_a_product_that_opens_everything_is_read_as_open(org: Organization) -> None:
    asking = org.asking()
    asking.must("POST", "/apiproducts", {"name": "all", "displayName": "All", "attributes": [{"name": "access", "value": "everybody"}]})
    asking.link.close()
    (entry,), lost = info(org, "apigee_products", owner=None, names=["all"])
    assert (entry["name"], entry["open"], "attributes" in entry) == ("all", True, False)
    assert [item["field"] for item in lost] == [".spec.attributes.access"]
    with org.written() as written:
        result = org.ok([entry], module="apigee_products", adopt=True)
    assert len(written) == 1 and result["summary"]["update"] == 1
    kept = {each["name"]: each["value"] for each in org.server.state.products["all"]["attributes"]}
    assert kept["access"] == "everybody"


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(records(Developer), min_size=30, max_size=30, unique_by=lambda entry: str(entry["email"])))
def test_any_developers_come_back_as_entries_that_change_nothing(drawn: list[dict[str, Any]]) -> None:
    with ApigeeServer() as server:
        org = Organization(server, "apigee_developers")
        org.ok(drawn)
        entries, lost = info(org, "apigee_developers")
        assert (len(entries), lost) == (30, [])
        with org.written() as written:
            assert not org.ok(entries)["changed"]
            assert not org.ok(drawn)["changed"]
        assert written == [], json.dumps(written)
