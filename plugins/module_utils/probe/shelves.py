# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the matches that may take a request without looking at all there are: a thousand routes make ten thousand requests to think about. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from ..models.match import Match
from .places import Door, Place, World, shared_names

ANY = Match()
Filed = tuple[Match, Place]


class Shelf:
    """The matches of all rules that answer to one host name at one door, by their paths."""

    def __init__(self) -> None:
        self.exact: dict[str, list[Filed]] = defaultdict(list)
        self.prefix: dict[str, list[Filed]] = defaultdict(list)
        self.regex: list[Filed] = []
        self.places: set[Place] = set()

    def add(self, place: Place) -> None:
        self.places.add(place)
        for match in place.rule.alternatives or (ANY,):
            if match.path is not None and match.path.exact is not None:
                self.exact[match.path.exact].append((match, place))
            elif match.path is not None and match.path.regex is not None:
                self.regex.append((match, place))
            else:
                self.prefix[(match.path.prefix or "" if match.path else "").rstrip("/")].append((match, place))

    def near(self, path: str) -> Iterator[Filed]:
        """Matches whose exact path or prefix this is, and all expressions."""
        yield from self.exact.get(path, ())
        prefix = path
        while prefix:
            yield from self.prefix.get(prefix, ())
            prefix = prefix.rpartition("/")[0]
        yield from self.prefix.get("", ())
        yield from self.regex


@lru_cache(maxsize=4)
def shelves(world: World) -> dict[Door, dict[str, Shelf]]:
    """By door and host name; ``*`` is every name."""
    found: dict[Door, dict[str, Shelf]] = {}
    for place in world.places:
        for door in place.doors:
            here = found.setdefault(door, {})
            for name in shared_names(door, place.hostnames):
                here.setdefault(name.lower(), Shelf()).add(place)
    return found


def names_for(host: str, door: Door) -> Iterator[str]:
    """The host names and patterns that lead a host in, the narrowest first."""
    if not host:
        yield from dict.fromkeys((door.hostname.lower() or "*", "*"))
        return
    name = host.lower()
    yield name
    while "." in name:
        name = name.partition(".")[2]
        yield f"*.{name}"
    yield "*"
