# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failover as clients meet it: the first backend fails in several ways, and no client sees it."""

from __future__ import annotations

from typing import Any

import pytest

from .stage import SIMULATOR, Stage, app_of, eventually

FIRST, SECOND = {"service": "vllm-a", "port": 8000}, {"service": "vllm-b", "port": 8000, "priority": 1}
RULE: dict[str, Any] = {"path": "/v1", "backends": [FIRST, SECOND]}


def declare(stage: Stage, replicas: int = 2, **more: Any) -> None:
    stage.models("vllm-a", replicas=replicas)
    stage.models("vllm-b")
    stage.routes({"name": "chat", "rules": [{**RULE, **more}]})
    served_by(stage, "vllm-a", count=30, concurrency=4)


def served_by(stage: Stage, name: str, seconds: float = 30, **more: Any) -> None:
    eventually(lambda: set(stage.answered(**{"count": 10, **more})) == {name}, seconds, f"{name} alone answers")


def annotate(stage: Stage, name: str, note: str) -> None:
    """A fault of the simulator in every pod of a Deployment; ``name-`` takes it away."""
    stage.cluster.kubectl("annotate", "pods", "-l", f"app={name}", "--overwrite", SIMULATOR + note)


def test_the_first_backend_goes_and_comes_back_and_no_client_sees_it(stage: Stage) -> None:
    declare(stage)
    with stage.load(8, concurrency=8) as load:
        stage.answered(count=5)  # so that the load is under way
        stage.cluster.kubectl("scale", "deployment/vllm-a", "--replicas=0")
        served_by(stage, "vllm-b")
        stage.cluster.kubectl("scale", "deployment/vllm-a", "--replicas=2")
        served_by(stage, "vllm-a")
    assert [(answer.status, answer.error, answer.text) for answer in load.failures] == []
    assert {app_of(answer) for answer in load.answers} == {"vllm-a", "vllm-b"}


def test_the_third_takes_over_when_two_are_gone(stage: Stage) -> None:
    for name in "abc":
        stage.models(f"vllm-{name}")
    stage.routes({"name": "chat", "rules": [{**RULE, "backends": [FIRST, SECOND, {"service": "vllm-c", "port": 8000, "priority": 2}]}]})
    served_by(stage, "vllm-a")
    with stage.load(8, concurrency=4) as load:
        stage.answered(count=5)
        for gone, next_ in (("a", "b"), ("b", "c")):
            stage.cluster.kubectl("scale", f"deployment/vllm-{gone}", "--replicas=0")
            served_by(stage, f"vllm-{next_}")
    assert [(answer.status, answer.error, answer.text) for answer in load.failures] == []


@pytest.mark.parametrize(("fault", "more"), [("status=503", {}), ("hang=true", {"timeouts": {"request": "10s", "backend": "500ms"}})])
def test_a_backend_that_is_there_and_fails_is_left_out_for_a_while(stage: Stage, fault: str, more: dict[str, Any]) -> None:
    """Its requests are tried again elsewhere; after a few it is not even asked any more, so they take no longer than usual."""
    declare(stage, replicas=4, **more)  # more pods than a request has tries: it must not try them all
    with stage.load(5, concurrency=4) as load:
        stage.answered(count=5)
        annotate(stage, "vllm-a", fault)
        served_by(stage, "vllm-b")
    assert [(answer.status, answer.error, answer.text) for answer in load.failures] == []
    # Not each of them: the pods are tried anew after ten seconds, which a busy machine may have let pass.
    assert sorted(answer.seconds for answer in stage.send(count=11).answers)[5] < 0.4
    annotate(stage, "vllm-a", fault.partition("=")[0] + "-")
    served_by(stage, "vllm-a", 60)


def test_one_pod_of_the_first_backend_that_dies_takes_no_other_with_it(stage: Stage) -> None:
    declare(stage)
    stage.cluster.kubectl("scale", "deployment/vllm-a", "--replicas=1")
    eventually(lambda: len(stage.pods("app=vllm-a")) == 1, 30)
    served_by(stage, "vllm-a", count=50, concurrency=4)
