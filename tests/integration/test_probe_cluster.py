# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_verify reads from a real API server who may answer, where, and which of two routes is older; verify.yml as users run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from e2e.stage import eventually

from .alone import run_module
from .conftest import Cluster, deployment
from .fake_gateway import NOBODY, FakeGateway, Seen, Served
from .plays import ROOT, Plays

pytestmark = pytest.mark.usefixtures("crds")

LISTENERS = [{"name": "http", "port": 80, "protocol": "HTTP"}]
ROUTES = [
    {
        "name": "chat",
        "parents": ["gw"],
        "rules": [{"path": "/v1", "backends": [{"service": "a", "port": 80, "weight": 50}, {"service": "b", "port": 80, "weight": 50}]}],
    },
    {"name": "pool", "parents": ["gw"], "rules": [{"path": "/pool", "backends": [{"pool": "p"}]}]},
]
POOLS = [{"name": "p", "selector": {"app": "p"}, "ports": [8000], "endpoint_picker": {"service": "epp", "port": 9002}}]


class Backends:
    """Three Deployments with pods of their own, two of them behind Services, and a gateway that sends where a test says."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        objects: list[dict[str, Any]] = [deployment(name) for name in "abp"]
        for made in objects:
            made["spec"]["replicas"] = 2
        for name in "ab":
            spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8000}]}
            objects.append({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        cluster.kubectl("wait", "--for=condition=Available", "deployment", "--all", "--timeout=60s")
        eventually(lambda: all(len(item.get("endpoints") or ()) == 2 for item in self.slices()), 60, "two endpoints in each slice")
        self.turn = 0
        self.names = {app: self.pods(app) for app in "abp"}

    def slices(self) -> list[dict[str, Any]]:
        """kubectl's own wait fails where an element of a list is not there yet."""
        items: list[dict[str, Any]] = json.loads(self.cluster.kubectl("get", "endpointslice", "-o", "json"))["items"]
        return items if len(items) == 2 else [{}]

    def pods(self, app: str) -> list[str]:
        items = json.loads(self.cluster.kubectl("get", "pods", "-l", f"app={app}", "-o", "json"))["items"]
        return sorted(f"{self.cluster.namespace}/{item['metadata']['name']}" for item in items)

    def __call__(self, seen: Seen) -> Served:
        if seen.path == "/v1" or seen.path.startswith("/v1/"):
            self.turn += 1
            return Served(self.names["ab"[self.turn % 2]][self.turn // 2 % 2])
        return Served(self.names["p"][0]) if seen.path.startswith("/pool/") else NOBODY


@pytest.fixture
def served(cluster: Cluster) -> Backends:
    cluster.ok("gateways", gateways=[{"name": "gw", "class": "none", "listeners": LISTENERS}])
    cluster.ok("inference_routes", inference_routes=ROUTES)
    cluster.ok("inference_pools", inference_pools=POOLS)
    status = {"status": {"addresses": [{"type": "IPAddress", "value": "127.0.0.1"}]}}
    cluster.kubectl("patch", "gateway", "gw", "--subresource=status", "--type=merge", "-p", json.dumps(status))
    return Backends(cluster)


def verify(cluster: Cluster, port: int, **params: Any) -> dict[str, Any]:
    lists = {"gateways": [{"name": "gw", "class": "none", "listeners": LISTENERS}], "inference_routes": ROUTES, "inference_pools": POOLS}
    with cluster.no_writes():
        args = {"kubeconfig": cluster.kubeconfig, "namespace": cluster.namespace, **lists, "port": port, "requests": 100, **params}
        return run_module("inference_verify", **args)[0]


def rows(result: dict[str, Any], kind: str) -> list[tuple[str, str]]:
    return [(row["verdict"], row["why"]) for row in result["rows"] if row["kind"] == kind]


def test_pods_tell_backends_apart(cluster: Cluster, served: Backends) -> None:
    with FakeGateway(served) as gateway:
        result = verify(cluster, gateway.port)
        assert not result.get("failed"), result["msg"]
        assert result["summary"]["refuted"] == result["summary"]["unproved"] == 0
        assert not result["notes"]
        split = next(row["split"] for row in result["rows"] if row["kind"] == "split")
        assert [share["count"] for share in split["shares"]] == [50, 50]
        served.names["b"] = served.names["p"]
        result = verify(cluster, gateway.port)
        assert [verdict for verdict, _why in rows(result, "split")] == ["refuted"]
        assert f"pool {cluster.namespace}/p answered" in result["msg"]
        served.names["p"] = [f"{cluster.namespace}/stranger"] * 2
        assert "stranger answered, which no declared backend has" in verify(cluster, gateway.port)["msg"]


def test_a_pool_that_is_not_declared_is_read(cluster: Cluster, served: Backends) -> None:
    with FakeGateway(served) as gateway:
        assert verify(cluster, gateway.port, inference_pools=None)["summary"]["unproved"] == 0
        cluster.kubectl("delete", "inferencepools.inference.networking.k8s.io", "p")
        result = verify(cluster, gateway.port, inference_pools=None)
        assert any("InferencePool" in note for note in result["notes"])


@pytest.mark.usefixtures("served")
def test_a_gateway_without_an_address(cluster: Cluster) -> None:
    cluster.kubectl("patch", "gateway", "gw", "--subresource=status", "--type=merge", "-p", '{"status": {"addresses": null}}')
    assert f"Gateway {cluster.namespace}/gw: has no address" in verify(cluster, 1)["msg"]
    result = verify(cluster, 1, gateways=[{"name": "none", "class": "x", "listeners": LISTENERS}])
    assert "no listener of a declared Gateway admits the route" in result["msg"]


def test_who_may_read_little_is_told_what(cluster: Cluster, served: Backends) -> None:
    with FakeGateway(served) as gateway:
        result = verify(cluster, gateway.port, kubeconfig=cluster.lab.viewer_kubeconfig, address="127.0.0.1")
    assert not result.get("failed"), result["msg"]
    assert any("cannot be read" in note for note in result["notes"])
    assert result["summary"]["unproved"] > 0


def test_the_play_proves_refutes_and_reports(cluster: Cluster, served: Backends, tmp_path: Path) -> None:
    plays = Plays(cluster.lab, tmp_path)
    lists = {"gateways": [{"name": "gw", "class": "none", "listeners": LISTENERS}], "inference_routes": ROUTES, "inference_pools": POOLS}
    with FakeGateway(served) as gateway:
        variables = {"inference_gateway_namespace": cluster.namespace, "inference_gateway_verify_port": gateway.port, **lists}
        report = tmp_path / "report.json"
        done = plays.run(f"{ROOT}/playbooks/verify.yml", plays.inventory(**variables), report, inference_gateway_report=str(report))
        assert (done.code, done.changed, done.writes) == (0, 0, []), done.output
        assert (done.results["refuted"], done.results["unproved"], done.results["failed"]) == (0, 0, [])
        assert f"{done.results['proved']} proved, 0 refuted, 0 neither" in done.message
        # A wrong weight in the inventory: the play has to fail, and still to write its report.
        wrong = json.loads(json.dumps(ROUTES))
        wrong[0]["rules"][0]["backends"][0]["weight"] = 950
        variables["inference_routes"] = wrong
        done = plays.run(f"{ROOT}/playbooks/verify.yml", plays.inventory(**variables), report, inference_gateway_report=str(report))
        assert done.code != 0
        assert done.results["refuted"] == 1
        assert "1 of" in done.message
        assert "checks are refuted" in done.message
        assert "where 95.0% is declared" in done.message


def test_a_job_in_the_cluster_leaves_nothing(cluster: Cluster) -> None:
    """The server takes the Job as it is. Its pod runs nothing here, and that has no answers is told; tests/unit/probe/test_job.py runs what a pod would."""
    args = {"kubeconfig": cluster.kubeconfig, "namespace": cluster.namespace, "run_in": "cluster", "probes": [{"url": "http://a.example/"}]}
    with cluster.writes() as written:
        result, _printed = run_module("traffic_probe", image="python-aiohttp:3", **args)
    assert "which holds the answers, cannot be read" in result["msg"]
    made = [line.split("/")[-1].split("?")[0] for line in written if line.startswith("patch")]
    assert len(made) == 3
    assert len(set(made)) == 1
    assert cluster.names("jobs,secrets") == set()
    assert not [name for name in cluster.names("configmaps") if "traffic-probe" in name]
    with cluster.no_writes():
        result, _printed = run_module("traffic_probe", image="python-aiohttp:3", _ansible_check_mode=True, **args)
    assert (result["probes"], result["changed"]) == ([], False)
    assert "image: is needed to run in the cluster" in run_module("traffic_probe", **args)[0]["msg"]
