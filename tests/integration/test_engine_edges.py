# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an engine of this kind goes wrong in silence: what it takes for "same", and kinds in several versions."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from .conftest import Cluster, deployment

Manifest = dict[str, Any]


def network_policy(**port: Any) -> Manifest:
    ingress = [{"from": [{"podSelector": {"matchLabels": {"a": "b"}}}], "ports": [{"port": 80, **port}]}]
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "n"}, "spec": {"podSelector": {}, "ingress": ingress}}


def route(**rule: Any) -> Manifest:
    rules = [{"backendRefs": [{"name": "s", "port": 80}], **rule}]
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "r"}, "spec": {"rules": rules}}


# -- what is a difference ------------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize(
    "more, less, path",
    [
        pytest.param(route(timeouts={"request": "10s"}), route(), ".spec.rules[0].timeouts", id="custom-resource"),
        pytest.param(network_policy(protocol="TCP", endPort=90), network_policy(protocol="TCP"), ".spec.ingress[0].ports[0].endPort", id="built-in"),
    ],
)
def test_a_field_that_leaves_a_list_taken_as_a_whole_goes(cluster: Cluster, more: Manifest, less: Manifest, path: str) -> None:
    """Nobody owns single fields of such a list: what is no longer declared in it looks like a default of the server."""
    cluster.ok("applyset", objects=[more])
    assert cluster.ok("applyset", objects=[less])["plan"][0]["fields"] == [path]
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=[less])["changed"]


@pytest.mark.usefixtures("crds")
def test_defaults_in_a_list_taken_as_a_whole_cost_one_request_for_all_objects(cluster: Cluster) -> None:
    routes = [{**route(), "metadata": {"name": f"r{number}"}} for number in range(12)]
    cluster.ok("applyset", objects=routes)
    with cluster.requests() as requests:
        assert not cluster.ok("applyset", objects=routes)["changed"]
    asked = [event["requestURI"] for event in requests]
    assert [uri for uri in asked if "dryRun" in uri] == []
    assert len([uri for uri in asked if "/openapi/" in uri]) == 1


def test_the_order_of_init_containers_counts(cluster: Cluster) -> None:
    first = deployment("d", cpu="1")
    first["spec"]["template"]["spec"]["initContainers"] = [{"name": name, "image": "x"} for name in ("one", "two")]
    second = copy.deepcopy(first)
    second["spec"]["template"]["spec"]["initContainers"].reverse()
    cluster.ok("applyset", objects=[first])
    assert cluster.ok("applyset", objects=[second])["changed"]
    assert [each["name"] for each in cluster.get("deployment/d")["spec"]["template"]["spec"]["initContainers"]] == ["two", "one"]
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=[second])["changed"]
