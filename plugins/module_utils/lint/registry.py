# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules. A further file of rules is a name here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import ModuleType

from .rule import Rule
from .world import World


def rules_for(world: World) -> list[Rule]:
    """The rules that can find anything in this world; the others' files are not even loaded."""
    gateways = world.gateways is not None or bool(world.facts)
    lists = [(world.routes is not None, _routes), (gateways or world.routes is not None, _both), (gateways, _gateways)]
    lists += [(world.pools is not None or world.objectives is not None, _pools), (world.objects is not None, _objects)]
    lists += [(world.products is not None, _products), (world.apps is not None, _apps)]
    return _rules(module for known, files in lists if known for module in files())


@cache
def all_rules() -> dict[str, Rule]:
    """By id, in the order in which they are documented."""
    return {rule.id: rule for files in (_routes, _both, _gateways, _pools, _objects, _products, _apps) for rule in _rules(files())}


def _rules(modules: Iterable[ModuleType]) -> list[Rule]:
    return [item for module in modules for item in vars(module).values() if isinstance(item, Rule)]


def _routes() -> list[ModuleType]:
    from .rules import backends, changes, kong, matches, regexes, times, weights

    return [matches, regexes, backends, weights, times, changes, kong]


def _both() -> list[ModuleType]:
    from .rules import paths

    return [paths]


def _gateways() -> list[ModuleType]:
    from .rules import attachments, listeners

    return [attachments, listeners]


def _pools() -> list[ModuleType]:
    from .rules import pools

    return [pools]


def _objects() -> list[ModuleType]:
    from .rules import kong_objects, objects

    return [objects, kong_objects]


def _products() -> list[ModuleType]:
    from .rules import apigee

    return [apigee]


def _apps() -> list[ModuleType]:
    from .rules import apigee_apps

    return [apigee_apps]
