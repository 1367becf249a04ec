# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Ollama servers behind the gateway: the weighted split and the routing by OpenAI header that people publish for them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe.answer import Answer
from ansible_collections.inference.gateway.plugins.module_utils.probe.split import judge
from inference_lab import Lab, pins
from integration.alone import run_module
from integration.plays import ROOT

from .stage import GATEWAY, Stage, eventually

CHAT = "/v1/chat/completions"
IMAGE = "ollama/ollama:0.32.15"
PULL = (ROOT / "roles" / "ollama" / "files" / "pull.sh").read_text(encoding="utf-8")
SERVED = re.compile(r'\| 200 \|.* POST +"/v1/chat/completions"')
ONE, OTHER = {"service": "ollama", "port": 11434}, {"service": "ollama-1", "port": 11434}


@pytest.fixture(autouse=True)
def _real(lab: Lab) -> None:
    if lab.no_engines:
        pytest.skip(f"no real Ollama: {lab.no_engines}")


def servers(stage: Stage, **models: list[str]) -> None:
    """A Deployment and a Service for each name, with _ for -, that pulls its models as our role has it."""
    names = {name.replace("_", "-"): pulled for name, pulled in models.items()}
    for name, pulled in names.items():
        pull = {"name": "models", "image": IMAGE, "command": ["sh", "-c", PULL, "pull"], "args": pulled}
        container = {"name": "ollama", "image": IMAGE, "ports": [{"containerPort": 11434}]}
        template = {"metadata": {"labels": {"app": name}}, "spec": {"initContainers": [pull], "containers": [container]}}
        items = [
            {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"selector": {"matchLabels": {"app": name}}, "template": template}},
            {"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 11434}]}},
        ]
        objects = [{**item, "metadata": {"name": name}} for item in items]
        stage.cluster.ok("applyset", owner=f"models-{name}", objects=objects, wait=True, wait_timeout=60)


def chat(text: str = "Hello!", model: str = "gemma:2b", **more: Any) -> dict[str, Any]:
    """What a POST of the example sends."""
    messages = [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": text}]
    return {"method": "POST", "body": json.dumps({"model": model, "messages": messages, "max_tokens": 4, **more})}


def told(stage: Stage, path: str = CHAT, **more: Any) -> tuple[Answer, Any]:
    answer = stage.send(path, **more).answers[0]
    return answer, json.loads(answer.text) if answer.text else None


def served(stage: Stage) -> dict[str, int]:
    """Chat completions that each server says it has answered, in its own log."""
    found = {}
    for app in ("ollama", "ollama-1"):
        logs = [stage.cluster.lab.state / "logs" / "pods" / f"{stage.cluster.namespace}_{pod}.log" for pod in stage.pods(f"app={app}")]
        found[app] = sum(len(SERVED.findall(log.read_text(encoding="utf-8"))) for log in logs)
    return found


def test_it_is_ollama_itself_that_answers(stage: Stage) -> None:
    """What no simulator of ours does: the program's own version whatever the image's tag says, tokens counted by a tokenizer, its own words for an error."""
    servers(stage, ollama=["gemma:2b@sha256:b50d6c999e59", "you/smollm"])
    stage.routes({"name": "all", "rules": [{"path": "/", "backends": [ONE]}]})
    stage.until_served("/api/version")
    pinned = next(group.version for group in pins.load(engines=True) if group.name == "ollama")
    answer, version = told(stage, "/api/version")
    assert (f"v{version['version']}", answer.who) == (pinned, "")
    assert {entry["id"] for entry in told(stage, "/v1/models")[1]["data"]} == {"gemma:2b", "you/smollm:latest"}

    short, long = (told(stage, **chat(text))[1] for text in ("Hello!", "Hello!" + "x" * 50))
    assert short["usage"]["completion_tokens"] == 4
    assert short["usage"]["prompt_tokens"] > len("You are a helpful assistant."), "the whole conversation is counted"
    assert long["usage"]["prompt_tokens"] - short["usage"]["prompt_tokens"] == 50, "its vocabulary has a token for each letter, and none for this word"
    answer, refusal = told(stage, **chat(model="nobody/pulled:this"))
    assert (answer.status, refusal["error"]["message"]) == (404, "model 'nobody/pulled:this' not found")

    answer = stage.send(CHAT, stream=True, **chat(stream=True)).answers[0]
    assert (answer.status, answer.error) == (200, ""), "with [DONE] at its end"
    assert answer.text.strip()
    assert answer.first


def test_a_split_between_two_servers(stage: Stage) -> None:
    servers(stage, ollama=["gemma:2b"], ollama_1=["gemma:2b"])
    stage.routes({"name": "inference-service", "rules": [{"path": CHAT, "backends": [{**ONE, "weight": 50}, {**OTHER, "weight": 50}]}]})
    stage.until_served(**chat())
    before = served(stage)
    answers = stage.send(count=200, concurrency=4, host="inference.service.com", **chat()).answers
    assert {(answer.status, answer.error) for answer in answers} == {(200, "")}
    seen = {app: count - before[app] for app, count in served(stage).items()}
    assert sum(seen.values()) == 200
    assert judge(seen, {"ollama": 50, "ollama-1": 50}, 0.9999).ok, seen
    assert not judge(seen, {"ollama": 80, "ollama-1": 20}, 0.9999).ok, "the same figures refute other weights"


def test_a_header_chooses_the_server(stage: Stage) -> None:
    """The header says the model's name, and only the server that it leads to has that model."""
    servers(stage, ollama=["gemma:2b"], ollama_1=["qwen:0.5b"])
    rules = [{"path": "/", "headers": {"OpenAI-Model": "gemma:2b"}, "backends": [ONE]}, {"path": "/", "backends": [OTHER]}]
    stage.routes({"name": "inference-routing", "rules": rules})
    stage.until_served(**chat(model="qwen:0.5b"))
    named = (("Content-Type", "application/json"), ("OpenAI-Model", "gemma:2b"))
    eventually(lambda: told(stage, headers=named, **chat())[0].status == 200)
    before = served(stage)
    assert told(stage, headers=named, **chat())[1]["model"] == "gemma:2b"
    assert told(stage, **chat(model="qwen:0.5b"))[1]["model"] == "qwen:0.5b"
    assert told(stage, **chat())[0].status == 404, "without the header the other server is asked, which has not pulled it"
    assert {app: count - before[app] for app, count in served(stage).items()} == {"ollama": 1, "ollama-1": 1}


def verified(stage: Stage, route: dict[str, Any]) -> dict[str, Any]:
    """Nothing in a real server's answer names its pod: it is told by the model that it has, which is read off the pod."""
    gateways = [{"name": GATEWAY, "class": "istio", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}]
    args = {"kubeconfig": stage.cluster.kubeconfig, "namespace": stage.cluster.namespace, "gateway_proxy": f"http://{stage.proxy}"}
    return run_module("inference_verify", gateways=gateways, inference_routes=[{"parents": [GATEWAY], **route}], **args)[0]


def test_verify_tells_real_servers_apart_by_their_models(stage: Stage) -> None:
    servers(stage, ollama=["gemma:2b"], ollama_1=["qwen:0.5b"])
    rules = [{"path": CHAT, "headers": {"OpenAI-Model": "gemma:2b"}, "backends": [ONE]}, {"path": CHAT, "backends": [OTHER]}]
    stage.routes({"name": "inference-routing", "rules": rules})
    stage.until_served(**chat(model="qwen:0.5b"))
    found = verified(stage, {"name": "inference-routing", "rules": rules})
    assert not found.get("failed"), found["msg"]
    assert [row["verdict"] for row in found["rows"] if row["kind"] == "hit"] == ["proved", "proved"]
    assert {row["kind"] for row in found["rows"] if row["verdict"] == "unproved"} == {"near miss"}, "a 404 of Ollama names no model"
    swapped = [{**rules[0], "backends": [OTHER]}, {**rules[1], "backends": [ONE]}]
    assert verified(stage, {"name": "inference-routing", "rules": swapped})["failed"]
