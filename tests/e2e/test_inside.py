# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""traffic_probe from inside of the cluster: a real pod, out of the Job that the module makes, sends through the real gateway and answers by its log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe import job
from inference_lab.errors import LabError
from integration.alone import run_module

from .stage import GATEWAY, Stage, eventually

PATH = "/v1/models"


def probe(stage: Stage, *probes: dict[str, Any]) -> dict[str, Any]:
    cluster = stage.cluster
    args = {"kubeconfig": cluster.kubeconfig, "namespace": cluster.namespace, "run_in": "cluster", "image": "registry.example.com/python-aiohttp:3.13"}
    return run_module("traffic_probe", probes=list(probes), wait_timeout=60, **args)[0]


def left(stage: Stage) -> set[str]:
    kinds = stage.cluster.names("jobs,secrets,configmaps,pods")
    return {name for name in kinds if "traffic-probe" in name}


def test_a_pod_sends_through_the_gateway_and_says_who_served(stage: Stage) -> None:
    stage.models("vllm-a")
    stage.models("vllm-b")
    backends = [{"service": "vllm-a", "port": 8000, "weight": 50}, {"service": "vllm-b", "port": 8000, "weight": 50}]
    stage.routes({"name": "chat", "rules": [{"backends": backends}]})
    stage.until_served(PATH)
    url = f"http://{stage.host}{PATH}"
    groups = {name: [f"{stage.cluster.namespace}/{name}-*"] for name in ("vllm-a", "vllm-b")}
    served = {"name": "served", "url": url, "groups": groups, "expect": {"status": 200, "split": {"vllm-a": 50, "vllm-b": 50}}}
    # Nobody outside of the lab's network is at this address, so that the answer is the pod's own.
    elsewhere = {"name": "own way", "url": f"http://models.example.com{PATH}", "address": stage.host, "expect": {"status": 200}}
    result = probe(stage, served, elsewhere)
    assert not result.get("failed"), result["msg"]
    first, second = result["probes"]
    assert set(first["answered_by"]) == {"vllm-a", "vllm-b"}
    assert (first["statuses"], second["statuses"]) == ({"200": first["sent"]}, {"200": 1})
    # Jobs' pods go in the background.
    eventually(lambda: not left(stage), 20)

    wrong = {**served, "expect": {"split": {"vllm-a": 95, "vllm-b": 5}}}
    result = probe(stage, wrong, {"name": "nobody", "url": "http://nobody.invalid/", "expect": {"status": 200}})
    assert "where 95.0% is declared" in result["msg"]
    assert "2 of 2 probes" in result["msg"]


def test_a_pod_that_fails_says_why(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its log is read through the API server, as kubectl does."""
    spec = job.job_spec

    def broken(*args: Any) -> dict[str, Any]:
        made = spec(*args)
        made["template"]["spec"]["containers"][0]["command"][2] = "probe.nothing"
        return made

    monkeypatch.setattr(job, "job_spec", broken)
    result = probe(stage, {"url": f"http://{GATEWAY}-istio/"})
    assert "failed (Error)" in result["msg"]
    assert "No module named probe.nothing" in result["msg"]
    eventually(lambda: not left(stage), 20)


JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "job"},
    "spec": {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "python:3.13"}]}}},
}
LOOK = """
import pathlib, sys
print("the lab's keys", pathlib.Path(sys.argv[1]).exists())
for place in ("/code/a", "/scratch/x", "/usr/x"):
    try:
        pathlib.Path(place).write_text("x")
        print(place, "written")
    except OSError as error:
        print(place, type(error).__name__)
raise SystemExit(7)
"""


def test_a_command_sees_its_pod_and_not_the_machine(stage: Stage) -> None:
    cluster = stage.cluster
    made = json.loads(json.dumps(JOB))
    made["spec"]["template"]["spec"]["volumes"] = [{"name": "tmp", "emptyDir": {}}, {"name": "code", "configMap": {"name": "kube-root-ca.crt"}}]
    mounts = [{"name": "tmp", "mountPath": "/scratch"}, {"name": "code", "mountPath": "/code"}]
    container = made["spec"]["template"]["spec"]["containers"][0]
    container |= {
        "command": ["python3", "-c"],
        "args": [LOOK, str(cluster.lab.state / "pki")],
        "volumeMounts": mounts,
        "securityContext": {"readOnlyRootFilesystem": True},
    }
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(made))
    cluster.kubectl("wait", "--for=condition=Failed", "job/job", "--timeout=30s")
    said = cluster.kubectl("logs", "job/job").splitlines()
    assert said == ["the lab's keys False", "/code/a OSError", "/scratch/x written", "/usr/x OSError"]
    status = json.loads(cluster.kubectl("get", "pods", "-l", "job-name=job", "-o", "json"))["items"][0]["status"]
    ended = status["containerStatuses"][0]["state"]["terminated"]
    assert (status["phase"], ended["exitCode"], ended["reason"]) == ("Failed", 7, "Error")
    assert cluster.kubectl("logs", "job/job", "--tail=1") == said[-1] + "\n"
    with pytest.raises(LabError, match="previous"):
        cluster.kubectl("logs", "job/job", "--previous")
