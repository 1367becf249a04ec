# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that lie in the shadow of another: it comes first, and takes all that they ask for by a regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from ...engine.errors import Issue
from ..rule import warning
from ..seats import ANY, Seat, seats
from ..world import Spot, World
from .matches import path_of

if TYPE_CHECKING:
    from ...models.match import HeaderMatch, QueryMatch

    Wants = Mapping[str, HeaderMatch | QueryMatch]

EVERY_VALUE = (".*", "^.*$", "(.*)")
PLAIN = re.compile(r"(?:\(\?i\))?(?:[^\\(){}\[\]]|\\[dws.\-/+*?|()\[\]{}]|\[\^?[\w.:/-]+\]|\((?:\?:)?(?!\?)|\)(?![*+?{]))*")
"""What Python reads as every other engine does, and not for longer than it takes to blink."""
STEPS = 2
"""Each star multiplies the ways in which an expression can be tried."""
LONGEST = 256
MOST = 64
"""So many expressions beside each other are compared, which is more than anybody keeps apart."""
Standing = tuple[str, str, str]
"""Listener or parent, section, host name."""


class Asked:
    """One match with its place in the order of rules."""

    def __init__(self, spot: Spot, at: int, stands: Sequence[Seat]) -> None:
        self.spot, self.at, self._stands = spot, at, stands
        self.headers: Wants = {name.lower(): want for name, want in (spot.match.headers or {}).items()}
        self.query: Wants = spot.match.query or {}

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """Two of the same key count the same, and ask for the same apart from values."""
        return (path_of(self.spot.match), self.spot.match.method, *sorted(self.headers), ANY, *sorted(self.query))

    @cached_property
    def stands(self) -> frozenset[Standing]:
        return frozenset((seat.door, seat.section, host) for seat in self._stands for host in seat.hosts)

    @cached_property
    def order(self) -> tuple[str, str, int]:
        """What decides between rules that ask for equally much; the age of a route comes before its name, and is not known here."""
        entry = self.spot.entry
        return (entry.namespace, entry.name, self.at)


def guesses(spot: Spot) -> bool:
    return any(want.regex is not None for wants in (spot.match.headers, spot.match.query) if wants for want in wants.values())


@warning("shadowed-match", "https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule")
def shadowed_match(world: World) -> Iterator[Issue]:
    """A rule asks for a value of a header or of the query which another rule of the same path takes by a regular expression. They count the same, so the
    first takes it, and this one never gets a request."""
    if not any(guesses(spot) for spot in world.spots):
        return
    where = seats(world)
    all_of = [Asked(spot, at, where[spot.entry.origin]) for at, spot in enumerate(world.spots) if spot.match.headers or spot.match.query]
    wide: dict[Any, dict[Standing, list[Asked]]] = {}
    for item in all_of:
        for stand in item.stands if guesses(item.spot) else ():
            found = wide.setdefault(item.key, {}).setdefault(stand, [])
            if len(found) < MOST:
                found.append(item)
    for item in all_of:
        first = next((other for other in _near(wide.get(item.key, {}), item) if _hides(other, item)), None)
        if first is not None:
            older = "" if first.spot.entry is item.spot.entry else " (if its route is not the younger one)"
            problem = f"asks for what {first.spot.where} takes first{older}, so it never gets a request."
            yield Issue(item.spot.where, problem, "Write the rule with the exact value before the one with the regular expression, in the same route.")


def _near(wide: Mapping[Standing, list[Asked]], item: Asked) -> Iterator[Asked]:
    """Those that stand at one of this one's places; whoever hides it stands at all."""
    if wide and item.stands:
        door, section, host = min(item.stands)
        for place in dict.fromkeys((section, ANY)):
            yield from wide.get((door, place, host), ())


def _hides(first: Asked, second: Asked) -> bool:
    if first.spot.rule is second.spot.rule or first.order > second.order:
        return False
    pairs = [(first.headers[name], want) for name, want in second.headers.items()] + [(first.query[name], want) for name, want in second.query.items()]
    if all(mine == its for mine, its in pairs) or not all(_covers(mine, its) for mine, its in pairs):
        return False
    return all(stand in first.stands or (stand[0], ANY, stand[2]) in first.stands for stand in second.stands)


def _covers(mine: HeaderMatch | QueryMatch, its: HeaderMatch | QueryMatch) -> bool:
    """Whether every value that the second takes is one that the first takes."""
    if mine.regex is None or mine == its or mine.regex in EVERY_VALUE:
        return mine == its or mine.regex is not None
    read = plain(mine.regex) if its.exact is not None and len(its.exact) <= LONGEST else None
    return read is not None and read.fullmatch(its.exact or "") is not None


@lru_cache(maxsize=1024)
def plain(expression: str) -> re.Pattern[str] | None:
    """An expression that Python can be asked about; None where it may understand another thing than the gateway, or take its time."""
    if len(re.findall("[*+]", expression)) > STEPS or expression.count("?") > 2 * STEPS or not PLAIN.fullmatch(expression):
        return None
    try:
        return re.compile(expression, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None
