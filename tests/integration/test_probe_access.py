# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_verify proves who is let in, against a gateway that asks for keys as Kong does, or forgets to."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from .alone import run_module
from .fake_gateway import NOBODY, FakeGateway, Rules, Seen, Served
from .fake_kong import KEY_AUTH, Guard, Kong

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


def test_the_gateway_does_not_know_a_group() -> None:
    """The consumer is there and its group is not: the right key is refused."""
    found = kong()
    found.groups["scout"] = ()
    lines = refuted(found)
    assert {line.partition("X-Model")[2].partition(", ")[2] for line in lines} == {
        "with a key of ai/scout: status 403: the gateway knows the key, and no group of its consumer that the route allows",
        "with key laptop of ai/scout: status 403: the gateway knows the key, and no group of its consumer that the route allows",
    }


def test_any_text_is_taken_for_a_key() -> None:
    def credulous(seen: Seen) -> Served:
        return kong()(seen if "apikey" not in seen.headers else replace(seen, headers={**seen.headers, "apikey": MODEL_KEYS[seen.headers["x-model"]]}))

    assert refuted(credulous)[0] == "- ai/scout: access is declared and not enforced: any text is taken for a key."


MODEL_KEYS = {"scout": SCOUT, "maverick": MAVERICK}


def test_an_open_route_asks_for_nothing_and_another_header_is_told() -> None:
    routes = [route("scout", access={"groups": ["scout"], "header": "X-Key"}), route("free", access={"open": True})]
    result, seen = verify(kong(header="x-key"), routes)
    assert not result.get("failed"), result["msg"]
    assert ("ai/free", "without a key", "200 by ai/free", "proved") in told(result, "hit")
    assert {row[0] for row in told(result)} == {"ai/scout"}
    assert not any("apikey" in each.headers for each in seen)
    closed = kong(header="x-key")
    closed.guards["free"] = replace(closed.guards["scout"], groups=("free",))
    (line,) = refuted(closed, routes=routes)
    assert "without a key: status 401" in line


def test_keys_that_nobody_says() -> None:
    made = [{"name": "scout", "groups": ["scout"], "keys": [{"generate": True}]}, CONSUMERS[1]]
    result, _seen = verify(kong(), kong_consumers=made)
    assert not result.get("failed"), result["msg"]
    why = {row["why"] for row in result["rows"] if row["verdict"] == "unproved" and row["route"] == "ai/scout"}
    assert why == {"the key of ai/scout, which the gateway keeps, could not be read: say keys: {ai/scout: KEY}"}
    # What must be refused is tried all the same.
    assert [row[1] for row in told(result, "refusal") if row[0] == "ai/scout"] == ["with a key of ai/maverick", "with a made-up key", "without a key"]
    result, _seen = verify(kong(), kong_consumers=made, kong_keys={"ai/scout": SCOUT})
    assert result["summary"]["unproved"] == 0
    assert ("ai/scout", "with a key of ai/scout", "200 by ai/scout", "proved") in told(result, "hit")
    result, _seen = verify(kong(), kong_consumers=CONSUMERS[1:])
    assert any(row["why"].startswith("no key of group scout is known: declare a consumer with it and a key") for row in result["rows"])


def test_a_single_consumer_does_not_tell_whether_groups_count() -> None:
    result, _seen = verify(kong(), [route("scout")], kong_consumers=CONSUMERS[:1])
    assert [row["why"] for row in result["rows"] if row["verdict"] == "unproved"] == [
        "no key of a consumer outside of scout is known, so whether the groups are asked for is open: declare one more"
    ]


def test_a_header_for_all_requests_gives_way() -> None:
    """It stands where no consumer's key is known, and nowhere else."""
    result, seen = verify(kong(), [route("scout")], headers={"ApiKey": SCOUT})
    assert not result.get("failed"), result["msg"]
    assert len([each for each in seen if each.headers.get("apikey") == SCOUT]) < len(seen)
    result, _seen = verify(kong(), [route("scout")], headers={"ApiKey": SCOUT}, kong_consumers=None)
    assert ("ai/scout", "scout", "200 by ai/scout", "proved") in [(row[0], row[1].rpartition(" ")[2], *row[2:]) for row in told(result, "hit")]


def test_a_server_that_repeats_the_key_does_not_spread_it(tmp_path: Path) -> None:
    """Keys from a file, which nothing else hides."""
    file = tmp_path / "consumers.yml"
    file.write_text(json.dumps({"kong_consumers": CONSUMERS}), encoding="utf-8")

    def repeats(seen: Seen) -> Served:
        found = kong()(seen)
        return Served(status=500, text=json.dumps({"error": f"what is {seen.headers.get('apikey')}"})) if found.status == 200 else found

    result, _seen = verify(repeats, kong_consumers=None, kong_consumers_src=str(file))
    assert 'status 500: {"error": "what is (not shown)"}' in result["msg"]


def test_routes_that_hang_on_no_gateway() -> None:
    """As with Ingresses or over the Admin API: the address is all that is known."""
    routes = [{**route(model), "parents": []} for model in MODELS]
    result, _seen = verify(kong(), routes, gateways=[])
    assert not result.get("failed"), result["msg"]
    assert result["summary"] == {"proved": len(result["rows"]), "refuted": 0, "unproved": 0}
    assert {row["listener"] for row in result["rows"]} == {"address"}
    assert len(told(result, "refusal")) == 6


# -- limits ----------------------------------------------------------------------------------------------------------------------------

SPLIT = [{"service": "scout", "port": 8000, "weight": 50}, {"service": "free", "port": 8000, "weight": 50}]


def split_route(minute: int) -> dict[str, Any]:
    made = route("scout", limits={"requests": {"minute": minute}})
    made["rules"][0]["backends"] = SPLIT
    return made


def in_halves() -> Rules:
    turn = itertools.cycle(("scout", "free"))

    def rules(seen: Seen) -> Served:
        found = served(seen)
        model = next(turn)
        return Served(f"{model}-0", model=f"model-{model}") if found.pod else found

    return rules


def test_no_more_is_sent_than_limits_allow() -> None:
    found = kong(in_halves(), minute=50)
    result, _seen = verify(found, [split_route(50)])
    (split,) = [row for row in result["rows"] if row["kind"] == "split"]
    assert (split["verdict"], split["why"].partition(";")[0]) == ("unproved", "limits allow 50 per minute: 48 of the 368 requests that tell were sent")
    assert sum(found.counts.values()) == 50
    assert split["split"]["answers"] == 48


def test_a_split_that_is_wrong_is_refuted_by_few_requests_too() -> None:
    found = kong(lambda seen: replace(served(seen), pod="scout-0", model="model-scout") if served(seen).pod else NOBODY, minute=50)
    lines = refuted(found, routes=[split_route(50)])
    assert any("where 50.0% is declared" in line for line in lines), lines


def test_what_does_not_fit_into_limits_is_left_out() -> None:
    found = kong(minute=1)
    result, _seen = verify(found, [route("scout", limits={"requests": {"minute": 1, "hour": 10}})])
    assert not result.get("failed"), result["msg"]
    (left,) = [row for row in result["rows"] if row["kind"] == "key"]
    assert left["verdict"] == "unproved"
    assert left["why"].startswith("limits allow 1 per minute, 10 per hour, and the checks before it need that: for verification declare a consumer")
    assert sum(found.counts.values()) == 1


def test_a_limit_that_is_met_already_refutes_nothing() -> None:
    found = kong(minute=9)
    found.counts["scout"] = 9
    result, _seen = verify(found, [route("scout", limits={"requests": {"minute": 9}})])
    assert not result.get("failed"), result["msg"]
    assert {(row["seen"], row["why"].partition(",")[0]) for row in result["rows"] if row["verdict"] == "unproved" and row["kind"] in ("hit", "key")} == {
        ("429 by the gateway", "status 429: a declared limit is met already")
    }
    found = kong(minute=9)
    found.counts["scout"] = 9
    assert any("status 429" in line for line in refuted(found, routes=[route("scout")]))


def test_limits_by_the_second_are_kept_by_sending_slowly() -> None:
    routes = [route(model, limits={"requests": {"second": 5}}) for model in MODELS]
    times: list[float] = []

    def timed(seen: Seen) -> Served:
        found = kong()(seen)
        if found.status == 200 and seen.headers["x-model"] == "scout":
            times.append(time.monotonic())
        return found

    result, _seen = verify(timed, routes)
    assert result["summary"]["unproved"] == 0
    assert len(times) == 2
    assert times[1] - times[0] >= 0.2
