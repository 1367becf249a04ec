# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/benchmarks.md out of the measured rows: every claim is a ratio of two rows of one run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench import words
from bench.meter import Row

HEAD = """# Benchmarks

Written by `make bench`; the numbers are in `tests/bench/results.json`. All tools ran one after the other in one run on one lab (real kube-apiserver and
etcd on the same machine), each in a namespace of its own. Wall is what a user waits for, Ansible's start included; CPU is the client's with its
children; memory is that of its largest process, each tool started from a process of 5 MB, since Linux counts what a program was forked from; requests
and writes are counted in the server's audit log. The environment is a user's: nothing keeps Python from keeping its compiled code.
What changes nothing may run several times, and the quickest counts. An empty cell is what cannot be told.
`PYTHONPATH=tests:roles/lab/files .venv/bin/python -m bench.run --quick` prints such a page in a few minutes and writes nothing.
"""
OURS = "inference_routes, src"


@dataclass(frozen=True)
class Others:
    """Rows of what is measured beside the routes."""

    fleets: list[Row]
    probes: list[Row]
    consumers: list[Row]
    organization: list[Row]
    tasks: list[Row]


def document(where: Row, floor: Row, peers: list[Row], scaled: list[Row], others: Others) -> str:
    machine = "Machine: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in where.items()) + ".\n"
    cases = list(dict.fromkeys(row["case"] for row in peers))
    parts = [_case(case, [row for row in peers if row["case"] == case]) for case in cases]
    ratios = [_ratios(peers, cases, unit) for unit in ("wall_s", "cpu_s")]
    return "\n".join(
        [
            HEAD,
            machine,
            _floor(floor),
            *parts,
            *ratios,
            _validation(peers),
            _scale(scaled, cases),
            _fleet(others.fleets),
            _probe(others.probes),
            _kong(others.consumers),
            _apigee(others.organization),
            _site(others.tasks),
            words.WORDS,
        ]
    )


def _table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]], say: str = "") -> str:
    names = list(head)
    lines = [_line(names), "|" + "---|" * len(names), *map(_line, rows)]
    return "\n".join([f"## {title}\n", *([f"{say}\n"] if say else []), *lines]) + "\n"


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join("" if cell is None else str(cell) for cell in cells) + " |"


def _case(case: str, rows: list[Row]) -> str:
    columns = {"tool": "tool", "wall s": "wall_s", "CPU s": "cpu_s", "requests": "requests", "writes": "writes", "dry runs": "dry_runs", "peak MB": "peak_mb"}
    return _table(f"{case[0].upper()}{case[1:]}, {rows[0]['objects']} HTTPRoutes", columns, ([row[name] for name in columns.values()] for row in rows))


def _floor(row: Row) -> str:
    cost = f"{row['wall_s']} s wall, {row['cpu_s']} s CPU"
    return f"Ansible's own start, with one task of `ansible.builtin.debug`: {cost}. It is part of every row of Ansible's.\n"


def _ratios(rows: list[Row], cases: list[str], unit: str) -> str:
    cost = {(row["case"], row["tool"]): row[unit] for row in rows}
    peers = [tool for tool in dict.fromkeys(row["tool"] for row in rows) if not tool.startswith("inference_routes")]
    table = ([peer, *(f"{cost[case, OURS] / cost[case, peer]:.2f}" for case in cases)] for peer in peers)
    name = {"wall_s": "wall", "cpu_s": "CPU"}[unit]
    return _table(f"Ratios, {name}", ["peer", *cases], table, f"The {name} of `{OURS}` divided by the peer's.")


def _validation(rows: list[Row]) -> str:
    made = {row["tool"]: row for row in rows if row["case"] == "create"}
    rehearsed, bare = made[OURS], made[f"{OURS}, validate: false"]
    count, took, less = rehearsed["objects"], rehearsed["wall_s"], bare["wall_s"]
    return f"""## What validation costs

The server rehearses every object before the first is written: {rehearsed["dry_runs"]} dry runs. Creating {count} routes takes {took} s with it
and {less} s with `validate: false`, which leaves new objects out of it. Changes and deletions are always rehearsed.
"""


def _scale(rows: list[Row], cases: list[str]) -> str:
    table = []
    for size in dict.fromkeys(row["objects"] for row in rows):
        found = [row for row in rows if row["objects"] == size]
        table.append([size, *(f"{row['wall_s']} ({row['cpu_s']})" for row in found), max(row["peak_mb"] for row in found)])
    return _table("Size", ["routes", *(f"{case} s" for case in cases), "peak MB"], table, f"`{OURS}` alone: wall, and CPU in brackets.")


def _fleet(rows: list[Row]) -> str:
    names = ("hosts", "objects", "wall_s", "each", "cpu_s", "requests", "writes", "peak_mb")
    table = ([row["tool"], *({**row, "each": f"{row['wall_s'] / row['hosts']:.2f}"}[name] for name in names)] for row in rows)
    head = ["tool", "hosts", "routes a host", "wall s", "wall s a host", "CPU s", "requests", "writes", "peak MB"]
    return _table("Fleet, nothing to do", head, table, "Memory is that of the largest process; Ansible runs one for each fork.")


def _probe(rows: list[Row]) -> str:
    table = []
    for row in rows:
        rate, cost = row["objects"] / row["wall_s"], row["cpu_s"] / row["objects"] * 1000
        table.append([row["tool"], row["objects"], row["wall_s"], f"{rate:.0f}", f"{cost:.3f}", row["peak_mb"]])
    say = "A probe notes of every answer who gave it and when its first token came; `hey` counts statuses and times."
    return _table("Probe, requests on loopback", ["tool", "requests", "wall s", "requests a second", "CPU ms a request", "peak MB"], table, say)


def _kong(rows: list[Row]) -> str:
    columns = {"case": "case", "tool": "tool", "wall s": "wall_s", "CPU s": "cpu_s", "requests": "requests", "writes": "writes", "peak MB": "peak_mb"}
    say = (
        "Against a server for Kong's Admin API that keeps to Kong's rules, on loopback. decK cannot be built from modules here; its requests follow from what\n"
        "it does: a list for each kind and thousand, a write for each object, without a look at what is there under other owners, and without a rehearsal."
    )
    return _table(
        f"Kong, {rows[0]['objects']} entities: consumers with a key and a group",
        columns,
        ([row[name] for name in columns.values()] for row in rows),
        say,
    )


def _apigee(rows: list[Row]) -> str:
    columns = {"case": "case", "tool": "tool", "entities": "objects", "wall s": "wall_s", "CPU s": "cpu_s", "requests": "requests", "writes": "writes"}
    columns["peak MB"] = "peak_mb"
    return _table("Apigee", columns, ([row[name] for name in columns.values()] for row in rows), words.APIGEE)


def _site(rows: list[Row]) -> str:
    say = (
        "`inventories/lab`, applied before: where the time of a run goes that changes nothing. A task's requests are those of all programs that it ran;\n"
        "what CPU and memory one task takes is not known."
    )
    columns = {"what": "tool", "tasks": "objects", "wall s": "wall_s", "CPU s": "cpu_s", "requests": "requests", "writes": "writes", "peak MB": "peak_mb"}
    return _table("site.yml, nothing to do", columns, ([row[name] for name in columns.values()] for row in rows), say)
