# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may send a request: the keys of declared consumers, a made-up one, and none. Pure. Their values are in no text that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..models.access import DEFAULT_HEADER, Access
from ..models.consumer import DEFAULT_SLOT, Consumer
from ..models.decode import Entry
from ..models.limits import Limits


@dataclass(frozen=True)
class Bearer:
    """Whom a request comes from. ``words`` tell it without the key. ``limits`` are the consumer's own, and ``counter`` what is counted by them together."""

    words: str
    value: str = field(default="", repr=False)
    consumer: str = ""
    groups: frozenset[str] = frozenset()
    limits: Limits | None = None
    counter: str = ""


NOBODY = Bearer("without a key")


@dataclass(frozen=True)
class Keyring:
    """``bearers`` are the keys that are known, ``unread`` those that the gateway made and nobody said: whose they are, and their groups.

    ``given`` are headers that every request has anyway. ``apps``: the keys are those of Apigee's apps.
    """

    bearers: tuple[Bearer, ...] = ()
    unread: tuple[Bearer, ...] = ()
    made_up: Bearer = Bearer("with a made-up key", "made-up")
    given: frozenset[str] = frozenset()
    apps: bool = False

    def inside(self, access: Access) -> list[Bearer]:
        """The keys that open it."""
        return [bearer for bearer in self.bearers if bearer.groups.intersection(access.groups)]

    def outside(self, access: Access) -> list[Bearer]:
        """Keys that must not open it, one for each set of groups: those of the same groups are alike."""
        found: dict[frozenset[str], Bearer] = {}
        for bearer in self.bearers:
            if not bearer.groups.intersection(access.groups):
                found.setdefault(bearer.groups, bearer)
        return list(found.values())

    def missing(self, groups: Sequence[str]) -> str:
        """Why there is no key of one of these groups, and what to write."""
        words = f"group {groups[0]}" if len(groups) == 1 else f"one of the groups {', '.join(groups)}"
        unread = sorted({bearer.consumer for bearer in self.unread if bearer.groups.intersection(groups)})
        if unread:
            return f"the key of {' and of '.join(unread)}, which the gateway keeps, could not be read: say keys: {{{unread[0]}: KEY}}"
        if self.apps:
            return f"no key that opens {' or '.join(groups)} is known: declare an app of it with a consumer_key, or say it in keys"
        return f"no key of {words} is known: declare a consumer with {'it' if len(groups) == 1 else 'one'} and a key in kong_consumers"


def header_of(access: Access) -> str:
    return access.header or DEFAULT_HEADER


def keyring_of(consumers: Sequence[Entry[Consumer]], said: Mapping[str, str], made_up: str, given: Sequence[str] = ()) -> Keyring:
    """``said`` are keys by ``namespace/name`` or ``namespace/name/slot``; they count before those of the declaration."""
    bearers: list[Bearer] = []
    unread: list[Bearer] = []
    for entry in consumers:
        consumer = entry.value
        for item in consumer.keys:
            value = said.get(f"{entry.key}/{item.slot}") or (said.get(entry.key) if item.slot == DEFAULT_SLOT else None) or item.key or ""
            words = f"with a key of {entry.key}" if item.slot == DEFAULT_SLOT else f"with key {item.slot} of {entry.key}"
            bearer = Bearer(words, value, entry.key, frozenset(consumer.groups), consumer.limits)
            (bearers if value else unread).append(bearer)
    return Keyring(tuple(bearers), tuple(unread), Bearer("with a made-up key", made_up), frozenset(name.lower() for name in given))
