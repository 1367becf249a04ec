# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of an app of Apigee: which standing key a declared one means, what differs, what will stand. Tables; the numbers are those of docs/apigee.md."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee import unknown_slot
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee import keys
from hypothesis import given
from hypothesis import strategies as st

YEAR = 365 * 24 * 3600


def credential(value: str, slot: str = "", issued: int = 1000, expires: int = -1, **more: Any) -> dict[str, Any]:
    """As the API shows one, empty parts left out."""
    attributes = more.pop("attributes", []) + ([{"name": "inference-gateway-key", "value": slot}] if slot else [])
    products = [{"apiproduct": name, "status": status} for name, status in more.pop("products", {}).items()]
    made = {"consumerKey": value, "consumerSecret": f"secret-of-{value}", "status": "approved", "issuedAt": str(issued), "expiresAt": str(expires)}
    made |= more | {"attributes": attributes, "apiProducts": products}
    return {name: part for name, part in made.items() if part not in ([], "")}


def standing(*credentials: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return keys.standing(credentials)


FOREIGN, OTHER = unknown_slot("abc"), unknown_slot("def")


def test_a_key_in_normal_form() -> None:
    live = standing(
        credential("abc", "next", products={"b": "pending", "a": "approved"}, scopes=["y", "x"], attributes=[{"name": "team", "value": "red"}]),
        credential("def", expires=1000 + 60_000),
    )
    assert live["next"] == {
        "consumerKey": "abc",
        "consumerSecret": "secret-of-abc",
        "status": "approved",
        "scopes": ["x", "y"],
        "issuedAt": "1000",
        "products": ["a", "b"],
        "pending": ["b"],
        "attributes": {"team": "red"},
    }
    assert live[OTHER]["expiresAt"] == "61000" and keys.lifetime(live[OTHER]) == 60


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("wanted", "credentials", "found"),
    [
        pytest.param({"default": {}}, [credential("abc")], {"default": FOREIGN}, id="the only one"),
        pytest.param({"default": {}}, [credential("abc"), credential("def")], {"default": None}, id="never one of two by its place"),
        pytest.param({"default": {}}, [credential("abc", "default"), credential("def")], {"default": "default"}, id="by its attribute"),
        pytest.param({"default": {}}, [credential("abc", "other")], {"default": None}, id="the only one has another name"),
        pytest.param({"a": {"consumerKey": "abc"}}, [credential("abc"), credential("def")], {"a": FOREIGN}, id="by its value"),
        pytest.param(
            {"a": {"consumerKey": "abc"}}, [credential("abc", "b"), credential("def", "a")], {"a": "b"}, id="its value counts for more than its attribute"
        ),
        pytest.param({"a": {"consumerKey": "xyz"}}, [credential("abc")], {"a": None}, id="a value of its own is never the only one"),
        pytest.param({"b": {}, "a": {}}, [credential("abc")], {"a": FOREIGN, "b": None}, id="one of two takes the only one, whatever the order"),
        pytest.param({"a": {}, "default": {}}, [credential("abc")], {"default": FOREIGN, "a": None}, id="default comes first"),
        pytest.param({"a": {}, "b": {"consumerKey": "abc"}}, [credential("abc")], {"a": None, "b": FOREIGN}, id="the only one is spoken for"),
        pytest.param({"default": {"gone": True}}, [credential("abc")], {"default": None}, id="nothing goes on a guess"),
        pytest.param({"default": {"gone": True}}, [credential("abc", "default")], {"default": "default"}, id="what goes bears the name"),
        pytest.param({"default": {}}, [credential("new", "default", 2000), credential("old", "default", 1000)], {"default": "default"}, id="two of one name"),
    ],
)
def test_which_key_is_meant(wanted: dict[str, Any], credentials: list[dict[str, Any]], found: dict[str, Any], backwards: bool) -> None:
    """Trap 2: the managed key is found by its value, its attribute, or because it is the only one, and never by its place."""
    live = standing(*(reversed(credentials) if backwards else credentials))
    assert keys.matched(wanted, live) == found


def test_of_two_keys_with_one_name_the_older_has_it() -> None:
    live = standing(credential("new", "default", 2000), credential("old", "default", 1000))
    assert live["default"]["consumerKey"] == "old" and live[unknown_slot("new")]["consumerKey"] == "new"


LIVE = standing(
    credential("abc", "default", products={"gold": "approved", "silver": "pending"}, scopes=["read"], attributes=[{"name": "team", "value": "red"}]),
    credential("def", expires=1000 + YEAR * 1000),
)


@pytest.mark.parametrize(
    ("wanted", "purge", "paths"),
    [
        pytest.param({"default": {}}, False, [], id="nothing declared, nothing differs"),
        pytest.param({"default": {"products": ["silver", "gold"], "scopes": ["read"], "status": "approved"}}, False, [], id="as it stands"),
        pytest.param({"default": {"products": ["gold", "bronze"]}}, False, ["default.products"], id="other products"),
        pytest.param({"default": {"products": []}}, False, ["default.products"], id="no products"),
        pytest.param({"default": {"scopes": []}}, False, ["default.scopes"], id="no scopes"),
        pytest.param({"default": {"approve": True}}, False, ["default.pending"], id="approval of all"),
        pytest.param({"default": {"approve": True, "products": ["gold"]}}, False, ["default.products"], id="no approval of what goes"),
        pytest.param({"default": {"approve": False}}, False, [], id="no approval unasked"),
        pytest.param({"default": {"status": "revoked"}}, False, ["default.status"], id="revoked"),
        pytest.param({"default": {"attributes": {"team": "red"}}}, False, [], id="attributes as they stand"),
        pytest.param({"default": {"attributes": {"team": "", "new": "1"}}}, False, ["default.attributes.team", "default.attributes.new"], id="attributes"),
        pytest.param({"default": {}}, True, [OTHER], id="unknown keys go when asked"),
        pytest.param({"default": {"gone": True}}, False, ["default"], id="a key goes"),
        pytest.param({"never": {"gone": True}}, False, [], id="a key that is not there"),
        pytest.param({"default": {}, "next": {}}, False, ["next"], id="a further key"),
        pytest.param({"default": {"consumerKey": "xyz"}}, False, ["default.consumerKey"], id="another value under the same name"),
        pytest.param({"default": {"consumerKey": "def"}}, False, ["default.name"], id="another key takes the name"),
        pytest.param({"default": {"expiresInSeconds": "-1"}}, False, [], id="never, as it is"),
        pytest.param({"default": {"expiresInSeconds": "60"}}, False, ["default.expiresInSeconds"], id="an expiry that it has not"),
        pytest.param({"old": {"consumerKey": "def", "expiresInSeconds": str(YEAR)}}, False, ["old.name"], id="the expiry that it has"),
        pytest.param({"old": {"consumerKey": "def", "expiresInSeconds": "-1"}}, False, ["old.name", "old.expiresInSeconds"], id="never, where it expires"),
        pytest.param({"default": {"consumerKey": "abc", "consumerSecret": "s3cr3t"}}, False, ["default.consumerSecret"], id="another secret"),
    ],
)
def test_what_differs(wanted: dict[str, Any], purge: bool, paths: list[str]) -> None:
    assert [".".join(path) for path in keys.differences(wanted, LIVE, purge)] == paths


@pytest.mark.parametrize(
    ("wanted", "live", "why"),
    [
        pytest.param({"default": {"expiresInSeconds": "60"}}, LIVE, "its key never expires, declared is 60 s", id="expiry"),
        pytest.param({"a": {"consumerKey": "def", "expiresInSeconds": "-1"}}, LIVE, f"its key lives {YEAR} s, declared is for ever", id="no expiry"),
        pytest.param({"default": {"consumerKey": "abc", "consumerSecret": "s3cr3t"}}, LIVE, "stands with another secret", id="secret"),
        pytest.param(
            {"default": {}}, standing(credential("abc"), credential("def")), "the app has 2 keys already, none with a name of ours", id="which of two"
        ),
    ],
)
def test_what_cannot_be_is_told_and_no_key_is_shown(wanted: dict[str, Any], live: dict[str, Any], why: str) -> None:
    """Trap 5: the expiry of a key cannot be changed, so a changed one is told, never passed over in silence."""
    (slot, text), *others = keys.refusals(wanted, live)
    assert why in text and slot in wanted and not others
    assert not {"abc", "def", "s3cr3t"} & set(text.replace(".", " ").split())


def test_a_key_of_ours_may_always_be_joined_by_another() -> None:
    assert list(keys.refusals({"default": {}, "next": {}}, LIVE)) == []
    assert list(keys.refusals({"default": {}, "next": {}}, standing(credential("abc")))) == []


@pytest.mark.parametrize(
    ("spec", "slot", "expected"),
    [
        ({"keyExpiresIn": "60000", "keys": {"default": {}}}, "default", {"expiresInSeconds": "60"}),
        ({"keyExpiresIn": "-1", "keys": {"default": {}}}, "default", {"expiresInSeconds": "-1"}),
        ({"keyExpiresIn": "60000", "keys": {"default": {"consumerKey": "abc"}}}, "default", {"consumerKey": "abc"}),
        ({"keyExpiresIn": "60000", "keys": {"default": {"expiresInSeconds": "5"}}}, "default", {"expiresInSeconds": "5"}),
        ({"scopes": ["a"], "keys": {"own": {"consumerKey": "abc"}}}, "own", {"consumerKey": "abc", "scopes": ["a"]}),
        ({"scopes": ["a"], "keys": {"own": {"scopes": []}}}, "own", {"scopes": []}),
        ({"scopes": ["a"], "keys": {"own": {"gone": True}}}, "own", {"gone": True}),
    ],
)
def test_what_an_app_says_of_its_keys(spec: dict[str, Any], slot: str, expected: dict[str, Any]) -> None:
    assert keys.declared(spec)[slot] == expected


PART = st.fixed_dictionaries(
    {},
    optional={
        "products": st.lists(st.sampled_from("abc"), unique=True),
        "scopes": st.lists(st.sampled_from("xyz"), unique=True),
        "status": st.sampled_from(["approved", "revoked"]),
        "attributes": st.dictionaries(st.sampled_from(["t", "u"]), st.sampled_from(["", "1", "2"])),
        "approve": st.booleans(),
        "consumerKey": st.sampled_from(["k1", "k2", "k3"]),
    },
)
WANTED = st.dictionaries(st.sampled_from(["default", "next", "third"]), st.one_of(PART, st.just({"gone": True})), min_size=1).filter(
    lambda wanted: len(values := [key["consumerKey"] for key in wanted.values() if "consumerKey" in key]) == len(set(values))
)
CREDENTIAL = st.builds(
    credential,
    st.sampled_from(["k1", "k2", "k3", "k4"]),
    st.sampled_from(["", "default", "next", "other"]),
    st.integers(1, 9),
    products=st.dictionaries(st.sampled_from("abc"), st.sampled_from(["approved", "pending"])),
    scopes=st.lists(st.sampled_from("xyz"), unique=True),
    status=st.sampled_from(["approved", "revoked"]),
)


@given(WANTED, st.lists(CREDENTIAL, max_size=4, unique_by=lambda each: each["consumerKey"]), st.booleans())
def test_what_is_predicted_differs_in_nothing(wanted: dict[str, Any], credentials: list[dict[str, Any]], purge: bool) -> None:
    """Whatever stands: after the predicted write there is nothing left to write, and where nothing is to be written nothing is predicted to change."""
    live = standing(*credentials)
    after = keys.predicted(wanted, live, purge)
    if not list(keys.differences(wanted, live, purge)):
        assert after == live
    assert not [path for path in keys.differences(wanted, after, purge) if path[1:] != ("consumerKey",)]
