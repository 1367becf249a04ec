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
from pathlib import Path
from typing import Any

from bench.meter import Row, counted, row
from bench.tools import dump, play
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


def compare(lab: Lab, folder: Path, count: int) -> list[Row]:
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
            rows.append(_row(case, "kong_consumers, Admin API", count, cost, {"requests": len(asked), "writes": len(written)}))
            rows.append(_deck(case, count))
    kong_crds.install(lab)
    lab.kubectl("create", "namespace", NAMESPACE)
    for case, changed in CASES:
        since = now()
        cost = _run(workplace, consumers(count, changed), {"namespace": NAMESPACE}, {"K8S_AUTH_KUBECONFIG": lab.kubeconfig})
        seen = counted(lab.requests(user_agent="inference.gateway/", since=since))
        _check(case, consumers(count, changed), _keys(lab))
        rows.append(_row(case, "kong_consumers, in the cluster", count, cost, seen))
    lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    return rows


def _run(folder: Path, declared: list[dict[str, Any]], way: dict[str, Any], more: dict[str, str]) -> dict[str, float]:
    source = folder / "consumers.yml"
    source.write_text(dump([{"kong_consumers": declared}], many=True))
    return play(folder, [{"inference.gateway.kong_consumers": {"owner": "bench", "prune": True, "src": str(source), **way}}], more)


def _check(case: str, declared: list[dict[str, Any]], keys: list[str]) -> None:
    """The numbers count only if the gateway holds what is declared."""
    if sorted(keys) != sorted(entry["keys"][0]["key"] for entry in declared):
        raise SystemExit(f"kong, {case}: the gateway does not hold what is declared")


def _keys(lab: Lab) -> list[str]:
    found = json.loads(lab.kubectl("-n", NAMESPACE, "get", "secrets", "-l", "konghq.com/credential=key-auth", "-o", "json"))["items"]
    return [base64.b64decode(item["data"]["key"]).decode() for item in found]


def _row(case: str, tool: str, count: int, *costs: dict[str, Any]) -> Row:
    found = row(f"kong {case}", tool, count * KINDS, *costs)
    print(json.dumps(found), flush=True)
    return found


def _deck(case: str, count: int) -> Row:
    """What decK has to ask at least."""
    lists = KINDS * -(-count // PAGE)
    writes = {"create": count * KINDS, "no-op": 0, "change one": 1}[case]
    return row(f"kong {case}", "decK, worked out", count * KINDS, requests=lists + writes, writes=writes)
