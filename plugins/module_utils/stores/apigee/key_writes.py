# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing the keys of one app: calls in an order in which a run may die between any two of them, and the next run goes on.

What is there is made right first, the automatic key of a new app before anything else bears a slot; then what is missing is made; what has to go goes last,
so that two keys overlap while one takes over from the other. The call that mints a key pair of Apigee's own choice is never used: a key that we make has
values of ours, and with them its creation may be sent twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...engine.errors import RefusedError, UnreachableError
from ...models.apigee import SLOT, attribute_list, attributes_of, changed_attributes
from ..transport import ApiError
from .client import Client, Row
from .keys import APPROVED, REVOKED, Key, Keys, matched, standing, statuses

GONE, TAKEN = 404, 409


@dataclass
class KeyWriter:
    """``app`` are the segments that lead to the app, ``title`` is what messages call it. ``elsewhere`` says who else holds a value, or nothing while nobody is
    known to; it is asked anew until ``wait`` says that it took long enough.
    """

    client: Client
    app: tuple[str, ...]
    title: str
    elsewhere: Callable[[str], str]
    wait: Callable[[], Callable[[], bool]]
    made: dict[str, str] = field(default_factory=dict)

    def converge(self, wanted: Keys, credentials: Iterable[Mapping[str, Any]], purge: bool) -> None:
        raw = {str(each.get("consumerKey")): each for each in credentials}
        live = standing(raw.values())
        places = matched(wanted, live)
        there = {slot: raw[live[name]["consumerKey"]] for slot, name in places.items() if name is not None}
        kept = {slot: credential for slot, credential in there.items() if not wanted[slot].get("gone")}
        doomed = [credential for slot, credential in there.items() if slot not in kept]
        doomed += [raw[key["consumerKey"]] for name, key in live.items() if purge and name not in places.values()]
        for slot, credential in kept.items():
            self._adjust(slot, wanted[slot], credential)
        for slot in sorted(wanted):
            if slot not in there and not wanted[slot].get("gone"):
                self._adjust(slot, wanted[slot], self._make(slot, wanted[slot]))
        self._give_up_slots(wanted, kept, [each for each in raw.values() if each not in doomed])
        for credential in doomed:
            self._remove(credential)

    def yielded(self, credentials: Iterable[Mapping[str, Any]]) -> bool:
        """Of two runs at once that both made a key for one slot, the one whose key is the newer takes it back. The slot is the older one's."""
        there = {str(each.get("consumerKey")): each for each in credentials}
        slots = {slot: key["consumerKey"] for slot, key in standing(there.values()).items()}
        lost = [there[value] for slot, value in self.made.items() if value in there and slots.get(slot) != value]
        for credential in lost:
            self._remove(credential)
        return bool(lost)

    # -- one key ---------------------------------------------------------------------------------------------------------------------

    def _make(self, slot: str, key: Key) -> Row:
        """A key with values of its own: the declared ones, else random ones. It comes without products, and approved."""
        value = str(key.get("consumerKey") or self.made.setdefault(slot, secrets.token_hex(24)))
        body: Row = {"consumerKey": value, "consumerSecret": str(key.get("consumerSecret") or secrets.token_hex(32))}
        body["attributes"] = attribute_list(changed_attributes({}, key.get("attributes") or {}, {SLOT: slot}))
        if int(key.get("expiresInSeconds") or -1) > 0:
            body["expiresInSeconds"] = str(key["expiresInSeconds"])
        patient = self.wait()
        while True:
            try:
                return {**self._ask(value, lambda: self.client.post(*self.app, "keys", body=body)), "consumerKey": value}
            except ApiError as error:
                if error.status != TAKEN:
                    raise
                if (mine := self._look(value)) is not None:  # the first of two that were sent had arrived
                    return mine
                holder = self.elsewhere(value)
                if holder or not patient():
                    raise self._taken(slot, holder) from None

    def _adjust(self, slot: str, key: Key, credential: Mapping[str, Any]) -> None:
        attached = statuses(credential)
        declared = [str(name) for name in key["products"] or ()] if "products" in key else list(attached)
        has, value = attributes_of(credential), str(credential["consumerKey"])
        attributes = changed_attributes(has, key.get("attributes") or {}, {SLOT: slot})
        scopes = sorted(credential.get("scopes") or ())
        status = str(credential.get("status") or APPROVED)
        if key.get("status") == REVOKED != status:
            self._act(value, action="revoke")
        added = sorted(set(declared) - set(attached))
        if added or attributes != has:
            answer = self._update(value, attributes, scopes, added)
            attached |= dict.fromkeys(added, "pending") | statuses(answer)
        if "scopes" in key and sorted(key["scopes"] or ()) != scopes:
            body = {"scopes": sorted(key["scopes"] or ()), "attributes": attribute_list(attributes)}
            self._ask(value, lambda: self.client.put(*self.app, "keys", value, body=body))
        if key.get("approve"):
            for product in declared:
                if attached.get(product) != APPROVED:
                    self._act(value, "apiproducts", product, action="approve")
        for product in sorted(set(attached) - set(declared)):
            self._unless_gone(value, partial(self.client.delete, *self.app, "keys", value, "apiproducts", product))
        if key.get("status") == APPROVED != status:
            self._act(value, action="approve")

    def _update(self, value: str, attributes: Mapping[str, str], scopes: list[str], added: Iterable[str] = ()) -> Row:
        """The call adds products, and replaces attributes and scopes: what has to stay of them is sent again."""
        body: Row = {"attributes": attribute_list(attributes)}
        if scopes:
            body["scopes"] = scopes
        if products := list(added):
            body["apiProducts"] = products
        answer: Row = self._ask(value, lambda: self.client.post(*self.app, "keys", value, body=body))
        return answer

    def _give_up_slots(self, wanted: Keys, kept: Mapping[str, Mapping[str, Any]], credentials: Iterable[Mapping[str, Any]]) -> None:
        """A slot that means another key now is taken off the one that bore it, which else stays as it is."""
        mine = {each.get("consumerKey") for each in kept.values()}
        for credential in credentials:
            attributes, value = attributes_of(credential), str(credential.get("consumerKey"))
            slot = attributes.pop(SLOT, "")
            if slot in wanted and value not in mine and not wanted[slot].get("gone"):
                self._update(value, attributes, sorted(credential.get("scopes") or ()))

    def _remove(self, credential: Mapping[str, Any]) -> None:
        """Revoked before it is deleted: that much counts at once."""
        value = str(credential.get("consumerKey"))
        if credential.get("status") != REVOKED:
            self._unless_gone(value, lambda: self.client.action(*self.app, "keys", value, action="revoke"))
        self._unless_gone(value, lambda: self.client.delete(*self.app, "keys", value))

    # -- requests --------------------------------------------------------------------------------------------------------------------

    def _look(self, value: str) -> Row | None:
        try:
            answer: Row = self._ask(value, lambda: self.client.get(*self.app, "keys", value))
            return answer
        except ApiError as error:
            if error.status != GONE:
                raise
            return None

    def _act(self, value: str, *segments: str, action: str) -> None:
        self._ask(value, lambda: self.client.action(*self.app, "keys", value, *segments, action=action))

    def _unless_gone(self, value: str, call: Callable[[], object]) -> None:
        try:
            self._ask(value, call)
        except ApiError as error:
            if error.status != GONE:
                raise

    def _ask(self, value: str, call: Callable[[], Any]) -> Any:
        """No refusal shows the key that it is about."""
        try:
            return call()
        except ApiError as error:
            body = {**error.body, "message": error.text.replace(value, "(key)")}
            raise ApiError(error.status, body, error.method, error.path.replace(value, "(key)")) from None
        except UnreachableError as error:
            raise type(error)(str(error).replace(value, "(key)")) from None

    def _taken(self, slot: str, holder: str) -> RefusedError:
        where = f"it is a key of {holder}" if holder else "it is a key of an app that cannot be seen, or that is still being deleted"
        return RefusedError(f"{self.title}: key {slot}: its consumer_key is taken: {where}. Take it away there, or write another value.")
