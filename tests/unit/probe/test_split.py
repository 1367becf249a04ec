# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statistics against published values, against brute force in exact fractions, and against what a test promises."""

from __future__ import annotations

import itertools
import math
import re
from fractions import Fraction
from pathlib import Path

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe import chances, split
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("value", "freedom", "chance"),
    [
        # Tables of the upper quantiles of chi-square.
        (3.841458820694124, 1, 0.05),
        (6.6348966010212145, 1, 0.01),
        (5.991464547107979, 2, 0.05),
        (9.21034037197618, 2, 0.01),
        (11.344866730144373, 3, 0.01),
        (18.307038053275146, 10, 0.05),
        (124.34211340400407, 100, 0.05),
        (0.00015708785790970184, 1, 0.99),
        (0.5543, 5, 0.99),
        # Chance of a normal variable beyond five standard deviations, twice; for two degrees of freedom it is exp(-x/2).
        (25.0, 1, 5.733031437583892e-07),
        (200.0, 2, math.exp(-100)),
        (0.0, 3, 1.0),
    ],
)
def test_chi_square_table(value: float, freedom: int, chance: float) -> None:
    assert chances.chi_square_above(value, freedom) == pytest.approx(chance, rel=2e-5 if value == 0.5543 else 1e-9)
    if value > 0:
        assert chances.chi_square_limit(chance, freedom) == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize(
    ("chance", "power", "freedom", "shift"),
    # Cohen's tables of noncentrality: what alpha and power ask for.
    [(0.05, 0.8, 1, 7.849), (0.05, 0.8, 2, 9.635), (0.05, 0.8, 3, 10.903), (0.01, 0.9, 1, 14.879), (0.05, 0.9, 1, 10.507), (0.01, 0.8, 1, 11.679)],
)
def test_noncentrality_table(chance: float, power: float, freedom: int, shift: float) -> None:
    assert chances.shift_for(chance, power, freedom) == pytest.approx(shift, abs=0.001)


def test_interval_of_a_published_example() -> None:
    """682 of 925, the example of R's binom.test."""
    assert chances.interval(682, 925, 0.95) == pytest.approx((0.7076683, 0.7654066), abs=1e-7)


@pytest.mark.parametrize(("count", "total", "low", "high"), [(0, 10, 0.0, 0.3084971), (10, 10, 0.6915029, 1.0), (5, 10, 0.1870860, 0.8129140)])
def test_interval_table(count: int, total: int, low: float, high: float) -> None:
    assert chances.interval(count, total, 0.95) == pytest.approx((low, high), abs=1e-6)


def test_binomial_of_published_examples() -> None:
    assert chances.multinomial_exact([682, 243], [0.75, 0.25]) == pytest.approx(0.3825, abs=5e-5)
    assert 1 - chances.binomial_at_most(2, 15, 0.1) == pytest.approx(0.18406106910639114, rel=1e-9)


def test_multinomial_of_a_published_example() -> None:
    """5, 2, 1 against 1/4, 1/2, 1/4, the example of R's package EMT."""
    assert chances.multinomial_exact([5, 2, 1], [0.25, 0.5, 0.25]) == pytest.approx(0.0767, abs=5e-5)


def by_fractions(counts: list[int], weights: list[int]) -> Fraction:
    """The definition, in exact numbers."""
    total, whole = sum(counts), sum(weights)

    def chance(outcome: tuple[int, ...]) -> Fraction:
        ways = math.factorial(total)
        result = Fraction(1)
        for count, weight in zip(outcome, weights, strict=True):
            ways //= math.factorial(count)
            result *= Fraction(weight, whole) ** count
        return ways * result

    everything = [outcome for outcome in itertools.product(range(total + 1), repeat=len(counts)) if sum(outcome) == total]
    own = chance(tuple(counts))
    return sum((value for value in map(chance, everything) if value <= own), Fraction(0))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9)), min_size=2, max_size=4))
def test_exact_test_is_the_definition(rows: list[tuple[int, int]]) -> None:
    counts, weights = [count for count, _weight in rows], [weight for _count, weight in rows]
    if sum(counts) > 12:
        counts = [min(count, 3) for count in counts]
    shares = [weight / sum(weights) for weight in weights]
    assert chances.multinomial_exact(counts, shares) == pytest.approx(float(by_fractions(counts, weights)), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("weights", [{"a": 80, "b": 20}, {"a": 1, "b": 1}, {"a": 99, "b": 1}])
def test_a_true_split_is_refused_no_more_often_than_said(weights: dict[str, int], level: float) -> None:
    total, share = 60, split.declared(weights)["a"]
    refused = 0.0
    for count in range(total + 1):
        if not split.judge({"a": count, "b": total - count}, weights, 1 - level).ok:
            refused += math.comb(total, count) * share**count * (1 - share) ** (total - count)
    assert refused <= level + 1e-9


@pytest.mark.parametrize("weights", [{"a": 80, "b": 20}, {"a": 50, "b": 50}, {"a": 95, "b": 5}])
def test_the_power_that_was_asked_for(weights: dict[str, int]) -> None:
    """A first share that is off by the difference is refused about as often as said; with small shares the formula is a little off."""
    difference = split.usual_difference(weights)
    total = split.requests_for(weights)
    limits = {count for count in range(total + 1) if not split.judge({"a": count, "b": total - count}, weights).ok}
    share = split.declared(weights)["a"] - difference
    logarithms = (math.log(math.comb(total, count)) + count * math.log(share) + (total - count) * math.log1p(-share) for count in limits)
    assert 0.86 < sum(map(math.exp, logarithms)) < 0.93


def test_number_of_requests_is_published_arithmetic() -> None:
    """((2.5758 * 0.5 + 1.2816 * sqrt(0.45 * 0.55)) / 0.05) ** 2, and the same for 0.8 against 0.7."""
    assert split.requests_for({"a": 1, "b": 1}, 0.99, 0.9, 0.05) == 1483
    assert split.requests_for({"a": 80, "b": 20}, 0.99, 0.9, 0.1) == 262
    assert split.requests_for({"a": 100, "b": 0}) == 22


def test_the_table_of_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "verify.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+), (\d+) \| ([0-9.]+) \| (\d+) \|$", text, re.MULTILINE)
    assert len(rows) == 5
    for first, second, difference, count in rows:
        assert split.requests_for({"a": int(first), "b": int(second)}, difference=float(difference)) == int(count)


@pytest.mark.parametrize(
    ("observed", "weights", "ok", "test"),
    [
        ({"a": 1600, "b": 400}, {"a": 80, "b": 20}, True, "exact multinomial"),
        ({"a": 1000, "b": 1000}, {"a": 80, "b": 20}, False, "exact multinomial"),
        ({"a": 1540, "b": 460}, {"a": 80, "b": 20}, False, "exact multinomial"),
        ({"a": 800, "b": 600, "c": 600}, {"a": 4, "b": 3, "c": 3}, True, "chi-square"),
        ({"a": 700, "b": 700, "c": 600}, {"a": 4, "b": 3, "c": 3}, False, "chi-square"),
        ({"a": 1998, "b": 1, "c": 1}, {"a": 9980, "b": 10, "c": 10}, True, "exact binomial"),
        ({"a": 1900, "b": 50, "c": 50}, {"a": 9980, "b": 10, "c": 10}, False, "exact binomial"),
        ({"a": 100}, {"a": 1}, True, "exact multinomial"),
        ({"a": 100}, {"a": 1, "b": 0}, True, "exact multinomial"),
        ({"a": 99, "b": 1}, {"a": 1, "b": 0}, False, "exact multinomial"),
        ({"a": 50, "b": 50, "c": 1}, {"a": 1, "b": 1}, False, "exact multinomial"),
        ({}, {"a": 1, "b": 1}, False, "exact multinomial"),
    ],
)
def test_verdicts(observed: dict[str, int], weights: dict[str, int], ok: bool, test: str) -> None:
    verdict = split.judge(observed, weights)
    assert (verdict.ok, verdict.test) == (ok, test)


def test_tests_agree_where_both_can_be_made() -> None:
    shares = [0.5, 0.3, 0.2]
    for counts in ([100, 60, 40], [110, 55, 35], [85, 75, 40]):
        value = sum((count - 200 * share) ** 2 / (200 * share) for count, share in zip(counts, shares, strict=True))
        assert chances.chi_square_above(value, 2) == pytest.approx(chances.multinomial_exact(counts, shares), abs=0.05)


def test_a_refusal_says_observed_against_declared() -> None:
    words = split.judge({"vllm-a": 120, "vllm-b": 120}, {"vllm-a": 80, "vllm-b": 20}).words()
    assert "vllm-a 50.0% (120 answers, interval 41.5% to 58.5%) where 80.0% is declared" in words
    assert "below 0.01" in words
    assert "c answered 2 times and is not declared" in split.judge({"a": 5, "c": 2}, {"a": 1}).words()


def test_large_numbers() -> None:
    verdict = split.judge({"a": 800_100, "b": 199_900}, {"a": 80, "b": 20})
    assert verdict.ok
    assert verdict.p_value == pytest.approx(0.8026, abs=5e-4)
    assert verdict.difference < 0.002
