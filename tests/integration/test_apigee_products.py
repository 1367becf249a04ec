# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_products against the contract server. Traps are numbered as in docs/apigee.md."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from contract.apigee.server import ApigeeServer

from .apigee_runs import Organization

OPERATION = {"source": "gateway", "resource": "/v1/completions", "methods": ["POST"], "quota": {"limit": 10, "interval": 1}}
MODEL = {"source": "gateway", "resource": "/v1/chat", "model": "qwen", "methods": ["POST"], "quota": {"limit": 1000, "interval": 1, "unit": "day"}}


def basic(**more: Any) -> dict[str, Any]:
    quota = {"limit": 5, "interval": 1, "unit": "minute"}
    return {"name": "Basic plan", "environments": ["prod", "test"], "quota": quota, "attributes": {"tier": "one"}, "operations": [OPERATION], **more}


def tokens(**more: Any) -> dict[str, Any]:
    return {"name": "tokens", "environments": ["prod"], "llm_operations": [MODEL], **more}


@pytest.fixture
def org() -> Iterator[Organization]:
    with ApigeeServer() as server:
        yield Organization(server, "apigee_products")


def products(org: Organization) -> dict[str, dict[str, Any]]:
    """What the server holds, without its times."""
    found = copy.deepcopy(org.server.state.products)
    return {name: {part: value for part, value in row.items() if part not in ("createdAt", "lastModifiedAt")} for name, row in found.items()}


def attributes(row: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in row["attributes"]}


def test_six_steps(org: Organization) -> None:
    """Check, apply, again, changed by another hand, changed by us, pruned."""
    entries = [basic(), tokens()]
    with org.written() as written:
        promised = org.ok(entries, check=True, diff=True)
    assert promised["summary"]["create"] == 2 and written == [] and products(org) == {}
    done = org.ok(entries, diff=True)
    assert done["plan"] == promised["plan"] and done["diff"] == promised["diff"]
    before = products(org)
    assert set(before) == {"Basic plan", "tokens"} and before["Basic plan"]["quota"] == "5"
    with org.asked() as asked:
        assert not org.ok(entries)["changed"]
    assert len(asked) <= 2 and all(line.startswith("GET ") for line in asked) and products(org) == before
    org.asking().must("PUT", "/apiproducts/tokens", {**before["tokens"], "environments": ["prod", "dev"]})
    seen = org.ok(entries, check=True)
    assert [(each["name"], each["fields"]) for each in seen["plan"] if each["action"] != "keep"] == [("tokens", [".spec.environments"])]
    org.ok(entries)
    assert products(org) == before
    with org.written() as written:
        org.ok([basic(quota={"limit": "6", "interval": 1, "unit": "minute"}), tokens()])
    assert written == ["PUT /apiproducts/Basic%20plan"], "one quota changed is one write"
    assert org.server.state.products["Basic plan"]["quota"] == "6"
    gone = org.ok([tokens()], prune=True)
    assert gone["summary"]["delete"] == 1 and set(products(org)) == {"tokens"}
    org.ok([tokens()], state="absent")
    assert products(org) == {} and not org.ok([tokens()], state="absent")["changed"]


def test_trap_1_what_nobody_declares_is_carried_through_a_put(org: Organization) -> None:
    org.ok([basic()])
    row = org.server.state.products["Basic plan"]
    row["description"], row["scopes"] = "written in the console", ["read"]
    row["attributes"].append({"name": "team", "value": "red"})
    org.ok([basic(attributes={"tier": "two"})])
    row = org.server.state.products["Basic plan"]
    assert (row["description"], row["scopes"]) == ("written in the console", ["read"])
    assert attributes(row) == {"tier": "two", "team": "red", "managed-by": "inference.gateway", "inference-gateway-owner": "team"}


def test_what_is_declared_empty_goes(org: Organization) -> None:
    org.ok([basic(scopes=["read"], description="x")])
    org.ok([basic(scopes=[], description="", attributes={"tier": ""})])
    row = org.server.state.products["Basic plan"]
    assert not row.get("scopes") and not row.get("description") and "tier" not in attributes(row)
    assert not org.ok([basic(scopes=[], description="", attributes={"tier": ""})])["changed"]


def test_trap_8_and_10_names_are_as_they_are(org: Organization) -> None:
    """Upper and lower case are two products, and no character of a name is read as part of the address."""
    names = ["Gold", "gold", "50% off", "a%20b", "a b", "$cheap", "v1.0_x-y"]
    entries = [tokens(name=name) for name in names]
    org.ok(entries)
    assert set(products(org)) == set(names)
    with org.written() as written:
        org.ok([tokens(name="a%20b", description="x"), *(each for each in entries if each["name"] != "a%20b")])
    assert written == ["PUT /apiproducts/a%2520b"] and "description" not in org.server.state.products["a b"]


def test_trap_11_order_and_absence_mean_nothing(org: Organization) -> None:
    two = {**OPERATION, "resource": "/v1/models", "methods": ["GET", "HEAD"]}
    org.ok([basic(operations=[OPERATION, two], environments=["a", "b"])])
    with org.written() as written:
        again = org.ok([basic(operations=[{**two, "methods": ["HEAD", "GET"]}, OPERATION], environments=["b", "a"])])
    assert not again["changed"] and written == []


@pytest.mark.parametrize("shows_hour", [True, False])
def test_trap_12_numbers_are_text_and_the_unit_is_an_hour(shows_hour: bool) -> None:
    with ApigeeServer(shows_hour=shows_hour) as server:
        org = Organization(server, "apigee_products")
        org.ok([basic()])
        group = server.state.products["Basic plan"]["operationGroup"]
        assert group["operationConfigs"][0]["quota"]["limit"] == "10"
        assert not org.ok([basic(operations=[{**OPERATION, "quota": {"limit": "10", "interval": "1", "unit": "hour"}}])])["changed"]


def test_trap_13_a_product_that_apps_use_stays(org: Organization) -> None:
    org.ok([tokens()])
    ask = org.asking()
    ask.must("POST", "/developers", {"email": "a@example.com", "firstName": "A", "lastName": "B", "userName": "a"})
    ask.must("POST", "/developers/a@example.com/apps", {"name": "chat", "apiProducts": ["tokens"]})
    message = org.refused([tokens()], state="absent")
    assert "apigee_products[0]" in message and "tokens" in message and set(products(org)) == {"tokens"}


def test_a_thousand_products_are_two_requests(org: Organization) -> None:
    """startKey is inclusive: the last of a page is the first of the next one."""
    entries = [tokens(name=f"plan-{number:04}") for number in range(1100)]
    org.ok(entries)
    assert len(products(org)) == 1100
    with org.asked() as asked:
        assert not org.ok(entries)["changed"]
    assert asked == [
        "GET /apiproducts?count=1000&expand=true",
        "GET /apiproducts?count=1000&expand=true&startKey=plan-0999",
        "GET /apiproducts?count=1000&expand=true&startKey=plan-1099",
    ]


def test_of_whom_nobody_knows_and_of_others(org: Organization) -> None:
    org.seed(products=("theirs", "console"))
    org.ok([tokens(name="ours")], owner="other")
    row = next(row for name, row in org.server.state.products.items() if name == "theirs")
    row["attributes"] = [{"name": "managed-by", "value": "terraform"}]
    with org.written() as written:
        message = org.refused([tokens(name="theirs"), tokens(name="ours"), tokens(name="console")])
    assert written == []
    assert "another owner (terraform)" in message and "another owner (other)" in message and "Set adopt to true" in message
    taken = org.ok([tokens(name="console")], adopt=True)
    assert taken["summary"]["update"] == 1
    assert attributes(org.server.state.products["console"]) == {"managed-by": "inference.gateway", "inference-gateway-owner": "team"}
    assert org.ok([], prune=True, prune_limit="100%")["summary"]["delete"] == 1, "what bears another mark, or none, is never pruned"
    assert set(products(org)) == {"theirs", "ours"}


def test_trap_16_what_the_operator_made_is_only_read(org: Organization) -> None:
    org.seed(products=("operated",))
    org.server.state.products["operated"]["attributes"] = [{"name": "apim.googleapis.com/uid", "value": "x"}]
    before = products(org)
    assert "the APIM Operator" in org.refused([tokens(name="operated")], adopt=True)
    assert products(org) == before


def test_pruning_has_a_ceiling(org: Organization) -> None:
    org.ok([tokens(name=f"plan-{number}") for number in range(4)])
    message = org.refused([tokens(name="plan-0")], prune=True)
    assert "more than prune_limit 50%" in message and len(products(org)) == 4


def test_what_google_refuses_is_told_with_the_entry() -> None:
    with ApigeeServer(proxies=frozenset({"gateway"})) as server:
        org = Organization(server, "apigee_products")
        message = org.refused([tokens(), tokens(name="wrong", llm_operations=[{**MODEL, "source": "typo"}])])
        assert "apigee_products[1]" in message and "typo" in message
        assert set(products(org)) == {"tokens"}


def test_a_product_does_not_change_its_space(org: Organization) -> None:
    org.ok([tokens(space="red")])
    with org.written() as written:
        assert "apiproducts:move" in org.refused([tokens(space="blue")], check=True)
    assert written == []


def test_credentials_and_rights(org: Organization) -> None:
    assert "does not accept our credentials" in org.refused([tokens()], access_token="wrong")
    org.server.read_only = "reader"
    message = org.refused([tokens()], access_token="reader")
    assert "roles/apigee.apiAdminV2" in message and "apigee_products[0]" in message
    assert "is plain http" in org.refused([tokens()], api_endpoint="http://apigee.example.com")
    assert "expected the id of an organisation" in org.refused([tokens()], organization="organizations/acme")
    assert "no key that can be read" in org.refused(
        [tokens()], access_token=None, service_account_contents={"type": "service_account", "private_key": "secret-words"}
    )
    assert "secret-words" not in org.output


def test_at_most_eight_write_at_once(org: Organization) -> None:
    with org.asked() as asked:
        assert "at most 8 for Apigee, got 9" in org.refused([tokens()], concurrency=9)
    assert asked == []


def test_two_owners_and_info(org: Organization) -> None:
    org.ok([basic()])
    org.ok([tokens()], owner="other")
    assert [each["name"] for each in org.ok(None, module="apigee_products_info")["apigee_products"]] == ["Basic plan"]
    everything = Organization(org.server, "apigee_products", owner="team")
    everything.params.pop("owner")
    found = everything.ok(None, module="apigee_products_info")
    assert [each["name"] for each in found["apigee_products"]] == ["Basic plan", "tokens"] and found["unexpressed"] == []
    with org.written() as written:
        assert not org.ok(found["apigee_products"][:1])["changed"]
    assert written == []


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two tries."""
    monkeypatch.setattr("ansible_collections.inference.gateway.plugins.module_utils.stores.transport.MAX_PAUSE", 0.001)


HOWS = ["429", "500", "503-after", "reset-before", "reset-after", "cut"]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("how", HOWS)
def test_any_request_may_fail_and_is_sent_again(how: str) -> None:
    """The k-th request of a run that creates, changes and prunes fails for every k: what stands in the end is what an undisturbed run leads to."""
    with ApigeeServer() as server:
        org = Organization(server, "apigee_products")
        _change(org)
        wanted, requests = products(org), len(server.requests)
    for k in range(1, requests + 1):
        with ApigeeServer() as server:
            org = Organization(server, "apigee_products", concurrency=1)
            org.ok(FIRST)
            server.forget()
            server.fail(k, how)
            org.run(SECOND, prune=True)
            result = org.ok(SECOND, prune=True)
            assert not org.ok(SECOND, prune=True)["changed"], (k, result)
            assert products(org) == wanted, k


FIRST = [basic(), tokens(), tokens(name="old")]
SECOND = [basic(quota={"limit": 9, "interval": 1, "unit": "hour"}), tokens(), tokens(name="new")]


def _change(org: Organization) -> None:
    org.ok(FIRST)
    org.server.forget()
    org.ok(SECOND, prune=True)


@pytest.mark.usefixtures("hurried")
def test_a_run_that_dies_is_gone_on_with() -> None:
    """From the k-th request on nothing gets through: the next run does the rest, and nothing twice."""
    with ApigeeServer() as server:
        org = Organization(server, "apigee_products")
        _change(org)
        wanted, requests = products(org), len(server.requests)
    for k in range(1, requests + 1):
        with ApigeeServer() as server:
            org = Organization(server, "apigee_products", concurrency=1)
            org.ok(FIRST)
            server.forget()
            server.fail(k, "500", times=50)
            org.run(SECOND, prune=True)
            server.faults.clear()
            org.ok(SECOND, prune=True)
            assert products(org) == wanted, k
