# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fresh lab holds: fake nodes, a default StorageClass, and the rights of its least-privileged user."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import yaml

from .api import Api
from .errors import LabError

VIEWER = "lab:viewer"
READ = ["get", "list", "watch"]
MOST_NODES = 250


@dataclasses.dataclass(frozen=True)
class Nodes:
    """How many fake nodes of each sort."""

    h100: int = 1
    mi300x: int = 1
    cpu: int = 2

    def __post_init__(self) -> None:
        counts = dataclasses.asdict(self)
        for sort, count in counts.items():
            if count < 0:
                raise LabError(f"the number of {sort} nodes is {count}", "write 0 or more")
        if sum(counts.values()) > MOST_NODES:
            raise LabError(f"{sum(counts.values())} nodes are asked for; the lab has addresses for {MOST_NODES}", "ask for fewer")


# The labels are those that the vendors' feature discovery sets on such machines; memory in MiB for NVIDIA, as it writes it.
SORTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "h100": (
        {
            "nvidia.com/gpu.present": "true",
            "nvidia.com/gpu.count": "8",
            "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
            "nvidia.com/gpu.family": "hopper",
            "nvidia.com/gpu.memory": "81559",
            "nvidia.com/gpu.replicas": "1",
            "nvidia.com/gpu.compute.major": "9",
            "nvidia.com/gpu.compute.minor": "0",
            "nvidia.com/gpu.deploy.device-plugin": "true",
            "nvidia.com/cuda.driver.major": "595",
            "nvidia.com/mig.capable": "true",
            "nvidia.com/mig.strategy": "single",
            "feature.node.kubernetes.io/pci-10de.present": "true",
            "node.kubernetes.io/instance-type": "gpu-h100-8",
        },
        {"nvidia.com/gpu": "8", "cpu": "112", "memory": "2048Gi", "ephemeral-storage": "4096Gi"},
    ),
    "mi300x": (
        {
            "feature.node.kubernetes.io/amd-gpu": "true",
            "amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM",
            "amd.com/gpu.family": "AI",
            "amd.com/gpu.vram": "192G",
            "amd.com/gpu.cu-count": "304",
            "amd.com/gpu.simd-count": "1216",
            "amd.com/gpu.device-id": "74a1",
            "amd.com/compute-partitioning-supported": "true",
            "amd.com/memory-partitioning-supported": "true",
            "node.kubernetes.io/instance-type": "gpu-mi300x-8",
        },
        {"amd.com/gpu": "8", "cpu": "192", "memory": "2048Gi", "ephemeral-storage": "4096Gi"},
    ),
    "cpu": ({"node.kubernetes.io/instance-type": "cpu-32"}, {"cpu": "32", "memory": "128Gi", "ephemeral-storage": "1024Gi"}),
}


def fill(api: Api, nodes: Nodes, storage: list[Path]) -> None:
    """Create what is missing; what is there stays as it is."""
    for manifest in node_manifests(nodes):
        api.ensure("/api/v1/nodes", manifest)
    for path in storage:
        api.ensure("/apis/storage.k8s.io/v1/storageclasses", yaml.safe_load(path.read_text(encoding="utf-8")))
    api.ensure("/apis/rbac.authorization.k8s.io/v1/clusterroles", viewer_role())
    api.ensure("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", viewer_binding())


def node_manifests(nodes: Nodes) -> list[dict[str, Any]]:
    """Plain Node objects; KWOK plays their kubelet, and pods take their addresses from each node's own range."""
    names = [(sort, f"{sort}-{number}") for sort in SORTS for number in range(getattr(nodes, sort))]
    return [_node(sort, name, index) for index, (sort, name) in enumerate(names)]


def _node(sort: str, name: str, index: int) -> dict[str, Any]:
    labels, capacity = SORTS[sort]
    common = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "type": "kwok"}
    resources = {**capacity, "pods": "110"}
    metadata = {"name": name, "labels": common | labels, "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"}}
    # 10.244.0.0/24 stays free: KWOK takes addresses from there for nodes without a range.
    spec = {"podCIDR": f"10.244.{index + 1}.0/24", "podCIDRs": [f"10.244.{index + 1}.0/24"]}
    # Not a loopback address: Pods in the host's network have it, and Endpoints refuse loopback.
    addresses = [("InternalIP", f"10.240.0.{index + 1}"), ("Hostname", name), ("ExternalDNS", "localhost")]
    status = {"capacity": resources, "allocatable": resources, "addresses": [{"type": kind, "address": text} for kind, text in addresses]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec, "status": status}


def viewer_role() -> dict[str, Any]:
    """May read a few kinds in every namespace, and write nothing: enough to meet a 403 both on reading and on writing."""
    rules = [
        {"apiGroups": [""], "resources": ["configmaps", "namespaces", "services"], "verbs": READ},
        {"apiGroups": ["gateway.networking.k8s.io"], "resources": ["gateways", "httproutes"], "verbs": READ},
    ]
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": VIEWER}, "rules": rules}


def viewer_binding() -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    role = {"apiGroup": group, "kind": "ClusterRole", "name": VIEWER}
    subjects = [{"apiGroup": group, "kind": "User", "name": VIEWER}]
    return {"apiVersion": f"{group}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": VIEWER}, "roleRef": role, "subjects": subjects}


def await_ready(api: Api, nodes: Nodes, deadline: float) -> None:
    """Until every node is Ready and pods can be made in the namespace default."""
    end = time.monotonic() + deadline
    while problem := _not_ready(api, nodes):
        if time.monotonic() > end:
            raise LabError(
                f"the lab did not become ready within {deadline:.0f} s: {problem}", "see kwok.log and kube-controller-manager.log in its logs folder"
            )
        time.sleep(0.05)


def _not_ready(api: Api, nodes: Nodes) -> str:
    problem = api.problem("/api/v1/namespaces/default/serviceaccounts/default")
    if problem:
        return f"no service account in namespace default ({problem})"
    found = api.read("/api/v1/nodes")["items"]
    ready = {item["metadata"]["name"] for item in found if _is_ready(item)}
    missing = [node["metadata"]["name"] for node in node_manifests(nodes) if node["metadata"]["name"] not in ready]
    return f"nodes not Ready: {', '.join(missing)}" if missing else ""


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
