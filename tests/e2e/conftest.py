# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab that carries traffic, with Istio installed by our own role, one for the whole session."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import inference_lab
import pytest
from inference_lab import Lab
from integration.conftest import Cluster
from integration.plays import Plays

from .stage import Stage, lab_with_traffic

ISTIO = "1.31.0"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The lab that INFERENCE_LAB_TRAFFIC_STATE names when it runs (it is left running), else one of our own, taken down at the end."""
    named = os.environ.get("INFERENCE_LAB_TRAFFIC_STATE")
    found = inference_lab.load(Path(named).absolute()) if named else None
    if found is not None and not found.dead() and found.traffic:
        yield found
        return
    with lab_with_traffic(tmp_path_factory.mktemp("lab") / "state", engines=None) as made:
        yield made


@pytest.fixture(scope="session")
def plays(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Plays:
    return Plays(lab, tmp_path_factory.mktemp("plays"))


@pytest.fixture(scope="session")
def istio(lab: Lab, plays: Plays) -> Lab:
    """CRDs and Istio's control plane, each by its role; the charts are the real ones, out of Istio's module."""
    charts = f"{lab.manifests}/istio-{ISTIO}/charts"
    variables = {
        "gateway_api_channel": "experimental",
        "istio_chart_repo": "",
        "istio_chart_version": ISTIO,
        "istio_base_chart_ref": f"{charts}/base",
        "istio_chart_ref": f"{charts}/istiod",
        "istio_helm_binary": str(lab.bin / "helm"),
        "istio_values": {"autoscaleEnabled": False},
    }
    for role in ("gateway_api", "inference_extension", "istio"):
        outcome = plays.role(role, **variables)
        assert outcome.code == 0, outcome.output
    return lab


@pytest.fixture
def stage(istio: Lab, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A fresh namespace behind a Gateway of its own."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())
    name = f"e-{words[:34].strip('-')}-{secrets.token_hex(3)}"
    istio.kubectl("create", "namespace", name)
    stage = Stage(Cluster(istio, name))
    stage.gateway()
    yield stage
    istio.kubectl("delete", "namespace", name, "--wait=false")
