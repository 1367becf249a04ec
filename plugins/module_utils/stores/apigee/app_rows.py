# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All apps of an organisation with all their keys, in the fewest requests that miss none.

``apps`` shows only approved apps with approved keys unless it is told otherwise, and takes one status of each at a time. So it is read four times, a thousand
apps a page, and an app's keys are those of all four answers together. The list of one developer's apps would show all keys at once, but it is one request a
developer, holds a hundred apps at most, and does not tell which further apps are ours.

An app that none of the four shows may still be there: one without any key, or one that was made a moment ago. The list of developers names the apps of each
(the first hundred), so it is asked only where a declared app was not found, or where the rows name developers by id alone, and such apps are then looked at
one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from ...models.apigee import MANAGED_BY, attributes_of
from .client import PAGE, Client, Row, listed
from .developers import address
from .strategy import found

STATUSES = ("approved", "revoked")
NAMED = 100
"""So many apps a developer's row names at most."""
EMAIL = "developerEmail"
OWNER_ID = "developerId"
BATCH = 100
"""Names in one query: an address of some thousand letters is still taken everywhere."""


def all_apps(client: Client, wanted: Iterable[tuple[str, str]], everyone: bool = False) -> list[Row]:
    """The rows of all apps, of developers and of others. ``wanted`` are those that must not be missed, by email and name; with ``everyone`` none may be."""
    wanted = list(wanted)
    with ThreadPoolExecutor(len(STATUSES) ** 2) as workers:
        answers = list(workers.map(lambda asked: list(_pages(client, *asked)), product(STATUSES, STATUSES)))
        rows = _joined(row for answer in answers for row in answer)
        people: People | None = None
        if any(map(_unsigned, rows)):
            people = People.first(client)
            rows = _signed(rows, people, None if everyone else {name for _email, name in wanted})
        shown = {(row.get(EMAIL), row.get("name")) for row in rows}
        if missing := [each for each in wanted if each not in shown]:
            people = people or People.first(client)
            people.learn({email for email, _name in missing})
            there = [each for each in missing if people.may_have(*each)]
            rows += filter(None, workers.map(lambda each: one_app(client, each[0], each[1], people.known.get(each[0])), there))
    return rows


def one_app(client: Client, email: str, name: str, developer: Row | None = None) -> Row | None:
    """One app with all its keys, None where it is not there."""
    row = found(client, *address({**(developer or {}), "email": email}), "apps", name)
    return None if row is None else {**row, EMAIL: email, "credentials": listed(row, "credentials", "consumerKey")}


@dataclass
class People:
    """Developers by email and by id. A list that is expanded ends at a thousand; beyond it those that matter are asked for by ``ids``."""

    client: Client
    known: dict[str, Row] = field(default_factory=dict)
    whole: bool = False

    @classmethod
    def first(cls, client: Client) -> People:
        people = cls(client)
        rows = listed(client.get("developers", expand=True), "developer", "email")
        people.note(rows)
        people.whole = len(rows) < PAGE
        return people

    def note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.known |= {str(row.get(name)): row for name in ("email", OWNER_ID)}

    def learn(self, names: Collection[str]) -> None:
        """Of emails or ids: in lists, and one by one what these do not give."""
        unknown = [] if self.whole else sorted(set(names) - set(self.known))
        for start in range(0, len(unknown), BATCH):
            batch = unknown[start : start + BATCH]
            self.note(listed(self.client.get("developers", expand=True, ids=",".join(batch)), "developer", "email"))
            self.note(row for name in batch if name not in self.known and (row := found(self.client, "developers", name)))

    def may_have(self, email: str, name: str) -> bool:
        names = (self.known.get(email) or {}).get("apps") or ()
        return name in names or len(names) >= NAMED


def _unsigned(row: Row) -> bool:
    """An app of a developer that does not say of which: a list names the id, and the email not everywhere."""
    return not row.get(EMAIL) and bool(row.get(OWNER_ID)) and not row.get("appGroup")


def _signed(rows: list[Row], people: People, names: Container[str] | None) -> list[Row]:
    """With the emails of their developers, at least where an app is ours or may be a declared one; without ``names`` everywhere."""
    people.learn({str(row[OWNER_ID]) for row in rows if _unsigned(row) and (names is None or row["name"] in names or MANAGED_BY in attributes_of(row))})
    return [{**row, EMAIL: str(people.known[row[OWNER_ID]]["email"])} if _unsigned(row) and row[OWNER_ID] in people.known else row for row in rows]


def _pages(client: Client, status: str, key_status: str) -> Iterator[Row]:
    asked: dict[str, Any] = {"expand": True, "includeCred": True, "status": status, "keyStatus": key_status, "pageSize": PAGE}
    seen: set[str] = set()
    while True:
        answer = client.get("apps", **asked)
        yield from listed(answer, "app", "name")
        token = str(answer.get("nextPageToken") or "")
        if not token or token in seen:
            return
        seen.add(token)
        asked["pageToken"] = token


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Each app once, with the keys of every answer that shows it."""
    found: dict[Any, Row] = {}
    for row in rows:
        name = row.get("appId") or (row.get("developerId"), row.get("appGroup"), row.get("name"))
        there = found.setdefault(name, {**row, "credentials": []})
        known = {each["consumerKey"] for each in there["credentials"]}
        there["credentials"] += [each for each in listed(row, "credentials", "consumerKey") if each["consumerKey"] not in known]
    return list(found.values())
