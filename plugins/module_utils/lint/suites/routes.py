# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules about HTTPRoutes and what they are made of."""

from __future__ import annotations

from ..rule import Rule, rules_of
from ..world import World


def rules(_world: World) -> list[Rule]:
    from ..rules import backends, changes, kong, matches, paths, regexes, shadows, times, weights  # here, as a run that takes everything away asks none

    return rules_of(matches, shadows, regexes, backends, weights, times, changes, kong, paths)
