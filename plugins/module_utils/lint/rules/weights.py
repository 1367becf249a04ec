# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares that are not what they look like."""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.errors import Issue
from ..rule import warning
from ..world import World


@warning("weight-missing", "https://github.com/istio/api/issues/586")
def weight_missing(world: World) -> Iterator[Issue]:
    """Some backends of a rule have a weight above 1 and others none. No weight means 1, not the rest of a hundred."""
    for _entry, rule, where in world.rules:
        given = [backend.weight for backend in rule.backends if backend.weight is not None]
        if not given or len(given) == len(rule.backends) or max(given) <= 1:
            continue
        total = sum(given) + len(rule.backends) - len(given)
        for index, backend in enumerate(rule.backends):
            if backend.weight is None:
                problem = f"has no weight beside others that have one: it gets 1 of {total} requests."
                yield Issue(f"{where}.backends[{index}]", problem, "Write the weight that it is to have, 0 for none.")


@warning("weight-alone", "https://github.com/istio/api/pull/2192")
def weight_alone(world: World) -> Iterator[Issue]:
    """A rule has one backend with a weight below 100, which is no share: it gets every request."""
    for _entry, rule, where in world.rules:
        serving = [(index, backend) for index, backend in enumerate(rule.backends) if backend.weight != 0]
        if len(serving) == 1 and len(rule.backends) == 1 and 1 < (serving[0][1].weight or 1) < 100:
            problem = f"is {serving[0][1].weight}, but no other backend shares the rule: it gets every request."
            yield Issue(f"{where}.backends[0].weight", problem, "Add the backend that is to get the rest, or take the weight away.")


@warning("weights-not-hundred", "https://github.com/istio/istio/issues/36021")
def weights_not_hundred(world: World) -> Iterator[Issue]:
    """Weights look like per cent and do not add up to 100. They are shares of their sum, so each is a little more or less than written."""
    for _entry, rule, where in world.rules:
        given = [backend.weight or 0 for backend in rule.backends if backend.weight is not None]
        if len(given) > 1 and len(given) == len(rule.backends) and sum(given) != 100 and (90 <= sum(given) <= 110 or max(given) in (90, 95, 99)):
            yield Issue(f"{where}.backends", f"have weights of {sum(given)} in all.", "Let them add up to 100, or use small numbers such as 9 and 1.")
