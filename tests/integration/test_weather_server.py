# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What befalls a cluster during a run: a restarted API server, a definition or namespace that goes. Told clearly, nothing is lost, a rerun converges."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faults
import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores.transport import Transport
from inference_lab.api import Api

from .conftest import Cluster, config_map
from .test_weather import kubeconfig


class Server:
    """Another API server on the lab's etcd, which can be killed and started again without harm to the lab."""

    def __init__(self, cluster: Cluster) -> None:
        self.state = cluster.lab.state
        first = next(entry for entry in cluster.lab.processes if entry.name == "kube-apiserver")
        argv = Path(f"/proc/{first.pid}/cmdline").read_text().rstrip("\0").split("\0")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        other = {"--secure-port": str(self.port), "--audit-log-path": "audit-weather.log"}
        self.argv = [f"{flag}={other[flag]}" if flag in other else word for word in argv for flag in [word.partition("=")[0]]]
        self.address = f"https://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.state / "logs" / "weather.log").open("ab") as log:
            self.process = subprocess.Popen(self.argv, cwd=self.state, stdout=log, stderr=log, env={"PATH": "/usr/bin:/bin"})
        api, end = Api(self.port, self.state / "pki", "admin"), time.monotonic() + 60
        while problem := api.problem("/readyz"):
            assert time.monotonic() < end and self.process.poll() is None, problem
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server(cluster: Cluster) -> Iterator[Server]:
    found = Server(cluster)
    found.start()
    yield found
    found.kill()


def test_an_api_server_that_restarts_during_a_run(cluster: Cluster, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Back in time it is not even noticed; while it stays away the run says what it wrote; a rerun finishes."""
    cluster.kubeconfig = kubeconfig(cluster, tmp_path, server=server.address)
    send, actions = Transport._send, []

    def sending(self: Transport, method: str, path: str, query: Any, *rest: Any, **options: Any) -> Any:
        if method == "PATCH" and "dryRun" not in (query or {}) and path.endswith("/b") and actions:
            actions.pop()()
        return send(self, method, path, query, *rest, **options)

    def restart() -> None:
        server.kill()
        server.start()

    monkeypatch.setattr(Transport, "_send", sending)
    actions.append(restart)
    assert cluster.ok("applyset", objects=[config_map("a", a="1"), config_map("b", a="1")], concurrency=1)["summary"]["create"] == 2
    assert not actions
    actions.append(server.kill)
    wanted = [config_map("a", a="2"), config_map("b", a="2"), config_map("c", a="2")]
    result = cluster.run("applyset", objects=wanted, concurrency=1)
    assert result["failed"] and len(result["written"]) == 1 and len(result["failed_objects"]) == 1 and len(result["not_tried"]) == 1
    assert "Nothing listens there" in result["msg"] and "Run again" in result["msg"]
    server.start()
    assert cluster.ok("applyset", objects=wanted)["summary"] == {"create": 1, "update": 1, "replace": 0, "delete": 0, "keep": 1}
    assert not cluster.ok("applyset", objects=wanted)["changed"]


@pytest.mark.parametrize("moment", ["GET /apis/{}/v1/namespaces/", "PATCH /apis/{}/v1/namespaces/"])
def test_a_definition_that_is_deleted_between_list_and_write(cluster: Cluster, tmp_path: Path, moment: str) -> None:
    group = f"{cluster.namespace}.example.com"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]
    names = {"kind": "Toy", "plural": "toys", "singular": "toy", "listKind": "ToyList"}
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"toys.{group}"}}
    text = json.dumps(crd | {"spec": {"group": group, "names": names, "scope": "Namespaced", "versions": versions}})

    def install() -> None:
        cluster.kubectl("apply", "-f", "-", stdin=text)
        cluster.kubectl("wait", "--for=condition=Established", f"crd/toys.{group}", "--timeout=20s")

    wanted = [{"apiVersion": f"{group}/v1", "kind": "Toy", "metadata": {"name": "t"}, "size": 1}, config_map("c", a="1")]
    install()
    with faults.proxy(cluster.lab, tmp_path) as (proxy, address):
        cluster.kubeconfig = address

        def now(line: str) -> bool:
            return line.startswith(moment.format(group)) and "dryRun" not in line

        proxy.arm(1, faults.just_before(now, lambda: cluster.kubectl("delete", "crd", f"toys.{group}")), from_then_on=True)
        message = cluster.refused("applyset", objects=wanted)
    assert f"Toy.{group}" in message and "its definition (CRD) was deleted while this run was at work. Install it again" in message
    cluster.kubeconfig = cluster.lab.kubeconfig
    assert "does not know the kind Toy" in cluster.refused("applyset", objects=wanted)
    install()
    try:
        assert cluster.ok("applyset", objects=wanted)["changed"]
        assert not cluster.ok("applyset", objects=wanted)["changed"]
    finally:
        cluster.kubectl("delete", "crd", f"toys.{group}", "--wait=false")


@pytest.mark.parametrize("home", [True, False], ids=["home", "another"])
def test_a_namespace_that_is_being_deleted(cluster: Cluster, home: bool) -> None:
    name = f"{cluster.namespace[:50]}-leaving"
    cluster.lab.kubectl("create", "namespace", name)
    held = config_map("held")
    held["metadata"]["finalizers"] = ["example.com/held"]
    cluster.lab.kubectl("-n", name, "create", "-f", "-", input=json.dumps(held))
    cluster.lab.kubectl("delete", "namespace", name, "--wait=false")
    away = config_map("c", a="1")
    away["metadata"]["namespace"] = name
    params = {"objects": [away, config_map("d", a="1")], "namespace": name if home else cluster.namespace}
    with cluster.no_writes():
        message = cluster.refused("applyset", **params)
    assert f"namespace {name} is being deleted. Wait until it is gone and make it anew" in message
    cluster.lab.kubectl("-n", name, "patch", "configmap", "held", "--type=json", "-p", '[{"op": "remove", "path": "/metadata/finalizers"}]')
    cluster.lab.kubectl("wait", "--for=delete", f"namespace/{name}", "--timeout=30s")
    cluster.lab.kubectl("create", "namespace", name)
    assert cluster.ok("applyset", **params)["summary"]["create"] == 2
    assert not cluster.ok("applyset", **params)["changed"]
    cluster.lab.kubectl("delete", "namespace", name, "--wait=false")
