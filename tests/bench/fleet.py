# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet: many inventory hosts, each a namespace of the lab, on which nothing has to change."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from bench.tools import ROOT, Workspace, manifest, routes
from inference_lab import Lab

ROUTES_PER_HOST = 10


def compare(lab: Lab, folder: Path, hosts: int) -> list[dict[str, Any]]:
    """Wall and CPU of a no-op over all hosts: our module, and kubernetes.core.k8s over the same objects as one list."""
    workspace = Workspace(lab, folder / "fleet", "unused")
    workspace.folder.mkdir()
    names = [f"fleet-{number:03d}" for number in range(hosts)]
    for name in names:
        lab.kubectl("create", "namespace", name)
    common = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = workspace.write("hosts.yml", yaml.safe_dump({"all": {"vars": common, "hosts": {name: {} for name in names}}}))
    declared = routes(ROUTES_PER_HOST)
    tasks = {
        "inference_routes, list": {
            "inference.gateway.inference_routes": {"namespace": "{{ inventory_hostname }}", "owner": "bench", "inference_routes": "{{ declared }}"}
        },
        "kubernetes.core.k8s, list": {"kubernetes.core.k8s": {"namespace": "{{ inventory_hostname }}", "apply": True, "definition": "{{ objects }}"}},
    }
    variables = {"declared": declared, "objects": [manifest(route) for route in declared]}
    rows = []
    for name, task in tasks.items():
        play = workspace.write("fleet.yml", yaml.safe_dump([{"hosts": "all", "gather_facts": False, "vars": variables, "tasks": [task]}], sort_keys=False))
        command = [sys.executable, "-m", "ansible", "playbook", "-i", inventory, "--forks", str(os.cpu_count() or 2), play]
        _run(command, workspace)
        rows.append({"case": "fleet no-op", "tool": name, "objects": ROUTES_PER_HOST, "hosts": hosts, **_run(command, workspace)})
        print(f"{name:32} fleet of {hosts}: {rows[-1]['wall_s']:.2f} s, {rows[-1]['wall_s'] / hosts:.2f} s a host", flush=True)
        for namespace in names:
            lab.kubectl("-n", namespace, "delete", "httproutes", "--all", "--wait=false")
    return rows


def _run(command: list[str], workspace: Workspace) -> dict[str, float]:
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, env=workspace.environment(), cwd=ROOT)
    _pid, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"the fleet's play failed: {command}")
    return {"wall_s": round(time.monotonic() - started, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2), "peak_mb": round(usage.ru_maxrss / 1024, 1)}
