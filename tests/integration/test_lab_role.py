# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role lab: check mode does nothing, and mistakes are named. What it does is the scenario in molecule/lab."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import inference_lab
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLAY = """
- hosts: cluster
  gather_facts: false
  roles:
    - role: inference.gateway.lab
  post_tasks:
    - name: The paths that the role offers are real
      ansible.builtin.assert:
        that: (item | realpath) is exists
      loop: ["{{ lab_kubeconfig }}", "{{ lab_viewer_kubeconfig }}", "{{ lab_audit_log }}", "{{ lab_manifests }}/gateway-api-v1.6.1", "{{ lab_bin }}/kubectl"]
      delegate_to: localhost
      when: lab_state == 'present' and not ansible_check_mode
"""
# The role works on the machine that runs Ansible, so the host of the play need not even exist.
INVENTORY = {"all": {"hosts": {"cluster": {"ansible_host": "no-such-host.invalid"}}}}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a lab"
    yield folder
    inference_lab.down(folder)


def play(tmp_path: Path, *args: str, **variables: object) -> subprocess.CompletedProcess[str]:
    (tmp_path / "play.yml").write_text(PLAY)
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(INVENTORY))
    (tmp_path / "variables.yml").write_text(yaml.safe_dump(variables))
    program = Path(sys.executable).with_name("ansible-playbook")
    argv = [str(program), "-i", str(tmp_path / "inventory.yml"), "-e", f"@{tmp_path / 'variables.yml'}", str(tmp_path / "play.yml"), *args]
    env = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible" / "collections")}
    return subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)


def changed(tmp_path: Path, *args: str, **variables: object) -> int:
    """Number of changed tasks of a play that succeeded and did something."""
    done = play(tmp_path, *args, **variables)
    found = re.search(r"ok=(\d+) +changed=(\d+)", done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert found is not None
    assert int(found[1]) > 1, done.stdout
    return int(found[2])


def test_a_check_tells_and_does_nothing(tmp_path: Path, state: Path, lab: inference_lab.Lab) -> None:
    """Starting, changing and stopping are the scenario in molecule/lab."""
    assert changed(tmp_path, "--check", lab_state="present", lab_state_dir=str(state)) == 1
    assert not state.exists(), "check mode starts nothing"
    assert changed(tmp_path, "--check", lab_state="absent", lab_state_dir=str(lab.state)) == 1
    assert not lab.dead(), "check mode stops nothing"
    assert changed(tmp_path, lab_state="absent", lab_state_dir=str(state)) == 0


def test_built_builds_and_starts_nothing(tmp_path: Path, state: Path) -> None:
    assert changed(tmp_path, lab_state="built", lab_state_dir=str(state)) == 0, "the cache is full in this test session"
    assert not state.exists()


def test_a_port_that_cannot_be_is_named_by_the_preflight(tmp_path: Path, state: Path) -> None:
    done = play(tmp_path, lab_state="present", lab_state_dir=str(state), lab_port=70000)
    assert done.returncode != 0
    assert "70000 is no port number" in done.stdout
    assert not state.exists()


@pytest.mark.parametrize("variables", [{"lab_state": "started"}, {"lab_state": "built", "lab_nodes": {"tpu": 1}}])
def test_what_the_contract_does_not_know_is_refused(tmp_path: Path, state: Path, variables: dict[str, object]) -> None:
    done = play(tmp_path, lab_state_dir=str(state), **variables)
    assert done.returncode != 0
    assert "argument" in done.stdout
