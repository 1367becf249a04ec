# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the cluster's nodes could hold the declared servers at all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..models.codecs import Report
from ..models.decode import Entry, entries_of
from .vllm import Vllm
from .vllm_objects import OPTION

MOST_NAMED = 5


def gaps(models: Sequence[object], nodes: Iterable[Mapping[str, Any]], namespace: str) -> list[str]:
    """One sentence for each server whose GPUs no allowed node has, or not often enough. Pods that run there now are not counted: they may be these."""
    report = Report()
    entries = entries_of(Vllm, models, OPTION, namespace, report)
    report.raise_if_any()
    every = list(nodes)
    return [problem for entry in entries if (problem := _gap(entry, every))]


def _gap(entry: Entry[Vllm], nodes: list[Mapping[str, Any]]) -> str:
    server = entry.value
    if not server.gpu_resource or server.most_replicas == 0:
        return ""
    allowed = [node for node in nodes if _selected(node, server.node_selector or {})]
    counts = {node["metadata"]["name"]: _allocatable(node, server.gpu_resource) for node in allowed}
    wanted = server.most_replicas if server.autoscaling is None else server.autoscaling.min_replicas or 1
    room = sum(count // server.gpu_count for count in counts.values())
    if room >= wanted:
        return ""
    selection = f" with {_pairs(server.node_selector)}" if server.node_selector else ""
    need = f"{wanted} pod{'s' if wanted > 1 else ''} of {server.gpu_count} {server.gpu_resource} each, and the nodes{selection} have room for {room}"
    return f"{entry.origin}: wants {need}. {_there(counts, allowed, nodes, server)}"


def _there(counts: dict[str, int], allowed: list[Mapping[str, Any]], nodes: list[Mapping[str, Any]], server: Vllm) -> str:
    """What is there instead, so that the number, the label or the missing device plugin can be found."""
    if not allowed:
        return f"None of the {len(nodes)} nodes bears these labels. Mend node_selector, or label the nodes."
    have = [f"{name} has {count}" for name, count in sorted(counts.items(), key=lambda each: -each[1]) if count]
    if have:
        more = f" and {len(have) - MOST_NAMED} more" if len(have) > MOST_NAMED else ""
        return f"{', '.join(have[:MOST_NAMED])}{more}."
    others = sorted({name for node in allowed for name in _resources(node) if "/" in name and not name.startswith("hugepages")})
    offer = f"they offer {', '.join(others)}" if others else "they offer no accelerator at all"
    return f"No such node offers {server.gpu_resource}; {offer}. Install the vendor's device plugin, or mend gpu.vendor."


def _selected(node: Mapping[str, Any], selector: Mapping[str, str]) -> bool:
    labels = node["metadata"].get("labels") or {}
    return not node.get("spec", {}).get("unschedulable") and all(labels.get(name) == value for name, value in selector.items())


def _resources(node: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (node.get("status") or {}).get("allocatable") or {}
    return found


def _allocatable(node: Mapping[str, Any], resource: str) -> int:
    text = str(_resources(node).get(resource, "0"))
    return int(text) if text.isdigit() else 0


def _pairs(labels: Mapping[str, str] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (labels or {}).items())
