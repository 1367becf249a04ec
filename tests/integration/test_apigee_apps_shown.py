# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_apps: no key is shown unless it is asked for, and what is read back changes nothing. Traps are numbered as in docs/apigee.md."""

from __future__ import annotations

from typing import Any

import pytest

from .apigee_app_runs import ANN, KEY, SECRET, chat, fields, impatient, keys_of, org
from .apigee_runs import Organization

__all__ = ["org"]


def test_no_key_is_ever_shown(org: Organization) -> None:
    """Trap 17: answers of keys and apps hold secrets. None is in a result, a diff, an invocation, a warning or a refusal."""
    own = {"name": "own", "consumer_key": KEY, "consumer_secret": SECRET}
    steps: list[Any] = [
        [chat()],
        [chat(keys=[{"name": "default"}, own])],
        [chat(products=["gold", "silver"], keys=[{"name": "default", "products": ["gold"]}, own, {"name": "made"}])],
        [chat(keys=[{"name": "default", "state": "absent"}, {**own, "status": "revoked"}], purge_keys=True)],
        [chat(products=["bronze"], keys=[own])],
        [chat(keys=[own])],
    ]
    seen = {KEY, SECRET}
    for entries in steps:
        for check in (True, False):
            org.run(entries, check=check, diff=True)
            seen |= {value for key in keys_of(org).values() for value in (key["consumerKey"], key["consumerSecret"])} if org.apps() else set()
            assert not [value for value in seen if value in org.output]
    org.ok([{"name": "chat", "developer": ANN}], state="absent", diff=True)
    assert not [value for value in seen if value in org.output] and len(seen) >= 6


def test_keys_come_back_when_asked_for(org: Organization) -> None:
    """Trap 17: with return_secrets alone, also those that Apigee or we made; never in check mode."""
    entries = [chat(keys=[{"name": "default"}, {"name": "own", "consumer_key": KEY, "consumer_secret": SECRET}])]
    assert "keys" not in org.ok(entries, check=True, return_secrets=True)
    told = {each["name"]: each for each in org.ok(entries, return_secrets=True)["keys"]}
    stands = keys_of(org)
    assert {slot: (key["consumer_key"], key["consumer_secret"]) for slot, key in told.items()} == {
        slot: (key["consumerKey"], key["consumerSecret"]) for slot, key in stands.items()
    }
    assert told["own"]["consumer_key"] == KEY and told["own"]["developer"] == ANN and told["own"]["app"] == "chat"


def test_what_is_read_back_changes_nothing(org: Organization) -> None:
    """Also with keys that bear no name, which then need their values."""
    org.ok([chat(keys=[{"name": "default"}, {"name": "own", "consumer_key": KEY, "status": "revoked"}]), chat(name="short", attributes={"a": "b"})])
    org.asking().must("POST", f"/developers/{ANN}/apps/short/keys", {"consumerKey": "by-hand-00001", "consumerSecret": "by-hand-00002"})
    found = org.ok(None, module="apigee_apps_info", return_secrets=True)["apigee_apps"]
    assert len(found) == 2
    with org.written() as written:
        fields_left = fields(org.ok(found, check=True))
    assert written == [] and all(field.endswith(".name") for field in fields_left)
    shy = org.run(None, module="apigee_apps_info")
    assert KEY not in org.output and "by-hand" not in org.output and shy["unexpressed"]


@pytest.mark.parametrize("how", ["409", "reset-before", "500"])
def test_no_key_is_shown_by_a_refusal(org: Organization, how: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 17: a key stands in the path of each call about it."""
    impatient(monkeypatch)
    org.ok([chat(keys=[{"name": "default"}, {"name": "own", "consumer_key": KEY}])])
    seen = {value for key in keys_of(org).values() for value in (key["consumerKey"], key["consumerSecret"])}
    for entry in (chat(products=["silver"], keys=[{"name": "default"}]), chat(keys=[{"name": "own", "state": "absent"}])):
        org.server.fail(1, how, only=("POST", "DELETE"), times=20)
        message = org.refused([entry], diff=True)
        org.server.faults.clear()
        assert message and not [value for value in seen if value in org.output]
