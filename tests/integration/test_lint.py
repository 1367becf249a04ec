# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lint in the modules on a real API server, over whole inventories without one, and with a look at the cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.lint.registry import all_rules

from .conftest import PLAIN_SECRET, Cluster, config_map, deployment
from .plays import ROOT

pytestmark = pytest.mark.usefixtures("crds")

BACKEND = {"service": "ollama", "port": 11434}
ROUTE = {"name": "chat", "parents": ["gw"], "hostnames": ["chat.example.com"], "rules": [{"path": "/v1", "backends": [BACKEND]}]}
TWIN = {**ROUTE, "name": "twin"}
RETRIED = {**ROUTE, "rules": [{"path": "/v1", "backends": [BACKEND], "retries": {"attempts": 2, "on": ["503"]}}]}
GATEWAY = {"name": "gw", "class": "istio", "listeners": [{"name": "http", "port": 80}]}


def service(name: str, port: int, **selector: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": selector or {"app": name}, "ports": [{"port": port}]}}


def told(result: dict[str, Any]) -> str:
    return " ".join(str(warning) for warning in result.get("warnings", []))


def rules(result: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in result["findings"]]


def test_a_warning_is_told_and_the_route_written(cluster: Cluster) -> None:
    result = cluster.ok("inference_routes", inference_routes=[RETRIED])
    assert "lint rule retry-side-effects: inference_routes[0] (chat).rules[0].retries" in told(result)
    assert cluster.names("httproute") == {"httproute.gateway.networking.k8s.io/chat"}
    assert "retry-side-effects" in told(cluster.ok("inference_routes", inference_routes=[RETRIED])), "told again while it stands"


def test_strict_refuses_and_nothing_is_written(cluster: Cluster) -> None:
    with cluster.no_writes():
        message = cluster.refused("inference_routes", inference_routes=[RETRIED], lint_strict=True)
    assert "inference_routes[0] (chat).rules[0].retries" in message and "(lint rule retry-side-effects)" in message


def test_a_rule_is_off_with_a_reason(cluster: Cluster) -> None:
    skip = {"retry-side-effects": "The server knows a request that it has seen before."}
    assert told(cluster.ok("inference_routes", inference_routes=[RETRIED], lint_strict=True, lint_skip=skip)) == ""


@pytest.mark.parametrize(("skip", "said"), [({"retry-side-effect": "x"}, "Did you mean retry-side-effects?"), ({"retry-side-effects": ""}, "has no reason")])
def test_a_rule_is_not_off_by_mistake(cluster: Cluster, skip: dict[str, str], said: str) -> None:
    with cluster.requests() as requests:
        assert said in cluster.refused("inference_routes", inference_routes=[RETRIED], lint_skip=skip)
    assert requests == []


def test_an_error_is_found_before_anything_is_written_also_in_files(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "routes.yml"
    file.write_text(yaml.safe_dump({"inference_routes": [ROUTE, TWIN]}), encoding="utf-8")
    with cluster.no_writes():
        result = cluster.run("inference_routes", src=str(file))
    assert result["failed"]
    assert [error["where"] for error in result["errors"]] == [f"{file} inference_routes[1] (twin).rules[0]"]
    assert f"{file} inference_routes[0] (chat).rules[0]" in result["errors"][0]["problem"]


def test_lint_asks_the_server_nothing(cluster: Cluster) -> None:
    cluster.ok("inference_routes", inference_routes=[ROUTE])
    counts = []
    for skip in ({}, dict.fromkeys(all_rules(), "measured without")):
        with cluster.requests() as requests:
            cluster.ok("inference_routes", inference_routes=[ROUTE], lint_skip=skip)
        counts.append(len(requests))
    assert counts[0] == counts[1] > 0


def test_what_is_to_go_is_not_looked_at(cluster: Cluster) -> None:
    cluster.ok("inference_routes", inference_routes=[ROUTE, TWIN], lint_skip={"duplicate-match": "to be taken away"})
    assert cluster.ok("inference_routes", inference_routes=[ROUTE, TWIN], state="absent")["changed"]


def test_plain_objects_too(cluster: Cluster) -> None:
    result = cluster.ok("applyset", objects=[service("web", 80, app="other"), deployment("web")])
    assert "lint rule service-selects-nothing: objects[0] (Service web).spec.selector" in told(result)


def test_a_set_with_routes_is_asked_what_a_list_of_routes_is(cluster: Cluster) -> None:
    skip = {"service-selects-nothing": "no pods here"}
    first, second = plain_route("first"), plain_route("second")
    with cluster.no_writes():
        message = cluster.refused("applyset", objects=[service("ollama", 11434), first, second], lint_skip=skip)
    assert message.count("(lint rule service-port)") == 2 and "objects[1] (HTTPRoute first).rules[0].backends[0].port" in message
    assert "objects[2] (HTTPRoute second).rules[0]" in message and message.count("(lint rule duplicate-match)") == 1
    skip |= dict.fromkeys(("service-port", "duplicate-match"), "it is so here")
    assert cluster.ok("applyset", objects=[service("ollama", 11434), first, second], lint_skip=skip)["summary"]["create"] == 3


def test_what_a_set_does_not_hold_is_not_missing(cluster: Cluster) -> None:
    """Its Service, its grant and its Gateway may be anybody's."""
    route = plain_route("alone")
    route["spec"]["rules"][0]["backendRefs"][0]["namespace"] = "elsewhere"
    assert told(cluster.ok("applyset", objects=[route])) == ""
    assert cluster.names("httproute") == {"httproute.gateway.networking.k8s.io/alone"}
    gateway = {"gatewayClassName": "istio", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
    route["spec"]["parentRefs"] = [{"name": "gw", "sectionName": "https"}]
    message = cluster.refused("applyset", objects=[route, {**route, "kind": "Gateway", "metadata": {"name": "gw"}, "spec": gateway}])
    assert "(lint rule unknown-listener)" in message


def plain_route(name: str) -> dict[str, Any]:
    rule = {"matches": [{"path": {"type": "PathPrefix", "value": "/v1"}}], "backendRefs": [{"name": "ollama", "port": 80}]}
    return http_route(name, {"parentRefs": [{"name": "gw"}], "hostnames": ["chat.example.com"], "rules": [rule]})


def lint(there: Cluster, **params: Any) -> dict[str, Any]:
    """The module, without anything that leads to a cluster unless it is to look there."""
    return there.main("inference_lint", {"kubeconfig": there.kubeconfig if params.get("cluster") else "/nowhere", **params})


def test_all_lists_together_without_a_cluster(cluster: Cluster) -> None:
    sets = [{"owner": "x", "namespace": "ai", "objects": [service("ollama", 80)]}, {"objects": [service("other", 80)], "prune": True}]
    entry = {**ROUTE, "namespace": "ai", "parents": [{"name": "gw", "namespace": "edge"}]}
    with cluster.requests() as requests:
        result = lint(cluster, applysets=sets, inference_routes=[entry], gateways=[{**GATEWAY, "namespace": "edge"}], complete=False)
    assert requests == []
    assert result["failed"]
    assert sorted(rules(result)) == ["namespace-not-allowed", "service-port"]
    assert result["summary"] == {"errors": 2, "warnings": 0, "skipped": []}
    assert "Lint found 2 errors." in result["msg"] and "inference_routes[0] (chat).rules[0].backends[0].port" in result["msg"]


def http_route(name: str, spec: Any) -> dict[str, Any]:
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": name}, "spec": spec}


def test_routes_and_gateways_among_plain_objects_are_looked_at_too(cluster: Cluster) -> None:
    """As far as entries can say what they say; what is no route at all is the server's to refuse."""
    twin, lost = plain_route("twin"), plain_route("lost")
    lost["spec"] |= {"parentRefs": [{"name": "gw", "sectionName": "https"}], "hostnames": ["lost.example.com"]}
    broken = [http_route(f"broken-{number}", spec) for number, spec in enumerate([{"rules": 7}, {"parentRefs": 5}, [], {"rules": [{"backendRefs": [3]}]}])]
    gateway = {**twin, "kind": "Gateway", "metadata": {"name": "gw"}, "spec": {"gatewayClassName": "istio", "listeners": [{"name": "http", "port": 80}]}}
    gateway["spec"]["listeners"][0]["protocol"] = "HTTP"
    objects = [service("ollama", 11434), twin, lost, *broken, gateway]
    result = lint(cluster, inference_routes=[ROUTE], applysets=[{"objects": objects}], lint_skip={"service-selects-nothing": "no pods here"})
    assert sorted((finding["rule"], finding["where"].split(" ")[0]) for finding in result["findings"]) == [
        ("duplicate-match", "applysets[0].objects[1]"),
        ("service-port", "applysets[0].objects[1]"),
        ("service-port", "applysets[0].objects[2]"),
        ("unknown-listener", "applysets[0].objects[2]"),
    ]


def test_what_a_module_would_refuse_is_a_finding(cluster: Cluster) -> None:
    result = lint(cluster, inference_routes=[{"name": "a", "rules": [{"path": "v1", "backends": [BACKEND]}]}], gateways=[GATEWAY], applysets=[{"obejcts": []}])
    assert [(finding["rule"], finding["where"]) for finding in result["findings"]] == [
        ("declaration", "inference_routes[0] (a).rules[0].path"),
        ("declaration", "applysets[0]"),
    ]


@pytest.mark.parametrize(
    "params",
    [
        {"gateways": [1]},
        {"applysets": ["text"]},
        {"applysets": [{"objects": "text"}, {"objects": [None, {"kind": 3}, {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "a"}, "spec": []}]}]},
        {"applysets": [{"src": "/nowhere"}]},
        {"namespaces": [{"labels": {}}]},
        {"inference_routes": [], "inference_routes_src": "/nowhere"},
        {"lint_skip": {"nothing": "x"}},
    ],
)
def test_odd_input_gets_a_clear_answer(cluster: Cluster, params: dict[str, Any]) -> None:
    result = lint(cluster, **params)
    assert result["failed"]
    assert "Traceback" not in json.dumps(result)


def test_secrets_stay_hidden(cluster: Cluster) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"token": PLAIN_SECRET}}
    assert PLAIN_SECRET not in json.dumps(lint(cluster, applysets=[{"objects": [secret, config_map("a")]}], inference_routes=[ROUTE, TWIN]))


def test_with_a_look_at_the_cluster(cluster: Cluster) -> None:
    pool = {"name": "p", "selector": {"app": "ollama"}, "ports": [8000], "endpoint_picker": {"service": "epp", "port": 9002}}
    asked = {"inference_routes": [ROUTE, {**ROUTE, "name": "b", "hostnames": ["b.example.com"], "rules": [{"backends": [{"pool": "p"}]}]}]}
    asked |= {"inference_pools": [pool], "applysets": [], "renderer": "istio"}
    assert rules(lint(cluster, **asked)) == ["unknown-backend", "pool-selects-nothing", "picker-unknown"]
    with cluster.no_writes():
        missing = lint(cluster, cluster=True, **asked)
    assert sorted(rules(missing)) == ["picker-unknown", "pool-selects-nothing", "unknown-backend", "unknown-parent", "unknown-parent"]
    labelled = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "m", "labels": {"app": "ollama"}}}
    labelled["spec"] = {"containers": [{"name": "m", "image": "registry.example/m:1", "ports": [{"containerPort": 8000}]}]}
    cluster.ok("applyset", objects=[service("ollama", 11434), service("epp", 9002), labelled], lint_skip={"service-selects-nothing": "nothing runs behind it"})
    cluster.ok("gateways", gateways=[{**GATEWAY, "listeners": [{"name": "http", "port": 80, "hostname": "*.example.org"}]}])
    result = lint(cluster, cluster=True, **asked)
    assert rules(result) == ["hostname-not-served", "hostname-not-served"]
    assert "They accept *.example.org." in result["findings"][0]["remedy"]


def test_certificates_of_the_cluster_by_their_keys_alone(cluster: Cluster) -> None:
    tls = {"name": "https", "port": 443, "tls": {"certificates": ["cert", "gone"]}}
    cluster.kubectl("create", "secret", "generic", "cert", f"--from-literal=tls.crt={PLAIN_SECRET}")
    result = lint(cluster, cluster=True, gateways=[{**GATEWAY, "listeners": [tls]}])
    assert rules(result) == ["certificate-unfit", "certificate-missing"]
    assert "has no tls.key" in result["findings"][0]["problem"]
    assert PLAIN_SECRET not in json.dumps(result)


def test_what_may_not_be_read_is_a_warning(cluster: Cluster) -> None:
    tls = {"name": "https", "port": 443, "tls": {"certificates": ["cert"]}}
    result = lint(cluster, cluster=True, kubeconfig=cluster.lab.viewer_kubeconfig, gateways=[{**GATEWAY, "listeners": [tls]}])
    assert "Secrets are not looked at" in told(result)
    assert "certificate-missing" not in rules(result)


def play(tmp_path: Path, inventory: Path, **variables: Any) -> tuple[int, str, dict[str, Any]]:
    """playbooks/lint.yml on a machine without a lab."""
    report = tmp_path / "lint.json"
    argv = [sys.executable, "-m", "ansible", "playbook", "playbooks/lint.yml", "--inventory", str(inventory)]
    argv += ["--extra-vars", json.dumps({"inference_gateway_report": str(report), **variables})]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_", "INFERENCE_LAB_STATE", "KUBECONFIG"))}
    env |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "INFERENCE_LAB_STATE": str(tmp_path / "no-lab"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split()), json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}


def test_the_labs_own_inventory_is_clean_without_a_lab(tmp_path: Path) -> None:
    code, output, report = play(tmp_path, ROOT / "inventories" / "lab", inference_gateway_lint_strict=True)
    assert (code, report) == (0, {"clusters": {"lab": []}, "failed": []}), output
    assert "Nothing found." in output and "WARNING" not in output


def test_a_playbook_over_two_clusters_names_the_one_that_is_wrong(tmp_path: Path) -> None:
    common = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}", "gateways": [GATEWAY]}
    hosts = {"good": {"inference_routes": [ROUTE]}, "bad": {"inference_routes": [ROUTE, TWIN, {**RETRIED, "name": "c", "hostnames": ["c.example.com"]}]}}
    inventory = tmp_path / "clusters.json"
    inventory.write_text(json.dumps({"clusters": {"hosts": hosts, "vars": common}}), encoding="utf-8")
    code, output, report = play(tmp_path, inventory)
    assert code != 0
    assert "The inventory of bad has 1 error(s) and 1 warning(s)." in output and "The inventory of good" not in output
    assert [finding["rule"] for finding in report["clusters"]["bad"]] == ["duplicate-match", "retry-side-effects"]
    assert report["clusters"]["good"] == []
    skip = {"duplicate-match": "The second takes over tonight."}
    code, output, report = play(tmp_path, inventory, inference_gateway_lint_skip=skip)
    assert code == 0 and "Not looked for: duplicate-match (The second takes over tonight.)" in output
    assert play(tmp_path, inventory, inference_gateway_lint_skip=skip, inference_gateway_lint_strict=True)[0] != 0
