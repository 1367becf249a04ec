# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing keys of Apigee: no refusal shows the key that it is about, one that we made up a moment ago neither."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import GatewayError, RefusedError, UnreachableError
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.key_writes import KeyWriter
from ansible_collections.inference.gateway.plugins.module_utils.stores.transport import ApiError

APP = ("developers", "ann@example.com", "apps", "chat")


class Client:
    """Makes a key, and refuses the first call about it in the words that a server may use."""

    def __init__(self, refusal: str, status: int = 404, taken: bool = False) -> None:
        self.refusal, self.status, self.taken = refusal, status, taken
        self.value = ""

    def post(self, *segments: str, body: dict[str, Any]) -> dict[str, Any]:
        if segments[-1] == "keys":
            self.value = body["consumerKey"]
            if not self.taken:
                return {**body, "status": "approved"}
            raise ApiError(409, {"message": f"ConsumerKey {self.value} already exists"}, "POST", "/keys")
        assert segments == (*APP, "keys", self.value)
        text = self.refusal.format(self.value)
        raise UnreachableError(text) if not self.status else ApiError(self.status, {"message": text}, "POST", f"/v1/keys/{self.value}")

    def get(self, *_segments: str) -> dict[str, Any]:
        raise ApiError(404, {"message": f"Invalid consumer key {self.value} for the given app"}, "GET", f"/v1/keys/{self.value}")


def writer(client: Client, holder: str = "") -> KeyWriter:
    return KeyWriter(client, APP, "app chat of ann@example.com", lambda _value: holder, lambda: lambda: False)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [404, 500, 0])
@pytest.mark.parametrize("key", [{}, {"consumerKey": "k-scout-4711"}], ids=["made", "own"])
def test_no_refusal_shows_the_key(key: dict[str, Any], status: int) -> None:
    client = Client("Invalid consumer key {} for the given app", status)
    with pytest.raises(GatewayError) as refused:
        writer(client).converge({"next": {**key, "products": ["gold"]}}, [], False)
    assert client.value and client.value not in str(refused.value) and "Invalid consumer key (key) for" in str(refused.value)


@pytest.mark.parametrize(
    ("holder", "told"), [("app other of ben@example.com", "a key of app other of ben@example.com"), ("", "cannot be seen, or that is still")]
)
def test_a_key_that_is_taken_is_told_without_its_value(holder: str, told: str) -> None:
    client = Client("", taken=True)
    with pytest.raises(RefusedError, match=r"app chat of ann@example\.com: key next: its consumer_key is taken") as refused:
        writer(client, holder).converge({"next": {"consumerKey": "k-scout-4711"}}, [], False)
    assert told in str(refused.value) and "k-scout-4711" not in str(refused.value)
