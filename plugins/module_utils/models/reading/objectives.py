# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An InferenceObjective back as a user would write it."""

from __future__ import annotations

from typing import Any

from ...engine.info import Shape, entries_info, metadata
from ...engine.objects import GroupKind, Object
from ..kinds.objectives import KIND, api_group
from ..objective import KIND_NAME
from ..refs import INFERENCE_POOL, dropped
from .defaults import OBJECTIVE, filled
from .filters import Spec
from .routes import shortest


def read_objective(obj: Object) -> dict[str, Any]:
    spec = obj.get("spec") or {}
    return metadata(obj) | {"pool": read_pool_ref(spec.get("poolRef") or {})} | dropped({"priority": spec.get("priority")})


def read_pool_ref(ref: Spec) -> Any:
    group, kind = ref.get("group", INFERENCE_POOL.group), ref.get("kind", INFERENCE_POOL.kind)
    result = {"name": ref.get("name")}
    if group != INFERENCE_POOL.group:
        result["group"] = group
    if kind != INFERENCE_POOL.kind:
        result["kind"] = kind
    return shortest(result)


SHAPE = Shape(
    kind=KIND,
    # Only the group that the endpoint picker reads: an objective of the same name in the other one is another object.
    sources=lambda context: (GroupKind(api_group(context), KIND_NAME),),
    read=read_objective,
    tidied=dict,
    filled=lambda spec: filled(spec, OBJECTIVE),
)
INFO = entries_info(SHAPE, KIND.options)
