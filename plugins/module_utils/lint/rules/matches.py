# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which request takes which rule: matches that can never win, and matches that mean something else than they look like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...engine.errors import Issue
from ...engine.objects import GroupKind
from ...models.decode import Entry
from ...models.match import Match
from ...models.route import Route
from ..rule import error, warning
from ..world import Spot, World

Attachment = tuple[GroupKind, str, str, int | None]
"""Kind, namespace and name of a parent, and the port that is asked for."""
ANY = ""


def meaning(match: Match) -> tuple[Any, ...]:
    """What a match asks for, so that two which ask for the same are equal: header names know no case, a prefix no slash at its end."""
    path: tuple[str, str] = ("prefix", "/")
    if match.path is not None:
        if match.path.exact is not None:
            path = ("exact", match.path.exact)
        elif match.path.regex is not None:
            path = ("regex", match.path.regex)
        else:
            path = ("prefix", (match.path.prefix or "").rstrip("/") or "/")
    headers = sorted((name.lower(), value.exact, value.regex or "") for name, value in match.headers.items()) if match.headers else ()
    query = sorted((name, value.exact, value.regex or "") for name, value in match.query.items()) if match.query else ()
    return (path, match.method, tuple(headers), tuple(query))


def attachments(entry: Entry[Route]) -> list[tuple[Attachment, str]]:
    """The parents of a route, each with the listener that is asked for, :data:`ANY` where none is."""
    return [
        ((parent.target, parent.namespace or entry.namespace, parent.name, parent.port), parent.listener or ANY) for parent in entry.value.parents
    ]


@error("duplicate-match", "https://github.com/envoyproxy/gateway/issues/9135")
def duplicate_match(world: World) -> Iterator[Issue]:
    """Two rules take the same requests (host name, path, method, headers, query) of the same listener: the second never gets one, and its
    status says that all is well."""
    seen: dict[Any, dict[str, Spot]] = {}
    for spot in world.spots:
        asked = meaning(spot.match)
        first = next((other for other in _rivals(seen, spot, asked) if other.rule is not spot.rule), None)
        if first is not None:
            remedy = "Take one away, make one more precise, or join their backends with weights in one rule."
            yield Issue(spot.where, f"takes the same requests as {first.where}, so one of the two never gets any.", remedy)


def _rivals(seen: dict[Any, dict[str, Spot]], spot: Spot, asked: Any) -> Iterator[Spot]:
    """Earlier spots that ask for the same on a common listener; notes this one."""
    for parent, listener in attachments(spot.entry):
        for host in spot.entry.value.hostnames or (ANY,):
            places = seen.setdefault((parent, host, asked), {})
            if listener == ANY:
                yield from places.values()
            else:
                yield from (places[name] for name in (listener, ANY) if name in places)
            places.setdefault(listener, spot)


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
                path = next(match.path for match in longer.alternatives if match.path)
                shown = path.prefix or path.exact or path.regex
                problem = f"asks for no path, so requests to {shown} go to the rule with that path, whatever their headers."
                yield Issue(spot.where, problem, f"Write path: {shown} here too, or path: / if the other rule is to win.")


def _root(match: Match) -> bool:
    return match.path is not None and match.path.prefix == "/"
