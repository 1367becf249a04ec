# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers of Kong with a key and a group each: against a server for its Admin API on loopback, and as objects of its ingress controller.

decK is the peer, and is not among the modules that can be built here: its requests are worked out from what it does (one list a kind and page,
one write an object; go-database-reconciler 1.40).
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from bench.tools import ROOT, dump
from contract import kong_crds
from contract.kong import KongAdmin
from inference_lab import Lab
from inference_lab.audit import now

KINDS = 3
"""A consumer, its key, its group."""
PAGE = 1000
NAMESPACE = "bench-kong"
CASES = (("create", 0), ("no-op", 0), ("change one", 1))


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


def compare(lab: Lab, folder: Path, count: int) -> list[dict[str, Any]]:
    """Over the Admin API, and as objects of the ingress controller on the lab."""
    rows = []
    workplace = folder / "kong"
    workplace.mkdir()
    with KongAdmin() as kong:
        way = {"kong_admin": {"urls": [kong.url]}}
        for case, changed in CASES:
            before = len(kong.log)
            cost = _run(workplace, consumers(count, changed), way, {})
            asked = list(kong.log[before:])
            written = [seen for seen in asked if seen.method != "GET" and not seen.path.endswith("/validate")]
            _check(case, consumers(count, changed), [row["key"] for row in kong.rows("keyauth_credentials")])
            rows.append(_row(f"kong {case}", "kong_consumers, Admin API", count, len(asked), len(written), cost))
            rows.append(_deck(case, count))
    kong_crds.install(lab)
    lab.kubectl("create", "namespace", NAMESPACE)
    for case, changed in CASES:
        since = now()
        cost = _run(workplace, consumers(count, changed), {"namespace": NAMESPACE}, {"K8S_AUTH_KUBECONFIG": lab.kubeconfig})
        asked = lab.requests(user_agent="inference.gateway/", since=since)
        written = [event for event in asked if event["verb"] in ("create", "patch", "update", "delete") and "dryRun=All" not in event["requestURI"]]
        _check(case, consumers(count, changed), _keys(lab))
        rows.append(_row(f"kong {case}", "kong_consumers, in the cluster", count, len(asked), len(written), cost))
    lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    return rows


def _run(folder: Path, declared: list[dict[str, Any]], way: dict[str, Any], more: dict[str, str]) -> dict[str, Any]:
    """What one run of the play costs its user."""
    source, play = folder / "consumers.yml", folder / "play.yml"
    source.write_text(dump([{"kong_consumers": declared}], many=True))
    task = {"inference.gateway.kong_consumers": {"owner": "bench", "prune": True, "src": str(source), **way}}
    variables = {"ansible_python_interpreter": sys.executable}
    play.write_text(yaml.safe_dump([{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": [task]}], sort_keys=False))
    collections = str(ROOT / ".ansible" / "collections")
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": collections, **more}
    started = time.monotonic()
    with (folder / "output").open("wb") as output:
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", str(play)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=ROOT)
        _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"kong_consumers failed\n{(folder / 'output').read_text(errors='replace')[-3000:]}")
    return {"wall_s": round(wall, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2)}


def _check(case: str, declared: list[dict[str, Any]], keys: list[str]) -> None:
    """The numbers count only if the gateway holds what is declared."""
    if sorted(keys) != sorted(entry["keys"][0]["key"] for entry in declared):
        raise SystemExit(f"kong, {case}: the gateway does not hold what is declared")


def _keys(lab: Lab) -> list[str]:
    found = json.loads(lab.kubectl("-n", NAMESPACE, "get", "secrets", "-l", "konghq.com/credential=key-auth", "-o", "json"))["items"]
    return [base64.b64decode(item["data"]["key"]).decode() for item in found]


def _row(case: str, tool: str, count: int, requests: int, writes: int, cost: dict[str, Any]) -> dict[str, Any]:
    row = {"case": case, "tool": tool, "objects": count * KINDS, "requests": requests, "writes": writes, **cost}
    print(json.dumps(row), flush=True)
    return row


def _deck(case: str, count: int) -> dict[str, Any]:
    """What decK has to ask at least."""
    lists = KINDS * -(-count // PAGE)
    writes = {"create": count * KINDS, "no-op": 0, "change one": 1}[case]
    return {"case": f"kong {case}", "tool": "decK, worked out", "objects": count * KINDS, "requests": lists + writes, "writes": writes}
