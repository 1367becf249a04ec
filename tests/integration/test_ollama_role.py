# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role ollama on the lab, by a chart whose schema is closed over the real chart's keys."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from contract.chart import build
from integration.plays import Outcome, Plays

MODELS = [{"name": "gemma:2b", "digest": "sha256:b50d6c999e592ae4f79acae23b4feaefbdfceaa7cd366df2610e3072c052a160"}, {"name": "qwen:0.5b"}]
FULL = {
    "ollama_models": MODELS,
    "ollama_gpu_vendor": "nvidia",
    "ollama_cache": {"size": "1Gi"},
    "ollama_env": {"OLLAMA_NUM_PARALLEL": 4},
    "ollama_requests": {"cpu": "1"},
    "ollama_limits": {"memory": "8Gi"},
    "ollama_pod_labels": {"team": "ml"},
    "ollama_image_repository": "mirror.example.com/ollama/ollama",
}


class Ollama:
    """The role with a namespace and a chart of its own."""

    def __init__(self, plays: Plays, chart: Path) -> None:
        self.plays = plays
        self.chart = chart
        self.namespace = f"ollama-{secrets.token_hex(3)}"

    def run(self, *, check: bool = False, **variables: Any) -> Outcome:
        given = {
            "ollama_namespace": self.namespace,
            "ollama_chart_repo": "",
            "ollama_chart_ref": str(self.chart),
            "ollama_helm_binary": str(self.plays.lab.bin / "helm"),
            "ollama_wait_timeout": 60,
        }
        return self.plays.role("ollama", check=check, **given, **variables)

    def get(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.plays.lab.kubectl("--namespace", self.namespace, "get", kind, "-o", "json"))["items"]
        return found


@pytest.fixture
def ollama(lab: inference_lab.Lab, tmp_path: Path) -> Iterator[Ollama]:
    found = Ollama(Plays(lab, tmp_path / "a blank"), build("ollama", tmp_path / "charts"))
    try:
        yield found
    finally:
        lab.kubectl("delete", "namespace", found.namespace, "--wait=false", "--ignore-not-found")


def test_installed_kept_upgraded_and_removed(ollama: Ollama, tmp_path: Path) -> None:
    made = ollama.run(**FULL)
    assert (made.code, made.changed) == (0, 1), made.output
    (server,) = ollama.get("deployments")
    pod = server["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "mirror.example.com/ollama/ollama:0.32.15"
    assert pod["initContainers"][0]["image"] == pod["containers"][0]["image"]
    assert pod["initContainers"][0]["args"] == [f"gemma:2b@{MODELS[0]['digest']}", "qwen:0.5b"]
    assert (server["spec"]["strategy"], server["status"]["readyReplicas"]) == ({"type": "Recreate"}, 1)
    again = ollama.run(**FULL)
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output
    ollama.chart = build("ollama", tmp_path / "newer", version="1.78.0")
    refused = ollama.run(**FULL)
    assert "Write the version that the chart has" in refused.message
    upgraded = ollama.run(**FULL, ollama_chart_version="1.78.0")
    assert (upgraded.code, upgraded.changed, upgraded.results) == (0, 1, {"found": "1.77.0", "status": "deployed", "version": "1.78.0"}), upgraded.output
    gone = ollama.run(ollama_state="absent", ollama_models=MODELS)
    assert (gone.code, gone.changed, ollama.get("deployments"), len(ollama.get("persistentvolumeclaims"))) == (0, 1, [], 1), gone.output


def test_the_claim_goes_when_asked_and_a_second_time_is_quiet(ollama: Ollama) -> None:
    ollama.run(**FULL)
    purged = ollama.run(ollama_state="absent", ollama_purge_cache=True)
    assert (purged.code, ollama.get("persistentvolumeclaims")) == (0, []), purged.output
    again = ollama.run(ollama_state="absent", ollama_purge_cache=True)
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output


def test_amd_and_several_replicas(ollama: Ollama) -> None:
    made = ollama.run(ollama_gpu_vendor="amd", ollama_replicas=2, ollama_gpu_count=2, ollama_cache={"claim": "weights"}, ollama_wait=False)
    assert made.code == 0, made.output
    (server,) = ollama.get("deployments")
    assert server["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    pod = server["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"].endswith("-rocm")
    assert pod["containers"][0]["resources"]["limits"] == {"amd.com/gpu": "2"}
    assert pod["tolerations"][0]["key"] == "amd.com/gpu"
    assert "initContainers" not in pod


def test_check_writes_nothing(ollama: Ollama) -> None:
    told = ollama.run(check=True, **FULL)
    assert (told.code, told.changed, told.writes) == (0, 1, []), told.output


def test_the_schema_is_closed(ollama: Ollama) -> None:
    """Else the other tests would prove nothing about the values."""
    outcome = ollama.run(ollama_values={"persistantVolume": {"enabled": True}})
    assert outcome.code != 0
    assert "persistantVolume" in outcome.message
    assert "not allowed" in outcome.message


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"ollama_models": [{"name": "gemma:2b", "digest": "b50d"}]}, "at least the twelve digits"),
        ({"ollama_models": [{"name": "gemma:2b"}, {"name": "gemma:2b"}]}, "Expected each name once"),
        ({"ollama_models": [{"name": "a;b"}]}, "such as gemma:2b"),
        ({"ollama_models": MODELS, "ollama_values": {"ollama": {"models": {"pull": ["x"]}}}}, "by a hook of its own"),
        ({"ollama_replicas": 2, "ollama_cache": {"size": "1Gi"}}, "Write access_mode: ReadWriteMany"),
        ({"ollama_gpu_vendor": "amd", "ollama_gpu_count": 64}, "wants 1 pod of 64 amd.com/gpu each, and the nodes have room for 0"),
        ({"ollama_gpu_vendor": "intel"}, "value of ollama_gpu_vendor must be one of: none, nvidia, amd"),
        ({"ollama_chart_version": "1.x"}, "Expected one exact version"),
    ],
)
def test_refused_before_anything_is_written(ollama: Ollama, variables: dict[str, Any], wanted: str) -> None:
    outcome = ollama.run(**variables)
    assert outcome.code != 0
    assert wanted in outcome.message
    assert outcome.writes == []


def test_unmanaged_is_left_alone(ollama: Ollama) -> None:
    outcome = ollama.run(**FULL, ollama_state="unmanaged")
    assert (outcome.code, outcome.changed, outcome.writes) == (0, 0, []), outcome.output
