# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tool costs is its own, and every row of results.json has what was asked for."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import pytest
from bench import apigee, kong, meter, site, text
from bench.apigee_peers import TERRAFORM, Cost

EVENT = {"verb": "get", "requestURI": "/api", "requestReceivedTimestamp": "2026-01-01T10:00:00.000000Z"}
COST = {"wall_s": 2.0, "cpu_s": 1.5, "peak_mb": 70.5}


def _python(code: str, folder: Path) -> dict[str, float]:
    return meter.metered("a tool", [sys.executable, "-I", "-S", "-c", code], folder / "output", os.environ)


def test_the_peak_is_the_tools_own(tmp_path: Path) -> None:
    """Whatever the benchmark itself holds."""
    ballast = b"x" * (150 << 20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 > len(ballast) >> 20
    assert _python("pass", tmp_path)["peak_mb"] < 40
    assert 100 < _python("b'x' * (100 << 20)", tmp_path)["peak_mb"] < 140


def test_children_count(tmp_path: Path) -> None:
    child = "import sys, subprocess; subprocess.run([sys.executable, '-S', '-c', '{}'], check=True)"
    assert _python(child.format("b = bytes(1) * (200 << 20)"), tmp_path)["peak_mb"] > 200
    assert _python(child.format("import time\\nwhile time.process_time() < 0.3: pass"), tmp_path)["cpu_s"] >= 0.3
    slept = _python("import time; time.sleep(0.3)", tmp_path)
    assert slept["wall_s"] >= 0.3 > slept["cpu_s"]


@pytest.mark.parametrize("command", [[sys.executable, "-c", "import sys; sys.exit('it broke')"], ["/nowhere/it broke"]])
def test_what_fails_is_no_measurement(tmp_path: Path, command: list[str]) -> None:
    _python("pass", tmp_path)
    with pytest.raises(SystemExit, match=r"(?s)a tool failed.*it broke"):
        meter.metered("a tool", command, tmp_path / "output", os.environ)


def test_the_environment_is_a_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that may not keep its compiled code is slower than the one that its users run."""
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "ANSIBLE_PIPELINING", "K8S_AUTH_HOST"):
        monkeypatch.setenv(name, "1")
    found = meter.environment(ANSIBLE_STDOUT_CALLBACK="default")
    assert not [name for name in found if name.startswith("PYTHON")]
    names = {name for name in found if name.startswith(("ANSIBLE_", "K8S_AUTH_"))}
    assert names == {"ANSIBLE_CONFIG", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_STDOUT_CALLBACK"}
    assert found["PATH"] == os.environ["PATH"]


def test_dry_runs_are_no_writes() -> None:
    events = [EVENT, {"verb": "patch", "requestURI": "/a?dryRun=All"}, {"verb": "patch", "requestURI": "/a"}, {"verb": "watch", "requestURI": "/a"}]
    assert meter.counted(events) == {"requests": 4, "writes": 1, "dry_runs": 1}


def test_the_rows_that_are_published() -> None:
    rows = json.loads((meter.ROOT / "tests" / "bench" / "results.json").read_text())
    assert meter.problems(rows) == []
    assert all(set(meter.FIELDS) <= set(found) for found in rows)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"tool": None}, "tool is no text"),
        ({"peak_mb": "70"}, "peak_mb is no measure"),
        ({"wall_s": -1}, "wall_s is no measure"),
        ({"requests": 1.5}, "requests is no count"),
        ({"writes": True}, "writes is no count"),
        ({"wall": 1}, "wall is unknown"),
    ],
)
def test_a_row_that_is_none(changed: dict[str, Any], problem: str) -> None:
    good = meter.row("no-op", "a tool", 10, COST, requests=1, writes=0, dry_runs=0, hosts=2)
    assert meter.problems([good]) == []
    assert meter.problems([{**good, **changed}])[0].endswith(problem)
    for name in meter.FIELDS:
        assert f"{name} is missing" in meter.problems([{key: value for key, value in good.items() if key != name}])[0]
    assert meter.problems([]) == meter.problems({"rows": []}) == ["not a list of rows"]


def test_rows_that_were_not_run_say_nothing_of_cost() -> None:
    rows = [kong._deck("no-op", 1000), *apigee._case("products: no-op", "ours", 1000, {"requests": 2, "writes": 0, **COST}, {TERRAFORM: Cost(1000, 0)})]
    assert meter.problems(rows) == []
    assert [(found["wall_s"], found["peak_mb"]) for found in rows] == [(None, None), (2.0, 70.5), (None, None)]
    assert "| decK, worked out |  |  | 3 | 0 |  |" in text._kong(rows[:1])


def _task(name: str, began: float, seconds: float) -> dict[str, Any]:
    return {"task": name, "action": "a.b.c", "began": 1767261600.0 + began, "seconds": seconds}


def test_a_request_belongs_to_the_task_that_ran() -> None:
    """The first is received before any task begins, as by an inventory plugin."""
    tasks = [_task("quick", 0.1, 0.1), _task("slow", 0.2, 1.0), _task("quick too", 1.2, 0.2)]
    events = [{**EVENT, "requestReceivedTimestamp": f"2026-01-01T10:00:0{second}Z"} for second in ("0.000000", "0.200000", "1.100000", "1.300000")]
    rows = site.told(COST, tasks, events)
    assert meter.problems(rows) == []
    found = [(each["tool"], each["objects"], each["wall_s"], each["requests"]) for each in rows]
    assert found == [("the whole run", 3, 2.0, 4), ("slow (a.b.c)", 1, 1.0, 2), ("tasks below 0.25 s", 2, 0.3, 2), ("Ansible's start and end", 1, 0.7, 0)]
    assert "| slow (a.b.c) | 1 | 1.0 |  | 2 | 0 |  |" in text._site(rows)


def test_a_fleet_says_what_it_asked() -> None:
    found = meter.row("fleet no-op", "a tool", 10, COST, requests=300, writes=0, dry_runs=0, hosts=50)
    assert "| a tool | 50 | 10 | 2.0 | 0.04 | 1.5 | 300 | 0 | 70.5 |" in text._fleet([found])
