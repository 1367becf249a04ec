# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What requests show while the first backends of a rule are gone: all are answered, in time, by the next one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..gateways.istio_failover import USUAL_RETRIES
from ..models.route import milliseconds
from .answer import Answer, counted
from .derive import FAILOVER, Case, Gap
from .facts import Facts
from .judge import PROVED, REFUTED, UNPROVED, Finding

SAFE = "write failovers: true; in an inventory that is inference_gateway_verify_failovers"
UNTOLD = "answers do not tell which backend they come from"


@dataclass
class Watch:
    """Answers before the fault, from the fault on, and from the moment on when it was taken back. Times are in seconds since then.

    ``moved``: when the fallback alone answered; ``back``: when the first backend alone answered again. None: not within the time given, ``patience``.
    ``stopped`` are the workloads as people call them. ``problem``: why there was no fault.
    """

    patience: float
    before: list[Answer] = field(default_factory=list)
    during: list[Answer] = field(default_factory=list)
    after: list[Answer] = field(default_factory=list)
    moved: float | None = None
    back: float | None = None
    stopped: tuple[str, ...] = ()
    problem: str = ""

    def result(self) -> dict[str, Any]:
        """For programs."""
        return {
            "stopped": list(self.stopped),
            "sent": len(self.during) + len(self.after),
            "longest_ms": round(max((answer.seconds for answer in (*self.during, *self.after)), default=0.0) * 1000, 3),
            "moved_after_s": None if self.moved is None else round(self.moved, 3),
            "back_after_s": None if self.back is None else round(self.back, 3),
        }


def harmless(item: Case | Gap, params: Mapping[str, Any]) -> Case | Gap:
    """Nothing is stopped unless the user has said so."""
    if isinstance(item, Gap) or item.kind != FAILOVER:
        return item
    if not params["failovers"]:
        return Gap(item.place, FAILOVER, f"{' and '.join(item.lost)} would have to be stopped: where that does no harm, {SAFE}", case=item)
    if params["check_mode"] or not params["read_cluster"]:
        return Gap(item.place, FAILOVER, "nothing is stopped in check mode, or where read_cluster is false", case=item)
    return item


def budget_of(case: Case) -> float:
    """How many seconds a request may take by what its rule says of timeouts and retries; 0 where it says nothing of time."""
    rule = case.place.rule
    if rule.timeouts is None:
        return 0.0
    if rule.timeouts.request is not None:
        return milliseconds(rule.timeouts.request) / 1000
    if not (each := milliseconds(rule.timeouts.backend or "0s")):
        return 0.0
    tries: int = rule.retries.attempts if rule.retries else max(USUAL_RETRIES, len(case.place.levels) - 1)
    pause = milliseconds(rule.retries.backoff) if rule.retries and rule.retries.backoff else 0
    # Envoy doubles the pause with each try, up to ten times the first.
    pauses = sum(min(pause << number, pause * 10) for number in range(tries))
    return (each * (tries + 1) + pauses) / 1000


def judge_failover(case: Case, watch: Watch, facts: Facts) -> Finding:
    finding = _judged(case, watch, facts)
    return Finding(finding.verdict, finding.seen, finding.why, failover=watch.result() if watch.stopped else None)


def _judged(case: Case, watch: Watch, facts: Facts) -> Finding:
    lost, taker = " and ".join(case.lost), " and ".join(case.expected.by)
    if why := failed(case, watch.before):
        return Finding(REFUTED, "no fault", f"before anything was stopped {why}")
    if watch.problem:
        return Finding(UNPROVED, "no fault", watch.problem)
    seen = f"{len(watch.during) + len(watch.after)} requests"
    for part, answers in ((f"while {lost} was gone", watch.during), (f"while {lost} came back", watch.after)):
        if why := spoilt(case, answers, facts):
            return Finding(REFUTED, seen, f"{part} {why}")
    longest, budget = max(answer.seconds for answer in (*watch.during, *watch.after)), budget_of(case)
    if budget and longest > budget:
        return Finding(REFUTED, seen, f"an answer took {longest:.3g} s, and timeouts and retries of the rule allow {budget:g} s")
    if watch.moved is None:
        return _unmoved(case, watch, facts, seen)
    if watch.back is None:
        return Finding(REFUTED, seen, f"{lost} was started again and does not answer alone after {watch.patience:g} s")
    return Finding(PROVED, f"{seen}, none failed: by {taker} after {watch.moved:.1f} s, by {case.place.levels[0][0]} again after {watch.back:.1f} s")


def _unmoved(case: Case, watch: Watch, facts: Facts, seen: str) -> Finding:
    """What still answers tells whether the fault or the failover is at fault."""
    last = {name for answer in watch.during[-10:] for name in facts.backends_of(answer, case.place.weights) or ()}
    if last & set(case.lost):
        still = " and ".join(sorted(last & set(case.lost)))
        return Finding(UNPROVED, seen, f"{still} still answers after {watch.patience:g} s: it did not stop, or something starts its pods again")
    return Finding(REFUTED, seen, f"not {' and '.join(case.expected.by)} alone answers after {watch.patience:g} s")


def failed(case: Case, answers: Sequence[Answer]) -> str:
    """How many of them are no good answer, and what they are; empty where all are good."""
    wanted = case.expected.statuses
    bad = [answer for answer in answers if answer.error or (answer.status not in wanted if wanted else answer.status >= 500)]
    if not bad:
        return "" if answers else "no request was sent"
    ends = ", ".join(f"{count} x {end}" for end, count in counted(answer.error or f"status {answer.status}" for answer in bad).items())
    return f"{len(bad)} of {len(answers)} requests failed: {ends}"


def spoilt(case: Case, answers: Sequence[Answer], facts: Facts) -> str:
    """Why these answers alone refute a failover."""
    return failed(case, answers) or _strange(case, answers, facts)


def _strange(case: Case, answers: Sequence[Answer], facts: Facts) -> str:
    """Who answered and has no business here."""
    known = {*case.lost, *case.expected.by}
    for answer in answers:
        own = facts.backends_of(answer, case.place.weights)
        if own is not None and not known & set(own):
            return f"{' and '.join(own) or answer.who or answer.model} answered"
    return ""


def all_by(names: Sequence[str], case: Case, answers: Sequence[Answer], facts: Facts) -> bool:
    """Whether every answer is good and comes from one of these."""
    origins = [facts.backends_of(answer, case.place.weights) for answer in answers]
    return bool(answers) and not failed(case, answers) and all(own is not None and set(own) <= set(names) and own for own in origins)


def told(case: Case, answers: Sequence[Answer], facts: Facts) -> bool:
    """Whether answers tell which one backend of the rule they come from."""
    return all(len(facts.backends_of(answer, case.place.weights) or ()) == 1 for answer in answers)
