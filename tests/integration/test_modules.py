# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""gateways, inference_routes, inference_pools and inference_objectives against a real API server with the real CRDs."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import Cluster

pytestmark = pytest.mark.usefixtures("crds")

Entry = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One module: an entry, the same entry changed, an entry that its own checks let through and the API server refuses, and where a value is found."""

    module: str
    resource: str
    entry: Entry
    changed: Entry
    path: str
    params: tuple[tuple[str, Any], ...] = ()

    def run(self, cluster: Cluster, entries: list[Entry], **params: Any) -> dict[str, Any]:
        return cluster.ok(self.module, **{self.module: entries, **dict(self.params), **params})

    def refused(self, cluster: Cluster, entries: list[Entry], **params: Any) -> str:
        return cluster.refused(self.module, **{self.module: entries, **dict(self.params), **params})


def having(entry: Entry, **changes: Any) -> Entry:
    return copy.deepcopy(entry) | changes


GATEWAY = {"name": "gw", "class": "istio", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
ROUTE = {
    "name": "chat",
    "parents": ["gw"],
    "hostnames": ["inference.example.com"],
    "rules": [{"path": "/v1/chat/completions", "backends": [{"service": "a", "port": 11434, "weight": 50}, {"service": "b", "port": 11434, "weight": 50}]}],
}
POOL = {"name": "pool", "selector": {"app": "demo"}, "ports": [8000], "endpoint_picker": {"service": "pool-epp", "port": 9002}}
OBJECTIVE = {"name": "batch", "pool": "pool", "priority": -10}

CASES = [
    Case(
        "gateways",
        "gateways.gateway.networking.k8s.io",
        GATEWAY,
        having(GATEWAY, listeners=[{"name": "http", "port": 8080, "protocol": "HTTP"}]),
        "{.spec.listeners[0].port}",
    ),
    Case(
        "inference_routes",
        "httproutes.gateway.networking.k8s.io",
        ROUTE,
        having(ROUTE, rules=[{"path": "/v2", "backends": [{"service": "a", "port": 1}]}]),
        "{.spec.rules[0].matches[0].path.value}",
    ),
    Case("inference_pools", "inferencepools.inference.networking.k8s.io", POOL, having(POOL, ports=[8001]), "{.spec.targetPorts[0].number}"),
    Case("inference_objectives", "inferenceobjectives.inference.networking.x-k8s.io", OBJECTIVE, having(OBJECTIVE, priority=3), "{.spec.priority}"),
]
each_module = pytest.mark.parametrize("case", CASES, ids=lambda case: case.module.replace("_", "-"))


@each_module
def test_six_steps(cluster: Cluster, case: Case) -> None:
    name = case.entry["name"]
    with cluster.no_writes():
        predicted = case.run(cluster, [case.entry], check=True, diff=True)
    assert predicted["summary"]["create"] == 1 and cluster.names(case.resource) == set()

    done = case.run(cluster, [case.entry], diff=True)
    assert (done["plan"], done["diff"]) == (predicted["plan"], predicted["diff"])
    before = cluster.kubectl("get", case.resource, name, "-o", f"jsonpath={case.path}")
    assert before

    with cluster.no_writes():
        assert not case.run(cluster, [case.entry])["changed"]
        quiet = case.run(cluster, [case.entry], check=True, diff=True)
    assert not quiet["changed"] and quiet["diff"] == []

    with cluster.writes() as written:
        case.run(cluster, [case.changed])
    assert len(written) == 1
    assert cluster.kubectl("get", case.resource, name, "-o", f"jsonpath={case.path}") != before

    foreign = cluster.get(f"{case.resource}/{name}")
    foreign["metadata"] = {"name": "foreign"}
    cluster.kubectl("create", "-f", "-", stdin=json.dumps(foreign))
    case.run(cluster, [], prune=True, prune_limit="100%")
    assert {each.rpartition("/")[2] for each in cluster.names(case.resource)} == {"foreign"}

    case.run(cluster, [case.entry])
    assert case.run(cluster, [{"name": name}], state="absent")["summary"]["delete"] == 1
    with cluster.no_writes():
        assert not case.run(cluster, [{"name": name}], state="absent")["changed"]
    assert {each.rpartition("/")[2] for each in cluster.names(case.resource)} == {"foreign"}


@each_module
def test_src_says_what_inline_says(cluster: Cluster, case: Case, tmp_path: Path) -> None:
    case.run(cluster, [case.entry])
    for content in ([case.entry], {case.module: [case.entry]}):
        (tmp_path / "declared.yml").write_text(yaml.safe_dump(content))
        with cluster.no_writes():
            assert not cluster.ok(case.module, src=str(tmp_path / "declared.yml"))["changed"]
    (tmp_path / "declared.yml").write_text(yaml.safe_dump([case.entry, having(case.entry, name="second", colour="red")]))
    place = f"{tmp_path}/declared.yml {case.module}[1] (second)"
    assert f"{place}: unknown field colour" in cluster.refused(case.module, src=str(tmp_path / "declared.yml"))
    (tmp_path / "declared.yml").write_text(yaml.safe_dump([case.entry, case.entry]))
    assert f"{tmp_path}/declared.yml {case.module}[0]" in cluster.refused(case.module, src=str(tmp_path / "declared.yml"))


@each_module
def test_a_foreign_managers_field_survives(cluster: Cluster, case: Case) -> None:
    name = case.entry["name"]
    case.run(cluster, [case.entry])
    cluster.kubectl("annotate", case.resource, name, "theirs=kept")
    with cluster.no_writes():
        assert not case.run(cluster, [case.entry])["changed"]
    case.run(cluster, [case.changed])
    assert cluster.get(f"{case.resource}/{name}")["metadata"]["annotations"]["theirs"] == "kept"


@each_module
def test_conflict_names_the_other_manager(cluster: Cluster, case: Case) -> None:
    name = case.entry["name"]
    case.run(cluster, [case.entry])
    theirs = cluster.get(f"{case.resource}/{name}")
    case.run(cluster, [case.changed])
    manifest = {"apiVersion": theirs["apiVersion"], "kind": theirs["kind"], "metadata": {"name": name}, "spec": theirs["spec"]}
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=rollouts", "-f", "-", stdin=json.dumps(manifest))
    with cluster.no_writes():
        message = case.refused(cluster, [case.changed])
    assert "rollouts manages .spec" in message and f"{case.module}[0] ({name})" in message
    case.run(cluster, [case.changed], force_conflicts=True)
    with cluster.no_writes():
        assert not case.run(cluster, [case.changed])["changed"]


@each_module
def test_without_permission_the_verb_is_named(cluster: Cluster, case: Case) -> None:
    cluster.kubeconfig = cluster.lab.viewer_kubeconfig
    message = case.refused(cluster, [case.entry])
    assert "lab:viewer lacks the verb" in message and cluster.namespace in message


@each_module
def test_an_unmarked_object_of_that_name_is_not_deleted(cluster: Cluster, case: Case) -> None:
    case.run(cluster, [case.entry])
    name = case.entry["name"]
    cluster.kubectl("label", case.resource, name, "applyset.kubernetes.io/part-of-")
    with cluster.no_writes():
        assert "Set adopt to true" in case.refused(cluster, [{"name": name}], state="absent")
    case.run(cluster, [{"name": name}], state="absent", adopt=True)
    assert cluster.names(case.resource) == set()


# -- routes ------------------------------------------------------------------------------------------------------------------------------


def test_everything_a_route_can_say_is_accepted_and_comes_back(cluster: Cluster) -> None:
    """One route with all that Gateway API's experimental channel has; the API server's strict validation is the judge."""
    rules = yaml.safe_load("""
    - name: matches
      matches:
        - {path: {exact: /a}, headers: {X-Model: gemma, X-Tier: {regex: "gold|silver"}}, query: {debug: "1"}, method: POST}
        - {path: {regex: "/b/[0-9]+"}}
      backends: [{service: a, port: 80, weight: 9, request_headers: {set: {X-Backend: a}}}, {pool: pool, weight: 1}]
      request_headers: {set: {X-Set: "1"}, add: {X-Add: "2"}, remove: [X-Gone]}
      response_headers: {remove: [Server]}
      mirrors: [{service: shadow, port: 80, percent: 5}]
      timeouts: {request: 300s, backend: 60s}
      retries: {attempts: 2, "on": [429, 503], backoff: 500ms}
    - path: /old
      redirect: {scheme: https, hostname: new.example.com, path: {prefix: /new}, status: 301}
    - path: /short
      rewrite: {hostname: inner.example.com, path: {prefix: /v1}}
      backends: [{service: a, port: 80}]
      cors: {allow_origins: ["https://app.example.com"], allow_methods: [GET, POST], allow_headers: [Authorization], max_age: 600}
    """)
    entry = having(ROUTE, rules=rules)
    cluster.ok("inference_routes", inference_routes=[entry])
    with cluster.no_writes():
        assert not cluster.ok("inference_routes", inference_routes=[entry])["changed"]
    spec = cluster.get("httproute/chat")["spec"]
    assert [rule.get("name") for rule in spec["rules"]] == ["matches", None, None]
    assert spec["rules"][0]["retry"]["codes"] == [429, 503]


def test_a_rule_with_a_default_left_out_is_no_drift_and_an_extra_filter_by_hand_is(cluster: Cluster) -> None:
    cluster.ok("inference_routes", inference_routes=[ROUTE])
    filters = [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "X-Sneaky", "value": "1"}]}}]
    patch = [{"op": "add", "path": "/spec/rules/0/filters", "value": filters}]
    cluster.kubectl("patch", "httproute", "chat", "--type=json", "-p", json.dumps(patch))
    assert "kubectl-patch manages .spec.rules" in cluster.refused("inference_routes", inference_routes=[ROUTE], check=True)
    cluster.ok("inference_routes", inference_routes=[ROUTE], force_conflicts=True)
    assert "filters" not in cluster.get("httproute/chat")["spec"]["rules"][0]


def test_cross_namespace_backend_brings_its_grant_and_takes_it_away(cluster: Cluster) -> None:
    other = f"{cluster.namespace}-x"
    cluster.kubectl("create", "namespace", other)
    away = having(ROUTE, rules=[{"path": "/", "backends": [{"service": "a", "port": 80, "namespace": other}]}])
    try:
        assert cluster.ok("inference_routes", inference_routes=[away])["summary"]["create"] == 2
        grants = json.loads(cluster.kubectl("-n", other, "get", "referencegrant", "-o", "json"))["items"]
        assert [grant["spec"]["from"][0]["namespace"] for grant in grants] == [cluster.namespace]
        assert [grant["spec"]["to"][0]["name"] for grant in grants] == ["a"]
        with cluster.no_writes():
            assert not cluster.ok("inference_routes", inference_routes=[away])["changed"]
        assert cluster.ok("inference_routes", inference_routes=[{"name": "chat"}], state="absent")["summary"]["delete"] == 2
        assert json.loads(cluster.kubectl("-n", other, "get", "referencegrant", "-o", "json"))["items"] == []
    finally:
        cluster.kubectl("delete", "namespace", other, "--wait=false")


def test_the_server_refuses_a_value_and_the_entry_is_named(cluster: Cluster) -> None:
    """The API server knows rules that we do not check ourselves; its word reaches the user with the inventory's place."""
    bad = having(ROUTE, name="bad", hostnames=["bad.example.com"], annotations={f"part{number}": "x" * 60_000 for number in range(5)})
    with cluster.no_writes():
        message = cluster.refused("inference_routes", inference_routes=[ROUTE, bad])
    assert "inference_routes[1] (bad)" in message and "refuses 1 object;" in message
    assert cluster.names("httproute") == set()


def test_waiting_without_a_controller_says_what_is_missing(cluster: Cluster) -> None:
    result = cluster.run("inference_routes", inference_routes=[ROUTE], wait=True, wait_timeout=1)
    assert result["failed"] and result["changed"] and "no controller reports on it" in result["msg"]
    message = cluster.refused("gateways", gateways=[GATEWAY], wait=True, wait_timeout=1)
    assert "There is no GatewayClass istio" in message and "Programmed is Unknown" in message
    assert "attached to a Gateway" in cluster.refused("inference_pools", inference_pools=[POOL], wait=True, wait_timeout=1)
    assert cluster.ok("inference_objectives", inference_objectives=[OBJECTIVE], wait=True, wait_timeout=1)["changed"]


def test_waiting_ends_when_the_controller_reports(cluster: Cluster) -> None:
    """A controller's part is played by a status written through the API; a report about an older generation does not count."""
    cluster.ok("inference_routes", inference_routes=[ROUTE])
    generation = cluster.get("httproute/chat")["metadata"]["generation"]

    def report(seen: int) -> None:
        common = {"status": "True", "reason": "Fine", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": seen}
        conditions = [{"type": kind, **common} for kind in ("Accepted", "ResolvedRefs")]
        parent = {"parentRef": {"name": "gw", "group": "networking.istio.io"}, "controllerName": "example.com/c", "conditions": conditions}
        cluster.kubectl("patch", "httproute", "chat", "--subresource=status", "--type=merge", "-p", json.dumps({"status": {"parents": [parent]}}))

    report(generation - 1)
    assert f"generation {generation - 1}, not of {generation}" in cluster.refused("inference_routes", inference_routes=[ROUTE], wait=True, wait_timeout=1)
    report(generation)
    assert not cluster.ok("inference_routes", inference_routes=[ROUTE], wait=True, wait_timeout=5)["changed"]


# -- objectives --------------------------------------------------------------------------------------------------------------------------


def test_objectives_go_where_the_picker_reads(cluster: Cluster) -> None:
    """With both API groups installed the endpoint picker of llm-d reads its own only."""
    source = (cluster.lab.manifests / "inference-extension-v1.5.0").glob("*inferenceobjectives.yaml")
    definition = yaml.safe_load(next(source).read_text())
    definition["metadata"] = {"name": "inferenceobjectives.llm-d.ai"}
    definition["spec"]["group"] = "llm-d.ai"
    cluster.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(definition))
    try:
        cluster.kubectl("wait", "--for=condition=Established", "crd", "inferenceobjectives.llm-d.ai", "--timeout=30s")
        assert cluster.ok("inference_objectives", inference_objectives=[OBJECTIVE])["plan"][0]["kind"] == "InferenceObjective.llm-d.ai"
        pinned = cluster.ok("inference_objectives", inference_objectives=[OBJECTIVE], owner="other", api_group="inference.networking.x-k8s.io")
        assert pinned["plan"][0]["kind"] == "InferenceObjective.inference.networking.x-k8s.io"
    finally:
        cluster.kubectl("delete", "crd", "inferenceobjectives.llm-d.ai")
