# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml on inventories/lab when there is nothing to do: how long, and which of its tasks take that time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.tools import ROOT
from inference_lab import Lab

SLOW = 0.25
"""Seconds from which on a task has a row of its own."""


def measure(lab: Lab, folder: Path) -> list[dict[str, Any]]:
    """One row for the whole run, one for each slow task, one for each sort of the others."""
    _run(lab, folder / "first.jsonl")
    wall = _run(lab, folder / "second.jsonl")
    tasks = [json.loads(line) for line in (folder / "second.jsonl").read_text().splitlines()]
    rows: list[dict[str, Any]] = [{"case": "site.yml no-op", "tool": "the whole run", "objects": len(tasks), "wall_s": round(wall, 2)}]
    slow = [task for task in tasks if task["seconds"] >= SLOW]
    rows += [{"case": "site.yml no-op", "tool": f"{task['task']} ({task['action']})", "objects": 1, "wall_s": round(task["seconds"], 2)} for task in slow]
    rest = [task for task in tasks if task["seconds"] < SLOW]
    rows.append({"case": "site.yml no-op", "tool": f"tasks below {SLOW} s", "objects": len(rest), "wall_s": round(sum(task["seconds"] for task in rest), 2)})
    started = wall - sum(task["seconds"] for task in tasks)
    rows.append({"case": "site.yml no-op", "tool": "Ansible's start and end", "objects": 1, "wall_s": round(started, 2)})
    print(f"site.yml, nothing to do: {wall:.1f} s, {len(tasks)} tasks, {len(slow)} of them from {SLOW} s on", flush=True)
    return rows


def _run(lab: Lab, notes: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_"))}
    environment |= {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "durations",
        "BENCH_DURATIONS": str(notes),
        "INFERENCE_LAB_STATE": str(lab.state),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "inventories/lab", "playbooks/site.yml"]
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"site.yml failed\n{done.stdout[-3000:]}")
    return time.monotonic() - started
