# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_verify stops real Deployments behind a gateway that a test writes: what it makes of each way to fail, and that nothing stays stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe import workloads
from ansible_collections.inference.gateway.plugins.module_utils.stores.connect import connect
from e2e.stage import eventually

from .alone import run_module
from .conftest import Cluster, deployment
from .fake_gateway import NOBODY, FakeGateway, Seen, Served
from .plays import ROOT

LISTENERS = [{"name": "http", "port": 80, "protocol": "HTTP"}]
NOTE = "inference.gateway/stopped-by-verify"
AUTH = ("kubeconfig", "context", "host", "api_key", "username", "password", "validate_certs", "ca_cert", "client_cert", "client_key", "proxy")


class Servers:
    """Three Deployments of two pods, each behind a Service, and a gateway that sends to the first whose pods are there."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        cluster.ok("applyset", owner="models", objects=self.objects(), wait=True, wait_timeout=60)
        eventually(lambda: all(self.pods(name) for name in "abc"), 30)
        self.transport = connect({**dict.fromkeys(AUTH), "kubeconfig": cluster.kubeconfig}, 2)
        eventually(lambda: all(len(self.behind(name)) == 2 == self.endpoints(name) for name in "abc"), 60, "two pods behind each Service")

    def objects(self, replicas: int = 2) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        for name in "abc":
            one = deployment(name)
            one["spec"]["replicas"] = replicas
            service = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8000}]}
            made += [one, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": service}]
        return made

    def pods(self, app: str) -> list[str]:
        words = self.cluster.kubectl("get", "pods", "-l", f"app={app}", "-o", "jsonpath={.items[*].metadata.name}").split()
        return [f"{self.cluster.namespace}/{name}" for name in words]

    def endpoints(self, app: str) -> int:
        """Which pods a Service has is read from there, and they come after the pods."""
        items = json.loads(self.cluster.kubectl("get", "endpointslice", "-l", f"kubernetes.io/service-name={app}", "-o", "json"))["items"]
        return sum(len(item.get("endpoints") or ()) for item in items)

    def behind(self, app: str) -> list[str]:
        """Pods that a gateway may send to: they live, and their Service has them as endpoints, which it gets to know a moment after they are there."""
        space = f"namespaces/{self.cluster.namespace}"
        items = self.transport.request("GET", f"/api/v1/{space}/pods", query={"labelSelector": f"app={app}"})["items"]
        query = {"labelSelector": f"kubernetes.io/service-name={app}"}
        slices = self.transport.request("GET", f"/apis/discovery.k8s.io/v1/{space}/endpointslices", query=query)["items"]
        known = {endpoint["targetRef"]["name"] for item in slices for endpoint in item.get("endpoints") or () if endpoint.get("targetRef")}
        alive = [item["metadata"]["name"] for item in items if not item["metadata"].get("deletionTimestamp")]
        return [f"{self.cluster.namespace}/{name}" for name in alive if name in known]

    def replicas(self, app: str) -> int:
        return int(self.cluster.get(f"deployment/{app}")["spec"]["replicas"])

    def __call__(self, seen: Seen) -> Served:
        if not seen.path.startswith("/v1"):
            return NOBODY
        alive = [pods[0] for name in "abc" if (pods := self.behind(name))]
        return Served(alive[0]) if alive else Served(status=503)


@pytest.fixture
def servers(cluster: Cluster) -> Servers:
    return Servers(cluster)


def params(cluster: Cluster, port: int, backends: str = "ab", **more: Any) -> dict[str, Any]:
    rule = {"path": "/v1", "backends": [{"service": name, "port": 80, "priority": number} for number, name in enumerate(backends)], **more.pop("rule", {})}
    lists = {
        "gateways": [{"name": "gw", "class": "none", "listeners": LISTENERS}],
        "inference_routes": [{"name": "chat", "parents": ["gw"], "rules": [rule]}],
    }
    args = {"kubeconfig": cluster.kubeconfig, "namespace": cluster.namespace, "address": "127.0.0.1", "port": port}
    return {**args, **lists, "failovers": True, "failover_timeout": "10s", "requests": 5, **more}


def verify(servers: Servers, rules: Callable[[Seen], Served], **more: Any) -> list[dict[str, Any]]:
    """The rows about failovers; afterwards everything runs as before, whatever came of it."""
    with FakeGateway(rules) as gateway:
        result = run_module("inference_verify", **params(servers.cluster, gateway.port, **more))[0]
    assert [servers.replicas(name) for name in "abc"] == [2, 2, 2]
    assert NOTE not in servers.cluster.get("deployment/a")["metadata"].get("annotations", {})
    assert "rows" in result, result.get("msg")
    found = [row for row in result["rows"] if row["kind"] == "failover"]
    assert bool(result.get("failed")) is any(row["verdict"] == "refuted" for row in result["rows"])
    return found


def test_each_fallback_is_tried_with_all_before_it_gone(servers: Servers) -> None:
    before = servers.cluster.get("deployment/a")["metadata"]["managedFields"]
    rows = verify(servers, servers, backends="abc")
    ns = servers.cluster.namespace
    assert [(row["verdict"], row["why"]) for row in rows] == [("proved", "")] * 2
    assert rows[1]["failover"]["stopped"] == [f"Deployment {ns}/a", f"Deployment {ns}/b"]
    assert "while" in rows[1]["expected"] and f"{ns}/c" in rows[1]["expected"]
    # The number of pods is whose it was: neither drift now, nor a conflict when it changes.
    after = servers.cluster.get("deployment/a")["metadata"]["managedFields"]
    assert workloads.owners(after) == workloads.owners(before) != []
    assert workloads.MANAGER not in {entry["manager"] for entry in after}
    assert not servers.cluster.ok("applyset", owner="models", objects=servers.objects())["changed"]
    assert servers.cluster.ok("applyset", owner="models", objects=servers.objects(3))["summary"]["update"] == 3


def test_a_request_that_fails_meanwhile_refutes_it(servers: Servers) -> None:
    def without_failover(seen: Seen) -> Served:
        return servers(seen) if servers.behind("a") or not seen.path.startswith("/v1") else Served(status=503)

    (row,) = verify(servers, without_failover)
    assert row["verdict"] == "refuted"
    assert "failed: " in row["why"] and "status 503" in row["why"] and "was gone" in row["why"]


def test_an_answer_beyond_the_budget_of_retries_refutes_it(servers: Servers) -> None:
    def slow(seen: Seen) -> Served:
        if not servers.behind("a"):
            time.sleep(0.3)
        return servers(seen)

    (row,) = verify(servers, slow, rule={"timeouts": {"request": "250ms"}})
    assert row["verdict"] == "refuted"
    assert "timeouts and retries of the rule allow 0.25 s" in row["why"]


def test_who_never_comes_back_is_refuted(servers: Servers) -> None:
    seen_gone: list[bool] = []

    def sticky(seen: Seen) -> Served:
        seen_gone.extend([True] if not servers.behind("a") else [])
        return Served(servers.behind("b")[0]) if seen_gone and seen.path.startswith("/v1") else servers(seen)

    (row,) = verify(servers, sticky, failover_timeout="1s")
    assert (row["verdict"], row["failover"]["back_after_s"]) == ("refuted", None)
    assert "was started again and does not answer alone after 1 s" in row["why"]


def test_somebody_else_who_answers_refutes_it(servers: Servers) -> None:
    def other(seen: Seen) -> Served:
        return Served("ai/stranger") if seen.path.startswith("/v1") and not servers.behind("a") else servers(seen)

    (row,) = verify(servers, other)
    assert row["verdict"] == "refuted" and "ai/stranger answered" in row["why"]


def test_a_backend_that_does_not_stop_leaves_it_open(servers: Servers) -> None:
    names = servers.pods("a")
    (row,) = verify(servers, lambda seen: Served(names[0]) if seen.path.startswith("/v1") else NOBODY, failover_timeout="1s")
    assert row["verdict"] == "unproved" and "still answers after 1 s" in row["why"]


def test_nothing_is_stopped_without_leave_in_check_mode_or_where_it_cannot_be(servers: Servers) -> None:
    cluster = servers.cluster
    generation = cluster.get("deployment/a")["metadata"]["generation"]
    (row,) = verify(servers, servers, failovers=False)
    assert row["verdict"] == "unproved" and "failovers: true" in row["why"]
    (row,) = verify(servers, servers, _ansible_check_mode=True)
    assert row["verdict"] == "unproved" and "check mode" in row["why"]
    # The fallback has the same pods as the first: there would be nobody left.
    service = {"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": 8000}]}
    twin = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "twin"}, "spec": service}
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(twin))
    eventually(lambda: "twin" in cluster.kubectl("get", "endpointslices", "-o", "name"), 20)
    with FakeGateway(servers) as gateway:
        args = params(cluster, gateway.port)
        args["inference_routes"][0]["rules"][0]["backends"][1]["service"] = "twin"
        result = run_module("inference_verify", **args)[0]
    (row,) = [row for row in result["rows"] if row["kind"] == "failover"]
    assert row["verdict"] == "unproved"
    assert cluster.get("deployment/a")["metadata"]["generation"] == generation


def started(cluster: Cluster, port: int) -> subprocess.Popen[str]:
    """The module as Ansible runs it, in a process of its own."""
    code = "from ansible_collections.inference.gateway.plugins.modules.inference_verify import main; import sys; sys.argv = ['m', sys.argv[1]]; main()"
    text = json.dumps({"ANSIBLE_MODULE_ARGS": params(cluster, port, failover_timeout="60s")})
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}/.ansible/collections", "HOME": str(cluster.lab.state)}
    prefix = "import ansible.module_utils.basic as b; b._ANSIBLE_PROFILE = 'legacy'; "
    return subprocess.Popen([sys.executable, "-c", prefix + code, text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda ending: ending.name)
def test_a_run_that_is_ended_leaves_nothing_stopped(servers: Servers, ending: signal.Signals) -> None:
    names = servers.pods("a")

    def never_moves(seen: Seen) -> Served:
        return Served(names[0]) if seen.path.startswith("/v1") else NOBODY

    with FakeGateway(never_moves) as gateway:
        run = started(servers.cluster, gateway.port)
        try:
            eventually(lambda: servers.replicas("a") == 0, 30, "the first backend is stopped")
            run.send_signal(ending)
            output = run.communicate(timeout=30)[0]
        finally:
            run.kill()
    assert run.returncode != 0, output
    if ending == signal.SIGKILL:
        assert servers.replicas("a") == 0, "nobody was left to start it"
        with FakeGateway(servers) as gateway:
            result = run_module("inference_verify", **params(servers.cluster, gateway.port))[0]
        assert any("was left stopped by an earlier verification" in note for note in result["notes"])
    assert servers.replicas("a") == 2, output
    assert NOTE not in servers.cluster.get("deployment/a")["metadata"].get("annotations", {})
