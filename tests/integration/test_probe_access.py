# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_verify proves who is let in, against a gateway that asks for keys as Kong does, or forgets to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from .alone import run_module
from .fake_gateway import NOBODY, FakeGateway, Rules, Seen, Served
from .fake_kong import ACL, KEY_AUTH, Guard, Kong, own

GATEWAY = {"name": "gw", "class": "kong", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
SCOUT, MAVERICK, LAPTOP = "scout-sesame-0001", "maverick-sesame-0002", "laptop-sesame-0003"
CONSUMERS: list[dict[str, Any]] = [
    {"name": "scout", "groups": ["scout"], "keys": [{"key": SCOUT}, {"name": "laptop", "key": LAPTOP}]},
    {"name": "maverick", "groups": ["maverick"], "keys": [{"key": MAVERICK}]},
]
MODELS = ("scout", "maverick")


def route(model: str, **fields: Any) -> dict[str, Any]:
    rule = {"path": "/ai/models", "headers": {"X-Model": model}, "rewrite": {"path": {"prefix": "/"}}, "backends": [{"service": model, "port": 8000}]}
    return {"name": model, "parents": ["gw"], "access": {"groups": [model]}, "rules": [rule], **fields}


def served(seen: Seen) -> Served:
    model = seen.headers.get("x-model", "")
    known = model in (*MODELS, "free") and (seen.path == "/ai/models" or seen.path.startswith("/ai/models/"))
    return Served(f"{model}-0", model=f"model-{model}") if known else NOBODY


def kong(rules: Rules = served, **changes: Any) -> Kong:
    guards = {model: replace(Guard((model,)), **changes) for model in MODELS}
    keys = {SCOUT: "scout", LAPTOP: "scout", MAVERICK: "maverick"}
    return Kong(rules, guards, keys, {"scout": ("scout",), "maverick": ("maverick",)})


def verify(rules: Rules, routes: list[dict[str, Any]] | None = None, **params: Any) -> tuple[dict[str, Any], list[Seen]]:
    """The module's result, and what the gateway saw. No output has a key."""
    with FakeGateway(rules) as gateway:
        args = {"gateways": [GATEWAY], "inference_routes": routes or [route(model) for model in MODELS], "kong_consumers": CONSUMERS}
        args |= {"namespace": "ai", "read_cluster": False, "address": "127.0.0.1", "port": gateway.port, "who": "headers.nothing"}
        args |= {"models": {f"ai/{model}": f"model-{model}" for model in (*MODELS, "free")}, **params}
        result, output = run_module("inference_verify", **args)
        sent = {word for each in gateway.seen for name, word in each.headers.items() if name in ("apikey", "x-key")}
        assert sent
        for key in {SCOUT, MAVERICK, LAPTOP, *sent}:
            assert key not in output, key
        return result, gateway.seen


def told(result: dict[str, Any], *kinds: str) -> list[tuple[str, str, str, str]]:
    """(route, whose key, what came, verdict) of each check about keys."""
    rows = [row for row in result["rows"] if row["kind"] in (kinds or ("key", "refusal"))]
    return [(row["route"], row["request"].rpartition(", ")[2], row["seen"], row["verdict"]) for row in rows]


def refuted(rules: Rules, **params: Any) -> list[str]:
    result, _seen = verify(rules, **params)
    assert result.get("failed"), result
    return list(result["msg"].splitlines()[1:])


def test_what_is_guarded_as_declared_is_proved() -> None:
    result, seen = verify(kong())
    assert not result.get("failed"), result["msg"]
    assert result["summary"] == {"proved": len(result["rows"]), "refuted": 0, "unproved": 0}
    assert told(result) == [
        ("ai/scout", "with key laptop of ai/scout", "200 by ai/scout", "proved"),
        ("ai/scout", "with a key of ai/maverick", "403 by the gateway", "proved"),
        ("ai/scout", "with a made-up key", "401 by the gateway", "proved"),
        ("ai/scout", "without a key", "401 by the gateway", "proved"),
        ("ai/maverick", "with a key of ai/scout", "403 by the gateway", "proved"),
        ("ai/maverick", "with a made-up key", "401 by the gateway", "proved"),
        ("ai/maverick", "without a key", "401 by the gateway", "proved"),
    ]
    assert told(result, "hit") == [
        ("ai/scout", "with a key of ai/scout", "200 by ai/scout", "proved"),
        ("ai/maverick", "with a key of ai/maverick", "200 by ai/maverick", "proved"),
    ]
    assert {each.headers.get("apikey") for each in seen} >= {SCOUT, LAPTOP, MAVERICK, None}
    assert result["invocation"]["module_args"]["kong_consumers"][0]["keys"] == [{"key": "(secret)"}, {"name": "laptop", "key": "(secret)"}]


def test_any_key_opens_every_model() -> None:
    """As the guide has it: Kong asks whether somebody has the key, and not what for."""
    lines = refuted(kong(plugins=frozenset({KEY_AUTH})))
    assert lines[0].startswith("- ai/scout: access is for scout alone, and a key of ai/maverick opens it too: the gateway asks for a key, and not whose")
    assert lines[1].startswith("- ai/maverick: access is for maverick alone, and a key of ai/scout opens it too")
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"plugins": frozenset()}, "access is declared and not enforced: who has no key is let in. Nobody asks for one"),
        ({"header": "x-key"}, "the gateway does not know the key"),
    ],
)
def test_keys_are_not_asked_for(change: dict[str, Any], line: str) -> None:
    lines = refuted(kong(**change))
    assert any(line in each for each in lines), lines
    assert {each.split()[1].rstrip(":") for each in lines} == {"ai/scout", "ai/maverick"}
