# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: the peers and us, side by side in one run on one lab. Writes results.json and docs/benchmarks.md.

Wall is what a user waits for, Ansible's own start included. CPU is that of the client and all its children; memory that of its largest process.
Requests and writes are counted in the API server's audit log, dry runs apart.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import inference_lab
from bench import fleet, text
from bench.tools import CASES, ROOT, TOOLS, Tool, Workspace, routes
from inference_lab import Lab
from inference_lab.audit import now

WRITES = ("create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True)
class Measurement:
    case: str
    tool: str
    objects: int
    wall_s: float
    cpu_s: float
    requests: int
    writes: int
    dry_runs: int
    peak_mb: float


def measure(workspace: Workspace, tool: Tool, case: str, count: int) -> Measurement:
    """One run of one tool; the command is made before the clock starts."""
    declared = routes(count, changed=1 if case in ("change one", "delete") else 0)
    command = tool.command(workspace, case, declared)
    since = now()
    started = time.monotonic()
    with (workspace.folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=workspace.environment(), cwd=ROOT)
        _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{tool.name}, {case}: failed\n{(workspace.folder / 'output').read_text(errors='replace')[-3000:]}")
    events = workspace.lab.requests(user_agent=tool.agent, since=since)
    written = [event for event in events if event["verb"] in WRITES]
    rehearsed = [event for event in written if "dryRun=All" in event["requestURI"]]
    return Measurement(
        case=case,
        tool=tool.name,
        objects=count,
        wall_s=round(wall, 2),
        cpu_s=round(usage.ru_utime + usage.ru_stime, 2),
        requests=len(events),
        writes=len(written) - len(rehearsed),
        dry_runs=len(rehearsed),
        peak_mb=round(usage.ru_maxrss / 1024, 1),
    )


def check(workspace: Workspace, case: str, count: int) -> None:
    """The numbers count only if the cluster is as it should be."""
    found = json.loads(workspace.lab.kubectl("-n", workspace.namespace, "get", "httproutes", "-o", "json"))["items"]
    weights = [route["spec"]["rules"][0]["backendRefs"][0]["weight"] for route in found]
    wanted = {"create": [50] * count, "no-op": [50] * count, "change one": [60] + [50] * (count - 1), "delete": []}[case]
    if weights != wanted:
        raise SystemExit(f"{workspace.namespace}, {case}: the cluster has {len(weights)} routes, {weights[:3]}..., not {len(wanted)}, {wanted[:3]}...")


def compare(lab: Lab, folder: Path, tools: tuple[Tool, ...], count: int, prefix: str) -> list[Measurement]:
    found = []
    for number, tool in enumerate(tools):
        workspace = Workspace(lab, folder / f"{prefix}-{number}", f"bench-{prefix}-{number}")
        workspace.folder.mkdir()
        lab.kubectl("create", "namespace", workspace.namespace)
        for case in CASES:
            result = measure(workspace, tool, case, count)
            check(workspace, case, count)
            found.append(result)
            cost = f"{result.wall_s:8.2f} s {result.requests:6} requests {result.writes:6} writes {result.peak_mb:7.1f} MB"
            print(f"{result.tool:32} {count:6} {case:11} {cost}", flush=True)
        lab.kubectl("delete", "namespace", workspace.namespace, "--wait=false")
    return found


def machine() -> dict[str, object]:
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown")
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "load_at_start": round(os.getloadavg()[0], 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--scale", type=int, nargs="*", default=[100, 1000, 10000], help="sizes for the linearity of ours")
    parser.add_argument("--hosts", type=int, default=50, help="inventory hosts of the fleet")
    wishes = parser.parse_args()
    where = machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab, _started = inference_lab.up(folder / "lab")
        try:
            lab.kubectl("apply", "--server-side", "-f", str((lab.manifests / "gateway-api-v1.6.1/standard").resolve()))
            lab.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
            results = compare(lab, folder, TOOLS, wishes.objects, "peers")
            scaled = [row for size in wishes.scale for row in compare(lab, folder, (TOOLS[-1],), size, f"scale{size}")]
            fleets = fleet.compare(lab, folder, wishes.hosts)
        finally:
            inference_lab.down(folder / "lab")
    rows = [asdict(row) for row in (*results, *scaled)] + fleets
    (ROOT / "tests" / "bench" / "results.json").write_text(json.dumps(rows, indent=1) + "\n")
    (ROOT / "docs" / "benchmarks.md").write_text(text.document(where, [asdict(row) for row in results], [asdict(row) for row in scaled], fleets))
    print("docs/benchmarks.md and tests/bench/results.json are written")


if __name__ == "__main__":
    sys.exit(main())
