# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where gcloud cannot tell role gke_gateway of a cluster. Its answers are not shown, so the role has to say why. No cluster is needed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from . import bare_plays

CLUSTER = {"project": "acme-1", "location": "us-central1-a", "name": "inference"}
FOUND = {"name": "inference", "endpoint": "192.0.2.1", "masterAuth": {"clusterCaCertificate": "Q0E="}}


def run(folder: Path, script: str | None, **variables: Any) -> tuple[int, str, str]:
    """Exit status, what was printed in one line, and what gcloud was told."""
    program, log = folder / "gcloud", folder / "log"
    if script is not None:
        program.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\n{script}\n', encoding="utf-8")
        program.chmod(0o755)
    tasks = [{"name": "The cluster", "ansible.builtin.include_role": {"name": "inference.gateway.gke_gateway", "tasks_from": "cluster"}}]
    play = folder / "play.json"
    play.write_text(json.dumps([{"name": "Play", "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    given = {"gke_gateway_cluster": CLUSTER, "gke_gateway_gcloud": str(program), "ansible_python_interpreter": sys.executable}
    done = bare_plays.run(play, "localhost,", **(given | variables))
    return done.code, done.message, log.read_text(encoding="utf-8") if log.exists() else ""


def test_a_refusal_of_gcloud_is_heard_and_nothing_is_made(tmp_path: Path) -> None:
    code, said, told = run(tmp_path, 'echo "ERROR: code=403, message=Required container.clusters.get permission" >&2; exit 1', gke_gateway_create_cluster=True)
    assert code != 0 and "Required container.clusters.get permission" in said, said
    assert " create " not in told


def test_a_gcloud_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, said, _told = run(tmp_path, None, gke_gateway_create_cluster=True)
    assert code != 0 and "Is there such a program? gke_gateway_gcloud names it" in said, said


def test_no_token_no_file(tmp_path: Path) -> None:
    (tmp_path / "found").write_text(json.dumps(FOUND), encoding="utf-8")
    script = f'case "$*" in *describe*) cat "{tmp_path}/found";; *) echo "You do not have an active account" >&2; exit 1;; esac'
    code, said, _told = run(tmp_path, script, gke_gateway_kubeconfig=str(tmp_path / "kubeconfig"))
    assert code != 0 and "You do not have an active account" in said, said
    assert not (tmp_path / "kubeconfig").exists()


def test_a_cluster_is_made_only_where_the_role_has_something_to_do(tmp_path: Path) -> None:
    for state in ("absent", "unmanaged"):
        code, said, told = run(tmp_path, "echo not found >&2; exit 1", gke_gateway_create_cluster=True, gke_gateway_state=state)
        assert (code, told) == (0, ""), said


@pytest.mark.parametrize("playbook", ["verify", "drift", "teardown"])
def test_a_token_of_an_hour_is_renewed_and_nothing_is_made(tmp_path: Path, playbook: str) -> None:
    (tmp_path / "found").write_text(json.dumps(FOUND), encoding="utf-8")
    program, kubeconfig = tmp_path / "gcloud", tmp_path / "kubeconfig"
    program.write_text(f'#!/bin/sh\ncase "$*" in *describe*) cat "{tmp_path}/found";; *print-access-token*) echo another-token;; esac\n', encoding="utf-8")
    program.chmod(0o755)
    given = {"gke_gateway_cluster": CLUSTER, "gke_gateway_gcloud": str(program), "ansible_python_interpreter": sys.executable}
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"clusters": {"hosts": {"east": {"gke_gateway_kubeconfig": str(kubeconfig)}, "west": {}}}}), encoding="utf-8")
    done = bare_plays.run(f"playbooks/{playbook}.yml", inventory, "--tags", "nothing_else", gke_gateway_create_cluster=True, **given)
    assert done.code == 0, done.output
    assert json.loads(kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"] == {"token": "another-token"}
    assert "another-token" not in done.output
