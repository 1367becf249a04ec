# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others wrote on an entity stays, counts for Apigee's limits, and is told before the first write where it leaves no place for ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from contract.apigee.server import ApigeeServer

from .apigee_runs import Organization

ANN = "ann@example.com"
KEY = "k-of-another-hand-4711"
ENTRIES: dict[str, dict[str, Any]] = {
    "apigee_products": {"name": "p", "display_name": "P", "proxies": ["chat"], "environments": ["prod"]},
    "apigee_developers": {"email": ANN, "first_name": "A", "last_name": "B"},
    "apigee_apps": {"name": "chat", "developer": ANN, "products": ["p"]},
}


def many(count: int) -> list[dict[str, str]]:
    return [{"name": f"n{number:02}", "value": "x"} for number in range(count)]


def standing(server: ApigeeServer, attributes: list[dict[str, str]]) -> None:
    """One of each, made by another hand."""
    asking = Organization(server, "").asking()
    asking.must("POST", "/apiproducts", {"name": "p", "displayName": "p", "approvalType": "auto", "attributes": attributes})
    asking.must("POST", "/developers", {"email": ANN, "firstName": "A", "lastName": "B", "userName": ANN, "attributes": attributes})
    asking.must("POST", f"/developers/{ANN}/apps", {"name": "chat", "apiProducts": ["p"], "attributes": attributes})
    server.forget()


@pytest.fixture
def server() -> Iterator[ApigeeServer]:
    with ApigeeServer() as found:
        yield found


@pytest.mark.parametrize("module", sorted(ENTRIES))
@pytest.mark.parametrize("check", [True, False])
def test_more_attributes_than_apigee_takes_are_told_before_the_write(server: ApigeeServer, module: str, check: bool) -> None:
    standing(server, many(17))
    org = Organization(server, module)
    with org.written() as written:
        message = org.refused([ENTRIES[module]], adopt=True, check=check)
    assert written == []
    assert "would have 19 attributes with our marks (managed-by, inference-gateway-owner), and Apigee takes 18" in message and "n00, n01" in message
    assert org.ok([{**ENTRIES[module], "attributes": {"n00": None}}], adopt=True, check=check)["changed"]


def test_attributes_of_a_key_are_counted_too(server: ApigeeServer) -> None:
    standing(server, [])
    org = Organization(server, "apigee_apps")
    (key,) = server.state.apps[ANN, "chat"]["credentials"]
    key["attributes"] = many(18)
    with org.written() as written:
        assert "key default: would have 19 attributes" in org.refused([ENTRIES["apigee_apps"]], adopt=True, check=True)
    assert written == []


@pytest.mark.parametrize("module", sorted(ENTRIES))
def test_an_empty_attribute_of_another_hand_stays(server: ApigeeServer, module: str) -> None:
    """Apigee's own console writes ``Notes`` without a value."""
    standing(server, [{"name": "Notes", "value": ""}, {"name": "old", "value": "x"}])
    entry = {**ENTRIES[module], "attributes": {"old": None, "team": "a"}}
    org = Organization(server, module)
    org.ok([entry], adopt=True)
    (row,) = {"p": server.state.products, "d": server.state.developers, "a": server.state.apps}[module.removeprefix("apigee_")[0]].values()
    assert {each["name"]: each["value"] for each in row["attributes"]} == {
        "Notes": "",
        "team": "a",
        "managed-by": "inference.gateway",
        "inference-gateway-owner": "team",
    }
    with org.written() as written:
        assert not org.ok([entry])["changed"]
    assert written == []


@pytest.mark.parametrize("check", [True, False])
def test_a_key_that_another_of_our_apps_keeps_is_told_before_the_write(server: ApigeeServer, check: bool) -> None:
    standing(server, [])
    org = Organization(server, "apigee_apps")
    org.ok([{**ENTRIES["apigee_apps"], "name": "first", "keys": [{"consumer_key": KEY}]}])
    second = {**ENTRIES["apigee_apps"], "name": "second", "keys": [{"consumer_key": KEY}]}
    with org.written() as written:
        assert f"its consumer_key is a key of app first of {ANN}" in org.refused([second], check=check)
    assert written == []
    assert KEY not in org.output


@pytest.mark.parametrize("module", sorted(ENTRIES))
def test_half_a_mark_is_no_mark(server: ApigeeServer, module: str) -> None:
    """Somebody took the other half away, and it can be taken over again."""
    standing(server, [{"name": "inference-gateway-owner", "value": "team"}])
    org = Organization(server, module)
    assert "is nobody's that we know of. Set adopt to true" in org.refused([ENTRIES[module]])
    assert org.ok([ENTRIES[module]], adopt=True)["changed"]
    assert not org.ok([ENTRIES[module]])["changed"]


@pytest.mark.parametrize("marks", [[("managed-by", "terraform"), ("inference-gateway-owner", "team")], [("managed-by", "terraform")]])
def test_what_another_tool_keeps_is_its_own(server: ApigeeServer, marks: list[tuple[str, str]]) -> None:
    standing(server, [{"name": name, "value": value} for name, value in marks])
    for module, entry in ENTRIES.items():
        org = Organization(server, module)
        with org.written() as written:
            assert "belongs to another owner (terraform)" in org.refused([entry], adopt=True)
            assert "belongs to another owner (terraform)" in org.refused([entry], adopt=True, state="absent", **({"cascade": True} if "dev" in module else {}))
            assert not org.ok([], prune=True, prune_limit="100%")["changed"]
        assert written == []
