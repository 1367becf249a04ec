# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role kong on the lab, by a chart whose schema is closed over the real chart's keys. CRDs and classes are the cluster's, so there is one installation for
all tests of this file, in their order. No controller runs there: what it would say by Events is written here."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from contract import kong_crds
from contract.chart import build
from integration.plays import Outcome, Plays

SEED, NEWEST = "2.51.0", "3.4.1"
OCI = "service.beta.kubernetes.io/oci-load-balancer"
# What the seed asks for: a private load balancer of OCI between 10 and 100 Mbps, two to three pods.
OF_THE_SEED = {"kong_chart_version": SEED, "kong_cloud": "oci", "kong_load_balancer_private": True, "kong_proxy_annotations": {"example.com/team": 7}}


class Kong:
    """The role with a namespace and classes of its own."""

    def __init__(self, plays: Plays) -> None:
        self.plays = plays
        self.lab = plays.lab
        self.namespace = f"kong-{secrets.token_hex(3)}"
        self.charts = {version: build("kong", plays.folder / version, version) for version in (SEED, NEWEST)}

    def run(self, *, check: bool = False, **variables: Any) -> Outcome:
        return self.plays.role("kong", check=check, **(self.given(variables.get("kong_chart_version", NEWEST)) | variables))

    def given(self, version: str = NEWEST) -> dict[str, Any]:
        return {
            "kong_chart_repo": "",
            "kong_chart_ref": str(self.charts[version]),
            "kong_namespace": self.namespace,
            "kong_ingress_class": self.namespace,
            "kong_gateway_class": self.namespace,
            "kong_wait_gateway_class": False,
            "kong_wait_timeout": 60,
            "kong_helm_binary": str(self.lab.bin / "helm"),
        }

    def get(self, *what: str) -> Any:
        """None where there is none."""
        found = self.lab.kubectl("get", *what, "--namespace", self.namespace, "--output=json", "--ignore-not-found")
        return json.loads(found) if found.strip() else None

    def crds(self) -> list[str]:
        return [name for name in self.lab.kubectl("get", "crd", "--output=name").split() if name.endswith(kong_crds.GROUP)]

    def containers(self) -> dict[str, Any]:
        (found,) = self.get("deployments")["items"]
        return {each["name"]: each for each in found["spec"]["template"]["spec"]["containers"]}

    def clear(self) -> None:
        """Whatever a failed test left."""
        kong_crds.remove(self.lab)
        self.lab.kubectl("delete", "configmap", "kong-crds", f"kong.kong.{self.namespace}", "--namespace=kube-system", "--ignore-not-found")
        self.lab.kubectl("delete", "gatewayclass,ingressclass", self.namespace, "--ignore-not-found")
        self.lab.kubectl("delete", "namespace", self.namespace, "--wait=false", "--ignore-not-found")


@pytest.fixture(scope="module")
def kong(lab: inference_lab.Lab, crds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kong]:
    assert crds.exists()
    kong_crds.remove(lab)
    found = Kong(Plays(lab, tmp_path_factory.mktemp("kong") / "a blank"))
    try:
        yield found
    finally:
        found.clear()


def test_check_on_an_empty_cluster_writes_nothing(kong: Kong) -> None:
    told = kong.run(check=True)
    assert (told.code, told.changed, told.writes) == (0, 3, []), told.output


@pytest.mark.parametrize("version", [SEED, NEWEST])
def test_the_schema_is_closed(kong: Kong, version: str) -> None:
    """Else the other tests would prove nothing about the values. The older chart lacks what the newer one has."""
    argv = [str(kong.lab.bin / "helm"), "template", "kong", str(kong.charts[version]), "--set"]
    values = ("proxi.type=x", "proxy.type=NodePort", "initContainerResources.a=b")
    codes = [subprocess.run([*argv, each], capture_output=True, check=False).returncode for each in values]
    assert [code == 0 for code in codes] == [False, True, version == NEWEST]


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"kong_database": "postgres", "kong_postgres": {"host": "db"}}, "kong_postgres names host. Write at least"),
        ({"kong_values": {"postgresql": {"enabled": True, "image": {"tag": "16"}}}}, "without postgresql.image.registry, postgresql.image.repository."),
        ({"kong_values": {"autoscaling": {"targetCPUUtilizationPercentage": 60}}}, "kong_cpu_target in place of"),
        ({"kong_tls_secret": "front"}, "/front key tls.crt (kong_tls_secret)"),
    ],
)
def test_refused_before_anything_is_written(kong: Kong, variables: dict[str, Any], wanted: str) -> None:
    outcome = kong.run(**variables)
    assert outcome.code != 0
    assert wanted in outcome.message
    assert outcome.writes == []


def test_installed_as_the_seed_has_it_without_its_traps(kong: Kong) -> None:
    made = kong.run(**OF_THE_SEED)
    assert made.code == 0, made.output
    assert made.results["summary"] == {"create": 7, "update": 0, "replace": 0, "delete": 0, "keep": 0}
    assert (len(kong.crds()), "fieldManager=helm" in " ".join(write for write in made.writes if "customresourcedefinitions" in write)) == (5, False)
    assert (
        kong.get("service", "kong-kong-proxy")["metadata"]["annotations"].items()
        >= {
            f"{OCI}-shape": "flexible",
            f"{OCI}-shape-flex-min": "10",
            f"{OCI}-shape-flex-max": "100",
            f"{OCI}-internal": "true",
            "example.com/team": "7",
        }.items()
    )
    assert [each["metadata"]["name"] for each in kong.get("services")["items"]] == ["kong-kong-proxy"], "neither the Admin API nor the manager"
    assert made.results["address"] == kong.get("service", "kong-kong-proxy")["spec"]["clusterIP"]
    (autoscaler,) = kong.get("horizontalpodautoscalers")["items"]
    assert autoscaler["spec"]["metrics"] == [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]
    assert (autoscaler["spec"]["minReplicas"], autoscaler["spec"]["maxReplicas"]) == (2, 3)
    pod = kong.containers()
    assert all(each["resources"]["requests"]["cpu"] for each in pod.values()), "or the autoscaler cannot compute"
    assert (pod["proxy"]["image"], pod["ingress-controller"]["image"]) == ("docker.io/kong:3.9.3", "docker.io/kong/kubernetes-ingress-controller:3.5.13")
    assert {"name": "status", "containerPort": 8100, "protocol": "TCP"} in pod["proxy"]["ports"]
    known = kong.get("gatewayclass", kong.namespace)
    assert known["spec"]["controllerName"] == "konghq.com/kic-gateway-controller"
    assert known["metadata"]["annotations"]["konghq.com/gatewayclass-unmanaged"] == "true"
    metrics = kong.get("kongclusterplugin", f"{kong.namespace}-prometheus")
    assert (metrics["metadata"]["labels"]["global"], metrics["config"]["latency_metrics"]) == ("true", True)


def test_upgraded_with_a_word_on_what_changes_into_a_database(kong: Kong) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "data": {"password": base64.b64encode(b"s3cret").decode()}}
    kong.lab.kubectl("create", "--namespace", kong.namespace, "-f", "-", input=json.dumps(secret))
    database: dict[str, Any] = {"kong_database": "postgres", "kong_postgres": {"host": "db.example.com", "password_secret": "db"}}
    upgraded = kong.run(**database, kong_allow_database_change=True, kong_fallback_configuration=True, kong_wait=False)
    assert upgraded.code == 0, upgraded.output
    assert (upgraded.results["found"], upgraded.results["version"]) == (SEED, NEWEST)
    assert f"The chart goes from {SEED} to {NEWEST}. On the way:" in upgraded.message
    assert "3.0.0: The chart''s own PostgreSQL has no image any more" in upgraded.message
    assert "2.48.0:" not in upgraded.message, "the seed is past that"
    pod = {name: {each["name"]: each for each in container["env"]} for name, container in kong.containers().items()}
    assert pod["ingress-controller"]["CONTROLLER_FEATURE_GATES"]["value"] == "FallbackConfiguration=true"
    assert (pod["proxy"]["KONG_DATABASE"]["value"], pod["proxy"]["KONG_PG_HOST"]["value"]) == ("postgres", "db.example.com")
    assert pod["proxy"]["KONG_PG_PASSWORD"]["valueFrom"] == {"secretKeyRef": {"name": "db", "key": "password"}}
    assert "s3cret" not in upgraded.output


def test_the_database_is_not_left_behind(kong: Kong) -> None:
    back = kong.run()
    assert "runs with the database db.example.com, and what is declared makes it no database" in back.message
    assert back.writes == []


@pytest.fixture(scope="module")
def admin() -> Iterator[str]:
    """The root of an Admin API: Kong 3.3 without a database and with two plugins."""
    root = {
        "version": "3.3.0",
        "edition": "community",
        "configuration": {"database": "off"},
        "plugins": {"available_on_server": {"acl": True, "key-auth": True}},
    }

    class Root(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.headers.get("Kong-Admin-Token") == "t0ken" else 401)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(root).encode())

        def log_message(self, *_args: Any) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Root) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_kong_of_ones_own_is_looked_at_and_left_alone(kong: Kong) -> None:
    fits = kong.run(kong_state="byok", kong_byok_min_version="3.9.3", kong_byok_edition="community", kong_byok_database="postgres")
    assert (fits.code, fits.changed, fits.writes) == (0, 0, []), fits.output


def test_all_that_ones_own_lacks_is_said_at_once(kong: Kong, admin: str) -> None:
    lacking = kong.run(
        kong_state="byok",
        kong_gateway_class="theirs",
        kong_byok_database="postgres",
        kong_admin={"urls": [admin, "http://127.0.0.1:9"], "token": "t0ken"},
    )
    assert lacking.code != 0
    for wanted in (
        f"There is no GatewayClass theirs. Name {kong.namespace} in kong_gateway_class.",
        f"{admin}: the version is 3.3.0, and 3.4.1 or newer is demanded.",
        "the database is dbless, and postgres is demanded",
        "plugin rate-limiting is not there",
        "The Admin API at http://127.0.0.1:9 did not tell what it is",
    ):
        assert wanted in lacking.message, lacking.message
    assert "t0ken" not in lacking.output


def events(kong: Kong, *between: dict[str, Any], wait: int = 2, **variables: Any) -> Outcome:
    """What events.yml makes of Events that came after the first look."""
    role = {"name": "inference.gateway.kong"}
    write = {"name": "The controller", "kubernetes.core.k8s": {"definition": "{{ item }}"}, "loop": list(between), "loop_control": {"label": "event"}}
    play = {
        "name": "Events",
        "hosts": "clusters",
        "gather_facts": False,
        "module_defaults": {"group/kubernetes.core.k8s": "{{ inference_gateway_connection }}"},
        "tasks": [
            {"name": "Before", "ansible.builtin.include_role": role | {"tasks_from": "events_before"}},
            write,
            {"name": "After", "ansible.builtin.include_role": role | {"tasks_from": "events"}},
        ],
    }
    file = kong.plays.folder / "events.json"
    file.write_text(json.dumps([play]), encoding="utf-8")
    return kong.plays.run(str(file), kong.plays.inventory(), kong.plays.folder / "none.json", kong_events_wait=wait, **variables)


def said(kong: Kong, reason: str, message: str, kind: str = "KongPlugin", name: str = "gpt-route-acl") -> dict[str, Any]:
    """An Event as the controller writes it."""
    who = {"apiVersion": "configuration.konghq.com/v1", "kind": kind, "name": name, "namespace": kong.namespace}
    about = {"name": f"kong-client.{secrets.token_hex(4)}", "namespace": kong.namespace}
    body = {"reason": reason, "message": message, "involvedObject": who, "source": {"component": "kong-client"}, "type": "Normal"}
    return {"apiVersion": "v1", "kind": "Event", "metadata": about, **body}


def test_what_the_controller_could_not_use_fails_the_run(kong: Kong) -> None:
    duplicate = "uniqueness violation: 'keyauth_credentials' entity with key set to 's3cret-key' already declared"
    failed = events(kong, said(kong, "KongConfigurationTranslationFailed", duplicate, "KongConsumer", "gpt"))
    assert failed.code != 0
    assert f"KongConsumer {kong.namespace}/gpt: KongConfigurationTranslationFailed: uniqueness violation" in failed.message
    assert "(hidden)" in failed.message
    assert "s3cret-key" not in failed.output


def test_what_it_said_before_is_not_about_this_run(kong: Kong) -> None:
    fine = events(kong, said(kong, "KongConfigurationSucceeded", "applied", "Pod", "kong-1"), wait=60)
    assert fine.code == 0, fine.output
    assert "uniqueness violation" not in fine.message


def test_who_may_not_read_events_is_told_and_not_stopped(kong: Kong) -> None:
    deaf = events(kong, inference_gateway_connection={"kubeconfig": kong.lab.viewer_kubeconfig})
    assert deaf.code == 0, deaf.output
    assert "Let the user list events in every namespace" in deaf.message


def test_removed_unless_somebody_is_served(kong: Kong) -> None:
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "theirs"}}
    ingress["spec"] = {"ingressClassName": kong.namespace, "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}
    kong.lab.kubectl("create", "--namespace", kong.namespace, "-f", "-", input=json.dumps(ingress))
    refused = kong.run(kong_state="absent")
    assert f"Kong serves Ingress {kong.namespace}/theirs." in refused.message
    assert refused.writes == []
    kong.lab.kubectl("delete", "ingress", "theirs", "--namespace", kong.namespace)
    gone = kong.run(kong_state="absent", kong_purge_crds=True)
    assert (gone.code, kong.get("deployment", "kong-kong"), kong.get("gatewayclass", kong.namespace), kong.crds()) == (0, None, None, []), gone.output
