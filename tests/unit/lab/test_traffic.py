# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts of tier two: what a kubelet makes of a pod, which program stands for it, where cluster addresses lead."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from inference_lab.traffic import container, envoy, namespace, programs, services
from inference_lab.traffic.door import resolve
from inference_lab.traffic.programs import Surroundings
from inference_lab.traffic.supervisor import _gateway

FOLDER = "/state/pods/ai_x"


def pod(image: str, **parts: Any) -> dict[str, Any]:
    main = {"name": "main", "image": image, **parts.pop("container", {})}
    meta = {"namespace": "ai", "name": "x", "uid": "u", "labels": {"app": "x", **parts.pop("labels", {})}, "annotations": {}}
    return {"metadata": meta, "spec": {"serviceAccountName": "sa", "containers": [main], **parts}, "status": {"podIP": "10.244.1.9", "phase": "Running"}}


def around(known: container.Contents | None = None) -> Surroundings:
    return Surroundings(FOLDER, "token", known or {}, lambda namespace, service: f"address of {namespace}/{service}", ("10.96.0.1", 6443))


def start(found: dict[str, Any], known: container.Contents | None = None) -> programs.Program:
    sort = programs.sort_of(found)
    assert sort
    return programs.program(sort[0], found, sort[1], around(known))


@pytest.mark.parametrize(
    ("text", "result"), [("$(A)/x", "1/x"), ("$(B)", "$(B)"), ("$$(A)", "$(A)"), ("$A ${A} $(A)$(A)", "$A ${A} 11"), ("no variable", "no variable")]
)
def test_variables_as_kubernetes_expands_them(text: str, result: str) -> None:
    assert container.expand(text, {"A": "1"}) == result


def test_environment_arguments_and_files_of_a_container() -> None:
    found = pod(
        "epp:1",
        container={
            "args": ["--config-file", "/config/plugins.yaml", "--name=$(NAME)", "--other=/configuration", "--two=/config,/config/x"],
            "env": [
                {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "k"}}},
                {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
                {"name": "ABSENT", "valueFrom": {"configMapKeyRef": {"name": "none", "key": "k", "optional": True}}},
                {"name": "BOTH", "value": "$(NAME)-$(APP)"},
                {"name": "EMPTY"},
            ],
            "volumeMounts": [{"name": "config", "mountPath": "/config/"}, {"name": "all", "mountPath": "/var/run/all"}],
        },
        volumes=[
            {"name": "config", "configMap": {"name": "plugins"}},
            {
                "name": "all",
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"path": "token"}},
                        {"configMap": {"name": "plugins", "items": [{"key": "plugins.yaml", "path": "renamed"}]}},
                        {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
                    ]
                },
            },
        ],
    )
    assert container.references(found) == {("ConfigMap", "plugins"), ("Secret", "keys"), ("ConfigMap", "none")}
    known = {("ConfigMap", "plugins"): {"plugins.yaml": "p: 1"}, ("Secret", "keys"): {"k": "secret"}}
    got = container.resolve(found, found["spec"]["containers"][0], known, "token", FOLDER)
    assert got.environment == {"NAME": "x", "APP": "x", "IP": "10.244.1.9", "KEY": "secret", "BOTH": "x-x", "EMPTY": ""}
    config = f"{FOLDER}/volumes/config"
    assert got.args == ["--config-file", f"{config}/plugins.yaml", "--name=x", "--other=/configuration", f"--two={config},{config}/x"]
    assert got.files == {
        "volumes/config/plugins.yaml": "p: 1",
        "volumes/all/token": "token",
        "volumes/all/renamed": "p: 1",
        "volumes/all/labels": 'app="x"',
    }


def test_a_secret_is_decoded_and_a_config_map_is_not() -> None:
    assert container.contents("Secret", {"data": {"a": base64.b64encode(b"x").decode()}}) == {"a": "x"}
    assert container.contents("ConfigMap", {"data": {"a": "eA=="}}) == {"a": "eA=="}
    assert container.contents("Secret", {}) == {}


@pytest.mark.parametrize(
    ("image", "sort"),
    [
        ("registry.istio.io/testing/pilot:latest", "pilot"),
        ("proxyv2@sha256:0", "envoy"),
        ("r.example:5000/gateway-api-inference-extension/epp:v1.5.0", "picker"),
        ("ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.10.0", "picker"),
        ("ghcr.io/volcano-sh/kthena-controller-manager:v1.0.0", "kthena-controller-manager"),
        ("vllm/vllm-openai:v1", None),
        ("example.com/epp/server:1", None),
        ("copilot:1", None),
    ],
)
def test_which_program_stands_for_an_image(image: str, sort: str | None) -> None:
    found = programs.sort_of(pod(image))
    assert (found[0] if found else None) == sort


def test_the_picker_runs_with_its_own_arguments_and_account() -> None:
    found = start(pod("epp:v1.5.0", container={"args": ["--pool-name", "chat"], "readinessProbe": {"grpc": {"port": 9103}}}))
    assert (found.name, found.args, found.probe.port) == ("epp", ["--pool-name", "chat"], 9103)
    assert found.environment["KUBECONFIG"] == f"{FOLDER}/kubeconfig"


def test_a_single_file_in_etc_comes_where_the_program_looks_for_it() -> None:
    """No flag of Kthena's router says where its configuration is."""
    mount = {"name": "scheduler", "mountPath": "/etc/config/router.yaml", "subPath": "router"}
    found = pod("kthena-router:1", container={"volumeMounts": [mount]}, volumes=[{"name": "scheduler", "configMap": {"name": "c"}}])
    assert start(found, {("ConfigMap", "c"): {"router": "a: 1"}}).files["etc/config/router.yaml"] == "a: 1"
    assert "etc/config/router.yaml" not in start(found).files, "a ConfigMap that is not there yet"


def test_pilot_keeps_what_the_chart_says_and_loses_what_only_istios_envoy_has() -> None:
    mesh = {"accessLogFile": "/dev/stdout", "enablePrometheusMerge": True}
    env = [{"name": "ENABLE_GATEWAY_API_INFERENCE_EXTENSION", "value": "true"}, {"name": "KUBECONFIG", "value": "/var/run/secrets/remote/config"}]
    found = start(pod("pilot:1", container={"args": ["discovery"], "env": env}), {("ConfigMap", "istio"): {"mesh": yaml.safe_dump(mesh)}})
    assert found.environment["ENABLE_GATEWAY_API_INFERENCE_EXTENSION"] == "true"
    assert found.args[0] == "discovery"
    written = yaml.safe_load(found.files["mesh.yaml"])
    assert written["accessLogFile"] == "/dev/stdout"
    assert written["enablePrometheusMerge"] is False
    assert programs.also_reads("pilot", pod("pilot:1", labels={"istio.io/rev": "1-31"})) == {("ConfigMap", "istio-1-31")}


def test_an_envoy_asks_the_control_plane_that_its_pod_names() -> None:
    config = json.dumps({"discoveryAddress": "istiod-1-31.mesh.svc:15012"})
    found = start(pod("proxyv2:1", container={"env": [{"name": "PROXY_CONFIG", "value": config}, {"name": "ISTIO_META_OWNER", "value": "me"}]}))
    written = json.loads(found.files["envoy.json"])
    assert written["node"]["id"] == "router~10.244.1.9~x.ai~ai.svc.cluster.local"
    assert written["node"]["metadata"]["OWNER"] == "me"
    endpoint = written["static_resources"]["clusters"][0]["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    assert endpoint["address"]["socket_address"] == {"address": "address of mesh/istiod-1-31", "port_value": envoy.XDS}
    service = written["dynamic_resources"]["ads_config"]["grpc_services"][0]
    assert service["initial_metadata"] == [{"key": "authorization", "value": "Bearer token"}], "pilot hands out no certificate to somebody unknown"


def test_whom_the_tokens_of_a_pod_are_for() -> None:
    volumes = [{"projected": {"sources": [{"serviceAccountToken": {"path": "istio-token", "audience": "istio-ca"}}, {"configMap": {"name": "ca"}}]}}, {}]
    assert container.audiences({"spec": {"volumes": volumes}}) == ["istio-ca"]
    assert container.audiences({"spec": {}}) == []


def endpoints(ready: bool, *addresses: str, name: str = "http", port: int = 8000) -> dict[str, Any]:
    meta = {"namespace": "ai", "labels": {"kubernetes.io/service-name": "vllm"}}
    return {"metadata": meta, "ports": [{"name": name, "port": port}], "endpoints": [{"addresses": list(addresses), "conditions": {"ready": ready}}]}


def service(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": "ai", "name": "vllm"}, "spec": {"clusterIP": "10.96.3.3", "ports": [{"name": "http", "port": 80}], **spec}}


def test_a_cluster_address_leads_to_ready_endpoints_of_the_same_port_name() -> None:
    slices = [endpoints(True, "10.244.1.1", "10.244.1.2"), endpoints(False, "10.244.1.3"), endpoints(True, "10.244.1.1", name="metrics", port=9)]
    assert services.table([service()], slices) == {("10.96.3.3", 80): [("10.244.1.1", 8000), ("10.244.1.2", 8000)]}
    assert services.table([service()], []) == {("10.96.3.3", 80): []}, "it refuses, as kube-proxy makes it"
    assert services.table([service(clusterIP="None")], slices) == {}
    assert services.table([service(ports=[{"name": "dns", "port": 53, "protocol": "UDP"}])], slices) == {}


@pytest.mark.parametrize(
    ("host", "address"),
    [("10.96.1.1", "10.96.1.1"), ("a.b", "10.96.0.9"), ("a.b.svc", "10.96.0.9"), ("a.b.svc.cluster.local", "10.96.0.9"), ("c.b", ""), ("1", "")],
)
def test_names_that_the_door_knows(host: str, address: str) -> None:
    assert resolve(host, {"a.b": "10.96.0.9"}) == address


def gateway(name: str, created: str, *addresses: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": "ai", "creationTimestamp": created}
    return {"metadata": meta, "spec": {"listeners": [{"port": 80}]}, "status": {"addresses": [{"value": value} for value in addresses]}}


def test_the_labs_gateway_is_the_oldest_that_has_an_address_here() -> None:
    young, old = gateway("a", "2026-02-01", "a-istio.ai.svc.cluster.local"), gateway("b", "2026-01-01", "10.96.7.7")
    names = {"a-istio.ai": "10.96.5.5"}
    assert _gateway([young, old], names) == ("10.96.7.7", 80)
    assert _gateway([young, gateway("c", "2026-01-01"), gateway("d", "2025-01-01", "gw.example.com")], names) == ("10.96.5.5", 80)
    assert _gateway([], names) is None


@pytest.mark.parametrize(
    ("outcome", "lack"),
    [
        (subprocess.CompletedProcess([], 0, "", ""), ""),
        (subprocess.CompletedProcess([], 2, "", "first\nError: Unknown device type.\n"), "Error: Unknown device type."),
        (subprocess.CompletedProcess([], 1, "", ""), "it gave no reason"),
        (subprocess.TimeoutExpired("unshare", 30), "timed out"),
        (PermissionError("unshare may not be run"), "unshare may not be run"),
    ],
)
def test_a_machine_without_namespaces_is_told_why(outcome: Any, lack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(argv: list[str], **_options: Any) -> Any:
        assert "type veth" in argv[-1], "without pairs of interfaces no pod's program has an address"
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(shutil, "which", lambda name, **_options: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    assert lack in namespace.missing()
    assert bool(namespace.missing()) is bool(lack)
