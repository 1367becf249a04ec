# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A case held against what was seen: proved, refuted, or neither. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import access, split
from .answer import KINDS, Answer, Volley, counted
from .budget import limits_of
from .derive import MISS, Case, Gap
from .facts import Facts, of_a_backend
from .redirects import same_place

PROVED, REFUTED, UNPROVED = "proved", "refuted", "unproved"
CLOSED = ("tls", "reset")
"""How a gateway may turn away a server name that no listener has."""
SHOWN = 160
TOO_MANY = 429
LIMIT_MET = "status 429: a declared limit is met already, by others who are counted with these requests or by an earlier run; try again later"


@dataclass(frozen=True)
class Finding:
    """``why`` is empty where a case is proved. ``let_in``: a request that had to be refused was not."""

    verdict: str
    seen: str
    why: str = ""
    split: split.Split | None = None
    let_in: bool = False
    failover: dict[str, Any] | None = None


def row(item: Case | Gap, finding: Finding) -> dict[str, Any]:
    """One line of the report."""
    case = item if isinstance(item, Case) else None
    told = {
        "route": item.place.route,
        "rule": item.place.name,
        "listener": str(case.request.door) if case else "",
        "kind": item.kind,
        "request": case.words if case else "",
        "expected": case.expected.words if case else "",
        "seen": finding.seen,
        "ok": finding.verdict != REFUTED,
        "verdict": finding.verdict,
        "why": finding.why,
    }
    return told | ({"split": finding.split.result()} if finding.split else {}) | ({"failover": finding.failover} if finding.failover else {})


def judge_gap(gap: Gap) -> Finding:
    return Finding(REFUTED if gap.wrong else UNPROVED, "nothing sent", gap.why)


def judge(case: Case, volley: Volley, facts: Facts, backends: Sequence[str], confidence: float = split.CONFIDENCE) -> Finding:
    """``backends`` are all that are declared anywhere."""
    if case.expected.split:
        return _judge_split(case, volley, facts, backends, confidence)
    if not volley.answers:
        return Finding(REFUTED, "nothing", "the request was not sent")
    answer = volley.answers[0]
    seen = seen_words(answer, facts, backends)
    if answer.error:
        closed = case.kind == MISS and not case.expected.by and case.request.door.tls and answer.error in CLOSED
        return Finding(PROVED, seen) if closed else Finding(REFUTED, seen, f"no answer: {answer.detail or KINDS.get(answer.error, answer.error)}")
    if case.kind == access.REFUSAL:
        why = access.wrong(case, answer)
        return Finding(REFUTED if why else PROVED, seen, why, let_in=access.let_in(case, answer))
    if _met(case, answer):
        return Finding(UNPROVED, seen, LIMIT_MET)
    why = access.kept_out(case, answer) or _wrong(case, answer)
    if why:
        return Finding(REFUTED, seen, why)
    if not case.expected.by:
        return Finding(PROVED, seen)
    return _judge_origin(case, answer, facts, backends, seen)


def _met(case: Case, answer: Answer) -> bool:
    """Whether a declared limit is the cause: somebody else is counted too, or an earlier run."""
    return answer.status == TOO_MANY and limits_of(case) is not None and not of_a_backend(answer)


def _wrong(case: Case, answer: Answer) -> str:
    """What status and headers say against it."""
    wanted, headers = case.expected, answer.headers or {}
    if not wanted.by and not wanted.location and of_a_backend(answer):
        return "a backend answered what is not declared"
    if (wanted.statuses and answer.status not in wanted.statuses) or (not wanted.statuses and answer.status >= 500):
        return f"status {answer.status}{_text(answer)}"
    if wanted.by and not of_a_backend(answer):
        return f"the gateway answered {answer.status} by itself: it sent the request to no backend"
    if wanted.location and not same_place(headers.get("location", ""), wanted.location):
        return f"location is {headers.get('location', 'missing')}"
    for name, value in wanted.headers:
        if headers.get(name.lower()) != value:
            return f"header {name} is {headers.get(name.lower(), 'missing')}, not {value}"
    return ""


def _text(answer: Answer) -> str:
    text = " ".join(answer.text.split())
    return f": {text[:SHOWN]}" if text else ""


def _judge_origin(case: Case, answer: Answer, facts: Facts, backends: Sequence[str], seen: str) -> Finding:
    own = facts.backends_of(answer, backends)
    if own is None:
        if len(backends) == 1:
            return Finding(PROVED, seen)
        return Finding(UNPROVED, seen, "a backend answered, but not which: the answer names no known pod, and models tell none apart")
    if set(own) & set(case.expected.by):
        return Finding(PROVED, seen)
    return Finding(REFUTED, seen, f"{' and '.join(own)} answered" if own else f"{answer.who or answer.model} answered, which no declared backend has")


def seen_words(answer: Answer, facts: Facts, backends: Sequence[str]) -> str:
    if answer.error:
        return answer.error
    own = facts.backends_of(answer, backends)
    who = " and ".join(own) if own else ("" if of_a_backend(answer) else "the gateway")
    pod = f" ({answer.who})" if answer.who else ""
    return f"{answer.status}{f' by {who}' if who else ''}{pod}"


def _judge_split(case: Case, volley: Volley, facts: Facts, backends: Sequence[str], confidence: float) -> Finding:
    weights = case.expected.split
    wanted = case.expected.statuses
    bad = [answer for answer in volley.answers if answer.error or (answer.status not in wanted if wanted else answer.status >= 500)]
    if bad or not volley.answers:
        if bad and all(_met(case, answer) for answer in bad):
            return Finding(UNPROVED, f"{len(bad)} x status {TOO_MANY}", LIMIT_MET)
        ends = ", ".join(f"{count} x {end}" for end, count in counted(answer.error or f"status {answer.status}" for answer in bad).items())
        return Finding(REFUTED, ends or "nothing", f"{len(bad)} of {len(volley.answers)} requests failed{_text(bad[0]) if bad else ''}")
    names: Counter[str] = Counter()
    for answer, count in Counter(_origin(answer) for answer in volley.answers).items():
        own = facts.backends_of(answer, weights)
        if own is None or len(own) > 1:
            why = f"{' and '.join(own)} share pods or models" if own else "answers do not tell which backend they come from"
            return Finding(UNPROVED, f"{len(volley.answers)} answers", why)
        names[own[0] if own else _stranger(answer, facts, backends)] += count
    verdict = split.judge(names, weights, confidence)
    seen = ", ".join(f"{share.name} {share.observed:.1%}" for share in verdict.shares) + f" of {verdict.total} (p = {verdict.p_value:.2g})"
    return Finding(PROVED if verdict.ok else REFUTED, seen, "" if verdict.ok else verdict.words(), verdict)


def _origin(answer: Answer) -> Answer:
    """What tells where an answer comes from, and nothing else."""
    return Answer(seconds=0, status=0, who=answer.who, model="" if answer.who else answer.model)


def _stranger(answer: Answer, facts: Facts, backends: Sequence[str]) -> str:
    own = facts.backends_of(answer, backends)
    return own[0] if own else answer.who or answer.model
