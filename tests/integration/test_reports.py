# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that playbooks write for programs: what they say when nobody can be asked, and where a relative path leads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from inference_lab import Lab

from .plays import ROOT

STALE = {"drift": False, "clusters": {"dead": []}, "failed": [], "of": "an earlier run"}
ROUTE = {"name": "chat", "rules": [{"backends": [{"service": "s", "port": 80}]}]}
PYTHON = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
DEAD = {**PYTHON, "inference_gateway_connection": {"host": "https://127.0.0.1:1", "api_key": "x"}, "gateways": [], "inference_routes": [ROUTE]}
ALIVE = {**PYTHON, "gateways": [], "applysets": [], "inference_routes": []}


@dataclass(frozen=True)
class Done:
    code: int
    output: str
    there: Path

    @property
    def message(self) -> str:
        """The output in one line, so that a sentence is found wherever it was folded."""
        return " ".join(self.output.split())

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.there / "report.json").read_text(encoding="utf-8"))


def run(tmp_path: Path, playbook: str, hosts: dict[str, Any], *options: str, found: str = "auto_silent", **variables: Any) -> Done:
    """A playbook called in a folder that is neither the repository nor the playbook's, with a report by a relative path and a stale one in its place.

    ``found``: the Python of hosts that name none.
    """
    there = tmp_path / "some where"
    there.mkdir(exist_ok=True)
    (there / "report.json").write_text(json.dumps(STALE), encoding="utf-8")
    inventory = tmp_path / "clusters.json"
    inventory.write_text(json.dumps({"clusters": {"hosts": hosts}}), encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_", "KUBECONFIG"))}
    env |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PYTHON_INTERPRETER": found}
    argv = [sys.executable, "-m", "ansible", "playbook", str(ROOT / "playbooks" / f"{playbook}.yml"), "--inventory", str(inventory), *options]
    argv += ["--extra-vars", json.dumps({"inference_gateway_report": "report.json", **variables})]
    before = set((ROOT / "playbooks").iterdir())
    done = subprocess.run(argv, cwd=there, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert set((ROOT / "playbooks").iterdir()) == before, "nothing is written beside the playbook"
    return Done(done.returncode, done.stdout + done.stderr, there)


@pytest.mark.parametrize("playbook", ["drift", "lint", "verify"])
def test_where_no_cluster_answers_the_report_says_so(tmp_path: Path, playbook: str) -> None:
    done = run(tmp_path, playbook, {"dead": DEAD, "dead-too": DEAD}, inference_gateway_lint_cluster=True)
    assert done.code != 0
    assert done.report["failed"] == ["dead", "dead-too"], done.output
    assert not done.report.get("drift") and done.report.get("drift") is not False, "nobody knows"
    assert [row for found in done.report["clusters"].values() for row in found.get("rows", [])] == []


def test_one_that_could_be_asked_is_told_beside_one_that_could_not(tmp_path: Path) -> None:
    hosts = {"a-dead": {**DEAD, "inference_gateway_lint_cluster": True}, "b-alive": ALIVE}
    done = run(tmp_path, "lint", hosts)
    assert done.code != 0
    assert done.report == {"clusters": {"b-alive": []}, "failed": ["a-dead"]}, done.output


def test_a_report_whose_name_holds_the_host_is_one_report(tmp_path: Path) -> None:
    """It is begun under the name of the first host, which fails, and has to be ended under the same."""
    hosts = {"a-dead": {**DEAD, "inference_gateway_lint_cluster": True}, "b-alive": ALIVE}
    done = run(tmp_path, "lint", hosts, inference_gateway_report="{{ inventory_hostname }}.json")
    assert json.loads((done.there / "a-dead.json").read_text(encoding="utf-8")) == {"clusters": {"b-alive": []}, "failed": ["a-dead"]}
    assert not (done.there / "b-alive.json").exists()


@pytest.mark.parametrize("playbook", ["drift", "lint", "verify"])
def test_without_clusters_no_report_of_an_earlier_run_stays(tmp_path: Path, playbook: str) -> None:
    done = run(tmp_path, playbook, {})
    assert done.code != 0 and "no host in group clusters" in done.message
    assert not (done.there / "report.json").exists()


def test_a_report_is_written_in_check_mode_too(tmp_path: Path) -> None:
    done = run(tmp_path, "lint", {"a": ALIVE, "b": ALIVE}, "--check")
    assert (done.code, done.report) == (0, {"clusters": {"a": [], "b": []}, "failed": []}), done.output


def test_lint_tells_a_host_none_of_whose_lists_it_knows(tmp_path: Path) -> None:
    done = run(tmp_path, "lint", {"wrong": {**PYTHON, "inference_route": [ROUTE]}, "right": {**PYTHON, "inference_routes_src": str(tmp_path / "routes.yml")}})
    assert "Warning: nothing was looked at. wrong has none of the lists that are known:" in done.message
    assert all(name in done.message for name in ("gateways, ", "inference_routes, ", "kong_consumers, ", "apigee_apps"))
    assert done.message.count("nothing was looked at") == 1


def test_a_python_that_ansible_found_and_that_does_not_run_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "lint", {"a-none": {"gateways": []}, "b-named": ALIVE}, found="/nowhere/python")
    assert done.code != 0
    assert "a-none has no ansible_python_interpreter, and no module runs" in done.message
    assert 'Write ansible_python_interpreter: "{{ ansible_playbook_python }}" where tasks run on this machine' in done.message
    assert done.report == {"clusters": {"b-named": []}, "failed": ["a-none"]}


@pytest.mark.parametrize("playbook", ["site", "teardown"])
def test_a_summary_lies_where_the_playbook_was_called(tmp_path: Path, playbook: str) -> None:
    done = run(tmp_path, playbook, {"a": ALIVE}, "--tags", "namespaces")
    assert (done.code, done.report) == (0, {}), done.output


@pytest.mark.usefixtures("crds")
def test_an_adopted_inventory_lies_where_the_playbook_was_called(lab: Lab, tmp_path: Path) -> None:
    host = {**PYTHON, "inference_gateway_connection": {"kubeconfig": lab.kubeconfig}, "inference_gateway_adopt_namespaces": ["default"]}
    done = run(tmp_path, "adopt", {"lab": host}, inference_gateway_adopt_dest="made/here")
    assert done.code == 0, done.output
    made = yaml.safe_load((done.there / "made/here/inventory/hosts.yml").read_text(encoding="utf-8"))
    assert made == {"clusters": {"hosts": {"lab": {}}}}
    again = run(tmp_path, "adopt", {"lab": host}, inference_gateway_adopt_dest="made/here")
    assert again.code != 0 and "made/here holds an inventory already" in again.message
