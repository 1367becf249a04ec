# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request costs the probe's client, beside `hey` on the same target: the lab's model-server simulator on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from simulated import NET, Simulated, vllm

ROOT = Path(__file__).resolve().parents[2]
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


def compare(folder: Path, count: int) -> list[dict[str, Any]]:
    """Rows of both; only ours where `hey` cannot be had."""
    with Simulated(folder / "simulator.log") as simulated:
        simulated.apply(vllm(f"{NET}.1", "target", "m"))
        address, port = simulated.url("target").removeprefix("http://").split(":")
        rows = [_row("traffic_probe's client", count, [sys.executable, "-c", OURS, address, port, str(count), str(CONCURRENCY)])]
        hey = _hey(folder)
        if hey:
            url = f"http://{address}:{port}/v1/models"
            rows.append(_row("hey", count, [str(hey), "-n", str(count), "-c", str(CONCURRENCY), url]))
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


def _row(tool: str, count: int, command: list[str]) -> dict[str, Any]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / ".ansible" / "collections")}
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    error = process.stderr.read() if process.stderr else b""
    _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{tool} failed: {error.decode(errors='replace')[-1000:]}")
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    print(f"{tool:40} {count:6} probe       {wall:8.2f} s {cpu:8.2f} s CPU", flush=True)
    measured = {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(peak, 1)}
    return {"case": "probe", "tool": tool, "objects": count, **measured, "requests": count, "writes": 0, "dry_runs": 0}
