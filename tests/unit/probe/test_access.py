# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key each request has, which keys must not open a route, and what stays within limits."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.consumer import Consumer
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import entries_of
from ansible_collections.inference.gateway.plugins.module_utils.probe.access import MOST_OUTSIDERS, guarded, let_in, wrong
from ansible_collections.inference.gateway.plugins.module_utils.probe.answer import Answer
from ansible_collections.inference.gateway.plugins.module_utils.probe.budget import PATIENCE, SHARE, within
from ansible_collections.inference.gateway.plugins.module_utils.probe.derive import SPLIT, Case, Gap, derive
from ansible_collections.inference.gateway.plugins.module_utils.probe.facts import of_a_backend
from ansible_collections.inference.gateway.plugins.module_utils.probe.keys import Keyring, keyring_of

from .worlds import route, rule, world

Item = Case | Gap


def keyring(*consumers: dict[str, Any], said: dict[str, str] | None = None, given: tuple[str, ...] = ()) -> Keyring:
    report = Report()
    entries = entries_of(Consumer, consumers, "kong_consumers", "ai", report)
    report.raise_if_any()
    return keyring_of(entries, said or {}, "made-up", given)


def consumer(name: str, *groups: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "groups": list(groups), "keys": [{"key": f"{name}-key"}], **({} if groups else {"open": True}), **fields}


def model(name: str, *groups: str, **fields: Any) -> dict[str, Any]:
    access = {"access": {"groups": list(groups)}} if groups else {}
    return route(name, rule(name, path="/ai", headers={"x-model": name}), **access, **fields)


def items(routes: list[dict[str, Any]], ring: Keyring) -> list[Item]:
    return guarded(derive(world(routes), {}), ring)


def lines(found: list[Item], name: str, *kinds: str) -> list[str]:
    """Each case of a route as ``kind: key -> statuses``, each gap as ``kind: why``."""
    own = [item for item in found if item.place.route == f"ai/{name}" and item.kind in (kinds or ("hit", "key", "refusal"))]
    return [
        f"{item.kind}: {item.why}"
        if isinstance(item, Gap)
        else f"{item.kind}: {item.bearer.value or '-' if item.bearer else 'as it is'} -> {item.expected.words}"
        for item in own
    ]


@pytest.mark.parametrize(
    ("access", "consumers", "wanted"),
    [
        # Nothing is said about keys.
        ({}, [consumer("s", "s")], ["hit: as it is -> ai/m"]),
        ({"access": {"open": True}}, [consumer("s", "s")], ["hit: - -> ai/m"]),
        # The whole matrix.
        (
            {"access": {"groups": ["s"]}},
            [consumer("s", "s"), consumer("x", "x"), consumer("none")],
            [
                *("hit: s-key -> ai/m", "refusal: x-key -> 403 of the gateway", "refusal: none-key -> 403 of the gateway"),
                *("refusal: made-up -> 401 of the gateway", "refusal: - -> 401 of the gateway"),
            ],
        ),
        # One key of each group, and each key of a consumer.
        (
            {"access": {"groups": ["s", "t", "u"]}},
            [consumer("s", "s", "t"), consumer("u", "u", keys=[{"key": "u-key"}, {"name": "two", "key": "u-two"}]), consumer("x", "x")],
            ["hit: s-key -> ai/m", "key: u-key -> ai/m", "key: u-two -> ai/m", "refusal: x-key -> 403 of the gateway"],
        ),
        # A group that nobody has.
        (
            {"access": {"groups": ["s", "t"]}},
            [consumer("s", "s"), consumer("x", "x")],
            ["hit: s-key -> ai/m", "key: no key of group t is known: declare a consumer with it and a key in kong_consumers"],
        ),
        # Consumers of the same groups are alike from outside.
        (
            {"access": {"groups": ["s"]}},
            [consumer("s", "s"), consumer("x", "x", "y"), consumer("y", "y", "x")],
            ["hit: s-key -> ai/m", "refusal: x-key -> 403 of the gateway", "refusal: made-up -> 401 of the gateway"],
        ),
    ],
)
def test_who_is_tried(access: dict[str, Any], consumers: list[dict[str, Any]], wanted: list[str]) -> None:
    made = route("m", rule("m", path="/ai"), **access)
    assert lines(items([made], keyring(*consumers)), "m")[: len(wanted)] == wanted


def test_a_near_miss_has_the_key_of_the_route_that_takes_it() -> None:
    routes = [model("a", "a"), route("rest", rule("b", path="/ai"), access={"groups": ["b"]})]
    near = [item for item in items(routes, keyring(consumer("a", "a"), consumer("b", "b"))) if item.kind == "near miss" and item.place.route == "ai/a"]
    taken = {(item.bearer.value if item.bearer else "", item.expected.by) for item in near if isinstance(item, Case)}
    assert taken == {("b-key", ("ai/b",)), ("", ())}
    # Whose key is not known is not asked, and its own checks say why.
    near = [item for item in items(routes, keyring(consumer("a", "a"))) if item.kind == "near miss" and item.place.route == "ai/a"]
    assert {item.expected.by for item in near if isinstance(item, Case)} == {()}
    assert lines(items(routes, keyring(consumer("a", "a"))), "rest", "hit")[0].startswith("hit: no key of group b is known")


def test_every_key_is_tried_once() -> None:
    two = consumer("s", "s", keys=[{"key": "one"}, {"name": "laptop", "key": "two"}])
    found = items([model("a", "s"), model("b", "s")], keyring(two, consumer("x", "x")))
    assert lines(found, "a", "hit", "key") == ["hit: one -> ai/a", "key: two -> ai/a"]
    assert lines(found, "b", "hit", "key") == ["hit: one -> ai/b"]


def test_of_many_outsiders_some_are_tried() -> None:
    ring = keyring(consumer("s", "s"), *(consumer(f"x{number}", f"x{number}") for number in range(100)))
    assert len([line for line in lines(items([model("a", "s")], ring), "a", "refusal") if "403" in line]) == MOST_OUTSIDERS


def test_nobody_is_tried_at_every_door() -> None:
    listeners = [{"name": name, "port": port, "protocol": "HTTP"} for name, port in (("one", 80), ("two", 8080))]
    gateways = [{"name": "gw", "namespace": "ai", "class": "kong", "listeners": listeners}]
    found = guarded(derive(world([model("a", "s")], gateways), {}), keyring(consumer("s", "s"), consumer("x", "x")))
    nobody = [item for item in found if isinstance(item, Case) and item.kind == "refusal" and item.bearer and not item.bearer.value]
    assert [item.request.door.listener for item in nobody] == ["one", "two"]


@pytest.mark.parametrize(
    "fields",
    [
        {"extensions": [{"group": "configuration.konghq.com", "kind": "KongPlugin", "name": "p"}], "backends": [{"service": "a", "port": 80}]},
        {"backends": [{"provider": "openai", "model": "gpt"}]},
    ],
)
def test_who_is_refused_can_be_proved_where_the_answer_cannot(fields: dict[str, Any]) -> None:
    made = route("m", {"path": "/ai", **fields}, access={"groups": ["s"]})
    found = items([made], keyring(consumer("s", "s", keys=[{"key": "one"}, {"name": "b", "key": "two"}]), consumer("x", "x")))
    assert lines(found, "m", "hit", "key")[0].startswith("hit: a ")
    assert lines(found, "m", "key") == []
    assert lines(found, "m", "refusal") == [
        *("refusal: x-key -> 403 of the gateway", "refusal: made-up -> 401 of the gateway", "refusal: - -> 401 of the gateway")
    ]


def test_a_redirect_to_https_lets_nobody_in() -> None:
    redirect = {"scheme": "https", "hostname": "a.example", "status": 301}
    routes = [model("a", "s"), route("r", {"path": "/old", "redirect": redirect}, access={"groups": ["s"]})]
    found = items(routes, keyring(consumer("s", "s"), consumer("x", "x")))
    asked = {item.place.route: item for item in found if isinstance(item, Case) and item.kind == "refusal"}
    answer = Answer(0.1, 301, headers={"location": "https://a.example/"})
    assert {name: let_in(case, answer) for name, case in asked.items()} == {"ai/a": False, "ai/r": True}
    assert wrong(asked["ai/a"], answer) == "status 301 in place of 401"


@pytest.mark.parametrize(
    ("said", "value"),
    [({}, ""), ({"ai/s": "there"}, "there"), ({"ai/s/default": "there"}, "there"), ({"ai/s/other": "there"}, ""), ({"other/s": "there"}, "")],
)
def test_keys_that_are_said(said: dict[str, str], value: str) -> None:
    ring = keyring(consumer("s", "s", keys=[{"generate": True}]), said=said)
    assert [bearer.value for bearer in ring.bearers] == ([value] if value else [])
    assert [bearer.consumer for bearer in ring.unread] == ([] if value else ["ai/s"])


def test_a_key_is_in_no_text() -> None:
    ring = keyring(consumer("s", "s"), consumer("x", "x"))
    found = items([model("a", "s")], ring)
    assert "-key" not in repr(ring) + repr(found) + "".join(item.words for item in found if isinstance(item, Case))


# -- limits ----------------------------------------------------------------------------------------------------------------------------


def counted(routes: list[dict[str, Any]], ring: Keyring, needed: int = 262) -> dict[tuple[str, str], int]:
    """How many requests of each kind each route gets that a limit counts."""
    found: dict[tuple[str, str], int] = {}
    for item in within(items(routes, ring), lambda case: needed if case.kind == SPLIT else 1):
        if isinstance(item, Case) and item.kind != "refusal" and item.taker is not None:
            key = (item.place.route, item.kind)
            found[key] = found.get(key, 0) + (item.count or (needed if item.kind == SPLIT else 1))
    return found


def halves(**fields: Any) -> dict[str, Any]:
    backends = [{"service": name, "port": 80, "weight": 50} for name in "ab"]
    return route("m", {"path": "/ai", "backends": backends}, access={"groups": ["s"]}, **fields)


@pytest.mark.parametrize(
    ("limits", "own", "split"),
    [
        ({"requests": {"minute": 300}}, None, 262),
        ({"requests": {"minute": 263}}, None, 262),
        ({"requests": {"minute": 262}}, None, 261),
        ({"requests": {"hour": 100, "day": 1000}}, None, 99),
        ({"requests": {"minute": 3}}, None, 0),
        # The consumer's own limits count in their place.
        ({"requests": {"minute": 3}}, {"requests": {"minute": 300}}, 262),
        (None, {"requests": {"minute": 100}}, 99),
        # Those of a second are waited for, a minute at most.
        ({"requests": {"second": 100}}, None, 262),
        ({"requests": {"second": 1}}, None, int(SHARE * PATIENCE) - 1),
        (None, None, 262),
    ],
)
def test_a_split_takes_what_limits_leave(limits: dict[str, Any] | None, own: dict[str, Any] | None, split: int) -> None:
    made = halves(**({"limits": limits} if limits else {}))
    ring = keyring(consumer("s", "s", **({"limits": own} if own else {})), consumer("x", "x"))
    found = counted([made], ring)
    assert found[("ai/m", "hit")] == 1
    assert found.get(("ai/m", "split"), 0) == split


def test_who_is_counted_together() -> None:
    """Two keys of one consumer, and one of another: by consumer the first two, by service all three."""
    people = [consumer("s", "s", keys=[{"key": "one"}, {"name": "b", "key": "two"}]), consumer("t", "t"), consumer("x", "x")]
    made = {"by": None, "service": "service"}
    sent = {}
    for name, by in made.items():
        limits = {"requests": {"minute": 1}, **({"by": by} if by else {})}
        sent[name] = counted([model("m", "s", "t", limits=limits)], keyring(*people))
    assert sent["by"] == {("ai/m", "hit"): 1, ("ai/m", "key"): 1}
    assert sent["service"] == {("ai/m", "hit"): 1}


def test_requests_by_the_second_start_one_after_the_other() -> None:
    two = consumer("s", "s", keys=[{"key": "one"}, {"name": "b", "key": "two"}])
    found = within(items([model("m", "s", limits={"requests": {"second": 5}})], keyring(two, consumer("x", "x"))), lambda _case: 1)
    assert [(item.kind, item.start) for item in found if isinstance(item, Case) and item.pace] == [("hit", 0.0), ("key", 0.25)]


@pytest.mark.parametrize(
    ("text", "headers", "backend"),
    [
        ('{"message": "Unauthorized", "request_id": "1"}', {}, False),
        ('{\n  "message":"no Route matched with those values"\n}', {}, False),
        ('{"object": "error", "message": "model not found"}', {}, True),
        ('{"message": "x"}', {"x-kong-upstream-latency": "2"}, True),
        ('{"error": "x"}', {"x-kong-response-latency": "1"}, False),
        ('{"message": "half', {}, True),
    ],
)
def test_kong_s_own_answers_are_known(text: str, headers: dict[str, str], backend: bool) -> None:
    assert of_a_backend(Answer(0.1, 401, text=text, headers=headers)) is backend
