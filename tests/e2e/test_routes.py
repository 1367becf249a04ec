# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes as clients meet them: through a real Envoy that Istio's control plane has configured."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe.split import judge

from .stage import GATEWAY, Stage, app_of, eventually


def split(a: int, b: int, **more: Any) -> dict[str, Any]:
    backends = [{"service": "vllm-a", "port": 8000, "weight": a}, {"service": "vllm-b", "port": 8000, "weight": b}]
    return {"name": "chat", "rules": [{"path": "/v1", "backends": backends, **more}]}


def test_path_and_header_choose_the_backend(stage: Stage) -> None:
    stage.models("vllm-a")
    stage.models("vllm-b")
    one, other = {"service": "vllm-a", "port": 8000}, {"service": "vllm-b", "port": 8000}
    stage.routes(
        {
            "name": "chat",
            "rules": [
                {"path": "/v1/chat/completions", "headers": {"OpenAI-Model": "gemma:2b"}, "backends": [other]},
                {"path": "/v1/chat/completions", "backends": [one]},
            ],
        }
    )
    stage.until_served()
    assert stage.answered(count=20) == {"vllm-a": 20}
    assert stage.answered(count=20, headers=(("OpenAI-Model", "gemma:2b"),)) == {"vllm-b": 20}
    assert stage.answered(count=5, headers=(("OpenAI-Model", "another"),)) == {"vllm-a": 5}
    assert stage.answered("/v1/embeddings", count=5) == {"404": 5}, "what is not declared is not served"


def test_a_split_of_80_to_20_over_2000_requests(stage: Stage) -> None:
    stage.models("vllm-a")
    stage.models("vllm-b")
    stage.routes(split(80, 20))
    stage.until_served("/v1/models")
    seen = stage.answered("/v1/models", count=2000, concurrency=16)
    assert sum(seen.values()) == 2000
    assert judge(seen, {"vllm-a": 80, "vllm-b": 20}, 0.9999).ok, seen
    assert not judge(seen, {"vllm-a": 70, "vllm-b": 30}, 0.9999).ok, "the same figures refute other weights"


def test_weights_change_under_load_without_a_failed_request(stage: Stage) -> None:
    stage.models("vllm-a")
    stage.models("vllm-b")
    stage.routes(split(100, 0))
    stage.until_served("/v1/models")
    with stage.load(6, path="/v1/models") as load:
        stage.routes(split(0, 100))
        eventually(lambda: set(stage.answered("/v1/models", count=10)) == {"vllm-b"}, 10)
    assert load.failures == []
    assert {app_of(answer) for answer in load.answers} == {"vllm-a", "vllm-b"}, "the change happened while requests were under way"


def test_a_stream_arrives_token_by_token(stage: Stage) -> None:
    stage.models("vllm-a", tokens_per_second="20")
    stage.routes({"name": "chat", "rules": [{"path": "/v1", "backends": [{"service": "vllm-a", "port": 8000}]}]})
    stage.until_served("/v1/models")
    answer = stage.send(stream=True).answers[0]
    assert (answer.error, answer.status, answer.tokens) == ("", 200, 4)
    assert answer.first is not None
    assert answer.first < answer.seconds - 0.1, "the first token came before the last was made"


def test_a_stream_that_breaks_is_seen_as_broken(stage: Stage) -> None:
    stage.models("vllm-a", cut_stream_after="2")
    stage.routes({"name": "chat", "rules": [{"path": "/v1", "backends": [{"service": "vllm-a", "port": 8000}]}]})
    stage.until_served("/v1/models")
    assert stage.send(stream=True).answers[0].error in ("incomplete", "incomplete_stream", "reset")


def test_a_pod_dies_under_load_and_no_client_sees_it(stage: Stage) -> None:
    """Also those whose requests were under way on it: without reset in the list each of them is a 503."""
    stage.models("vllm-a", replicas=3, latency="300ms")
    # A third of the tries meets the dead pod until the gateway has heard of its end, which takes a busy machine a while: with three attempts one in 81 fails.
    retries = {"attempts": 8, "on": ["connect-failure", 503, "reset"], "backoff": "25ms"}
    rule: dict[str, Any] = {"path": "/v1", "backends": [{"service": "vllm-a", "port": 8000}], "retries": retries}
    stage.routes({"name": "chat", "rules": [rule]})
    stage.until_served("/v1/models")
    victim = stage.pods("app=vllm-a")[0]
    with stage.load(5, concurrency=24, path="/v1/models") as load:
        stage.answered("/v1/models", count=5)  # so that the load is under way
        stage.cluster.kubectl("delete", "pod", victim, "--wait=true")
    assert len(load.answers) > 100
    assert [(answer.status, answer.error, answer.text) for answer in load.failures] == []
    assert app_of(load.answers[-1]) == "vllm-a"


def test_a_route_that_the_gateway_does_not_take_is_caught_by_wait(stage: Stage) -> None:
    """The listener takes routes of another host name only; Istio says so, and the module with it."""
    stage.models("vllm-a")
    stage.gateway(hostname="only.example.com")
    backend = {"service": "vllm-a", "port": 8000}
    route = {"name": "chat", "parents": [GATEWAY], "hostnames": ["other.example.org"], "rules": [{"path": "/v1", "backends": [backend]}]}
    message = stage.cluster.refused("inference_routes", renderer="istio", inference_routes=[route], wait=True, wait_timeout=5, lint_skip={})
    assert "NoMatchingListenerHostname" in message
    assert "only.example.com" in message or "hostname" in message.lower()


@pytest.mark.parametrize("weights", [(80, 20), (50, 50)])
def test_verify_refutes_weights_that_are_not_what_is_served(stage: Stage, weights: tuple[int, int]) -> None:
    """The same traffic is measured against the declaration that was applied, and against another one."""
    stage.models("vllm-a")
    stage.models("vllm-b")
    stage.routes(split(80, 20))
    stage.until_served("/v1/models")
    gateway = {"name": GATEWAY, "class": "istio", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
    params = {"gateways": [gateway], "inference_routes": [{"parents": [GATEWAY], **split(*weights)}], "gateway_proxy": stage.cluster.lab.gateway_proxy}
    result = stage.cluster.main("inference_verify", {"kubeconfig": stage.cluster.kubeconfig, **params})
    assert bool(result.get("failed")) is (weights != (80, 20)), result.get("msg")
    if weights != (80, 20):
        assert "vllm-a" in result["msg"], "the refusal says who answered how often"
