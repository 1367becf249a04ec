# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules run in Ansible's worker where that makes no difference: the same results, and Ansible's own way wherever it would make one."""

from __future__ import annotations

import base64
import getpass
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .bare_plays import ROOT, Done, run
from .conftest import Cluster

BACKENDS = [{"service": "a", "port": 80}]
ROUTES = [
    {"name": "chat", "parents": ["gw"], "rules": [{"path": "/v1", "backends": BACKENDS}]},
    {"name": "retried", "parents": ["gw"], "rules": [{"path": "/v2", "backends": BACKENDS, "retries": {"attempts": 2, "on": ["503"]}}]},
]
WRONG = [{"name": "chat", "parents": ["gw"], "rules": [{"path": "/v1", "backends": [{"service": "a", "port": 80, "weight": -1}]}]}]
STARTED = "AnsiballZ_inference_lint"
"""What Ansible names at -vvv where it starts the packed module."""
PATIENCE = 30.0


def play(folder: Path, *tasks: dict[str, Any], **variables: Any) -> Path:
    path = folder / "play.json"
    variables = {"ansible_python_interpreter": sys.executable, **variables}
    path.write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": list(tasks)}]))
    return path


def lint(routes: Any, **keywords: Any) -> dict[str, Any]:
    return {"inference.gateway.inference_lint": {"inference_routes": routes}, **keywords}


def answered(folder: Path, task: dict[str, Any], *options: str, **variables: Any) -> tuple[dict[str, Any], Done]:
    """The task's result as later tasks see it."""
    target = folder / "result.json"
    target.unlink(missing_ok=True)
    told = {"ansible.builtin.copy": {"content": "{{ answer | to_json }}", "dest": str(target)}, "check_mode": False, "diff": False}
    done = run(play(folder, {**task, "register": "answer", "ignore_errors": True}, told, **variables), "localhost,", *options)
    assert target.exists(), done.output
    return json.loads(target.read_text()), done


@pytest.mark.parametrize("routes", [ROUTES, WRONG, "no list"], ids=["warnings", "refused", "of another type"])
def test_both_ways_answer_the_same(tmp_path: Path, routes: Any) -> None:
    here, quick = answered(tmp_path, lint(routes), "-vvv")
    usual, slow = answered(tmp_path, lint(routes), "-vvv", inference_gateway_in_process=False)
    assert here == usual
    assert here["failed"] is (routes is not ROUTES)
    assert STARTED not in quick.output
    assert STARTED in slow.output


@pytest.mark.usefixtures("crds")
def test_both_ways_warn_and_show_the_same(tmp_path: Path, cluster: Cluster) -> None:
    options = {"kubeconfig": cluster.kubeconfig, "namespace": cluster.namespace, "owner": "team", "inference_routes": ROUTES}
    task = {"inference.gateway.inference_routes": options, "check_mode": True, "diff": True}
    here, quick = answered(tmp_path, task)
    usual, slow = answered(tmp_path, task, inference_gateway_in_process=False)
    assert here == usual
    assert here["summary"]["create"] == 2
    assert len(warned(quick)) == 1
    assert quick.output == slow.output


def warned(done: Done) -> list[str]:
    return [line for line in done.output.splitlines() if line.startswith("[WARNING]")]


@pytest.mark.parametrize(
    ("keywords", "variables"),
    [
        ({"async": 30, "poll": 1}, {}),
        ({"become": True, "become_user": getpass.getuser()}, {}),
        ({}, {"ansible_python_module_rlimit_nofile": 512}),
        ({}, {"inference_gateway_in_process": "no"}),
        ({"environment": {"PYTHONHASHSEED": "1"}}, {}),
    ],
    ids=["async", "become", "limit", "switched off", "read at the start"],
)
def test_what_makes_a_difference_takes_the_usual_way(tmp_path: Path, keywords: dict[str, Any], variables: dict[str, Any]) -> None:
    done = run(play(tmp_path, lint(ROUTES, **keywords), **variables), "localhost,", "-vvv")
    if "async" not in keywords or " " not in sys.executable:  # Ansible does not quote its own interpreter there
        assert done.code == 0, done.output
    assert STARTED in done.output


def test_another_interpreter_is_used(tmp_path: Path) -> None:
    other, seen = tmp_path / "python", tmp_path / "seen"
    other.write_text(f'#!/bin/sh\ntouch "{seen}"\nexec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    done = run(play(tmp_path, lint(ROUTES), ansible_python_interpreter=str(other)), "localhost,")
    assert done.code == 0, done.output
    assert seen.exists()


def test_an_interpreter_may_be_a_template(tmp_path: Path) -> None:
    done = run(play(tmp_path, lint(ROUTES), ansible_python_interpreter="{{ ansible_playbook_python }}"), "localhost,", "-vvv")
    assert done.code == 0, done.output
    assert STARTED not in done.output


def test_delegated_tasks_see_the_variables_of_their_host(tmp_path: Path) -> None:
    """A host that is reached by SSH, and a cluster that is asked from here."""
    hosts = tmp_path / "hosts.json"
    here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts.write_text(json.dumps({"all": {"hosts": {"far": {"ansible_host": "192.0.2.1", "ansible_python_interpreter": "/far/python"}, "here": here}}}))
    path = tmp_path / "play.json"
    path.write_text(json.dumps([{"hosts": "far", "gather_facts": False, "tasks": [lint(ROUTES, delegate_to="here")]}]))
    done = run(path, hosts, "-vvv")
    assert done.code == 0, done.output
    assert STARTED not in done.output


@pytest.mark.parametrize("here", [True, False], ids=["in process", "the usual way"])
def test_no_key_is_left_in_a_temporary_file(tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, here: bool) -> None:
    """The client library writes keys to files, which it takes away when the program ends."""
    written = yaml.safe_load(Path(cluster.kubeconfig).read_text(encoding="utf-8"))
    for user in written["users"]:
        for name in ("client-certificate", "client-key"):
            if name in user["user"]:
                user["user"][f"{name}-data"] = base64.b64encode(Path(user["user"].pop(name)).read_bytes()).decode()
    for item in written["clusters"]:
        item["cluster"]["tls-server-name"] = "localhost"  # what our own reader of kubeconfigs leaves to the library
    kubeconfig, folder = tmp_path / "kubeconfig", tmp_path / "temporary"
    kubeconfig.write_text(yaml.safe_dump(written), encoding="utf-8")
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    task = {"inference.gateway.inference_routes_info": {"kubeconfig": str(kubeconfig), "namespace": "{{ item }}"}, "loop": ["default", "kube-system"]}
    found, _done = answered(tmp_path, task, inference_gateway_in_process=here)
    assert [item["failed"] for item in found["results"]] == [False, False], found
    assert list(folder.rglob("*")) == []


def test_relative_files_are_found_as_ever(tmp_path: Path) -> None:
    """Ansible starts local modules in the folder of the play."""
    (tmp_path / "routes.yml").write_text("inference_routes: 3\n")
    task = {"inference.gateway.inference_routes": {"src": "routes.yml", "host": "http://127.0.0.1:1"}}
    here, _done = answered(tmp_path, task)
    usual, _done = answered(tmp_path, task, inference_gateway_in_process=False)
    assert "routes.yml" in here["msg"]
    assert here == usual


def test_items_of_a_loop_know_nothing_of_each_other(tmp_path: Path) -> None:
    found, _done = answered(tmp_path, lint("{{ item }}", loop=[ROUTES, WRONG, ROUTES[:1]]))
    assert [item["failed"] for item in found["results"]] == [False, True, False]
    assert [len(item["findings"]) for item in (found["results"][0], found["results"][2])] == [1, 0]


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("loaded", [False, True], ids=["nothing is loaded", "its reader is loaded"])
def test_the_kubeconfig_of_a_tasks_environment_counts(tmp_path: Path, cluster: Cluster, loaded: bool) -> None:
    """kubernetes reads KUBECONFIG as it is loaded, which a lookup in the task's own parameters does in Ansible's worker."""
    look = f"lookup('kubernetes.core.k8s', kind='Namespace', resource_name='{cluster.namespace}', kubeconfig='{cluster.kubeconfig}')"
    name = f"{{{{ ({look}).metadata.name }}}}" if loaded else cluster.namespace
    task = {"inference.gateway.inference_routes": {"namespace": name, "owner": "team", "inference_routes": ROUTES[:1]}, "check_mode": True}
    lost, _done = answered(tmp_path, {**task, "environment": {"KUBECONFIG": str(tmp_path / "nowhere")}})
    assert lost["failed"], lost
    found, done = answered(tmp_path, {**task, "environment": {"KUBECONFIG": cluster.kubeconfig}}, "-vvv")
    assert found["summary"]["create"] == 1, done.output
    assert ("AnsiballZ_inference_routes" in done.output) is loaded


def test_short_names_and_free_hosts(tmp_path: Path) -> None:
    path = tmp_path / "play.json"
    tasks = [{"inference_lint": {"inference_routes": ROUTES}}]
    path.write_text(json.dumps([{"hosts": "all", "strategy": "free", "collections": ["inference.gateway"], "gather_facts": False, "tasks": tasks}]))
    hosts = tmp_path / "hosts.json"
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts.write_text(json.dumps({"all": {"hosts": {"a": here, "b": here}}}))
    done = run(path, hosts, "-vvv")
    assert done.code == 0, done.output
    assert done.output.count("ok=1") == 2
    assert STARTED not in done.output


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


def asking(server: socket.socket, **keywords: Any) -> dict[str, Any]:
    """Where to is told by the task's environment."""
    where = f"http://127.0.0.1:{server.getsockname()[1]}"
    return {"inference.gateway.inference_routes": {"inference_routes": ROUTES[:1], "api_key": "k"}, "environment": {"K8S_AUTH_HOST": where}, **keywords}


def ended(caller: socket.socket) -> bool:
    """The connection is closed: its process has gone."""
    caller.settimeout(PATIENCE)
    while caller.recv(65536):
        pass
    return True


def test_a_task_out_of_time_leaves_no_process(tmp_path: Path, silent: socket.socket) -> None:
    done = run(play(tmp_path, asking(silent, timeout=2)), "localhost,")
    assert done.code == 2
    assert "Task" in done.output
    caller, _address = silent.accept()
    with caller:
        assert ended(caller)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=lambda ending: ending.name)
def test_an_ended_run_leaves_no_process(tmp_path: Path, silent: socket.socket, ending: signal.Signals) -> None:
    # A shell's background jobs, which tests may be, do not hear the second signal.
    start = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); runpy.run_module('ansible', run_name='__main__')"
    argv = [sys.executable, "-c", start, "playbook", str(play(tmp_path, asking(silent))), "--inventory", "localhost,"]
    env, quiet = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}, subprocess.DEVNULL
    with subprocess.Popen(argv, cwd=ROOT, env=env, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True) as process:
        caller, _address = silent.accept()
        with caller:
            process.send_signal(ending)
            assert ended(caller)
        process.wait(PATIENCE)
