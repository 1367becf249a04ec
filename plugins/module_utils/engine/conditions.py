# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a list of conditions says of the object as it is now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .objects import Object

Conditions = Sequence[Mapping[str, Any]]


def failures(conditions: Conditions, wanted: Sequence[str], generation: int) -> list[str]:
    by_type = {condition.get("type"): condition for condition in conditions}
    found = []
    for name in wanted:
        condition = by_type.get(name)
        if condition is None:
            found.append(f"{name} is not reported")
        elif condition.get("observedGeneration", generation) < generation:
            found.append(f"{name} still speaks of generation {condition['observedGeneration']}, not of {generation}")
        elif condition.get("status") != "True":
            detail = ": ".join(str(condition[part]) for part in ("reason", "message") if condition.get(part))
            found.append(f"{name} is {condition.get('status')}" + (f" ({detail})" if detail else ""))
    return found


def generation(obj: Object) -> int:
    return int(obj["metadata"].get("generation") or 0)


def status(obj: Object) -> Mapping[str, Any]:
    found = obj.get("status")
    return found if isinstance(found, Mapping) else {}
