# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Developers. Their status is set by an action; a deletion takes their apps and keys along, some time later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

from ...engine.objects import Key, Object
from ...models.apigee import DEVELOPERS
from .client import PAGE, Client, Row, listed
from .strategy import Spec, Strategy, found, gone

PATH = "developers"
ACTIVE = "active"
AT_ONCE = 8
BATCH = 100
"""Emails in one query: an address of some thousand letters is still taken everywhere."""
_PLAIN = re.compile(r"[a-z0-9@._-]+")


@dataclass
class Developers(Strategy):
    """``cascade``: a deletion is allowed, with all the apps and keys that go along."""

    cascade: bool = False
    patience: float = 60.0

    kind: ClassVar[str] = DEVELOPERS
    collection: ClassVar[str] = PATH
    named_by: ClassVar[str] = "email"
    fields: ClassVar[tuple[str, ...]] = ("email", "firstName", "lastName", "userName", "status")

    def rows(self, client: Client, _desired: Mapping[Key, Object]) -> list[Row]:
        """``expand`` is not valid with ``count`` or ``startKey``, so the expanded list ends at a thousand. Beyond it emails are paged, and the rest is asked
        for by ``ids``.
        """
        people = {row["email"]: row for row in listed(client.get(PATH, expand=True), "developer", "email")}
        if len(people) >= PAGE:
            rest = [row["email"] for row in client.paged(PATH, "email", "developer") if row["email"] not in people]
            with ThreadPoolExecutor(AT_ONCE) as workers:
                for rows in workers.map(lambda emails: _named(client, emails), batched(rest)):
                    people |= {row["email"]: row for row in rows}
        return list(people.values())

    def spec(self, row: Row) -> Spec:
        """A developer is active unless something else is said."""
        return {"status": ACTIVE, **super().spec(row)}

    def uid(self, row: Row) -> str:
        return str(row.get("developerId") or row.get("createdAt") or "")

    def refuse_deletion(self, row: Row) -> str:
        if self.cascade:
            return ""
        apps = len(row.get("apps") or ())
        more = f" {apps if apps < 100 else '100 or more'} app{'s' if apps != 1 else ''} of this developer would go with all keys." if apps else ""
        remedy = "Set cascade to true to allow it (apigee_cascade in an inventory), or declare status: inactive."
        return f"deleting a developer takes all of its apps and keys along.{more} {remedy}"

    def standing(self, client: Client, name: str) -> Row | None:
        return next(iter(_named(client, [name])), None)

    def create(self, client: Client, desired: Spec, marks: Mapping[str, str]) -> Row:
        plain = {name: value for name, value in desired.items() if name != "status"}
        row = self.made(client, plain, self.body(plain, {}, marks), marks)
        return self._settled(client, desired, row)

    def update(self, client: Client, desired: Spec, row: Row, marks: Mapping[str, str]) -> Row:
        plain = {name: value for name, value in desired.items() if name != "status"}
        body = self.body(plain, row, marks, "apps", "companies", "status", "organizationName", "developerId", "accessType", "appFamily")
        if self.differ(plain, self.spec(row)) or any(self.attributes(row).get(name) != value for name, value in marks.items()):
            row = {**row, **client.put(*address(row), body=body)}
        return self._settled(client, desired, row)

    def _settled(self, client: Client, desired: Spec, row: Row) -> Row:
        """The status is the last step: a PUT and a creation do not carry it (trap: status is set by an action that answers 204 without a body)."""
        wanted = desired.get("status")
        if wanted and wanted != (row.get("status") or ACTIVE):
            client.action(*address(row), action=wanted)
            row = {**row, "status": wanted}
        return self.kept(desired, row)

    def delete(self, client: Client, row: Row) -> None:
        gone(client, *address(row))


def address(row: Row) -> tuple[str, str]:
    """By the email, or by the id where the email holds a character that servers were seen to decode once more ('+' became a blank)."""
    email = str(row["email"])
    return (PATH, email if plain(email) or not row.get("developerId") else str(row["developerId"]))


def plain(email: str) -> bool:
    """Whether an email may stand in a path as it is."""
    return _PLAIN.fullmatch(email) is not None


def batched(emails: list[str]) -> list[list[str]]:
    return [emails[start : start + BATCH] for start in range(0, len(emails), BATCH)]


def _named(client: Client, emails: list[str]) -> list[Row]:
    """These developers; one by one those that the list does not give."""
    answer = client.get(PATH, expand=True, ids=",".join(emails))
    known = {row["email"]: row for row in listed(answer, "developer", "email") if row["email"] in emails}
    return [row for email in emails if (row := known.get(email) or found(client, PATH, email))]
