# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""adopt.yml on a cluster that people filled by hand, site.yml over what it wrote, and drift.yml after people changed things by hand again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
import yaml
from integration.plays import Outcome, Plays

KINDS = ("gateways", "httproutes", "inferencepools.inference.networking.k8s.io", "inferenceobjectives", "referencegrants")
GW = "gateway.networking.k8s.io/v1"


def obj(api_version: str, kind: str, name: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "ai"}, "spec": spec}


def backend(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "port": 80, **more}


HANDMADE = [
    obj(GW, "Gateway", "edge", gatewayClassName="istio", listeners=[{"name": "http", "port": 80, "protocol": "HTTP"}]),
    obj(GW, "HTTPRoute", "plain", parentRefs=[{"name": "edge"}], rules=[{"backendRefs": [backend("a", weight=9), backend("b", namespace="ai")]}]),
    obj(
        GW,
        "HTTPRoute",
        "braces",
        parentRefs=[{"name": "edge"}],
        rules=[{"matches": [{"headers": [{"name": "x-template", "value": "{{ not_a_variable }}"}]}], "backendRefs": [backend("a")]}],
    ),
    obj(GW, "HTTPRoute", "silent", parentRefs=[{"name": "edge"}], rules=[{"matches": [{"path": {"type": "Exact", "value": "/"}}]}]),
    obj(GW, "HTTPRoute", "abroad", rules=[{"backendRefs": [backend("a", namespace="models")]}]),
    obj(
        "inference.networking.k8s.io/v1",
        "InferencePool",
        "llama",
        selector={"matchLabels": {"app": "llama"}},
        targetPorts=[{"number": 8000}],
        endpointPickerRef={"name": "epp", "port": {"number": 9002}},
    ),
    obj("inference.networking.x-k8s.io/v1alpha2", "InferenceObjective", "batch", poolRef={"name": "llama"}, priority=-1),
]
TLS = {"hostname": "a.example.com", "wellKnownCACertificates": "System"}
OLD = "inference.networking.x-k8s.io"
"""The group in which pools were before they were in the API's own."""
GRANTED = {"to": [{"group": "", "kind": "Service"}]}
HANGING = {
    "GRPCRoute ai/grpc": obj(GW, "GRPCRoute", "grpc", parentRefs=[{"name": "nowhere"}, {"name": "edge"}]),
    "ListenerSet ai/more": obj(GW, "ListenerSet", "more", parentRef={"name": "edge"}, listeners=[{"name": "more", "port": 81, "protocol": "TCP"}]),
    "TCPRoute ai/tcp": obj(GW, "TCPRoute", "tcp", parentRefs=[{"kind": "ListenerSet", "name": "more"}], rules=[{"backendRefs": [backend("a")]}]),
    "BackendTLSPolicy ai/tls": obj(GW, "BackendTLSPolicy", "tls", targetRefs=[{"group": "", "kind": "Service", "name": "b"}], validation=TLS),
    "TrafficPolicy ai/slow": obj("example.com/v1", "TrafficPolicy", "slow", targetRef={"group": GW[:-3], "kind": "HTTPRoute", "name": "silent"}),
    "InferencePool ai/old": obj(f"{OLD}/v1alpha2", "InferencePool", "old", selector={"app": "old"}, targetPortNumber=8000),
    "InferenceModel ai/old": obj(f"{OLD}/v1alpha2", "InferenceModel", "old", poolRef={"group": OLD, "kind": "InferencePool", "name": "old"}),
    "InferenceModel ai/new": obj("llm-d.ai/v1alpha2", "InferenceModel", "new", poolRef={"group": OLD.replace("x-", ""), "name": "llama"}),
    "ReferenceGrant ai/grpc": obj(GW, "ReferenceGrant", "grpc", **{"from": [{"group": GW[:-3], "kind": "GRPCRoute", "namespace": "ai"}]}, **GRANTED),
}
"""What hangs on these, or on one another, and is of kinds that no list has."""
ALOOF = [
    obj(GW, "GRPCRoute", "elsewhere", parentRefs=[{"name": "nowhere"}, {"name": "edge", "namespace": "other"}]),
    obj(GW, "BackendTLSPolicy", "elsewhere", targetRefs=[{"group": "", "kind": "Service", "name": "c"}], validation=TLS),
    obj(GW, "ReferenceGrant", "elsewhere", **{"from": [{"group": GW[:-3], "kind": "TLSRoute", "namespace": "ai"}]}, **GRANTED),
]


def definition(group: str, kind: str, version: str) -> dict[str, Any]:
    """A CRD that takes everything."""
    plural = kind.lower().removesuffix("y") + ("ies" if kind.endswith("y") else "s")
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"}},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": "Namespaced",
            "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
        },
    }


DEFINITIONS = [
    definition("example.com", "TrafficPolicy", "v1"),
    definition(OLD, "InferencePool", "v1alpha2"),
    definition(OLD, "InferenceModel", "v1alpha2"),
    definition("llm-d.ai", "InferenceModel", "v1alpha2"),
]


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plays]:
    folder = tmp_path_factory.mktemp("adopt")
    try:
        found = Plays(inference_lab.up(folder / "state")[0], folder / "a blank")
        for bundle in ("gateway-api-v1.6.1/standard", "inference-extension-v1.5.0"):
            found.lab.kubectl("apply", "--server-side", "-f", str((found.lab.manifests / bundle).resolve()))
        found.lab.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": DEFINITIONS}))
        found.lab.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        found.lab.kubectl("create", "namespace", "ai")
        found.lab.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": [*HANDMADE, *HANGING.values(), *ALOOF]}))
        yield found
    finally:
        inference_lab.down(folder / "state")


def play(plays: Plays, name: str, inventory: Path, *options: str, **variables: Any) -> Outcome:
    report = plays.folder / "report.json"
    report.unlink(missing_ok=True)
    return plays.run(f"playbooks/{name}.yml", inventory, report, *options, inference_gateway_report=str(report), **variables)


def state(plays: Plays) -> dict[str, Any]:
    """What is declared about every object, and its generation, which counts every change of that."""
    items = json.loads(plays.lab.kubectl("get", ",".join(KINDS), "-n", "ai", "-o", "json"))["items"]
    return {f"{item['kind']}/{item['metadata']['name']}": (item["spec"], item["metadata"]["generation"]) for item in items}


@pytest.fixture(scope="module")
def dest(plays: Plays) -> Path:
    return plays.folder / "adopted"


def test_writes_an_inventory_and_says_what_it_could_not_express(plays: Plays, dest: Path) -> None:
    done = play(plays, "adopt", plays.inventory(), inference_gateway_adopt_dest=str(dest), inference_gateway_namespace="ai")
    assert (done.code, done.writes) == (0, []), done.output
    told = yaml.safe_load((dest / "unexpressed" / "lab.yml").read_text(encoding="utf-8"))
    assert {each["name"] for each in told if each["kind"] == "HTTPRoute.gateway.networking.k8s.io"} == {"silent"}
    assert "HTTPRoute.gateway.networking.k8s.io ai/silent" in done.message
    routes = yaml.safe_load((dest / "lists" / "lab" / "inference_routes.yml").read_text(encoding="utf-8"))
    assert [route["name"] for route in routes] == ["abroad", "braces", "plain"]
    assert routes[2]["rules"] == [{"backends": [{"service": "a", "port": 80, "weight": 9}, {"service": "b", "namespace": "ai", "port": 80, "weight": 1}]}]
    assert routes[0]["grants"] is False


def hanging(dest: Path) -> dict[str, dict[str, str]]:
    """What was told of other objects than those that are adopted."""
    told = yaml.safe_load((dest / "unexpressed" / "lab.yml").read_text(encoding="utf-8"))
    return {f"{each['kind'].split('.')[0]} {each['namespace']}/{each['name']}": each for each in told if not each["kind"].startswith("HTTPRoute.")}


def test_names_what_hangs_on_it_and_is_of_another_kind(dest: Path) -> None:
    told = hanging(dest)
    assert set(told) == set(HANGING)
    said = {name: (each["field"], each["problem"].partition(" and ")[0].partition(" point")[0]) for name, each in told.items()}
    assert said == {
        "GRPCRoute ai/grpc": (".spec.parentRefs[1]", "hangs on Gateway ai/edge"),
        "ListenerSet ai/more": (".spec.parentRef", "hangs on Gateway ai/edge"),
        "TCPRoute ai/tcp": (".spec.parentRefs[0]", "hangs on ListenerSet ai/more"),
        "BackendTLSPolicy ai/tls": (".spec.targetRefs[0]", "hangs on Service ai/b"),
        "TrafficPolicy ai/slow": (".spec.targetRef", "hangs on HTTPRoute ai/silent"),
        "InferencePool ai/old": (".apiVersion", f"is of group {OLD}, which is not read: it stays as it is,"),
        "InferenceModel ai/old": (".spec.poolRef", "hangs on InferencePool ai/old"),
        "InferenceModel ai/new": (".spec.poolRef", "hangs on InferencePool ai/llama"),
        "ReferenceGrant ai/grpc": (".spec.from[0]", "lets each GRPCRoute of ai"),
    }


def test_names_kinds_that_may_not_be_read(plays: Plays) -> None:
    kubectl = plays.lab.kubectl
    kubectl("create", "serviceaccount", "reader", "-n", "ai")
    kubectl("create", "clusterrole", "reader", "--verb=list,get", f"--resource={','.join(KINDS)},listenersets.gateway.networking.k8s.io")
    kubectl("create", "clusterrolebinding", "reader", "--clusterrole=reader", "--serviceaccount=ai:reader")
    token = kubectl("create", "token", "reader", "-n", "ai").strip()
    connection = {"host": plays.lab.server, "api_key": token, "ca_cert": str(plays.lab.state / "pki" / "ca.crt")}
    there = plays.folder / "partly"
    done = play(plays, "adopt", plays.inventory("reader", inference_gateway_connection=connection), inference_gateway_adopt_dest=str(there))
    assert done.code == 0, done.output
    told = hanging(there)
    assert "hangs on Gateway ai/edge" in told["ListenerSet ai/more"]["problem"]
    assert "GRPCRoute ai/grpc" not in told
    assert "is not looked at" in told["GRPCRoute /"]["problem"] and 'lacks the verb "list" on grpcroutes' in told["GRPCRoute /"]["problem"]


def test_no_secret_of_the_connection_is_copied(plays: Plays) -> None:
    """The kubeconfig stands in the inventory itself, out of a vault for example."""
    kubeconfig = yaml.safe_load(Path(plays.lab.kubeconfig).read_text(encoding="utf-8"))
    connection = {"kubeconfig": kubeconfig, "proxy": "http://me:hunter2@127.0.0.1:9", "no_proxy": "127.0.0.1"}
    there = plays.folder / "inline"
    done = play(plays, "adopt", plays.inventory("inline", inference_gateway_connection=connection), inference_gateway_adopt_dest=str(there))
    assert done.code == 0, done.output
    written = (there / "inventory" / "host_vars" / "lab.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(written)["inference_gateway_connection"] == {"kubeconfig": {**kubeconfig, "users": []}, "no_proxy": "127.0.0.1"}
    assert "hunter2" not in written and not any(secret in written for user in kubeconfig["users"] for secret in user["user"].values())


@pytest.mark.parametrize("options", [(), ("--limit", "lab")], ids=["all", "limit"])
def test_does_not_write_over_an_inventory(plays: Plays, dest: Path, options: tuple[str, ...]) -> None:
    before = {path: path.read_text(encoding="utf-8") for path in dest.rglob("*.yml")}
    refused = play(plays, "adopt", plays.inventory(), *options, inference_gateway_adopt_dest=str(dest))
    assert refused.code != 0
    assert "holds an inventory already" in refused.message
    assert {path: path.read_text(encoding="utf-8") for path in dest.rglob("*.yml")} == before


def test_applying_it_changes_nothing_but_the_marks(plays: Plays, dest: Path) -> None:
    before = state(plays)
    done = play(plays, "site", dest / "inventory")
    assert done.code == 0, done.output
    assert state(plays) == before
    assert {action for summary in done.results.values() for action, count in summary.items() if count} == {"update"}
    assert sum(count for summary in done.results.values() for count in summary.values()) == len(HANDMADE)
    marked = plays.lab.kubectl("get", ",".join(KINDS), "-n", "ai", "-l", "applyset.kubernetes.io/part-of", "-o", "name")
    assert len(marked.split()) == len(HANDMADE)
    again = play(plays, "site", dest / "inventory")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output


def test_no_drift_after_adoption(plays: Plays, dest: Path) -> None:
    done = play(plays, "drift", dest / "inventory")
    assert (done.code, done.writes) == (0, []), done.output
    assert done.results == {"drift": False, "clusters": {"lab": []}, "failed": []}
    assert "No drift." in done.message


def test_drift_names_what_differs_and_who_changed_it(plays: Plays, dest: Path) -> None:
    patch = json.dumps([{"op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": 1}])
    plays.lab.kubectl("patch", "httproute", "plain", "-n", "ai", "--type=json", "-p", patch, "--field-manager=someone")
    plays.lab.kubectl("delete", "inferenceobjective", "batch", "-n", "ai")
    plays.lab.kubectl("label", "gateway", "edge", "-n", "ai", "inference.example.com/colour=red")
    before = state(plays)
    done = play(plays, "drift", dest / "inventory")
    assert (done.code != 0, done.writes, state(plays)) == (True, [], before), done.output
    assert done.results["drift"] is True
    rows = {row["name"]: row for row in done.results["clusters"]["lab"]}
    assert set(rows) == {"plain", "batch"}, "a label that nobody declared is no drift"
    field = ".spec.rules[0].backendRefs[0].weight"
    assert (rows["plain"]["list"], rows["plain"]["action"], rows["plain"]["fields"]) == ("inference_routes", "update", [field])
    assert [(each["manager"], each["fields"]) for each in rows["plain"]["changed_by"]] == [("someone", [field])]
    assert (rows["batch"]["list"], rows["batch"]["action"], rows["batch"]["changed_by"]) == ("inference_objectives", "create", [])
    assert "HTTPRoute ai/plain differs, changed by someone" in done.message
    assert "InferenceObjective ai/batch is missing" in done.message
    assert "differs from the inventory in 2 object(s)" in done.message


def test_drift_can_be_told_without_failing(plays: Plays, dest: Path) -> None:
    done = play(plays, "drift", dest / "inventory", "--tags", "inference_routes", inference_gateway_drift_fails=False)
    assert done.code == 0, done.output
    assert [row["name"] for row in done.results["clusters"]["lab"]] == ["plain"]


def test_a_surplus_or_foreign_object_is_a_finding(plays: Plays, dest: Path) -> None:
    routes = yaml.safe_load((dest / "lists" / "lab" / "inference_routes.yml").read_text(encoding="utf-8"))
    plays.lab.kubectl("label", "httproute", "braces", "-n", "ai", "applyset.kubernetes.io/part-of-")
    (dest / "lists" / "lab" / "inference_routes.yml").write_text(yaml.safe_dump(routes[1:]), encoding="utf-8")
    done = play(plays, "drift", dest / "inventory", "--tags", "inference_routes", inference_gateway_prune=True)
    assert {row["name"]: row["action"] for row in done.results["clusters"]["lab"]} == {"abroad": "delete", "braces": "update", "plain": "update"}


def test_a_cluster_that_cannot_be_asked_is_named(plays: Plays, dest: Path) -> None:
    """One cluster of a fleet that fails does not hide the others' findings, nor pass for one without drift."""
    variables = yaml.safe_load((dest / "inventory" / "host_vars" / "lab.yml").read_text(encoding="utf-8"))
    variables["inference_routes_src"] = str(dest / "lists" / "lab" / "inference_routes.yml")
    away = variables | {"inference_gateway_connection": {"host": "https://127.0.0.1:9", "api_key": "x"}}
    file = plays.folder / "fleet.json"
    file.write_text(json.dumps({"clusters": {"hosts": {"away": away, "here": variables}}}), encoding="utf-8")
    done = play(plays, "drift", file, "--tags", "inference_routes", inference_gateway_drift_fails=False)
    assert done.code != 0
    assert done.results["failed"] == ["away"]
    assert {row["name"] for row in done.results["clusters"]["here"]} == {"plain", "braces"}
