# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules about plain objects, and about what a list could say as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from ...engine.errors import Issue
from ..rule import Rule, rules_of
from ..world import World


def rules(_world: World) -> list[Rule]:
    from ..rules import gke_objects, kong_objects, objects  # here, as a run that takes everything away asks none

    return rules_of(objects, kong_objects, gke_objects)


def in_a_set(world: World) -> list[Rule]:
    """For module applyset: of HTTPRoutes and Gateways among the objects also what their lists' rules say. What they need may stand elsewhere."""
    found = rules(world)
    if not any(item.kind.kind in ("HTTPRoute", "Gateway") for item in world.objects or ()):
        return found
    from ..plain import GATEWAYS, ROUTES, entries
    from . import gateways, routes  # here, as most sets hold none of them

    listed = entries(world.objects or ())
    seen = replace(world, routes=listed[ROUTES] or None, standing=listed[GATEWAYS], complete=False)
    about = dict.fromkeys([*(routes.rules(seen) if seen.routes else ()), *gateways.rules(seen)])
    return [*found, *(replace(rule, check=partial(_seen, rule, seen)) for rule in about)]


def _seen(rule: Rule, seen: World, _world: World) -> Iterable[Issue]:
    return rule.check(seen)
