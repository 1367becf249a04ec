# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of developers with their keys: the strategy by which the store reads, compares and writes them.

Products belong to keys. They are sent with an app only when it is made; sent with a change, each time they would mint a further key. What is written is looked
at afterwards, by one request an app, until it compares equal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ...engine.errors import RefusedError
from ...engine.objects import Key, Object
from ...models.apigee import APPS, MANAGED_BY, OWNER, attribute_list, attributes_of, changed_attributes, differences, merged, said
from ..transport import ApiError
from . import keys
from .app_rows import EMAIL, People, all_apps, one_app
from .client import Client, Row
from .developers import address, plain
from .key_writes import KeyWriter
from .strategy import CONFLICT, MISSING, LostError, Path, Spec, Strategy, gone, waiting

OF_OTHER_CALLS = ("keys", "purgeKeys", "developer", "name", "status", "scopes", "keyExpiresIn")
"""What of a declared app no PUT writes."""
NOT_SENT = ("createdAt", "lastModifiedAt", "credentials", "status", "apiProducts", EMAIL, "companyName", "appGroup")
"""What of a standing app no PUT sends: the server's own, what has calls of its own, and what only the list of all apps has."""
FIRST_KEY, LOOK, HANDOVER, NEW = 15.0, 30.0, 10.0, 600.0
"""Seconds at most that we wait: for the automatic key of a new app, to see what was written, for another app to give up a key. And how long an app is new."""


@dataclass
class Apps(Strategy):
    """``holders``: who has a key, by its value; ``given_up``: the keys that their apps are to lose. ``ids`` of developers by email.

    ``written``: apps by name as they stood after our write; ``deleted``: ids. ``everyone``: apps
    that are nothing to us are asked for as well.
    """

    everyone: bool = False
    patience: float = 60.0
    written: dict[str, Row] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    holders: dict[str, Row] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)

    kind: ClassVar[str] = APPS
    collection: ClassVar[str] = "apps"
    named_by: ClassVar[str] = "name"
    fields: ClassVar[tuple[str, ...]] = ("name", "callbackUrl", "status", "scopes")

    # -- reading ---------------------------------------------------------------------------------------------------------------------

    def rows(self, client: Client, desired: Mapping[Key, Object]) -> list[Row]:
        """Apps of developers. Those of app groups are nothing to us, but for the keys that they hold."""
        wanted = [(str(email), str(name)) for email, _slash, name in (key.name.partition("/") for key in desired)]
        found = self._caught_up(client, all_apps(client, wanted, self.everyone))
        self.ids = {str(row[EMAIL]): str(row["developerId"]) for row in found if row.get(EMAIL) and row.get("developerId")}
        self.holders = {str(each.get("consumerKey")): row for row in found for each in row.get("credentials") or ()}
        specs = {each.name: obj["spec"] for each, obj in desired.items()}
        self.given_up = {value for row in found if row.get(EMAIL) for value in _given_up(row, specs.get(self.name(row)))}
        return [row for row in found if row.get(EMAIL) and not row.get("appGroup")]

    def _caught_up(self, client: Client, rows: list[Row]) -> list[Row]:
        """Lists may lag behind what we wrote: what they show otherwise than it stood after our write is looked at by itself."""
        shown = {self.name(row): row for row in rows if row.get(EMAIL) and self.uid(row) not in self.deleted}
        for name, stood in self.written.items():
            if name not in shown or self.spec(shown[name]) != self.spec(stood):
                now = one_app(client, stood[EMAIL], stood["name"], stood)
                shown |= {name: now} if now is not None else {}
        return [*shown.values(), *(row for row in rows if not row.get(EMAIL))]

    def name(self, row: Row) -> str:
        return f"{row[EMAIL]}/{row['name']}"

    def uid(self, row: Row) -> str:
        return str(row.get("appId") or row.get("createdAt") or "")

    def spec(self, row: Row) -> Spec:
        spec = super().spec(row) | {"developer": row[EMAIL]}
        if row.get("keyExpiresIn") not in (None, "", keys.NEVER):
            spec["keyExpiresIn"] = str(row["keyExpiresIn"])
        return said({**spec, "keys": keys.standing(row.get("credentials") or ())})

    # -- comparing -------------------------------------------------------------------------------------------------------------------

    def differ(self, desired: Spec, live: Spec) -> list[Path]:
        """Keys are named by their slots; a value or secret is never part of it."""
        found = differences(_plain(desired), live)
        if desired.get("status") and desired["status"] != live.get("status", keys.APPROVED):
            found.append(("status",))
        of_keys = keys.differences(keys.declared(desired), live.get("keys") or {}, bool(desired.get("purgeKeys")))
        return found + [("keys", *path) for path in of_keys]

    def predict(self, desired: Spec, live: Spec | None) -> Spec:
        before = live or {"status": keys.APPROVED, **{name: desired[name] for name in ("scopes", "keyExpiresIn") if desired.get(name)}}
        after = merged(_plain(desired), before) | {"developer": desired["developer"], "name": desired["name"]}
        if desired.get("status"):
            after["status"] = desired["status"]
        return said({**after, "keys": keys.predicted(keys.declared(desired), before.get("keys") or {}, bool(desired.get("purgeKeys")))})

    def objections(self, desired: Spec, live: Spec | None, row: Row | None) -> list[str]:
        """What the API cannot do to a key that stands, and keys that other apps hold and keep."""
        wanted = keys.declared(desired)
        found = super().objections(desired, live, row)
        found += [f"key {slot}: {why}" for slot, why in keys.refusals(wanted, (live or {}).get("keys") or {})]
        for slot, key in wanted.items():
            value = key.get("consumerKey") or ""
            holder = self.holders.get(value)
            if holder and not key.get("gone") and value not in self.given_up and not _is(holder, desired):
                found.append(f"key {slot}: its consumer_key is a key of {_called(holder)}. Take it away there, or write another value.")
        return found

    def unique(self, spec: Spec) -> dict[str, str]:
        """Values that no two apps may hold. They are secrets."""
        found = {slot: key for slot, key in (spec.get("keys") or {}).items() if key.get("consumerKey") and not key.get("gone")}
        return {key["consumerKey"]: f"consumer_key of key {slot}" for slot, key in found.items()}

    # -- writing ---------------------------------------------------------------------------------------------------------------------

    def create(self, client: Client, desired: Spec, marks: Mapping[str, str]) -> Row:
        wanted = keys.declared(desired)
        first = keys.automatic(wanted)
        body: Row = {name: desired[name] for name in ("name", "callbackUrl") if desired.get(name)}
        body["attributes"] = attribute_list(changed_attributes({}, desired.get("attributes") or {}, marks))
        if desired.get("keyExpiresIn"):
            body["keyExpiresIn"] = str(desired["keyExpiresIn"])
        elif first and int(wanted[first].get("expiresInSeconds") or -1) > 0:
            body["keyExpiresIn"] = str(int(wanted[first]["expiresInSeconds"]) * 1000)
        if first and wanted[first].get("products"):
            body["apiProducts"] = list(wanted[first]["products"])
            if wanted[first].get("scopes"):
                body["scopes"] = list(wanted[first]["scopes"])
        row = self._made(client, desired, body, marks)
        if first or desired.get("purgeKeys"):
            row = self._with_a_key(client, desired, row)
        return self._towards(client, desired, row, marks)

    def update(self, client: Client, desired: Spec, row: Row, marks: Mapping[str, str]) -> Row:
        if not row.get("credentials") and keys.automatic(keys.declared(desired)):
            row = self._with_a_key(client, desired, row)
        return self._towards(client, desired, row, marks)

    def delete(self, client: Client, row: Row) -> None:
        gone(client, *address({**row, "email": row[EMAIL]}), "apps", str(row["name"]))
        self.deleted.add(self.uid(row))

    def _towards(self, client: Client, desired: Spec, row: Row, marks: Mapping[str, str]) -> Row:
        """The app itself, then its keys, then a look. An app that has to be revoked is revoked first, one that has to work is approved last."""
        segments = (*self._developer(client, desired["developer"]), "apps", str(desired["name"]))
        wish, status = desired.get("status"), row.get("status") or keys.APPROVED
        if wish == keys.REVOKED != status:
            client.action(*segments, action="revoke")
        attributes = changed_attributes(attributes_of(row), desired.get("attributes") or {}, marks)
        if attributes != attributes_of(row) or differences(_plain(desired), self.spec(row)):
            self._replace(client, segments, desired, marks)
        writer = KeyWriter(client, segments, _title(desired), lambda value: self._holder(client, value, desired), self._wait)
        writer.converge(keys.declared(desired), row.get("credentials") or (), bool(desired.get("purgeKeys")))
        if wish == keys.APPROVED != status:
            client.action(*segments, action="approve")
        there = self._confirmed(client, desired, marks)
        if writer.yielded(there.get("credentials") or ()):
            there = self._confirmed(client, desired, marks)
        self.written[self.name(there)] = there
        return there

    def _replace(self, client: Client, segments: tuple[str, ...], desired: Spec, marks: Mapping[str, str]) -> None:
        """A PUT replaces everything, so it is built on a fresh read: the list of all apps does not show each field of an app."""
        raw = client.get(*segments)
        body = {name: value for name, value in raw.items() if name not in NOT_SENT}
        body |= {name: value for name, value in _plain(desired).items() if name != "attributes"}
        body["attributes"] = attribute_list(changed_attributes(attributes_of(raw), desired.get("attributes") or {}, marks))
        client.put(*segments, body=body)

    # -- what Apigee does later ------------------------------------------------------------------------------------------------------

    def _made(self, client: Client, desired: Spec, body: Row, marks: Mapping[str, str]) -> Row:
        """The new app. One that is there already is ours where it bears our marks: the first of two that were sent had arrived."""
        developer = self._developer(client, desired["developer"])
        patient = self._wait()
        while True:
            try:
                return {**client.post(*developer, "apps", body=body), EMAIL: desired["developer"]}
            except ApiError as error:
                if error.status == MISSING:
                    raise _missing(desired, error) from None
                if error.status != CONFLICT:
                    raise
                row = self._one(client, desired)
                if row is not None and _bears(attributes_of(row), marks):
                    if problems := self.objections(desired, self.spec(row), row):
                        raise RefusedError(f"{_title(desired)}: {' '.join(problems)}") from None
                    return row
                if row is not None or not patient():
                    why = (
                        "came to be while this run was writing, made by somebody else" if row else "is still being deleted by Apigee; run again in some minutes"
                    )
                    raise RefusedError(f"{_title(desired)}: {why}, and was left as it is.") from None

    def _with_a_key(self, client: Client, desired: Spec, row: Row) -> Row:
        """A new app shows its automatic key only after a moment. One whose keys were all taken away never does, and an older one is taken for that."""
        patient, found = self._wait(FIRST_KEY), row
        while not found.get("credentials") and _is_new(found) and patient():
            found = self._one(client, desired) or found
        return found

    def _confirmed(self, client: Client, desired: Spec, marks: Mapping[str, str]) -> Row:
        """The row that stands afterwards, as soon as it is what was declared."""
        patient = self._wait(LOOK)
        while True:
            row = self._one(client, desired)
            lost: list[Path] = [("name",)]
            if row is not None:
                lost = self.differ(desired, self.spec(row)) + [("attributes", name) for name, value in marks.items() if attributes_of(row).get(name) != value]
                if not lost:
                    return row
            if not patient():
                raise LostError(lost)

    def _wait(self, seconds: float | None = None) -> Callable[[], bool]:
        return waiting(self.patience if seconds is None else min(seconds, self.patience))

    # -- who -------------------------------------------------------------------------------------------------------------------------

    def _developer(self, client: Client, email: str) -> tuple[str, str]:
        """The path of a developer. Where it needs the id, and no app of theirs told it, they are asked for it."""
        if not plain(email) and email not in self.ids:
            people = People.first(client)
            people.learn({email})
            self.ids |= {email: str(people.known[email]["developerId"])} if email in people.known else {}
        return address({"email": email, "developerId": self.ids.get(email)})

    def _one(self, client: Client, desired: Spec) -> Row | None:
        return one_app(client, desired["developer"], desired["name"], {"developerId": self.ids.get(desired["developer"])})

    def _holder(self, client: Client, value: str, desired: Spec) -> str:
        """The other app that holds a key; nothing where none is known, or the one that held it has given it up. One that is about to is waited for a little."""
        row = self.holders.get(value)
        if row is None or _is(row, desired):
            return ""
        patient = self._wait(HANDOVER if value in self.given_up else 0)
        while row.get(EMAIL):
            now = one_app(client, row[EMAIL], row["name"], row)
            if now is None or value not in [each.get("consumerKey") for each in now["credentials"]]:
                return ""
            if not patient():
                break
        return _called(row)


def _given_up(row: Row, desired: Spec | None) -> set[str]:
    """The values of keys that an app has, and will not have as it is declared."""
    if desired is None:
        return set()
    live = keys.standing(row.get("credentials") or ())
    after = keys.predicted(keys.declared(desired), live, bool(desired.get("purgeKeys")))
    return {key["consumerKey"] for key in live.values()} - {key.get("consumerKey") for key in after.values()}


def _plain(desired: Spec) -> Spec:
    """What a PUT writes."""
    return {name: value for name, value in desired.items() if name not in OF_OTHER_CALLS}


def _is(row: Row, desired: Spec) -> bool:
    return (row.get(EMAIL), row.get("name")) == (desired["developer"], desired["name"])


def _called(row: Row) -> str:
    return f"app {row.get('name')} of {row.get(EMAIL) or row.get('appGroup') or row.get('developerId') or 'somebody'}"


def _title(desired: Spec) -> str:
    return f"app {desired['name']} of {desired['developer']}"


def _is_new(row: Row) -> bool:
    """By two clocks that need not agree to the minute; one that tells nothing is new."""
    return time.time() - int(row.get("createdAt") or time.time() * 1000) / 1000 < NEW


def _bears(attributes: Mapping[str, str], marks: Mapping[str, str]) -> bool:
    return all(attributes.get(name) == marks.get(name) for name in (MANAGED_BY, OWNER))


def _missing(desired: Spec, error: ApiError) -> RefusedError:
    if any("apiproduct" in str(kind).lower() for kind in error.body.get("kinds") or ()) or "product" in error.text.lower():
        products = sorted({name for key in (desired.get("keys") or {}).values() for name in key.get("products") or ()})
        return RefusedError(f"{_title(desired)}: one of its products does not exist ({', '.join(products)}). Declare it in apigee_products. {error.text}")
    return RefusedError(f"{_title(desired)}: the developer does not exist. Declare {desired['developer']} in apigee_developers.")
