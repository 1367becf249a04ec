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

from collections.abc import Container, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

from ...models.apigee import MANAGED_BY, attributes_of
from ..transport import ApiError
from .client import PAGE, Client, Row
from .strategy import MISSING

STATUSES = ("approved", "revoked")
NAMED = 100
"""So many apps a developer's row names at most."""
EMAIL = "developerEmail"
OWNER_ID = "developerId"


def all_apps(client: Client, wanted: Iterable[tuple[str, str]]) -> list[Row]:
    """The rows of all apps, of developers and of others. ``wanted`` are those that must not be missed, by email and name."""
    wanted = list(wanted)
    with ThreadPoolExecutor(len(STATUSES) ** 2) as workers:
        answers = list(workers.map(lambda asked: list(_pages(client, *asked)), product(STATUSES, STATUSES)))
        rows = _joined(row for answer in answers for row in answer)
        people: dict[str, Row] | None = None
        if any(map(_unsigned, rows)):
            people = developers(client)
            rows = _signed(client, rows, people, {name for _email, name in wanted}, workers)
        found = {(row.get(EMAIL), row.get("name")) for row in rows}
        if missing := [each for each in wanted if each not in found]:
            people = developers(client) if people is None else people
            rows += filter(None, workers.map(lambda each: one_app(client, *each), [each for each in missing if _may_stand(each, people)]))
    return rows


def one_app(client: Client, email: str, name: str, developer: str = "") -> Row | None:
    """One app with all its keys, None where it is not there. ``developer``: the id of its developer, where that is known."""
    row = _standing(client, "developers", developer or email, "apps", name)
    return None if row is None else {**row, EMAIL: email}


def developers(client: Client) -> dict[str, Row]:
    """Developers by email, with their ids and the names of their apps; the first thousand, which one request may show expanded."""
    return {str(row.get("email")): row for row in client.get("developers", expand=True).get("developer") or ()}


def _standing(client: Client, *segments: str) -> Row | None:
    try:
        return client.get(*segments)
    except ApiError as error:
        if error.status != MISSING:
            raise
        return None


def _unsigned(row: Row) -> bool:
    """An app of a developer that does not say of which: a list names the id, and the email not everywhere."""
    return not row.get(EMAIL) and bool(row.get(OWNER_ID)) and not row.get("appGroup")


def _signed(client: Client, rows: list[Row], people: dict[str, Row], names: Container[str], workers: ThreadPoolExecutor) -> list[Row]:
    """With the emails of their developers. Beyond the first thousand a developer is looked up only for an app that is ours, or may be a declared one."""
    emails = {row.get(OWNER_ID): email for email, row in people.items()}
    unknown = {row[OWNER_ID] for row in rows if _unsigned(row) and row[OWNER_ID] not in emails and (row["name"] in names or MANAGED_BY in attributes_of(row))}
    for row in filter(None, workers.map(lambda each: _standing(client, "developers", each), sorted(unknown))):
        emails[row.get(OWNER_ID)] = str(row.get("email"))
        people[str(row.get("email"))] = row
    return [{**row, EMAIL: emails[row[OWNER_ID]]} if _unsigned(row) and row[OWNER_ID] in emails else row for row in rows]


def _pages(client: Client, status: str, key_status: str) -> Iterator[Row]:
    asked: dict[str, Any] = {"expand": True, "includeCred": True, "status": status, "keyStatus": key_status, "pageSize": PAGE}
    while True:
        answer = client.get("apps", **asked)
        yield from (dict(row) for row in answer.get("app") or () if isinstance(row, Mapping))
        token = answer.get("nextPageToken")
        if not token or token == asked.get("pageToken"):
            return
        asked["pageToken"] = token


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Each app once, with the keys of every answer that shows it."""
    found: dict[Any, Row] = {}
    for row in rows:
        name = row.get("appId") or (row.get("developerId"), row.get("appGroup"), row.get("name"))
        there = found.setdefault(name, {**row, "credentials": []})
        known = {each.get("consumerKey") for each in there["credentials"]}
        there["credentials"] += [each for each in row.get("credentials") or () if each.get("consumerKey") not in known]
    return list(found.values())


def _may_stand(wanted: tuple[str, str], people: Mapping[str, Row]) -> bool:
    email, name = wanted
    if email not in people:
        return len(people) >= PAGE
    names = people[email].get("apps") or ()
    return name in names or len(names) >= NAMED
