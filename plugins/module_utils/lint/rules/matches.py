# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which request takes which rule: matches that can never win, and matches that mean something else than they look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...engine.errors import Issue
from ..rule import error, warning
from ..seats import ANY, Seat, seats, shared
from ..world import Spot, World

if TYPE_CHECKING:
    from ...models.match import Match

EVERYTHING = (("prefix", "/"), None, (), ())


def path_of(match: Match) -> tuple[str, str]:
    """What a match asks of the path; a prefix knows no slash at its end."""
    if match.path is None:
        return ("prefix", "/")
    if match.path.exact is not None:
        return ("exact", match.path.exact)
    if match.path.regex is not None:
        return ("regex", match.path.regex)
    return ("prefix", (match.path.prefix or "").rstrip("/") or "/")


def meaning(match: Match) -> tuple[Any, ...]:
    """What a match asks for, so that two which ask for the same are equal: header names know no case."""
    headers = sorted((name.lower(), value.exact, value.regex or "") for name, value in match.headers.items()) if match.headers else ()
    query = sorted((name, value.exact, value.regex or "") for name, value in match.query.items()) if match.query else ()
    return (path_of(match), match.method, tuple(headers), tuple(query))


@error("duplicate-match", "https://github.com/envoyproxy/gateway/issues/9135")
def duplicate_match(world: World) -> Iterator[Issue]:
    """Two rules take the same requests (host name, path, method, headers, query) of the same listener: the second never gets one, and its
    status says that all is well."""
    stands = seats(world)
    seen: dict[Any, dict[str, Spot]] = {}
    for spot in world.spots:
        asked = meaning(spot.match)
        first = next((other for other in _rivals(seen, spot, asked, stands[spot.entry.origin]) if other.rule is not spot.rule), None)
        if first is not None:
            remedy = "Take one away, make one more precise, or join their backends with weights in one rule."
            yield Issue(spot.where, f"takes the same requests as {first.where}, so one of the two never gets any.", remedy)


def _rivals(seen: dict[Any, dict[str, Spot]], spot: Spot, asked: Any, stands: Iterable[Seat]) -> list[Spot]:
    """Earlier spots that ask for the same on a common listener; notes this one."""
    found: list[Spot] = []
    for seat in stands:
        for host in seat.hosts:
            places = seen.setdefault((seat.door, host, asked), {})
            found += shared(places, seat.section)
            places.setdefault(seat.section, spot)
    return found


@warning("host-hides-wildcard", "https://github.com/envoyproxy/gateway/issues/5500")
def host_hides_wildcard(world: World) -> Iterator[Issue]:
    """A route is for every host name, or for a wildcard, and some of these names have routes of their own. Gateways built on Envoy answer by 404 what
    those routes do not take, and never come to this one."""
    if world.renderer == "kong":
        return  # Its routers go on to a wider host name where no path fits.
    stands = seats(world)
    narrow = _narrow(world, stands)
    told: dict[Any, tuple[list[str], set[str]]] = {}
    for entry in world.routes or ():
        wild = [(seat, host) for seat in stands[entry.origin] for host in seat.hosts if host == ANY or host.startswith("*.")]
        asked = tuple((seat.door, host, seat.section) for seat, host in wild if (seat.door, host) in narrow)
        if not asked:
            continue
        if asked not in told:
            hosts = {host for door, wider, section in asked for part in shared(narrow[door, wider], section) for host in part}
            told[asked] = (sorted(hosts), hosts)
        own = {*entry.value.hostnames} & told[asked][1]
        if (count := len(told[asked][1]) - len(own)) > 0:
            more = f" and {count - 1} more" if count > 1 else ""
            first = next((host for host in told[asked][0] if host not in own), "")
            problem = f"{first}{more} have routes of their own, so what those do not take may get 404 and not come here."
            yield Issue(entry.origin, problem, "Name these hosts here too, or give their routes a last rule without a match.")


def _narrow(world: World, stands: Mapping[str, list[Seat]]) -> dict[tuple[str, str], dict[str, list[str]]]:
    """Whole host names of routes that do not take every request, by where these stand and by what covers the name."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for entry in world.routes or ():
        plain = [(seat, host) for seat in stands[entry.origin] for host in seat.hosts if host != ANY and not host.startswith("*.")]
        if plain and not any(meaning(spot.match) == EVERYTHING for spot in world.spots_of(entry)):
            for seat, host in plain:
                for wider in _wider(host):
                    found.setdefault((seat.door, wider), {}).setdefault(seat.section, []).append(host)
    return found


def _wider(host: str) -> Iterator[str]:
    """What a host name is covered by: no name at all, and each wildcard."""
    yield ANY
    labels = host.split(".")
    yield from (f"*.{'.'.join(labels[index:])}" for index in range(1, len(labels)))


@warning("method-before-header", "https://github.com/Kong/kubernetes-ingress-controller/issues/4164")
def method_before_header(world: World) -> Iterator[Issue]:
    """Two rules of a route have the same path; one asks for a method, the other for headers. The method counts for more, so a request that meets both
    goes to the rule without the header."""
    for entry in world.routes or ():
        spots = world.spots_of(entry)
        by_method = {meaning(spot.match)[0]: spot for spot in reversed(spots) if spot.match.method and not spot.match.headers}
        both = {(meaning(spot.match)[0], spot.match.method) for spot in spots if spot.match.method and spot.match.headers}
        for spot in spots:
            rival = by_method.get(meaning(spot.match)[0]) if spot.match.headers and not spot.match.method else None
            if rival is not None and rival.rule is not spot.rule and (meaning(spot.match)[0], rival.match.method) not in both:
                problem = f"asks for headers, but a {rival.match.method} goes to {rival.where.rpartition('.')[2]} whatever its headers."
                yield Issue(spot.where, problem, f"Write method: {rival.match.method} here too.")


@warning("route-without-parent", "https://github.com/kubernetes-sigs/gateway-api/pull/2591")
def route_without_parent(world: World) -> Iterator[Issue]:
    """A route hangs on nothing, so no gateway that keeps to Gateway API serves it."""
    for entry in (world.routes or ()) if world.renderer != "kong" else ():
        if not entry.value.parents and entry.value.default_gateways in (None, "None"):
            yield Issue(entry.origin, "hangs on no Gateway.", "Write parents: [NAME OF A GATEWAY].")


@warning("repeated-match", "https://github.com/kubernetes-sigs/gateway-api/issues/613")
def repeated_match(world: World) -> Iterator[Issue]:
    """A rule says the same match twice."""
    for _entry, rule, where in world.rules:
        seen: dict[Any, int] = {}
        for index, match in enumerate(rule.matches):
            first = seen.setdefault(meaning(match), index)
            if first != index:
                yield Issue(f"{where}.matches[{index}]", f"says the same as matches[{first}].", "Keep one; perhaps the other was to be something else.")


@warning("alternatives-not-conditions", "https://github.com/kubernetes-sigs/gateway-api/issues/1444")
def alternatives_not_conditions(world: World) -> Iterator[Issue]:
    """A rule has one match by path alone and another by header or query alone. Items of matches are alternatives: either is enough."""
    for _entry, rule, where in world.rules:
        paths = [index for index, match in enumerate(rule.matches) if match.path and not (match.headers or match.query or match.method)]
        others = [index for index, match in enumerate(rule.matches) if not match.path and (match.headers or match.query)]
        if paths and others:
            problem = f"matches[{paths[0]}] asks for a path and matches[{others[0]}] for a header or query; either alone is enough for this rule."
            yield Issue(where, problem, "If both have to be true, write them into one item. If not, make two rules of it.")


@warning("header-without-path", "https://github.com/kubernetes-sigs/gateway-api/pull/448")
def header_without_path(world: World) -> Iterator[Issue]:
    """A rule asks for a header or query but for no path, beside a rule with a path. The longer path wins whatever the headers say, so requests
    with that header go to the other rule."""
    for entry in world.routes or ():
        longer = next((rule for rule in entry.value.rules for match in rule.alternatives if match.path and not _root(match) and not match.headers), None)
        if longer is None:
            continue
        for spot in (spot for spot in world.spots_of(entry) if spot.match.path is None and (spot.match.headers or spot.match.query)):
            if spot.rule is not longer:
                paths = (match.path for match in longer.alternatives if match.path)
                shown = next((path.prefix or path.exact or path.regex for path in paths), "/")
                problem = f"asks for no path, so requests to {shown} go to the rule with that path, whatever their headers."
                yield Issue(spot.where, problem, f"Write path: {shown} here too, or path: / if the other rule is to win.")


def _root(match: Match) -> bool:
    return match.path is not None and match.path.prefix == "/"
