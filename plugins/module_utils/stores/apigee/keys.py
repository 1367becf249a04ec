# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of an app: which standing key a declared one means, what differs, and what will stand. Pure.

A key has no name on the server, and no order that means anything. So a declared key (its name here is its slot) is the one with the declared value, or the one
whose attribute ``inference-gateway-key`` holds the slot, or the only one that there is. None is ever found by its place in a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...models.apigee import DEFAULT_SLOT, SLOT, attributes_of, changed_attributes, crowded, said, unknown_slot, users_attributes

Key = Mapping[str, Any]
"""One key in normal form, declared or standing."""
Keys = Mapping[str, Key]
"""Keys by slot. A standing key that bears no slot goes by a digest of its value, which begins with ``~``."""
Path = tuple[str, ...]

APPROVED, REVOKED = "approved", "revoked"
NEVER = "-1"
"""How the API spells an expiry that never comes."""
SLACK = 5
"""Seconds by which a key's lifetime may miss the declared one: both its ends are the server's own clock."""


# -- as they stand --------------------------------------------------------------------------------------------------------------------


def standing(credentials: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The keys of an app by slot. Of two with one slot, which only two runs at once can make, the older one has it."""
    found: dict[str, dict[str, Any]] = {}
    for credential in sorted(credentials, key=lambda each: (int(each.get("issuedAt") or 0), str(each.get("consumerKey")))):
        slot = attributes_of(credential).get(SLOT, "")
        found[slot if slot and slot not in found else unknown_slot(str(credential.get("consumerKey")))] = normal_key(credential)
    return {slot: found[slot] for slot in sorted(found)}


def normal_key(credential: Mapping[str, Any]) -> dict[str, Any]:
    """Its secret stands in it too: whoever shows a key hides both."""
    attached = statuses(credential)
    spec = {name: credential.get(name) for name in ("consumerKey", "consumerSecret", "status", "scopes", "issuedAt", "expiresAt")}
    spec |= {"products": list(attached), "pending": [name for name, status in attached.items() if status != APPROVED]}
    spec["attributes"] = users_attributes(attributes_of(credential))
    return {name: value for name, value in said(spec).items() if (name, value) != ("expiresAt", NEVER)}


def statuses(credential: Mapping[str, Any]) -> dict[str, str]:
    """The products of a key, each with its status. A list of plain names, as it is sent, says nothing about status."""
    found = {}
    for item in credential.get("apiProducts") or ():
        if isinstance(item, Mapping) and item.get("apiproduct"):
            found[str(item["apiproduct"])] = str(item.get("status") or APPROVED)
    return found


def lifetime(key: Key) -> int | None:
    """Seconds between the two ends of a standing key; None for one that never expires, or that does not say."""
    if not key.get("expiresAt") or not key.get("issuedAt"):
        return None
    return round((int(key["expiresAt"]) - int(key["issuedAt"])) / 1000)


# -- which is which -------------------------------------------------------------------------------------------------------------------


def automatic(keys: Keys) -> str | None:
    """The slot of the key that comes with every new app: the one called ``default``, else the first by name, of those that bring no value of their own."""
    free = sorted(slot for slot, key in keys.items() if not key.get("consumerKey") and not key.get("gone"))
    return DEFAULT_SLOT if DEFAULT_SLOT in free else next(iter(free), None)


def declared(spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The declared keys. What the app says of scopes goes for each key that says nothing of its own, what it says of expiry for the automatic one."""
    keys = {slot: dict(key) for slot, key in (spec.get("keys") or {}).items()}
    for key in keys.values():
        if "scopes" in spec and "scopes" not in key and not key.get("gone"):
            key["scopes"] = spec["scopes"]
    slot = automatic(keys)
    if slot is not None and spec.get("keyExpiresIn") and keys[slot].get("expiresInSeconds") is None:
        milliseconds = int(spec["keyExpiresIn"])
        keys[slot]["expiresInSeconds"] = NEVER if milliseconds < 0 else str(milliseconds // 1000)
    return keys


def matched(wanted: Keys, live: Keys) -> dict[str, str | None]:
    """Each declared slot with the name under which its key stands; None where it has none yet."""
    values = {key.get("consumerKey"): name for name, key in live.items()}
    found: dict[str, str | None] = {slot: values.get(key["consumerKey"]) for slot, key in wanted.items() if key.get("consumerKey")}
    taken = set(found.values())
    for slot, key in wanted.items():
        if not key.get("consumerKey"):
            found[slot] = slot if slot in live and slot not in taken else None
    lacking, only = _automatic_of(wanted, found), next(iter(live), None)
    if lacking is not None and only is not None and len(live) == 1 and _nameless(only) and only not in taken:
        found[lacking] = only
    return found


def _automatic_of(wanted: Keys, found: Mapping[str, str | None]) -> str | None:
    return automatic({slot: key for slot, key in wanted.items() if found.get(slot) is None})


def _nameless(name: str) -> bool:
    return name.startswith("~")


def refusals(wanted: Keys, live: Keys) -> Iterator[tuple[str, str]]:
    """What the API cannot do to a standing key, by slot. Never a value."""
    places = matched(wanted, live)
    strangers = [name for name in live if name not in places.values()]
    for slot, key in wanted.items():
        name = places[slot]
        if key.get("gone"):
            continue
        if name is not None:
            yield from ((slot, why) for why in _immutable(key, live[name]))
            yield from ((slot, why) for why in crowded(live[name].get("attributes") or {}, key.get("attributes") or {}, {SLOT: slot}))
        elif not key.get("consumerKey") and strangers and all(map(_nameless, live)):
            yield (
                slot,
                f"the app has {len(live)} keys already, none with a name of ours, so which one is meant is not known. Write its value into consumer_key.",
            )


def _immutable(key: Key, live: Key) -> Iterator[str]:
    if _expiry_differs(key, live):
        there = "never expires" if lifetime(live) is None else f"lives {lifetime(live)} s"
        wish = "for ever" if int(key["expiresInSeconds"]) < 0 else f"{key['expiresInSeconds']} s"
        yield (
            f"its key {there}, declared is {wish}, and Apigee sets the expiry of a key only when it is made. "
            "Declare a new key under another name, and give this one state: absent when its users have changed over."
        )
    if key.get("consumerSecret") and live.get("consumerSecret") and key["consumerSecret"] != live["consumerSecret"]:
        yield "the key stands with another secret, which Apigee cannot change. Bring a new key with it, under another name."


def _expiry_differs(key: Key, live: Key) -> bool:
    if key.get("expiresInSeconds") in (None, ""):
        return False
    wish, there = int(key["expiresInSeconds"]), lifetime(live)
    if live.get("expiresAt") and there is None:
        return wish < 0
    if wish < 0 or there is None:
        return (wish < 0) != (there is None)
    return abs(wish - there) > SLACK


# -- what differs ---------------------------------------------------------------------------------------------------------------------


def differences(wanted: Keys, live: Keys, purge: bool) -> Iterator[Path]:
    """Paths below ``keys`` of what has to be written. Never a key's value or secret."""
    places = matched(wanted, live)
    for slot, key in wanted.items():
        name = places[slot]
        if name is not None and not key.get("gone"):
            yield from ((slot, *path) for path in _key_differences(slot, key, name, live[name]))
        elif name is None and not key.get("gone"):
            yield (slot, "consumerKey") if slot in live else (slot,)
        elif name is not None:
            yield (slot,)
    if purge:
        yield from ((name,) for name in live if name not in places.values())


def _key_differences(slot: str, key: Key, name: str, live: Key) -> Iterator[Path]:
    if name != slot:
        yield ("name",)
    for part in ("products", "scopes"):
        if part in key and sorted(key[part] or ()) != list(live.get(part) or ()):
            yield (part,)
    if key.get("status") and key["status"] != live.get("status", APPROVED):
        yield ("status",)
    if key.get("approve") and set(live.get("pending") or ()) & set(key.get("products", live.get("products")) or ()):
        yield ("pending",)
    there = live.get("attributes") or {}
    yield from (("attributes", each) for each, value in (key.get("attributes") or {}).items() if (value or "") != there.get(each, ""))
    if _expiry_differs(key, live):
        yield ("expiresInSeconds",)
    if key.get("consumerSecret") and live.get("consumerSecret") and key["consumerSecret"] != live["consumerSecret"]:
        yield ("consumerSecret",)


def predicted(wanted: Keys, live: Keys, purge: bool) -> dict[str, dict[str, Any]]:
    """The keys as they will stand. What only the server knows of a new one (its value, its dates, whether a product waits for approval) is left out."""
    places = matched(wanted, live)
    after = {name: dict(key) for name, key in live.items() if name not in places.values() and not purge}
    for slot, key in wanted.items():
        name = places[slot]
        if slot in after:  # another key has the slot until now, and stays without it
            displaced = after.pop(slot)
            after[unknown_slot(str(displaced.get("consumerKey")))] = displaced
        if not key.get("gone"):
            after[slot] = _key_after(key, live[name] if name is not None else {"status": APPROVED})
    return {slot: after[slot] for slot in sorted(after)}


def _key_after(key: Key, live: Key) -> dict[str, Any]:
    after = {**live, **{part: value for part, value in key.items() if part not in ("attributes", "approve", "gone", "expiresInSeconds") and value is not None}}
    if key.get("attributes"):
        after["attributes"] = changed_attributes(live.get("attributes") or {}, key["attributes"], {})
    if not live.get("issuedAt") and int(key.get("expiresInSeconds") or -1) > 0:
        after["expiresInSeconds"] = key["expiresInSeconds"]
    waiting = set(live.get("pending") or ()) & set(after.get("products") or ())
    after["pending"] = [] if key.get("approve") else sorted(waiting)
    return said(after)
