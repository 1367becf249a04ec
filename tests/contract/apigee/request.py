# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request that the document allows, and what handlers need of it: names, queries, pages, attributes."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import errors
from .state import Entity

MOST = 1000
ATTRIBUTES = 18


@dataclass
class Request:
    method: str
    ids: dict[str, str]
    query: dict[str, str]
    body: Any

    @property
    def product(self) -> str:
        return self.ids["apiproductsId"]

    @property
    def developer(self) -> str:
        return self.ids["developersId"]

    @property
    def app(self) -> str:
        return self.ids["appsId"]

    @property
    def key(self) -> str:
        return self.ids["keysId"]

    def flag(self, name: str) -> bool:
        return self.query.get(name) == "true"

    def number(self, name: str, most: int = MOST) -> int | None:
        if name not in self.query:
            return None
        value = int(self.query[name])
        # "The limit is 1000" [D]; that more is refused and not cut is our choice [?].
        if not 0 < value <= most:
            raise errors.invalid(f"{name} has to be between 1 and {most}, not {value}")
        return value

    def action(self, *allowed: str) -> str:
        value = self.query["action"]
        if value not in allowed:
            raise errors.invalid(f"Invalid action {value}: it has to be one of {', '.join(allowed)}")
        return value


def page(request: Request, names: Sequence[str], most: int, needs_count: bool = True) -> list[str]:
    """The names from startKey on, which is among them: the last name of a page is the first of the next one [D apiproducts.list]."""
    count = request.number("count")
    start = request.query.get("startKey", "")
    if start and count is None and needs_count:
        # "Must be used in conjunction with the count parameter" [D developers.list, apps.list].
        raise errors.invalid("startKey must be used in conjunction with the count parameter")
    ordered = sorted(names)
    first = bisect.bisect_left(ordered, start)
    return ordered[first : first + min(count or most, most)]


def no_expand_with_pages(request: Request) -> None:
    """ "Not valid if you use the count or startKey query parameters" [D developers.list, developers.apps.list]."""
    if request.flag("expand") and request.query.keys() & {"count", "startKey"}:
        raise errors.invalid("expand is not valid together with count or startKey")


def same_name(body: Entity, field: str, path: str) -> None:
    """Names are immutable [D ApiProduct.name, apps.update]; a body that names none means the path's."""
    named = body.get(field)
    if named and named != path:
        raise errors.mismatch(named, path)


def few_attributes(attributes: Sequence[Entity] | None) -> list[Entity]:
    """ "You can specify a maximum of 18 attributes" [D ApiProduct.attributes, Developer.attributes]. No two have one name [?]."""
    given = list(attributes or ())
    if len(given) > ATTRIBUTES:
        raise errors.invalid(f"{len(given)} attributes are given, at most {ATTRIBUTES} are allowed")
    names = [each.get("name", "") for each in given]
    if "" in names or len(names) != len(set(names)):
        raise errors.invalid("each attribute has to have a name of its own")
    return given
