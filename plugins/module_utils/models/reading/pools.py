# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An InferencePool back as a user would write it."""

from __future__ import annotations

import json
from typing import Any

from ...engine.info import Shape, entries_info, metadata
from ...engine.objects import Object
from ..kinds.pools import KIND
from ..pool import HEALTH_ANNOTATION
from ..refs import INFERENCE_POOL, SERVICE, dropped
from .defaults import POOL, filled
from .filters import Spec


def read_pool(obj: Object) -> dict[str, Any]:
    spec = obj.get("spec") or {}
    picker = spec.get("endpointPickerRef")
    entry = metadata(obj)
    notes = dict(entry.pop("annotations", {}))
    check = _checked(notes.pop(HEALTH_ANNOTATION, ""))
    return (entry | ({"annotations": notes} if notes else {})) | dropped(
        {
            "selector": (spec.get("selector") or {}).get("matchLabels"),
            "ports": [port.get("number") for port in spec.get("targetPorts") or ()],
            "endpoint_picker": read_picker(picker) if picker else None,
            "app_protocol": spec.get("appProtocol"),
            "health_check": check,
        }
    )


def _checked(text: str) -> dict[str, Any] | None:
    """None for what somebody else wrote there."""
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def read_picker(ref: Spec) -> dict[str, Any]:
    group, kind, port = ref.get("group", SERVICE.group), ref.get("kind", SERVICE.kind), (ref.get("port") or {}).get("number")
    short = (group, kind) == SERVICE and port is not None
    where = {"service": ref.get("name")} if short else {"resource": {"group": group, "kind": kind, "name": ref.get("name")}}
    return where | dropped({"port": port, "failure_mode": ref.get("failureMode")})


SHAPE = Shape(kind=KIND, sources=lambda _context: (INFERENCE_POOL,), read=read_pool, tidied=dict, filled=lambda obj: filled(obj.get("spec") or {}, POOL))
INFO = entries_info(SHAPE)
