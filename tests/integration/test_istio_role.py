# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role istio refuses before it writes anything. That it installs, upgrades and removes is the scenario in molecule/istio."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from integration.plays import Outcome, Plays

CHART = """apiVersion: v2
name: {name}
version: {version}
appVersion: {version}
"""
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "istiod", "labels": {"app": "istiod"}},
    "spec": {
        "selector": {"matchLabels": {"app": "istiod"}},
        "template": {"metadata": {"labels": {"app": "istiod"}}, "spec": {"containers": [{"name": "discovery", "image": "registry.example/istiod:1"}]}},
    },
}


class Istio:
    """The role in a namespace of its own, with charts of one object: what is tested here is decided before a chart is looked into."""

    def __init__(self, plays: Plays, namespace: str) -> None:
        self.plays = plays
        self.namespace = namespace

    def charts(self, version: str) -> None:
        for name, objects in {"base": [], "istiod": [DEPLOYMENT]}.items():
            folder = self.plays.folder / "charts" / version / name
            (folder / "templates").mkdir(parents=True)
            (folder / "Chart.yaml").write_text(CHART.format(name=name, version=version), encoding="utf-8")
            (folder / "templates" / "objects.yaml").write_text("\n---\n".join(map(json.dumps, objects)), encoding="utf-8")

    def run(self, version: str, **variables: Any) -> Outcome:
        charts = f"{self.plays.folder}/charts/{{version}}"
        given = {
            "istio_chart_version": version,
            "istio_chart_repo": "",
            "istio_chart_ref": f"{charts}/istiod",
            "istio_base_chart_ref": f"{charts}/base",
            "istio_namespace": self.namespace,
            "istio_helm_binary": str(self.plays.lab.bin / "helm"),
            "istio_require_gateway_api": False,
            "istio_wait_gateway_class": False,
            "istio_wait": False,
            "istio_purge_leftovers": False,
        }
        return self.plays.role("istio", **{**given, **variables})


@pytest.fixture
def istio(lab: inference_lab.Lab, tmp_path: Path) -> Iterator[Istio]:
    namespace = f"istio-{secrets.token_hex(3)}"
    yield Istio(Plays(lab, tmp_path / "a blank"), namespace)
    lab.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")


@pytest.mark.parametrize(
    ("version", "variables", "wanted"),
    [
        ("1.27.1", {}, "Write istio_chart_version: 1.28.0 or newer"),
        ("1.30.3", {"istio_inference_extension": False, "inference_pools": [{"name": "chat"}]}, "Write istio_inference_extension: true"),
        ("1.30", {}, "Expected one exact version such as 1.30.3"),
    ],
)
def test_what_cannot_serve_pools_is_refused(istio: Istio, version: str, variables: dict[str, Any], wanted: str) -> None:
    if version == "1.30":
        istio.charts(version)
    outcome = istio.run(version, **variables)
    assert outcome.code != 0
    assert wanted in outcome.message
    assert outcome.writes == []


def test_a_switch_that_did_not_arrive_is_told_and_a_jump_is_refused(istio: Istio) -> None:
    """The chart has no schema: a key that it does not read is no error for Helm."""
    istio.charts("1.29.6")
    installed = istio.run("1.29.6")
    assert installed.code != 0
    assert f"ENABLE_GATEWAY_API_INFERENCE_EXTENSION is not set in Deployment {istio.namespace}/istiod" in installed.message

    istio.charts("1.31.0")
    jump = istio.run("1.31.0")
    assert jump.code != 0
    assert "Go there one after the other, next 1.30.x" in jump.message
    assert jump.writes == []

    folder = istio.plays.folder / "charts"
    (folder / "1.30.3").symlink_to(folder / "1.31.0")
    other = istio.run("1.30.3")
    assert other.code != 0
    assert "is version 1.31.0, and istio_chart_version is 1.30.3" in other.message
    assert other.writes == []
