# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine through module applyset: what it writes, what it leaves alone, what it refuses, and in which words."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.engine.ownership import ApplySet

from .conftest import Cluster, config_map, deployment

PLAIN_SECRET = "correct-horse-battery-staple"


def secret(name: str, value: str = PLAIN_SECRET) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"token": value}}


# -- the six steps -----------------------------------------------------------------------------------------------------------------------


def test_six_steps(cluster: Cluster) -> None:
    objects = [config_map("one", a="1"), secret("two"), deployment("three", cpu="1000m")]
    cluster.kubectl("create", "configmap", "foreign", "--from-literal=a=1")

    with cluster.no_writes():
        predicted = cluster.ok("applyset", objects=objects, check=True, diff=True)
    assert predicted["changed"] and predicted["summary"]["create"] == 3
    assert "configmap/one" not in cluster.names("configmap")

    done = cluster.ok("applyset", objects=objects, diff=True)
    assert {part: done[part] for part in ("plan", "summary", "parent", "diff")} == {part: predicted[part] for part in ("plan", "summary", "parent", "diff")}
    assert cluster.get("configmap/one")["data"] == {"a": "1"}
    assert base64.b64decode(cluster.get("secret/two")["data"]["token"]).decode() == PLAIN_SECRET

    with cluster.no_writes():
        again = cluster.ok("applyset", objects=objects, check=True, diff=True)
    assert not again["changed"] and again["diff"] == []
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=objects)["changed"]

    cluster.ok("applyset", objects=[config_map("one", a="1")], prune=True, prune_limit="100%")
    assert cluster.names("deployment") == set()
    assert {"configmap/foreign", "configmap/one"} <= cluster.names("configmap")

    assert cluster.ok("applyset", objects=[config_map("one")], state="absent")["changed"]
    assert cluster.names("configmap") & {"configmap/one", "configmap/team"} == set()
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=[config_map("one")], state="absent")["changed"]


def test_one_changed_object_is_one_write(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[config_map(f"n{number}", a="1") for number in range(20)])
    changed = [config_map(f"n{number}", a="2" if number == 7 else "1") for number in range(20)]
    with cluster.writes() as written:
        result = cluster.ok("applyset", objects=changed)
    assert len(written) == 1 and "/configmaps/n7?" in written[0]
    assert [(line["name"], line["fields"]) for line in result["plan"] if line["action"] != "keep"] == [("n7", [".data.a"])]


def test_no_op_costs_one_list_a_kind(cluster: Cluster) -> None:
    objects = [config_map(f"n{number}", a="1") for number in range(30)]
    cluster.ok("applyset", objects=objects)
    with cluster.requests() as requests:
        assert not cluster.ok("applyset", objects=objects)["changed"]
    asked = [(event["verb"], event["requestURI"].partition("?")[0]) for event in requests]
    home = f"/api/v1/namespaces/{cluster.namespace}/configmaps"
    assert sorted(asked) == [("get", "/api/v1"), ("get", f"{home}/team"), ("list", home)]


# -- what is a difference ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first, then",
    [
        pytest.param(deployment("d", cpu="1000m"), deployment("d", cpu="1"), id="quantity"),
        pytest.param(secret("s"), {**secret("s"), "stringData": None, "data": {"token": base64.b64encode(PLAIN_SECRET.encode()).decode()}}, id="stringData"),
        pytest.param(
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "v"}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "v"}, "spec": {"ports": [{"port": 80, "protocol": "TCP"}], "selector": {"a": "b"}}},
            id="default-written-out",
        ),
    ],
)
def test_same_meaning_is_no_drift(cluster: Cluster, first: dict[str, object], then: dict[str, object]) -> None:
    cluster.ok("applyset", objects=[first])
    cluster.ok("applyset", objects=[then])
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=[then])["changed"]
        # what was declared first may be owned and no longer declared, but its meaning is the same
        assert cluster.ok("applyset", objects=[first])["summary"]["replace"] == 0


def test_a_field_no_longer_declared_goes(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[config_map("c", a="1", b="2")])
    result = cluster.ok("applyset", objects=[config_map("c", a="1")])
    assert result["plan"][0]["fields"] == [".data.b"]
    assert cluster.get("configmap/c")["data"] == {"a": "1"}


def test_removed_secret_key_goes(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[{**secret("s"), "stringData": {"token": PLAIN_SECRET, "old": PLAIN_SECRET}}])
    cluster.ok("applyset", objects=[secret("s")])
    assert set(cluster.get("secret/s")["data"]) == {"token"}


def test_a_change_by_hand_is_drift_and_is_mended(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    cluster.kubectl("patch", "configmap", "c", "-p", '{"data": {"a": "2"}}')
    result = cluster.run("applyset", objects=[config_map("c", a="1")], check=True)
    assert "kubectl-patch manages .data.a" in result["msg"]
    assert cluster.ok("applyset", objects=[config_map("c", a="1")], force_conflicts=True)["plan"][0]["fields"] == [".data.a"]
    assert cluster.get("configmap/c")["data"] == {"a": "1"}


def test_a_key_added_to_an_atomic_map_is_drift(cluster: Cluster) -> None:
    """Service selectors are applied as a whole: an extra key by hand would send traffic elsewhere, although our own key still stands."""
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "v"}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}
    cluster.ok("applyset", objects=[service])
    cluster.kubectl("patch", "service", "v", "-p", '{"spec": {"selector": {"c": "d"}}}')
    assert "conflict" in cluster.refused("applyset", objects=[service], check=True)
    cluster.ok("applyset", objects=[service], force_conflicts=True)
    assert cluster.get("service/v")["spec"]["selector"] == {"a": "b"}


def test_fields_of_another_manager_survive(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    cluster.kubectl("label", "configmap", "c", "theirs=kept")
    cluster.kubectl("patch", "configmap", "c", "-p", '{"data": {"b": "theirs"}}')
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=[config_map("c", a="1")])["changed"]
    cluster.ok("applyset", objects=[config_map("c", a="2")])
    found = cluster.get("configmap/c")
    assert found["data"] == {"a": "2", "b": "theirs"} and found["metadata"]["labels"]["theirs"] == "kept"


def test_output_of_kubectl_get_can_be_applied_as_it_is(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[deployment("d", cpu="1")])
    exported = cluster.get("deployment/d")
    exported["metadata"]["labels"].pop("applyset.kubernetes.io/part-of")
    assert cluster.ok("applyset", objects=[exported])["summary"]["update"] <= 1
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=[exported])["changed"]


# -- conflicts, immutable fields, refusals -----------------------------------------------------------------------------------------------


def test_conflict_names_manager_and_fields(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    theirs = yaml.safe_dump(config_map("c", a="theirs"))
    cluster.kubectl("apply", "--server-side", "--field-manager=other-team", "--force-conflicts", "-f", "-", stdin=theirs)
    with cluster.no_writes():
        message = cluster.refused("applyset", objects=[config_map("c", a="2"), config_map("new", a="1")])
    assert "objects[0] (ConfigMap c)" in message and "other-team manages .data.a" in message and "force_conflicts" in message
    assert "configmap/new" not in cluster.names("configmap")


def test_immutable_field_fails_or_replaces(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[deployment("d", cpu="1")])
    uid = cluster.get("deployment/d")["metadata"]["uid"]
    other = deployment("d", cpu="1")
    other["spec"]["selector"]["matchLabels"] = other["spec"]["template"]["metadata"]["labels"] = {"app": "renamed"}
    with cluster.no_writes():
        message = cluster.refused("applyset", objects=[other])
    assert "spec.selector" in message and "immutable" in message and "on_immutable" in message

    predicted = cluster.ok("applyset", objects=[other], on_immutable="replace", check=True)
    assert predicted["summary"]["replace"] == 1
    assert cluster.get("deployment/d")["metadata"]["uid"] == uid
    assert cluster.ok("applyset", objects=[other], on_immutable="replace")["plan"] == predicted["plan"]
    assert cluster.get("deployment/d")["metadata"]["uid"] != uid
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=[other], on_immutable="replace")["changed"]


def test_a_replacement_that_would_be_refused_leaves_the_old_object(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[deployment("d", cpu="1")])
    broken = deployment("d", cpu="1")
    broken["spec"]["selector"]["matchLabels"] = {"app": "matches-no-pod"}
    with cluster.no_writes():
        assert "spec.template.metadata.labels" in cluster.refused("applyset", objects=[broken], on_immutable="replace")
    assert cluster.names("deployment") == {"deployment.apps/d"}


def test_all_refusals_together_and_nothing_written(cluster: Cluster) -> None:
    bad_name = config_map("Not_A_Name", a="1")
    bad_port = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "v"}, "spec": {"ports": [{"port": 70000}]}}
    with cluster.no_writes():
        message = cluster.refused("applyset", objects=[config_map("fine", a="1"), bad_name, bad_port])
    assert "refuses 2 objects" in message and "objects[1]" in message and "objects[2]" in message and "spec.ports[0].port" in message
    assert "configmap/fine" not in cluster.names("configmap")


def test_a_field_the_server_does_not_know_is_named(cluster: Cluster) -> None:
    typo = deployment("d", cpu="1")
    typo["spec"]["replica"] = 2
    with cluster.no_writes():
        assert "knows no field .spec.replica" in cluster.refused("applyset", objects=[typo])


def test_admission_policy_stops_the_run_before_the_first_write(cluster: Cluster) -> None:
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": cluster.namespace},
        "spec": {
            "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]},
            "validations": [{"expression": "!('forbidden' in object.data)", "message": "the key forbidden is forbidden"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": cluster.namespace},
        "spec": {
            "policyName": cluster.namespace,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.namespace}}},
        },
    }
    cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all([policy, binding]))
    try:
        trial = yaml.safe_dump(config_map("trial", forbidden="1"))
        for _attempt in range(200):  # the server takes a moment to enforce a new policy
            if not cluster.kubectl("create", "--dry-run=server", "-f", "-", stdin=trial, check=False):
                break
        with cluster.no_writes():
            message = cluster.refused("applyset", objects=[config_map("fine", a="1"), config_map("bad", forbidden="1")])
        assert "the key forbidden is forbidden" in message and "refuses 1 object;" in message
    finally:
        cluster.kubectl("delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", cluster.namespace)


def test_missing_namespace(cluster: Cluster) -> None:
    away = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "nowhere"}, "data": {}}
    with cluster.no_writes():
        assert "namespace nowhere does not exist" in cluster.refused("applyset", objects=[away])
        predicted = cluster.ok("applyset", objects=[away], check=True)
    assert "nowhere does not exist yet" in predicted["plan"][0]["note"]
    assert "namespace nowhere does not exist" in cluster.refused("applyset", objects=[config_map("c")], namespace="nowhere")


def test_a_namespace_and_what_is_in_it_in_one_set(cluster: Cluster) -> None:
    name = f"{cluster.namespace}-inner"
    inside = config_map("c", a="1")
    inside["metadata"]["namespace"] = name
    objects = [inside, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}]
    assert cluster.ok("applyset", objects=objects, check=True)["summary"]["create"] == 2
    cluster.ok("applyset", objects=objects)
    with cluster.no_writes():
        assert not cluster.ok("applyset", objects=objects)["changed"]
    cluster.ok("applyset", objects=objects, state="absent", wait=True)
    assert cluster.kubectl("get", "namespace", name, "--ignore-not-found") == ""


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
