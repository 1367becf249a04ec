# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_apps where any request goes wrong, or a run dies between any two: the next run leads to what an undisturbed one leads to, with no key too many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport
from contract.apigee.server import WRITES, ApigeeServer

from .apigee_runs import Organization

ANN = "ann@example.com"
OWN = {"name": "own", "consumer_key": "k-scout-4711-abcdef", "consumer_secret": "s-scout-0815-ghijkl"}
FOREVER = 1_000_000


class Case(NamedTuple):
    """What stands before, what is run, and how."""

    before: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    params: Mapping[str, Any] = MappingProxyType({})


def chat(*keys: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "chat", "developer": ANN, "products": ["gold", "locked"], **more, **({"keys": list(keys)} if keys else {})}


DEFAULT = {"name": "default", "approve": True}
CASES = {
    "one key": Case([], [chat()]),
    "many keys": Case([], [chat(DEFAULT, {**OWN, "status": "revoked"}, {"name": "made", "expires_in": 3600}, attributes={"team": "red"}, status="revoked")]),
    "an own key alone": Case([], [chat(OWN, purge_keys=True, scopes=["read"])]),
    "change": Case(
        [chat(DEFAULT, OWN)],
        [
            chat(
                {**DEFAULT, "scopes": ["read"], "attributes": {"seat": "1"}}, {**OWN, "status": "revoked"}, products=["silver", "locked"], attributes={"a": "b"}
            ),
        ],
    ),
    "change over": Case([chat(DEFAULT)], [chat({"name": "default", "state": "absent"}, {"name": "next", "approve": True})]),
    "another value": Case([chat(OWN)], [chat({"name": "own", "consumer_key": "k-other-0815"}, purge_keys=True)]),
    "deletion": Case([chat(DEFAULT, OWN)], [{"name": "chat", "developer": ANN}], {"state": "absent"}),
}


@contextmanager
def organization(case: Case) -> Iterator[Organization]:
    """With what stands before the run that is looked at."""
    with ApigeeServer() as server:
        org = Organization(server, "apigee_apps", wait_timeout=1)
        org.seed(products=("gold", "silver"), manual=("locked",), developers=(ANN,), scopes=("read",))
        if case.before:
            org.ok(case.before)
        server.forget()
        yield org


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)


def healed(org: Organization, case: Case, expected: dict[str, Any]) -> None:
    """One more run leads there, and the one after it has nothing to do."""
    org.server.faults.clear()
    org.ok(case.entries, **case.params)
    assert org.apps() == expected
    with org.written() as written:
        assert not org.ok(case.entries, **case.params)["changed"]
    assert written == []


def undisturbed(case: Case) -> tuple[dict[str, Any], range]:
    """What a run leads to, and its requests from the first write to the look after the last, by number."""
    with organization(case) as org:
        org.ok(case.entries, **case.params)
        writes = [number for number, seen in enumerate(org.server.requests, 1) if seen.method in WRITES]
        return org.apps(), range(writes[0], writes[-1] + 2)


@pytest.mark.parametrize("how", ["429", "500-after", "reset-before", "reset-after", "cut"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_any_request_may_go_wrong_once(case: Case, how: Any) -> None:
    """It is sent again within the run, whether the first had arrived or not."""
    expected, numbers = undisturbed(case)
    for number in numbers:
        with organization(case) as org:
            org.server.fail(number, how)
            org.ok(case.entries, **case.params)
            assert org.apps() == expected, number
            healed(org, case, expected)


@pytest.mark.parametrize("arrived", [False, True])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_run_may_die_between_any_two_requests(case: Case, arrived: bool) -> None:
    """From one request on nothing goes through any more; the last one may have arrived without an answer."""
    expected, numbers = undisturbed(case)
    for number in numbers:
        with organization(case) as org:
            if arrived:
                org.server.fail(number, "reset-after")
            org.server.fail(number, "reset-before", times=FOREVER)
            org.refused(case.entries, **case.params)
            healed(org, case, expected)
