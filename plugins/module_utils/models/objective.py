# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""InferenceObjective: how important requests are that name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..engine.objects import GroupKind, Object
from .codecs import Whole
from .decode import Entry, Short, optional, required
from .refs import INFERENCE_POOL, Ref, dropped, reference
from .text import ANNOTATIONS, GROUP, KIND, LABELS, NAME, NAMESPACE

KIND_NAME = "InferenceObjective"
# Best first: where both are installed the endpoint picker reads only the first and passes over objects of the other in silence.
API_GROUPS = ("llm-d.ai", "inference.networking.x-k8s.io")
# What the API server takes poolRef for when it names no group: llm-d's CRD fills in its own group, in which there is no pool.
DEFAULT_POOLS = {API_GROUPS[0]: GroupKind(API_GROUPS[0], INFERENCE_POOL.kind), API_GROUPS[1]: INFERENCE_POOL}


@dataclass(frozen=True, kw_only=True)
class PoolRef:
    """The pool that the objective is for; it lives in the same namespace."""

    name: str = required(NAME)
    group: str | None = optional(GROUP)
    kind: str | None = optional(KIND)

    HINTS: ClassVar[dict[str, str]] = {"namespace": "An objective and its pool live in the same namespace."}


@dataclass(frozen=True, kw_only=True)
class Objective:
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    labels: dict[str, str] | None = optional(LABELS)
    annotations: dict[str, str] | None = optional(ANNOTATIONS)
    pool: PoolRef = required(Short(PoolRef, "name"))
    priority: int | None = optional(Whole(-(2**31), 2**31 - 1, "a priority"))

    HINTS: ClassVar[dict[str, str]] = {"poolRef": "Write pool.", "criticality": "Write priority: a number; negative ones are shed first."}


def render_objective(entry: Entry[Objective], group: str, version: str) -> Object:
    objective = entry.value
    target = GroupKind(
        INFERENCE_POOL.group if objective.pool.group is None else objective.pool.group,
        objective.pool.kind or INFERENCE_POOL.kind,
    )
    spec = {"poolRef": reference(Ref(target, objective.pool.name), default=DEFAULT_POOLS[group])} | dropped({"priority": objective.priority})
    return {
        "apiVersion": f"{group}/{version}",
        "kind": KIND_NAME,
        "metadata": dropped({"name": entry.name, "namespace": entry.namespace, "labels": objective.labels, "annotations": objective.annotations}),
        "spec": spec,
    }
