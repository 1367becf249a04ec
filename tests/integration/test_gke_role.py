# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role gke_gateway on the lab: no controller of GKE runs there, so what it would say is written here."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from contract import gke_crds
from integration.plays import Outcome, Plays

CLASS = "gke-l7-regional-external-managed"
EVENTS = ["RequestHeaders", "RequestBody", "RequestTrailers", "ResponseHeaders", "ResponseBody", "ResponseTrailers"]
STEP = {"name": "apigee", "apigee": "guard", "events": EVENTS, "request_body": "FullDuplexStreamed", "timeout": "10s", "fail_open": False}
CHAIN = {"name": "apigee", "when": ['request.path.startsWith("/")'], "extensions": [STEP]}
EXTENSION = {"name": "apigee", "gateways": ["edge"], "chains": [CHAIN]}
HEALTH = {"name": "ollama", "service": "ollama", "path": "/api/version"}
POLICY = {"name": "llama", "pool": "llama", "timeout": 600, "logging": {"enabled": True, "sample_rate": 1000}}
EDGE = {"name": "edge", "gateway": "edge", "ssl_policy": "strict"}
DECLARED: dict[str, Any] = {"gke_gateway_health_checks": [HEALTH], "gke_gateway_backend_policies": [POLICY], "gke_gateway_policies": [EDGE]}
WITH_EXTENSION = {**DECLARED, "gke_gateway_traffic_extensions": [EXTENSION]}


class Gke:
    """The role with a namespace of its own."""

    def __init__(self, plays: Plays) -> None:
        self.plays = plays
        self.lab = plays.lab
        self.namespace = f"gke-{secrets.token_hex(3)}"

    def run(self, *, check: bool = False, **variables: Any) -> Outcome:
        given = {"gke_gateway_namespace": self.namespace, "gke_gateway_wait_timeout": 10, "gke_gateway_prune_limit": "100%"}
        return self.plays.role("gke_gateway", check=check, **(given | variables))

    def spec(self, kind: str, name: str) -> Any:
        found = self.lab.kubectl("get", kind, name, "--namespace", self.namespace, "--output=json", "--ignore-not-found")
        return json.loads(found)["spec"] if found.strip() else None

    def apply(self, *objects: dict[str, Any]) -> None:
        self.lab.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def say(self, kind: str, name: str, status: dict[str, Any], namespaced: bool = True) -> None:
        where = ["--namespace", self.namespace] if namespaced else []
        self.lab.kubectl("patch", kind, name, *where, "--subresource=status", "--type=merge", f"--patch={json.dumps({'status': status})}")


def condition(name: str, status: str = "True", reason: str = "Done", message: str = "") -> dict[str, Any]:
    return {"type": name, "status": status, "reason": reason, "message": message, "lastTransitionTime": "2026-01-01T00:00:00Z"}


def gateway(name: str = "edge") -> dict[str, Any]:
    spec = {"gatewayClassName": CLASS, "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": name}, "spec": spec}


def of_namespace(obj: dict[str, Any], namespace: str) -> dict[str, Any]:
    return {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}


@pytest.fixture(scope="module")
def gke(lab: inference_lab.Lab, crds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gke]:
    """A cluster of GKE as far as it can be had: its kinds, its class, taken up."""
    assert crds.exists()
    gke_crds.remove(lab)
    found = Gke(Plays(lab, tmp_path_factory.mktemp("gke") / "a blank"))
    lab.kubectl("create", "namespace", found.namespace)
    try:
        yield found
    finally:
        gke_crds.remove(lab)
        lab.kubectl("delete", "gatewayclass", CLASS, "--ignore-not-found")
        lab.kubectl("delete", "namespace", found.namespace, "--wait=false")


def test_check_on_a_cluster_that_is_to_come_writes_nothing(gke: Gke) -> None:
    told = gke.run(check=True, **WITH_EXTENSION)
    assert (told.code, told.writes) == (0, []), told.output
    assert told.results["summary"]["create"] == 4


def test_a_cluster_that_is_not_gkes_is_told_so(gke: Gke) -> None:
    outcome = gke.run(**DECLARED)
    assert outcome.code != 0 and outcome.writes == []
    assert f"GatewayClass {CLASS} is not in the cluster, which has" in outcome.message
    assert "--gateway-api=standard" in outcome.message


def test_a_class_that_nobody_took_up(gke: Gke) -> None:
    gke_crds.install(gke.lab)
    spec = {"controllerName": "networking.gke.io/gateway"}
    gke.apply({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": CLASS}, "spec": spec})
    outcome = gke.run(**DECLARED, gke_gateway_wait_timeout=1)
    assert f"GKE has not accepted GatewayClass {CLASS}" in outcome.message and outcome.writes == []
    gke.say("gatewayclass", CLASS, {"conditions": [condition("Accepted")]}, namespaced=False)


def test_refused_before_anything_is_written(gke: Gke) -> None:
    """All that is wrong, and the policies that the inventory's routes make count too."""
    outcome = gke.run(
        gke_gateway_health_checks=[HEALTH],
        gke_gateway_backend_policies=[POLICY],
        inference_gateway_renderer="gke",
        inference_gateway_namespace="{{ gke_gateway_namespace }}",
        inference_routes=[{"name": "chat", "rules": [{"backends": [{"pool": "llama"}, {"service": "ollama", "port": 80}], "timeouts": {"request": "300s"}}]}],
    )
    assert outcome.code != 0 and outcome.writes == []
    assert "gke_gateway_backend_policies[0] (llama): is a second policy for InferencePool" in outcome.message
    assert "inference_routes[0] (chat).rules[0].timeouts makes one by renderer gke." in outcome.message


def test_policies_come_first_and_an_extension_waits_for_its_gateways(gke: Gke) -> None:
    """The seed makes it without one that serves, and the route before the Gateway."""
    gke.apply(of_namespace(gateway(), gke.namespace))
    waiting = gke.run(**DECLARED, gke_gateway_traffic_extensions=[{**EXTENSION, "gateways": ["edge", "gone"]}], gke_gateway_wait_timeout=1)
    assert f"Gateway {gke.namespace}/gone is not there: declare it in gateways" in waiting.message
    assert f"Not Programmed: {gke.namespace}/edge" in waiting.message
    assert gke.spec("gcptrafficextension", "apigee") is None
    assert gke.spec("healthcheckpolicy", "ollama") == {
        "targetRef": {"group": "", "kind": "Service", "name": "ollama"},
        "default": {"config": {"type": "HTTP", "httpHealthCheck": {"requestPath": "/api/version", "portSpecification": "USE_SERVING_PORT"}}},
    }
    assert gke.spec("gcpbackendpolicy", "llama")["default"] == {"timeoutSec": 600, "logging": {"enabled": True, "sampleRate": 1000}}
    assert gke.spec("gcpgatewaypolicy", "edge")["default"] == {"sslPolicy": "strict"}
    status = {"conditions": [condition("Accepted"), condition("Programmed")], "addresses": [{"type": "IPAddress", "value": "192.0.2.7"}]}
    gke.say("gateway", "edge", status)


def test_an_extension_that_no_gateway_takes_is_a_failure(gke: Gke) -> None:
    silent = gke.run(**WITH_EXTENSION, gke_gateway_wait_timeout=1)
    assert silent.code != 0 and "Gateway edge: no controller reports on it" in silent.message
    reference = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}
    taken = [condition("Accepted"), condition("ResolvedRefs")]
    gke.say("gcptrafficextension", "apigee", {"ancestors": [{"ancestorRef": reference, "controllerName": "networking.gke.io/gateway", "conditions": taken}]})


def test_what_is_as_declared_is_kept(gke: Gke) -> None:
    kept = gke.run(**WITH_EXTENSION)
    assert (kept.code, kept.changed, kept.writes) == (0, 0, []), kept.output
    assert kept.results["addresses"] == {f"{gke.namespace}/edge": "192.0.2.7"}
    assert kept.results["summary"]["keep"] == 4


def test_the_step_knows_its_proxy(gke: Gke) -> None:
    (chain,) = gke.spec("gcptrafficextension", "apigee")["extensionChains"]
    assert chain["extensions"][0]["metadata"] == {"apigee-extension-processor": "guard"}
    assert chain["extensions"][0]["backendRef"] == {"group": "apim.googleapis.com", "kind": "ApigeeBackendService", "name": "guard"}
    assert chain["matchCondition"] == {"celExpressions": [{"celMatcher": 'request.path.startsWith("/")'}]}


def test_one_is_changed_and_one_leaves(gke: Gke) -> None:
    changed = gke.run(**{**WITH_EXTENSION, "gke_gateway_backend_policies": [{**POLICY, "timeout": 900}], "gke_gateway_policies": []})
    assert changed.code == 0, changed.output
    assert changed.results["summary"] == {"create": 0, "update": 1, "replace": 0, "delete": 1, "keep": 2}
    assert gke.spec("gcpbackendpolicy", "llama")["default"]["timeoutSec"] == 900
    assert gke.spec("gcpgatewaypolicy", "edge") is None


def test_removed_with_the_extension_first(gke: Gke) -> None:
    gone = gke.run(gke_gateway_state="absent")
    assert gone.code == 0, gone.output
    deleted = [write.rpartition("/")[0].rpartition("/")[2] for write in gone.writes if write.startswith("delete") and "networking.gke.io" in write]
    assert deleted[0] == "gcptrafficextensions" and sorted(deleted[1:]) == ["gcpbackendpolicies", "healthcheckpolicies"]
    left = gke.lab.kubectl("get", "healthcheckpolicies,gcpbackendpolicies,gcptrafficextensions,configmaps", "--namespace", gke.namespace, "--output=name")
    assert [name for name in left.split() if "kube-root-ca" not in name] == []


GCLOUD = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
*describe*) if [ -e "{there}" ]; then cat "{there}"; else echo "ERROR: code=404, message=Not found: projects/acme" >&2; exit 1; fi;;
*create*) cp "{made}" "{there}";;
*print-access-token*) echo secret-token;;
esac
"""


@pytest.fixture
def gcloud(tmp_path: Path) -> Path:
    """A gcloud that notes what it is told, and knows of a cluster once it was made."""
    found = {"name": "inference", "endpoint": "192.0.2.1", "masterAuth": {"clusterCaCertificate": "Q0E="}, "releaseChannel": {"channel": "REGULAR"}}
    found |= {"networkConfig": {"gatewayApiConfig": {"channel": "CHANNEL_STANDARD"}}, "workloadIdentityConfig": {"workloadPool": "acme-1.svc.id.goog"}}
    (tmp_path / "made").write_text(json.dumps(found), encoding="utf-8")
    program = tmp_path / "gcloud"
    program.write_text(GCLOUD.format(log=tmp_path / "log", there=tmp_path / "there", made=tmp_path / "made"), encoding="utf-8")
    program.chmod(0o755)
    return program


def alone(gke: Gke, *, check: bool = False, **variables: Any) -> Outcome:
    """The cluster's part of the role, without anything that asks a cluster."""
    task = {"name": "Run a part", "ansible.builtin.include_role": {"name": "inference.gateway.gke_gateway", "tasks_from": "cluster"}}
    file = gke.plays.folder / "cluster.json"
    file.write_text(json.dumps([{"name": "The cluster", "hosts": "clusters", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    return gke.plays.run(str(file), gke.plays.inventory(), gke.plays.folder / "none.json", check=check, **variables)


def test_a_cluster_is_made_once(gke: Gke, gcloud: Path) -> None:
    cluster = {
        "project": "acme-1",
        "location": "us-central1-a",
        "name": "inference",
        "machine_type": "c2-standard-16",
        "nodes": 3,
        "monitoring": ["SYSTEM", "DCGM"],
    }
    kubeconfig = gcloud.parent / "kubeconfig"
    given = {"gke_gateway_create_cluster": True, "gke_gateway_cluster": cluster, "gke_gateway_gcloud": str(gcloud), "gke_gateway_kubeconfig": str(kubeconfig)}
    log = gcloud.parent / "log"
    told = alone(gke, check=True, **given)
    assert (told.code, told.changed) == (0, 1), told.output
    assert "gcloud container clusters create inference --project=acme-1" in told.message
    assert " create " not in log.read_text(encoding="utf-8") and not kubeconfig.exists()
    made = alone(gke, **given)
    assert (made.code, made.changed) == (0, 1), made.output
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    shown = subprocess.run(
        [str(gke.lab.bin / "kubectl"), "config", "view", "--raw", f"--kubeconfig={kubeconfig}", "--output=json"], capture_output=True, check=True
    )
    assert json.loads(shown.stdout)["users"][0]["user"] == {"token": "secret-token"}
    again = alone(gke, **given)
    assert (again.code, again.changed) == (0, 0), again.output
    assert log.read_text(encoding="utf-8").count(" create ") == 1
    assert "Its release channel is regular, not rapid." in again.message
    assert "secret-token" not in told.output + made.output + again.output


def test_a_cluster_without_a_name_is_refused(gke: Gke) -> None:
    assert "names not all of project, location and name" in alone(gke, gke_gateway_create_cluster=True).message
