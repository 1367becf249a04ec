# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace behind a real gateway: declares through the modules, sends through Envoy, and lets models be slow, wrong or gone."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe.answer import Answer, Volley
from ansible_collections.inference.gateway.plugins.module_utils.probe.order import Order, Target
from ansible_collections.inference.gateway.plugins.module_utils.probe.volley import fire
from inference_lab import Lab
from inference_lab.traffic import namespace
from integration.conftest import Cluster

MODEL = "qwen"
GATEWAY = "gw"
SIMULATOR = "simulator.inference.gateway/"


@contextmanager
def lab_with_traffic(state: Path, engines: bool | None = False) -> Iterator[Lab]:
    """A lab of one's own, taken down at the end; the tests are skipped where the machine allows none. ENGINES: with real model servers; None: where it can."""
    if lack := namespace.missing():
        pytest.skip(f"no lab with traffic on this machine: {lack}")
    try:
        yield inference_lab.up(state, traffic=True, engines=engines)[0]
    finally:
        inference_lab.down(state)


@dataclass
class Load:
    """Requests that go on while something else happens; ``answers`` is complete when the block has ended."""

    answers: list[Answer] = field(default_factory=list)
    worker: threading.Thread | None = None

    @property
    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.error or answer.status != 200]


class Stage:
    """One test's namespace with a Gateway of its own that Istio has programmed."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.proxy = cluster.lab.gateway_proxy.removeprefix("http://")
        self.host = f"{GATEWAY}-istio.{cluster.namespace}.svc.cluster.local"

    def gateway(self, **listener: Any) -> None:
        entry = {"name": GATEWAY, "class": "istio", "annotations": {"networking.istio.io/service-type": "ClusterIP"}}
        listeners = [{"name": "http", "port": 80, "protocol": "HTTP", **listener}]
        self.cluster.ok("gateways", gateways=[entry | {"listeners": listeners}], wait=True, wait_timeout=90)

    def models(self, name: str, replicas: int = 1, labels: dict[str, str] | None = None, **notes: str) -> dict[str, Any]:
        """A Deployment of vLLM and its Service; NOTES are annotations for the simulator, with _ for -."""
        container = {"name": "vllm", "image": "vllm/vllm-openai:v0.18.1", "args": ["--model", "Qwen/Qwen3-32B", "--served-model-name", MODEL]}
        container["ports"] = [{"containerPort": 8000}]
        meta = {"labels": {"app": name, **(labels or {})}, "annotations": {SIMULATOR + key.replace("_", "-"): value for key, value in notes.items()}}
        spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": {"metadata": meta, "spec": {"containers": [container]}}}
        service = {"selector": {"app": name}, "ports": [{"name": "http", "port": 8000}]}
        items = [
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": service},
        ]
        return self.cluster.ok("applyset", owner=f"models-{name}", objects=items, wait=True, wait_timeout=60)

    def routes(self, *routes: dict[str, Any], wait: bool = True) -> dict[str, Any]:
        entries = [{"parents": [GATEWAY], **route} for route in routes]
        return self.cluster.ok("inference_routes", renderer="istio", inference_routes=entries, wait=wait, wait_timeout=60, prune=True, prune_limit="100%")

    def order(self, path: str = "/v1/chat/completions", **more: Any) -> Order:
        """A chat completion through the gateway, unless said otherwise."""
        address, port = self.proxy.split(":")
        if path.endswith("/completions") and "body" not in more:
            stream = {"stream": True} if more.get("stream") else {}
            more["body"] = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 4, **stream})
            more = {"method": "POST", **more, "headers": (("Content-Type", "application/json"), *more.get("headers", ()))}
        target = Target(address=self.host, port=80, proxy=f"{address}:{port}")
        return Order(target=target, host=more.pop("host", "models.example.com"), path=path, timeout=more.pop("timeout", 20), **more)

    def send(self, path: str = "/v1/chat/completions", **more: Any) -> Volley:
        return asyncio.run(fire(self.order(path, **more)))

    def answered(self, path: str = "/v1/chat/completions", **more: Any) -> Counter[str]:
        """By which Deployment, or with which status or error where it was none."""
        return Counter(app_of(answer) for answer in self.send(path, **more).answers)

    def until_served(self, path: str = "/v1/chat/completions", **more: Any) -> None:
        """The gateway takes a moment to hear of a route after its status says Accepted."""
        eventually(lambda: self.send(path, **more).answers[0].status == 200, 20)

    @contextmanager
    def load(self, seconds: float, concurrency: int = 8, **more: Any) -> Iterator[Load]:
        """Requests for so long, beside the block; a block that ends earlier waits for them."""
        load = Load()
        order = self.order(duration=seconds, concurrency=concurrency, **more)

        def run() -> None:
            load.answers += asyncio.run(fire(order)).answers

        load.worker = threading.Thread(target=run)
        load.worker.start()
        try:
            yield load
        finally:
            load.worker.join()

    def pods(self, selector: str) -> list[str]:
        return self.cluster.kubectl("get", "pods", "-l", selector, "-o", "jsonpath={.items[*].metadata.name}").split()


def app_of(answer: Answer) -> str:
    """The Deployment out of a pod's name, which ends with two random parts."""
    if answer.error:
        return answer.error
    return answer.who.partition("/")[2].rsplit("-", 2)[0] if "/" in answer.who else str(answer.status)


def eventually(true: Callable[[], bool], seconds: float = 20, what: str = "") -> None:
    """Ask until TRUE is; what is asked is what a client sees, so there is nothing to subscribe to."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what or true}"
        time.sleep(0.1)
