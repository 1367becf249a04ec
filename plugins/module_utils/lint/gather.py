# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the modules decode to the world that rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..engine.objects import Desired
from .manifests import Manifest, manifest
from .world import World

FIELDS = {"gateways": "gateways", "inference_routes": "routes", "inference_pools": "pools", "inference_objectives": "objectives"}
FIELDS |= {"apigee_products": "products", "apigee_developers": "developers", "apigee_apps": "apps"}
"""The inventory's lists, and what the world calls them."""
OBJECTS = "objects"


def manifests(desired: Iterable[Desired], namespace: str) -> list[Manifest]:
    return [found for item in desired if (found := manifest(item.obj, item.origin, namespace)) is not None]


def world(lists: Mapping[str, Sequence[Any]], namespace: str, renderer: str | None) -> World:
    """``lists`` holds what :attr:`BuildContext.inspect` was given. A list that is not in it is not known."""
    made = World(renderer=renderer) if renderer else World()
    known: dict[str, Any] = {field: lists[option] for option, field in FIELDS.items() if option in lists}
    if OBJECTS in lists:
        known["objects"] = manifests(lists[OBJECTS], namespace)
    return replace(made, **known)
