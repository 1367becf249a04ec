# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a ReferenceGrant lets an object point into another namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.objects import GroupKind
from ..models.refs import REFERENCE_GRANT, Ref
from .manifests import at, listed
from .world import World


def granted(world: World, source: GroupKind, namespace: str, home: str, ref: Ref) -> bool:
    """Whether a ReferenceGrant in ``home`` lets objects of a kind and namespace point at ``ref``."""
    grants = [item.obj for (space, _name), item in world.declared.get(REFERENCE_GRANT, {}).items() if space == home]
    grants += [obj for (space, _name), obj in world.facts.get(REFERENCE_GRANT, {}).items() if space == home]
    origin = {"group": source.group, "kind": source.kind, "namespace": namespace}
    fitting = [grant for grant in grants if origin in listed(at(grant, "spec", "from"))]
    return any(_reaches(item, ref) for grant in fitting for item in listed(at(grant, "spec", "to")))


def _reaches(item: Any, ref: Ref) -> bool:
    if not isinstance(item, Mapping):
        return False
    return (item.get("group") or "", item.get("kind")) == ref.target and item.get("name") in (None, ref.name)
