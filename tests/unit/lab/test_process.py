# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs are told apart for certain, started detached, explained when they die, and ended in the end."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from inference_lab import LabError, process
from inference_lab.errors import AddressInUseError

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


@pytest.fixture
def sleeper(folder: Path) -> Iterator[process.Process]:
    entry = process.spawn("sleeper", ["/bin/sleep", "60"], folder)
    yield entry
    process.stop([entry])


def test_a_program_is_alive_until_it_is_stopped(sleeper: process.Process) -> None:
    assert sleeper.alive()
    process.stop([sleeper])
    assert not sleeper.alive()
    assert not (process.PROC / str(sleeper.pid)).exists(), "our own child is reaped"


@pytest.mark.parametrize("change", [{"started": "1"}, {"boot": "another boot"}])
def test_a_stranger_with_the_same_number_is_left_alone(sleeper: process.Process, change: dict[str, str]) -> None:
    stranger = dataclasses.replace(sleeper, **change)
    assert not stranger.alive()
    process.stop([stranger])
    assert sleeper.alive()


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen(["/bin/true"])
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT) is None:
        time.sleep(0.01)
    assert process.start_time(child.pid) is None
    child.wait()


def test_a_name_with_blanks_and_brackets_does_not_confuse(folder: Path) -> None:
    program = folder / "odd ) name ("
    program.symlink_to("/bin/sleep")
    entry = process.spawn("odd", [str(program), "60"], folder)
    assert entry.started.isdigit()
    assert entry.alive()
    process.stop([entry])


def test_it_runs_in_a_session_of_its_own(sleeper: process.Process) -> None:
    assert os.getsid(sleeper.pid) == sleeper.pid


def test_it_gets_nothing_of_our_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/somebody/elses")
    entry = process.spawn("env", ["/usr/bin/env"], folder)
    os.waitpid(entry.pid, 0)
    assert {line.partition("=")[0] for line in Path(entry.log).read_text().splitlines()} == set(process.ENVIRONMENT)


def test_what_ignores_the_polite_signal_is_killed(folder: Path) -> None:
    entry = process.spawn("stubborn", [sys.executable, "-c", STUBBORN], folder)
    process.await_healthy(entry, lambda: "" if "deaf" in process.tail(entry) else "not yet", 10)
    process.stop([entry], grace=0.2)
    assert not entry.alive()


def test_a_death_at_start_is_told_with_the_end_of_the_log(folder: Path) -> None:
    entry = process.spawn("short", ["/bin/sh", "-c", "for n in $(seq 50); do echo line $n; done; exit 1"], folder)
    with pytest.raises(LabError) as caught:
        process.await_healthy(entry, lambda: "no answer", 10)
    text = str(caught.value)
    assert "short died while it started" in text
    assert "line 50" in text
    assert "line 1\n" not in text
    assert str(folder / "logs" / "short.log") in text


def test_a_death_for_want_of_the_port_can_be_told_apart(folder: Path) -> None:
    entry = process.spawn("short", ["/bin/sh", "-c", "echo listen tcp: bind: address already in use; exit 1"], folder)
    with pytest.raises(AddressInUseError):
        process.await_healthy(entry, lambda: "no answer", 10)


def test_a_program_that_never_gets_well_is_told_with_its_problem(sleeper: process.Process) -> None:
    with pytest.raises(LabError, match="sleeper was not healthy within 0 s: it coughs"):
        process.await_healthy(sleeper, lambda: "it coughs", 0.1)


def test_the_log_of_the_run_before_is_put_aside(folder: Path) -> None:
    for word in ("first", "second"):
        entry = process.spawn("talker", ["/bin/sh", "-c", f"echo {word}; exec sleep 60"], folder)
        process.await_healthy(entry, lambda entry=entry: "" if len(process.tail(entry).splitlines()) > 1 else "silent", 10)  # type: ignore[misc]
        process.stop([entry])
    assert (folder / "logs" / "talker.log").read_text() == "second\n"
    assert (folder / "logs" / "talker.log.before").read_text() == "first\n"


def test_a_program_that_is_gone_can_be_stopped_again(sleeper: process.Process) -> None:
    os.kill(sleeper.pid, signal.SIGKILL)
    process.stop([sleeper])
    process.stop([sleeper])
