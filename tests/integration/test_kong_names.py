# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers of all names on a Kong with and without a database: odd characters, names that change hands, entries called otherwise than their consumers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from contract.kong import KongAdmin

from .kong_runs import Gateway
from .test_kong_consumers import KEY, OTHER_KEY, edit, maverick, scout


@pytest.fixture(params=["postgres", "off"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    with KongAdmin(database=request.param) as kong:
        yield Gateway(kong)


def names(gateway: Gateway) -> dict[str, str]:
    """Who has which key."""
    users = {row["id"]: row["username"] for row in gateway.kong.rows("consumers")}
    return {users[row["consumer"]["id"]]: row["key"] for row in gateway.kong.rows("keyauth_credentials")}


def rich(username: str, key: str = KEY, number: int = 0) -> dict[str, Any]:
    """A consumer with one of each kind that is named after it."""
    return {
        "name": f"entry-{number}",
        "username": username,
        "groups": ["scout", "a.b_C"],
        "keys": [{"key": key}, {"name": "made", "generate": True}],
        "basic_auth": [{"username": f"{username}, x/{number}%2F", "password": "correct-horse-battery"}],
        "jwt": [{"key": f"https://issuer/{number}", "secret": "shared-secret-of-jwt"}],
        "limits": {"requests": {"minute": 60}},
    }


@pytest.mark.parametrize("username", ["Team A", "a/b", "a/default", "100%", "%2F", "a%2Fb", "a,b", "a~b/c~d", "consumers.x", "ig.owner:rivals", '"\\<>&#?'])
def test_odd_names(gateway: Gateway, username: str) -> None:
    declared = [rich(username), rich("a", OTHER_KEY, 1)]
    promised = gateway.ok(declared, check=True)
    assert gateway.ok(declared)["summary"] == promised["summary"]
    with gateway.written() as written:
        assert not gateway.ok(declared)["changed"]
    assert written == [] and {row["username"] for row in gateway.kong.rows("consumers")} == {username, "a"}
    found = gateway.ok(None, module="kong_consumers_info", secrets=True)["kong_consumers"]
    assert {entry["username"] for entry in found} == {username, "a"}
    passwords = {each["name"]: each["basic_auth"] for each in declared}
    with gateway.written() as written:
        assert not gateway.ok([{**entry, "basic_auth": passwords[entry["name"]]} for entry in found])["changed"]
    assert written == []
    gateway.ok([{"name": "entry-0"}], state="absent")
    assert [row["username"] for row in gateway.kong.rows("consumers")] == ["a"] and len(gateway.kong.rows("basicauth_credentials")) == 1


@pytest.mark.parametrize("how", [{"name": "5e9b1f0c-6d3a-4b52-9f0e-0d9f3c1a2b77"}, {"name": "a", "username": "5E9B1F0C-6D3A-4B52-9F0E-0D9F3C1A2B77"}])
def test_a_name_that_looks_like_an_id(gateway: Gateway, how: dict[str, Any]) -> None:
    message = gateway.refused([{**how, "groups": ["a"], "keys": [{"key": KEY}]}])
    assert "looks like an id" in message and "Write a username of another form" in message


def test_names_that_change_hands(gateway: Gateway) -> None:
    """What hangs on a consumer is its name's: entries that change names change all that, and no key is there twice at any time."""
    one, two, three = "k-number-1", "k-number-2", "k-number-3"

    def circle(first: str, second: str, third: str) -> list[dict[str, Any]]:
        pairs = zip(("a", "b", "c"), (first, second, third), (one, two, three), strict=True)
        return [{"name": name, "username": user, "custom_id": name, "groups": [name], "keys": [{"key": key}]} for name, user, key in pairs]

    gateway.ok(circle("x", "y", "z"))
    promised = gateway.ok(circle("y", "z", "x"), check=True)
    assert gateway.ok(circle("y", "z", "x"))["summary"] == promised["summary"]
    assert names(gateway) == {"y": one, "z": two, "x": three}
    assert {row["username"]: row["custom_id"] for row in gateway.kong.rows("consumers")} == {"y": "a", "z": "b", "x": "c"}
    assert not gateway.ok(circle("y", "z", "x"), prune=True, prune_limit="100%")["changed"] or len(gateway.kong.rows("acls")) == 3
    assert not gateway.ok(circle("y", "z", "x"), prune=True, prune_limit="100%")["changed"]


def test_all_that_a_pruned_consumer_had_goes_to_a_new_one(gateway: Gateway) -> None:
    basic = {"basic_auth": [{"username": "shared", "password": "correct-horse-battery"}], "custom_id": "42", "jwt": [{"key": "issuer", "secret": "s-1234567"}]}
    gateway.ok([scout(**basic)])
    assert "without prune" in gateway.refused([maverick(KEY, **basic)])
    gateway.ok([maverick(KEY, **basic)], prune=True, prune_limit="100%")
    assert names(gateway) == {"maverick": KEY} and [row["custom_id"] for row in gateway.kong.rows("consumers")] == ["42"]
    assert [row["username"] for row in gateway.kong.rows("basicauth_credentials")] == ["shared"] and len(gateway.kong.rows("jwt_secrets")) == 1
    assert not gateway.ok([maverick(KEY, **basic)])["changed"]


def test_an_entry_that_is_called_otherwise_keeps_its_consumer(gateway: Gateway) -> None:
    gateway.ok([scout()])
    ids = [row["id"] for row in gateway.kong.rows("consumers")]
    gateway.ok([scout(name="another", username="scout")], prune=True)
    assert [row["id"] for row in gateway.kong.rows("consumers")] == ids and names(gateway) == {"scout": KEY}
    gateway.ok([{"name": "another"}], state="absent")
    assert names(gateway) == {}


def test_an_entry_that_goes_takes_no_namesake_with_it(gateway: Gateway) -> None:
    """Its name is the user name of another entry's consumer."""
    gateway.ok([scout(name="a", username="b"), maverick(name="b", username="a")])
    gateway.ok([{"name": "a"}], state="absent")
    assert names(gateway) == {"a": OTHER_KEY}
    Gateway(gateway.kong, "rivals").ok([{"name": "c"}])
    gateway.ok([scout(name="c", username="d"), maverick(name="b", username="a")])
    gateway.ok([{"name": "c"}], state="absent")
    assert {row["username"] for row in gateway.kong.rows("consumers")} == {"a", "c"}


def test_one_name_in_two_namespaces(gateway: Gateway) -> None:
    message = gateway.refused([scout(namespace="one"), maverick(namespace="two", username="scout")])
    assert "kong_consumers[1] (maverick).username" in message and "kong_consumers[0] (scout).name" in message


def test_a_consumer_that_has_no_name(gateway: Gateway) -> None:
    """Kong takes one with nothing but a custom_id."""
    if gateway.kong.database == "off":
        pytest.skip("the entity is made over the Admin API")
    edit(gateway, "/consumers", {"custom_id": "7"}, "POST")
    edit(gateway, "/consumers", {"username": "Team Ü"}, "POST")
    edit(gateway, "/consumers/Team%20%C3%9C/key-auth", {"key": "k-of-the-team"}, "POST")
    gateway.ok([scout()])
    assert "custom_id is taken" in gateway.refused([scout(custom_id="7")])
    everyone = Gateway(gateway.kong, owner=None)
    found = everyone.ok(None, module="kong_consumers_info")
    assert [entry["name"] for entry in found["kong_consumers"]] == ["scout"]
    assert {said["field"] for said in found["unexpressed"]} == {".spec.username"}
