# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules. A further file of rules is a name in one of ``suites``; a module that is about one list has that suite alone packed by Ansible."""

from __future__ import annotations

from functools import cache

from .rule import Rule
from .suites import apps, gateways, objects, pools, products, routes
from .world import World


def rules_for(world: World) -> list[Rule]:
    """The rules that can find anything in this world; the others' files are not even loaded."""
    about_gateways = world.gateways is not None or bool(world.standing) or bool(world.facts)
    suites = [(world.routes is not None, routes), (about_gateways, gateways), (world.pools is not None or world.objectives is not None, pools)]
    suites += [(world.objects is not None, objects), (world.products is not None, products), (world.apps is not None, apps)]
    return list(dict.fromkeys(rule for known, suite in suites if known for rule in suite.rules(world)))


@cache
def all_rules() -> dict[str, Rule]:
    """By id, in the order in which they are documented."""
    return {rule.id: rule for suite in (routes, gateways, pools, objects, products, apps) for rule in suite.rules(World())}
