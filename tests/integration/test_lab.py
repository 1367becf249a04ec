# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as its users meet it: scheduling, claims, addresses, charts, rights, the audit log; then its life and death."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
import yaml
from inference_lab import Lab, LabError, components, process, starting
from inference_lab import lab as labs
from inference_lab.paths import PACKAGE


@pytest.fixture
def namespace(lab: Lab) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"lab-{uuid.uuid4().hex[:8]}"
    lab.kubectl("create", "namespace", name)
    yield name
    lab.kubectl("delete", "namespace", name, "--wait=false")


def deployment(name: str, resource: str, count: int) -> str:
    container = {"name": "model", "image": "example.invalid/model:1", "resources": {"limits": {resource: str(count)}}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}}
    return yaml.safe_dump({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec})


def read(lab: Lab, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lab.kubectl("get", *args, "-o", "json"))
    return found


@pytest.mark.parametrize(("resource", "node"), [("nvidia.com/gpu", "h100-0"), ("amd.com/gpu", "mi300x-0")])
def test_a_deployment_of_eight_gpus_becomes_ready_on_the_node_that_has_them(lab: Lab, namespace: str, resource: str, node: str) -> None:
    lab.kubectl("apply", "-n", namespace, "-f", "-", input=deployment("fits", resource, 8))
    lab.kubectl("wait", "-n", namespace, "deployment/fits", "--for=condition=Available", "--timeout=30s")
    pod = read(lab, "pods", "-n", namespace)["items"][0]
    assert pod["spec"]["nodeName"] == node
    assert pod["status"]["podIP"].startswith("10.244.")


def test_a_deployment_of_nine_gpus_stays_pending_and_the_scheduler_says_why(lab: Lab, namespace: str) -> None:
    lab.kubectl("apply", "-n", namespace, "-f", "-", input=deployment("too-large", "nvidia.com/gpu", 9))
    lab.kubectl("wait", "-n", namespace, "pod", "--selector=app=too-large", "--for=condition=PodScheduled=False", "--timeout=30s")
    pod = read(lab, "pods", "-n", namespace)["items"][0]
    assert pod["status"]["phase"] == "Pending"
    assert "Insufficient nvidia.com/gpu" in pod["status"]["conditions"][0]["message"]
    lab.kubectl(
        "wait", "-n", namespace, "event", "--for=jsonpath={.reason}=FailedScheduling", f"--field-selector=involvedObject.name={pod['metadata']['name']}"
    )


def test_nodes_carry_the_labels_of_the_vendors_discovery(lab: Lab) -> None:
    nodes = {item["metadata"]["name"]: item for item in read(lab, "nodes")["items"]}
    assert nodes["h100-0"]["metadata"]["labels"]["nvidia.com/gpu.product"] == "NVIDIA-H100-80GB-HBM3"
    assert nodes["mi300x-0"]["metadata"]["labels"]["feature.node.kubernetes.io/amd-gpu"] == "true"
    assert {"cpu-0", "cpu-1"} <= set(nodes)
    assert not [name for name, node in nodes.items() if any(kind["address"].startswith("127.") for kind in node["status"]["addresses"])]


CHART = {
    "Chart.yaml": "apiVersion: v2\nname: sample\nversion: 0.1.0\nkubeVersion: '>=1.36.0'\n",
    "templates/all.yaml": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: sample}}
  template:
    metadata: {labels: {app: sample}}
    spec:
      containers:
        - name: sample
          image: example.invalid/sample:1
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: {{ .Release.Name }}}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: {{ .Release.Name }}}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {type: LoadBalancer, selector: {app: sample}, ports: [{port: 80}]}
""",
}


def helm(lab: Lab, home: Path, *args: str) -> None:
    env = os.environ | {"HOME": str(home), "KUBECONFIG": lab.kubeconfig}
    done = subprocess.run([str(lab.bin / "helm"), *args], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_chart_with_a_claim_and_a_load_balancer_installs_with_wait(lab: Lab, namespace: str, tmp_path: Path) -> None:
    for name, text in CHART.items():
        file = tmp_path / "chart" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    helm(lab, tmp_path, "install", "sample", str(tmp_path / "chart"), "-n", namespace, "--wait", "--timeout", "60s")
    assert read(lab, "pvc", "sample", "-n", namespace)["status"]["phase"] == "Bound"
    service = read(lab, "service", "sample", "-n", namespace)
    assert service["status"]["loadBalancer"]["ingress"][0]["ip"] == service["spec"]["clusterIP"]
    volume = read(lab, "pvc", "sample", "-n", namespace)["spec"]["volumeName"]
    helm(lab, tmp_path, "uninstall", "sample", "-n", namespace, "--wait", "--timeout", "60s")
    lab.kubectl("wait", "pv", volume, "--for=delete", "--timeout=30s")


def test_logs_of_a_fake_pod_are_refused_at_once(lab: Lab, namespace: str) -> None:
    lab.kubectl("apply", "-n", namespace, "-f", "-", input=deployment("quiet", "cpu", 1))
    lab.kubectl("wait", "-n", namespace, "deployment/quiet", "--for=condition=Available", "--timeout=30s")
    with pytest.raises(inference_lab.LabError, match="no logs found"):
        lab.kubectl("logs", "-n", namespace, "deployment/quiet")


@pytest.mark.parametrize("channel", ["standard", "experimental"])
def test_manifests_of_the_pinned_modules_are_taken_by_the_server(lab: Lab, channel: str) -> None:
    folder = lab.manifests / "gateway-api-v1.6.1" / channel
    assert "httproutes" in lab.kubectl("apply", "--server-side", "--dry-run=server", "-f", str(folder))
    assert any("vap" in file.name for file in folder.iterdir()), "the admission policy belongs to the release"
    assert not (folder / "kustomization.yaml").exists()


@pytest.mark.parametrize("folder", ["inference-extension-v1.5.0", "inference-extension-v1.6.0", "gateway-api-v1.5.1/standard"])
def test_further_versions_are_offered(lab: Lab, folder: str) -> None:
    assert list((lab.manifests / folder).glob("*.yaml"))


def as_viewer(lab: Lab, *args: str) -> subprocess.CompletedProcess[str]:
    argv = [str(lab.bin / "kubectl"), f"--kubeconfig={lab.viewer_kubeconfig}", *args]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_the_viewer_reads_little_and_writes_nothing(lab: Lab) -> None:
    assert as_viewer(lab, "get", "services", "-A").returncode == 0
    for args, verb in ((("get", "secrets"), "list"), (("create", "configmap", "x"), "create"), (("delete", "service", "kubernetes"), "delete")):
        refused = as_viewer(lab, *args)
        assert refused.returncode != 0
        assert f'User "lab:viewer" cannot {verb}' in refused.stderr


def test_nobody_without_a_certificate_is_let_in(lab: Lab) -> None:
    context = ssl.create_default_context(cafile=str(lab.state / "pki" / "ca.crt"))
    connection = http.client.HTTPSConnection("127.0.0.1", lab.ports["api"], context=context, timeout=10)
    connection.request("GET", "/version")
    assert connection.getresponse().status == 401
    connection.close()


def test_requests_are_counted_exactly_by_agent_user_and_verb(lab: Lab) -> None:
    agent, since = f"count-{uuid.uuid4().hex}", labs.audit.now()
    for _time in range(3):
        lab.api.request("GET", "/api/v1/namespaces", agent=agent)
    lab.api.request("POST", "/api/v1/namespaces?dryRun=All", {"metadata": {"name": "x"}}, agent=agent)
    assert [item["verb"] for item in lab.requests(user_agent=agent)] == ["list", "list", "list", "create"]
    assert len(lab.requests(user_agent=agent, verbs=("create",))) == 1
    assert len(lab.requests(user="lab:admin", since=since, user_agent=agent)) == 4
    assert lab.requests(user="lab:viewer", user_agent=agent) == []
    assert not [item for item in lab.requests() if item["user"].get("username") == "lab:kwok"], "the lab's own programs are left out"


def listening(pids: set[int]) -> set[str]:
    """Local addresses on which any of these processes listens, by /proc."""
    mine = {str(link.readlink()) for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if (fields[3] == "0A" or table.startswith("udp")) and f"socket:[{fields[9]}]" in mine:
                found.add(fields[1])
    return found


def test_nothing_listens_beyond_loopback(lab: Lab) -> None:
    addresses = listening({entry.pid for entry in lab.processes})
    assert len(addresses) == len(components.PORTS)
    assert {address.partition(":")[0] for address in addresses} == {"0100007F"}, "127.0.0.1 as the kernel writes it"


# From here on: labs of the tests' own, since these end them.


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a state" / "lab"
    yield folder
    inference_lab.down(folder)


def kill(lab: Lab) -> None:
    for entry in lab.processes:
        os.kill(entry.pid, signal.SIGKILL)
    process.stop(lab.processes)


def test_a_lab_lives_beside_another_and_leaves_nothing_behind(lab: Lab, state: Path) -> None:
    began = time.monotonic()
    other, started = inference_lab.up(state)
    assert started
    assert time.monotonic() - began < 15, "a warm start takes less than 15 s"
    assert not set(other.ports.values()) & set(lab.ports.values())
    assert inference_lab.up(state)[1] is False, "up on a running lab does nothing"
    assert inference_lab.down(state)
    assert not [entry for entry in other.processes if entry.alive()]
    assert list(state.parent.iterdir()) == []
    assert not inference_lab.down(state)
    assert lab.kubectl("get", "--raw", "/readyz") == "ok"


def test_a_killed_lab_starts_again_with_its_data_and_its_address(state: Path) -> None:
    first, _started = inference_lab.up(state)
    first.kubectl("create", "configmap", "kept")
    before = Path(first.kubeconfig).read_text()
    kill(first)
    with socket.create_server(("127.0.0.1", first.ports["etcd-peer"])):
        second, started = inference_lab.up(state)
    assert started
    assert second.kubectl("get", "configmap", "kept", "-o", "name") == "configmap/kept\n"
    assert Path(second.kubeconfig).read_text() == before


def recorded(lab: Lab, version: str) -> None:
    """The record as a checkout that pins this version of Kubernetes would have left it. The programs are the same: no second version is built."""
    dataclasses.replace(lab, pins={**lab.pins, "kubernetes": {"version": version, "key": "another"}}).save()


def test_a_lab_of_older_programs_is_upgraded_with_its_data_and_one_of_newer_ones_refused(state: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, _started = inference_lab.up(state)
    first.kubectl("create", "configmap", "kept")
    recorded(first, "v1.36.0")
    second, started = inference_lab.up(state)
    assert started and "kubernetes v1.36.0 -> " in capfd.readouterr().err
    assert (second.pins, second.ports) == (first.pins, first.ports) and not second.dead()
    assert not {entry.pid for entry in second.processes} & {entry.pid for entry in first.processes}
    second.kubectl("get", "configmap", "kept")
    assert not inference_lab.up(state)[1]
    for running in (True, False):
        recorded(second, "v1.99.0")
        with pytest.raises(LabError, match=r"kubernetes v1\.99\.0, here (.|\n)*take it down first"):
            inference_lab.up(state)
        if running:
            assert not second.dead()
            second.kubectl("get", "configmap", "kept")
            kill(second)
    assert inference_lab.down(state)


def test_a_start_that_is_killed_half_way_can_be_taken_down(state: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    starter = subprocess.Popen([sys.executable, "-m", "inference_lab", "up", "--state", str(state)], env=env, stderr=subprocess.DEVNULL)
    while (half := inference_lab.load(state)) is None or len(half.processes) < 2:
        assert starter.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    starter.kill()
    starter.wait()
    assert inference_lab.down(state)
    assert not [entry for entry in half.processes if entry.alive()]


@pytest.mark.parametrize("name", ["api", "kwok"])  # the two that say it in words of their own; a start takes its time
def test_a_port_that_somebody_takes_at_the_last_moment_is_replaced(state: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    choose, offered = starting.ports.choose, []

    def too_late(*args: Any) -> dict[str, int]:
        offered.append(choose(*args))
        return offered[-1] | ({name: server.getsockname()[1]} if len(offered) == 1 else {})

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(starting.ports, "choose", too_late)
        assert inference_lab.up(state)[1]
    assert len(offered) == 2


def test_a_program_that_dies_at_the_start_is_named_with_its_log_and_the_others_are_ended(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = components.commands

    def broken(*args: Any) -> dict[str, list[str]]:
        return commands(*args) | {"kube-scheduler": ["--no-such-flag"]}

    monkeypatch.setattr(components, "commands", broken)
    with pytest.raises(inference_lab.LabError, match=r"kube-scheduler died while it started\n(.*\n)*.*unknown flag: --no-such-flag"):
        inference_lab.up(state)
    left = inference_lab.load(state)
    assert left is not None
    assert not [entry for entry in left.processes if entry.alive()]
