# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a request may take, and how often it is tried."""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.errors import Issue
from ..rule import warning
from ..world import World

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
BEFORE_ANYTHING_HAPPENED = ("connect-failure", "429")


@warning("retry-side-effects", "https://github.com/istio/istio/issues/13851")
def retry_side_effects(world: World) -> Iterator[Issue]:
    """A rule retries failed requests of any method. A POST that failed half-way is done twice, and a completion is computed twice."""
    for _entry, rule, where in world.rules:
        if rule.retries is None or all(word in BEFORE_ANYTHING_HAPPENED for word in rule.retries.on):
            continue
        if any(match.method is None for match in rule.alternatives) or not rule.alternatives:
            problem = f"retry on {', '.join(rule.retries.on)} whatever the method, POST too: what half succeeded is done twice."
            yield Issue(f"{where}.retries", problem, "Write the method that may be repeated (method: POST says that it may), or on: [connect-failure].")
