# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_apps against the contract server: what is declared stands, no key is made that nobody asked for. Traps are numbered as in docs/apigee.md."""

from __future__ import annotations

from .apigee_app_runs import ANN, BEN, KEY, SECRET, as_promised, attributes_of, chat, fields, keys_of, nothing_left, org, products_of
from .apigee_runs import Organization

__all__ = ["org"]


def test_six_steps(org: Organization) -> None:
    """Check, apply, again, changed by another hand, changed by us, pruned."""
    entries = [chat(attributes={"team": "red"}), {"name": "search", "developer": BEN, "products": ["gold", "silver"], "callback_url": "https://a.example/x"}]
    with org.written() as written:
        promised = org.ok(entries, check=True, diff=True)
    assert promised["changed"] and written == []
    done = org.ok(entries, diff=True)
    assert done["summary"] == promised["summary"] and done["diff"] == promised["diff"] and done["summary"]["create"] == 2
    before = org.apps()
    assert set(before) == {f"{ANN}/chat", f"{BEN}/search"}
    with org.written() as written:
        again = org.ok(entries)
    assert not again["changed"] and written == [] and org.apps() == before


def test_the_automatic_key_is_the_managed_one_and_is_marked(org: Organization) -> None:
    as_promised(org, [chat()])
    assert {slot: products_of(key) for slot, key in keys_of(org).items()} == {"default": {"gold": "approved"}}


def test_no_change_ever_makes_a_further_key(org: Organization) -> None:
    """Trap 2: products are never sent with an app that stands, whatever changes."""
    org.ok([chat()])
    value = keys_of(org)["default"]["consumerKey"]
    changes = [
        chat(products=["gold", "silver"]),
        chat(products=["silver"]),
        chat(products=[]),
        chat(products=["gold"], attributes={"team": "blue"}),
        chat(products=["gold"], callback_url="https://a.example/x", attributes={"team": None}),
        chat(products=["gold"], status="revoked"),
        chat(products=["gold"], status="approved", keys=[{"attributes": {"seat": "1"}}]),
    ]
    for entry in changes:
        as_promised(org, [entry])
        assert [key["consumerKey"] for key in keys_of(org).values()] == [value]
    sent = [seen.body for seen in org.server.writes if seen.method == "PUT" and "/keys/" not in seen.path]
    assert len(sent) == 2 and all("apiProducts" not in body and "credentials" not in body and "status" not in body for body in sent)
    assert not [seen for seen in org.server.writes if seen.method == "POST" and seen.path.endswith("/apps/chat") and "action" not in seen.query]


def test_the_managed_key_is_never_found_by_its_place(org: Organization) -> None:
    """Trap 2: another key that comes before ours in the list stays as it is."""
    org.ok([chat()])
    asking = org.asking()
    asking.must("POST", f"/developers/{ANN}/apps/chat/keys", {"consumerKey": "other-hand", "consumerSecret": "other"})
    org.server.state.apps[ANN, "chat"]["credentials"].reverse()
    done = as_promised(org, [chat(products=["silver"])])
    assert fields(done) == [".spec.keys.default.products"]
    assert products_of(keys_of(org)["default"]) == {"silver": "approved"} and products_of(keys_of(org)["other-hand"]) == {}


def test_an_app_of_another_hand_with_several_keys_is_not_guessed_at(org: Organization) -> None:
    asking = org.asking()
    asking.must("POST", f"/developers/{ANN}/apps", {"name": "chat", "apiProducts": ["gold"]})
    asking.must("POST", f"/developers/{ANN}/apps/chat/keys", {"consumerKey": KEY, "consumerSecret": SECRET})
    with org.written() as written:
        message = org.refused([chat()], adopt=True)
    assert "the app has 2 keys already, none with a name of ours" in message and "consumer_key" in message and KEY not in message and written == []
    as_promised(org, [chat(keys=[{"consumer_key": KEY}])], adopt=True)
    assert products_of(keys_of(org)["default"]) == {"gold": "approved"} and len(keys_of(org)) == 2


def test_an_app_with_one_key_is_taken_over_with_it(org: Organization) -> None:
    asking = org.asking()
    asking.must("POST", f"/developers/{ANN}/apps", {"name": "chat", "apiProducts": ["silver"], "attributes": [{"name": "team", "value": "red"}]})
    (value,) = keys_of(org)
    assert "exists and is nobody's" in org.refused([chat()])
    as_promised(org, [chat()], adopt=True)
    assert keys_of(org)["default"]["consumerKey"] == value and products_of(keys_of(org)["default"]) == {"gold": "approved"}
    assert attributes_of(org.server.state.apps[ANN, "chat"])["team"] == "red"


def test_a_change_keeps_what_nobody_declared(org: Organization) -> None:
    """Traps 1 and 3: the PUT of an app and the POST of a key replace, so what has to stay is sent again."""
    org.ok([chat(scopes=["read"])])
    value = keys_of(org)["default"]["consumerKey"]
    asking = org.asking()
    app, key = f"/developers/{ANN}/apps/chat", f"/developers/{ANN}/apps/chat/keys/{value}"
    stands = asking.must("GET", app)
    asking.must(
        "PUT", app, {"name": "chat", "attributes": [*stands["attributes"], {"name": "DisplayName", "value": "Chat"}], "callbackUrl": "https://hand.example/"}
    )
    asking.must("POST", key, {"attributes": [*stands["credentials"][0]["attributes"], {"name": "seat", "value": "9"}], "scopes": ["read", "write"]})
    as_promised(org, [chat(products=["gold", "silver"], attributes={"team": "red"})])
    app_now = org.server.state.apps[ANN, "chat"]
    assert attributes_of(app_now) == {"managed-by": "inference.gateway", "inference-gateway-owner": "team", "DisplayName": "Chat", "team": "red"}
    assert app_now["callbackUrl"] == "https://hand.example/" and app_now["appFamily"] == "default"
    now = keys_of(org)["default"]
    assert attributes_of(now) == {"inference-gateway-key": "default", "seat": "9"} and now["scopes"] == ["read", "write"]


def test_scopes_of_a_key_are_exact_where_they_are_declared(org: Organization) -> None:
    org.ok([chat(scopes=["read"])])
    assert keys_of(org)["default"]["scopes"] == ["read"]
    done = as_promised(org, [chat(keys=[{"scopes": ["write"], "attributes": {"seat": "1"}}])])
    assert fields(done) == [".spec.keys.default.scopes", ".spec.keys.default.attributes.seat"]
    assert keys_of(org)["default"]["scopes"] == ["write"] and products_of(keys_of(org)["default"]) == {"gold": "approved"}
    as_promised(org, [chat(keys=[{"scopes": []}])])
    assert keys_of(org)["default"]["scopes"] == []


def test_products_come_and_go_one_by_one(org: Organization) -> None:
    """Trap 4: what is attached already is never attached anew, for under manual approval it would wait again."""
    org.ok([chat(products=["gold", "locked"], keys=[{"approve": True}])])
    assert products_of(keys_of(org)["default"]) == {"gold": "approved", "locked": "approved"}
    with org.written() as written:
        org.ok([chat(products=["locked", "silver"])])
    assert products_of(keys_of(org)["default"]) == {"locked": "approved", "silver": "approved"}
    assert [line.split()[0] for line in written] == ["POST", "DELETE"] and written[1].endswith("/apiproducts/gold")
    assert org.server.writes[-2].body["apiProducts"] == ["silver"]


def test_pending_products_are_approved_only_when_asked(org: Organization) -> None:
    """Trap 4: approval is an action for each product of a key."""
    org.ok([chat(products=["locked"])])
    assert products_of(keys_of(org)["default"]) == {"locked": "pending"}
    nothing_left(org, [chat(products=["locked"])])
    with org.written() as written:
        org.ok([chat(name="other", products=["gold", "locked"], keys=[{"approve": True}])])
    assert [line.rpartition("/")[2] for line in written if "action" in line] == ["locked?action=approve"]
    done = as_promised(org, [chat(products=["locked"], keys=[{"approve": True}])])
    assert fields(done) == [".spec.keys.default.pending"] and products_of(keys_of(org)["default"]) == {"locked": "approved"}
