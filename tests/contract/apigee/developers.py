# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Developers."""

from __future__ import annotations

from . import errors
from .request import Request, few_attributes, no_expand_with_pages, page
from .state import Entity, Organization, new_id, now

FIELDS = ("email", "firstName", "lastName", "userName", "attributes", "accessType", "appFamily")
FIRST_APPS = 100


def _check(body: Entity) -> None:
    email = body["email"]
    if email != email.lower():
        # apigee/devrel#696, and "the email address has to be in lowercase only" [D Developer.email]
        raise errors.invalid("email address has to be lowercase")
    if "@" not in email:
        raise errors.invalid(f"Invalid email address {email!r}")
    few_attributes(body.get("attributes"))


def shown(org: Organization, developer: Entity) -> Entity:
    """ "The response includes only the first 100 developer apps" [D developers.get]."""
    names = [app["name"] for app in org.apps_of(developer["email"])]
    return {**developer, "apps": names[:FIRST_APPS]}


def create(org: Organization, request: Request) -> Entity:
    body = request.body
    _check(body)
    email = body["email"]
    if email in org.developers or org.collides("developer", email):
        raise errors.developer_exists(email)
    moment = now()
    made = {field: body[field] for field in FIELDS if field in body}
    # "At creation time, a developer is set as active" [D developers.create].
    made |= {"developerId": new_id(), "status": "active", "organizationName": org.name, "createdAt": moment, "lastModifiedAt": moment}
    org.developers[email] = made
    return shown(org, made)


def update(org: Organization, request: Request) -> Entity:
    """Replaces all but what the server makes; attributes that are not named are gone [D developers.update]."""
    old, body = org.developer(request.developer), request.body
    _check(body)
    if body["email"] != old["email"]:
        raise errors.mismatch(body["email"], old["email"])
    kept = {field: value for field, value in old.items() if field not in FIELDS}
    made = {**{field: body[field] for field in FIELDS if field in body}, **kept, "lastModifiedAt": now()}
    org.developers[old["email"]] = made
    return shown(org, made)


def get(org: Organization, request: Request) -> Entity:
    return shown(org, org.developer(request.developer))


def act(org: Organization, request: Request) -> None:
    developer = org.developer(request.developer)
    developer["status"] = request.action("active", "inactive")


def delete(org: Organization, request: Request) -> Entity:
    """ "All apps and API keys associated with the developer are also removed", and they take their time [D developers.delete]."""
    developer = org.developer(request.developer)
    email = developer["email"]
    answer = shown(org, developer)
    for app in org.apps_of(email):
        forget(org, email, app)
        org.orphan(app)
    del org.developers[email]
    # Deleted immediately, says [D]; a developer that was made anew nevertheless collided (apigee/apigee-config-maven-plugin#92).
    org.remove("developer", email)
    return answer


def forget(org: Organization, email: str, app: Entity) -> None:
    for key in app["credentials"]:
        org.remove("key", key["consumerKey"])
    org.remove("app", email, app["name"])
    del org.apps[email, app["name"]]


def every(org: Organization, request: Request) -> Entity:
    if not org.settings.expand_with_count:
        no_expand_with_pages(request)
    query = request.query
    found = list(org.developers)
    if "app" in query:
        if query.keys() & {"startKey", "count"}:
            # "Note that start_key, count are not applicable for this filter criteria" [D developers.list].
            raise errors.invalid("app cannot be combined with startKey and count")
        found = [email for email, name in org.apps if name == query["app"]]
    if "ids" in query:
        wanted = set(query["ids"].split(","))
        found = [email for email in found if org.developers[email]["developerId"] in wanted or email in wanted]
    listed = page(request, found, org.settings.page)
    if request.flag("expand"):
        return {"developer": [shown(org, org.developers[email]) for email in listed]}
    return {"developer": [{"email": email} for email in listed]}
