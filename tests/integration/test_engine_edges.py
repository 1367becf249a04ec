# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an engine of this kind goes wrong in silence: what it takes for "same", and kinds in several versions."""

from __future__ import annotations

import copy
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine import converge

from .conftest import Cluster, config_map, deployment

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


def test_the_role_of_a_binding_is_immutable_in_words_of_its_own(cluster: Cluster) -> None:
    def binding(role: str) -> Manifest:
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role}
        return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b"}, "roleRef": reference}

    cluster.ok("applyset", objects=[binding("a")])
    with cluster.no_writes():
        assert "Set on_immutable to replace" in cluster.refused("applyset", objects=[binding("b")])
    assert cluster.ok("applyset", objects=[binding("b")], on_immutable="replace")["summary"]["replace"] == 1
    assert cluster.get("rolebinding/b")["roleRef"]["name"] == "b"


def test_the_longest_name_can_be_replaced(cluster: Cluster) -> None:
    name = "s" * 63
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}
    headless = {**service, "spec": {**service["spec"], "clusterIP": "None"}}
    cluster.ok("applyset", objects=[service])
    assert cluster.ok("applyset", objects=[headless], on_immutable="replace")["summary"]["replace"] == 1
    assert cluster.get(f"service/{name}")["spec"]["clusterIP"] == "None"


# -- kinds and sets ------------------------------------------------------------------------------------------------------------------------


def autoscaler(name: str, version: str) -> Manifest:
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}
    goal: Manifest = {"metrics": [metric]} if version == "v2" else {"targetCPUUtilizationPercentage": 50}
    spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}, "maxReplicas": 3, **goal}
    return {"apiVersion": f"autoscaling/{version}", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": spec}


def test_two_versions_of_a_kind_in_one_set(cluster: Cluster) -> None:
    objects = [autoscaler(f"new{number}", "v2") for number in range(10)] + [autoscaler(f"old{number}", "v1") for number in range(10)]
    cluster.ok("applyset", objects=objects)
    with cluster.requests() as requests:
        assert not cluster.ok("applyset", objects=objects)["changed"]
    assert [event["requestURI"] for event in requests if event["verb"] == "patch"] == []


def test_the_record_of_a_set_cannot_be_its_member(cluster: Cluster) -> None:
    with cluster.no_writes():
        assert "records the owner's set itself" in cluster.refused("applyset", objects=[config_map("team", a="1")])
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    with cluster.no_writes():
        assert "records the owner's set itself" in cluster.refused("applyset", objects=[config_map("team")], state="absent", adopt=True)


def definition(group: str, scope: str) -> Manifest:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    names = {"kind": "Toy", "plural": "toys", "singular": "toy", "listKind": "ToyList"}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]
    spec = {"group": group, "names": names, "scope": scope, "versions": versions}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"toys.{group}"}, "spec": spec}


def toy(group: str, version: str = "v1") -> Manifest:
    return {"apiVersion": f"{group}/{version}", "kind": "Toy", "metadata": {"name": "toy"}, "spec": {"size": 1}}


def test_a_cluster_scoped_definition_and_its_object_in_one_set(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    objects = [toy(group), definition(group, "Cluster")]
    try:
        predicted = cluster.ok("applyset", objects=objects, check=True)
        assert predicted["plan"][0]["namespace"] == ""
        assert cluster.ok("applyset", objects=objects)["summary"] == predicted["summary"]
        with cluster.no_writes():
            assert not cluster.ok("applyset", objects=objects)["changed"]
    finally:
        cluster.ok("applyset", objects=objects, state="absent", wait=True)


def test_nothing_is_written_when_a_neighbour_of_a_definition_is_refused(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    bad = {**deployment("d"), "spec": {"replicas": -1}}
    with cluster.no_writes():
        assert "nothing was written" in cluster.refused("applyset", objects=[definition(group, "Namespaced"), toy(group), bad])


def test_a_definition_that_does_not_bring_the_version(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    objects = [definition(group, "Namespaced"), toy(group, "v2")]
    try:
        result = cluster.run("applyset", objects=objects)
        assert result["failed"] and "in v1, not in v2" in result["msg"]
        assert result["changed"] and result["written"] == [f"CustomResourceDefinition.apiextensions.k8s.io toys.{group}"]
    finally:
        cluster.ok("applyset", objects=objects[:1], state="absent")


def test_a_definition_that_is_being_deleted_is_made_anew(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    held_toy = {**toy(group), "metadata": {"name": "toy", "finalizers": ["example.com/held"]}}
    cluster.ok("applyset", objects=[definition(group, "Namespaced"), held_toy])
    try:
        cluster.kubectl("delete", "crd", f"toys.{group}", "--wait=false")
        later = Timer(1.0, cluster.kubectl, ["patch", f"toys.{group}", "toy", "--type=json", "-p", '[{"op": "remove", "path": "/metadata/finalizers"}]'])
        later.start()
        assert cluster.ok("applyset", objects=[definition(group, "Namespaced")], wait=True)["summary"]["replace"] == 1
        later.join()
    finally:
        cluster.ok("applyset", objects=[definition(group, "Namespaced")], state="absent", wait=True)


@pytest.mark.parametrize("spec", ["x", 5, {"group": {}, "names": {"kind": []}}, {"names": [1]}])
def test_a_definition_that_is_none(cluster: Cluster, spec: Any) -> None:
    broken = {**definition("example.com", "Namespaced"), "spec": spec}
    with cluster.no_writes():
        assert "does not know the kind Toy" in cluster.refused("applyset", objects=[broken, toy("nowhere.example.com")])


# -- what answers --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a: [", "\x00", "[]", "5", "clusters: 5\ncontexts: 7\ncurrent-context: x", ""])
def test_a_kubeconfig_that_is_none(cluster: Cluster, tmp_path: Path, text: str) -> None:
    (tmp_path / "kubeconfig").write_text(text)
    cluster.kubeconfig = str(tmp_path / "kubeconfig")
    assert "No cluster to talk to" in cluster.refused("applyset", objects=[config_map("c")])


# -- objects that are on their way out -----------------------------------------------------------------------------------------------------


def held(**data: str) -> Manifest:
    found = config_map("held", **data)
    found["metadata"]["finalizers"] = ["example.com/held"]
    return found


def release(cluster: Cluster) -> None:
    cluster.kubectl("patch", "configmap", "held", "--type=json", "-p", '[{"op": "remove", "path": "/metadata/finalizers"}]')


def test_an_object_that_somebody_is_deleting_is_not_taken_for_the_declared_one(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks as declared until its finalizer goes, and the object with it."""
    monkeypatch.setattr(converge, "DEFINITION_TIMEOUT", 1.0)
    cluster.ok("applyset", objects=[held(a="1")])
    cluster.kubectl("delete", "configmap", "held", "--wait=false")
    with cluster.no_writes():
        predicted = cluster.ok("applyset", objects=[held(a="1")], check=True)
    assert predicted["summary"]["replace"] == 1 and "is being deleted" in predicted["plan"][0]["note"]
    assert "A finalizer holds it" in cluster.refused("applyset", objects=[held(a="1")])
    release(cluster)
    assert cluster.ok("applyset", objects=[held(a="1")])["summary"]["create"] == 1
    release(cluster)


def test_an_object_that_is_being_deleted_is_made_anew_when_it_is_gone(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[held(a="1")])
    uid = cluster.get("configmap/held")["metadata"]["uid"]
    cluster.kubectl("delete", "configmap", "held", "--wait=false")
    later = Timer(1.0, release, [cluster])
    later.start()
    result = cluster.ok("applyset", objects=[held(a="2")])
    later.join()
    assert result["summary"]["replace"] == 1
    found = cluster.get("configmap/held")
    assert found["metadata"]["uid"] != uid and found["data"] == {"a": "2"}
    release(cluster)


def test_deleting_twice_what_a_finalizer_holds_is_quiet(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[held(), config_map("kept")])
    assert cluster.ok("applyset", objects=[held()], state="absent")["changed"]
    with cluster.no_writes():
        again = cluster.ok("applyset", objects=[held()], state="absent")
        assert not again["changed"] and "is being deleted already" in again["plan"][0]["note"]
        assert not cluster.ok("applyset", objects=[config_map("kept")], prune=True, prune_limit="100%")["changed"]
        assert "held by finalizer" in cluster.refused("applyset", objects=[held()], state="absent", wait=True, wait_timeout=1)
    release(cluster)


# -- ownership -----------------------------------------------------------------------------------------------------------------------------


def test_a_mark_that_a_controller_has_copied_is_no_ownership(cluster: Cluster) -> None:
    """Endpoints get their Service's labels and no owner reference: prune would take away those of every Service of the set."""
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "v"}, "spec": {"ports": [{"port": 80}], "selector": {"app": "d"}}}
    made = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "ours"}, "subsets": [{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}]}
    objects = [service, made, deployment("d")]
    cluster.ok("applyset", objects=objects, wait=True)
    cluster.kubectl("wait", "--for=create", "endpoints/v", "--timeout=30s")
    assert "applyset.kubernetes.io/part-of" in cluster.get("endpoints/v")["metadata"]["labels"]
    with cluster.no_writes():
        result = cluster.ok("applyset", objects=objects, prune=True, prune_limit="100%")
    assert not result["changed"] and result["orphans"] == []
