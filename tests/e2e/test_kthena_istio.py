# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inventories/kthena_istio on the lab: made, made again, proved by requests, found without drift, taken away. The tests go on from each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inference_lab import Lab
from integration.plays import ROOT, Outcome, Plays

from .stage import lab_with_traffic

BASE, OVERLAY = ROOT / "inventories" / "kthena_istio", ROOT / "inventories" / "kthena_istio_lab"


@pytest.fixture(scope="module")
def own_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_with_traffic(tmp_path_factory.mktemp("kthena") / "state") as made:
        yield made


@pytest.fixture(scope="module")
def plays(own_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Plays:
    return Plays(own_lab, tmp_path_factory.mktemp("kthena-plays") / "a blank")


def play(plays: Plays, name: str, *more: str, **variables: Any) -> Outcome:
    report: Path = plays.folder / "report.json"
    report.unlink(missing_ok=True)
    options = ["--inventory", str(OVERLAY), *more]
    return plays.run(f"playbooks/{name}.yml", BASE, report, *options, inference_gateway_report=str(report), **variables)


def test_on_an_empty_cluster_everything_is_drift(plays: Plays) -> None:
    """Nothing that the inventory only would install is looked for, or waited for."""
    seen = play(plays, "drift")
    assert (seen.results["drift"], seen.results["failed"], seen.writes) == (True, [], []), seen.output
    rows = seen.results["clusters"]["kthena"]
    assert {row["action"] for row in rows} == {"create"}
    assert {row["name"] for row in rows if row["list"] == "releases"} == {"istio-base", "istiod", "kthena"}
    assert {"gateway_api", "kthena", "endpoint_pickers", "inference_pools", "inference_routes"} <= {row["list"] for row in rows}


def test_one_run_makes_it_all(plays: Plays) -> None:
    done = play(plays, "site")
    assert done.code == 0, done.output
    assert done.results["kthena"]["create"] == 1
    booster = json.loads(plays.lab.kubectl("get", "modelboosters", "demo", "-n", "ai", "-o", "json"))
    assert {entry["type"]: entry["status"] for entry in booster["status"]["conditions"]}["Active"] == "True", "by Kthena's own controllers"


def test_a_second_run_changes_nothing(plays: Plays) -> None:
    again = play(plays, "site")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output


def test_requests_prove_it(plays: Plays) -> None:
    found = play(plays, "verify")
    assert found.code == 0, found.output
    rows = found.results["clusters"]["kthena"]["rows"]
    assert {row["verdict"] for row in rows} == {"proved"}
    hits = [row for row in rows if row["kind"] == "hit"]
    assert [row for row in hits if "pool ai/kthena-demo (ai/demo-backend1-" not in row["seen"]] == [], "pods that Kthena made answer"


def test_what_is_declared_otherwise_is_refuted(plays: Plays) -> None:
    other = [{"name": "llm-route", "parents": ["inference-gateway"], "rules": [{"path": "/v2", "backends": [{"pool": "kthena-demo"}]}]}]
    found = play(plays, "verify", inference_routes=other)
    assert found.code != 0
    assert found.results["refuted"] > 0


def test_there_is_no_drift_until_somebody_makes_one(plays: Plays) -> None:
    calm = play(plays, "drift")
    assert (calm.code, calm.results["drift"], calm.writes) == (0, False, []), calm.output
    patch = json.dumps([{"op": "replace", "path": "/spec/rules/0/timeouts/request", "value": "1s"}])
    plays.lab.kubectl("patch", "httproute", "llm-route", "-n", "ai", "--type=json", "--patch", patch)
    seen = play(plays, "drift", "--tags", "inference_routes")
    assert seen.code != 0
    rows = seen.results["clusters"]["kthena"]
    assert [(row["kind"], row["name"]) for row in rows] == [("HTTPRoute.gateway.networking.k8s.io", "llm-route")]
    assert "kubectl-patch" in json.dumps(rows)


def test_what_was_made_is_taken_away(plays: Plays) -> None:
    gone = play(plays, "teardown")
    assert gone.code == 0, gone.output
    kinds = "pods,services,deployments,httproutes,gateways.gateway.networking.k8s.io,inferencepools,modelboosters"
    assert plays.lab.kubectl("get", kinds, "-n", "ai", "-o", "name").split() == []
    assert plays.lab.kubectl("get", "deployments", "-A", "-o", "name").split() == []
    again = play(plays, "teardown")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output
