# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of a product, a developer or an app, one by one or all."""

from __future__ import annotations

from collections.abc import Callable

from . import errors
from .request import Request, few_attributes, same_name
from .state import Entity, Organization, now

Holder = Callable[[Organization, Request], Entity]


def product(org: Organization, request: Request) -> Entity:
    return org.product(request.product)


def developer(org: Organization, request: Request) -> Entity:
    return org.developer(request.developer)


def app(org: Organization, request: Request) -> Entity:
    return org.app(request.developer, request.app)


class Attributes:
    def __init__(self, holder: Holder) -> None:
        self.holder = holder

    def every(self, org: Organization, request: Request) -> Entity:
        return {"attribute": self.holder(org, request).get("attributes", [])}

    def replace(self, org: Organization, request: Request) -> Entity:
        """ "Replaces the current list of attributes" [D apiproducts.attributes]."""
        given = few_attributes(request.body.get("attribute"))
        self._keep(self.holder(org, request), given)
        return {"attribute": given}

    def _keep(self, entity: Entity, attributes: list[Entity]) -> None:
        entity["attributes"] = attributes
        entity["lastModifiedAt"] = now()

    def _find(self, org: Organization, request: Request) -> Entity:
        name = request.ids["attributesId"]
        for each in self.holder(org, request).get("attributes", []):
            if each["name"] == name:
                found: Entity = each
                return found
        raise errors.missing("keymanagement.service.attribute_doesnot_exist", f"Attribute {name} does not exist")

    def get(self, org: Organization, request: Request) -> Entity:
        return self._find(org, request)

    def put(self, org: Organization, request: Request) -> Entity:
        """Makes or changes one, and leaves the others."""
        entity, name = self.holder(org, request), request.ids["attributesId"]
        same_name(request.body, "name", name)
        made = {**request.body, "name": name}
        there = entity.get("attributes", [])
        given = [made if each["name"] == name else each for each in there]
        self._keep(entity, few_attributes(given if made in given else [*given, made]))
        return made

    def delete(self, org: Organization, request: Request) -> Entity:
        entity, found = self.holder(org, request), self._find(org, request)
        self._keep(entity, [each for each in entity["attributes"] if each is not found])
        return found
