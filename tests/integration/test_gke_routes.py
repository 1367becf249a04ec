# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pools and routes for GKE on the lab's API server: policies come, stay, change and go with what declares them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract import gke_crds
from inference_lab import Lab
from integration.conftest import Cluster

PICKER = {"service": "epp", "port": 9002}
HEALTH, TIME = "healthcheckpolicies.networking.gke.io", "gcpbackendpolicies.networking.gke.io"


@pytest.fixture(scope="module", autouse=True)
def kinds(lab: Lab, crds: Path) -> Iterator[None]:
    assert crds.exists()
    gke_crds.install(lab)
    yield
    gke_crds.remove(lab)


def pool(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "selector": {"app": name}, "ports": [8000], "endpoint_picker": PICKER, **more}


def chat(name: str, pool: str, seconds: int) -> dict[str, Any]:
    rules = [{"path": f"/{name}", "backends": [{"pool": pool}], "timeouts": {"request": f"{seconds}s"}}]
    return {"name": name, "parents": ["gw"], "rules": rules}


def spec(cluster: Cluster, kind: str, name: str) -> Any:
    return json.loads(cluster.kubectl("get", kind, name, "--output=json"))["spec"]


def test_a_pool_and_its_health_check_live_and_die_together(cluster: Cluster) -> None:
    given = {"renderer": "gke", "prune": True, "prune_limit": "100%"}
    made = cluster.ok("inference_pools", inference_pools=[pool("a", health_check={"path": "/ready", "interval": 2, "timeout": 1}), pool("b")], **given)
    assert made["summary"]["create"] == 4
    assert spec(cluster, HEALTH, "inferencepool.b")["default"]["config"]["httpHealthCheck"]["requestPath"] == "/health"
    read = cluster.ok("inference_pools_info")
    assert [entry.get("health_check") for entry in read["inference_pools"]] == [{"path": "/ready", "interval": 2, "timeout": 1}, None]
    assert read["unexpressed"] == []
    with cluster.no_writes():
        assert not cluster.ok("inference_pools", inference_pools=read["inference_pools"], **given)["changed"]
    one = cluster.ok("inference_pools", inference_pools=[{"name": "a"}], renderer="gke", state="absent")
    assert one["summary"]["delete"] == 2
    assert cluster.names(HEALTH) == {"healthcheckpolicy.networking.gke.io/inferencepool.b"}
    other = cluster.ok("inference_pools", inference_pools=[pool("b")], prune=True)
    assert (other["summary"]["keep"], other["summary"]["delete"]) == (1, 1)


def test_a_time_is_shared_and_goes_with_the_last_who_says_it(cluster: Cluster) -> None:
    given = {"renderer": "gke", "prune": True, "prune_limit": "100%"}
    made = cluster.ok("inference_routes", inference_routes=[chat("a", "llama", 60), chat("b", "llama", 60)], **given)
    assert made["summary"]["create"] == 3
    assert spec(cluster, TIME, "inferencepool.llama")["default"] == {"timeoutSec": 60}
    assert "timeouts" not in spec(cluster, "httproutes", "a")["rules"][0]
    read = cluster.ok("inference_routes_info")
    assert read["unexpressed"] == [] and read["inference_routes"][1]["rules"][0]["timeouts"] == {"request": "60s"}
    with cluster.no_writes():
        assert not cluster.ok("inference_routes", inference_routes=read["inference_routes"], **given)["changed"]
    refused = cluster.refused("inference_routes", inference_routes=[chat("a", "llama", 60), chat("b", "llama", 90)], **given)
    assert "GKE knows one time for a backend" in refused
    moved = cluster.ok("inference_routes", inference_routes=[chat("b", "llama", 90)], **given)
    assert moved["summary"]["delete"] == 1 and spec(cluster, TIME, "inferencepool.llama")["default"] == {"timeoutSec": 90}
    cluster.ok("inference_routes", inference_routes=[], **given)
    assert cluster.names(TIME) == set() and cluster.names("configmaps") == {"configmap/kube-root-ca.crt"}
