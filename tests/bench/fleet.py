# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet: many inventory hosts, each a namespace of the lab, on which nothing has to change."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import yaml
from bench.meter import PLAYBOOK, Row, counted, metered, row
from bench.tools import Workspace, manifest, routes
from inference_lab import Lab
from inference_lab.audit import now

ROUTES_PER_HOST = 10
AGENTS = {"inference_routes, list": "inference.gateway/", "kubernetes.core.k8s, list": "OpenAPI-Generator"}


def compare(lab: Lab, folder: Path, hosts: int) -> list[Row]:
    """What a no-op costs over all hosts: our module, and kubernetes.core.k8s over the same objects as one list."""
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
        command = [PLAYBOOK, "-i", inventory, "--forks", str(os.cpu_count() or 2), play]
        metered(f"{name}, a fleet", command, workspace.folder / "output", workspace.environment())
        since = now()
        cost = metered(f"{name}, a fleet", command, workspace.folder / "output", workspace.environment())
        rows.append(row("fleet no-op", name, ROUTES_PER_HOST, cost, counted(lab.requests(user_agent=AGENTS[name], since=since)), hosts=hosts))
        print(f"{name:32} fleet of {hosts}: {rows[-1]['wall_s']:.2f} s, {rows[-1]['wall_s'] / hosts:.2f} s a host", flush=True)
        for namespace in names:
            lab.kubectl("-n", namespace, "delete", "httproutes", "--all", "--wait=false")
    return rows
