# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_apps: what is not there, or not yet, or somebody else's; what a run costs. Traps are numbered as in docs/apigee.md."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee import app_rows
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.client import Client
from contract.apigee.server import ApigeeServer

from .apigee_app_runs import ANN, BEN, KEY, SECRET, as_promised, chat, impatient, keys_of, nothing_left, org, products_of
from .apigee_runs import Organization

__all__ = ["org"]


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


def test_an_app_of_another_owner_is_left_alone(org: Organization) -> None:
    """Two owners in one organisation: neither touches what the other has, and prune takes one's own alone."""
    org.ok([chat()], owner="others")
    before = org.apps()
    assert "belongs to another owner (others)" in org.refused([chat(products=["silver"])], adopt=True)
    as_promised(org, [chat(name="mine")], prune=True)
    org.ok([chat(name="second")], prune=True, prune_limit="100%")
    assert set(org.apps()) == {f"{ANN}/chat", f"{ANN}/second"} and org.apps()[f"{ANN}/chat"] == before[f"{ANN}/chat"]


def test_of_two_runs_at_once_that_make_the_same_key_one_takes_its_own_back(org: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other run's key comes to be between our look and our write: the older one has the slot, no key is left over."""
    org.ok([chat()])
    post, asking, theirs = Client.post, org.asking(), "k-of-the-other-run"

    def after_another(self: Client, *segments: str, **more: Any) -> Any:
        if segments[-1] == "keys" and theirs not in {key["consumerKey"] for key in keys_of(org).values()}:
            mark = {"name": "inference-gateway-key", "value": "next"}
            asking.must("POST", f"/developers/{ANN}/apps/chat/keys", {"consumerKey": theirs, "consumerSecret": "s", "attributes": [mark]})
            asking.must("POST", f"/developers/{ANN}/apps/chat/keys/{theirs}", {"apiProducts": ["gold"], "attributes": [mark]})
            time.sleep(0.01)
        return post(self, *segments, **more)

    monkeypatch.setattr(Client, "post", after_another)
    entries = [chat(keys=[{"name": "default"}, {"name": "next"}])]
    org.ok(entries)
    assert {slot: len(org.server.state.apps[ANN, "chat"]["credentials"]) for slot in keys_of(org)} == {"default": 2, "next": 2}
    assert keys_of(org)["next"]["consumerKey"] == theirs
    nothing_left(org, entries)


def test_a_key_moves_from_one_of_our_apps_to_another(org: Organization) -> None:
    org.ok([chat(name="old", keys=[{"name": "default"}, {"name": "own", "consumer_key": KEY}]), chat()])
    moved = [
        chat(name="old", products=["gold", "silver"], attributes={"it": "does more before"}, keys=[{"name": "default"}, {"name": "own", "state": "absent"}]),
        chat(keys=[{"name": "default"}, {"name": "own", "consumer_key": KEY}]),
    ]
    as_promised(org, moved)
    assert set(org.keys(ANN, "old")) == {"default"} and keys_of(org)["own"]["consumerKey"] == KEY
    nothing_left(org, moved)


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


def test_an_automatic_key_that_shows_up_later_goes_when_asked() -> None:
    """Trap 6: also where no declared key is the automatic one."""
    with ApigeeServer(propagation=0.6) as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold",), developers=(ANN,))
        org.ok([chat(keys=[{"consumer_key": KEY}], purge_keys=True)])
        assert [key["consumerKey"] for key in keys_of(org).values()] == [KEY]


def test_an_old_app_without_keys_is_not_waited_for(org: Organization) -> None:
    org.ok([chat()])
    app = org.server.state.apps[ANN, "chat"]
    app |= {"credentials": [], "createdAt": str(int(app["createdAt"]) - 3_600_000)}
    start = time.monotonic()
    org.ok([chat()])
    assert time.monotonic() - start < 3 and products_of(keys_of(org)["default"]) == {"gold": "approved"}


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


def test_a_key_that_is_still_being_deleted_is_waited_for() -> None:
    """Trap 14: a key that comes back to an app that never went."""
    with ApigeeServer(cascade=0.8) as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold",), developers=(ANN,))
        own = {"name": "own", "consumer_key": KEY}
        org.ok([chat(keys=[{"name": "default"}, own])])
        org.ok([chat(keys=[{"name": "default"}, {"name": "own", "state": "absent"}])])
        as_promised(org, [chat(keys=[{"name": "default"}, own])])
        assert keys_of(org)["own"]["consumerKey"] == KEY


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


def test_no_app_is_missed_beyond_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of apps go on at a token; the expanded list of developers ends, and the rest is asked for by ids."""
    monkeypatch.setattr(app_rows, "PAGE", 3)
    with ApigeeServer(page=3) as server:
        org = Organization(server, "apigee_apps", wait_timeout=1)
        emails = tuple(f"d{number}@example.com" for number in range(8))
        org.seed(products=("gold",), developers=emails)
        asking = org.asking()
        for email in emails[::2]:
            asking.must("POST", f"/developers/{email}/apps", {"name": "other", "apiProducts": ["gold"]})
        entries = [chat(developer=email) for email in emails]
        as_promised(org, entries)
        as_promised(org, [*entries[:4], *(chat(developer=email, status="revoked", keys=[{"status": "revoked"}]) for email in emails[4:])])
        assert org.ok(entries[:7], check=True)["orphans"] == [f"apps.apigee {emails[7]}/chat"]
        asking.must("DELETE", f"/developers/{emails[7]}/apps/chat/keys/{keys_of(org, email=emails[7])['default']['consumerKey']}")
        assert org.ok([chat(developer=emails[7], keys=[{"name": "next"}])])["summary"]["update"] == 1
        assert set(keys_of(org, email=emails[7])) == {"next"}


def test_the_apps_of_everybody_are_read_beyond_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of developers whom no expanded list shows, and who are nothing to us."""
    monkeypatch.setattr(app_rows, "PAGE", 3)
    with ApigeeServer(page=3) as server:
        org = Organization(server, "apigee_apps_info")
        emails = tuple(f"d{number}@example.com" for number in range(8))
        org.seed(products=("gold",), developers=emails)
        for email in emails:
            org.asking().must("POST", f"/developers/{email}/apps", {"name": "other", "apiProducts": ["gold"]})
        org.params.pop("owner")
        assert [each["developer"] for each in org.ok(None)["apigee_apps"]] == list(emails)


def test_what_it_costs_to_make_an_app(org: Organization) -> None:
    """With products, scopes and expiry in the one call that may hold them; a second one gives the key its name; one look."""
    with org.asked() as asked:
        org.ok([chat(scopes=["read"], key_expires_in=60)])
    writes = [number for number, line in enumerate(asked) if not line.startswith("GET")]
    assert [asked[number].split()[0] for number in range(writes[0], writes[-1] + 2)] == ["POST", "POST", "GET"]


def test_an_email_with_a_plus_sign_is_in_no_path(org: Organization) -> None:
    """Trap 9: it is addressed by id, also where nothing of the developer's stands yet."""
    as_promised(org, [chat(developer=BEN)])
    org.ok([chat(developer=BEN)], state="absent")
    assert not [seen.path for seen in org.server.requests if "%2B" in seen.path or "+" in seen.path] and org.apps() == {}


def test_an_app_that_is_written_is_looked_at_once(org: Organization) -> None:
    org.ok([chat()])
    with org.asked() as asked:
        org.ok([chat(products=["silver"])])
    assert len([line for line in asked if line.startswith("GET") and line.endswith("/apps/chat")]) == 1
