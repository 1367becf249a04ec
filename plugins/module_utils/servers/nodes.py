# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the cluster's nodes could hold declared servers at all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Want:
    """``pods`` pods of ``count`` GPUs each, on nodes with certain labels. ``origin`` is the place in the inventory that asks for them."""

    origin: str
    resource: str
    count: int
    pods: int
    node_selector: Mapping[str, str]


def gaps(wants: Iterable[Want], nodes: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence for each server whose GPUs no allowed node has, or not often enough. Pods that run there now are not counted: they may be these."""
    every = list(nodes)
    return [problem for want in wants if (problem := _gap(want, every))]


def _gap(want: Want, nodes: list[Mapping[str, Any]]) -> str:
    allowed = [node for node in nodes if _selected(node, want.node_selector)]
    counts = {node["metadata"]["name"]: _allocatable(node, want.resource) for node in allowed}
    room = sum(count // want.count for count in counts.values())
    if room >= want.pods:
        return ""
    selection = f" with {_pairs(want.node_selector)}" if want.node_selector else ""
    need = f"{want.pods} pod{'s' if want.pods > 1 else ''} of {want.count} {want.resource} each, and the nodes{selection} have room for {room}"
    return f"{want.origin}: wants {need}. {_there(counts, allowed, nodes, want.resource)}"


def _there(counts: dict[str, int], allowed: list[Mapping[str, Any]], nodes: list[Mapping[str, Any]], resource: str) -> str:
    """What is there instead, so that the number, the label or the missing device plugin can be found."""
    if not allowed:
        return f"None of the {len(nodes)} nodes bears these labels. Mend node_selector, or label the nodes."
    have = [f"{name} has {count}" for name, count in sorted(counts.items(), key=lambda each: -each[1]) if count]
    if have:
        more = f" and {len(have) - MOST_NAMED} more" if len(have) > MOST_NAMED else ""
        return f"{', '.join(have[:MOST_NAMED])}{more}."
    others = sorted({name for node in allowed for name in _resources(node) if "/" in name and not name.startswith("hugepages")})
    offer = f"they offer {', '.join(others)}" if others else "they offer no accelerator at all"
    return f"No such node offers {resource}; {offer}. Install the vendor's device plugin, or mend the vendor."


def _selected(node: Mapping[str, Any], selector: Mapping[str, str]) -> bool:
    labels = node["metadata"].get("labels") or {}
    return not node.get("spec", {}).get("unschedulable") and all(labels.get(name) == value for name, value in selector.items())


def _resources(node: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (node.get("status") or {}).get("allocatable") or {}
    return found


def _allocatable(node: Mapping[str, Any], resource: str) -> int:
    text = str(_resources(node).get(resource, "0"))
    return int(text) if text.isdigit() else 0


def _pairs(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels.items())
