# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An InferenceObjective back as a user would write it."""

from __future__ import annotations

from typing import Any

from ...engine.info import Shape, entries_info, metadata
from ...engine.objects import GroupKind, Object, group_of
from ..kinds.objectives import KIND, api_group
from ..objective import DEFAULT_POOLS, KIND_NAME
from ..refs import INFERENCE_POOL, dropped
from .defaults import filled
from .filters import Spec
from .routes import shortest


def read_objective(obj: Object) -> dict[str, Any]:
    spec = obj.get("spec") or {}
    return metadata(obj) | {"pool": read_pool_ref(full(obj).get("poolRef") or {})} | dropped({"priority": spec.get("priority")})


def read_pool_ref(ref: Spec) -> Any:
    implied = {"group": INFERENCE_POOL.group, "kind": INFERENCE_POOL.kind}
    return shortest({name: value for name, value in ref.items() if implied.get(name) != value})


def full(obj: Object) -> dict[str, Any]:
    """Each API group has a default of its own for the pool's."""
    pool = DEFAULT_POOLS[group_of(obj["apiVersion"])]
    result: dict[str, Any] = filled(obj.get("spec") or {}, {"poolRef": {"group": pool.group, "kind": pool.kind}})
    return result


SHAPE = Shape(
    kind=KIND,
    # Only the group that the endpoint picker reads: an objective of the same name in the other one is another object.
    sources=lambda context: (GroupKind(api_group(context), KIND_NAME),),
    read=read_objective,
    tidied=dict,
    filled=full,
)
INFO = entries_info(SHAPE, KIND.options)
