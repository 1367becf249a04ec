# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's process for tests without a lab: pods live on addresses of 127.0.0.0/8, all of which are local.

with Simulated(tmp_path / "simulator.log") as simulated:
    simulated.apply(vllm(f"{NET}.1", "big", "Qwen/Qwen3-32B", latency="20ms"), ollama(f"{NET}.2", "small", "gemma:2b"))
    ... ask simulated.url("big") + "/v1/models"
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from inference_lab.paths import PACKAGE
from inference_lab.simulator.pods import PREFIX, read

PATIENCE = 30
# Addresses of this test run alone, so that two runs on one machine do not meet: f"{NET}.1" and so on.
NET = f"127.{os.getpid() // 250 % 250 + 1}.{os.getpid() % 250 + 1}"


class Simulated:
    """``apply`` replaces the whole table and returns the process's answer when the sockets are open."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.urls: dict[str, str] = {}

    def __enter__(self) -> Simulated:
        environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
        command = [sys.executable, "-m", "inference_lab.simulator", "--log", str(self.log)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.process.wait()

    def apply(self, *pods: dict[str, Any]) -> dict[str, Any]:
        table = {"pods": list(pods)}
        answer = self.say(json.dumps(table))
        self.urls = {pod.name: f"http://{pod.address}:{pod.port}" for pod in read(table)[0]}
        return answer

    def say(self, line: str) -> dict[str, Any]:
        """One raw line and its answer."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert select.select([self.process.stdout], [], [], PATIENCE)[0], f"no answer in {PATIENCE} s; log:\n{self.log.read_text()}"
        text = self.process.stdout.readline()
        assert text, f"the simulator ended with {self.process.wait()}; log:\n{self.log.read_text()}"
        answer: dict[str, Any] = json.loads(text)
        return answer

    def url(self, name: str) -> str:
        return self.urls[name]


def pod(address: str, name: str, container: dict[str, Any], **notes: str) -> dict[str, Any]:
    """An entry of the table. ``notes`` are the simulator's annotations, with underscores for dashes: ``time_to_first_token="50ms"``."""
    annotations = {PREFIX + key.replace("_", "-"): value for key, value in notes.items()}
    return {"address": address, "namespace": "ai", "name": name, "labels": {}, "annotations": annotations, "containers": [container]}


def vllm(address: str, name: str, model: str, port: int = 8000, **notes: str) -> dict[str, Any]:
    container = {"name": "vllm", "image": "vllm/vllm-openai:v0.18.1", "args": ["--model", model, "--port", str(port)], "ports": [{"containerPort": port}]}
    return pod(address, name, container, **notes)


def sglang(address: str, name: str, model: str, port: int = 30000, **notes: str) -> dict[str, Any]:
    command = ["python3", "-m", "sglang.launch_server", "--model-path", model, "--port", str(port), "--enable-metrics"]
    return pod(address, name, {"name": "sglang", "image": "lmsysorg/sglang:v0.5.9", "command": command, "ports": [{"containerPort": port}]}, **notes)


def ollama(address: str, name: str, models: str = "", **notes: str) -> dict[str, Any]:
    """``models`` are there from the start, with commas between them; others have to be pulled."""
    container = {"name": "ollama", "image": "ollama/ollama:0.32.15", "ports": [{"containerPort": 11434}]}
    return pod(address, name, container, **(notes | ({"models": models} if models else {})))
