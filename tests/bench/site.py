# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml on inventories/lab when there is nothing to do: how long, and which of its tasks take that time and ask for what."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.meter import PLAYBOOK, Row, counted, environment, metered, row
from inference_lab import Lab
from inference_lab.audit import Event, now

CASE = "site.yml no-op"
SLOW = 0.25
"""Seconds from which on a task has a row of its own."""

Task = dict[str, Any]


def measure(lab: Lab, folder: Path) -> list[Row]:
    """One row for the whole run, one for each slow task, one for each sort of the others."""
    _run(lab, folder / "first.jsonl")
    since = now()
    cost = _run(lab, folder / "second.jsonl")
    # All agents: modules of two collections and helm. The lab's own looks are nobody's requests.
    events = [event for event in lab.requests(since=since) if not event.get("userAgent", "").startswith("inference-lab")]
    tasks = [json.loads(line) for line in (folder / "second.jsonl").read_text().splitlines()]
    slow = [task for task in tasks if task["seconds"] >= SLOW]
    print(f"site.yml, nothing to do: {cost['wall_s']:.1f} s, {len(tasks)} tasks, {len(slow)} of them from {SLOW} s on", flush=True)
    return told(cost, tasks, events)


def told(cost: dict[str, float], tasks: list[Task], events: list[Event]) -> list[Row]:
    """Tasks run one after another, so the time of a request says whose it is. What CPU and memory each of them took cannot be told."""
    asked = by_task(tasks, events)
    rows = [row(CASE, "the whole run", len(tasks), cost, counted(events))]
    slow = [number for number, task in enumerate(tasks) if task["seconds"] >= SLOW]
    rows += [
        row(CASE, f"{tasks[number]['task']} ({tasks[number]['action']})", 1, counted(asked[number]), wall_s=round(tasks[number]["seconds"], 2))
        for number in slow
    ]
    rest = [number for number in range(len(tasks)) if number not in slow]
    seen = counted(event for number in rest for event in asked[number])
    rows.append(row(CASE, f"tasks below {SLOW} s", len(rest), seen, wall_s=round(sum(tasks[number]["seconds"] for number in rest), 2)))
    started = cost["wall_s"] - sum(task["seconds"] for task in tasks)
    return [*rows, row(CASE, "Ansible's start and end", 1, counted([]), wall_s=round(started, 2))]


def by_task(tasks: list[Task], events: Iterable[Event]) -> list[list[Event]]:
    """The events of each task: those received from its beginning to that of the next one."""
    found: list[list[Event]] = [[] for _task in tasks]
    begins = [datetime.fromtimestamp(task["began"], UTC) for task in tasks]
    for event in events:
        moment = datetime.fromisoformat(event["requestReceivedTimestamp"])
        found[max(sum(began <= moment for began in begins) - 1, 0)].append(event)
    return found


def _run(lab: Lab, notes: Path) -> dict[str, float]:
    callbacks = str(Path(__file__).parent / "callbacks")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    more = {
        "ANSIBLE_CALLBACK_PLUGINS": callbacks,
        "ANSIBLE_CALLBACKS_ENABLED": "durations",
        "BENCH_DURATIONS": str(notes),
        "INFERENCE_LAB_STATE": str(lab.state),
    }
    command = [PLAYBOOK, "-i", "inventories/lab", "playbooks/site.yml"]
    return metered("site.yml", command, notes.with_suffix(".output"), environment(**more, PATH=path))
