# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of a developer."""

from __future__ import annotations

import time

from . import errors
from .developers import forget
from .request import Request, few_attributes, no_expand_with_pages, page, same_name
from .state import Entity, Organization, new_id, now, random_key

NEVER = "-1"


def expiry(issued: str, after: int) -> str:
    """-1, the default, is never [D DeveloperApp.keyExpiresIn, DeveloperAppKey.expiresInSeconds]."""
    return NEVER if after < 0 else str(int(issued) + after)


def defined_scopes(org: Organization, scopes: list[str], products: list[str]) -> None:
    """ "The specified scopes must already exist for the API product that you associate with the app" [D DeveloperApp.scopes]."""
    known = {scope for name in products for scope in org.product(name).get("scopes", [])}
    unknown = [scope for scope in scopes if scope not in known]
    if unknown:
        raise errors.invalid(f"scopes {', '.join(unknown)} are not defined for the API products {', '.join(products)}")


def association(org: Organization, name: str) -> Entity:
    """Approved at once only where the product says so, pending under approvalType manual [D ApiProduct.approvalType]."""
    manual = org.product(name).get("approvalType") == "manual"
    return {"apiproduct": name, "status": "pending" if manual else "approved"}


def mint(org: Organization, app: Entity, body: Entity) -> None:
    """A new pair of key and secret beside those that are there [D apps.create, apps.update, apps.generateKeyPairOrUpdateDeveloperAppStatus]."""
    room_for_key(org, app)
    issued = now()
    key: Entity = {"consumerKey": random_key(48), "consumerSecret": random_key(64), "status": "approved", "scopes": body.get("scopes") or list(app["scopes"])}
    key |= {"issuedAt": issued, "expiresAt": expiry(issued, int(body.get("keyExpiresIn", NEVER))), "attributes": []}
    key["apiProducts"] = [association(org, name) for name in dict.fromkeys(body.get("apiProducts", []))]
    app["credentials"].append(key)


def room_for_key(org: Organization, app: Entity) -> None:
    if len(app["credentials"]) >= org.settings.credentials:
        raise errors.invalid(f"app {app['name']} has {len(app['credentials'])} credentials, more are not allowed")


def shown(org: Organization, app: Entity) -> Entity:
    """Without credentials at first, until the change has spread."""
    hidden = org.visible.get(app["appId"], 0.0) > time.monotonic()
    return {**app, "credentials": []} if hidden else app


def create(org: Organization, request: Request) -> Entity:
    body, developer = request.body, org.developer(request.developer)
    name, email = body.get("name", ""), developer["email"]
    if not name:
        raise errors.invalid("developer_app.name is required")
    attributes, products, scopes = few_attributes(body.get("attributes")), body.get("apiProducts", []), body.get("scopes", [])
    for each in products:
        org.product(each)
    defined_scopes(org, scopes, products)
    if (email, name) in org.apps or org.collides("app", email, name):
        raise errors.app_exists(name)
    moment = now()
    app: Entity = {
        "appId": new_id(),
        "name": name,
        "developerId": developer["developerId"],
        "status": "approved",
        "appFamily": body.get("appFamily", "default"),
    }
    app |= {"attributes": attributes, "callbackUrl": body.get("callbackUrl", ""), "scopes": scopes}
    app |= {"createdAt": moment, "lastModifiedAt": moment, "credentials": []}
    # There is always one key that nobody asked for [D apps.create].
    mint(org, app, body)
    org.apps[email, name] = app
    if org.settings.propagation:
        org.visible[app["appId"]] = time.monotonic() + org.settings.propagation
    return shown(org, app)


def update(org: Organization, request: Request) -> Entity:
    """Replaces the attributes and the rest; apiProducts is no state but an order to make one more key [D apps.update]."""
    app, body = org.app(request.developer, request.app), request.body
    same_name(body, "name", app["name"])
    attributes, products = few_attributes(body.get("attributes")), body.get("apiProducts", [])
    for each in products:
        org.product(each)
    if body.get("scopes") and sorted(body["scopes"]) != sorted(app["scopes"]):
        # "Using this API, you cannot update the scopes associated with the app" [D apps.update].
        raise errors.invalid("the scopes of an app cannot be updated; use ReplaceDeveloperAppKey")
    if products:
        mint(org, app, body)
    # The status changes by the action, the lifetime of a key never [D].
    app |= {"attributes": attributes, "callbackUrl": body.get("callbackUrl", ""), "lastModifiedAt": now()}
    return shown(org, app)


def generate_or_act(org: Organization, request: Request) -> Entity | None:
    """A new key pair, which replaces attributes and callbackUrl, or with `action` the status of the app [D]."""
    app, body = org.app(request.developer, request.app), request.body
    if "action" in request.query:
        app["status"] = {"approve": "approved", "revoke": "revoked"}[request.action("approve", "revoke")]
        return None
    same_name(body, "name", app["name"])
    attributes = few_attributes(body.get("attributes"))
    for each in body.get("apiProducts", []):
        org.product(each)
    defined_scopes(org, body.get("scopes", []), body.get("apiProducts", []))
    mint(org, app, body)
    app |= {"attributes": attributes, "callbackUrl": body.get("callbackUrl", ""), "lastModifiedAt": now()}
    return shown(org, app)


def get(org: Organization, request: Request) -> Entity:
    return shown(org, org.app(request.developer, request.app))


def delete(org: Organization, request: Request) -> Entity:
    app = org.app(request.developer, request.app)
    answer = shown(org, app)
    forget(org, org.developer(request.developer)["email"], app)
    return answer


def every(org: Organization, request: Request) -> Entity:
    """ "A maximum of 100 developer apps are returned per API call"; with count up to 1000 [D developers.apps.list]."""
    no_expand_with_pages(request)
    apps = {app["name"]: app for app in org.apps_of(org.developer(request.developer)["email"])}
    most = org.settings.page if "count" in request.query else org.settings.apps_page
    listed = [shown(org, apps[name]) for name in page(request, list(apps), most)]
    if request.flag("expand"):
        return {"app": listed}
    if request.flag("shallowExpand"):
        return {"app": [{field: value for field, value in app.items() if field != "credentials"} for app in listed]}
    return {"app": [{"appId": app["appId"], "name": app["name"]} for app in listed]}
