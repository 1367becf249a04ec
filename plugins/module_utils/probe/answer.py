# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of one request, and of many together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
KINDS = {
    "connect_refused": "nothing listens there",
    "connect_timeout": "no connection in time",
    "unreachable": "there is no way to the address",
    "dns": "the name does not resolve",
    "proxy": "the proxy did not connect",
    "tls": "TLS failed",
    "reset": "the connection was closed before the answer",
    "timeout": "no whole answer in time",
    "incomplete": "the answer ended early",
    "incomplete_stream": "the stream ended without [DONE]",
    "stream_error": "the stream carried an error",
    "protocol": "the answer was no HTTP",
    "deadline": "not finished at the deadline",
}
"""Why a request has no good answer; the words are for people."""


@dataclass(frozen=True)
class Answer:
    """One request's end. Times are in seconds since it began; ``status`` is 0 where none came. ``detail`` tells more about ``error``.

    ``first`` is the time to the first token of a stream. ``headers`` and ``text`` (the beginning of the body) are kept for a few answers only.
    """

    seconds: float
    status: int = 0
    error: str = ""
    detail: str = ""
    who: str = ""
    model: str = ""
    first: float | None = None
    tokens: int = 0
    headers: dict[str, str] | None = None
    text: str = ""


@dataclass
class Volley:
    """All answers of one order, and how long they took together. ``wanted`` is how many should have been sent."""

    wanted: int
    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    def good(self, statuses: Sequence[int]) -> list[Answer]:
        """The answers that came whole and with one of these statuses."""
        return [answer for answer in self.answers if not answer.error and answer.status in statuses]


def quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest ranks, as most tools do it. The list is sorted and not empty."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def milliseconds(times: Iterable[float]) -> dict[str, float]:
    """The quantiles of times in seconds; empty where there are none."""
    ordered = sorted(times)
    return {name: round(quantile(ordered, share) * 1000, 3) for name, share in QUANTILES} if ordered else {}


def summary(volley: Volley) -> dict[str, Any]:
    """The figures of a result. Latencies are those of whole answers: a request that timed out has none."""
    whole = [answer for answer in volley.answers if not answer.error]
    tokens = sum(answer.tokens for answer in volley.answers)
    return {
        "sent": len(volley.answers),
        "not_sent": max(volley.wanted - len(volley.answers), 0),
        "statuses": counted(str(answer.status) for answer in volley.answers if answer.status),
        "answered_by": counted(answer.who for answer in whole if answer.who),
        "models": counted(answer.model for answer in whole if answer.model),
        "errors": counted(answer.error for answer in volley.answers if answer.error),
        "error_details": _details(volley.answers),
        "latency_ms": milliseconds(answer.seconds for answer in whole),
        "time_to_first_token_ms": milliseconds(answer.first for answer in whole if answer.first is not None),
        "tokens": tokens,
        "tokens_per_second": _rate(tokens, volley.seconds),
        "requests_per_second": _rate(len(volley.answers), volley.seconds),
        "seconds": round(volley.seconds, 3),
    }


def counted(names: Iterable[str]) -> dict[str, int]:
    """How often each stands there, the most frequent first."""
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def _details(answers: Iterable[Answer]) -> dict[str, str]:
    """One example of each kind of error."""
    found: dict[str, str] = {}
    for answer in answers:
        if answer.error:
            found.setdefault(answer.error, answer.detail)
    return found


def _rate(count: float, seconds: float) -> float:
    return round(count / seconds, 2) if seconds > 0 else 0.0
