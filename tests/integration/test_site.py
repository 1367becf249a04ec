# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml and teardown.yml with the inventory that the project ships, on a lab of their own. The tests go on from each other, in this order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
import yaml
from inference_lab.audit import now
from integration.plays import ROOT, Outcome, Plays

INVENTORY = ROOT / "inventories" / "lab"
LISTS = ("gateways", "inference_pools", "inference_objectives", "inference_routes")
ALL = {"gateway_api", "inference_extension", "namespaces", "platform.model-servers", "endpoint_pickers", *LISTS}
FOREIGN = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "made-by-hand", "namespace": "ai"},
    "spec": {"rules": [{"backendRefs": [{"name": "ollama", "port": 11434}]}]},
}


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plays]:
    folder = tmp_path_factory.mktemp("site")
    try:
        yield Plays(inference_lab.up(folder / "state")[0], folder / "a blank")
    finally:
        inference_lab.down(folder / "state")


def play(plays: Plays, playbook: str, *options: str, inventory: Path = INVENTORY, check: bool = False, **variables: Any) -> Outcome:
    report = plays.folder / "report.json"
    report.unlink(missing_ok=True)
    return plays.run(playbook, inventory, report, *options, check=check, inference_gateway_report=str(report), **variables)


def declared(name: str) -> list[dict[str, Any]]:
    """A list as the shipped inventory has it."""
    found: list[dict[str, Any]] = yaml.safe_load((INVENTORY / "group_vars" / "clusters" / f"{name}.yml").read_text(encoding="utf-8"))[name]
    return found


def routes(plays: Plays) -> dict[str, Any]:
    return {item["metadata"]["name"]: item["spec"] for item in json.loads(plays.lab.kubectl("get", "httproutes", "-n", "ai", "-o", "json"))["items"]}


def actions(outcome: Outcome, *names: str) -> dict[str, int]:
    """How often each action was taken, over the lists named or all."""
    counts: dict[str, int] = {}
    for name, summary in outcome.results.items():
        for action, count in summary.items():
            if count and (not names or name in names):
                counts[action] = counts.get(action, 0) + count
    return counts


@pytest.mark.parametrize("hosts", [{}, {"clusters": {"hosts": {}}}, {"cluster": {"hosts": {"lab": {}}}}])
def test_inventory_without_a_cluster_fails(plays: Plays, hosts: dict[str, Any]) -> None:
    file = plays.folder / "empty.json"
    file.write_text(json.dumps(hosts or {"all": {}}), encoding="utf-8")
    for playbook in ("playbooks/site.yml", "playbooks/teardown.yml"):
        outcome = play(plays, playbook, inventory=file)
        assert outcome.code != 0
        assert "no host in group clusters" in outcome.message


def test_check_on_an_empty_cluster_goes_all_the_way_and_writes_nothing(plays: Plays) -> None:
    outcome = play(plays, "inference.gateway.site", check=True)
    assert outcome.code == 0, outcome.output
    assert set(outcome.results) == ALL
    assert set(actions(outcome)) == {"create"}
    assert outcome.writes == []
    assert plays.crds() == {}


def test_applies_the_inventory_and_a_rerun_is_quiet(plays: Plays) -> None:
    first = play(plays, "playbooks/site.yml")
    assert first.code == 0, first.output
    assert set(actions(first)) == {"create"}
    split = routes(plays)["inference-service"]["rules"][0]
    assert [(each["name"], each["weight"]) for each in split["backendRefs"]] == [("ollama", 50), ("ollama-1", 50)]
    match = routes(plays)["inference-routing"]["rules"][0]["matches"]
    assert match == [
        {"path": {"type": "PathPrefix", "value": "/v1/chat/completions"}, "headers": [{"name": "OpenAI-Model", "value": "gemma:2b", "type": "Exact"}]}
    ]
    assert routes(plays)["llm-route"]["rules"][0]["backendRefs"][0]["kind"] == "InferencePool"
    assert plays.lab.kubectl("wait", "-n", "ai", "deployment", "--all", "--for=condition=Available", "--timeout=30s")

    began = now()
    again = play(plays, "playbooks/site.yml")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output
    assert set(actions(again)) == {"keep"}
    assert actions(again)["keep"] == actions(first)["create"]
    ours = plays.lab.requests(user_agent="inference.gateway/", since=began)
    assert 0 < len(ours) < 100, [event["requestURI"] for event in ours]


def accept(plays: Plays, what: str, name: str) -> None:
    """What a gateway's controller would report."""
    generation = json.loads(plays.lab.kubectl("get", what, name, "-n", "ai", "-o", "json"))["metadata"]["generation"]
    moment = {"lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": generation, "message": ""}
    conditions = [{"type": each, "status": "True", "reason": each, **moment} for each in ("Accepted", "ResolvedRefs")]
    parent = {"parentRef": {"name": "inference-gateway"}, "controllerName": "example.com/gateway", "conditions": conditions}
    patch = json.dumps({"status": {"parents": [parent]}})
    plays.lab.kubectl("patch", what, name, "-n", "ai", "--subresource=status", "--type=merge", "--patch", patch)


def test_pools_are_waited_for_after_the_routes_that_use_them(plays: Plays) -> None:
    wait = {"inference_gateway_wait": True, "inference_gateway_wait_timeout": 2}
    for name in (route["name"] for route in declared("inference_routes")):
        accept(plays, "httproute", name)
    unmet = play(plays, "playbooks/site.yml", "--tags", "inference_pools,inference_routes", **wait)
    assert unmet.code != 0
    assert "no Gateway reports on it" in unmet.message
    assert "TASK [Routes]" in unmet.output
    accept(plays, "inferencepool", "kthena-demo")
    met = play(plays, "playbooks/site.yml", "--tags", "inference_pools,inference_routes", **wait)
    assert (met.code, met.changed, met.writes) == (0, 0, []), met.output


def test_only_what_changed_is_written_and_what_left_is_pruned(plays: Plays) -> None:
    plays.lab.kubectl("apply", "-f", "-", input=json.dumps(FOREIGN))
    changed = [route for route in declared("inference_routes") if route["name"] != "inference-routing"]
    changed[0]["rules"][0]["backends"][0]["weight"] = 90
    told = play(plays, "playbooks/site.yml", "--tags", "inference_routes", check=True, inference_routes=changed)
    assert (actions(told), told.writes) == ({"update": 1, "delete": 1, "keep": 1}, []), told.output
    done = play(plays, "playbooks/site.yml", "--tags", "inference_routes", inference_routes=changed)
    assert done.code == 0, done.output
    assert done.results == told.results
    assert set(routes(plays)) == {"inference-service", "llm-route", "made-by-hand"}
    assert routes(plays)["inference-service"]["rules"][0]["backendRefs"][0]["weight"] == 90
    assert len([write for write in done.writes if "httproutes" in write]) == 2


def test_list_comes_from_a_file_as_well(plays: Plays) -> None:
    file = plays.folder / "routes.yml"
    file.write_text(yaml.safe_dump({"inference_routes": declared("inference_routes")}), encoding="utf-8")
    empty = plays.inventory(inference_gateway_owner="platform", inference_gateway_namespace="ai", inference_routes_src=str(file))
    done = play(plays, "playbooks/site.yml", "--tags", "inference_routes", inventory=empty)
    assert done.code == 0, done.output
    assert actions(done) == {"update": 1, "create": 1, "keep": 1}


def test_teardown_leaves_what_is_not_its_own(plays: Plays) -> None:
    keep = {"gateway_api_purge_crds": False, "inference_extension_purge_crds": False, "inference_gateway_purge_namespaces": False}
    gone = play(plays, "playbooks/teardown.yml", **keep)
    assert gone.code == 0, gone.output
    assert set(routes(plays)) == {"made-by-hand"}
    assert plays.lab.kubectl("get", "deployments,services,gateways,inferencepools", "-n", "ai", "-o", "name") == ""
    assert len(plays.crds()) > 10
    assert "gateway_api_purge_crds: true" in gone.message


def test_teardown_takes_everything_when_told(plays: Plays) -> None:
    gone = play(plays, "playbooks/teardown.yml")
    assert gone.code == 0, gone.output
    assert actions(gone, "platform.model-servers", *LISTS) == {}, "the lists were taken away before, and that stays quiet"
    assert plays.crds() == {}
    assert plays.lab.kubectl("get", "namespace", "ai", "--ignore-not-found") == ""
    again = play(plays, "playbooks/teardown.yml")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output
