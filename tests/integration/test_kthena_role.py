# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role kthena on the lab, by Kthena's own chart. Names in it are the cluster's, so there is one installation for all tests of this file, in their order."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
import yaml
from contract.chart import build
from integration.plays import Outcome, Plays

IMAGE = "public.ecr.aws/q9t5s3a7/vllm-cpu-release-repo:v0.11.2"
BACKEND = {
    "name": "backend1",
    "type": "vLLM",
    "modelURI": "hf://Qwen/Qwen2.5-0.5B-Instruct",
    "cacheURI": "hostpath://tmp/cache",
    "replicas": 1,
    "workers": [{"type": "server", "image": IMAGE, "replicas": 1, "pods": 1, "config": {"served-model-name": "demo", "max-model-len": 32768}}],
}
BOOSTER = {"kind": "ModelBooster", "name": "demo", "spec": {"backend": BACKEND}}
SERVER = {
    "kind": "ModelServer",
    "name": "qwen",
    "spec": {"inferenceEngine": "vLLM", "workloadSelector": {"matchLabels": {"app": "qwen"}}, "workloadPort": {"port": 8000}},
}
ROUTE = {"kind": "ModelRoute", "name": "qwen", "spec": {"modelName": "qwen", "rules": [{"targetModels": [{"modelServerName": "qwen"}]}]}}
CRDS = ("workload.serving.volcano.sh", "networking.serving.volcano.sh")


class Kthena:
    """The role with namespaces of its own. Nothing answers for the webhooks' pods here, so they are off."""

    def __init__(self, plays: Plays, namespace: str) -> None:
        self.plays = plays
        self.lab = plays.lab
        self.namespace = namespace
        self.system = f"{namespace}-system"
        self.chart = self.lab.manifests / "kthena-v1.0.0" / "charts" / "kthena"
        self.volcano = build("volcano", plays.folder / "charts")

    def run(self, *objects: dict[str, Any], check: bool = False, **variables: Any) -> Outcome:
        given = {
            "kthena_chart_ref": str(self.chart),
            "kthena_namespace": self.system,
            "kthena_volcano_chart_repo": "",
            "kthena_volcano_chart_ref": str(self.volcano),
            "kthena_volcano_namespace": self.system,
            "kthena_webhooks": False,
            "kthena_objects": objects,
            "kthena_objects_namespace": self.namespace,
            "kthena_prune_limit": "100%",
            "kthena_wait_timeout": 60,
            "kthena_helm_binary": str(self.lab.bin / "helm"),
        }
        return self.plays.role("kthena", check=check, **(given | variables))

    def names(self, kind: str, *options: str) -> list[str]:
        return sorted(str(self.lab.kubectl("get", kind, "--output=name", "--ignore-not-found", *options)).split())

    def crds(self) -> list[str]:
        return [name for name in self.names("crd") if name.endswith(CRDS)]

    def helm(self, *args: str) -> str:
        argv = [str(self.lab.bin / "helm"), "--kubeconfig", self.lab.kubeconfig, "--namespace", self.system, *args]
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout

    def clear(self) -> None:
        """Whatever a failed test left."""
        for release in ("kthena", "volcano"):
            self.helm("uninstall", release, "--ignore-not-found")
        for kind, names in (("crd", self.crds()), ("namespace", [self.namespace, self.system])):
            for name in names:
                self.lab.kubectl("delete", kind, name.rpartition("/")[2], "--ignore-not-found", "--wait=false")
        self.lab.kubectl("delete", "configmap", "kthena-crds", "--namespace=kube-system", "--ignore-not-found")


@pytest.fixture(scope="module")
def kthena(lab: inference_lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kthena]:
    namespace = f"kthena-{secrets.token_hex(3)}"
    lab.kubectl("create", "namespace", namespace)
    found = Kthena(Plays(lab, tmp_path_factory.mktemp("kthena") / "a blank"), namespace)
    try:
        yield found
    finally:
        found.clear()


def test_check_on_an_empty_cluster_writes_nothing(kthena: Kthena) -> None:
    told = kthena.run(SERVER, ROUTE, check=True)
    assert (told.code, told.changed, told.writes) == (0, 4, []), told.output


@pytest.mark.parametrize(
    ("entry", "variables", "wanted"),
    [
        ({**BOOSTER, "spec": {"backend": {**BACKEND, "minReplicas": 1}}}, {}, "minReplicas went with Kthena 1.0"),
        (BOOSTER, {"kthena_volcano": False}, "Write kthena_volcano: true, or schedulerName: default-scheduler"),
        (ROUTE, {"kthena_gateway_api": True}, "Write parentRefs"),
        (ROUTE, {"kthena_chart_version": "v1.0.1"}, "is version 1.0.0, and kthena_chart_version is v1.0.1"),
    ],
)
def test_refused_before_anything_is_written(kthena: Kthena, entry: dict[str, Any], variables: dict[str, Any], wanted: str) -> None:
    outcome = kthena.run(entry, **variables)
    assert outcome.code != 0
    assert wanted in outcome.message
    assert outcome.writes == []


def test_installed(kthena: Kthena) -> None:
    made = kthena.run(SERVER, ROUTE)
    assert made.code == 0, made.output
    assert made.results["summary"] == {"create": 2, "update": 0, "replace": 0, "delete": 0, "keep": 0}
    assert (len(kthena.crds()), "podgroups.scheduling.volcano.sh" in " ".join(kthena.names("crd"))) == (5, True)
    deployments = json.loads(kthena.lab.kubectl("get", "deployments", "--namespace", kthena.system, "-o", "json"))["items"]
    images = {each["metadata"]["name"]: each["spec"]["template"]["spec"]["containers"][0]["image"] for each in deployments}
    assert images["kthena-controller-manager"] == "ghcr.io/volcano-sh/kthena-controller-manager:v1.0.0"
    assert images["kthena-router"] == "ghcr.io/volcano-sh/kthena-router:v1.0.0"
    assert ":latest" not in kthena.helm("get", "manifest", "kthena"), "also in configuration that the controllers hand on"


def test_every_value_exists_in_the_chart(kthena: Kthena) -> None:
    """The chart takes a misspelt key without a word."""
    given = json.loads(kthena.helm("get", "values", "kthena", "-o", "json"))
    known = {"kthena": yaml.safe_load((kthena.chart / "values.yaml").read_text(encoding="utf-8"))}
    for part in ("workload", "networking"):
        known[part] = yaml.safe_load((kthena.chart / "charts" / part / "values.yaml").read_text(encoding="utf-8"))
    paths = sorted(leaves(given))
    assert "networking.kthenaRouter.gatewayAPI.inferenceExtension" in paths
    assert not [path for path in paths if not exists(path, known["kthena"]) and not exists(path.partition(".")[2], known.get(path.partition(".")[0], {}))]


def leaves(tree: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        yield from leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name}"]


def exists(path: str, tree: Any) -> bool:
    name, _dot, rest = path.partition(".")
    return isinstance(tree, dict) and name in tree and (not rest or exists(rest, tree[name]))


def test_a_second_run_writes_nothing(kthena: Kthena) -> None:
    again = kthena.run(SERVER, ROUTE)
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output


def test_models_are_waited_for_by_their_own_condition(kthena: Kthena) -> None:
    early = kthena.run(SERVER, ROUTE, BOOSTER, kthena_models_wait_timeout=2)
    assert early.code != 0
    assert "ModelBooster.workload.serving.volcano.sh" in early.message
    assert "has not seen generation 1 yet" in early.message
    now = "2026-01-01T00:00:00Z"
    active = [{"type": "Active", "status": "True", "reason": "ModelAvailable", "message": "Model is ready", "lastTransitionTime": now}]
    status = json.dumps({"status": {"observedGeneration": 1, "conditions": active}})
    kthena.lab.kubectl(
        "patch", "modelboosters.workload.serving.volcano.sh", "demo", "--namespace", kthena.namespace, "--subresource=status", "--type=merge", "-p", status
    )
    ready = kthena.run(SERVER, ROUTE, BOOSTER, kthena_models_wait_timeout=10)
    assert (ready.code, ready.changed) == (0, 0), ready.output


def test_upgraded_and_what_left_the_list_is_gone(kthena: Kthena, tmp_path: Path) -> None:
    newer = tmp_path / "kthena"
    shutil.copytree(kthena.chart, newer)
    about = newer / "Chart.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace("\nversion: 1.0.0", "\nversion: 1.0.1"), encoding="utf-8")
    upgraded = kthena.run(SERVER, kthena_chart_ref=str(newer), kthena_chart_version="v1.0.1")
    assert upgraded.code == 0, upgraded.output
    assert (upgraded.results["found"], upgraded.results["version"], upgraded.results["summary"]["delete"]) == ("1.0.0", "1.0.1", 2)
    kthena.chart = newer
    back = kthena.run(SERVER, kthena_chart_ref=str(kthena.lab.manifests / "kthena-v1.0.0" / "charts" / "kthena"))
    assert "kthena_allow_downgrade: true" in back.message


def test_removed_in_order_unless_others_need_it(kthena: Kthena) -> None:
    foreign = {"apiVersion": "networking.serving.volcano.sh/v1alpha1", "kind": "ModelServer", "metadata": {"name": "theirs"}, "spec": SERVER["spec"]}
    kthena.lab.kubectl("create", "--namespace", kthena.namespace, "-f", "-", input=json.dumps(foreign))
    stays = kthena.run(kthena_state="absent")
    assert stays.code != 0
    assert f"it also serves ModelServer {kthena.namespace} theirs" in stays.message
    assert "kthena" in kthena.helm("list", "--short").split()
    kthena.lab.kubectl("delete", "modelserver", "theirs", "--namespace", kthena.namespace)
    gone = kthena.run(kthena_state="absent", kthena_purge_volcano=True)
    assert (gone.code, kthena.helm("list", "--short").split(), len(kthena.crds())) == (0, [], 5), gone.output


def test_crds_go_when_asked_and_a_second_time_is_quiet(kthena: Kthena) -> None:
    purged = kthena.run(kthena_state="absent", kthena_purge_crds=True)
    assert (purged.code, kthena.crds()) == (0, []), purged.output
    again = kthena.run(kthena_state="absent", kthena_purge_crds=True, kthena_purge_volcano=True)
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output


def test_unmanaged_is_left_alone(kthena: Kthena) -> None:
    outcome = kthena.run(SERVER, kthena_state="unmanaged")
    assert (outcome.code, outcome.changed, outcome.writes) == (0, 0, []), outcome.output
