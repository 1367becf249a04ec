# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""InferencePools as clients meet them: a real endpoint picker, asked by a real Envoy, looks at the metrics of each model server."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from integration.plays import Plays

from .stage import Stage, eventually

PICKER = {"service": "chat-epp", "port": 9002}
POOL: dict[str, Any] = {"name": "chat", "selector": {"pool": "chat"}, "ports": [8000], "endpoint_picker": PICKER}
ROUTE = {"name": "chat", "rules": [{"path": "/v1", "backends": [{"pool": "chat"}]}]}


def declare(stage: Stage, plays: Plays, picker: dict[str, Any] | None = None, **pool: Any) -> None:
    """A pool, its picker by our own role, and a route to it, all accepted."""
    outcome = plays.role("endpoint_picker", endpoint_pickers=[{"pool": "chat", "namespace": stage.cluster.namespace, **(picker or {})}])
    assert outcome.code == 0, outcome.output
    stage.cluster.ok("inference_pools", inference_pools=[POOL | pool])
    stage.routes(ROUTE)
    stage.cluster.ok("inference_pools", inference_pools=[POOL | pool], wait=True, wait_timeout=60)
    stage.until_served()


def test_a_loaded_server_gets_less(stage: Stage, plays: Plays) -> None:
    """One of two servers says that thirty requests wait in its queue."""
    stage.models("idle", labels={"pool": "chat"})
    stage.models("busy", labels={"pool": "chat"}, queue="30")
    declare(stage, plays)
    eventually(lambda: set(stage.answered(count=10)) == {"idle"}, 20, "the picker reads the queue's length")
    seen = stage.answered(count=200, concurrency=4)
    assert seen["idle"] + seen["busy"] == 200, seen
    assert seen["idle"] >= 190, seen


def test_a_pool_spreads_over_servers_that_are_alike(stage: Stage, plays: Plays) -> None:
    stage.models("vllm", replicas=3, labels={"pool": "chat"}, latency="30ms", slots="2")
    declare(stage, plays)
    with stage.load(4, concurrency=12) as load:
        pass
    assert load.failures == []
    seen = Counter(answer.who for answer in load.answers)
    assert set(seen) == {f"{stage.cluster.namespace}/{name}" for name in stage.pods("pool=chat")}
    assert min(seen.values()) > len(load.answers) * 0.1, seen


def test_a_stream_comes_through_the_picker_whole(stage: Stage, plays: Plays) -> None:
    stage.models("vllm", labels={"pool": "chat"}, tokens_per_second="20")
    declare(stage, plays)
    answer = stage.send(stream=True).answers[0]
    assert (answer.error, answer.status, answer.tokens) == ("", 200, 4)


@pytest.mark.parametrize(("mode", "status"), [("FailOpen", 200), ("FailClose", 503)])
def test_a_dead_picker(stage: Stage, plays: Plays, mode: str, status: int) -> None:
    """Istio by itself would have its Envoy answer 500 in place of 503; the role says otherwise at the Gateway."""
    stage.models("vllm", labels={"pool": "chat"})
    declare(stage, plays, endpoint_picker=PICKER | {"failure_mode": mode})
    stage.cluster.kubectl("scale", "deployment/chat-epp", "--replicas=0")
    stage.cluster.kubectl("wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=endpoint-picker", "--timeout=30s", check=False)
    eventually(lambda: [answer.status for answer in stage.send(count=5).answers] == [status] * 5, 30, f"{mode} answers {status}")
    stage.cluster.kubectl("scale", "deployment/chat-epp", "--replicas=1")
    eventually(lambda: [answer.status for answer in stage.send(count=5).answers] == [200] * 5, 30, "a picker that is back is used again")


def test_a_selector_that_finds_nothing_is_caught_by_wait(stage: Stage, plays: Plays) -> None:
    stage.models("vllm", labels={"pool": "chat"})
    declare(stage, plays)
    wrong = POOL | {"selector": {"pool": "chatt"}}
    message = stage.cluster.refused("inference_pools", inference_pools=[wrong], wait=True, wait_timeout=3, lint_skip={})
    assert "no Pod of its namespace bears pool=chatt" in message
    assert "pool=chat" in message
    eventually(lambda: stage.send().answers[0].status == 503, 20, "that is what clients get")


def test_a_picker_that_is_not_there_is_caught_by_wait_in_istios_words(stage: Stage) -> None:
    stage.models("vllm", labels={"pool": "chat"})
    wrong = POOL | {"endpoint_picker": {"service": "nobody", "port": 9002}}
    stage.cluster.ok("inference_pools", inference_pools=[wrong])
    stage.routes(ROUTE, wait=False)
    message = stage.cluster.refused("inference_pools", inference_pools=[wrong], wait=True, wait_timeout=6)
    assert "InvalidExtensionRef" in message
    assert "nobody" in message


def test_the_sheddable_is_shed_first(stage: Stage, plays: Plays) -> None:
    """The only server is saturated: requests of a negative priority are turned away, those of a positive one are served."""
    stage.models("vllm", labels={"pool": "chat"}, queue="50", kv_cache="0.95")
    declare(stage, plays)
    objectives = [{"name": "batch", "pool": "chat", "priority": -1}, {"name": "critical", "pool": "chat", "priority": 10}]
    stage.cluster.ok("inference_objectives", inference_objectives=objectives, api_group="inference.networking.x-k8s.io")
    header = "x-gateway-inference-objective"
    eventually(lambda: stage.send(headers=((header, "batch"),)).answers[0].status == 429, 20, "the sheddable request gets 429")
    assert {answer.status for answer in stage.send(count=10, headers=((header, "batch"),)).answers} == {429}
    assert {answer.status for answer in stage.send(count=10, headers=((header, "critical"),)).answers} == {200}
