# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readiness of each kind, as a table of statuses that controllers really write."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.readiness import unmet


def condition(kind: str, status: str = "True", seen: int | None = 2, reason: str = "", message: str = "") -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "message": message} | ({} if seen is None else {"observedGeneration": seen})


def obj(kind: str, spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "x", "namespace": "ai", "generation": 2}, "spec": spec or {}, "status": status}


def kong(kind: str, **status: Any) -> dict[str, Any]:
    meta = {"name": "x", "namespace": "ai", "generation": 2, "annotations": {"kubernetes.io/ingress.class": "kong"}}
    return {"apiVersion": "configuration.konghq.com/v1", "kind": kind, "metadata": meta, "status": status}


ACCEPTED = [condition("Accepted"), condition("Programmed")]
SEEDED = [condition("Accepted", "Unknown", None, "Pending"), condition("Programmed", "Unknown", None, "Pending")]
PARENT = {"parentRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gw"}]}


def report(*conditions: dict[str, Any], **reference: Any) -> dict[str, Any]:
    return {"parentRef": {"name": "gw", **reference}, "controllerName": "example.com/c", "conditions": list(conditions)}


@pytest.mark.parametrize(
    "found, words",
    [
        pytest.param(obj("Gateway", conditions=ACCEPTED), "", id="gateway"),
        pytest.param(obj("Gateway", {"gatewayClassName": "istio"}, conditions=SEEDED), "no controller has looked at it", id="gateway as seeded"),
        pytest.param(obj("Gateway", conditions=[condition("Accepted"), condition("Programmed", seen=1)]), "generation 1, not of 2", id="stale"),
        pytest.param(
            obj("Gateway", conditions=ACCEPTED, listeners=[{"name": "tls", "conditions": [condition("ResolvedRefs", "False", 2, "InvalidCertificateRef")]}]),
            "listener tls: ResolvedRefs is False (InvalidCertificateRef)",
            id="listener",
        ),
        pytest.param(obj("HTTPRoute", PARENT), "no controller reports on it", id="route unseen"),
        pytest.param(obj("HTTPRoute", PARENT, parents=[report(condition("Accepted"), condition("ResolvedRefs"))]), "", id="route"),
        pytest.param(
            obj("HTTPRoute", PARENT, parents=[report(condition("Accepted"), condition("ResolvedRefs"), group="networking.istio.io", namespace="ai")]),
            "",
            id="parent reported under another group",
        ),
        pytest.param(
            obj("HTTPRoute", PARENT, parents=[report(condition("Accepted"), condition("ResolvedRefs"), namespace="elsewhere")]),
            "no controller reports on it",
            id="another namespace's gateway",
        ),
        pytest.param(
            obj("HTTPRoute", PARENT, parents=[report(condition("Accepted"), condition("ResolvedRefs", "False", reason="BackendNotFound", message="no a"))]),
            "ResolvedRefs is False (BackendNotFound: no a)",
            id="backend missing",
        ),
        pytest.param(
            obj("HTTPRoute", PARENT, parents=[report(condition("Accepted"), condition("ResolvedRefs")), report(condition("Accepted", "False"))]),
            "Accepted is False",
            id="two controllers, one unhappy",
        ),
        pytest.param(obj("HTTPRoute", {}, parents=[]), "", id="route without parents attaches to nothing"),
        pytest.param(obj("InferencePool"), "attached to a Gateway", id="pool unseen"),
        pytest.param(obj("InferencePool", parents=[report(condition("Accepted"), condition("ResolvedRefs"))]), "", id="pool"),
        pytest.param(obj("InferenceObjective", conditions=[condition("Ready", "Unknown", None)]), "", id="objective: nobody writes its status"),
        pytest.param(obj("Deployment", observedGeneration=1), "has not seen generation 2", id="deployment stale"),
        pytest.param(
            obj("Deployment", {"replicas": 2}, observedGeneration=2, replicas=2, updatedReplicas=2, availableReplicas=1),
            "availableReplicas 1 of 2",
            id="deployment",
        ),
        pytest.param(
            obj("Deployment", {"replicas": 1}, observedGeneration=2, replicas=2, updatedReplicas=1, availableReplicas=2), "old replicas", id="old replicas"
        ),
        pytest.param(obj("Deployment", {"replicas": 0}, observedGeneration=2), "", id="deployment scaled to none"),
        pytest.param(obj("StatefulSet", {"replicas": 1}, observedGeneration=2, replicas=1, updatedReplicas=1, readyReplicas=1), "", id="statefulset"),
        pytest.param(obj("DaemonSet", observedGeneration=2, desiredNumberScheduled=2, updatedNumberScheduled=2, numberAvailable=1), "1 of 2", id="daemonset"),
        pytest.param(obj("ReplicaSet", {"replicas": 2}, observedGeneration=2, replicas=2, readyReplicas=1), "readyReplicas 1 of 2", id="replicaset"),
        pytest.param(obj("Pod", phase="Pending"), "Ready is not reported", id="pod that nobody has looked at"),
        pytest.param(obj("Pod", phase="Succeeded", conditions=[condition("Ready", "False")]), "", id="pod that has done its work"),
        pytest.param({**obj("Gateway"), "apiVersion": "networking.istio.io/v1"}, "", id="another group's Gateway"),
        pytest.param({**obj("Gateway"), "apiVersion": "gateway.networking.k8s.io/v1"}, "Accepted is not reported", id="the Gateway"),
        pytest.param(obj("Job", conditions=[condition("Failed", message="too often")]), "failed: too often", id="job failed"),
        pytest.param(obj("Job", conditions=[condition("Complete", seen=None)]), "", id="job"),
        pytest.param(obj("Service", {"type": "LoadBalancer"}), "no load balancer", id="service"),
        pytest.param(obj("Service", {"type": "ClusterIP"}), "", id="plain service"),
        pytest.param(obj("PersistentVolumeClaim", phase="Pending"), "phase is Pending", id="claim"),
        pytest.param(obj("Certificate", conditions=[condition("Ready", "False", reason="Pending")]), "Ready is False (Pending)", id="any kind with Ready"),
        pytest.param(obj("ConfigMap"), "", id="any kind without status"),
        pytest.param({"kind": "Widget", "metadata": {"generation": 3}, "status": {"observedGeneration": 2}}, "generation 3", id="any kind, stale"),
        pytest.param(
            kong("KongConsumer", conditions=[condition("Programmed", "Unknown", None, "Pending", "Waiting for controller")]),
            "Programmed is Unknown (Pending: Waiting for controller); no controller has looked at it: does Kong's ingress controller run, and does it answer "
            "to class kong?",
            id="consumer as its definition has it",
        ),
        pytest.param(
            kong("KongConsumer", conditions=[condition("Programmed", "False", 2, "Invalid", "no such Secret")]),
            "Programmed is False (Invalid: no such Secret)",
            id="consumer left out",
        ),
        pytest.param(kong("KongConsumer", conditions=[condition("Programmed", seen=1)]), "generation 1, not of 2", id="consumer as it was before"),
        pytest.param(kong("KongConsumer", conditions=[condition("Programmed")]), "", id="consumer"),
        pytest.param(kong("KongConsumer"), "Programmed is not reported; no controller", id="consumer without status"),
        pytest.param(kong("KongPlugin", conditions=[condition("Programmed", "Unknown", None, "Pending")]), "", id="plugins never get it"),
        pytest.param(obj("ModelBooster"), "has not seen generation 2", id="model that nobody has looked at"),
        pytest.param(obj("ModelBooster", observedGeneration=2, conditions=[condition("Initialized", seen=None)]), "Active is not reported", id="model loading"),
        pytest.param(
            obj("ModelBooster", observedGeneration=2, conditions=[condition("Active", "False"), condition("Failed", message="no image")]),
            "failed: no image",
            id="model given up",
        ),
        pytest.param(obj("ModelBooster", observedGeneration=2, conditions=[condition("Active", seen=None)]), "", id="model"),
        pytest.param(obj("ModelServing", observedGeneration=2, conditions=[condition("Progressing")]), "Available is not reported", id="serving group"),
    ],
)
def test_unmet(found: dict[str, Any], words: str) -> None:
    problem = unmet(found)
    assert words in problem if words else problem == ""
