# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of Apigee's products and developers, asked of our server and, where APIGEE_ORG names one, of a real organization.

A test that is about one of the seventeen known traps of this API names its number. No lab is started.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from contract.apigee.asking import Asking, named, path
from contract.apigee.fixtures import apigee, ours

__all__ = ["apigee", "ours"]

PROXY = os.environ.get("APIGEE_PROXY", "")
REST = {"apiSource": PROXY or "llm", "operations": [{"resource": "/v1/chat", "methods": ["POST"]}], "quota": {"limit": "5", "interval": "1"}}
LLM = {"apiSource": PROXY or "llm", "llmOperations": [{"resource": "/v1", "model": "m"}], "llmTokenQuota": {"limit": "5", "interval": "1", "timeUnit": "day"}}


def needs_proxy(apigee: Asking) -> None:
    if not apigee.exact and not PROXY:
        pytest.skip("APIGEE_PROXY names no proxy of the organization, and an operation has to name one that exists")


def names(rows: list[dict[str, Any]] | None, field: str, prefix: str) -> list[str]:
    return sorted(str(row[field]) for row in rows or [] if str(row[field]).startswith(prefix))


def several(apigee: Asking, count: int) -> list[str]:
    return sorted(named(apigee.product(f"p{each}")) for each in range(count))


def paged(apigee: Asking, start: str, count: int) -> list[str]:
    return [row["name"] for row in apigee.must("GET", f"/apiproducts?startKey={start}&count={count}").get("apiProduct", [])]


# Products


def test_trap_01_put_of_a_product_drops_what_it_does_not_name(apigee: Asking) -> None:
    needs_proxy(apigee)
    product = apigee.product(description="gone", quota="5", quotaInterval="1", quotaTimeUnit="hour", attributes=[{"name": "access", "value": "public"}])
    there = apigee.must("GET", product)
    assert (there["description"], there["quota"]) == ("gone", "5")
    name = named(product)
    apigee.must("PUT", product, {"name": name, "displayName": "Other", "approvalType": "auto", "llmOperationGroup": {"operationConfigs": [LLM]}})
    changed = apigee.must("GET", product)
    assert changed["displayName"] == "Other"
    assert not changed.keys() & {"description", "quota", "quotaInterval", "quotaTimeUnit", "attributes"}
    assert changed["createdAt"] == there["createdAt"]
    apigee.must("PUT", product, {"name": name, "displayName": "Other", "approvalType": "auto"})
    assert "llmOperationGroup" not in apigee.must("GET", product)


def test_trap_01_what_the_server_made_may_be_sent_back_and_counts_for_nothing(apigee: Asking) -> None:
    product = apigee.product()
    there = apigee.must("GET", product)
    put = apigee.must("PUT", product, {**there, "createdAt": "1", "lastModifiedAt": "1"})
    assert put["createdAt"] == there["createdAt"]
    assert int(put["lastModifiedAt"]) >= int(there["lastModifiedAt"])


def test_trap_08_the_name_of_a_product_is_case_sensitive_and_not_its_display_name(apigee: Asking) -> None:
    product = apigee.product("case", displayName="Shown")
    assert apigee.refused("GET", product.replace("case", "CASE"))[:2] == (404, "NOT_FOUND")
    assert apigee.refused("GET", path("apiproducts", "Shown"))[0] == 404


def test_a_name_stays(apigee: Asking) -> None:
    product = apigee.product()
    assert apigee.refused("PUT", product, {"name": apigee.name("other"), "displayName": "x", "approvalType": "auto"})[0] == 400
    assert apigee.must("GET", product)["name"] == named(product)


def test_a_product_is_there_once(apigee: Asking) -> None:
    name = named(apigee.product())
    assert apigee.refused("POST", "/apiproducts", {"name": name, "displayName": "x", "approvalType": "auto"})[0] == 409


def test_trap_10_a_name_with_signs_is_found_by_its_quoted_path(apigee: Asking) -> None:
    signs = apigee.product("a$ %20b%")
    assert apigee.must("GET", signs)["name"] == apigee.name("a$ %20b%")
    plain = apigee.product("a$ %20b")
    assert apigee.must("GET", plain)["name"] == apigee.name("a$ %20b")
    # What already looks like an escape means another product when it is sent as it stands.
    assert apigee.ask("GET", f"/apiproducts/{apigee.name('a$%20%20b')}")[0] == 404


def test_trap_11_what_is_empty_is_left_out(apigee: Asking) -> None:
    product = apigee.product(description="", scopes=[], environments=[], proxies=[], attributes=[])
    assert not apigee.must("GET", product).keys() & {"description", "scopes", "environments", "proxies", "attributes"}


def test_trap_12_a_quota_is_a_string_and_its_unit_hour_where_none_is_given(apigee: Asking) -> None:
    needs_proxy(apigee)
    product = apigee.product(operationGroup={"operationConfigs": [REST]}, quota="100", quotaInterval="1", quotaTimeUnit="minute")
    assert apigee.must("GET", product)["quota"] == "100"
    assert apigee.refused("PUT", product, {"name": named(product), "quota": 100})[:2] == (400, "INVALID_ARGUMENT")
    quota = apigee.must("GET", product)["operationGroup"]["operationConfigs"][0]["quota"]
    assert (quota["limit"], quota["interval"], quota.get("timeUnit", "hour")) == ("5", "1", "hour")


def test_numbers_of_the_server_are_strings(apigee: Asking) -> None:
    made = apigee.must("GET", apigee.product())
    assert isinstance(made["createdAt"], str)
    assert made["createdAt"].isdigit()


def test_groups_come_back_as_they_were(apigee: Asking) -> None:
    needs_proxy(apigee)
    groups: dict[str, Any] = {
        "operationGroup": {"operationConfigType": "proxy", "operationConfigs": [{**REST, "attributes": [{"name": "a", "value": "b"}]}]},
        "llmOperationGroup": {"operationConfigs": [LLM]},
    }
    groups["operationGroup"]["operationConfigs"][0]["quota"] = {"limit": "5", "interval": "1", "timeUnit": "minute"}
    found = apigee.must("GET", apigee.product(**groups))
    assert {kind: found[kind] for kind in groups} == groups


def test_startkey_is_part_of_the_page(apigee: Asking) -> None:
    made = several(apigee, 4)
    first = paged(apigee, made[0], 2)
    assert first == made[:2]
    assert paged(apigee, first[-1], 2) == made[1:3]
    assert paged(apigee, made[3], 1) == made[3:]


def test_products_expand_with_pages_too(apigee: Asking) -> None:
    made = several(apigee, 2)
    rows = apigee.must("GET", f"/apiproducts?expand=true&startKey={made[0]}&count=2")["apiProduct"]
    assert [row["displayName"] for row in rows] == made
    rows = apigee.must("GET", f"/apiproducts?startKey={made[0]}&count=2")["apiProduct"]
    assert rows == [{"name": each} for each in made]


def test_products_are_found_by_an_attribute(apigee: Asking) -> None:
    value = apigee.name("team")
    product = apigee.product("a", attributes=[{"name": "team", "value": value}])
    apigee.product("b")
    rows = apigee.must("GET", f"/apiproducts?attributename=team&attributevalue={value}")["apiProduct"]
    assert [row["name"] for row in rows] == [named(product)]


def test_eighteen_attributes_are_the_most(apigee: Asking) -> None:
    all_of_them = [{"name": f"a{each}", "value": "v"} for each in range(18)]
    product = apigee.product(attributes=all_of_them)
    assert len(apigee.must("GET", product)["attributes"]) == 18
    assert apigee.refused("POST", f"{product}/attributes/one-more", {"name": "one-more", "value": "v"})[0] == 400


def test_attributes_one_by_one_and_all(apigee: Asking) -> None:
    product = apigee.product(attributes=[{"name": "a", "value": "1"}, {"name": "b", "value": "2"}])
    assert apigee.must("POST", f"{product}/attributes/a", {"name": "a", "value": "3"})["value"] == "3"
    assert apigee.must("GET", f"{product}/attributes/a")["value"] == "3"
    assert apigee.must("DELETE", f"{product}/attributes/b")["name"] == "b"
    assert apigee.refused("GET", f"{product}/attributes/b")[0] == 404
    assert apigee.must("POST", f"{product}/attributes", {"attribute": [{"name": "c", "value": "4"}]}) == {"attribute": [{"name": "c", "value": "4"}]}
    assert apigee.must("GET", f"{product}/attributes") == {"attribute": [{"name": "c", "value": "4"}]}


def test_a_product_that_is_gone_is_gone(apigee: Asking) -> None:
    product = apigee.product()
    assert apigee.must("DELETE", product)["name"] == named(product)
    assert apigee.refused("GET", product)[:2] == (404, "NOT_FOUND")
    assert apigee.refused("PUT", product, {"name": named(product), "displayName": "x", "approvalType": "auto"})[0] == 404


# Developers


def test_a_new_developer_is_active(apigee: Asking) -> None:
    made = apigee.must("GET", apigee.developer())
    assert made["status"] == "active"
    assert made["organizationName"] == apigee.org
    assert not made.keys() & {"apps", "companies", "attributes"}


def test_trap_01_put_of_a_developer_drops_attributes_and_keeps_the_status(apigee: Asking) -> None:
    developer = apigee.developer(attributes=[{"name": "a", "value": "1"}])
    there = apigee.must("GET", developer)
    apigee.act(developer, "inactive")
    body = {"email": there["email"], "firstName": "C", "lastName": "D", "userName": "e", "status": "active"}
    apigee.must("PUT", developer, body)
    changed = apigee.must("GET", developer)
    assert (changed["firstName"], changed["status"], changed["developerId"]) == ("C", "inactive", there["developerId"])
    assert "attributes" not in changed


def test_trap_07_the_status_of_a_developer_is_set_by_an_action(apigee: Asking) -> None:
    developer = apigee.developer()
    for action in ("inactive", "active"):
        apigee.act(developer, action)
        assert apigee.must("GET", developer)["status"] == action
    status, _headers, text = apigee.send("POST", f"{developer}?action=sleeping", b"", {"Content-Type": "application/octet-stream"})
    assert status == 400, text


def test_trap_09_uppercase_in_an_email_is_refused_in_these_words(apigee: Asking) -> None:
    body = {"email": apigee.email("Upper"), "firstName": "A", "lastName": "B", "userName": "u"}
    assert apigee.refused("POST", "/developers", body) == (400, "INVALID_ARGUMENT", "email address has to be lowercase")


def test_trap_09_a_plus_sign_in_an_email_needs_quoting_or_the_id(apigee: Asking) -> None:
    developer = apigee.developer("a+b")
    made = apigee.must("GET", developer)
    assert made["email"] == apigee.email("a+b")
    assert apigee.must("GET", path("developers", made["developerId"]))["email"] == made["email"]
    assert apigee.ask("GET", f"/developers/{apigee.email('a+b')}")[0] == 404


def test_an_email_is_there_once_and_stays(apigee: Asking) -> None:
    developer = apigee.developer()
    body = {"email": apigee.email("d"), "firstName": "A", "lastName": "B", "userName": "u"}
    assert apigee.refused("POST", "/developers", body)[0] == 409
    assert apigee.refused("PUT", developer, {**body, "email": apigee.email("other")})[0] == 400
    assert apigee.must("GET", developer)["email"] == apigee.email("d")


@pytest.mark.parametrize("field", ["firstName", "lastName", "userName", "email"])
def test_what_its_prose_calls_required_is(apigee: Asking, field: str) -> None:
    body = {"email": apigee.email(), "firstName": "A", "lastName": "B", "userName": "u"}
    del body[field]
    assert apigee.refused("POST", "/developers", body)[:2] == (400, "INVALID_ARGUMENT")


def test_developers_expand_without_pages_only(apigee: Asking) -> None:
    email = apigee.must("GET", apigee.developer())["email"]
    assert names(apigee.must("GET", "/developers?expand=true")["developer"], "email", apigee.prefix) == [email]
    assert {"email": email} in apigee.must("GET", f"/developers?startKey={email}&count=5")["developer"]
    assert apigee.must("GET", f"/developers?startKey={email}&count=1")["developer"] == [{"email": email}]
    assert apigee.refused("GET", "/developers?expand=true&count=5")[:2] == (400, "INVALID_ARGUMENT")


def test_developers_are_found_by_their_app(apigee: Asking) -> None:
    developer = apigee.developer()
    apigee.app(developer, "only")
    apigee.developer("other")
    rows = apigee.must("GET", f"/developers?app={apigee.name('only')}")["developer"]
    assert [row["email"] for row in rows] == [apigee.email("d")]


def test_trap_14_a_developer_takes_apps_along(apigee: Asking) -> None:
    developer = apigee.developer()
    app = apigee.app(developer)
    assert named(app) in apigee.must("GET", developer)["apps"]
    assert apigee.must("DELETE", developer)["email"] == apigee.email("d")
    assert apigee.refused("GET", developer)[0] == 404
    assert apigee.refused("GET", app)[0] == 404
