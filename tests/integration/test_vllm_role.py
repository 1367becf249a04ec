# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role vllm against the lab, whose nodes claim GPUs of NVIDIA and AMD and whose pods become ready without an image."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from integration.plays import Outcome, Plays

LLAMA = {
    "name": "scout",
    "model": "/models/meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "gpu": {"vendor": "amd", "count": 4},
    "cache": {"host_path": "/mnt/nvme/models", "mount_path": "/models"},
}
QWEN = {
    "name": "qwen",
    "model": "Qwen/Qwen3-32B",
    "gpu": {"count": 1},
    "replicas": 2,
    "huggingface_token": {"secret": "hf-token"},
    "cache": {"size": "1Gi", "access_mode": "ReadWriteMany"},
}
KINDS = "deployments,statefulsets,services,poddisruptionbudgets,persistentvolumeclaims"


class Servers:
    """The role with a namespace of its own."""

    def __init__(self, plays: Plays, namespace: str) -> None:
        self.plays = plays
        self.namespace = namespace

    def run(self, *models: dict[str, Any], **variables: Any) -> Outcome:
        given = {"vllm_namespace": self.namespace, "vllm_models": models, "vllm_wait_timeout": 60, "vllm_prune_limit": "100%", **variables}
        return self.plays.role("vllm", **given)

    def kubectl(self, *args: str) -> str:
        return str(self.plays.lab.kubectl("--namespace", self.namespace, *args))

    def deployment(self, name: str) -> dict[str, Any]:
        spec: dict[str, Any] = json.loads(self.kubectl("get", "deployment", name, "-o", "json"))["spec"]
        return spec

    def names(self) -> list[str]:
        found = self.kubectl("get", KINDS, "--output=name", "--selector=applyset.kubernetes.io/part-of").split()
        return sorted(line.replace(".apps", "").replace(".policy", "") for line in found)


@pytest.fixture
def servers(lab: inference_lab.Lab, tmp_path: Path) -> Iterator[Servers]:
    namespace = f"vllm-{secrets.token_hex(3)}"
    lab.kubectl("create", "namespace", namespace)
    try:
        yield Servers(Plays(lab, tmp_path / "a blank"), namespace)
    finally:
        lab.kubectl("delete", "namespace", namespace, "--wait=false")


def test_installed_kept_and_removed(servers: Servers) -> None:
    told = servers.run(QWEN, LLAMA, check=True)
    assert (told.code, told.writes, told.changed) == (0, [], 2), told.output
    made = servers.run(QWEN, LLAMA)
    assert (made.code, made.changed) == (0, 2), made.output
    assert made.results["summary"]["create"] == 5
    assert servers.names() == [
        "deployment/qwen",
        "deployment/scout",
        "persistentvolumeclaim/qwen-cache",
        "poddisruptionbudget/qwen",
        "service/qwen",
        "service/scout",
    ]
    pods = json.loads(servers.kubectl("get", "pods", "--selector=inference.networking.k8s.io/engine-type=vllm", "-o", "json"))["items"]
    assert sorted(pod["spec"]["nodeName"][:4] for pod in pods) == ["h100", "h100", "mi30"]
    again = servers.run(QWEN, LLAMA)
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output
    gone = servers.run(vllm_state="absent")
    assert (gone.code, gone.changed) == (0, 1), gone.output
    assert servers.names() == ["persistentvolumeclaim/qwen-cache"], "what was downloaded stays"


def test_what_is_changed_and_what_is_left_behind(servers: Servers) -> None:
    servers.run(QWEN | {"replicas": 2}, LLAMA)
    image = "docker.io/vllm/vllm-openai:v0.19.0"
    fewer = servers.run(QWEN | {"replicas": 1, "image": image})
    assert fewer.code == 0, fewer.output
    assert servers.names() == ["deployment/qwen", "persistentvolumeclaim/qwen-cache", "service/qwen"]
    spec = servers.deployment("qwen")
    assert (spec["replicas"], spec["strategy"], spec["template"]["spec"]["containers"][0]["image"]) == (1, {"type": "Recreate"}, image)
    servers.kubectl("scale", "deployment", "qwen", "--replicas=3")
    scaled = servers.run({key: value for key, value in QWEN.items() if key not in ("replicas", "cache")} | {"autoscaling": {"max_replicas": 3}})
    assert scaled.code == 0, scaled.output
    assert servers.deployment("qwen")["replicas"] == 3, "the autoscaler's number is nobody else's"
    assert servers.deployment("qwen")["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    purged = servers.run(vllm_state="absent", vllm_purge_caches=True)
    assert (purged.code, servers.names()) == (0, []), purged.output


def test_a_cache_for_each_replica(servers: Servers) -> None:
    entry = QWEN | {"workload": "stateful_set", "cache": {"size": "1Gi"}}
    made = servers.run(entry)
    assert made.code == 0, made.output
    claims = servers.kubectl("get", "persistentvolumeclaims", "--output=name").split()
    assert claims == ["persistentvolumeclaim/cache-qwen-0", "persistentvolumeclaim/cache-qwen-1"]
    again = servers.run(entry)
    assert (again.changed, again.writes) == (0, []), again.output


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (QWEN | {"tensor_parallel": 4}, "vllm_models[0] (qwen).tensor_parallel: tensor_parallel 4 takes 4 GPUs in each pod, but gpu.count is 1."),
        (QWEN | {"gpu": {"count": 16}}, "wants 2 pods of 16 nvidia.com/gpu each, and the nodes have room for 0."),
        (QWEN | {"gpu": {"vendor": "intel"}}, "value of vendor must be one of: nvidia, amd, none"),
    ],
)
def test_refused_before_anything_is_written(servers: Servers, entry: dict[str, Any], wanted: str) -> None:
    outcome = servers.run(entry)
    assert outcome.code != 0
    assert wanted in outcome.message
    assert outcome.writes == []


def test_a_server_for_which_there_is_no_room_is_named(servers: Servers) -> None:
    """The nodes have the GPUs, and the pod does not fit for another reason: the wait says which."""
    outcome = servers.run(QWEN | {"requests": {"memory": "9000Gi"}, "replicas": 1}, vllm_wait_timeout=5)
    assert outcome.code != 0
    assert "Deployment.apps" in outcome.message
    assert "Insufficient memory" in outcome.message


def test_unmanaged_is_left_alone(servers: Servers) -> None:
    outcome = servers.run(QWEN, vllm_state="unmanaged")
    assert (outcome.code, outcome.changed, outcome.writes, servers.names()) == (0, 0, [], []), outcome.output
