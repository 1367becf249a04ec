# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Kong's traditional routers choose another rule than Gateway API's order does. Pure.

Gateway API asks for the host, then the path, then the method, then the number of headers. Kong counts first how many of the four a route asks for at all
(``match_weight``). Then ``traditional_compatible`` (``kong/router/transform.lua``) asks whether all hosts are plain, for the number of headers, whether
the path is a regular expression, and for its length; ``traditional`` (``traditional.lua``) for which of the four they are, and for headers after the
path's kind. Neither knows whose wildcard is longer, and what is equal to them has no order. Regular expressions that users write are left out: Gateway
API does not order them either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..gateways.kong_match import new_prefix, strips
from ..models.filters import filter_fields
from ..models.match import HeaderMatch, Match
from .world import Spot

ANY = ""
HOST, HEADER, PATH, METHOD = 8, 4, 2, 1
"""As ``traditional`` weighs them; every route asks for a path."""
Headers = Mapping[str, HeaderMatch]


class At(NamedTuple):
    """One of the paths by which Kong knows a match, seen from a request that takes it."""

    regex: bool
    length: int


@dataclass(frozen=True, eq=False)
class Asked:
    """A match under one of its host names."""

    spot: Spot
    host: str
    exact: bool
    path: str
    headers: Headers
    order: int

    @property
    def match(self) -> Match:
        return self.spot.match

    @cached_property
    def plain(self) -> bool:
        """Kong looks at all host names of a route, not at the one that a request has."""
        hosts = self.spot.entry.value.hostnames
        return bool(hosts) and not any("*" in host for host in hosts)

    @property
    def guesses(self) -> bool:
        """Whether a header's value is a regular expression."""
        return any(want.exact is None for want in self.headers.values())

    def values(self, names: Iterable[str]) -> tuple[str, ...]:
        """What is asked of these headers, as Kong compares it: in lower case."""
        return tuple((self.headers[name].exact or "").lower() for name in names)

    @cached_property
    def shape(self) -> Shape:
        """All that an order is made of."""
        return (self.exact, frozenset(self.headers), self.match.method, self.plain, self.at(below=True), self.guesses)

    @property
    def bits(self) -> int:
        return PATH | (HOST if self.host else 0) | (HEADER if self.headers else 0) | (METHOD if self.match.method else 0)

    @cached_property
    def rank(self) -> tuple[int, ...]:
        """By Gateway API: the greater takes the request, and the first rule where they are equal."""
        name = self.host.removeprefix("*.")
        specific = (0 if "*" in self.host else len(name), len(self.host))
        length = len(self.match.path.exact or self.match.path.prefix or "") if self.match.path else 1
        return (*specific, int(self.exact), length, int(bool(self.match.method)), len(self.headers))

    def at(self, below: bool) -> At:
        """At the path itself Kong has a regular expression, below it a prefix; the controller has one there too where it replaces the prefix."""
        if below and new_prefix(self.spot.rule) is not None and not strips(self.spot.entry.value):
            return At(True, 0)
        return At(False, len(self.path) + 1) if below else At(True, 0)


Shape = tuple[Any, ...]


class Group:
    """Matches of one shape under one host name and path. Their order against any other is the same, but for headers' values."""

    def __init__(self) -> None:
        self.members: list[Asked] = []
        self._by: dict[tuple[str, ...], dict[tuple[str, ...], list[Asked]]] = {}

    def near(self, item: Asked) -> list[Asked]:
        """Members whose headers can have the values that this one asks for; with regular expressions all."""
        names = tuple(sorted(item.headers.keys() & self.members[0].headers.keys()))
        if item.guesses or self.members[0].guesses:
            return self.members
        if names not in self._by:
            found: dict[tuple[str, ...], list[Asked]] = {}
            for member in self.members:
                found.setdefault(member.values(names), []).append(member)
            self._by[names] = found
        return self._by[names].get(item.values(names), [])


Below = dict[str, dict[str, dict[Shape, Group]]]
"""By path, by host name, by shape."""


def asked(spots: list[Spot]) -> list[Asked]:
    """What can be ordered at all."""
    found = []
    for order, spot in enumerate(spots):
        path = spot.match.path
        if path is not None and path.regex is not None:
            continue
        value = (path.exact if path.exact is not None else path.prefix) if path else "/"
        for host in spot.entry.value.hostnames or (ANY,):
            headers = {name.lower(): want for name, want in (spot.match.headers or {}).items()}
            found.append(Asked(spot, host, path is not None and path.exact is not None, (value or "/").rstrip("/"), headers, order))
    return found


def misled(spots: list[Spot]) -> Iterator[tuple[Asked, Asked]]:
    """Pairs of a match that is to take a request, and one to which Kong may send it. One for each match that loses requests."""
    all_of = asked(spots)
    below: Below = {}
    for item in all_of:
        below.setdefault(item.path, {}).setdefault(item.host, {}).setdefault(item.shape, Group()).members.append(item)
    told: set[int] = set()
    for item in all_of:
        for other in _near(item, below):
            winner, loser = (item, other) if _before(item, other) else (other, item)
            if winner.order not in told and _rivals(winner, loser) and not certain(winner, loser):
                told.add(winner.order)
                yield winner, loser


def _near(item: Asked, below: Below) -> Iterator[Asked]:
    """Those whose path is the same or leads here, under a host name that covers this one or is covered by it, unless their order is certain."""
    steps = item.path.split("/")
    for path in ("/".join(steps[:count]) for count in range(1, len(steps) + 1)):
        there = below.get(path, {})
        for group in (group for host in _hosts(item.host, there) for group in there.get(host, {}).values()):
            first = group.members[0]
            winner, loser = (item, first) if item.rank > first.rank else (first, item)
            if (first.exact and path != item.path) or (item.rank != first.rank and certain(winner, loser)):
                continue
            yield from (other for other in group.near(item) if other.spot.rule is not item.spot.rule)


def _hosts(host: str, there: Iterable[str]) -> Iterator[str]:
    labels = host.removeprefix("*.").split(".") if host else []
    yield from dict.fromkeys([host, *(f"*.{'.'.join(labels[count:])}" for count in range(1, len(labels))), ANY])
    if host == ANY or "*" in host:
        yield from (name for name in there if name != host and name and name.removeprefix("*").endswith(host.removeprefix("*")))


def _before(first: Asked, second: Asked) -> bool:
    return (first.rank, -first.order) > (second.rank, -second.order)


def _rivals(winner: Asked, loser: Asked) -> bool:
    """Whether a request can meet both, and it matters which of the two takes it."""
    if winner.exact and loser.exact and winner.path != loser.path:
        return False
    if winner.match.method and loser.match.method and winner.match.method != loser.match.method:
        return False
    if not all(_agree(winner.headers[name], loser.headers[name]) for name in winner.headers.keys() & loser.headers.keys()):
        return False
    if _hidden(winner, loser) or _hidden(loser, winner):
        return False
    mine, its = winner.spot, loser.spot
    if mine.entry is not its.entry:
        return winner.rank != loser.rank
    return (mine.rule.backends, filter_fields(mine.rule)) != (its.rule.backends, filter_fields(its.rule))


def _agree(first: HeaderMatch, second: HeaderMatch) -> bool:
    """Whether one value can be both, as Kong compares them: in lower case."""
    if first.exact is not None and second.exact is not None:
        return first.exact.lower() == second.exact.lower()
    regex, value = (first.regex, second.exact) if first.exact is None else (second.regex, first.exact)
    try:
        return value is None or re.fullmatch(regex or "", value.lower()) is not None
    except re.error:
        return True


def _hidden(wide: Asked, narrow: Asked) -> bool:
    """Whether the wider host name's own route has the narrower one too, under which it competes."""
    return wide.host != narrow.host and narrow.host in wide.spot.entry.value.hostnames


def certain(winner: Asked, loser: Asked) -> bool:
    """Whether both routers choose the winner whatever other routes there are, at each path that both take."""
    deeper = winner if len(winner.path) >= len(loser.path) else loser
    same = winner.path == loser.path
    places = [False] if deeper.exact or (same and (winner.exact or loser.exact)) else [False, True]
    for under in places:
        first = winner.at(under if deeper is winner or same else True)
        second = loser.at(under if deeper is loser or same else True)
        if not (_compatible(winner, first) > _compatible(loser, second) and _traditional(winner, loser, first, second)):
            return False
    return True


def _weight(item: Asked) -> int:
    return item.bits.bit_count()


def _compatible(item: Asked, path: At) -> tuple[int, ...]:
    return _weight(item), int(item.plain), len(item.headers), int(path.regex), path.length


def _traditional(winner: Asked, loser: Asked, first: At, second: At) -> bool:
    if winner.bits != loser.bits:
        return (_weight(winner), winner.bits) > (_weight(loser), loser.bits)
    mine = (int(winner.plain), int(first.regex), len(winner.headers), first.length)
    if mine <= (int(loser.plain), int(second.regex), len(loser.headers), second.length):
        return False
    # It looks first at the routes that have one thing in common with the request, and the better one may not be among them.
    if winner.headers:
        return loser.headers.keys() <= winner.headers.keys()
    if winner.host != loser.host and not winner.plain:
        return False
    return first >= second
