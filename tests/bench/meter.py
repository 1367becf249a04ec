# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command costs, what it asked of the API server, and the shape of a row: the same for every tool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STARTER = Path(__file__).with_name("starter.py")
PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))
"""What users type; `python -m ansible playbook` looks through all installed packages first."""
WRITES = ("create", "update", "patch", "delete", "deletecollection")
FIELDS = ("case", "tool", "objects", "wall_s", "cpu_s", "requests", "writes", "peak_mb")
"""What every row has; null is what cannot be told of it."""
BESIDE = ("dry_runs", "hosts")
"""What a row may have besides."""
OURS_ALONE = ("PYTHON", "ANSIBLE_", "K8S_AUTH_")
"""Variables that a shell or a Makefile sets for this checkout. A user's shell does not: without bytecode, for example, Python compiles everything anew."""

Row = dict[str, Any]


def environment(**more: str) -> dict[str, str]:
    """A user's, with ``more`` set in it."""
    found = {name: value for name, value in os.environ.items() if not name.startswith(OURS_ALONE)}
    return {**found, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible" / "collections"), **more}


def metered(what: str, command: list[str], output: Path, env: Mapping[str, str]) -> dict[str, float]:
    """``wall_s``, ``cpu_s`` and ``peak_mb`` of one command with its children; the peak is that of the largest of them. What it prints goes to ``output``."""
    result = output.with_name(f"{output.name}.cost")
    result.unlink(missing_ok=True)
    with output.open("wb") as said:
        argv = [sys.executable, "-I", "-S", str(STARTER), str(result), *command]
        subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=dict(env), cwd=ROOT, check=True)
    found = json.loads(result.read_text())
    if found["status"]:
        raise SystemExit(f"{what} failed\n{output.read_text(errors='replace')[-3000:]}")
    cost: dict[str, float] = found["cost"]
    return cost


def counted(events: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """``requests``, ``writes`` and ``dry_runs`` among events of the audit log."""
    asked = list(events)
    written = [event for event in asked if event["verb"] in WRITES]
    rehearsed = [event for event in written if "dryRun=All" in event["requestURI"]]
    return {"requests": len(asked), "writes": len(written) - len(rehearsed), "dry_runs": len(rehearsed)}


def row(case: str, tool: str, objects: int, *costs: Mapping[str, float], **more: float) -> Row:
    """A row of results.json."""
    found: Row = dict.fromkeys(FIELDS)
    found |= {"case": case, "tool": tool, "objects": objects}
    for cost in (*costs, more):
        found |= cost
    return found


def problems(rows: Any) -> list[str]:
    """Why these are not the rows of results.json; empty where they are."""
    if not isinstance(rows, list) or not rows:
        return ["not a list of rows"]
    return [f"row {number} ({found.get('case')}, {found.get('tool')}): {why}" for number, found in enumerate(rows) for why in _wrong(found)]


def _wrong(found: Row) -> list[str]:
    lacking = [f"{name} is missing" for name in FIELDS if name not in found]
    unknown = [f"{name} is unknown" for name in found if name not in FIELDS + BESIDE]
    texts = [f"{name} is no text" for name in ("case", "tool") if not isinstance(found.get(name), str)]
    whole = [f"{name} is no count" for name in ("objects", "requests", "writes", *BESIDE) if not _number(found.get(name), int)]
    measured = [f"{name} is no measure" for name in ("wall_s", "cpu_s", "peak_mb") if not _number(found.get(name), (int, float))]
    return lacking + unknown + texts + whole + measured


def _number(value: Any, kinds: Any) -> bool:
    return value is None or (isinstance(value, kinds) and not isinstance(value, bool) and value >= 0)
