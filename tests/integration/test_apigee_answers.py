# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that Apigee does not give, but a proxy, a wrong address or a bug in between may: always words, never a traceback, never a second try for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from contract.apigee.server import ApigeeServer
from contract.kong.wire import Call, Listener, Reply

from .apigee_runs import Organization

ANN = "ann@example.com"
ENTRIES: dict[str, dict[str, Any]] = {
    "apigee_products": {"name": "p", "proxies": ["chat"], "environments": ["prod"]},
    "apigee_developers": {"email": ANN, "first_name": "A", "last_name": "B"},
    "apigee_apps": {"name": "chat", "developer": ANN, "products": ["p"]},
}
FIELDS = ("apiProduct", "developer", "app")
PAGE = "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>" + "<p>words</p>" * 500
CASES: dict[str, tuple[int, str, str]] = {
    "a page of HTML": (404, PAGE, "a page of HTML (404 Not Found)"),
    "rows that are null": (200, json.dumps({name: [None] for name in FIELDS}), "does not speak its language"),
    "rows that are text": (200, json.dumps({name: ["p"] for name in FIELDS}), "does not speak its language"),
    "a row without a name": (200, json.dumps({name: [{"createdAt": "1"}] for name in FIELDS}), "does not speak its language"),
    "no list": (200, json.dumps({name: {"a": 1} for name in FIELDS}), "does not speak its language"),
    "nothing": (200, "", "no JSON object"),
    "a token that is refused": (401, '{"error": {"code": 401}}', "the access token is wrong, has expired"),
}


class Odd:
    """Gives one answer to everything."""

    def __init__(self) -> None:
        self.reply = (200, "{}")
        self.asked = 0
        self.crashes: list[str] = []
        self.requests: list[Any] = []
        self.state = SimpleNamespace(name="acme")
        self.listener = Listener(self.answer, None, 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.port}"

    def answer(self, _call: Call) -> Reply:
        self.asked += 1
        return Reply(self.reply[0], self.reply[1].encode())


@pytest.fixture(scope="module")
def odd() -> Iterator[Odd]:
    found = Odd()
    found.listener.start()
    yield found
    found.listener.stop()


@pytest.mark.parametrize("module", sorted(ENTRIES))
@pytest.mark.parametrize("case", sorted(CASES))
def test_what_is_no_answer_of_apigee_is_told(odd: Odd, module: str, case: str) -> None:
    status, body, words = CASES[case]
    odd.reply, odd.asked = (status, body), 0
    org: Any = Organization(odd, module)  # type: ignore[arg-type]
    message = org.refused([ENTRIES[module]], wait_timeout=1)
    assert words in message and len(message) < 400 and odd.asked <= 5
    org.params.pop("owner")
    assert words in org.refused(None, module=f"{module}_info")


def test_a_list_that_does_not_heed_where_to_go_on_ends(odd: Odd) -> None:
    odd.reply, odd.asked = (200, json.dumps({"apiProduct": [{"name": "a"}, {"name": "b"}]})), 0
    org: Any = Organization(odd, "apigee_products")  # type: ignore[arg-type]
    org.params.pop("owner")
    assert [each["name"] for each in org.ok(None, module="apigee_products_info")["apigee_products"]] == ["a", "b"] and odd.asked == 2


def test_null_in_the_place_of_lists_is_nothing(odd: Odd) -> None:
    product = {"name": "p", "attributes": None, "proxies": None, "operationGroup": {"operationConfigs": None}}
    app = {"name": "chat", "appId": "1", "developerEmail": ANN, "credentials": None, "attributes": None, "scopes": None}
    odd.reply = (200, json.dumps({"apiProduct": [product], "app": [app], "developer": [{"email": ANN, "attributes": None, "apps": None}]}))
    for module, entry in ENTRIES.items():
        org: Any = Organization(odd, module)  # type: ignore[arg-type]
        assert "Set adopt to true" in org.refused([entry])


def test_an_address_with_more_than_a_server_is_refused() -> None:
    with ApigeeServer() as server:
        org = Organization(server, "apigee_products")
        for more in ("/", "/v1", "/v1/"):
            assert org.ok([ENTRIES["apigee_products"]], api_endpoint=server.url + more, check=True)["changed"]
        for more in ("/#x", "/?x=1", "/v2"):
            with org.asked() as asked:
                assert "expected the address of a server" in org.refused([ENTRIES["apigee_products"]], api_endpoint=server.url + more)
            assert asked == []


def test_nobody_and_a_dead_proxy_are_told_apart(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's password stands in the environment, and in no message."""
    monkeypatch.setattr("ansible_collections.inference.gateway.plugins.module_utils.stores.transport.ATTEMPTS", 1)
    org: Any = Organization(odd, "apigee_products")  # type: ignore[arg-type]
    nobody = "http://127.0.0.1:1"
    assert "Nothing listens there: is Apigee running, and is api_endpoint right?" in org.refused([ENTRIES["apigee_products"]], api_endpoint=nobody)
    monkeypatch.setenv("HTTP_PROXY", "http://robot:proxy-words@127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    assert "It is the proxy that does not answer" in org.refused([ENTRIES["apigee_products"]])
    assert "proxy-words" not in org.output


def test_a_product_that_is_not_there_or_still_used_is_told_with_what_to_write() -> None:
    app = {"name": "chat", "developer": "ann@example.com"}
    with ApigeeServer() as server:
        apps = Organization(server, "apigee_apps")
        apps.seed(products=("trial",), developers=("ann@example.com",))
        apps.ok([{**app, "products": ["trial"]}])
        message = apps.refused([{**app, "products": ["trail"]}])
        assert "apigee_apps[0] (ann@example.com/chat)" in message and "trail" in message
        assert message.endswith("Declare the product in apigee_products, or correct its name in products.")
        products = Organization(server, "apigee_products")
        message = products.refused([{"name": "trial", "open": True}], state="absent", adopt=True)
        assert message.endswith("Take it out of products of these apps first, or the apps away.")
