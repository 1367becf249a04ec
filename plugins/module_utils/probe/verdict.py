# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is expected held against what was seen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..models.match import HeaderMatch
from .answer import KINDS, Answer, Volley, counted
from .declared import Expect
from .groups import fits

LIMITS = {
    "max_p50_ms": ("latency_ms", "p50"),
    "max_p90_ms": ("latency_ms", "p90"),
    "max_p95_ms": ("latency_ms", "p95"),
    "max_p99_ms": ("latency_ms", "p99"),
    "max_ms": ("latency_ms", "max"),
    "max_ttft_p50_ms": ("time_to_first_token_ms", "p50"),
    "max_ttft_p95_ms": ("time_to_first_token_ms", "p95"),
    "max_ttft_ms": ("time_to_first_token_ms", "max"),
}
FIGURES = {"latency_ms": "latency", "time_to_first_token_ms": "time to the first token"}
DEFAULT_STATUS = (200,)


def statuses(expect: Expect) -> tuple[int, ...]:
    return expect.status or DEFAULT_STATUS


def verdict(expect: Expect, volley: Volley, figures: Mapping[str, Any]) -> list[str]:
    """Everything that is not as expected, in words. The split is judged by :mod:`split`."""
    if not volley.answers:
        return ["nothing was sent"]
    if expect.error:
        return list(_errors(expect, volley))
    return [*_statuses(expect, volley, figures), *_names(expect, volley), *_headers(expect, volley), *_limits(expect, figures)]


def _errors(expect: Expect, volley: Volley) -> Iterator[str]:
    others = [answer for answer in volley.answers if answer.error not in expect.error]
    if len(others) > (expect.failures or 0):
        yield f"expected {' or '.join(expect.error)}, got {_ends(others)}"


def _statuses(expect: Expect, volley: Volley, figures: Mapping[str, Any]) -> Iterator[str]:
    wanted = statuses(expect)
    bad = [answer for answer in volley.answers if answer.error or answer.status not in wanted]
    allowed = expect.failures or 0
    if len(bad) > allowed:
        words = " or ".join(map(str, wanted))
        most = f", at most {allowed} allowed" if allowed else ""
        yield f"expected status {words}: {len(bad)} of {len(volley.answers)} did not give it{most} ({_ends(bad)})"
    if figures["not_sent"]:
        yield f"{figures['not_sent']} of {volley.wanted} requests were not sent before the deadline"


def _ends(answers: list[Answer]) -> str:
    """How requests ended, with one detail of each kind: ``3 x 503, 1 x reset: the connection was closed``."""
    details = {answer.error: answer.detail for answer in reversed(answers) if answer.error}
    ends = counted(answer.error or f"status {answer.status}" for answer in answers)
    return ", ".join(f"{count} x {end}" + (f": {details[end] or KINDS.get(end, '')}" if end in details else "") for end, count in ends.items())


def _names(expect: Expect, volley: Volley) -> Iterator[str]:
    good = volley.good(statuses(expect))
    for wanted, field, words in ((expect.model, "model", "model"), (expect.answered_by, "who", "an answer by")):
        if wanted:
            others = [getattr(answer, field) or "nobody who says so" for answer in good if not fits(getattr(answer, field), wanted)]
            if others:
                seen = ", ".join(f"{count} x {name}" for name, count in list(counted(others).items())[:5])
                yield f"expected {words} {' or '.join(wanted)}, got {seen}"


def _headers(expect: Expect, volley: Volley) -> Iterator[str]:
    """Held against the answers whose headers were kept."""
    for answer in volley.good(statuses(expect)):
        if answer.headers is not None:
            for name, match in (expect.headers or {}).items():
                value = answer.headers.get(name.lower())
                if not _is(match, value):
                    wanted = match.exact if match.exact is not None else f"something that matches {match.regex}"
                    yield f"expected header {name}: {wanted}, got {'none' if value is None else value}"


def _is(match: HeaderMatch, value: str | None) -> bool:
    if value is None:
        return False
    return value == match.exact if match.exact is not None else re.fullmatch(match.regex or "", value) is not None


def _limits(expect: Expect, figures: Mapping[str, Any]) -> Iterator[str]:
    for name, (figure, part) in LIMITS.items():
        limit, seen = getattr(expect, name), figures[figure].get(part)
        if limit is not None and seen is None:
            yield f"expected {FIGURES[figure]} {part} of at most {limit:g} ms, but nothing was measured" + (
                "; only streams have it" if "token" in figure else ""
            )
        elif limit is not None and seen > limit:
            yield f"expected {FIGURES[figure]} {part} of at most {limit:g} ms, got {seen:g} ms"
    for name, figure in (("min_tokens_per_second", "tokens_per_second"), ("min_requests_per_second", "requests_per_second")):
        least = getattr(expect, name)
        if least is not None and figures[figure] < least:
            yield f"expected at least {least:g} {figure.replace('_', ' ')}, got {figures[figure]:g}"
