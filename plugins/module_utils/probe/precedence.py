# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rule takes a request, by Gateway API's own rules, and whether those leave any doubt. Pure.

First the listener with the most specific host name, then the routes with the most specific host name, then the match: an exact path before a prefix,
the longer prefix, a method, more headers, more query parameters; the older route; the first by namespace and name; the first rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from ..models.match import Match, PathMatch
from .places import Door, Place, World, host_fits
from .shelves import names_for, shelves

Pairs = tuple[tuple[str, str], ...]
Rank = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Request:
    """What decides who takes a request. ``host`` may be empty: any name that leads to the door."""

    door: Door
    host: str
    method: str
    path: str
    headers: Pairs = ()
    query: Pairs = ()

    @property
    def target(self) -> str:
        words = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query)
        return f"{self.path}?{words}" if words else self.path

    def __str__(self) -> str:
        scheme = "https" if self.door.tls else "http"
        where = f"{self.method} {scheme}://{self.host or '*'}{self.target}"
        return " ".join([where, *(f"{name}: {value}" for name, value in self.headers)])


@dataclass(frozen=True)
class Decision:
    """``place`` is None where no rule takes the request. ``doubt`` says why gateways may differ; empty where they may not."""

    place: Place | None
    doubt: str = ""


def matches(match: Match, request: Request) -> bool:
    """Everything that a match asks for at once."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        headers.setdefault(name.lower(), value)
    query = dict(reversed(request.query))
    return (
        (match.path is None or path_fits(match.path, request.path))
        and match.method in (None, request.method)
        and all(_fits(want.exact, want.regex, headers.get(name.lower())) for name, want in (match.headers or {}).items())
        and all(_fits(want.exact, want.regex, query.get(name)) for name, want in (match.query or {}).items())
    )


def path_fits(path: PathMatch, asked: str) -> bool:
    """A prefix is one of whole segments; a slash at its end says nothing."""
    if path.exact is not None:
        return asked == path.exact
    if path.regex is not None:
        return _full(path.regex, asked)
    prefix = (path.prefix or "").rstrip("/")
    return asked == prefix or asked.startswith(prefix + "/")


def _fits(exact: str | None, regex: str | None, value: str | None) -> bool:
    if value is None:
        return False
    return value == exact if exact is not None else _full(regex or "", value)


def _full(regex: str, value: str) -> bool:
    try:
        return re.fullmatch(regex, value) is not None
    except re.error:
        return False


def rank(match: Match) -> Rank:
    """The greater takes the request."""
    path = match.path or PathMatch(prefix="/")
    kind, value = (2, path.exact) if path.exact is not None else (0, path.regex) if path.regex is not None else (1, path.prefix)
    return kind, len(value or ""), int(match.method is not None), len(match.headers or {}), len(match.query or {})


def decide(world: World, request: Request) -> Decision:
    """What the whole declaration says of one request."""
    doors = [door for door in world.doors if (door.gateway, door.port, door.tls) == (request.door.gateway, request.door.port, request.door.tls)]
    open_ = [door for door in doors if host_fits(request.host, door.hostname) or (not request.host and door == request.door)]
    if not open_:
        return Decision(None)
    door = max(open_, key=lambda each: specific(each.hostname))
    decision = _among(world, door, request)
    # Not every gateway keeps the routes of one listener from the requests of another with the same port.
    for other in open_:
        if other != door and _among(world, other, request).place not in (None, decision.place):
            return Decision(decision.place, f"listener {other.listener} has rules for it too")
    return decision


def specific(hostname: str) -> tuple[int, int]:
    """How narrow a host name is: a whole name before a pattern, then by length."""
    return (0, 0) if hostname in ("", "*") else (0 if hostname.startswith("*.") else len(hostname), len(hostname))


def _among(world: World, door: Door, request: Request) -> Decision:
    """By host names, the narrowest first. A route that answers to several takes part by its narrowest."""
    here = shelves(world).get(door, {})
    seen: set[Place] = set()
    for name in names_for(request.host, door):
        shelf = here.get(name)
        if shelf is None:
            continue
        found = _first((match, place) for match, place in shelf.near(request.path) if place not in seen and matches(match, request))
        if found is not None:
            doubt = "routes with a narrower host name match too, though none of their rules does" if seen else ""
            return replace(found, doubt=found.doubt or doubt)
        seen |= shelf.places
    return Decision(None)


def _first(fitting: Iterable[tuple[Match, Place]]) -> Decision | None:
    """The best of the matches that take a request at one host name."""
    found = [(rank(match), match, place) for match, place in fitting]
    if not found:
        return None
    best = max(each for each, _match, _place in found)
    equal = list(dict.fromkeys(place for each, _match, place in found if each == best))
    winner = min(equal, key=lambda place: (place.age, place.route, place.index))
    if any(place != winner for _each, _match, place in found) and any(
        match.path is not None and match.path.regex is not None for _each, match, _place in found
    ):
        return Decision(winner, "a regular expression matches beside another rule, and gateways order those as they like")
    if len({place.route for place in equal}) > 1 and any(not place.age for place in equal):
        return Decision(winner, f"the older one of {' and '.join(sorted({place.route for place in equal}))} takes it, and their age is not known")
    return Decision(winner)
