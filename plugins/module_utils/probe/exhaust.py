# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof of a limit: one consumer's requests until the gateway has had enough. It uses the limit up, so it is done only for whom the user names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..engine.errors import InputError, Issue
from .access import KEY
from .answer import Volley, counted
from .budget import Counter, limits_of
from .derive import HIT, Case, Expected, Gap
from .judge import PROVED, REFUTED, TOO_MANY, UNPROVED, Finding

LIMIT = "limit"
MORE = 5
"""Requests beyond twice the limit: its window may begin anew meanwhile."""
MOST = 500


def exhausted(items: Iterable[Case | Gap], names: Sequence[str]) -> list[Case]:
    """A case for each of these consumers, made of the first request that their limits count."""
    limited = [item for item in items if isinstance(item, Case) and item.kind in (HIT, KEY) and item.bearer and limits_of(item)]
    found, issues = [], []
    for index, name in enumerate(names):
        case = next((item for item in limited if item.bearer and item.bearer.consumer == name), None)
        if case is None:
            known = ", ".join(sorted({item.bearer.consumer for item in limited if item.bearer})) or "none"
            issues.append(Issue(f"exhaust[{index}]", f"no request of {name} is tried whose number is limited.", f"Such consumers are: {known}."))
            continue
        allowed = least(case)
        if 2 * allowed + MORE > MOST:
            problem = f"{name} may send {allowed} requests, and using them up would take {2 * allowed + MORE}."
            issues.append(Issue(f"exhaust[{index}]", problem, f"Name one with a limit of {(MOST - MORE) // 2} at most, made for this."))
            continue
        words = f"{TOO_MANY} after {_allowed(case)}"
        found.append(replace(case, kind=LIMIT, count=2 * allowed + MORE, pace=0.0, start=0.0, expected=Expected(statuses=(TOO_MANY,), words=words)))
    if issues:
        raise InputError(issues)
    return found


def least(case: Case) -> int:
    limits = limits_of(case)
    return min(limits.requests.windows.values()) if limits and limits.requests else 0


def _allowed(case: Case) -> str:
    limits = limits_of(case)
    return Counter.of(limits).words if limits else ""


def judge_limit(case: Case, volley: Volley) -> Finding:
    """Enough is enough: some are turned away for their number alone, and not many more pass than may."""
    ends = counted(answer.error or f"status {answer.status}" for answer in volley.answers)
    seen = ", ".join(f"{count} x {end}" for end, count in ends.items()) or "nothing"
    passed = sum(1 for answer in volley.answers if not answer.error and answer.status < 300)
    turned = sum(1 for answer in volley.answers if answer.status == TOO_MANY)
    if passed + turned < len(volley.answers):
        return Finding(REFUTED, seen, f"something else than {TOO_MANY} came as well")
    if not turned:
        return Finding(REFUTED, seen, f"limits allow {_allowed(case)}, and nobody counts: all {len(volley.answers)} requests passed")
    if passed > least(case):
        why = f"limits allow {_allowed(case)}, and {passed} passed: a window ended meanwhile, or several nodes count for themselves; try again"
        return Finding(UNPROVED, seen, why)
    return Finding(PROVED, seen)
