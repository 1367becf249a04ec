# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumer keys of an app."""

from __future__ import annotations

import re
from typing import Any

from . import errors
from .apps import NEVER, association, defined_scopes, expiry, room_for_key
from .request import Request, few_attributes, same_name
from .state import Entity, Organization, now, random_key

# "Consumer keys and secrets can contain letters, numbers, underscores, and hyphens", 2 KB each [D apps.keys.create].
TOKEN = re.compile(r"^[A-Za-z0-9_-]{1,2048}$")
STATUS = {"approve": "approved", "revoke": "revoked"}


def create(org: Organization, request: Request) -> Entity:
    """Always approved and without products, whatever the body says [D apps.keys.create]."""
    app, body = org.app(request.developer, request.app), request.body
    name, secret = body.get("consumerKey", ""), body.get("consumerSecret") or random_key(64)
    for field, value in (("consumerKey", name), ("consumerSecret", secret)):
        if not TOKEN.match(value):
            raise errors.invalid(f"{field} can contain letters, numbers, underscores, and hyphens, at most 2 KB")
    attributes = few_attributes(body.get("attributes"))
    if org.key_known(name):
        raise errors.key_exists()
    room_for_key(org, app)
    issued = now()
    key: Entity = {"consumerKey": name, "consumerSecret": secret, "status": "approved", "apiProducts": [], "attributes": attributes}
    key |= {"issuedAt": issued, "expiresAt": expiry(issued, int(body.get("expiresInSeconds", NEVER)) * 1000), "scopes": body.get("scopes", [])}
    app["credentials"].append(key)
    return key


def get(org: Organization, request: Request) -> Entity:
    return org.key(request.developer, request.app, request.key)


def _products(given: list[Any]) -> list[str]:
    """Names in, objects out [D: `any`, whose description speaks of a list of products]."""
    if not all(isinstance(each, str) for each in given):
        raise errors.invalid("apiProducts has to be a list of names")
    return list(dict.fromkeys(given))


def add_or_act(org: Organization, request: Request) -> Entity | None:
    """Adds products and replaces attributes and scopes, or with `action` the status of the key [D apps.keys.updateDeveloperAppKey].

    That scopes are replaced too is what terraform's provider says in its code.
    """
    key, body = org.key(request.developer, request.app, request.key), request.body
    same_name(body, "consumerKey", request.key)
    if "action" in request.query:
        key["status"] = STATUS[request.action("approve", "revoke")]
        return None
    attributes = few_attributes(body.get("attributes"))
    # One that is there already starts anew, which under approvalType manual means pending (apigee/apigeecli#705).
    added = [association(org, name) for name in _products(body.get("apiProducts", []))]
    names = [each["apiproduct"] for each in added]
    kept = [each for each in key["apiProducts"] if each["apiproduct"] not in names]
    scopes = body.get("scopes", [])
    defined_scopes(org, scopes, [each["apiproduct"] for each in kept + added])
    key |= {"apiProducts": kept + added, "attributes": attributes, "scopes": scopes}
    return key


def replace(org: Organization, request: Request) -> Entity:
    """Only the scopes [D apps.keys.replaceDeveloperAppKey]."""
    key, scopes = org.key(request.developer, request.app, request.key), request.body.get("scopes", [])
    same_name(request.body, "consumerKey", request.key)
    defined_scopes(org, scopes, [each["apiproduct"] for each in key["apiProducts"]])
    key["scopes"] = scopes
    return key


def delete(org: Organization, request: Request) -> Entity:
    key = org.key(request.developer, request.app, request.key)
    org.app(request.developer, request.app)["credentials"].remove(key)
    org.remove("key", key["consumerKey"])
    return key


def _associated(key: Entity, name: str) -> Entity:
    for each in key["apiProducts"]:
        if each["apiproduct"] == name:
            found: Entity = each
            return found
    raise errors.missing("keymanagement.service.apiproduct_not_associated", f"ApiProduct {name} is not associated with the consumer key")


def act_on_product(org: Organization, request: Request) -> None:
    key = org.key(request.developer, request.app, request.key)
    _associated(key, request.product)["status"] = STATUS[request.action("approve", "revoke")]


def detach(org: Organization, request: Request) -> Entity:
    key = org.key(request.developer, request.app, request.key)
    key["apiProducts"].remove(_associated(key, request.product))
    return key
