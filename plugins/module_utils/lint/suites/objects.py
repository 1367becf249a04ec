# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules about plain objects, and about what a list could say as well."""

from __future__ import annotations

from ..rule import Rule, rules_of
from ..world import World


def rules(_world: World) -> list[Rule]:
    from ..rules import gke_objects, kong_objects, objects  # here, as a run that takes everything away asks none

    return rules_of(objects, kong_objects, gke_objects)


def in_a_set(world: World) -> list[Rule]:
    """For module applyset, which asks twice: about all objects, and about those that a list could hold."""
    from . import gateways, routes  # here, as most sets hold none of them

    about_routes = routes.rules(world) if world.routes is not None else []
    return (about_routes + (gateways.rules(world) if world.routes is not None or world.standing else [])) or rules(world)
