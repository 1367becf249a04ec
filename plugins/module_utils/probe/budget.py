# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes stay within the limits that are declared: what does not fit is not sent, and says so. Pure.

Limits by the second are kept by sending slowly. Of those by longer windows a run uses one window's worth. What is refused for its key is not counted,
as gateways ask for keys first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..models.limits import Limits
from .access import KEY, REFUSAL
from .derive import HIT, MISS, REDIRECT, SPLIT, Case, Gap

PRIORITY = (HIT, REDIRECT, KEY, MISS, SPLIT)
"""Who gets requests first."""
SHARE = 0.8
"""Of what a second allows, as clocks differ."""
PATIENCE = 60
"""Seconds that slow sending may take for one counter."""


@dataclass
class Counter:
    """What a gateway counts together. ``left`` of a window's requests, ``pace`` a second, ``clock`` when the next may be sent."""

    words: str
    left: float
    pace: float
    clock: float = 0.0

    @classmethod
    def of(cls, limits: Limits) -> Counter:
        windows = limits.requests.windows if limits.requests else {}
        words = ", ".join(f"{amount} per {window}" for window, amount in windows.items())
        pace = windows.get("second", 0) * SHARE
        longer = [amount for window, amount in windows.items() if window != "second"]
        return cls(words, min([*longer, *([pace * PATIENCE] if pace else [])]), pace)


def within(items: Iterable[Case | Gap], requests: Callable[[Case], int]) -> list[Case | Gap]:
    """``requests`` tells how many a case needs."""
    found = list(items)
    counters: dict[tuple[str, str], Counter] = {}
    places = [index for index, item in enumerate(found) if isinstance(item, Case)]
    for index in sorted(places, key=lambda each: PRIORITY.index(found[each].kind) if found[each].kind in PRIORITY else 0):
        case = found[index]
        counter = _counter(case, counters) if isinstance(case, Case) else None
        if isinstance(case, Case) and counter is not None:
            found[index] = _taken(case, counter, requests(case))
    return found


def _taken(case: Case, counter: Counter, needed: int) -> Case | Gap:
    count = min(needed, int(counter.left))
    if count < needed and (case.kind != SPLIT or count < 2 * len(case.expected.split)):
        return Gap(case.place, case.kind, f"limits allow {counter.words}, and the checks before it need that: {REMEDY}")
    start = counter.clock
    counter.left -= count
    counter.clock += count / counter.pace if counter.pace else 0.0
    return replace(case, count=count if count < needed else 0, pace=counter.pace, start=start)


REMEDY = "for verification declare a consumer with a group of the route and higher limits"


def short(case: Case, needed: int) -> str:
    """Why fewer requests were sent than a test needs; empty where they were not."""
    if not case.count:
        return ""
    limits = limits_of(case)
    words = Counter.of(limits).words if limits else ""
    return f"limits allow {words}: {case.count} of the {needed} requests that tell were sent; {REMEDY}"


def limits_of(case: Case) -> Limits | None:
    """The consumer's own limits count in place of the route's."""
    own = case.bearer.limits if case.bearer else None
    if own is not None and own.requests is not None:
        return own
    limits = case.taker.limits if case.taker else None
    return limits if limits is not None and limits.requests is not None else None


def _counter(case: Case, counters: dict[tuple[str, str], Counter]) -> Counter | None:
    limits = limits_of(case)
    if limits is None or case.kind == REFUSAL or case.taker is None:
        return None
    consumer = case.bearer.consumer if case.bearer else ""
    if case.bearer and limits is case.bearer.limits:
        name = ("", case.bearer.counter or consumer)
    else:
        name = (case.taker.route, consumer if limits.by in (None, "consumer", "credential") else "")
    return counters.setdefault(name, Counter.of(limits))
