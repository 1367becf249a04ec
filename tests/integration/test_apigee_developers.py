# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_developers against the contract server. Traps are numbered as in docs/apigee.md."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from contract.apigee.server import ApigeeServer

from .apigee_runs import Organization

ANN, BEN, PLUS = "ann@example.com", "ben@example.com", "cy+lab@example.com"
MADE = ("createdAt", "lastModifiedAt", "developerId", "organizationName")


def someone(email: str = ANN, **more: Any) -> dict[str, Any]:
    return {"email": email, "first_name": "Ann", "last_name": "Ash", **more}


@pytest.fixture
def org() -> Iterator[Organization]:
    with ApigeeServer() as server:
        yield Organization(server, "apigee_developers")


def developers(org: Organization) -> dict[str, dict[str, Any]]:
    """What the server holds, without what it makes itself."""
    return {email: {name: value for name, value in row.items() if name not in MADE} for email, row in copy.deepcopy(org.server.state.developers).items()}


def attributes(row: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in row["attributes"]}


def test_six_steps(org: Organization) -> None:
    """Check, apply, again, changed by another hand, changed by us, pruned."""
    entries = [someone(attributes={"team": "red"}), someone(BEN, status="inactive"), someone(PLUS)]
    with org.written() as written:
        promised = org.ok(entries, check=True, diff=True)
    assert promised["summary"]["create"] == 3 and written == []
    done = org.ok(entries, diff=True)
    assert done["plan"] == promised["plan"] and done["diff"] == promised["diff"]
    before = developers(org)
    assert before[BEN]["status"] == "inactive" and before[ANN]["status"] == "active" and before[PLUS]["userName"] == PLUS
    with org.asked() as asked:
        assert not org.ok(entries)["changed"]
    assert asked == ["GET /developers?expand=true"] and developers(org) == before
    org.server.state.developers[ANN]["lastName"] = "Other"
    with org.written() as written:
        assert org.ok(entries)["plan"][0]["fields"] == [".spec.lastName"]
    assert written == [f"PUT /developers/{ANN.replace('@', '%40')}"] and developers(org) == before
    with org.written() as written:
        org.ok([someone(attributes={"team": "blue"}), *entries[1:]])
    assert len(written) == 1 and attributes(org.server.state.developers[ANN])["team"] == "blue"
    assert "cascade" in org.refused(entries[:1], prune=True, prune_limit="100%")
    org.ok(entries[:1], prune=True, prune_limit="100%", cascade=True)
    assert set(developers(org)) == {ANN}


def test_trap_1_a_put_carries_what_nobody_declares(org: Organization) -> None:
    org.ok([someone()])
    org.server.state.developers[ANN]["attributes"].append({"name": "console", "value": "kept"})
    org.ok([someone(first_name="Anna")])
    assert attributes(org.server.state.developers[ANN]) == {"console": "kept", "managed-by": "inference.gateway", "inference-gateway-owner": "team"}


def test_trap_7_the_status_is_an_action_of_its_own(org: Organization) -> None:
    """A body without content, as the documents want it, and no PUT where nothing else changes."""
    org.ok([someone()])
    start = len(org.server.requests)
    with org.written() as written:
        org.ok([someone(status="inactive")])
    assert written == ["POST /developers/ann%40example.com?action=inactive"]
    at = next(index for index in range(start, len(org.server.requests)) if org.server.requests[index].method == "POST")
    assert org.server.headers[at]["content-type"] == "application/octet-stream" and org.server.statuses[at] == 204
    assert org.server.state.developers[ANN]["status"] == "inactive"
    assert not org.ok([someone()])["changed"], "a status that nobody declares is left alone"
    org.ok([someone(status="active", first_name="Anna")])
    assert org.server.state.developers[ANN]["status"] == "active" and org.server.state.developers[ANN]["firstName"] == "Anna"


def test_trap_9_upper_case_is_refused_before_anything_is_asked(org: Organization) -> None:
    with org.asked() as asked:
        message = org.refused([someone("Ann@example.com")])
    assert asked == [] and "lowercase" in message and "ann@example.com" in message


@pytest.mark.parametrize("decodes", [1, 2])
def test_trap_9_a_plus_is_safe_in_an_address(decodes: int) -> None:
    """Also where the server decodes twice, and reads it as a blank then."""
    with ApigeeServer(decodes=decodes) as server:
        org = Organization(server, "apigee_developers")
        org.ok([someone(PLUS)])
        org.ok([someone(PLUS, first_name="Cyd", status="inactive")])
        assert (server.state.developers[PLUS]["firstName"], server.state.developers[PLUS]["status"]) == ("Cyd", "inactive")
        org.ok([someone(PLUS)], state="absent", cascade=True)
        assert server.state.developers == {}


def test_a_deletion_says_what_goes_along(org: Organization) -> None:
    org.ok([someone()])
    org.asking().must("POST", "/developers/ann@example.com/apps", {"name": "chat"})
    with org.written() as written:
        message = org.refused([someone()], state="absent")
    assert written == [] and "1 app of this developer" in message and "cascade" in message
    org.ok([someone()], state="absent", cascade=True)
    assert org.server.state.developers == {} and org.server.state.apps == {}


def test_trap_14_a_deletion_that_goes_on_is_waited_for() -> None:
    """Apigee deletes apps and keys behind its answer, and refuses the name until that is done."""
    with ApigeeServer(cascade=1.0) as server:
        org = Organization(server, "apigee_developers")
        org.ok([someone()])
        org.ok([someone()], state="absent", cascade=True)
        org.ok([someone()])
        assert set(server.state.developers) == {ANN}


def test_more_than_a_thousand(org: Organization) -> None:
    """An expanded list ends at a thousand, and cannot be paged."""
    entries = [someone(f"dev-{number:04}@example.com") for number in range(1250)]
    org.ok(entries)
    assert len(org.server.state.developers) == 1250
    with org.asked() as asked:
        assert not org.ok(entries)["changed"]
    assert len(asked) <= 12 and all(line.startswith("GET /developers?") for line in asked)


def test_foreign_ones(org: Organization) -> None:
    org.seed(developers=(ANN,))
    org.ok([someone(BEN)], owner="other")
    with org.written() as written:
        message = org.refused([someone(), someone(BEN)])
    assert written == [] and "Set adopt to true" in message and "another owner (other)" in message
    org.ok([someone()], adopt=True)
    assert attributes(org.server.state.developers[ANN])["inference-gateway-owner"] == "team"
    found = org.ok(None, module="apigee_developers_info")
    assert [each["email"] for each in found["apigee_developers"]] == [ANN]
    assert not org.ok(found["apigee_developers"])["changed"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two tries."""
    monkeypatch.setattr("ansible_collections.inference.gateway.plugins.module_utils.stores.transport.MAX_PAUSE", 0.001)


FIRST = [someone(), someone(BEN), someone(PLUS)]
SECOND = [someone(status="inactive", first_name="Anna"), someone(PLUS), someone("dee@example.com", status="inactive")]
HOWS = ["429", "500-after", "503", "reset-before", "reset-after", "cut"]


def second(org: Organization) -> dict[str, Any]:
    return org.run(SECOND, prune=True, cascade=True)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("times", [1, 50])
@pytest.mark.parametrize("how", HOWS)
def test_any_request_may_fail(how: str, times: int) -> None:
    """Once, and from then on, as if the process had died there: the next run leads to what an undisturbed one leads to."""
    with ApigeeServer() as server:
        org = Organization(server, "apigee_developers")
        org.ok(FIRST)
        server.forget()
        second(org)
        wanted, requests = developers(org), len(server.requests)
    assert set(wanted) == {ANN, PLUS, "dee@example.com"}
    for k in range(1, requests + 1):
        with ApigeeServer() as server:
            org = Organization(server, "apigee_developers", concurrency=1)
            org.ok(FIRST)
            server.forget()
            server.fail(k, how, times=times)
            second(org)
            server.faults.clear()
            assert not second(org).get("failed"), k
            assert developers(org) == wanted, k
            assert not second(org)["changed"], k
