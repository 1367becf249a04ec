# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the traffic fall as the weights say? Pure.

The test is exact where all outcomes can be looked at, chi-square where the expected numbers are large enough for it, and else exact for each share by
itself with the level divided among them, which is careful but never wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from . import chances

MOST_OUTCOMES = 200_000
LEAST_EXPECTED = 5
CONFIDENCE = 0.99
POWER = 0.9
MIN_DIFFERENCE = 0.1


@dataclass(frozen=True)
class Share:
    """One of those who should answer, or who did: shares of all answers, and the interval in which the true share lies."""

    name: str
    count: int
    declared: float
    observed: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.name} {self.observed:.1%} ({self.count} answers, interval {self.low:.1%} to {self.high:.1%}) where {self.declared:.1%} is declared"


@dataclass(frozen=True)
class Split:
    """``difference`` is what a deviation of one share has to be, to be noticed by this many requests with the usual power."""

    test: str
    p_value: float
    confidence: float
    total: int
    difference: float
    shares: tuple[Share, ...]

    @property
    def ok(self) -> bool:
        return self.p_value >= 1 - self.confidence

    def words(self) -> str:
        """Why it is refused."""
        strangers = [f"{share.name} answered {share.count} times and is not declared" for share in self.shares if not share.declared and share.count]
        shares = "; ".join(str(share) for share in self.shares if share.declared)
        why = f"p = {self.p_value:.2g} by the {self.test} test, below {1 - self.confidence:.2g}" if not strangers else ", ".join(strangers)
        return f"the split over {self.total} answers is not the declared one ({why}): {shares}"

    def result(self) -> dict[str, Any]:
        shares = [
            {"name": each.name, "count": each.count, "declared": each.declared, "observed": each.observed, "low": each.low, "high": each.high}
            for each in self.shares
        ]
        rounded = [{name: round(value, 6) if isinstance(value, float) else value for name, value in share.items()} for share in shares]
        figures = {"p_value": self.p_value, "test": self.test, "confidence": self.confidence, "answers": self.total}
        return {"ok": self.ok, **figures, "min_difference": round(self.difference, 6), "shares": rounded}


def judge(observed: Mapping[str, int], weights: Mapping[str, int], confidence: float = CONFIDENCE) -> Split:
    """``observed`` counts good answers by name. Names that are not declared, or with a weight of 0, must not answer at all."""
    total = sum(observed.values())
    shares = declared(weights)
    names = [*weights, *(name for name in observed if name not in weights)]
    rows = tuple(_share(name, observed.get(name, 0), total, shares.get(name, 0.0), confidence) for name in names)
    if total == 0:
        return Split("exact multinomial", 0.0, confidence, 0, 1.0, rows)
    difference = detectable(weights, total, confidence)
    if any(row.count and not row.declared for row in rows):
        return Split("exact multinomial", 0.0, confidence, total, difference, rows)
    test, value = p_value([row.count for row in rows if row.declared], [row.declared for row in rows if row.declared])
    return Split(test, value, confidence, total, difference, rows)


def _share(name: str, count: int, total: int, share: float, confidence: float) -> Share:
    low, high = chances.interval(count, total, confidence) if total else (0.0, 1.0)
    return Share(name, count, share, count / total if total else 0.0, low, high)


def declared(weights: Mapping[str, int]) -> dict[str, float]:
    """Each one's share of all requests."""
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def p_value(counts: list[int], shares: list[float]) -> tuple[str, float]:
    """Which test, and the chance of counts as unlikely as these when the shares are true."""
    total = sum(counts)
    if chances.outcomes(total, len(counts)) <= MOST_OUTCOMES:
        return "exact multinomial", chances.multinomial_exact(counts, shares)
    if total * min(shares) >= LEAST_EXPECTED:
        value = math.fsum((count - total * share) ** 2 / (total * share) for count, share in zip(counts, shares, strict=True))
        return "chi-square", chances.chi_square_above(value, len(counts) - 1)
    return "exact binomial", min(1.0, len(counts) * min(_two_sided(count, total, share) for count, share in zip(counts, shares, strict=True)))


def _two_sided(count: int, total: int, share: float) -> float:
    below = chances.binomial_at_most(count, total, share)
    above = 1.0 if count == 0 else 1 - chances.binomial_at_most(count - 1, total, share)
    return min(1.0, 2 * min(below, above))


def usual_difference(weights: Mapping[str, int]) -> float:
    """Small enough that a backend which gets nothing at all is noticed."""
    return min([MIN_DIFFERENCE, *(share for share in declared(weights).values() if share > 0)])


def requests_for(weights: Mapping[str, int], confidence: float = CONFIDENCE, power: float = POWER, difference: float | None = None) -> int:
    """How many requests notice a share that is off by ``difference`` with this power, whichever share it is."""
    shares = [share for share in declared(weights).values() if share > 0]
    if len(shares) == 1:
        # Somebody else who gets this share of the traffic is seen at least once.
        return math.ceil(math.log(1 - power) / math.log(1 - min(difference or MIN_DIFFERENCE, 0.5)))
    off = difference or usual_difference(weights)
    reach = math.sqrt(chances.shift_for(1 - confidence, power, len(shares) - 1))
    safety = NormalDist().inv_cdf(power)
    changes = [(share, other) for share in shares for other in (share - off, share + off) if 0 <= other <= 1]
    # The deviation that shows least: one share is off and the others make up for it in proportion. Answers then vary as the other share lets them.
    spreads = ((reach - safety) * _spread(share) + safety * _spread(other) for share, other in changes or [(share, share) for share in shares])
    return max(math.ceil((max(spreads) / off) ** 2), math.ceil(LEAST_EXPECTED / min(shares)))


def _spread(share: float) -> float:
    return math.sqrt(share * (1 - share))


def detectable(weights: Mapping[str, int], total: int, confidence: float) -> float:
    """The other way round: the deviation of one share that so many requests notice."""
    shares = [share for share in declared(weights).values() if share > 0]
    if len(shares) == 1:
        return 1 - math.pow(1 - POWER, 1 / total)
    shift = chances.shift_for(1 - confidence, POWER, len(shares) - 1)
    return min(1.0, max(map(_spread, shares)) * math.sqrt(shift / total))
