# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of a lab with their flags. Paths are relative to the state folder, in which every program starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .api import Api, plain_problem

POD_RANGE = "10.244.0.0/16"
SERVICE_RANGE = "10.96.0.0/16"
# For nodes that a user adds without an address of their own; see contents.py for the others.
NODE_ADDRESS = "10.240.255.254"
PORTS = ("api", "etcd", "etcd-peer", "controller-manager", "scheduler", "kwok")
# Where the logs of pods are served in a lab with traffic, as kubelets do it: its network is its own, so nobody else has that port.
KUBELET = 10250
# With a start in the order of these stages; stopping goes the other way round.
STAGES = (("etcd",), ("kube-apiserver",), ("kube-controller-manager", "kube-scheduler", "kwok"))


def ports_of(traffic: bool) -> tuple[str, ...]:
    return (*PORTS, "gateway") if traffic else PORTS


def stages_of(traffic: bool) -> tuple[tuple[str, ...], ...]:
    return (("network",), ("door",), *STAGES, ("supervisor",)) if traffic else STAGES


def commands(ports: dict[str, int], stages: list[str], traffic: bool = False) -> dict[str, list[str]]:
    """Flags by name of program."""
    return {
        "etcd": _etcd(ports),
        "kube-apiserver": _apiserver(ports, "0.0.0.0" if traffic else "127.0.0.1"),  # noqa: S104 - a namespace of its own, in which pods ask too
        "kube-controller-manager": _controller_manager(ports),
        "kube-scheduler": _scheduler(ports),
        "kwok": _kwok(ports, stages, traffic),
    }


def health(ports: dict[str, int], pki: Path) -> dict[str, Callable[[], str]]:
    """By name of program: a question that is answered with an empty text when it is well."""
    api, etcd = Api(ports["api"], pki, "admin"), Api(ports["etcd"], pki, "admin")
    manager, scheduler = Api(ports["controller-manager"], pki, "admin"), Api(ports["scheduler"], pki, "admin")
    return {
        "etcd": lambda: etcd.problem("/health"),
        "kube-apiserver": lambda: api.problem("/readyz"),
        "kube-controller-manager": lambda: manager.problem("/healthz"),
        "kube-scheduler": lambda: scheduler.problem("/healthz"),
        "kwok": lambda: plain_problem(ports["kwok"], "/healthz"),
    }


def _etcd(ports: dict[str, int]) -> list[str]:
    client, peer = f"https://127.0.0.1:{ports['etcd']}", f"https://127.0.0.1:{ports['etcd-peer']}"
    flags = ["--name=lab", "--data-dir=etcd", "--unsafe-no-fsync", "--log-level=warn", "--quota-backend-bytes=2147483648"]
    flags += [f"--listen-client-urls={client}", f"--advertise-client-urls={client}"]
    # A start with the data of an earlier run keeps the recorded peer address; nothing dials it in a cluster of one.
    flags += [f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=lab={peer}"]
    for prefix in ("", "peer-"):
        flags += [f"--{prefix}cert-file=pki/server.crt", f"--{prefix}key-file=pki/server.key"]
        flags += [f"--{prefix}trusted-ca-file=pki/ca.crt", f"--{prefix}client-cert-auth"]
    return flags


def _apiserver(ports: dict[str, int], address: str) -> list[str]:
    flags = [f"--bind-address={address}", f"--secure-port={ports['api']}", f"--etcd-servers=https://127.0.0.1:{ports['etcd']}"]
    flags += ["--etcd-cafile=pki/ca.crt", "--etcd-certfile=pki/server.crt", "--etcd-keyfile=pki/server.key"]
    flags += ["--tls-cert-file=pki/server.crt", "--tls-private-key-file=pki/server.key", "--client-ca-file=pki/ca.crt"]
    flags += ["--anonymous-auth=false", "--authorization-mode=RBAC", "--allow-privileged=true", "--profiling=false"]
    flags += ["--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=pki/sa.pub"]
    flags += ["--service-account-signing-key-file=pki/sa.key", f"--service-cluster-ip-range={SERVICE_RANGE}"]
    # Endpoints may not be loopback addresses, so the server does not list itself; the address it would list is one for documents.
    flags += ["--endpoint-reconciler-type=none", "--advertise-address=192.0.2.1"]
    # Each fake node names localhost as its outer name, so that 'kubectl logs' and 'exec' reach KWOK, with traffic the supervisor, and nothing else.
    flags += ["--kubelet-preferred-address-types=ExternalDNS"]
    # Logs of pods are for the API server's eyes alone; see traffic/logs.py.
    flags += ["--kubelet-client-certificate=pki/server.crt", "--kubelet-client-key=pki/server.key"]
    flags += ["--audit-policy-file=audit-policy.yaml", "--audit-log-path=audit.log", "--audit-log-maxsize=2048", "--audit-log-mode=blocking"]
    return flags


def _controller_manager(ports: dict[str, int]) -> list[str]:
    flags = ["--kubeconfig=pki/controller-manager.kubeconfig", "--use-service-account-credentials=true", "--leader-elect=false"]
    flags += ["--bind-address=127.0.0.1", f"--secure-port={ports['controller-manager']}", "--profiling=false"]
    flags += ["--tls-cert-file=pki/server.crt", "--tls-private-key-file=pki/server.key", "--root-ca-file=pki/ca.crt"]
    flags += ["--service-account-private-key-file=pki/sa.key", "--cluster-signing-cert-file=pki/ca.crt", "--cluster-signing-key-file=pki/ca.key"]
    return [*flags, "--controllers=*,-node-ipam-controller", "--kube-api-qps=200", "--kube-api-burst=400"]


def _scheduler(ports: dict[str, int]) -> list[str]:
    flags = ["--kubeconfig=pki/scheduler.kubeconfig", "--leader-elect=false", "--profiling=false"]
    flags += ["--bind-address=127.0.0.1", f"--secure-port={ports['scheduler']}"]
    flags += ["--tls-cert-file=pki/server.crt", "--tls-private-key-file=pki/server.key"]
    return [*flags, "--kube-api-qps=200", "--kube-api-burst=400"]


def _kwok(ports: dict[str, int], stages: list[str], traffic: bool) -> list[str]:
    flags = ["--kubeconfig=pki/kwok.kubeconfig", "--manage-all-nodes=true", f"--cidr={POD_RANGE}", f"--node-ip={NODE_ADDRESS}"]
    flags += [f"--server-address=127.0.0.1:{ports['kwok']}", f"--node-port={KUBELET if traffic else ports['kwok']}", "--node-lease-duration-seconds=40"]
    flags += ["--tls-cert-file=pki/server.crt", "--tls-private-key-file=pki/server.key"]
    return flags + [f"--config={stage}" for stage in stages]
