# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in: each request gets the key that it needs, and each route with groups is tried with keys that must not open it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ..models.access import Access
from .answer import Answer
from .derive import HIT, MISS, REDIRECT, Case, Expected, Gap
from .facts import of_a_backend
from .keys import NOBODY, Bearer, Keyring, header_of

KEY, REFUSAL = "key", "refusal"
UNKNOWN, FORBIDDEN = 401, 403
MOST_OUTSIDERS = 20
"""Keys of other groups that are tried at one rule."""


def guarded(items: Iterable[Case | Gap], keyring: Keyring) -> list[Case | Gap]:
    """Every case with the key that its route asks for, and after the cases of each rule those about keys."""
    found: list[Case | Gap] = []
    tried: set[Bearer] = set()
    for place, group in groupby(items, key=lambda item: item.place):
        own = list(group)
        for item in own:
            armed = _armed(item, keyring)
            if armed is not None:
                found.append(armed)
        if place.access is not None and place.access.groups:
            hits = [item for item in own if item.kind in (HIT, REDIRECT)]
            found += _further(next((item for item in hits if isinstance(item, Case)), None), place.access, keyring, tried)
            # Who is refused is so before anything else is asked, also where nothing can be said of what is answered.
            requests = [case for item in hits if (case := item if isinstance(item, Case) else item.case) is not None]
            found += _refusals(requests, place.access, keyring)
    return found


def _armed(item: Case | Gap, keyring: Keyring) -> Case | Gap | None:
    """None for a near miss that another route takes whose key is not known: that route's own checks say so."""
    access = item.taker.access if isinstance(item, Case) and item.taker else None
    if isinstance(item, Gap) or access is None:
        return item
    header = header_of(access)
    if access.open:
        return replace(item, bearer=NOBODY, header=header)
    right = keyring.inside(access)
    if right:
        return replace(item, bearer=right[0], header=header)
    if header.lower() in keyring.given:
        return item
    return None if item.kind == MISS else Gap(item.place, item.kind, keyring.missing(access.groups))


def _further(hit: Case | None, access: Access, keyring: Keyring, tried: set[Bearer]) -> Iterator[Case | Gap]:
    """At one rule: one key of each group, and every key at one rule at least. The first has been tried by all other requests."""
    right = keyring.inside(access)
    if hit is None or not right:
        return
    used = {right[0]}
    tried |= used
    for group in access.groups:
        known = [bearer for bearer in right if group in bearer.groups]
        if not known:
            yield Gap(hit.place, KEY, keyring.missing([group]))
        for bearer in known:
            if bearer not in used and (bearer not in tried or bearer == known[0]):
                used.add(bearer)
                tried.add(bearer)
                yield replace(hit, kind=KEY, bearer=bearer, header=header_of(access))


def _refusals(hits: Sequence[Case], access: Access, keyring: Keyring) -> Iterator[Case | Gap]:
    """At one rule: keys that do not open it, a made-up one, and none, the last at every door."""
    if not hits:
        return
    first, header = hits[0], header_of(access)
    others = keyring.outside(access)
    if not others:
        why = f"no key of a consumer outside of {' and '.join(access.groups)} is known, so whether the groups are asked for is open: declare one more"
        yield Gap(first.place, REFUSAL, why)
    for bearer in others[:MOST_OUTSIDERS]:
        yield _refusal(first, header, bearer, FORBIDDEN)
    yield _refusal(first, header, keyring.made_up, UNKNOWN)
    doors = {hit.request.door: hit for hit in reversed(hits)}
    yield from (_refusal(hit, header, NOBODY, UNKNOWN) for hit in reversed(doors.values()))


def _refusal(hit: Case, header: str, bearer: Bearer, status: int) -> Case:
    return replace(hit, kind=REFUSAL, header=header, bearer=bearer, expected=Expected(statuses=(status,), words=f"{status} of the gateway"))


# -- what an answer says of it ---------------------------------------------------------------------------------------------------------


def let_in(case: Case, answer: Answer) -> bool:
    """Whether the gateway did with a request what it does with those of the right key. A redirect is what a rule asks for, or one to https."""
    return not answer.error and (answer.status < (400 if case.place.rule.redirect else 300) or of_a_backend(answer))


def wrong(case: Case, answer: Answer) -> str:
    """What an answer to a request that must be refused says against it; empty where it is refused as it should be."""
    if let_in(case, answer):
        return f"{answer.status}: it is let in"
    if answer.status in case.expected.statuses:
        return ""
    if answer.status == UNKNOWN:
        return f"status {UNKNOWN}: the gateway does not know the key"
    return f"status {answer.status} in place of {case.expected.statuses[0]}"


def kept_out(case: Case, answer: Answer) -> str:
    """Why the gateway refused the right key; empty where it did not."""
    if case.bearer is None or not case.bearer.value or of_a_backend(answer):
        return ""
    if answer.status == UNKNOWN:
        return "status 401: the gateway does not know the key"
    return "status 403: the gateway knows the key, and no group of its consumer that the route allows" if answer.status == FORBIDDEN else ""


def holes(open_: Iterable[Case]) -> list[str]:
    """One line for each route that let requests in which it must refuse, with the likely cause."""
    found: dict[str, list[Case]] = {}
    for case in open_:
        found.setdefault(case.place.route, []).append(case)
    return [f"{route}: {_hole(cases)}" for route, cases in found.items()]


def _hole(cases: Sequence[Case]) -> str:
    bearers = list(dict.fromkeys(case.bearer for case in cases if case.bearer))
    if NOBODY in bearers:
        return "access is declared and not enforced: who has no key is let in. Nobody asks for one (Kong: the route has no plugin key-auth)."
    if any(not bearer.consumer for bearer in bearers):
        return "access is declared and not enforced: any text is taken for a key."
    groups = cases[0].place.access.groups if cases[0].place.access else ()
    own = " and ".join(bearer.words.removeprefix("with ") for bearer in bearers)
    return (
        f"access is for {' and '.join(groups)} alone, and {own} opens it too: "
        "the gateway asks for a key, and not whose (Kong: the route has no plugin acl, or it allows more)."
    )
