# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where role endpoint_picker says what a picker that cannot be reached means to clients. That Envoy keeps to it is for tests/e2e."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Cluster
from .plays import Plays

PICKERS = [{"pool": "chat"}, {"pool": "embed", "namespace": "other"}]


@pytest.mark.parametrize(
    ("variables", "namespaces"),
    [
        ({}, {"{own}", "other"}),
        ({"gateways": [{"name": "gw", "namespace": "edge"}, {"name": "gw"}]}, {"edge", "{own}"}),
        ({"endpoint_picker_failure_status": 0}, set()),
    ],
    ids=["pickers", "gateways", "off"],
)
def test_an_envoy_filter_in_each_namespace_with_gateways(cluster: Cluster, tmp_path: Path, variables: dict[str, Any], namespaces: set[str]) -> None:
    common = {"endpoint_pickers": PICKERS, "inference_gateway_namespace": cluster.namespace, "inference_gateway_owner": "platform"}
    done = Plays(cluster.lab, tmp_path).role("endpoint_picker", check=True, **common, **variables)
    assert done.code == 0, done.output
    made = [step for step in done.results["plan"] if step["kind"].startswith("EnvoyFilter")]
    assert {step["namespace"] for step in made} == {name.format(own=cluster.namespace) for name in namespaces}
    assert {step["name"] for step in made} <= {"platform.endpoint-pickers"}
