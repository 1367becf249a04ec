# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kthena's own router, installed by our role: it answers for a ModelRoute that leads to a ModelServer, and splits by weight."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe.answer import Answer, Volley
from ansible_collections.inference.gateway.plugins.module_utils.probe.order import Order, Target
from ansible_collections.inference.gateway.plugins.module_utils.probe.split import judge
from ansible_collections.inference.gateway.plugins.module_utils.probe.volley import fire
from inference_lab import Lab
from integration.conftest import Cluster
from integration.plays import Plays

from .stage import Stage, app_of, eventually

NAMESPACE = "kthena-router"
CHAT = "/v1/chat/completions"


def model_server(name: str) -> dict[str, Any]:
    """Clients ask for the ModelRoute's name; the ModelServer rewrites it to the one that vLLM serves."""
    selector = {"matchLabels": {"app": name}}
    return {
        "kind": "ModelServer",
        "name": name,
        "spec": {"inferenceEngine": "vLLM", "model": "qwen", "workloadSelector": selector, "workloadPort": {"port": 8000}},
    }


def model_route(**weights: int) -> dict[str, Any]:
    targets = [{"modelServerName": name.replace("_", "-"), "weight": weight} for name, weight in weights.items()]
    return {"kind": "ModelRoute", "name": "demo", "spec": {"modelName": "demo", "rules": [{"name": "all", "targetModels": targets}]}}


class Router:
    """Asks the router's Service, as its clients do."""

    def __init__(self, plays: Plays) -> None:
        self.plays = plays
        self.lab = plays.lab

    def declare(self, *objects: dict[str, Any]) -> None:
        outcome = self.plays.role(
            "kthena",
            kthena_chart_ref=f"{self.lab.manifests}/kthena-v1.0.0/charts/kthena",
            kthena_helm_binary=str(self.lab.bin / "helm"),
            kthena_download_dir=str(self.plays.folder),
            kthena_volcano=False,
            kthena_objects_namespace=NAMESPACE,
            kthena_objects=list(objects),
            kthena_prune_limit="100%",
        )
        assert outcome.code == 0, outcome.output

    def send(self, model: str = "demo", count: int = 1) -> Volley:
        body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 4})
        target = Target(address="kthena-router.kthena-system.svc.cluster.local", port=80, proxy=self.lab.gateway_proxy.removeprefix("http://"))
        headers = (("Content-Type", "application/json"),)
        return asyncio.run(fire(Order(target, "router", CHAT, "POST", headers, body, count=count, concurrency=8, timeout=20)))

    def one(self, model: str = "demo") -> Answer:
        return self.send(model).answers[0]

    def answered(self, count: int) -> Counter[str]:
        return Counter(app_of(answer) for answer in self.send(count=count).answers)


@pytest.fixture(scope="module")
def router(lab: Lab, plays: Plays) -> Iterator[Router]:
    lab.kubectl("create", "namespace", NAMESPACE)
    stage = Stage(Cluster(lab, NAMESPACE))
    stage.models("vllm-a")
    stage.models("vllm-b")
    found = Router(plays)
    found.declare(model_server("vllm-a"), model_server("vllm-b"), model_route(vllm_a=80, vllm_b=20))
    yield found
    lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def test_it_is_kthenas_router_that_answers(router: Router) -> None:
    """A model that no ModelRoute names is refused in the router's own words; the simulator has others."""
    eventually(lambda: router.one().status == 200)
    answer = router.one()
    assert (answer.model, answer.who.startswith(f"{NAMESPACE}/vllm-")) == ("qwen", True), "the name in the request was demo"
    refused = router.one("nobody-serves-this")
    assert (refused.status, refused.who) == (404, "")
    log = next((router.lab.state / "logs" / "pods").glob("kthena-system_kthena-router-*.log")).read_text(encoding="utf-8")
    assert "kthena-router --port=8080" in log


def test_a_model_route_splits_by_weight(router: Router) -> None:
    eventually(lambda: router.one().status == 200)
    seen = router.answered(400)
    assert judge(seen, {"vllm-a": 80, "vllm-b": 20}, 0.9999).ok, seen
    assert not judge(seen, {"vllm-a": 50, "vllm-b": 50}, 0.9999).ok, "the same figures refute other weights"
