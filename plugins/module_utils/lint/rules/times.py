# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a request may take, and how often it is tried."""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.errors import Issue
from ...models.route import Rule, milliseconds
from ..rule import warning
from ..world import World
from .changes import COMPLETIONS, ends_with

BEFORE_ANYTHING_HAPPENED = ("connect-failure", "429")
SHORT = 60_000
STREAMED = tuple(path for path in COMPLETIONS if path != "/embeddings")
"""An embedding comes in one piece, and a POST may be about anything."""
NO_DEFAULT = ("istio", "kong")
"""Gateways that wait without an end where nothing is said, or have a rule of their own."""


def infers(rule: Rule) -> bool:
    """Whether a rule is certain to be about a model's answers, which stream for minutes."""
    return any(backend.pool for backend in rule.backends) or (bool(rule.backends) and any(ends_with(match, STREAMED) for match in rule.alternatives))


@warning("retry-side-effects", "https://github.com/istio/istio/issues/13851")
def retry_side_effects(world: World) -> Iterator[Issue]:
    """A rule retries failed requests of any method. A POST that failed half-way is done twice, and a completion is computed twice."""
    for _entry, rule, where in world.rules:
        if rule.retries is None or all(word in BEFORE_ANYTHING_HAPPENED for word in rule.retries.on):
            continue
        if any(match.method is None for match in rule.alternatives) or not rule.alternatives:
            problem = f"retry on {', '.join(rule.retries.on)} whatever the method, POST too: what half succeeded is done twice."
            yield Issue(f"{where}.retries", problem, "Write the method that may be repeated (method: POST says that it may), or on: [connect-failure].")


@warning("timeout-cuts-stream", "https://github.com/envoyproxy/ai-gateway/issues/361")
def timeout_cuts_stream(world: World) -> Iterator[Issue]:
    """The time for a whole answer of a model is under a minute. Answers stream for longer, and are cut off in the middle."""
    for _entry, rule, where in world.rules:
        for field, value in (("request", rule.timeouts.request), ("backend", rule.timeouts.backend)) if rule.timeouts else ():
            if value and 0 < milliseconds(value) < SHORT and infers(rule):
                yield Issue(f"{where}.timeouts.{field}", f"{value} is short for a whole answer of a model.", "Write 300s or more, or 0s for no limit.")


@warning("timeout-missing", "https://github.com/llm-d-incubation/llm-d-modelservice/pull/45")
def timeout_missing(world: World) -> Iterator[Issue]:
    """A rule to a model says nothing of time. Several gateways cut an answer off after 15 seconds then."""
    for _entry, rule, where in world.rules if world.renderer not in NO_DEFAULT else ():
        if infers(rule) and not (rule.timeouts and rule.timeouts.request):
            end = "GKE stops it after 30 s" if world.renderer == "gke" else "gateways built on Envoy may stop it after 15 s"
            yield Issue(where, f"says not how long an answer may take; {end}.", "Write timeouts: {request: 300s}.")


@warning("retry-longer-than-request", "https://gateway-api.sigs.k8s.io/geps/gep-1731/")
def retry_longer_than_request(world: World) -> Iterator[Issue]:
    """One try may take as long as the whole request, so there is no time left for another."""
    for _entry, rule, where in world.rules:
        times = rule.timeouts
        if rule.retries and times and times.request and times.backend and 0 < milliseconds(times.request) == milliseconds(times.backend):
            yield Issue(f"{where}.timeouts.backend", f"is all of request, {times.request}: nothing is left for retries.", "Give one try less time.")
