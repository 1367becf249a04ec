# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_verify stops the first backend of a failover, looks whether any request fails, and leaves everything as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from integration.alone import run_module
from integration.plays import ROOT, Plays

from .stage import GATEWAY, Stage

LISTENERS = [{"name": "http", "port": 80, "protocol": "HTTP"}]
FIRST, SECOND = {"service": "vllm-a", "port": 8000}, {"service": "vllm-b", "port": 8000, "priority": 1}
ROUTE: dict[str, Any] = {"name": "chat", "rules": [{"path": "/v1/chat/completions", "backends": [FIRST, SECOND], "timeouts": {"request": "30s"}}]}


def declare(stage: Stage, *backends: dict[str, Any]) -> None:
    stage.models("vllm-a", replicas=2)
    stage.models("vllm-b")
    stage.routes({**ROUTE, "rules": [{**ROUTE["rules"][0], "backends": list(backends or (FIRST, SECOND))}]})
    stage.until_served()


def verify(stage: Stage, **params: Any) -> dict[str, Any]:
    gateways = [{"name": GATEWAY, "class": "istio", "listeners": LISTENERS}]
    cluster = stage.cluster
    args = {"kubeconfig": cluster.kubeconfig, "namespace": cluster.namespace, "gateway_proxy": f"http://{stage.proxy}", "requests": 40}
    return run_module("inference_verify", gateways=gateways, inference_routes=[{"parents": [GATEWAY], **ROUTE}], **args, **params)[0]


def failovers(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in result["rows"] if row["kind"] == "failover"]


def test_a_failover_is_proved_and_nothing_is_left_of_the_proof(stage: Stage) -> None:
    declare(stage)
    before = stage.cluster.get("deployment/vllm-a")
    result = verify(stage, failovers=True)
    assert not result.get("failed"), result["msg"]
    (row,) = failovers(result)
    ns = stage.cluster.namespace
    assert (row["verdict"], row["expected"]) == ("proved", f"200 by {ns}/vllm-b while {ns}/vllm-a is gone")
    assert row["failover"]["stopped"] == [f"Deployment {ns}/vllm-a"]
    assert row["failover"]["sent"] >= 20 and row["failover"]["back_after_s"] is not None
    after = stage.cluster.get("deployment/vllm-a")
    assert after["spec"] == before["spec"]
    assert after["metadata"].get("annotations", {}).keys() == before["metadata"].get("annotations", {}).keys()
    # Nobody but the owner has the number of pods: it is neither drift now nor a conflict when it changes.
    assert not stage.models("vllm-a", replicas=2)["changed"]
    assert stage.models("vllm-a", replicas=3)["summary"]["update"] == 1


def test_without_leave_nothing_is_stopped(stage: Stage) -> None:
    declare(stage)
    generation = stage.cluster.get("deployment/vllm-a")["metadata"]["generation"]
    result = verify(stage)
    assert not result.get("failed"), result["msg"]
    (row,) = failovers(result)
    assert row["verdict"] == "unproved" and "inference_gateway_verify_failovers" in row["why"]
    assert stage.cluster.get("deployment/vllm-a")["metadata"]["generation"] == generation


def test_a_failover_that_is_declared_and_not_served_is_refuted(stage: Stage) -> None:
    """The gateway was given the first backend alone."""
    declare(stage, FIRST)
    result = verify(stage, failovers=True)
    (row,) = failovers(result)
    assert row["verdict"] == "refuted" and "status 503" in row["why"], row
    assert "failover" in result["msg"]
    assert stage.cluster.get("deployment/vllm-a")["spec"]["replicas"] == 2


def test_the_play_shows_it_in_its_table_and_its_report(stage: Stage, tmp_path: Path) -> None:
    """As a user runs it: the inventory says that the fault does no harm."""
    declare(stage)
    cluster = stage.cluster
    gateways = [{"name": GATEWAY, "class": "istio", "listeners": LISTENERS}]
    variables = {
        "inference_gateway_namespace": cluster.namespace,
        "inference_gateway_renderer": "istio",
        "inference_gateway_verify_proxy": f"http://{stage.proxy}",
        "inference_gateway_verify_requests": 40,
        "inference_gateway_verify_failovers": True,
        "gateways": gateways,
        "inference_routes": [{"parents": [GATEWAY], **ROUTE}],
    }
    plays, report = Plays(cluster.lab, tmp_path), tmp_path / "report.json"
    done = plays.run(f"{ROOT}/playbooks/verify.yml", plays.inventory(**variables), report, inference_gateway_report=str(report))
    assert (done.code, done.changed, done.results["refuted"], done.results["unproved"]) == (0, 0, 0, 0), done.output
    assert "proved failover" in done.message
    (row,) = [row for row in done.results["clusters"]["lab"]["rows"] if row["kind"] == "failover"]
    assert row["verdict"] == "proved" and row["failover"]["stopped"] == [f"Deployment {cluster.namespace}/vllm-a"]
    assert f"by {cluster.namespace}/vllm-b after" in done.message
