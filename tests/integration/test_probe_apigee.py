# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_verify proves who is let in where Apigee decides, against a gateway that asks for key, product and quota as Apigee does, or forgets to."""

from __future__ import annotations

from typing import Any

import pytest

from .alone import run_module
from .fake_apigee import HEADER, Apigee, Operation
from .fake_gateway import NOBODY, FakeGateway, Seen, Served

CHAT, TEXT = "/v1/chat/completions", "/v1/completions"
ANN, BOB, EVE = "ann-sesame-0000001", "bob-sesame-0000002", "eve-sesame-0000003"
GATEWAY = {"name": "gw", "class": "gke-l7-regional-external-managed", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
ROUTE = {"name": "llm", "parents": ["gw"], "rules": [{"path": {"exact": path}, "backends": [{"pool": "qwen"}]} for path in (CHAT, TEXT)]}
PRODUCTS = [
    {"name": "chat", "operations": [{"source": "guard", "resource": CHAT, "methods": ["POST"]}]},
    {"name": "text", "operations": [{"source": "guard", "resource": TEXT, "methods": ["POST"], "quota": {"limit": 5, "interval": 1, "unit": "minute"}}]},
]
APPS: list[dict[str, Any]] = [
    {"name": "ann", "developer": "ann@example.com", "products": ["chat"], "keys": [{"consumer_key": ANN}]},
    {"name": "bob", "developer": "bob@example.com", "products": ["text"], "keys": [{"consumer_key": BOB}]},
]
REVOKED = {"name": "eve", "developer": "eve@example.com", "products": ["chat"], "status": "revoked", "keys": [{"consumer_key": EVE}]}


def served(seen: Seen) -> Served:
    return Served("qwen-0", model="qwen") if seen.path in (CHAT, TEXT) else NOBODY


def apigee(**changes: Any) -> Apigee:
    opens = {"chat": (Operation(CHAT),), "text": (Operation(TEXT, quota=5),)}
    usual = {"keys": {ANN: "ann", BOB: "bob"}, "apps": {"ann": ("chat",), "bob": ("text",)}, "products": opens}
    return Apigee(served, **{**usual, **changes})


def verify(rules: Apigee, apps: list[dict[str, Any]] | None = None, **params: Any) -> tuple[dict[str, Any], list[Seen]]:
    """The module's result, and what the gateway saw. No output has a key."""
    with FakeGateway(rules) as gateway:
        args = {"gateways": [GATEWAY], "inference_routes": [ROUTE], "apigee_products": PRODUCTS, "apigee_apps": apps or APPS}
        args |= {"namespace": "ai", "read_cluster": False, "address": "127.0.0.1", "port": gateway.port, "who": "headers.nothing"}
        result, output = run_module("inference_verify", **{**args, "models": {"pool ai/qwen": "qwen"}, **params})
        sent = {each.headers[HEADER] for each in gateway.seen if HEADER in each.headers}
        assert sent
        for key in {ANN, BOB, EVE, *sent}:
            assert key not in output, key
        return result, gateway.seen


def told(result: dict[str, Any], *kinds: str) -> list[tuple[str, str, str, str]]:
    """(path, whose key, what came, verdict) of each check."""
    rows = [row for row in result["rows"] if row["kind"] in kinds]
    return [(row["request"].split()[1].rpartition(":")[2][5:].rstrip(","), row["request"].rpartition(", ")[2], row["seen"], row["verdict"]) for row in rows]


def test_what_is_guarded_as_declared_is_proved() -> None:
    result, _seen = verify(apigee())
    assert not result.get("failed"), result["msg"]
    assert result["summary"] == {"proved": len(result["rows"]), "refuted": 0, "unproved": 0}
    ann, bob = "with the key of ann@example.com/ann", "with the key of bob@example.com/bob"
    assert [row[1:] for row in told(result, "hit")] == [(ann, "200 by pool ai/qwen", "proved"), (bob, "200 by pool ai/qwen", "proved")]
    refusals = [(row[1], row[2].partition(" ")[0]) for row in told(result, "refusal")]
    assert refusals == [
        *((ann, "401"), (bob, "401"), ("with a made-up key", "401"), ("without a key", "500")),
        *((ann, "401"), (ann, "401"), ("with a made-up key", "401"), ("without a key", "500")),
    ], "a path that no product opens, the other's key, one made up, and none; at either rule"
    assert result["invocation"]["module_args"]["apigee_apps"][0]["keys"] == [{"consumer_key": "(secret)"}]


@pytest.mark.parametrize(
    ("changes", "apps", "line"),
    [
        ({"security": False}, APPS, "who has no key is let in. Nobody asks for one"),
        ({"verifies_resource": False}, APPS, "the gateway asks for a key, and not whose"),
        ({"products": {"chat": (Operation("/v2"),), "text": (Operation(TEXT),)}}, APPS, "oauth.v2.InvalidApiKeyForGivenResource: none of the key's products"),
        ({"keys": {ANN: "ann"}}, APPS, "oauth.v2.InvalidApiKey: Apigee does not know the key"),
        (
            {"keys": {ANN: "ann", BOB: "bob", EVE: "eve"}, "apps": {"ann": ("chat",), "bob": ("text",), "eve": ("chat",)}},
            [*APPS, REVOKED],
            "the key of eve@example.com/eve, which is switched off, opens it too",
        ),
    ],
)
def test_what_is_not_enforced_is_told(changes: dict[str, Any], apps: list[dict[str, Any]], line: str) -> None:
    result, _seen = verify(apigee(**changes), apps)
    assert result.get("failed"), result
    assert line in result["msg"], result["msg"]


def test_a_quota_is_used_up_for_whom_it_is_asked_and_for_nobody_else() -> None:
    quiet, seen = verify(apigee())
    assert told(quiet, "limit") == []
    assert len([each for each in seen if each.headers.get(HEADER) == BOB and each.path == TEXT]) == 1
    proved, _seen = verify(apigee(), exhaust=["bob@example.com/bob"])
    # One request of the five was a check before.
    assert [row[2:] for row in told(proved, "limit")] == [("11 x status 429, 4 x status 200", "proved")]
    assert not proved.get("failed")


def test_a_quota_that_nobody_counts_is_refuted() -> None:
    result, _seen = verify(apigee(products={"chat": (Operation(CHAT),), "text": (Operation(TEXT),)}), exhaust=["bob@example.com/bob"])
    assert "limits allow 5 per minute, and nobody counts: all 15 requests passed" in result["msg"]


def test_a_name_that_has_no_limit_is_told_before_anything_is_sent() -> None:
    with FakeGateway(apigee()) as gateway:
        args = {"gateways": [GATEWAY], "inference_routes": [ROUTE], "apigee_products": PRODUCTS, "apigee_apps": APPS, "exhaust": ["ann@example.com/ann"]}
        result, _output = run_module("inference_verify", namespace="ai", read_cluster=False, address="127.0.0.1", port=gateway.port, **args)
    assert "no request of ann@example.com/ann is tried whose number is limited" in result["msg"]
    assert "bob@example.com/bob" in result["msg"]
    assert gateway.seen == []
