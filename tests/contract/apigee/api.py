# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of Google's methods are served, by their names in the discovery document."""

from __future__ import annotations

from collections.abc import Callable

from . import apps, attributes, developers, keys, products, search
from .request import Request
from .state import Entity, Organization

# None is 204 without a body: "the API call returns the following HTTP status code: 204 No Content" [D].
Handler = Callable[[Organization, Request], Entity | None]

HANDLERS: dict[str, Handler] = {
    "apiproducts.list": products.every,
    "apiproducts.create": products.create,
    "apiproducts.get": products.get,
    "apiproducts.update": products.update,
    "apiproducts.delete": products.delete,
    "apiproducts.move": products.move,
    "developers.list": developers.every,
    "developers.create": developers.create,
    "developers.get": developers.get,
    "developers.update": developers.update,
    "developers.delete": developers.delete,
    "developers.setDeveloperStatus": developers.act,
    "developers.apps.list": apps.every,
    "developers.apps.create": apps.create,
    "developers.apps.get": apps.get,
    "developers.apps.update": apps.update,
    "developers.apps.delete": apps.delete,
    "developers.apps.generateKeyPairOrUpdateDeveloperAppStatus": apps.generate_or_act,
    "developers.apps.keys.create": keys.create,
    "developers.apps.keys.create.create": keys.create,
    "developers.apps.keys.get": keys.get,
    "developers.apps.keys.updateDeveloperAppKey": keys.add_or_act,
    "developers.apps.keys.replaceDeveloperAppKey": keys.replace,
    "developers.apps.keys.delete": keys.delete,
    "developers.apps.keys.apiproducts.updateDeveloperAppKeyApiProduct": keys.act_on_product,
    "developers.apps.keys.apiproducts.delete": keys.detach,
    "apps.list": search.every,
    "apps.get": search.get,
}
# The methods that with `action` change a status and take no body.
ACTIONS = {
    "developers.setDeveloperStatus",
    "developers.apps.generateKeyPairOrUpdateDeveloperAppStatus",
    "developers.apps.keys.updateDeveloperAppKey",
    "developers.apps.keys.apiproducts.updateDeveloperAppKeyApiProduct",
}


def _attributes() -> None:
    named = {
        "apiproducts": ("ApiProduct", attributes.product),
        "developers": ("Developer", attributes.developer),
        "developers.apps": ("DeveloperApp", attributes.app),
    }
    for path, (kind, holder) in named.items():
        of = attributes.Attributes(holder)
        HANDLERS[f"{path}.attributes"] = of.replace
        HANDLERS[f"{path}.attributes.list"] = of.every
        HANDLERS[f"{path}.attributes.get"] = of.get
        HANDLERS[f"{path}.attributes.delete"] = of.delete
        HANDLERS[f"{path}.attributes.update{kind}Attribute"] = of.put


_attributes()
