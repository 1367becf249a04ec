# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPRoutes and Gateways among plain objects, as the entries that would make them: what the rules about the lists look at too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from ..engine.objects import Object
from ..models.codecs import Report
from ..models.decode import entries_of
from ..models.gateway import Gateway
from ..models.reading.gateways import read_gateway
from ..models.reading.routes import read_route
from ..models.refs import GATEWAY, HTTP_ROUTE
from ..models.route import Route
from .manifests import Manifest

ROUTES, GATEWAYS = "inference_routes", "gateways"
KINDS = {HTTP_ROUTE: (ROUTES, Route, read_route), GATEWAY: (GATEWAYS, Gateway, read_gateway)}
"""The list that an object could stand in, what an entry of it is, and how one is read out of an object."""


def entries(objects: Iterable[Manifest]) -> dict[str, list[Any]]:
    """Entries by list, each with the origin of its object. Both lists are there, if empty."""
    found: dict[str, list[Any]] = {ROUTES: [], GATEWAYS: []}
    for item in objects:
        if item.kind in KINDS:
            option, cls, reader = KINDS[item.kind]
            found[option] += _entry(option, cls, reader, item)
    return found


def _entry(option: str, cls: type[Any], reader: Callable[[Object], dict[str, Any]], item: Manifest) -> list[Any]:
    """None where no entry can say it, or where it is no such object at all, which the server will tell."""
    report = Report()
    try:
        said = reader(item.obj)
    except (AttributeError, KeyError, TypeError, ValueError):
        return []
    made = entries_of(cls, [said], option, item.namespace, report)
    return [replace(made[0], origin=item.origin)] if made and not report.issues else []
