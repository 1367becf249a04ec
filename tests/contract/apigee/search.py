# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All apps of the organization."""

from __future__ import annotations

from collections.abc import Callable

from . import errors
from . import request as asked
from .apps import shown
from .state import Entity, Organization

Test = Callable[[Entity], bool]


def _uses(app: Entity, product: str) -> bool:
    return any(each["apiproduct"] == product for key in app["credentials"] for each in key["apiProducts"])


def _filter(org: Organization, text: str) -> Test:
    """One comparison, as in "developerEmail=foo@bar.com" [D apps.list]."""
    name, equals, value = text.partition("=")
    developer = org.developers.get(value, {}).get("developerId", "")
    tests: dict[str, Test] = {
        "developerEmail": lambda app: bool(app["developerId"] == developer),
        "apiProduct": lambda app: _uses(app, value),
        "consumerKey": lambda app: any(key["consumerKey"] == value for key in app["credentials"]),
        "status": lambda app: bool(app["status"] == value),
        "appId": lambda app: bool(app["appId"] == value),
        "appName": lambda app: bool(app["name"] == value),
        "appType": lambda _app: value == "Developer",
        "appGroup": lambda _app: False,
    }
    if name.strip() not in tests or not equals:
        raise errors.invalid(f"Invalid filter {text!r}")
    return tests[name.strip()]


def _chosen(org: Organization, request: asked.Request) -> list[Entity]:
    """Apps that are revoked, and apps whose keys all are, are hidden: status and keyStatus default to approved [D apps.list]."""
    query = request.query
    status, key_status = query.get("status", "approved"), query.get("keyStatus", "approved")
    for name, value in (("status", status), ("keyStatus", key_status)):
        if value not in ("approved", "revoked"):
            raise errors.invalid(f"{name} has to be approved or revoked, not {value}")
    tests: list[Test] = [
        lambda app: any(key["status"] == key_status for key in app["credentials"]) or (org.settings.shows_keyless and not app["credentials"]),
    ]
    if not query.get("filter", "").startswith("status="):
        tests.append(lambda app: bool(app["status"] == status))
    if "filter" in query:
        tests.append(_filter(org, query["filter"]))
    if "apiProduct" in query:
        tests.append(lambda app: _uses(app, query["apiProduct"]))
    if "ids" in query:
        tests.append(lambda app: app["appId"] in query["ids"].split(","))
    found = [app for app in org.listed() if all(test(app) for test in tests)]
    return sorted(found, key=lambda app: str(app["appId"]))


def _whole(org: Organization, app: Entity) -> Entity:
    """An app of the organization has no family, unlike an app of a developer [D App]."""
    return {field: value for field, value in shown(org, app).items() if field != "appFamily"}


def _listed(org: Organization, app: Entity, request: asked.Request) -> Entity:
    if not request.flag("expand"):
        return {"appId": app["appId"]}
    whole = _whole(org, app)
    if org.settings.names_emails:
        whole["developerEmail"] = next((each["email"] for each in org.developers.values() if each["developerId"] == app["developerId"]), "")
    if org.settings.hides_keys:
        status = request.query.get("keyStatus", "approved")
        whole["credentials"] = [key for key in whole["credentials"] if key["status"] == status]
    return whole if request.flag("includeCred") else {field: value for field, value in whole.items() if field != "credentials"}


def every(org: Organization, request: asked.Request) -> Entity:
    """startKey and pageToken name the first app of a page; the latter comes from the page before [D apps.list]."""
    query, found = request.query, _chosen(org, request)
    # "Values above 1000 will be coerced to 1000"; an empty page is no page.
    size = int(query.get("pageSize") or 0)
    if size < 0:
        raise errors.invalid(f"pageSize has to be positive, not {size}")
    most = min(size or asked.MOST, request.number("rows") or asked.MOST, org.settings.page)
    start = query.get("pageToken") or query.get("startKey") or ""
    ahead = [app for app in found if app["appId"] >= start]
    answer: Entity = {"app": [_listed(org, app, request) for app in ahead[:most]]}
    if len(ahead) > most:
        answer["nextPageToken"] = ahead[most]["appId"]
    return answer


def get(org: Organization, request: asked.Request) -> Entity:
    for app in org.apps.values():
        if app["appId"] == request.app:
            return _whole(org, app)
    raise errors.no_app(request.app, org.name)
