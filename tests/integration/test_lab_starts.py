# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs of a test's own: started, killed, upgraded, taken down, and started where something is in the way."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from inference_lab import Lab, LabError, components, process, starting
from inference_lab.paths import PACKAGE


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a state" / "lab"
    yield folder
    inference_lab.down(folder)


def kill(lab: Lab) -> None:
    for entry in lab.processes:
        os.kill(entry.pid, signal.SIGKILL)
    process.stop(lab.processes)


def test_a_lab_lives_beside_another_and_leaves_nothing_behind(lab: Lab, state: Path) -> None:
    began = time.monotonic()
    other, started = inference_lab.up(state)
    assert started
    assert time.monotonic() - began < 15, "a warm start takes less than 15 s"
    assert not set(other.ports.values()) & set(lab.ports.values())
    assert inference_lab.up(state)[1] is False, "up on a running lab does nothing"
    assert inference_lab.down(state)
    assert not [entry for entry in other.processes if entry.alive()]
    assert list(state.parent.iterdir()) == []
    assert not inference_lab.down(state)
    assert lab.kubectl("get", "--raw", "/readyz") == "ok"


def test_a_killed_lab_starts_again_with_its_data_and_its_address(state: Path) -> None:
    first, _started = inference_lab.up(state)
    first.kubectl("create", "configmap", "kept")
    before = Path(first.kubeconfig).read_text()
    kill(first)
    with socket.create_server(("127.0.0.1", first.ports["etcd-peer"])):
        second, started = inference_lab.up(state)
    assert started
    assert second.kubectl("get", "configmap", "kept", "-o", "name") == "configmap/kept\n"
    assert Path(second.kubeconfig).read_text() == before


def recorded(lab: Lab, version: str) -> None:
    """The record as a checkout that pins this version of Kubernetes would have left it. The programs are the same: no second version is built."""
    dataclasses.replace(lab, pins={**lab.pins, "kubernetes": {"version": version, "key": "another"}}).save()


def test_a_lab_of_older_programs_is_upgraded_with_its_data_and_one_of_newer_ones_refused(state: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, _started = inference_lab.up(state)
    first.kubectl("create", "configmap", "kept")
    recorded(first, "v1.36.0")
    second, started = inference_lab.up(state)
    assert started and "kubernetes v1.36.0 -> " in capfd.readouterr().err
    assert (second.pins, second.ports) == (first.pins, first.ports) and not second.dead()
    assert not {entry.pid for entry in second.processes} & {entry.pid for entry in first.processes}
    second.kubectl("get", "configmap", "kept")
    assert not inference_lab.up(state)[1]
    for running in (True, False):
        recorded(second, "v1.99.0")
        with pytest.raises(LabError, match=r"kubernetes v1\.99\.0, here (.|\n)*take it down first"):
            inference_lab.up(state)
        if running:
            assert not second.dead()
            second.kubectl("get", "configmap", "kept")
            kill(second)
    assert inference_lab.down(state)


def test_a_start_that_is_killed_half_way_can_be_taken_down(state: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    starter = subprocess.Popen([sys.executable, "-m", "inference_lab", "up", "--state", str(state)], env=env, stderr=subprocess.DEVNULL)
    while (half := inference_lab.load(state)) is None or len(half.processes) < 2:
        assert starter.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    starter.kill()
    starter.wait()
    assert inference_lab.down(state)
    assert not [entry for entry in half.processes if entry.alive()]


@pytest.mark.parametrize("name", ["api", "kwok"])  # the two that say it in words of their own; a start takes its time
def test_a_port_that_somebody_takes_at_the_last_moment_is_replaced(state: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    choose, offered = starting.ports.choose, []

    def too_late(*args: Any) -> dict[str, int]:
        offered.append(choose(*args))
        return offered[-1] | ({name: server.getsockname()[1]} if len(offered) == 1 else {})

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(starting.ports, "choose", too_late)
        assert inference_lab.up(state)[1]
    assert len(offered) == 2


def test_a_program_that_dies_at_the_start_is_named_with_its_log_and_the_others_are_ended(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = components.commands

    def broken(*args: Any) -> dict[str, list[str]]:
        return commands(*args) | {"kube-scheduler": ["--no-such-flag"]}

    monkeypatch.setattr(components, "commands", broken)
    with pytest.raises(inference_lab.LabError, match=r"kube-scheduler died while it started\n(.*\n)*.*unknown flag: --no-such-flag"):
        inference_lab.up(state)
    left = inference_lab.load(state)
    assert left is not None
    assert not [entry for entry in left.processes if entry.alive()]
