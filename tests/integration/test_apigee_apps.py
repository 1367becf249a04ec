# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_apps against the contract server: what is declared stands, no key is made that nobody asked for. Traps are numbered as in docs/apigee.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport
from contract.apigee.server import ApigeeServer

from .apigee_runs import Organization

ANN, BEN = "ann@example.com", "ben+lab@example.com"
KEY, SECRET = "k-scout-4711-abcdef", "s-scout-0815-ghijkl"


@pytest.fixture
def org() -> Iterator[Organization]:
    with ApigeeServer() as server:
        found = Organization(server, "apigee_apps")
        found.seed(products=("gold", "silver"), manual=("locked",), developers=(ANN, BEN), scopes=("read", "write"))
        yield found


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are repeated without a pause."""
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)


def chat(**more: Any) -> dict[str, Any]:
    return {"name": "chat", "developer": ANN, "products": ["gold"], **more}


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


def keys_of(org: Organization, name: str = "chat", email: str = ANN) -> dict[str, dict[str, Any]]:
    return org.keys(email, name)


def products_of(key: dict[str, Any]) -> dict[str, str]:
    return {each["apiproduct"]: each["status"] for each in key["apiProducts"]}


def attributes_of(entity: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in entity["attributes"]}


def nothing_left(org: Organization, entries: Any, **params: Any) -> None:
    """A second run changes nothing, writes nothing, and says so."""
    before = org.apps()
    with org.written() as written:
        again = org.ok(entries, **params)
    assert not again["changed"] and written == [] and org.apps() == before


def as_promised(org: Organization, entries: Any, **params: Any) -> dict[str, Any]:
    """Check mode says what the run then does, to the letter, and writes nothing."""
    before = org.apps()
    with org.written() as written:
        promised = org.ok(entries, check=True, diff=True, **params)
    assert written == [] and org.apps() == before
    done = org.ok(entries, diff=True, **params)
    assert (done["plan"], done["summary"], done["diff"], done["changed"]) == (promised["plan"], promised["summary"], promised["diff"], promised["changed"])
    nothing_left(org, entries, **params)
    return done


def fields(result: dict[str, Any]) -> list[str]:
    return [field for change in result["plan"] for field in change["fields"]]


# -- one managed key ------------------------------------------------------------------------------------------------------------------


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


# -- what calls replace ---------------------------------------------------------------------------------------------------------------


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
    done = as_promised(org, [chat(products=["locked"], keys=[{"approve": True}])])
    assert fields(done) == [".spec.keys.default.pending"] and products_of(keys_of(org)["default"]) == {"locked": "approved"}


# -- own keys, expiry, rotation -------------------------------------------------------------------------------------------------------


def test_an_own_key_is_brought_in_and_the_automatic_one_goes_only_when_asked(org: Organization) -> None:
    """Traps 5 and 6: a new key is approved and without products; every new app has a key that nobody asked for."""
    own = {"consumer_key": KEY, "consumer_secret": SECRET}
    as_promised(org, [chat(keys=[own])])
    keys = keys_of(org)
    assert keys["default"]["consumerKey"] == KEY and keys["default"]["consumerSecret"] == SECRET and products_of(keys["default"]) == {"gold": "approved"}
    (automatic,) = [key for slot, key in keys.items() if slot != "default"]
    assert products_of(automatic) == {}, "the key that nobody asked for opens nothing"
    as_promised(org, [chat(keys=[own], purge_keys=True)])
    assert set(keys_of(org)) == {"default"}


def test_an_app_with_only_an_own_key_in_one_run(org: Organization) -> None:
    org.ok([chat(keys=[{"consumer_key": KEY}], purge_keys=True)])
    assert set(keys_of(org)) == {"default"} and keys_of(org)["default"]["consumerKey"] == KEY
    nothing_left(org, [chat(keys=[{"consumer_key": KEY}], purge_keys=True)])


def test_an_own_key_may_be_revoked_from_the_start(org: Organization) -> None:
    """Traps 5 and 7: a key is always made approved; its status is an action of its own, an empty octet-stream answered by 204."""
    as_promised(org, [chat(keys=[{"consumer_key": KEY, "status": "revoked"}])])
    assert keys_of(org)["default"]["status"] == "revoked"
    as_promised(org, [chat(keys=[{"consumer_key": KEY, "status": "approved"}])])
    assert keys_of(org)["default"]["status"] == "approved"


def test_statuses_are_set_by_actions(org: Organization) -> None:
    """Trap 7."""
    org.ok([chat()])
    with org.written() as written:
        org.ok([chat(status="revoked", keys=[{"status": "revoked"}])])
    assert [line.rpartition("?")[2] for line in written] == ["action=revoke", "action=revoke"]
    assert org.server.state.apps[ANN, "chat"]["status"] == "revoked" and keys_of(org)["default"]["status"] == "revoked"
    nothing_left(org, [chat(status="revoked", keys=[{"status": "revoked"}])])
    nothing_left(org, [chat()])


def test_a_second_key_without_a_value_gets_one_of_ours(org: Organization) -> None:
    org.ok([chat()])
    first = keys_of(org)["default"]["consumerKey"]
    entries = [chat(keys=[{"name": "default"}, {"name": "autumn", "expires_in": 3600}])]
    as_promised(org, entries)
    keys = keys_of(org)
    assert keys["default"]["consumerKey"] == first and products_of(keys["autumn"]) == {"gold": "approved"}
    assert len(keys["autumn"]["consumerKey"]) == 48 and keys["autumn"]["consumerKey"] != first
    assert int(keys["autumn"]["expiresAt"]) - int(keys["autumn"]["issuedAt"]) == 3_600_000


def test_two_keys_from_the_start(org: Organization) -> None:
    """The automatic key is one of them: the one called default, else the first by name."""
    as_promised(org, [chat(keys=[{"name": "b"}, {"name": "a", "products": ["silver"]}])])
    assert {slot: products_of(key) for slot, key in keys_of(org).items()} == {"a": {"silver": "approved"}, "b": {"gold": "approved"}}


def test_a_key_is_changed_over_without_a_gap(org: Organization) -> None:
    """Trap 5: a key cannot be renewed: a new one beside it, then the old one is revoked, then deleted."""
    org.ok([chat()])
    org.ok([chat(keys=[{"name": "default"}, {"name": "next"}])])
    new = keys_of(org)["next"]["consumerKey"]
    with org.written() as written:
        done = org.ok([chat(keys=[{"name": "default", "state": "absent"}, {"name": "next"}])])
    assert fields(done) == [".spec.keys.default"]
    assert [line.split()[0] for line in written] == ["POST", "DELETE"] and written[0].endswith("?action=revoke")
    assert list(keys_of(org)) == ["next"] and keys_of(org)["next"]["consumerKey"] == new
    nothing_left(org, [chat(keys=[{"name": "default", "state": "absent"}, {"name": "next"}])])
    nothing_left(org, [chat(keys=[{"name": "next"}])])


def test_new_key_and_old_one_gone_in_one_run_overlap(org: Organization) -> None:
    org.ok([chat()])
    with org.written() as written:
        org.ok([chat(keys=[{"name": "default", "state": "absent"}, {"name": "next"}])])
    assert list(keys_of(org)) == ["next"] and products_of(keys_of(org)["next"]) == {"gold": "approved"}
    assert [line.split()[0] for line in written] == ["POST", "POST", "POST", "DELETE"] and written[2].endswith("?action=revoke")


def test_another_value_under_the_same_name_leaves_the_old_key(org: Organization) -> None:
    org.ok([chat(keys=[{"consumer_key": KEY}], purge_keys=True)])
    as_promised(org, [chat(keys=[{"consumer_key": "k-other-9999"}])])
    assert keys_of(org)["default"]["consumerKey"] == "k-other-9999" and products_of(keys_of(org)[KEY]) == {"gold": "approved"}
    as_promised(org, [chat(keys=[{"consumer_key": "k-other-9999"}, {"name": "old", "consumer_key": KEY, "state": "absent"}])])
    assert list(keys_of(org)) == ["default"]


def test_expiry_counts_when_a_key_is_made_and_is_never_passed_over(org: Organization) -> None:
    """Trap 5: an expiry cannot be changed. To declare another one is an error that says what to do, in check mode too, and nothing is written."""
    org.ok([chat(key_expires_in=86400)])
    assert int(keys_of(org)["default"]["expiresAt"]) - int(keys_of(org)["default"]["issuedAt"]) == 86_400_000
    nothing_left(org, [chat(key_expires_in=86400)])
    nothing_left(org, [chat()])
    for entry in (chat(key_expires_in=172800), chat(key_expires_in=-1), chat(keys=[{"expires_in": 60}])):
        for check in (True, False):
            with org.written() as written:
                message = org.refused([entry], check=check)
            assert "Apigee sets the expiry of a key only when it is made" in message and "state: absent" in message and written == []


def test_a_secret_cannot_be_changed(org: Organization) -> None:
    org.ok([chat(keys=[{"consumer_key": KEY, "consumer_secret": SECRET}])])
    message = org.refused([chat(keys=[{"consumer_key": KEY, "consumer_secret": "s-another-0001"}])])
    assert "stands with another secret" in message and SECRET not in org.output and "s-another-0001" not in org.output


# -- what is not there, or not yet, or somebody else's --------------------------------------------------------------------------------


def test_an_unknown_developer_is_told(org: Organization) -> None:
    message = org.refused([{"name": "chat", "developer": "zoe@example.com", "products": ["gold"]}])
    assert "the developer does not exist. Declare zoe@example.com in apigee_developers" in message


def test_an_unknown_product_is_told(org: Organization) -> None:
    assert "bronze" in org.refused([chat(products=["bronze"])]) and org.apps() == {}
    org.ok([chat()])
    assert "bronze" in org.refused([chat(products=["bronze", "gold"])])
    assert products_of(keys_of(org)["default"]) == {"gold": "approved"}


def test_a_key_of_another_app_is_told_without_its_value(org: Organization) -> None:
    """Trap 5: a key is there once in an organisation."""
    asking = org.asking()
    asking.must("POST", f"/developers/{BEN.replace('+', '%2B')}/apps", {"name": "theirs"})
    asking.must("POST", f"/developers/{BEN.replace('+', '%2B')}/apps/theirs/keys", {"consumerKey": KEY, "consumerSecret": SECRET})
    with org.written() as written:
        message = org.refused([chat(keys=[{"consumer_key": KEY}])])
    assert f"key default: its consumer_key is a key of app theirs of {BEN}" in message and KEY not in org.output and written == []


def test_two_developers_may_have_apps_of_one_name(org: Organization) -> None:
    """Trap 8: the name of an app is unique for its developer only; and trap 9: a plus sign in an email."""
    as_promised(org, [chat(), chat(developer=BEN, products=["silver"])])
    assert products_of(keys_of(org)["default"]) == {"gold": "approved"} and products_of(keys_of(org, email=BEN)["default"]) == {"silver": "approved"}
    as_promised(org, [chat()], prune=True, prune_limit="100%")
    assert list(org.apps()) == [f"{ANN}/chat"]


@pytest.mark.parametrize("rules", [{}, {"names_emails": True}, {"hides_keys": True}, {"shows_keyless": True}, {"names_emails": True, "hides_keys": True}])
def test_no_app_and_no_key_is_missed_whatever_its_status(rules: dict[str, bool]) -> None:
    """The list of all apps hides what is revoked unless asked for it, and leaves open what else it hides."""
    with ApigeeServer(**rules) as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold",), developers=(ANN, BEN))
        keys = [{"name": "one"}, {"name": "two", "status": "revoked"}]
        entries = [
            chat(status="revoked", keys=[{"status": "revoked"}]),
            chat(name="mixed", keys=keys),
            chat(name="off", status="revoked", keys=keys),
            chat(name="none", keys=[{"state": "absent"}]),
            chat(name="plain", developer=BEN),
        ]
        as_promised(org, entries)
        assert [len(org.keys(ANN, name)) for name in ("chat", "mixed", "off")] == [1, 2, 2]
        org.ok([chat(name="none", keys=[{"name": "x"}])])
        asking = org.asking()
        (value,) = [key["consumerKey"] for key in org.keys(ANN, "none").values()]
        asking.must("DELETE", f"/developers/{ANN}/apps/none/keys/{value}")
        nothing_left(org, entries)


def test_credentials_that_show_up_later_are_waited_for() -> None:
    """Trap 6: a new app shows no key at first."""
    with ApigeeServer(propagation=0.6) as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold",), developers=(ANN,))
        org.ok([chat()])
        assert {slot: products_of(key) for slot, key in keys_of(org).items()} == {"default": {"gold": "approved"}}
        nothing_left(org, [chat()])


def test_a_run_that_meets_an_app_without_its_first_key_waits_for_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 6: the run before died right after it had made the app."""
    impatient(monkeypatch)
    with ApigeeServer(propagation=1.0) as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold",), developers=(ANN,))
        server.fail(1, "500-after", only=("POST",))
        server.fail(1, "500", times=40)
        org.refused([chat()])
        server.faults.clear()
        org.ok([chat()])
        assert list(keys_of(org)) == ["default"]


def test_what_is_still_being_deleted_is_waited_for() -> None:
    """Trap 14: deletions go on behind the answer, and a name or a key that comes back too soon collides."""
    with ApigeeServer(cascade=0.8) as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold",), developers=(ANN,))
        entries = [chat(keys=[{"consumer_key": KEY}])]
        org.ok(entries)
        org.ok([{"name": "chat", "developer": ANN}], state="absent")
        assert org.apps() == {}
        org.ok(entries)
        assert keys_of(org)["default"]["consumerKey"] == KEY
        nothing_left(org, entries)


def test_what_is_still_being_deleted_when_patience_ends_is_told() -> None:
    """Trap 14: with a deadline."""
    with ApigeeServer(cascade=60) as server:
        org = Organization(server, "apigee_apps", wait_timeout=1)
        org.seed(products=("gold",), developers=(ANN,))
        org.ok([chat()])
        org.ok([chat()], state="absent")
        assert "is still being deleted by Apigee" in org.refused([chat()])


def test_one_app_is_written_by_one_worker_alone() -> None:
    """Trap 15: Google warns of writes to one entity at the same time."""
    with ApigeeServer(delay=0.02) as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold", "silver"), developers=(ANN,))
        server.overlaps.clear()
        org.ok([chat(name=f"app-{number}", keys=[{"name": "a"}, {"name": "b"}]) for number in range(6)])
        assert not [each for each in server.overlaps if each.count("/")]


# -- how much it costs ----------------------------------------------------------------------------------------------------------------


def test_the_requests_of_a_run_without_changes() -> None:
    """All apps by four lists, one for each pair of statuses, and the developers' emails by one: for a thousand of each the same five."""
    with ApigeeServer() as server:
        org = Organization(server, "apigee_apps")
        emails = tuple(f"d{number}@example.com" for number in range(40))
        org.seed(products=("gold",), developers=emails)
        entries = [chat(developer=email) for email in emails]
        org.ok(entries)
        with org.asked() as asked:
            nothing_left(org, entries)
        assert len(asked) == 5 and [line for line in asked if "/developers" in line] == ["GET /developers?expand=true"]


def test_an_app_that_is_written_is_looked_at_once(org: Organization) -> None:
    org.ok([chat()])
    with org.asked() as asked:
        org.ok([chat(products=["silver"])])
    assert len([line for line in asked if line.startswith("GET") and line.endswith("/apps/chat")]) == 1


# -- secrets --------------------------------------------------------------------------------------------------------------------------


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
