# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An accepted pool without pods is not ready, and the message says what to correct."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import NotReadyError, RefusedError
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Key
from ansible_collections.inference.gateway.plugins.module_utils.stores.endpoints import await_endpoints

POOL = Key("inference.networking.k8s.io", "InferencePool", "ai", "chat")


def pool(**labels: str) -> dict[str, Any]:
    return {"spec": {"selector": {"matchLabels": labels}}}


def pod(name: str, ready: bool = True, **labels: str) -> tuple[Key, dict[str, Any]]:
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    return Key("", "Pod", "ai", name), {"metadata": {"name": name, "labels": labels}, "status": status}


def told(*states: Mapping[Key, Any]) -> str:
    """What is said when the pods went through these states until the deadline; empty when the pool is content."""
    try:
        await_endpoints({POOL: pool(app="vllm")}, lambda _namespace: iter(states), 5)
    except NotReadyError as error:
        return str(error)
    return ""


def test_a_ready_pod_is_enough_and_may_come_later() -> None:
    assert told(dict([pod("a", app="vllm"), pod("b", ready=False, app="vllm")])) == ""
    assert told({}, dict([pod("a", ready=False, app="vllm")]), dict([pod("a", app="vllm", tier="gpu")])) == ""


@pytest.mark.parametrize(
    ("pods", "words"),
    [
        ([], ["no Pod of its namespace bears app=vllm", "answers 503", "0 Pods are there"]),
        ([pod("a", app="vlm")], ["no Pod of its namespace bears app=vllm", "The Pods there bear app=vlm"]),
        ([pod("a", ready=False, app="vllm")], ["none of the Pods", "is Ready: a"]),
    ],
)
def test_what_is_there_instead_is_said(pods: list[tuple[Key, Any]], words: list[str]) -> None:
    message = told(dict(pods))
    assert [word for word in words if word not in message] == []


def test_who_may_not_read_pods_is_not_stopped() -> None:
    class Refused(Iterator[Mapping[Key, Any]]):
        def __next__(self) -> Mapping[Key, Any]:
            raise RefusedError("pods is forbidden")

    await_endpoints({POOL: pool(app="vllm")}, lambda _namespace: Refused(), 5)
