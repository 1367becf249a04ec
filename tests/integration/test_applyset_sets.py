# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module applyset: whose objects are whose, kinds, permissions, input, secrets, waiting."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.engine.ownership import ApplySet

from .conftest import PLAIN_SECRET, Cluster, config_map, deployment, secret

# -- ownership ---------------------------------------------------------------------------------------------------------------------------


def test_an_unmarked_object_is_refused_until_adopted(cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "theirs", "--from-literal=a=1")
    with cluster.no_writes():
        assert "Set adopt to true" in cluster.refused("applyset", objects=[config_map("theirs", a="1")])
        assert "Set adopt to true" in cluster.refused("applyset", objects=[config_map("theirs")], state="absent")
    cluster.ok("applyset", objects=[config_map("theirs", a="1")], adopt=True)
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=[config_map("theirs", a="1")])["changed"]


def test_another_owners_object_is_refused_even_with_adopt(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[config_map("c", a="1")], owner="first")
    with cluster.no_writes():
        assert "belongs to another owner" in cluster.refused("applyset", objects=[config_map("c", a="1")], owner="second", adopt=True)
        assert cluster.ok("applyset", objects=[config_map("other")], owner="second", prune=True, check=True)["summary"]["delete"] == 0


def test_prune_is_off_by_default_and_has_a_ceiling(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[config_map(f"n{number}", a="1") for number in range(10)])
    kept = [config_map("n0", a="1")]
    result = cluster.ok("applyset", objects=kept)
    assert not result["changed"] and len(result["orphans"]) == 9
    with cluster.no_writes():
        message = cluster.refused("applyset", objects=kept, prune=True)
        assert "would delete 9 of 10" in message and "ConfigMap" in message and "/n9" in message
        assert "prune would delete 10 of 10" in cluster.refused("applyset", objects=[], prune=True)
    assert cluster.ok("applyset", objects=kept, prune=True, prune_limit="9", check=True)["summary"]["delete"] == 9
    cluster.ok("applyset", objects=kept, prune=True, prune_limit="9")
    assert {name for name in cluster.names("configmap") if "/n" in name} == {"configmap/n0"}


def test_prune_needs_an_owner_by_name(cluster: Cluster) -> None:
    assert "owner: is needed with prune" in cluster.refused("applyset", objects=[], prune=True, owner=None)


def test_parent_records_kinds_and_namespaces_and_goes_with_the_last_member(cluster: Cluster) -> None:
    away = config_map("away")
    away["metadata"]["namespace"] = "kube-public"
    cluster.ok("applyset", objects=[config_map("here"), away, deployment("d")])
    notes = cluster.get("configmap/team")["metadata"]["annotations"]
    assert notes["applyset.kubernetes.io/contains-group-kinds"] == "ConfigMap,Deployment.apps"
    assert notes["applyset.kubernetes.io/additional-namespaces"] == "kube-public"
    cluster.ok("applyset", objects=[config_map("here")], prune=True, prune_limit="100%")
    notes = cluster.get("configmap/team")["metadata"]["annotations"]
    assert notes["applyset.kubernetes.io/contains-group-kinds"] == "ConfigMap" and notes["applyset.kubernetes.io/additional-namespaces"] == ""
    cluster.ok("applyset", objects=[], prune=True, prune_limit="100%")
    assert "configmap/team" not in cluster.names("configmap")


def test_kubectl_refuses_our_set(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    done = cluster.kubectl_applyset("team", config_map("c", a="1"))
    assert "inference.gateway" in done and "kubectl" in done, done


def test_a_set_of_kubectl_is_refused_and_has_the_id_that_we_compute(cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "team")
    with cluster.no_writes():
        assert "not the parent of an ApplySet" in cluster.refused("applyset", objects=[config_map("c")])
    cluster.kubectl("delete", "configmap", "team")
    assert cluster.kubectl_applyset("team", config_map("c", a="1")) == ""
    assert cluster.get("configmap/team")["metadata"]["labels"]["applyset.kubernetes.io/id"] == ApplySet("team", cluster.namespace).id
    with cluster.no_writes():
        assert "belongs to kubectl" in cluster.refused("applyset", objects=[config_map("c")])


def test_labels_that_a_controller_copies_are_no_ownership(cluster: Cluster) -> None:
    """EndpointSlices get their Service's labels, our mark among them; a set that ever held EndpointSlices must not prune them."""
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "v"}, "spec": {"ports": [{"port": 80}], "selector": {"app": "d"}}}
    made = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "ours"}, "addressType": "IPv4", "endpoints": []}
    cluster.ok("applyset", objects=[service, made, deployment("d")], wait=True)
    cluster.kubectl("wait", "--for=create", "endpointslice", "-l", "endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io", "--timeout=30s")
    result = cluster.ok("applyset", objects=[service, made, deployment("d")], prune=True)
    assert not result["changed"] and result["orphans"] == []


# -- kinds -------------------------------------------------------------------------------------------------------------------------------


def crd(group: str) -> dict[str, object]:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"toys.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": "Toy", "plural": "toys", "singular": "toy", "listKind": "ToyList"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def test_unknown_kind(cluster: Cluster) -> None:
    route = {"apiVersion": "llm-d.ai/v1alpha2", "kind": "InferenceModelRewrite", "metadata": {"name": "r"}, "spec": {}}
    predicted = cluster.ok("applyset", objects=[route, config_map("c", a="1")], check=True)
    assert predicted["summary"]["create"] == 2 and "kind not known yet" in predicted["plan"][0]["note"]
    with cluster.no_writes():
        message = cluster.refused("applyset", objects=[route, config_map("c", a="1")])
    assert "does not know the kind InferenceModelRewrite.llm-d.ai" in message and "inference.gateway.inference_extension" in message


@pytest.mark.usefixtures("crds")
def test_another_version_is_named(cluster: Cluster) -> None:
    route = {"apiVersion": "gateway.networking.k8s.io/v1alpha2", "kind": "HTTPRoute", "metadata": {"name": "r"}, "spec": {}}
    assert "serves HTTPRoute.gateway.networking.k8s.io in v1, v1beta1, not in v1alpha2" in cluster.refused("applyset", objects=[route])


def test_a_definition_and_its_objects_in_one_set(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    toys = [{"apiVersion": f"{group}/v1", "kind": "Toy", "metadata": {"name": f"toy{n}"}, "spec": {"size": n}} for n in range(2)]
    objects = [*toys, crd(group)]
    try:
        predicted = cluster.ok("applyset", objects=objects, check=True)
        assert predicted["summary"]["create"] == 3
        done = cluster.ok("applyset", objects=objects)
        assert done["summary"] == predicted["summary"]
        assert cluster.names(f"toys.{group}") == {f"toy.{group}/toy0", f"toy.{group}/toy1"}
        with cluster.no_writes():
            assert not cluster.ok("applyset", objects=objects)["changed"]
    finally:
        cluster.ok("applyset", objects=objects, state="absent")


# -- permissions and the server itself ---------------------------------------------------------------------------------------------------


def test_missing_permission_is_named(cluster: Cluster) -> None:
    cluster.kubeconfig = cluster.lab.viewer_kubeconfig
    message = cluster.refused("applyset", objects=[config_map("c", a="1")])
    assert 'lacks the verb "patch" on configmaps' in message and cluster.namespace in message


def test_no_server(cluster: Cluster, tmp_path: Path) -> None:
    config = yaml.safe_load(Path(cluster.kubeconfig).read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    elsewhere = tmp_path / "kubeconfig"
    elsewhere.write_text(json.dumps(config))
    cluster.kubeconfig = str(elsewhere)
    assert "Nothing listens there" in cluster.refused("applyset", objects=[config_map("c")])


def test_no_kubeconfig(cluster: Cluster) -> None:
    cluster.kubeconfig = "/nowhere/kubeconfig"
    assert "No cluster to talk to" in cluster.refused("applyset", objects=[config_map("c")])


# -- input -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry, words",
    [
        ({"kind": "ConfigMap", "metadata": {"name": "c"}}, "objects[0] (ConfigMap c).apiVersion: is missing"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "c"}}, "objects[0].metadata.name: is missing"),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, "objects[0].metadata: is missing"),
        ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "namespace": "m"}}, "Namespace is cluster-scoped"),
    ],
)
def test_what_is_no_manifest(cluster: Cluster, entry: dict[str, object], words: str) -> None:
    assert words in cluster.refused("applyset", objects=[entry])


def test_an_object_declared_twice_names_both_places(cluster: Cluster, tmp_path: Path) -> None:
    message = cluster.refused("applyset", objects=[config_map("a"), config_map("c"), config_map("c")])
    assert "objects[2] (ConfigMap c): ConfigMap" in message and "declared already by objects[1] (ConfigMap c)" in message
    (tmp_path / "one.yml").write_text(yaml.safe_dump(config_map("c")))
    (tmp_path / "two.yml").write_text(yaml.safe_dump_all([config_map("d"), config_map("c")]))
    message = cluster.refused("applyset", src=str(tmp_path))
    assert f"{tmp_path}/two.yml (document 2)" in message and f"declared already by {tmp_path}/one.yml" in message


def test_src_file_folder_and_list(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.yaml").write_text("apiVersion: v1\nkind: List\nitems:\n- " + json.dumps(config_map("one", day="2026-01-01")) + "\n")
    (tmp_path / "two.json").write_text(json.dumps(config_map("two", a="1")))
    (tmp_path / "notes.txt").write_text("not read")
    assert cluster.ok("applyset", src=str(tmp_path))["summary"]["create"] == 2
    with cluster.no_writes():
        assert not cluster.ok("applyset", src=str(tmp_path))["changed"]
    (tmp_path / "two.json").write_text("apiVersion: v1\nkind: ConfigMap\nkind: Secret\n")
    assert 'the key "kind" stands twice' in cluster.refused("applyset", src=str(tmp_path))
    assert "does not exist" in cluster.refused("applyset", src=str(tmp_path / "nowhere"))


# -- secrets -----------------------------------------------------------------------------------------------------------------------------


def test_a_secrets_value_never_shows(cluster: Cluster) -> None:
    other = "another-value-entirely"
    shown = []
    for value in (PLAIN_SECRET, other):
        shown.append(cluster.run("applyset", objects=[secret("s", value)], check=True, diff=True))
        shown.append(cluster.run("applyset", objects=[secret("s", value)], diff=True))
    wrong = {**secret("s", other), "type": "kubernetes.io/tls"}
    shown.append(cluster.run("applyset", objects=[wrong], diff=True))
    assert shown[-1]["failed"]
    undecodable = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"token": other + "!"}}
    shown.append(cluster.run("applyset", objects=[undecodable], diff=True))
    assert shown[-1]["failed"]
    shown.append(cluster.run("applyset", objects=[secret("s", other)], state="absent", diff=True))
    text = json.dumps(shown)
    for value in (PLAIN_SECRET, other):
        assert value not in text
        assert base64.b64encode(value.encode()).decode() not in text
    assert "(secret, changed)" in json.dumps(shown[2]["diff"])


# -- wait --------------------------------------------------------------------------------------------------------------------------------


def test_wait_for_a_rollout(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[deployment("d", **{"nvidia.com/gpu": "1"})], wait=True, wait_timeout=60)
    assert cluster.get("deployment/d")["status"]["availableReplicas"] == 1
    with cluster.requests() as requests:
        cluster.ok("applyset", objects=[deployment("d", **{"nvidia.com/gpu": "1"})], wait=True)
    assert len([event for event in requests if event["verb"] == "watch"]) <= 1


def test_waiting_for_too_many_gpus_says_so(cluster: Cluster) -> None:
    result = cluster.run("applyset", objects=[deployment("d", **{"nvidia.com/gpu": "64"})], wait=True, wait_timeout=4)
    assert result["failed"] and result["changed"]
    assert "Insufficient nvidia.com/gpu" in result["msg"] and "availableReplicas 0 of 1" in result["msg"]
    assert "Insufficient nvidia.com/gpu" in cluster.refused("applyset", objects=[deployment("d", **{"nvidia.com/gpu": "64"})], wait=True, wait_timeout=1)


def test_wait_until_gone(cluster: Cluster) -> None:
    held = config_map("c")
    held["metadata"]["finalizers"] = ["example.com/held"]
    cluster.ok("applyset", objects=[held])
    message = cluster.refused("applyset", objects=[held], state="absent", wait=True, wait_timeout=1)
    assert "still there, held by finalizer example.com/held" in message
    cluster.kubectl("patch", "configmap", "c", "--type=json", "-p", '[{"op": "remove", "path": "/metadata/finalizers"}]')
    cluster.ok("applyset", objects=[held], state="absent", wait=True)
    assert "configmap/c" not in cluster.names("configmap")
