# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The distributions that a verdict over shares needs, without a statistics library. Pure.

The incomplete gamma and beta functions are computed by their series and continued fractions, to about twelve digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache

EPSILON = 1e-15
TINY = 1e-300
ROUNDS = 100_000


def chi_square_above(value: float, freedom: int) -> float:
    """The chance of a chi-square above ``value``."""
    if value <= 0:
        return 1.0
    return _gamma_above(freedom / 2, value / 2)


def _gamma_above(shape: float, value: float) -> float:
    """The regularized upper incomplete gamma function."""
    scale = math.exp(shape * math.log(value) - value - math.lgamma(shape))
    if value < shape + 1:
        term = total = 1 / shape
        for step in range(1, ROUNDS):
            term *= value / (shape + step)
            total += term
            if term < total * EPSILON:
                break
        return max(0.0, 1 - scale * total)
    return scale * _fraction(((0.0, value + 1 - shape),), lambda step: (-step * (step - shape), value + 2 * step + 1 - shape))


def _fraction(start: Sequence[tuple[float, float]], terms: Callable[[int], tuple[float, float]]) -> float:
    """One over a continued fraction b0 + a1/(b1 + a2/(b2 + ...)), by Lentz's method."""
    below = start[0][1] or TINY
    upper = 1 / TINY
    lower = 1 / below
    result = lower
    for step in range(1, ROUNDS):
        above, beside = terms(step)
        lower = 1 / ((above * lower + beside) or TINY)
        upper = (beside + above / upper) or TINY
        result *= upper * lower
        if abs(upper * lower - 1) < EPSILON:
            break
    return result


def chi_square_limit(chance: float, freedom: int) -> float:
    """The value above which a chi-square lies with this chance."""
    return _root(lambda value: chance - chi_square_above(value, freedom), 0.0, _beyond(lambda value: chi_square_above(value, freedom) < chance))


def noncentral_above(value: float, freedom: int, shift: float) -> float:
    """The chance of a noncentral chi-square above ``value``: central ones, mixed by a Poisson distribution."""
    half = shift / 2
    middle = int(half)
    total = 0.0
    for steps in (range(middle, middle + ROUNDS), range(middle - 1, -1, -1)):
        for step in steps:
            weight = math.exp(step * math.log(half) - half - math.lgamma(step + 1)) if half else float(step == 0)
            total += weight * chi_square_above(value, freedom + 2 * step)
            if weight < EPSILON:
                break
    return min(1.0, total)


@cache
def shift_for(chance: float, power: float, freedom: int) -> float:
    """How far a noncentral chi-square has to be shifted to pass the limit of ``chance`` with ``power``."""
    limit = chi_square_limit(chance, freedom)

    def missing(shift: float) -> float:
        return noncentral_above(limit, freedom, shift) - power

    return _root(missing, 0.0, _beyond(lambda shift: missing(shift) > 0))


def _beyond(passed: Callable[[float], bool]) -> float:
    value = 1.0
    while not passed(value) and value < 1e12:
        value *= 2
    return value


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a growing function is zero."""
    for _round in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def beta_below(first: float, second: float, value: float) -> float:
    """The regularized incomplete beta function."""
    if value <= 0 or value >= 1:
        return 0.0 if value <= 0 else 1.0
    if value > (first + 1) / (first + second + 2):
        return 1 - beta_below(second, first, 1 - value)
    logarithm = math.lgamma(first + second) - math.lgamma(first) - math.lgamma(second) + first * math.log(value) + second * math.log1p(-value)

    def terms(step: int) -> tuple[float, float]:
        half, odd = divmod(step, 2)
        if odd:
            return -(first + half) * (first + second + half) * value / ((first + 2 * half) * (first + 2 * half + 1)), 1.0
        return half * (second - half) * value / ((first + 2 * half - 1) * (first + 2 * half)), 1.0

    return math.exp(logarithm) / first * _fraction(((0.0, 1.0),), terms)


def binomial_at_most(count: int, total: int, share: float) -> float:
    """The chance of at most ``count`` of ``total``."""
    return 1.0 if count >= total else 1 - beta_below(count + 1, total - count, share)


def interval(count: int, total: int, confidence: float) -> tuple[float, float]:
    """Clopper and Pearson's exact interval of a share."""
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else _root(lambda share: beta_below(count, total - count + 1, share) - tail, 0.0, 1.0)
    high = 1.0 if count == total else _root(lambda share: beta_below(count + 1, total - count, share) - (1 - tail), 0.0, 1.0)
    return low, high


def outcomes(total: int, kinds: int) -> int:
    """In how many ways so many requests fall on so many kinds."""
    return math.comb(total + kinds - 1, kinds - 1)


def multinomial_exact(counts: Sequence[int], shares: Sequence[float]) -> float:
    """The chance of an outcome that is as unlikely as this one, or less likely, over all outcomes there are. Shares are above 0 and sum to 1."""
    logarithms = [math.log(share) for share in shares]
    total = sum(counts)
    # Outcomes of the same chance differ in the last digits of their logarithms.
    limit = _likelihood(counts, logarithms) + 1e-7
    base = math.lgamma(total + 1)
    chances = (base + part for part in _parts(total, logarithms) if base + part <= limit)
    return min(1.0, math.fsum(math.exp(part) for part in chances))


def _likelihood(counts: Sequence[int], logarithms: Sequence[float]) -> float:
    parts = (count * logarithm - math.lgamma(count + 1) for count, logarithm in zip(counts, logarithms, strict=True))
    return math.lgamma(sum(counts) + 1) + math.fsum(parts)


def _parts(total: int, logarithms: Sequence[float]) -> Iterator[float]:
    """The logarithm of each outcome's chance, less what all have in common."""
    first = logarithms[0]
    if len(logarithms) == 1:
        yield total * first - math.lgamma(total + 1)
        return
    for count in range(total + 1):
        part = count * first - math.lgamma(count + 1)
        for rest in _parts(total - count, logarithms[1:]):
            yield part + rest
