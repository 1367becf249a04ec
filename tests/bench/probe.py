# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request costs the probe's client, beside `hey` on the same target: the lab's model-server simulator on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.meter import ROOT, Row, environment, metered, row
from simulated import NET, Simulated, vllm

HEY = "github.com/rakyll/hey@v0.1.4"
CONCURRENCY = 16
OURS = """
import sys
from ansible_collections.inference.gateway.plugins.module_utils.probe.order import Order, Target
from ansible_collections.inference.gateway.plugins.module_utils.probe.volley import fire_all
address, port, count, concurrency = sys.argv[1], *map(int, sys.argv[2:])
order = Order(Target(address, port), f"{address}:{port}", "/v1/models", count=count, concurrency=concurrency)
bad = [answer for answer in fire_all([order])[0].answers if answer.status != 200]
sys.exit(f"{len(bad)} requests failed: {bad[0]}" if bad else 0)
"""


def compare(folder: Path, count: int) -> list[Row]:
    """Rows of both; only ours where `hey` cannot be had."""
    with Simulated(folder / "simulator.log") as simulated:
        simulated.apply(vllm(f"{NET}.1", "target", "m"))
        address, port = simulated.url("target").removeprefix("http://").split(":")
        rows = [_row(folder, "traffic_probe's client", count, [sys.executable, "-c", OURS, address, port, str(count), str(CONCURRENCY)])]
        hey = _hey(folder)
        if hey:
            url = f"http://{address}:{port}/v1/models"
            rows.append(_row(folder, "hey", count, [str(hey), "-n", str(count), "-c", str(CONCURRENCY), url]))
    return rows


def _hey(folder: Path) -> Path | None:
    environment = os.environ | {"GOBIN": str(folder), "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    try:
        done = subprocess.run(["go", "install", HEY], env=environment, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"no hey beside the probe: {error}", flush=True)
        return None
    if done.returncode:
        print(f"no hey beside the probe: {done.stderr.strip()[-300:]}", flush=True)
        return None
    return folder / "hey"


def _row(folder: Path, tool: str, count: int, command: list[str]) -> Row:
    cost = metered(tool, command, folder / "probe", environment(PYTHONPATH=str(ROOT / ".ansible" / "collections")))
    print(f"{tool:40} {count:6} probe       {cost['wall_s']:8.2f} s {cost['cpu_s']:8.2f} s CPU", flush=True)
    return row("probe", tool, count, cost, requests=count, writes=0, dry_runs=0)
