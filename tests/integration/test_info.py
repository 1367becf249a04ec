# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the info modules return goes back into the modules and changes nothing; foreign objects come back as entries that change nothing but marks."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from unit.models.strategies import records
from unit.models.test_properties import MODELS, good
from unit.models.test_reading import EXAMPLES, SHAPES

from .conftest import Cluster, config_map, deployment

pytestmark = pytest.mark.usefixtures("crds")

ROUTE = {"name": "chat", "parents": ["gw"], "rules": [{"path": "/v1", "backends": [{"service": "a", "port": 1}]}]}
OPTIONS = pytest.mark.parametrize("option", sorted(SHAPES))
KIND_PATHS = {"gateways": "gateways", "inference_routes": "httproutes", "inference_pools": "inferencepools", "inference_objectives": "inferenceobjectives"}
MARKS = ('.metadata.labels["applyset.kubernetes.io/part-of"]', '.metadata.annotations["inference.gateway/entry"]', ".metadata.labels", ".metadata.annotations")


def info(cluster: Cluster, option: str, **params: Any) -> dict[str, Any]:
    """An info module's answer; owner and namespace as the modules of this cluster have them, unless said otherwise."""
    args = {"owner": "team", **params}
    return cluster.ok(f"{option}_info", **args)


def specs(cluster: Cluster, kind: str) -> dict[str, Any]:
    """What is declared about every object of a kind, and its generation, which counts every change of it."""
    items = json.loads(cluster.kubectl("get", kind, "-o", "json"))["items"]
    return {item["metadata"]["name"]: (item["spec"], item["metadata"]["generation"]) for item in items}


@OPTIONS
def test_empty_where_nothing_is(cluster: Cluster, option: str) -> None:
    for owner in ("team", None):
        with cluster.no_writes():
            result = info(cluster, option, owner=owner)
        assert (result[option], result["unexpressed"], result["manifests"], result["changed"]) == ([], [], [], False)


@OPTIONS
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_read_goes_back_without_a_change(cluster: Cluster, option: str, data: st.DataObject) -> None:
    entry = data.draw(records(MODELS[option])) | {"name": "made", "namespace": cluster.namespace, "grants": False}
    entry = entry if option in ("gateways", "inference_routes") else {name: value for name, value in entry.items() if name != "grants"}
    assume(good(option, entry))
    done = cluster.run(option, **{option: [entry]}, on_immutable="replace")
    assume(not done.get("failed"))  # the server knows rules that the decoders leave to it
    for owner in ("team", None):
        result = info(cluster, option, owner=owner)
        assert (len(result[option]), result["unexpressed"]) == (1, [])
        again = cluster.ok(option, **{option: result[option]})
        assert (again["changed"], again["plan"]) == (False, [{**again["plan"][0], "action": "keep"}]), again["plan"]


@OPTIONS
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_adopting_what_is_read_changes_only_the_marks(cluster: Cluster, option: str, data: st.DataObject) -> None:
    entry = data.draw(records(MODELS[option])) | {"name": "made", "namespace": cluster.namespace, "grants": False}
    entry = entry if option in ("gateways", "inference_routes") else {name: value for name, value in entry.items() if name != "grants"}
    assume(good(option, entry))
    told = cluster.run(option, **{option: [entry]}, check=True, diff=True)
    assume(not told.get("failed") and told["diff"])
    obj = yaml.safe_load(told["diff"][0]["after"])
    del obj["metadata"]["labels"]["applyset.kubernetes.io/part-of"], obj["metadata"]["annotations"]["inference.gateway/entry"]
    cluster.kubectl("delete", KIND_PATHS[option], "--all")
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(obj))
    before = specs(cluster, KIND_PATHS[option])
    result = info(cluster, option, owner=None)
    assert (len(result[option]), result["unexpressed"]) == (1, [])
    done = cluster.ok(option, **{option: result[option]}, adopt=True)
    assert set(done["plan"][0]["fields"]) <= set(MARKS)
    assert specs(cluster, KIND_PATHS[option]) == before
    assert not cluster.ok(option, **{option: result[option]})["changed"]
    cluster.ok(option, **{option: []}, prune=True, prune_limit="100%")


def test_narrowed_by_owner_name_and_labels(cluster: Cluster) -> None:
    labelled = {**ROUTE, "name": "other", "hostnames": ["other.example.com"], "labels": {"team": "ai"}}
    cluster.ok("inference_routes", inference_routes=[ROUTE, labelled])
    cluster.ok("inference_routes", inference_routes=[{**ROUTE, "name": "theirs"}], owner="rival")

    def names(**params: Any) -> list[str]:
        return [entry["name"] for entry in info(cluster, "inference_routes", **params)["inference_routes"]]

    assert names(owner=None) == ["chat", "other", "theirs"]
    assert names() == ["chat", "other"]
    assert names(owner="rival") == ["theirs"]
    assert names(owner="nobody") == []
    assert names(owner=None, names=["theirs", "absent"]) == ["theirs"]
    assert names(owner=None, label_selectors=["team=ai"]) == ["other"]
    assert names(owner=None, label_selectors=["!applyset.kubernetes.io/part-of"]) == []


def test_grants_stand_as_they_were_declared(cluster: Cluster, lab: Any) -> None:
    other = f"{cluster.namespace}-b"
    lab.kubectl("create", "namespace", other)
    try:
        rules = [{"backends": [{"pool": "p", "namespace": other}]}]
        declared = [{"name": "a", "rules": rules}, {"name": "b", "rules": rules, "grants": False}]
        cluster.ok("inference_routes", inference_routes=declared)
        first, second = info(cluster, "inference_routes")["inference_routes"]
        assert ("grants" in first, second["grants"]) == (False, False)
        assert not cluster.ok("inference_routes", inference_routes=[first, second], prune=True)["changed"]
    finally:
        lab.kubectl("delete", "namespace", other, "--wait=false")


def test_a_change_by_hand_is_read(cluster: Cluster) -> None:
    """kubectl takes the whole list of rules over, and what it made of them is what stands."""
    cluster.ok("inference_routes", inference_routes=[ROUTE])
    patch = [{"op": "replace", "path": "/spec/rules/0/backendRefs/0/port", "value": 2}]
    cluster.kubectl("patch", "httproute", "chat", "--type=json", "-p", json.dumps(patch))
    [entry] = info(cluster, "inference_routes")["inference_routes"]
    assert entry["rules"][0]["backends"] == [{"service": "a", "port": 2}]


@pytest.mark.parametrize("owner", ["team", None], ids=["ours", "anybody's"])
def test_what_is_being_deleted_is_left_out(cluster: Cluster, owner: str | None) -> None:
    """A finalizer holds it; given back it would be made anew, though somebody took it away."""
    cluster.ok("inference_routes", inference_routes=[ROUTE])
    cluster.ok("applyset", objects=[config_map("settings", a="1")])
    hold = json.dumps({"metadata": {"finalizers": ["example.com/hold"]}})
    for name in ("httproute/chat", "configmap/settings"):
        cluster.kubectl("patch", name, "--type=merge", "-p", hold)
        cluster.kubectl("delete", name, "--wait=false")
    routes = info(cluster, "inference_routes", owner=owner)
    plain = info(cluster, "applyset", owner=owner, names=["settings"], kinds=["ConfigMap"])
    for name in ("httproute/chat", "configmap/settings"):
        cluster.kubectl("patch", name, "--type=merge", "-p", json.dumps({"metadata": {"finalizers": None}}))
    assert (routes["inference_routes"], routes["manifests"], plain["objects"]) == ([], [], [])
    told = [*routes["unexpressed"], *plain["unexpressed"]]
    assert [(each["name"], each["field"]) for each in told] == [("chat", ".metadata.deletionTimestamp"), ("settings", ".metadata.deletionTimestamp")]


def test_manifests_of_an_owner_go_back_without_a_change(cluster: Cluster) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"token": "hunter2"}}
    objects = [config_map("settings", a="1"), deployment("web", cpu="1"), service, secret]
    cluster.ok("applyset", objects=objects)
    result = info(cluster, "applyset")
    assert "hunter2" not in json.dumps(result) and "aHVudGVyMg" not in json.dumps(result)
    assert [obj["kind"] for obj in result["objects"]] == ["ConfigMap", "Service", "Deployment"]
    assert [(told["kind"], told["name"]) for told in result["unexpressed"]] == [("Secret", "key")]
    assert "clusterIP" not in result["objects"][1]["spec"], "what the server chose is no declaration"
    whole = info(cluster, "applyset", secrets=True)["objects"]
    assert not cluster.ok("applyset", objects=whole, prune=True)["changed"]
    wanted = [copy.deepcopy(obj) for obj in objects[:3]]
    for obj in wanted:
        obj["metadata"]["namespace"] = cluster.namespace
    assert sorted(map(json.dumps, map(_sorted, result["objects"]))) == sorted(map(json.dumps, map(_sorted, wanted)))


def _sorted(obj: Any) -> Any:
    return json.loads(json.dumps(obj, sort_keys=True))


def test_manifests_of_kinds_and_what_is_missing(cluster: Cluster) -> None:
    cluster.kubectl("create", "deployment", "web", "--image=registry.example/web:1")
    found = info(cluster, "applyset", owner=None, kinds=["Deployment.apps", "Nothing.example.com"])
    assert [obj["metadata"]["name"] for obj in found["objects"]] == ["web"]
    assert "Nothing.example.com" in json.dumps(found["warnings"])
    done = cluster.ok("applyset", objects=found["objects"], adopt=True)
    assert set(done["plan"][0]["fields"]) <= set(MARKS)


def test_what_was_written_in_an_older_version_is_read_whole(cluster: Cluster) -> None:
    """The server shows it in its best version, where the fields have other names than in the record of who wrote them."""
    target = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 5, "targetCPUUtilizationPercentage": 55}
    scaler = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": target}
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(scaler))
    before = cluster.get("hpa/web")["spec"]
    [found] = info(cluster, "applyset", owner=None, kinds=["HorizontalPodAutoscaler.autoscaling"])["objects"]
    assert found["spec"]["metrics"] == before["metrics"]
    cluster.ok("applyset", objects=[scaler], adopt=True)
    [ours] = info(cluster, "applyset")["objects"]
    cluster.ok("applyset", objects=[ours])  # the record of what is ours comes to the better version
    assert not cluster.ok("applyset", objects=[ours])["changed"]
    assert cluster.get("hpa/web")["spec"] == before


def test_refusals_are_clear(cluster: Cluster) -> None:
    message = cluster.refused("applyset_info", kubeconfig=cluster.lab.viewer_kubeconfig, owner=None, kinds=["Secret"])
    assert 'lacks the verb "list" on secrets' in message


@pytest.mark.parametrize(
    ("module", "params", "said"),
    [
        ("gateways", {"owner": "a/b"}, "owner: expected lower-case"),
        ("gateways", {"namespace": "x/y"}, "namespace: 'x/y' cannot be a namespace"),
        ("applyset", {"kinds": ["Service", ".apps"]}, "kinds[1]: expected a kind and its group"),
        ("gateways", {"owner": None, "label_selectors": ["!!"]}, "unable to parse"),
        ("applyset", {"owner": None}, "kinds: is missing"),
    ],
    ids=str,
)
def test_odd_questions_get_a_clear_answer(cluster: Cluster, module: str, params: dict[str, Any], said: str) -> None:
    assert said in cluster.refused(f"{module}_info", **params)


def gathered(files: list[Path], kind: str) -> list[dict[str, Any]]:
    """Every object of a kind in published files, under names of their own."""
    versions = ("gateway.networking.k8s.io/v1", "inference.networking.k8s.io/v1", "inference.networking.x-k8s.io/v1alpha2")
    found: list[dict[str, Any]] = []
    for file in files:
        documents = [item for item in yaml.safe_load_all(file.read_text(encoding="utf-8")) if isinstance(item, dict)]
        found += [item for item in documents if item.get("apiVersion") in versions and item["kind"] == kind and "name" in item["metadata"]]
    for number, obj in enumerate(found):
        obj["metadata"] = {**obj["metadata"], "name": f"{obj['metadata']['name']}-{number}"}
        obj["metadata"].pop("namespace", None)
    return found


@pytest.mark.skipif(not EXAMPLES, reason="no public examples on this machine")
@pytest.mark.parametrize("option", sorted(SHAPES))
def test_public_examples_are_adopted_as_they_are(cluster: Cluster, option: str) -> None:
    """Applied by kubectl as their readers are told to, then taken over: no value changes."""
    objects = gathered(EXAMPLES, SHAPES[option].kind.group_kinds[0].kind)
    items = {"apiVersion": "v1", "kind": "List", "items": objects}
    cluster.kubectl("apply", "--validate=false", "-f", "-", stdin=json.dumps(items), check=False)
    before = specs(cluster, KIND_PATHS[option])
    assert len(before) > 0.9 * len(objects), "a few need what the lab does not have"
    result = info(cluster, option, owner=None, exact=True)
    assert len(result[option]) + len(result["manifests"]) == len(before)
    assert len(result["manifests"]) <= 2
    # Pages of one documentation compete for the same host names.
    competing = {"duplicate-match": "they are examples of different pages"}
    cluster.ok(option, **{option: result[option]}, adopt=True, lint_skip=competing)
    cluster.ok("applyset", objects=result["manifests"], adopt=True, owner="rest")
    assert specs(cluster, KIND_PATHS[option]) == before
