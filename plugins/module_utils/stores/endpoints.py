# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an accepted InferencePool has anybody to send requests to. No status says so: a gateway accepts a pool that selects nothing, and answers 503."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..engine.errors import NotReadyError, RefusedError
from ..engine.objects import Key, Object

States = Iterator[Mapping[Key, Object]]
MOST = 5


def await_endpoints(pools: Mapping[Key, Object], states: Callable[[str], States], seconds: float) -> None:
    """Until each pool selects a Ready pod. ``states`` yields the Pods of a namespace at once and after every change, until the deadline."""
    lacking = {str(key): why for key, pool in pools.items() if (why := _lack(pool, states(key.namespace)))}
    if lacking:
        raise NotReadyError(lacking, seconds)


def _lack(pool: Object, states: States) -> str:
    """Empty as soon as a Ready pod is selected. Who may not read Pods waits for the gateway's word alone."""
    pods: Mapping[Key, Object] = {}
    try:
        for pods in states:
            if any(_ready(pod) for pod in _selected(pool, pods)):
                return ""
    except RefusedError:
        return ""
    return _why(pool, pods)


def _labels(pool: Object) -> dict[str, str]:
    return dict(pool["spec"]["selector"].get("matchLabels") or {})


def _selected(pool: Object, pods: Mapping[Key, Object]) -> list[Object]:
    wanted = _labels(pool).items()
    return [pod for pod in pods.values() if wanted <= (pod["metadata"].get("labels") or {}).items()]


def _ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(condition.get("type") == "Ready" and condition.get("status") == "True" for condition in conditions)


def _why(pool: Object, pods: Mapping[Key, Object]) -> str:
    """With what is there instead: mostly one label is misspelt, or the chart's labels were renamed by an upgrade."""
    selector = ", ".join(f"{name}={value}" for name, value in sorted(_labels(pool).items()))
    found = _selected(pool, pods)
    if found:
        names = ", ".join(sorted(pod["metadata"]["name"] for pod in found)[:MOST])
        return f"accepted, but none of the Pods that its selector {selector} finds is Ready: {names}. Until one is, the gateway answers 503."
    near = sorted({f"{name}={text}" for pod in pods.values() for name, text in (pod["metadata"].get("labels") or {}).items() if name in _labels(pool)})
    there = f"The Pods there bear {', '.join(near[:MOST])}." if near else f"{len(pods)} Pods are there, and none bears these labels."
    return f"accepted, but no Pod of its namespace bears {selector}, so the gateway answers 503. {there} Correct selector, or start the model servers."
