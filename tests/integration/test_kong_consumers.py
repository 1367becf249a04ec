# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kong_consumers over the Admin API of a Kong with a database: what is declared stands, nothing else is touched, no secret is shown, any fault heals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport
from contract.kong import KongAdmin

from .kong_runs import Gateway

KEY, OTHER_KEY, PASSWORD = "k-scout-4711-abcdef", "k-maverick-0815-ghijkl", "correct-horse-battery"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with KongAdmin() as kong:
        yield Gateway(kong)


def scout(key: str = KEY, **more: Any) -> dict[str, Any]:
    return {"name": "scout", "groups": ["scout"], "keys": [{"key": key}], **more}


def maverick(key: str = OTHER_KEY, **more: Any) -> dict[str, Any]:
    return {"name": "maverick", "groups": ["maverick", "all"], "keys": [{"key": key}], **more}


def everything() -> list[dict[str, Any]]:
    rich = {
        "custom_id": "42",
        "tags": ["red"],
        "basic_auth": [{"username": "scout", "password": PASSWORD}],
        "jwt": [{"key": "issuer", "secret": "shared-secret-of-jwt"}],
        "limits": {"requests": {"minute": 60, "hour": 600}},
        "plugins": [{"plugin": "request-size-limiting", "config": {"allowed_payload_size": 8}}],
    }
    return [scout(**rich), maverick(keys=[{"name": "a", "key": OTHER_KEY}, {"name": "b", "generate": True, "ttl": 3600}])]


def test_six_steps(gateway: Gateway) -> None:
    """Check, apply, again, changed by another hand, changed by us, pruned."""
    with gateway.written() as written:
        promised = gateway.ok(everything(), check=True)
    assert promised["changed"] and written == []
    done = gateway.ok(everything())
    assert done["summary"] == promised["summary"] and done["summary"]["create"] == 12
    consumers = {row["username"]: row for row in gateway.kong.rows("consumers")}
    assert set(consumers) == {"scout", "maverick"} and consumers["scout"]["custom_id"] == "42" and "red" in consumers["scout"]["tags"]
    assert {(row["consumer"]["id"], row["group"]) for row in gateway.kong.rows("acls")} == {
        (consumers["scout"]["id"], "scout"),
        (consumers["maverick"]["id"], "maverick"),
        (consumers["maverick"]["id"], "all"),
    }
    before = gateway.state(made=True)
    with gateway.written() as written:
        again = gateway.ok(everything())
    assert not again["changed"] and written == [] and gateway.state(made=True) == before
    consumer = next(row for row in gateway.kong.rows("consumers") if row["username"] == "scout")
    limits = next(row for row in gateway.kong.rows("plugins") if row["name"] == "rate-limiting")
    edit(gateway, f"/plugins/{limits['id']}", {"config": {"minute": 61, "fault_tolerant": False}})
    edit(gateway, f"/consumers/{consumer['id']}", {"custom_id": "43"})
    drift = gateway.ok(everything(), check=True)
    assert {tuple(change["fields"]) for change in drift["plan"] if change["action"] == "update"} == {
        (".spec.config.fault_tolerant", ".spec.config.minute"),
        (".spec.custom_id",),
    }
    gateway.ok(everything())
    state = gateway.state()
    assert [row["custom_id"] for row in state["consumers"] if row["username"] == "scout"] == ["42"]
    with gateway.written() as written:
        gateway.ok([scout(), maverick(keys=[{"name": "a", "key": OTHER_KEY}])], prune=True)
    assert {line.split("/")[1] for line in written if line.startswith("DELETE")} == {"basic-auths", "jwts", "plugins", "key-auths"}
    assert gateway.state()["plugins"] == [] and len(gateway.kong.rows("keyauth_credentials")) == 2
    assert gateway.kong.rows("consumers")[0]["custom_id"] is None or gateway.kong.rows("consumers")[1]["custom_id"] is None
    gateway.ok([], prune=True, prune_limit="100%")
    assert not any(gateway.state().values())


def edit(gateway: Gateway, path: str, body: dict[str, Any], method: str = "PATCH") -> dict[str, Any]:
    """Somebody else's hand."""
    import urllib3

    answer = urllib3.request(method, f"{gateway.kong.url}{path}", json=body, retries=False)
    assert answer.status < 300, answer.data
    return json.loads(answer.data) if answer.data else {}


def test_a_changed_key_is_one_write(gateway: Gateway) -> None:
    gateway.ok([scout(), maverick()])
    made = {row["id"]: row["created_at"] for row in gateway.kong.rows("keyauth_credentials")}
    with gateway.written() as written:
        gateway.ok([scout("k-another-1"), maverick()])
    assert [line.split("/")[0] for line in written] == ["PATCH "]
    assert {row["id"]: row["created_at"] for row in gateway.kong.rows("keyauth_credentials")} == made
    assert sorted(row["key"] for row in gateway.kong.rows("keyauth_credentials")) == ["k-another-1", OTHER_KEY]


def test_keys_change_hands(gateway: Gateway) -> None:
    """A unique value is freed before it is taken again, in a circle too."""
    gateway.ok([scout(), maverick()])
    gateway.ok([scout(OTHER_KEY), maverick(KEY)])
    owners = {row["id"]: row["username"] for row in gateway.kong.rows("consumers")}
    assert {owners[row["consumer"]["id"]]: row["key"] for row in gateway.kong.rows("keyauth_credentials")} == {"scout": OTHER_KEY, "maverick": KEY}
    gateway.ok([maverick(OTHER_KEY)], prune=True, prune_limit="100%")
    assert [row["key"] for row in gateway.kong.rows("keyauth_credentials")] == [OTHER_KEY]


def test_a_custom_id_changes_hands_without_losing_what_hangs_on_its_consumer(gateway: Gateway) -> None:
    gateway.ok([scout(custom_id="1"), maverick(custom_id="2")])
    gateway.ok([scout(custom_id="2"), maverick(custom_id="1")])
    assert {row["username"]: row["custom_id"] for row in gateway.kong.rows("consumers")} == {"scout": "2", "maverick": "1"}
    assert len(gateway.kong.rows("keyauth_credentials")) == 2 and len(gateway.kong.rows("acls")) == 3


def test_a_key_twice_in_the_inventory(gateway: Gateway) -> None:
    with gateway.asked() as asked:
        message = gateway.refused([scout(), maverick(KEY)])
    assert "kong_consumers[1] (maverick).keys[0].key" in message and "scout" in message and KEY not in gateway.output
    assert not [line for line in asked if not line.startswith("GET")]


def test_a_key_twice_in_one_consumer(gateway: Gateway) -> None:
    """Each slot has its own name; the value is the same, which Kong would take once."""
    told = gateway.refused([scout() | {"keys": [{"key": KEY}, {"name": "spare", "key": KEY}]}])
    assert "kong_consumers[0] (scout).keys[1].key" in told and "keys[0].key" in told and KEY not in told
    assert gateway.kong.rows("keyauth_credentials") == []


@pytest.mark.parametrize("owner", ["", "rivals"])
def test_a_key_that_somebody_else_has(gateway: Gateway, owner: str) -> None:
    if owner:
        Gateway(gateway.kong, owner).ok([maverick()])
    else:
        edit(gateway, "/consumers", {"username": "maverick"}, "POST")
        edit(gateway, "/consumers/maverick/key-auth", {"key": OTHER_KEY}, "POST")
    with gateway.written() as written:
        message = gateway.refused([scout(OTHER_KEY)])
    assert "kong_consumers[0] (scout)" in message and "maverick" in message and (owner or "nobody's") in message
    assert OTHER_KEY not in gateway.output and written == []


def test_a_key_that_we_no_longer_declare_and_keep(gateway: Gateway) -> None:
    gateway.ok([scout(), maverick()])
    assert "without prune" in gateway.refused([scout(OTHER_KEY)])


def test_two_owners_never_touch_each_other(gateway: Gateway) -> None:
    theirs = Gateway(gateway.kong, "rivals")
    theirs.ok([maverick()])
    before = gateway.state(made=True)
    gateway.ok([scout()], prune=True)
    assert "belongs to another owner (rivals.kong-consumers)" in gateway.refused([scout(), maverick()])
    assert "belongs to another owner" in gateway.refused([{"name": "maverick"}], state="absent")
    gateway.ok([], prune=True, prune_limit="100%")
    assert gateway.state(made=True) == before


def test_what_nobody_owns_is_taken_over_only_when_told(gateway: Gateway) -> None:
    """With its credential, found by value, and without making anything anew."""
    edit(gateway, "/consumers", {"username": "scout", "tags": ["old"]}, "POST")
    edit(gateway, "/consumers/scout/key-auth", {"key": KEY}, "POST")
    edit(gateway, "/consumers/scout/acls", {"group": "scout"}, "POST")
    ids = {row["id"] for kind in ("consumers", "keyauth_credentials", "acls") for row in gateway.kong.rows(kind)}
    assert "adopt" in gateway.refused([scout()])
    with gateway.written() as written:
        gateway.ok([scout()], adopt=True)
    assert {line.split(" ")[0] for line in written} == {"PATCH"}
    assert {row["id"] for kind in ("consumers", "keyauth_credentials", "acls") for row in gateway.kong.rows(kind)} == ids
    assert not gateway.ok([scout()])["changed"]


def test_a_generated_key_is_made_once(gateway: Gateway) -> None:
    declared = [{"name": "scout", "groups": ["scout"], "keys": [{"generate": True}]}]
    gateway.ok(declared)
    (row,) = gateway.kong.rows("keyauth_credentials")
    assert len(row["key"]) == 43 and row["key"] not in gateway.output
    assert not gateway.ok(declared)["changed"]
    assert gateway.kong.rows("keyauth_credentials")[0]["key"] == row["key"]


def test_a_password_is_sent_only_when_it_changes(gateway: Gateway) -> None:
    def declared(password: str) -> list[dict[str, Any]]:
        return [{"name": "scout", "groups": ["scout"], "basic_auth": [{"username": "scout", "password": password}]}]

    gateway.ok(declared(PASSWORD))
    (first,) = gateway.kong.rows("basicauth_credentials")
    assert first["password"] != PASSWORD and PASSWORD not in json.dumps(first)
    assert not gateway.ok(declared(PASSWORD))["changed"]
    assert gateway.ok(declared("another-password"))["summary"]["update"] == 1
    (second,) = gateway.kong.rows("basicauth_credentials")
    assert second["password"] != first["password"] and second["id"] == first["id"]
    assert not gateway.ok(declared("another-password"))["changed"]


def test_no_secret_in_any_output(gateway: Gateway, capfd: pytest.CaptureFixture[str]) -> None:
    secrets = (KEY, OTHER_KEY, PASSWORD, "shared-secret-of-jwt")
    for params in ({"check": True}, {}, {"check": True, "prune": True}):
        gateway.ok(everything(), diff=True, **params)
        told = gateway.output + "".join(capfd.readouterr())
        assert not [secret for secret in secrets if secret in told]
    changed = json.loads(json.dumps(everything()).replace(KEY, "k-new-secret-value"))
    result = gateway.ok(changed, diff=True)
    assert "k-new-secret-value" not in gateway.output and "(secret, changed)" in json.dumps(result["diff"])
    generated = [row["key"] for row in gateway.kong.rows("keyauth_credentials")]
    assert not [key for key in generated if key in gateway.output]


def test_kongs_refusal_is_told_before_anything_is_written(gateway: Gateway) -> None:
    bad = scout(plugins=[{"plugin": "request-size-limiting", "config": {"allowed_payload_size": "much"}}])
    for check in (True, False):
        with gateway.written() as written:
            message = gateway.refused([maverick(), bad], check=check)
        assert "kong_consumers[1] (scout)" in message and "allowed_payload_size" in message and written == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"name": "scout", "keys": [{"key": "k-1234567"}]}, "groups"),
        ({"name": "scout", "groups": ["a"], "keys": [{}]}, "says no key"),
        ({"name": "scout", "groups": ["a"], "keys": [{"key": "k-1234567", "generate": True}]}, "has key and generate"),
        ({"name": "scout", "groups": ["a"], "keys": [{"key": "k-1234567"}, {"key": "k-7654321"}]}, "called default"),
        ({"name": "scout", "groups": ["a"], "keys": [{"key": "has a blank"}]}, "not shown"),
        ({"name": "scout", "tags": ["a,b"]}, "tags[0]"),
        ({"name": "scout", "tags": ["ig.owner:x"]}, "tags[0]"),
        ({"name": "scout", "api_key": "a"}, "Write keys"),
        ({"name": "scout", "groups": ["a"], "jwt": [{"key": "k-1234567", "algorithm": "RS256"}]}, "rsa_public_key"),
        ({"name": "scout", "limits": {"requests": {"minute": 5}}, "plugins": [{"plugin": "rate-limiting"}]}, "twice"),
    ],
)
def test_bad_input(gateway: Gateway, entry: dict[str, Any], words: str) -> None:
    message = gateway.refused([entry])
    assert "kong_consumers[0] (scout)" in message and words in message and "nothing was written" in message
    assert "has a blank" not in gateway.output


FAULTS = ("reset-before", "reset-after", "409", "429", "500", "503", "cut")


@pytest.mark.parametrize("how", FAULTS)
def test_any_request_may_fail(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The k-th request fails, for every k of create, update and prune: run again, and all is as it would have been."""
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)
    fixed = [scout(custom_id="42", limits={"requests": {"minute": 60}}), maverick()]
    steps = [
        (fixed, {}),
        ([scout(OTHER_KEY), maverick(KEY)], {"prune": True, "prune_limit": "100%"}),
        ([scout(OTHER_KEY)], {"prune": True, "prune_limit": "100%"}),
    ]
    wanted = []
    with KongAdmin() as calm:
        undisturbed = Gateway(calm)
        for declared, params in steps:
            with undisturbed.asked() as asked:
                undisturbed.ok(declared, concurrency=1, **params)
            wanted.append((undisturbed.state(), len(asked)))
    number = 0
    for (declared, params), (state, count) in zip(steps, wanted, strict=True):
        for number in range(1, count + 1):
            with KongAdmin() as kong:
                shaken = Gateway(kong)
                for earlier, earlier_params in steps[: steps.index((declared, params))]:
                    shaken.ok(earlier, **earlier_params)
                kong.fail(number, how)
                result = shaken.run(declared, concurrency=1, **params)
                assert "Traceback" not in result.get("msg", "") and "exception" not in result, result
                shaken.ok(declared, **params)
                assert shaken.state() == state, (number, how)
    assert number
