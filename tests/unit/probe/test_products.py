# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Apigee decides: which key each request has by what its products open, who has to be refused, and what is said of Apigee's answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_app import App
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_developer import Developer
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_product import Product
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import Entry, entries_of
from ansible_collections.inference.gateway.plugins.module_utils.probe.access import guarded, kept_out, let_in, wrong
from ansible_collections.inference.gateway.plugins.module_utils.probe.answer import Answer
from ansible_collections.inference.gateway.plugins.module_utils.probe.budget import within
from ansible_collections.inference.gateway.plugins.module_utils.probe.derive import Case, Gap, derive
from ansible_collections.inference.gateway.plugins.module_utils.probe.facts import of_a_backend
from ansible_collections.inference.gateway.plugins.module_utils.probe.keys import Keyring
from ansible_collections.inference.gateway.plugins.module_utils.probe.products import ByProduct, covers, keyring_of_apps, openings

from .worlds import route, rule, world

CHAT, COMPLETIONS = "/v1/chat/completions", "/v1/completions"


def entries(cls: type[Any], *given: dict[str, Any]) -> list[Entry[Any]]:
    report = Report()
    found = entries_of(cls, list(given), "x", "", report)
    report.raise_if_any()
    return found


def product(name: str, path: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "operations": [{"source": "llm", "resource": path, "methods": ["POST"], **fields}]}


def app(name: str, *products: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "developer": f"{name}@a.io", "products": list(products), "keys": [{"consumer_key": f"{name}-key"}], **fields}


PRODUCTS = (product("chat", CHAT, quota={"limit": 3, "interval": 1, "unit": "minute"}), product("text", COMPLETIONS))
MANUAL = {**PRODUCTS[0], "approval": "manual"}
APPS = (app("ann", "chat"), app("bob", "text"))
PLACES = {"chat": "rules[0]", "text": "rules[1]"}
ROUTES = [route("llm", rule("chat", path={"exact": CHAT}), rule("text", path={"exact": COMPLETIONS}))]


def keyring(*apps: dict[str, Any], products: tuple[dict[str, Any], ...] = PRODUCTS, idle: str = "", said: dict[str, str] | None = None) -> Keyring:
    developers = entries(Developer, {"email": idle, "first_name": "x", "last_name": "y", "status": "inactive"}) if idle else []
    return keyring_of_apps(entries(App, *apps), entries(Product, *products), developers, said or {}, "made-up")


def items(*apps: dict[str, Any], products: tuple[dict[str, Any], ...] = PRODUCTS, **fields: Any) -> list[Case | Gap]:
    guard = ByProduct(openings=tuple(openings(entries(Product, *products))))
    return guarded(derive(world(ROUTES), {}), keyring(*apps, products=products, **fields), guard)


def lines(found: list[Case | Gap], name: str) -> list[str]:
    return [
        f"{item.kind}: {item.why}" if isinstance(item, Gap) else f"{item.kind}: {item.bearer.value or '-' if item.bearer else '?'} {item.request.path}"
        for item in found
        if item.place.name == PLACES[name]
    ]


@pytest.mark.parametrize(
    ("resource", "path", "right"),
    [
        ("/", CHAT, True),
        ("/**", CHAT, True),
        (CHAT, CHAT, True),
        (CHAT, CHAT + "-other", False),
        ("/v1/*", "/v1/models", True),
        ("/v1/*", CHAT, False),
        ("/v1/**", CHAT, True),
        ("/v1/**", "/v1", False),
        ("/*/completions", COMPLETIONS, True),
        ("/v2/**", CHAT, False),
    ],
)
def test_what_a_resource_covers(resource: str, path: str, right: bool) -> None:
    assert covers(resource, path) is right


def test_each_request_has_a_key_whose_product_opens_it_and_others_are_refused() -> None:
    found = items(*APPS)
    assert lines(found, "chat") == [
        f"hit: ann-key {CHAT}",
        f"refusal: ann-key {CHAT}-other",
        f"refusal: bob-key {CHAT}",
        f"refusal: made-up {CHAT}",
        f"refusal: - {CHAT}",
    ]
    assert lines(found, "text")[0] == f"hit: bob-key {COMPLETIONS}"
    assert {item.header for item in found if isinstance(item, Case)} == {"x-api-key"}


@pytest.mark.parametrize(
    ("apps", "fields", "wanted"),
    [
        ((app("ann", "chat", status="revoked"), app("bob", "text")), {}, "hit: no key that opens chat is known"),
        ((app("ann", "chat"), app("bob", "text")), {"idle": "ann@a.io"}, "hit: no key that opens chat is known"),
        ((app("ann", "chat", keys=[{"consumer_key": "ann-key", "status": "revoked"}]),), {}, "hit: no key that opens chat is known"),
        (
            (app("ann", "chat", keys=[{}]),),
            {},
            "hit: the key of ann@a.io/ann, which the gateway keeps, could not be read: say keys",
        ),
        ((app("ann", "chat", keys=[{}]),), {"said": {"ann@a.io/ann": "said"}}, f"hit: said {CHAT}"),
        ((app("ann", "chat"),), {"products": (PRODUCTS[1],)}, f"hit: no product opens POST {CHAT}, so Apigee lets nobody through"),
        ((app("ann", "chat"),), {"products": ({**PRODUCTS[0], "approval": "manual"},)}, "hit: no key that opens chat is known"),
        (
            (app("ann", "chat", keys=[{"consumer_key": "ann-key", "approve": True}]),),
            {"products": ({**PRODUCTS[0], "approval": "manual"},)},
            f"hit: ann-key {CHAT}",
        ),
    ],
)
def test_which_keys_are_right(apps: tuple[dict[str, Any], ...], fields: dict[str, Any], wanted: str) -> None:
    assert lines(items(*apps, **fields), "chat")[0].startswith(wanted)


def test_a_key_that_is_switched_off_is_tried_and_has_to_be_refused() -> None:
    found = items(app("ann", "chat"), app("eve", "chat", status="revoked"))
    assert f"refusal: eve-key {CHAT}" in lines(found, "chat")


def test_other_gateways_and_other_proxies_are_left_alone() -> None:
    elsewhere = ByProduct(openings=tuple(openings(entries(Product, *PRODUCTS))), gateways=frozenset({"ai/other"}))
    found = guarded(derive(world(ROUTES), {}), keyring(*APPS), elsewhere)
    assert [item.bearer for item in found if isinstance(item, Case) and item.bearer] == []
    other = ByProduct(openings=tuple(openings(entries(Product, *PRODUCTS))), source="another-proxy")
    assert "no product opens" in lines(guarded(derive(world(ROUTES), {}), keyring(*APPS), other), "chat")[0]


def test_a_quota_is_kept() -> None:
    many = [route("llm", *(rule(f"chat-{number}", path={"exact": CHAT}, headers={"x-number": str(number)}) for number in range(5)))]
    guard = ByProduct(openings=tuple(openings(entries(Product, *PRODUCTS))))
    found = within(guarded(derive(world(many), {}), keyring(*APPS), guard), lambda _case: 1)
    assert len([item for item in found if isinstance(item, Case) and item.kind == "hit"]) == 3
    assert "limits allow 3 per minute" in next(item.why for item in found if isinstance(item, Gap) and item.kind == "hit")


def fault(code: str, status: int = 401, text: str = "no") -> Answer:
    return Answer(seconds=0, status=status, headers={}, text=json.dumps({"fault": {"faultstring": text, "detail": {"errorcode": code}}}))


def test_answers_of_apigee() -> None:
    found = [item for item in items(*APPS) if isinstance(item, Case) and item.place.name == PLACES["chat"]]
    hit, refusal = found[0], found[2]
    for code, status in (("oauth.v2.InvalidApiKeyForGivenResource", 401), ("steps.raisefault.RaiseFault", 500), ("steps.oauth.v2.FailedToResolveAPIKey", 401)):
        answer = fault(code, status)
        assert (of_a_backend(answer), let_in(refusal, answer), wrong(refusal, answer)) == (False, False, "")
        assert code in kept_out(hit, answer)
    broken = fault("messaging.adaptors.http.flow.ServiceUnavailable", 503)
    assert (wrong(refusal, broken), kept_out(hit, broken)) == ("status 503 in place of 401", "")
    served = Answer(seconds=0, status=200, headers={}, text="{}", model="qwen")
    assert (let_in(refusal, served), wrong(refusal, served)) == (True, "200: it is let in")
