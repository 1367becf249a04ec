# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine through module applyset: what it writes, what counts as a difference, what it refuses, and in which words."""

from __future__ import annotations

import base64

import pytest
import yaml

from .conftest import PLAIN_SECRET, Cluster, config_map, deployment, secret

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
            "validations": [{"expression": "!has(object.data) || !('forbidden' in object.data)", "message": "the key forbidden is forbidden"}],
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
