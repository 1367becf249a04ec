# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as its users meet it: scheduling, claims, addresses, charts, rights, the audit log; then its life and death."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
import yaml
from inference_lab import Lab, components
from inference_lab import lab as labs


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
