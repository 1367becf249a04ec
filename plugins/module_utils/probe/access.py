# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in: each request gets the key that it needs, and each route with groups is tried with keys that must not open it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..models.access import Access
from .answer import Answer
from .derive import HIT, MISS, REDIRECT, Case, Expected, Gap
from .facts import fault_of, of_a_backend
from .keys import NOBODY, Bearer, Keyring, header_of
from .places import Place
from .precedence import Request

KEY, REFUSAL = "key", "refusal"
UNKNOWN, FORBIDDEN = 401, 403
NOT_FOR_THIS = "InvalidApiKeyForGivenResource"
REFUSED = (NOT_FOR_THIS, "InvalidApiKey", "FailedToResolveAPIKey", "RaiseFault", "DeveloperStatusNotActive", "invalid_client-app_not_approved")
"""How codes of Apigee's faults end where a key is missing or wrong. Its default security raises a fault of its own where there is none."""
MOST_OUTSIDERS = 20
"""Keys of other groups that are tried at one rule."""


OUTSIDER = Expected(statuses=(FORBIDDEN,), words=f"{FORBIDDEN} of the gateway")
STRANGER = Expected(statuses=(UNKNOWN,), words=f"{UNKNOWN} of the gateway")


@dataclass(frozen=True)
class Guard:
    """Who asks for keys, and what whoever has none is answered. This one is Kong, which goes by the route that takes a request."""

    outsider: Expected = OUTSIDER
    unknown: Expected = STRANGER

    def access(self, _request: Request, taker: Place | None) -> Access | None:
        """Who may send this request; None where nothing is said of it."""
        return taker.access if taker else None

    def armed(self, _item: Case, right: Sequence[Bearer]) -> Bearer:
        """Which of the keys that open it a request gets."""
        return right[0]

    def closed(self, item: Case, _keyring: Keyring) -> Case | Gap | None:
        """What is to be tried where no key at all opens it."""
        return item


BY_ROUTE = Guard()


def guarded(items: Iterable[Case | Gap], keyring: Keyring, guard: Guard = BY_ROUTE) -> list[Case | Gap]:
    """Every case with the key that it needs, and after the cases of each rule those about keys."""
    found: list[Case | Gap] = []
    tried: set[Bearer] = set()
    for place, group in groupby(items, key=lambda item: item.place):
        own = list(group)
        for item in own:
            armed = _armed(item, keyring, guard)
            if armed is not None:
                found.append(armed)
        hits = [item for item in own if item.kind in (HIT, REDIRECT)]
        for access, same in _by_access(hits, place, guard):
            found += _further(next((item for item in same if isinstance(item, Case)), None), access, keyring, tried, guard)
            # Who is refused is so before anything else is asked, also where nothing can be said of what is answered.
            requests = [case for item in same if (case := item if isinstance(item, Case) else item.case) is not None]
            found += _refusals(requests, access, keyring, guard)
    return found


def _by_access(hits: Sequence[Case | Gap], place: Place, guard: Guard) -> list[tuple[Access, list[Case | Gap]]]:
    """Requests of one rule that the same keys open belong together. Where nobody is asked for a key there is nothing to try."""
    found: list[tuple[Access, list[Case | Gap]]] = []
    for item in hits:
        case = item if isinstance(item, Case) else item.case
        access = guard.access(case.request, place) if case else place.access
        if access is None or not access.groups:
            continue
        same = next((group for known, group in found if known == access), None)
        if same is None:
            found.append((access, [item]))
        else:
            same.append(item)
    return found


def _armed(item: Case | Gap, keyring: Keyring, guard: Guard) -> Case | Gap | None:
    """None for a near miss that another route takes whose key is not known: that route's own checks say so."""
    access = guard.access(item.request, item.taker) if isinstance(item, Case) else None
    if isinstance(item, Gap) or access is None:
        return item
    header = header_of(access)
    if access.open:
        return replace(item, bearer=NOBODY, header=header)
    if not access.groups:
        return guard.closed(item, keyring)
    right = keyring.inside(access)
    if right:
        return replace(item, bearer=guard.armed(item, right), header=header)
    if header.lower() in keyring.given:
        return item
    return None if item.kind == MISS else Gap(item.place, item.kind, keyring.missing(access.groups))


def _further(hit: Case | None, access: Access, keyring: Keyring, tried: set[Bearer], guard: Guard) -> Iterator[Case | Gap]:
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
                yield replace(hit, kind=KEY, bearer=guard.armed(hit, [bearer]), header=header_of(access))


def _refusals(hits: Sequence[Case], access: Access, keyring: Keyring, guard: Guard) -> Iterator[Case | Gap]:
    """At one rule: keys that do not open it, a made-up one, and none, the last at every door."""
    if not hits:
        return
    first, header = hits[0], header_of(access)
    others = keyring.outside(access)
    if not others:
        why = f"no key of a consumer outside of {' and '.join(access.groups)} is known, so whether the groups are asked for is open: declare one more"
        yield Gap(first.place, REFUSAL, why)
    for bearer in others[:MOST_OUTSIDERS]:
        yield _refusal(first, header, bearer, guard.outsider)
    yield _refusal(first, header, keyring.made_up, guard.unknown)
    doors = {hit.request.door: hit for hit in reversed(hits)}
    yield from (_refusal(hit, header, NOBODY, guard.unknown) for hit in reversed(doors.values()))


def _refusal(hit: Case, header: str, bearer: Bearer, expected: Expected) -> Case:
    return replace(hit, kind=REFUSAL, header=header, bearer=bearer, expected=expected)


# -- what an answer says of it ---------------------------------------------------------------------------------------------------------


def let_in(case: Case, answer: Answer) -> bool:
    """Whether the gateway did with a request what it does with those of the right key. A redirect is what a rule asks for, or one to https."""
    return not answer.error and (answer.status < (400 if case.place.rule.redirect else 300) or of_a_backend(answer))


def wrong(case: Case, answer: Answer) -> str:
    """What an answer to a request that must be refused says against it; empty where it is refused as it should be."""
    if let_in(case, answer):
        return f"{answer.status}: it is let in"
    if answer.status in case.expected.statuses or fault_of(answer).endswith(REFUSED):
        return ""
    if answer.status == UNKNOWN:
        return f"status {UNKNOWN}: the gateway does not know the key"
    return f"status {answer.status} in place of {case.expected.statuses[0]}"


def kept_out(case: Case, answer: Answer) -> str:
    """Why the gateway refused the right key; empty where it did not."""
    if case.bearer is None or not case.bearer.value or of_a_backend(answer):
        return ""
    fault = fault_of(answer)
    if fault.endswith(REFUSED):
        why = (
            "none of the key's products opens this" if fault.endswith(NOT_FOR_THIS) else "Apigee does not know the key, or its app or developer is switched off"
        )
        return f"status {answer.status}, {fault}: {why}. Changes in Apigee take about three minutes to count"
    if answer.status == UNKNOWN:
        return "status 401: the gateway does not know the key"
    return "status 403: the gateway knows the key, and no group of its consumer that the route allows" if answer.status == FORBIDDEN else ""


def holes(open_: Iterable[Case]) -> list[str]:
    """One line for each route that let requests in which it must refuse, with the likely cause."""
    found: dict[str, list[Case]] = {}
    for case in open_:
        found.setdefault(case.place.route, []).append(case)
    return [f"{route}: {_hole(cases)}" for route, cases in found.items()]


NOBODY_ASKS = "Kong: the route has no plugin key-auth; Apigee: no traffic extension sends it there, or its default security is off"


def _hole(cases: Sequence[Case]) -> str:
    bearers = list(dict.fromkeys(case.bearer for case in cases if case.bearer))
    if NOBODY in bearers:
        return f"access is declared and not enforced: who has no key is let in. Nobody asks for one ({NOBODY_ASKS})."
    if any(not bearer.consumer for bearer in bearers):
        return "access is declared and not enforced: any text is taken for a key."
    groups = cases[0].place.access.groups if cases[0].place.access else ("keys of other products",)
    own = " and ".join(bearer.words.removeprefix("with ") for bearer in bearers)
    return (
        f"access is for {' and '.join(groups)} alone, and {own} opens it too: "
        "the gateway asks for a key, and not whose (Kong: the route has no plugin acl, or it allows more; Apigee: the product opens more)."
    )
