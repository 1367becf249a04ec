# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/benchmarks.md out of the measured rows: every claim is a ratio of two rows of one run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]

HEAD = """# Benchmarks

Written by `make bench`; the numbers are in `tests/bench/results.json`. All tools ran one after the other in one run on one lab (real kube-apiserver and
etcd on the same machine), each in a namespace of its own. Wall is what a user waits for, Ansible's start included; CPU is the client's with its
children; memory is that of its largest process; requests and writes are counted in the server's audit log.
"""
OURS = "inference_routes, src"


def document(where: Row, peers: list[Row], scaled: list[Row], fleets: list[Row]) -> str:
    machine = "Machine: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in where.items()) + ".\n"
    cases = list(dict.fromkeys(row["case"] for row in peers))
    parts = [_case(case, [row for row in peers if row["case"] == case]) for case in cases]
    return "\n".join([HEAD, machine, *parts, _ratios(peers, cases), _scale(scaled, cases), _fleet(fleets)])


def _table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]], words: str = "") -> str:
    names = list(head)
    lines = [_line(names), "|" + "---|" * len(names), *map(_line, rows)]
    return "\n".join([f"## {title}\n", *([f"{words}\n"] if words else []), *lines]) + "\n"


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _case(case: str, rows: list[Row]) -> str:
    columns = {"tool": "tool", "wall s": "wall_s", "CPU s": "cpu_s", "requests": "requests", "writes": "writes", "dry runs": "dry_runs", "peak MB": "peak_mb"}
    return _table(f"{case[0].upper()}{case[1:]}, {rows[0]['objects']} HTTPRoutes", columns, ([row[name] for name in columns.values()] for row in rows))


def _ratios(rows: list[Row], cases: list[str]) -> str:
    wall = {(row["case"], row["tool"]): row["wall_s"] for row in rows}
    peers = [tool for tool in dict.fromkeys(row["tool"] for row in rows) if not tool.startswith("inference_routes")]
    table = ([peer, *(f"{wall[case, OURS] / wall[case, peer]:.2f}" for case in cases)] for peer in peers)
    return _table("Ratios", ["peer", *cases], table, f"Wall of `{OURS}` divided by the peer's.")


def _scale(rows: list[Row], cases: list[str]) -> str:
    table = []
    for size in dict.fromkeys(row["objects"] for row in rows):
        found = [row for row in rows if row["objects"] == size]
        table.append([size, *(row["wall_s"] for row in found), max(row["peak_mb"] for row in found)])
    return _table("Size", ["routes", *(f"{case} s" for case in cases), "peak MB"], table, f"`{OURS}` alone.")


def _fleet(rows: list[Row]) -> str:
    table = ([row["tool"], row["hosts"], row["objects"], row["wall_s"], f"{row['wall_s'] / row['hosts']:.2f}", row["cpu_s"]] for row in rows)
    return _table("Fleet, nothing to do", ["tool", "hosts", "routes a host", "wall s", "wall s a host", "CPU s"], table)
