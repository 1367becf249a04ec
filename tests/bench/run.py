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
import tempfile
from collections.abc import Sequence
from pathlib import Path

import inference_lab
from bench import apigee, fleet, kong, probe, site, text
from bench.meter import ROOT, Row, counted, metered, row
from bench.tools import CASES, START, TOOLS, Tool, Workspace, routes
from inference_lab import Lab
from inference_lab.audit import now


def measure(workspace: Workspace, tool: Tool, case: str, count: int) -> Row:
    """One run of one tool; the command is made before the clock starts."""
    declared = routes(count, changed=1 if case in ("change one", "delete") else 0)
    command = tool.command(workspace, case, declared)
    since = now()
    cost = metered(f"{tool.name}, {case}", command, workspace.folder / "output", workspace.environment())
    return row(case, tool.name, count, cost, counted(workspace.lab.requests(user_agent=tool.agent, since=since)))


def check(workspace: Workspace, case: str, count: int) -> None:
    """The numbers count only if the cluster is as it should be."""
    found = json.loads(workspace.lab.kubectl("-n", workspace.namespace, "get", "httproutes", "-o", "json"))["items"]
    weights = [route["spec"]["rules"][0]["backendRefs"][0]["weight"] for route in found]
    wanted = {"create": [60] * count, "no-op": [60] * count, "change one": [70] + [60] * (count - 1), "delete": []}[case]
    if weights != wanted:
        raise SystemExit(f"{workspace.namespace}, {case}: the cluster has {len(weights)} routes, {weights[:3]}..., not {len(wanted)}, {wanted[:3]}...")


def repeated(spaces: Sequence[tuple[Workspace, Tool]], case: str, count: int, rounds: int) -> list[Row]:
    """A row for each tool: the quickest of several rounds where a round leaves things as they are, since what other programs on the machine cost is nobody's
    merit. All tools have their turn in each round, so that a minute in which the machine is slow is everybody's.
    """
    turns = [[measure(workspace, tool, case, count) for workspace, tool in spaces] for _round in range(rounds if case in ("start", "no-op") else 1)]
    return [min(found, key=lambda found: found["wall_s"]) for found in zip(*turns, strict=True)]


def start(lab: Lab, folder: Path, rounds: int) -> Row:
    workspace = Workspace(lab, folder / "start", "default")
    workspace.folder.mkdir()
    return shown(*repeated([(workspace, START)], "start", 0, rounds))


def shown(found: Row) -> Row:
    cost = "{wall_s:8.2f} s {cpu_s:8.2f} s CPU {requests:6} requests {writes:6} writes {peak_mb:7.1f} MB".format_map(found)
    print("{tool:40} {objects:6} {case:11} ".format_map(found) + cost, flush=True)
    return found


def compare(lab: Lab, folder: Path, tools: tuple[Tool, ...], count: int, prefix: str, rounds: int) -> list[Row]:
    spaces = [(Workspace(lab, folder / f"{prefix}-{number}", f"bench-{prefix}-{number}"), tool) for number, tool in enumerate(tools)]
    for workspace, _tool in spaces:
        workspace.folder.mkdir()
        lab.kubectl("create", "namespace", workspace.namespace)
    found = []
    for case in CASES:
        found += [shown(result) for result in repeated(spaces, case, count, rounds)]
        for workspace, _tool in spaces:
            check(workspace, case, count)
    for workspace, _tool in spaces:
        lab.kubectl("delete", "namespace", workspace.namespace, "--wait=false")
    return found


def machine() -> dict[str, object]:
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown")
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "load_at_start": round(os.getloadavg()[0], 2)}


def wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--scale", type=int, nargs="*", default=[100, 1000, 10000], help="sizes for the linearity of ours")
    parser.add_argument("--hosts", type=int, default=50, help="inventory hosts of the fleet")
    parser.add_argument("--requests", type=int, default=20000, help="requests of the probe")
    parser.add_argument("--rounds", type=int, default=3, help="how often what changes nothing is run; the quickest counts")
    quick = "100 objects beside the peers, 1000 of ours, one round, a small fleet; prints the page and writes nothing"
    parser.add_argument("--quick", action="store_true", help=quick)
    found = parser.parse_args()
    if found.quick:
        found.objects, found.scale, found.hosts, found.rounds, found.requests = 100, [1000], 4, 1, 5000
    return found


def main() -> None:
    wish = wishes()
    where = machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab, _started = inference_lab.up(folder / "lab")
        try:
            lab.kubectl("apply", "--server-side", "-f", str((lab.manifests / "gateway-api-v1.6.1/standard").resolve()))
            lab.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
            floor = start(lab, folder, wish.rounds)
            results = compare(lab, folder, TOOLS, wish.objects, "peers", wish.rounds)
            scaled = [found for size in wish.scale for found in compare(lab, folder, (TOOLS[-1],), size, f"scale{size}", wish.rounds)]
            fleets = fleet.compare(lab, folder, wish.hosts)
            probes = probe.compare(folder, wish.requests)
            consumers = kong.compare(lab, folder, wish.objects)
            organization = apigee.compare(folder, wish.objects)
            tasks = site.measure(lab, folder)
        finally:
            inference_lab.down(folder / "lab")
    others = text.Others(fleets, probes, consumers, organization, tasks)
    page = text.document(where, floor, results, scaled, others)
    if wish.quick:
        print(page)
        return
    rows = [floor, *results, *scaled, *fleets, *probes, *consumers, *organization, *tasks]
    (ROOT / "tests" / "bench" / "results.json").write_text(json.dumps(rows, indent=1) + "\n")
    (ROOT / "docs" / "benchmarks.md").write_text(page)
    print("docs/benchmarks.md and tests/bench/results.json are written")


if __name__ == "__main__":
    main()
