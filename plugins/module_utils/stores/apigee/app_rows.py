# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All apps of an organisation with all their keys, in the fewest requests that miss none.

``apps`` shows only approved apps with approved keys unless it is told otherwise, and takes one status of each at a time. So it is read four times, a thousand
apps a page, and an app's keys are those of all four answers together. The list of one developer's apps would show all keys at once, but it is one request a
developer, holds a hundred apps at most, and does not tell which further apps are ours.

An app that none of the four shows may still be there: one without any key, or one that was made a moment ago. The list of developers names the apps of each
(the first hundred), so it is asked only where a declared app was not found, and such apps are then looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

from ..transport import ApiError
from .client import PAGE, Client, Row

STATUSES = ("approved", "revoked")
NAMED = 100
"""So many apps a developer's row names at most."""
EMAIL = "developerEmail"


def all_apps(client: Client, wanted: Iterable[tuple[str, str]]) -> list[Row]:
    """The rows of all apps, of developers and of others. ``wanted`` are those that must not be missed, by email and name."""
    with ThreadPoolExecutor(len(STATUSES) ** 2) as workers:
        answers = list(workers.map(lambda asked: list(_pages(client, *asked)), product(STATUSES, STATUSES)))
        rows = _joined(row for answer in answers for row in answer)
        emails: dict[str, Row] | None = None
        if any(EMAIL not in row and row.get("developerId") for row in rows):
            emails = developers(client)
            names = {row.get("developerId"): email for email, row in emails.items()}
            rows = [{**row, EMAIL: names[row["developerId"]]} if row.get("developerId") in names else row for row in rows]
        found = {(row.get(EMAIL), row.get("name")) for row in rows}
        missing = [each for each in wanted if each not in found]
        if missing:
            emails = developers(client) if emails is None else emails
            rows += filter(None, workers.map(lambda each: one_app(client, *each), [each for each in missing if _may_stand(each, emails)]))
    return rows


def one_app(client: Client, email: str, name: str, developer: str = "") -> Row | None:
    """One app with all its keys, None where it is not there. ``developer``: the id of its developer, where that is known."""
    try:
        return {**client.get("developers", developer or email, "apps", name), EMAIL: email}
    except ApiError as error:
        if error.status != 404:
            raise
        return None


def developers(client: Client) -> dict[str, Row]:
    """The developers by email, with their ids and the names of their apps."""
    return {str(row.get("email")): row for row in client.paged("developers", "email", "developer", expand=True)}


def _pages(client: Client, status: str, key_status: str) -> Iterator[Row]:
    asked: dict[str, Any] = {"expand": True, "includeCred": True, "status": status, "keyStatus": key_status, "pageSize": PAGE}
    while True:
        answer = client.get("apps", **asked)
        yield from (row for row in answer.get("app") or () if isinstance(row, Mapping))
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


def _may_stand(wanted: tuple[str, str], emails: Mapping[str, Row]) -> bool:
    names = (emails.get(wanted[0]) or {}).get("apps") or ()
    return wanted[1] in names or len(names) >= NAMED
