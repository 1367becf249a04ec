# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a declaration to the requests that prove or refute it. Pure.

A derivation looks at one place (a rule) and yields cases. A further kind of proof is a further function in :data:`DERIVATIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .examples import OTHER, Ask, headers_for, paths_for, query_for
from .keys import Bearer
from .places import Door, Place, World, shared_names
from .precedence import Pairs, Request, decide
from .redirects import location_of

HIT, MISS, SPLIT, REDIRECT, FAILOVER = "hit", "near miss", "split", "redirect", "failover"


@dataclass(frozen=True)
class Expected:
    """``by``: the backends that may answer; none means the gateway itself. ``statuses`` empty: any below 500."""

    by: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    location: str = ""
    headers: Pairs = ()
    split: Mapping[str, int] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True)
class Case:
    """One request, and what the declaration says of it. ``ask`` is what stands in its body. ``taker`` is the rule that takes it, if any does.

    ``bearer`` is whose key it has, in ``header``; without one nothing is said about keys. ``count`` is how many times it is sent, where that is less
    than what a split needs, and ``pace`` how many times a second, where that is limited. ``lost`` are the backends that are made to fail.
    """

    place: Place
    kind: str
    request: Request
    ask: Ask
    expected: Expected
    taker: Place | None = None
    bearer: Bearer | None = None
    header: str = ""
    count: int = 0
    pace: float = 0.0
    start: float = 0.0
    lost: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The request as people may see it: whose key it has, and not the key."""
        return f"{self.request}, {self.bearer.words}" if self.bearer else str(self.request)


@dataclass(frozen=True)
class Gap:
    """What cannot be proved, and why. ``wrong``: because the declaration contradicts itself. ``case`` is the request, where only its answer says nothing."""

    place: Place
    kind: str
    why: str
    wrong: bool = False
    case: Case | None = None


Models = Mapping[str, Sequence[str]]
"""The models that each backend serves, as far as that is known."""
Derivation = Callable[[World, Place, Models], Iterator[Case | Gap]]


def derive(world: World, models: Models) -> list[Case | Gap]:
    """Everything to be tried, route by route. No request is sent twice for one purpose."""
    found: list[Case | Gap] = []
    seen: set[tuple[str, Request]] = set()
    for place in world.places:
        for derivation in DERIVATIONS:
            for item in derivation(world, place, models):
                if isinstance(item, Case) and item.kind == MISS:
                    if (item.kind, item.request) in seen:
                        continue
                    seen.add((item.kind, item.request))
                found.append(item)
    return found


def hits(world: World, place: Place, models: Models) -> Iterator[Case | Gap]:
    """At each door one request for each match, which only this rule takes."""
    if place.route in world.lost:
        yield Gap(place, HIT, "no listener of a declared Gateway admits the route", wrong=True)
        return
    kind = REDIRECT if place.rule.redirect else HIT
    for door in place.doors:
        names = hosts(door, place)
        for alternative in range(len(place.rule.alternatives) or 1):
            # The first match is tried at every host name, the others where they can be.
            found = [_hit(world, place, door, alternative, models, each) for each in ([[name] for name in names] if alternative == 0 else [names])]
            reached = any(isinstance(each, Case) for each in found)
            yield from (replace(each, kind=kind, wrong=each.wrong and not reached) if isinstance(each, Gap) else _provable(each, kind) for each in found)


def _provable(case: Case, kind: str) -> Case | Gap:
    rule = case.place.rule
    if rule.auth or rule.extensions:
        return Gap(case.place, kind, "a filter outside of the route decides what passes", case=case)
    if any(backend.provider for backend in rule.backends):
        return Gap(case.place, kind, "a provider outside of the cluster answers", case=case)
    return replace(case, kind=kind)


def _hit(world: World, place: Place, door: Door, alternative: int, models: Models, names: Sequence[str]) -> Case | Gap:
    """The first request for a match, at one of these host names, that this rule takes; or why there is none, and whether that is an error."""
    match = place.rule.alternatives[alternative] if place.rule.alternatives else None
    headers, query = headers_for(match), query_for(match)
    unknown = Gap(place, HIT, "no example of the regular expression is known")
    if headers is None or query is None:
        return unknown
    gap = unknown
    for host in names:
        for path in paths_for(match, place.rule):
            ask = Ask.of(path, place.rule, match, headers, [models.get(name, ()) for name in place.serving])
            request = Request(door, host, ask.method, path, headers, query)
            decision = decide(world, request)
            if decision.place == place and not decision.doubt:
                return Case(place, HIT, request, ask, expected(place, request, ask, models), taker=place)
            if decision.doubt:
                gap = Gap(place, HIT, decision.doubt)
            elif gap is unknown or gap.wrong:
                gap = Gap(place, HIT, f"no request reaches it: {decision.place or 'nobody'} takes them", wrong=True)
    return gap


def hosts(door: Door, place: Place) -> list[str]:
    """A host name for each that the route has here; ``*`` becomes a label, and every name becomes the address itself."""
    return [name.replace("*.", "verify.") if name != "*" else "" for name in shared_names(door, place.hostnames)]


def near_misses(world: World, place: Place, models: Models) -> Iterator[Case | Gap]:
    """What differs from a hit in one thing, at the first door. Another rule may take it, and has to, then; else the gateway has no answer."""
    if not place.doors:
        return
    door = place.doors[0]
    found = False
    for alternative in range(len(place.rule.alternatives) or 1):
        hit = _hit(world, place, door, alternative, models, hosts(door, place))
        if isinstance(hit, Gap):
            continue
        for near in _mutations(place, alternative, hit.request):
            decision = decide(world, near)
            if decision.doubt or decision.place == place:
                continue
            found = True
            ask = replace(hit.ask, sure=False)
            if decision.place is None:
                yield Case(place, MISS, near, ask, Expected(statuses=(404,), words="404 of the gateway"))
            elif not (decision.place.rule.auth or decision.place.rule.extensions):
                yield Case(place, MISS, near, ask, expected(decision.place, near, ask, models), taker=decision.place)
    if not found and any(place.rule.alternatives):
        yield Gap(place, MISS, "nothing is near that another alternative of the rule does not take")


def _mutations(place: Place, alternative: int, hit: Request) -> Iterator[Request]:
    match = place.rule.alternatives[alternative] if place.rule.alternatives else None
    path = match.path if match else None
    if path is not None and path.exact is not None:
        yield replace(hit, path=(path.exact.rstrip("/") or "/") + OTHER)
    elif path is not None and path.prefix is not None and path.prefix != "/":
        prefix = path.prefix.rstrip("/")
        yield replace(hit, path=prefix + OTHER + hit.path[len(prefix) :])
    elif path is not None and path.regex is not None:
        yield replace(hit, path="/" + OTHER)
    for name in match.headers or {} if match else {}:
        rest = tuple(pair for pair in hit.headers if pair[0] != name)
        yield replace(hit, headers=rest)
        yield replace(hit, headers=(*rest, (name, OTHER)))
    for name in match.query or {} if match else {}:
        yield replace(hit, query=tuple(pair for pair in hit.query if pair[0] != name))
    if match is not None and match.method is not None:
        yield replace(hit, method="GET" if match.method == "POST" else "POST")
    if hit.host:
        yield replace(hit, host=f"host{OTHER}.{hit.host.partition('.')[2] or hit.host}")


def splits(world: World, place: Place, models: Models) -> Iterator[Case | Gap]:
    """One test for a rule with several backends, at its first door."""
    if len(place.weights) < 2 or not place.doors or place.rule.auth or place.rule.extensions or place.rule.redirect:
        return
    hit = _hit(world, place, place.doors[0], 0, models, hosts(place.doors[0], place))
    if isinstance(hit, Case) and not any(backend.provider for backend in place.rule.backends):
        said = ", ".join(f"{name} {weight}" for name, weight in place.weights.items())
        yield replace(hit, kind=SPLIT, expected=replace(hit.expected, split=place.weights, words=said))


def failovers(world: World, place: Place, models: Models) -> Iterator[Case | Gap]:
    """One for each fallback, at the first door: it has to answer while all backends before it are gone."""
    levels = place.levels
    if len(levels) < 2 or not place.doors or place.rule.auth or place.rule.extensions:
        return
    hit = _hit(world, place, place.doors[0], 0, models, hosts(place.doors[0], place))
    if isinstance(hit, Gap):
        yield replace(hit, kind=FAILOVER, wrong=False)
        return
    for index, level in enumerate(levels[1:], 1):
        lost = tuple(name for each in levels[:index] for name in each)
        gone = f"{' and '.join(level)} while {' and '.join(lost)} {'is' if len(lost) == 1 else 'are'} gone"
        words = f"{'200 ' if hit.expected.statuses else ''}by {gone}"
        yield replace(hit, kind=FAILOVER, expected=replace(hit.expected, by=level, words=words), lost=lost)


def expected(place: Place, request: Request, ask: Ask, models: Models) -> Expected:
    """What a rule does to a request that it takes."""
    redirect = place.rule.redirect
    if redirect is not None:
        location = location_of(redirect, place.rule, request)
        return Expected(statuses=(redirect.status or 302,), location=location, words=f"{redirect.status or 302} to {location}")
    change = place.rule.response_headers
    headers = tuple((change.set or {}).items()) if change else ()
    served = [set(models.get(name, ())) for name in place.serving]
    sure = ask.sure and all(ask.model in each for each in served if each)
    words = " or ".join(place.serving)
    return Expected(by=place.serving, statuses=(200,) if sure else (), headers=headers, words=f"200 by {words}" if sure else words)


DERIVATIONS: tuple[Derivation, ...] = (hits, near_misses, splits, failovers)
