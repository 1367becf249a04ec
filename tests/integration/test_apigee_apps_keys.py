# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_apps: keys of one's own, their expiry, and the change from one to the next. Traps are numbered as in docs/apigee.md."""

from __future__ import annotations

from .apigee_app_runs import ANN, KEY, SECRET, as_promised, chat, fields, keys_of, nothing_left, org, products_of
from .apigee_runs import Organization

__all__ = ["org"]


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


def test_the_expiry_of_the_automatic_key_may_stand_with_the_key(org: Organization) -> None:
    """Trap 5: its only chance is when the app is made."""
    as_promised(org, [chat(keys=[{"expires_in": 3600}, {"name": "next", "expires_in": 7200}])])
    lives = {slot: int(key["expiresAt"]) - int(key["issuedAt"]) for slot, key in keys_of(org).items()}
    assert lives == {"default": 3_600_000, "next": 7_200_000}


def test_a_secret_cannot_be_changed(org: Organization) -> None:
    org.ok([chat(keys=[{"consumer_key": KEY, "consumer_secret": SECRET}])])
    message = org.refused([chat(keys=[{"consumer_key": KEY, "consumer_secret": "s-another-0001"}])])
    assert "stands with another secret" in message and SECRET not in org.output and "s-another-0001" not in org.output
