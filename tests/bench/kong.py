# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers of a Kong with a database: a key and a group each, against a server for its Admin API on loopback.

decK is the peer, and is not among the modules that can be built here: its requests are worked out from what it does (one list a kind and page,
one write an object; go-database-reconciler 1.40).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from bench.tools import ROOT, dump
from contract.kong import KongAdmin

KINDS = 3
"""A consumer, its key, its group."""
PAGE = 1000


def consumers(count: int, changed: int = 0) -> list[dict[str, Any]]:
    """``count`` consumers, the first ``changed`` of which have other keys."""
    return [
        {
            "name": f"consumer-{number:05d}",
            "groups": [f"model-{number % 20}"],
            "keys": [{"key": f"{'new' if number < changed else 'key'}-{number:05d}-0123456789abcdef"}],
        }
        for number in range(count)
    ]


def compare(folder: Path, count: int) -> list[dict[str, Any]]:
    rows = []
    workplace = folder / "kong"
    workplace.mkdir()
    with KongAdmin() as kong:
        for case, changed in (("create", 0), ("no-op", 0), ("change one", 1)):
            rows.append(_measure(kong, workplace, case, consumers(count, changed)))
            keys = sorted(row["key"] for row in kong.rows("keyauth_credentials"))
            if keys != sorted(entry["keys"][0]["key"] for entry in consumers(count, changed)):
                raise SystemExit(f"kong, {case}: the gateway does not hold what is declared")
            rows.append(_deck(case, count))
    return rows


def _measure(kong: KongAdmin, folder: Path, case: str, declared: list[dict[str, Any]]) -> dict[str, Any]:
    source, play = folder / "consumers.yml", folder / "play.yml"
    source.write_text(dump([{"kong_consumers": declared}], many=True))
    task = {"inference.gateway.kong_consumers": {"owner": "bench", "prune": True, "src": str(source), "kong_admin": {"urls": [kong.url]}}}
    variables = {"ansible_python_interpreter": sys.executable}
    play.write_text(yaml.safe_dump([{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": [task]}], sort_keys=False))
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible" / "collections")}
    before = len(kong.log)
    started = time.monotonic()
    with (folder / "output").open("wb") as output:
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", str(play)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=ROOT)
        _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"kong_consumers, {case}: failed\n{(folder / 'output').read_text(errors='replace')[-3000:]}")
    asked = list(kong.log[before:])
    written = [seen for seen in asked if seen.method != "GET" and not seen.path.endswith("/validate")]
    row = {
        "case": f"kong {case}",
        "tool": "kong_consumers, src",
        "objects": len(declared) * KINDS,
        "wall_s": round(wall, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "requests": len(asked),
        "writes": len(written),
        "peak_mb": round(usage.ru_maxrss / 1024, 1),
    }
    print(json.dumps(row), flush=True)
    return row


def _deck(case: str, count: int) -> dict[str, Any]:
    """What decK has to ask at least."""
    lists = KINDS * -(-count // PAGE)
    writes = {"create": count * KINDS, "no-op": 0, "change one": 1}[case]
    return {"case": f"kong {case}", "tool": "decK, worked out", "objects": count * KINDS, "requests": lists + writes, "writes": writes}
