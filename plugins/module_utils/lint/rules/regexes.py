# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions that a gateway refuses, or that never match."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...engine.errors import Issue
from ..rule import error, warning
from ..world import World

if TYPE_CHECKING:
    from ..re2_signs import Fault

LACKING = (
    (re.compile(r"\(\?<?[=!]"), "looks ahead or behind ({0})"),
    (re.compile(r"\(\?>"), "has an atomic group"),
    (re.compile(r"\\[1-9]|\(\?P="), "refers back to a group ({0})"),
    (re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\+"), "has a possessive quantifier ({0})"),
)
"""What RE2 has no word for: it never goes back over what it has read."""
FOREIGN = re.compile(r"\\[pPzQCEhHKRXG]|\[\[:|\(\?[a-zA-Z]*[UR]|\(\?P?<[a-zA-Z]|\\x\{|.\(\?[a-zA-Z]+(?:-[a-zA-Z]+)?\)|\(\?[|&0-9+-]")
"""What RE2 or PCRE know and Python does not, so that Python cannot judge the rest."""
RE2_GATEWAYS = ("istio",)
MOST_REPEATS = 1000


def expressions(world: World) -> Iterator[tuple[str, str]]:
    """Every regular expression, and where it stands."""
    for spot in world.spots:
        match = spot.match
        if match.path is not None and match.path.regex is not None:
            yield match.path.regex, f"{spot.where}.path.regex"
        for field, conditions in (("headers", match.headers), ("query", match.query)):
            for name, condition in (conditions or {}).items():
                if condition.regex is not None:
                    yield condition.regex, f"{spot.where}.{field}[{name}].regex"


def lacking(expression: str) -> str:
    """What RE2 cannot do in an expression; classes and escaped characters mean nothing here."""
    bare = re.sub(r"\\[^1-9]|\[\^?\]?(?:\\.|[^\]\\])*\]", "_", expression)
    for pattern, problem in LACKING:
        if found := pattern.search(bare):
            return problem.format(found[0])
    return ""


def broken(expression: str) -> str:
    """What no engine accepts."""
    counts = [int(count) for count in re.findall(r"\{(\d{1,9})", re.sub(r"\\.", "", expression))]
    if any(count > MOST_REPEATS for count in counts):
        return f"repeats more than {MOST_REPEATS} times, which RE2 refuses"
    if FOREIGN.search(expression):
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(expression)
    except (re.error, OverflowError, RecursionError) as refused:
        from ..re2 import fault

        # What Python alone refuses, such as [\w-z], may be good where the gateway is not known.
        return f"is no regular expression: {refused}" if fault(expression) else ""
    return ""


def faults(world: World) -> Iterator[tuple[str, str, Fault]]:
    """Where RE2 is the engine: every expression that it refuses, where it stands, and why."""
    from ..re2 import fault

    for expression, where in expressions(world):
        if refused := fault(expression):
            yield expression, where, refused


@error("regex-broken", "https://github.com/cilium/cilium/issues/47000")
def regex_broken(world: World) -> Iterator[Issue]:
    """A regular expression has a fault. A gateway may accept the route, and then refuse every further change of any route."""
    if world.renderer in RE2_GATEWAYS:
        yield from (_said(*found) for found in faults(world) if not found[2].foreign)
        return
    for expression, where in expressions(world):
        if (problem := broken(expression)) and not lacking(expression):
            yield Issue(where, f"{expression!r:.80} {problem}.", "Mind that . * + ? ( ) [ ] { } | have to be written as \\. and so on to mean themselves.")


@error("regex-not-re2", "https://github.com/istio/istio/issues/21717")
def regex_not_re2(world: World) -> Iterator[Issue]:
    """A regular expression uses what RE2, the engine of Istio's proxy, lacks: looking ahead or behind, references back, possessive quantifiers, escapes
    and flags of other engines."""
    if world.renderer in RE2_GATEWAYS:
        yield from (_said(*found) for found in faults(world) if found[2].foreign)


def _said(expression: str, where: str, refused: Fault) -> Issue:
    return Issue(where, f"{expression!r:.80} {refused.problem}.", refused.remedy)


@warning("regex-not-portable", "https://github.com/projectcontour/contour/issues/6746")
def regex_not_portable(world: World) -> Iterator[Issue]:
    """A regular expression looks ahead or behind, refers back or has possessive quantifiers, and the gateway is not known: those built on Envoy, Go or
    Rust have no such engine, those on NGINX have one."""
    for expression, where in expressions(world) if world.renderer not in RE2_GATEWAYS else ():
        if problem := lacking(expression):
            remedy = "Write what is wanted instead of what is not, or give the exceptions a rule of their own with a longer path."
            yield Issue(where, f"{expression!r:.80} {problem}, which RE2 cannot do.", remedy)
