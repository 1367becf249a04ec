# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of Apigee as a strategy: what is compared and predicted, whose app holds a key, and what the one PUT sends. Without a server."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee import apps as apps_module
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.apps import Apps
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.strategy import LostError

ANN = "ann@example.com"
MARKS = {"managed-by": "inference.gateway", "inference-gateway-owner": "team"}
Row = dict[str, Any]


def attributes(**named: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in {**MARKS, **named}.items()]


def row(**more: Any) -> Row:
    """An app as the list of all apps may show it."""
    credential = {"consumerKey": "k-secret-1", "consumerSecret": "s-secret-1", "status": "approved", "issuedAt": "1", "expiresAt": "-1"}
    credential |= {"attributes": [{"name": "inference-gateway-key", "value": "default"}], "apiProducts": [{"apiproduct": "gold", "status": "approved"}]}
    made = {"appId": "id", "name": "chat", "developerEmail": ANN, "developerId": "d-1", "status": "approved", "attributes": attributes(team="red")}
    return {**made, "createdAt": "1", "credentials": [credential], **more}


def desired(**more: Any) -> dict[str, Any]:
    return {"developer": ANN, "name": "chat", "keys": {"default": {"products": ["gold"]}}, **more}


def differences(wanted: dict[str, Any], there: Row) -> list[str]:
    apps = Apps()
    return [".".join(path) for path in apps.differ(wanted, apps.spec(there))]


@pytest.mark.parametrize(
    ("wanted", "there", "fields"),
    [
        (desired(), row(), []),
        (desired(status="approved"), row(), []),
        (desired(status="revoked"), row(), ["status"]),
        (desired(status="approved"), row(status="revoked"), ["status"]),
        (desired(callbackUrl=""), row(), []),
        (desired(callbackUrl="https://a.example/"), row(), ["callbackUrl"]),
        (desired(callbackUrl=""), row(callbackUrl="https://a.example/"), ["callbackUrl"]),
        (desired(attributes={"team": "red"}), row(), []),
        (desired(attributes={"team": "blue"}), row(), ["attributes.team"]),
        (desired(attributes={"team": "", "none": None}), row(), ["attributes.team"]),
        (desired(keys={"default": {"products": ["gold"]}, "next": {}}), row(), ["keys.next"]),
        (desired(scopes=["read"]), row(scopes=["read"]), ["keys.default.scopes"]),
        (desired(keyExpiresIn="60000"), row(), ["keys.default.expiresInSeconds"]),
    ],
)
def test_what_differs_and_what_will_stand(wanted: dict[str, Any], there: Row, fields: list[str]) -> None:
    apps = Apps()
    live = apps.spec(there)
    assert differences(wanted, there) == fields
    after = apps.predict(wanted, live)
    assert [path for path in apps.differ(wanted, after) if path[-1] != "expiresInSeconds"] == []
    if not fields:
        assert after == live


def test_what_is_made_is_predicted_too() -> None:
    wanted = desired(attributes={"team": "red", "none": ""}, status="revoked", keys={"default": {"products": ["gold"], "expiresInSeconds": "60"}})
    assert Apps().predict(wanted, None) == {
        "developer": ANN,
        "name": "chat",
        "status": "revoked",
        "attributes": {"team": "red"},
        "keys": {"default": {"products": ["gold"], "status": "approved", "expiresInSeconds": "60"}},
    }


@pytest.mark.parametrize(
    ("holder", "told"),
    [
        (row(name="other", attributes=[]), f"app other of {ANN}"),
        ({"name": "shop", "appGroup": "partners", "credentials": []}, "app shop of partners"),
        (row(name="other"), f"app other of {ANN}"),
        (row(attributes=[]), ""),
    ],
    ids=["another app", "an app of a group", "one of ours that keeps it", "the app itself"],
)
def test_a_key_of_somebody_else_is_known_before_the_first_write(holder: Row, told: str) -> None:
    apps = Apps(holders={"k-secret-9": holder})
    found = apps.objections(desired(keys={"own": {"consumerKey": "k-secret-9"}}), None, None)
    assert bool(found) == bool(told) and all(told in text and "k-secret-9" not in text for text in found)
    apps.given_up.add("k-secret-9")
    assert apps.objections(desired(keys={"own": {"consumerKey": "k-secret-9"}}), None, None) == []


class Recorder:
    """Answers a GET with one app and keeps what is sent."""

    def __init__(self, app: Row) -> None:
        self.app = app
        self.sent: list[tuple[str, tuple[str, ...], Any]] = []

    def get(self, *segments: str, **_query: Any) -> Row:
        self.sent.append(("GET", segments, None))
        return {name: value for name, value in self.app.items() if name != "developerEmail"}

    def delete(self, *segments: str) -> Row:
        self.sent.append(("DELETE", segments, None))
        return {}

    def put(self, *segments: str, body: Row) -> Row:
        self.sent.append(("PUT", segments, body))
        self.app = {**self.app, **body}
        return self.app


def test_a_put_carries_what_it_does_not_know_and_never_products() -> None:
    """Traps 1 and 2: what a later API has is sent back; what the server makes, what has calls of its own and what mints a key is not."""
    client = Recorder(row(apiProducts=["gold"], ofTomorrow={"a": [1]}, appFamily="default", lastModifiedAt="2", companyName="", keyExpiresIn="-1"))
    stands = Apps().update(client, desired(attributes={"team": "blue"}), row(), MARKS)
    assert [(verb, segments) for verb, segments, _body in client.sent] == [(verb, ("developers", ANN, "apps", "chat")) for verb in ("GET", "PUT", "GET")]
    body = client.sent[1][2]
    assert body == {
        "appId": "id",
        "name": "chat",
        "developerId": "d-1",
        "attributes": attributes(team="blue"),
        "ofTomorrow": {"a": [1]},
        "appFamily": "default",
        "keyExpiresIn": "-1",
    }
    assert stands is not None and stands["ofTomorrow"] == {"a": [1]}


def test_what_is_taken_and_not_kept_is_an_error() -> None:
    """Every write is followed by a look that has to compare equal."""
    client = Recorder(row())
    client.put = lambda *_segments, **_body: {}  # type: ignore[method-assign,assignment]
    with pytest.raises(LostError) as lost:
        Apps(patience=0).update(client, desired(callbackUrl="https://a.example/"), row(), MARKS)
    assert lost.value.fields == [("callbackUrl",)]


def listed(monkeypatch: pytest.MonkeyPatch, *rows: Row) -> None:
    monkeypatch.setattr(apps_module, "all_apps", lambda _client, _wanted, _everyone: list(rows))


def test_a_list_that_lags_behind_our_write_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last write everything is read once more: an old state must not look like another hand's, and a look costs nothing where the list is right."""
    before, after = row(), row(attributes=attributes(team="blue"))
    client, apps = Recorder(before), Apps()
    apps.update(client, desired(attributes={"team": "blue"}), before, MARKS)
    client.sent.clear()
    listed(monkeypatch, before)
    assert [apps.spec(each)["attributes"] for each in apps.rows(client, {})] == [{"team": "blue"}] and len(client.sent) == 1
    listed(monkeypatch)
    assert [apps.name(each) for each in apps.rows(client, {})] == [f"{ANN}/chat"]
    client.sent.clear()
    listed(monkeypatch, after)
    assert len(apps.rows(client, {})) == 1 and client.sent == []


def test_a_list_that_lags_behind_our_deletion_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    client, apps = Recorder(row()), Apps()
    apps.delete(client, row())
    listed(monkeypatch, row(), row(appId="another", name="other"))
    assert [apps.name(each) for each in apps.rows(client, {})] == [f"{ANN}/other"]
    assert client.sent == [("DELETE", ("developers", ANN, "apps", "chat"), None)]
