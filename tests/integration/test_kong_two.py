# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kong that others use too: what comes in between, what is too much to delete, what hangs on what, lists of many pages, any input at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores.kong import admin
from contract.kong import KongAdmin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .kong_runs import Gateway
from .test_kong_consumers import KEY, OTHER_KEY, PASSWORD, edit, everything, maverick, scout

PRUNE: dict[str, Any] = {"prune": True, "prune_limit": "100%"}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with KongAdmin() as kong:
        yield Gateway(kong)


def test_what_somebody_makes_while_we_write(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look in the midst of a wave must not take from the others what they know of theirs."""
    edit(gateway, "/consumers", {"username": "scout"}, "POST")
    edit(gateway, "/consumers/scout/basic-auth", {"username": "scout", "password": "theirs"}, "POST")
    edit(gateway, "/consumers", {"username": "maverick"}, "POST")
    real = admin.AdminStore.write
    declared = [{"name": "new", "groups": ["a"]}, scout(basic_auth=[{"username": "scout", "password": PASSWORD}]), maverick()]

    def late(store: admin.AdminStore, change: Any, seconds: float) -> str:
        if change.key.name == "new/a":
            monkeypatch.setattr(admin.AdminStore, "write", real)
            consumer = next(row["id"] for row in gateway.kong.rows("consumers") if row["username"] == "new")
            edit(gateway, f"/consumers/{consumer}/acls", {"group": "a", "tags": ["ig.owner:team.kong-consumers", "ig.entry:default~new"]}, "POST")
        return real(store, change, seconds)

    monkeypatch.setattr(admin.AdminStore, "write", late)
    gateway.ok(declared, adopt=True, concurrency=1)
    gateway.ok(declared, adopt=True)
    assert not gateway.ok(declared)["changed"] and len(gateway.kong.rows("acls")) == 4


def test_prune_takes_no_more_than_is_allowed(gateway: Gateway) -> None:
    gateway.ok([scout(), maverick()])
    before = gateway.state(made=True)
    for limit in ("3", "49%"):
        message = gateway.refused([scout()], prune=True, prune_limit=limit)
        assert "consumers.kong maverick" in message and OTHER_KEY not in gateway.output and gateway.state(made=True) == before
    gateway.ok([scout()], prune=True, prune_limit="4")
    assert len(gateway.kong.rows("consumers")) == 1


def test_what_others_hung_on_our_consumer(gateway: Gateway) -> None:
    """It is theirs, and left alone, until the consumer itself goes."""
    gateway.ok([scout()])
    edit(gateway, "/consumers/scout/key-auth", {"key": "k-of-somebody"}, "POST")
    edit(gateway, "/consumers/scout/plugins", {"name": "correlation-id"}, "POST")
    with gateway.written() as written:
        assert not gateway.ok([scout()], prune=True)["changed"]
    assert written == [] and len(gateway.kong.rows("keyauth_credentials")) == 2
    assert "k-of-somebody" not in gateway.output


def test_a_foreign_credential_beside_ours_of_the_same_slot(gateway: Gateway) -> None:
    """The declared key is there, somebody made it, and ours is there too: the plan says so before anything is written."""
    gateway.ok([scout()])
    edit(gateway, "/consumers/scout/key-auth", {"key": OTHER_KEY}, "POST")
    with gateway.written() as written:
        message = gateway.refused([scout(OTHER_KEY)], adopt=True)
    assert "its key is taken" in message and OTHER_KEY not in gateway.output and written == []


def test_more_than_a_page(gateway: Gateway) -> None:
    """A thousand is the most that Kong gives at once."""
    declared = [{"name": f"c-{number:04}", "groups": ["a"]} for number in range(1101)]
    gateway.ok(declared, validate=False, concurrency=16)
    with gateway.asked() as asked:
        assert not gateway.ok(declared)["changed"]
    assert len(asked) <= 7 and sum("offset=" in line for line in asked) == 2
    assert len(gateway.ok(None, module="kong_consumers_info")["kong_consumers"]) == 1101
    assert "c-1100" in gateway.refused([{"name": "another", "username": "c-1100"}, {"name": "c-1100"}])


def test_a_generated_key_costs_no_second_look(gateway: Gateway) -> None:
    declared = [scout(keys=[{"generate": True}], basic_auth=[{"username": "scout", "password": PASSWORD}])]
    gateway.ok(declared)
    with gateway.asked() as asked:
        assert not gateway.ok(declared)["changed"]
    assert len(asked) == len(set(asked)) <= 6


@pytest.mark.parametrize("database", ["postgres", "off"])
def test_check_mode_says_what_a_run_does(database: Any) -> None:
    """The same plan, field by field, and the same diff, but for keys that are made."""
    with KongAdmin(database) as kong:
        gateway = Gateway(kong)
        steps: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
            (everything(), {}),
            ([scout(OTHER_KEY, tags=["blue"], limits={"requests": {"minute": 61}}), maverick(KEY, custom_id="42")], PRUNE),
            ([scout(OTHER_KEY, groups=["x"]), maverick("k-third-key", custom_id="43")], PRUNE),
            ([], PRUNE),
        ]
        for declared, params in steps:
            promised = gateway.ok(declared, check=True, diff=True, **params)
            done = gateway.ok(declared, diff=True, **params)
            for part in ("changed", "plan", "summary", "parent", "orphans", "diff"):
                assert promised[part] == done[part], part
            assert not gateway.ok(declared, diff=True, **params)["changed"]


WORDS = ["name", "key", "groups", "plugin", "config", "ttl"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["name", "namespace", "username", "custom_id", "tags", "groups", "open", "keys", "basic_auth", "jwt", "limits", "plugins", "nonsense"],
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(entries=st.lists(st.dictionaries(FIELDS, JSON, max_size=5) | JSON, max_size=3), check=st.booleans(), state=st.sampled_from(["present", "absent"]))
def test_any_input_at_all(gateway: Gateway, entries: list[Any], check: bool, state: str) -> None:
    """It is done, or an error of the input or of Kong's says what is wrong: nothing else, and nothing half."""
    try:
        given_entries = json.loads(json.dumps(entries))
    except ValueError:
        return
    before = gateway.state()
    result = gateway.run(given_entries, check=check, state=state)
    assert "exception" not in result and "Traceback" not in result.get("msg", ""), result
    assert gateway.kong.crashes == []
    if result.get("failed"):
        assert gateway.state() == before, result["msg"]
    else:
        gateway.ok([], prune=True, prune_limit="100%")
