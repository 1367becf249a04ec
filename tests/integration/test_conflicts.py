# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field managers in conflict: refused where a value would change, no obstacle where none does, and never won over somebody who writes in between."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores.kubernetes import KubernetesStore

from .conftest import Cluster

pytestmark = pytest.mark.usefixtures("crds")

ROUTE = {"name": "chat", "parents": ["gw"], "rules": [{"path": "/v1", "backends": [{"service": "a", "port": 1}]}]}
MANIFEST = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "chat"},
    "spec": {
        "parentRefs": [{"name": "gw"}],
        "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/v1"}}], "backendRefs": [{"name": "a", "port": 1}]}],
    },
}


def applied(cluster: Cluster, *options: str) -> dict[str, Any]:
    cluster.kubectl("apply", *options, "-f", "-", stdin=json.dumps(MANIFEST))
    return cluster.get("httproute/chat")


@pytest.mark.parametrize("options", [(), ("--server-side",)], ids=["client-side", "server-side"])
def test_equal_values_are_no_conflict(cluster: Cluster, options: tuple[str, ...]) -> None:
    before = applied(cluster, *options)
    told = cluster.ok("inference_routes", inference_routes=[ROUTE], adopt=True, check=True)
    done = cluster.ok("inference_routes", inference_routes=[ROUTE], adopt=True)
    assert done["plan"] == told["plan"]
    after = cluster.get("httproute/chat")
    assert (after["spec"], after["metadata"]["generation"]) == (before["spec"], before["metadata"]["generation"])
    assert not cluster.ok("inference_routes", inference_routes=[ROUTE])["changed"]


def test_another_value_is_a_conflict_that_names_the_manager(cluster: Cluster) -> None:
    applied(cluster)
    other = {**ROUTE, "rules": [{"path": "/v1", "backends": [{"service": "a", "port": 2}]}]}
    with cluster.no_writes():
        message = cluster.refused("inference_routes", inference_routes=[other], adopt=True)
    assert "kubectl-client-side-apply manages .spec" in message


def test_labels_with_dots_are_fields_like_any_other(cluster: Cluster) -> None:
    applied(cluster)
    cluster.kubectl("label", "httproute", "chat", "example.com/team=theirs", "--field-manager=them")
    with cluster.no_writes():
        message = cluster.refused("inference_routes", inference_routes=[{**ROUTE, "labels": {"example.com/team": "ours"}}], adopt=True)
    assert "them manages .metadata.labels.example.com/team" in message


def test_who_writes_between_rehearsal_and_write_is_not_overwritten(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(cluster)
    write = KubernetesStore.write

    def late(store: KubernetesStore, change: Any, seconds: float) -> None:
        patch = json.dumps([{"op": "replace", "path": "/spec/rules/0/backendRefs/0/port", "value": 7}])
        cluster.kubectl("patch", "httproute", "chat", "--type=json", "-p", patch)
        write(store, change, seconds)

    monkeypatch.setattr(KubernetesStore, "write", late)
    assert "by another hand while this run was writing" in cluster.refused("inference_routes", inference_routes=[ROUTE], adopt=True)
    assert cluster.get("httproute/chat")["spec"]["rules"][0]["backendRefs"][0]["port"] == 7
