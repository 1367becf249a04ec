# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves, and what is reported when a write fails."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.apply import apply
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import ApplyError, RefusedError, UnreachableError
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Key
from ansible_collections.inference.gateway.plugins.module_utils.engine.order import rank, waves
from ansible_collections.inference.gateway.plugins.module_utils.engine.plan import Action, Change


def change(kind: str, name: str = "x", action: Action = Action.CREATE, group: str = "") -> Change:
    return Change(action, Key(group, kind, "ai", name), "objects[0]")


def test_dependencies_first_and_deletions_the_other_way() -> None:
    changes = [
        change("HTTPRoute"),
        change("Namespace"),
        change("Gateway"),
        change("Secret"),
        change("Service", action=Action.DELETE),
        change("HTTPRoute", "old", Action.DELETE),
        change("Namespace", "old", Action.DELETE),
        change("ConfigMap", action=Action.KEEP),
    ]
    order: list[str] = []
    lock = threading.Lock()

    def write(each: Change) -> None:
        with lock:
            order.append(f"{each.action.value} {each.key.kind}")

    written = apply(changes, write, 4)
    assert order == ["create Namespace", "create Secret", "create Gateway", "create HTTPRoute", "delete HTTPRoute", "delete Service", "delete Namespace"]
    assert len(written) == 7


def test_unknown_kinds_come_after_what_they_may_refer_to() -> None:
    assert rank(Key("example.com", "Toy", "ai", "x")) > rank(Key("", "Secret", "ai", "x"))
    assert [len(wave) for wave in waves([change("Secret"), change("ConfigMap"), change("Toy")])] == [2, 1]


def test_a_failure_stops_later_waves_and_everything_is_told() -> None:
    def write(each: Change) -> None:
        if each.key.name == "bad":
            raise RefusedError("no")

    todo = [change("Secret", "a"), change("Secret", "bad"), change("Secret", "c"), change("HTTPRoute", "r"), change("Service", "s", Action.DELETE)]
    with pytest.raises(ApplyError) as error:
        apply(todo, write, 1)
    assert error.value.failed == {"Secret ai/bad": "no"}
    assert set(error.value.written) == {"Secret ai/a", "Secret ai/c"}
    assert error.value.not_tried == ("HTTPRoute ai/r", "Service ai/s")


def test_an_unreachable_server_ends_the_wave() -> None:
    tried = []

    def write(each: Change) -> None:
        tried.append(each.key.name)
        if each.key.name == "n1":
            raise UnreachableError("gone")

    with pytest.raises(ApplyError) as error:
        apply([change("Secret", f"n{number}") for number in range(5)], write, 1)
    assert tried == ["n0", "n1"]
    assert error.value.written == ("Secret ai/n0",) and len(error.value.not_tried) == 3


def test_no_more_at_once_than_allowed() -> None:
    running, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(3, timeout=5)

    def write(_each: Change) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait()
        with lock:
            running -= 1

    apply([change("Secret", f"n{number}") for number in range(9)], write, 3)
    assert most == 3
