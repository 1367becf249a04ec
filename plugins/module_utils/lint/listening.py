# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which listeners of Gateways that are known take a route. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..models.refs import GATEWAY, HTTP_ROUTE
from .world import World

if TYPE_CHECKING:
    # As in `world`: a module that is about routes need not have what a Gateway is.
    from .known import Entry, Expression, Gateway, Listener, Namespaces, Parent, Route

HTTP = ("HTTP", "HTTPS")
OWN_NAME = "kubernetes.io/metadata.name"
OWN = "/"
"""Stands in protocols that an implementation has added (``projectcontour.io/https``); what these take nobody else knows."""


class Attempt(NamedTuple):
    """A route that asks for listeners of a declared Gateway; ``listeners`` are those that it names."""

    entry: Entry[Route]
    parent: Parent
    where: str
    gateway: Entry[Gateway]
    listeners: list[Listener]


def attempts(world: World) -> Iterator[Attempt]:
    for entry in world.routes or () if world.gateway else ():
        for index, parent in enumerate(entry.value.parents):
            if (found := attempt(world, entry, index, parent)) is not None:
                yield found


def attempt(world: World, entry: Entry[Route], index: int, parent: Parent) -> Attempt | None:
    """None where the Gateway is not known."""
    gateway = world.gateway.get((parent.namespace or entry.namespace, parent.name)) if parent.target == GATEWAY else None
    if gateway is None:
        return None
    asked = [item for item in gateway.value.listeners if parent.listener in (None, item.name) and parent.port in (None, item.port)]
    return Attempt(entry, parent, f"{entry.origin}.parents[{index}]", gateway, asked)


def accepting(world: World, attempt: Attempt) -> list[Listener]:
    """The listeners that take a route of this kind out of this namespace; those of which that is not known too."""
    return [item for item, _sure in admitting(world, attempt)]


def admitting(world: World, attempt: Attempt) -> Iterator[tuple[Listener, bool]]:
    """As :func:`accepting`, each with whether that is known."""
    for item in attempt.listeners:
        good = admits(world, item, attempt.gateway.namespace, attempt.entry.namespace) if takes_http(item) else False
        if good is not False:
            yield item, good is True


def takes_http(listener: Listener) -> bool:
    kinds = listener.routes.kinds if listener.routes else ()
    return (listener.spoken in HTTP or OWN in listener.spoken) and (
        not kinds or any((kind.group or HTTP_ROUTE.group, kind.kind) == HTTP_ROUTE for kind in kinds)
    )


def admits(world: World, listener: Listener, home: str, namespace: str) -> bool | None:
    """Whether a listener admits routes of a namespace; None where the namespace's labels decide and are not known."""
    routes = listener.routes
    origin = routes.origin if routes else None
    if origin == "All":
        return True
    return selects(routes, namespace, world.labels(namespace)) if origin == "Selector" and routes else home == namespace


def selects(namespaces: Namespaces, name: str, labels: dict[str, str] | None) -> bool | None:
    """Every namespace has its name as a label, whatever else is known of it."""
    own = {OWN_NAME: name, **(labels or {})}
    judged = [(key, own.get(key) == value) for key, value in (namespaces.selector or {}).items()]
    judged += [(expression.key, _holds(expression, own)) for expression in namespaces.expressions]
    known = [good for key, good in judged if labels is not None or key == OWN_NAME]
    return all(known) if len(known) == len(judged) or not all(known) else None


def _holds(expression: Expression, labels: dict[str, str]) -> bool:
    if expression.operator in ("Exists", "DoesNotExist"):
        return (expression.key in labels) == (expression.operator == "Exists")
    return (labels.get(expression.key) in expression.values) == (expression.operator == "In")


def common(left: str | None, right: str | None) -> str | None:
    """What two host names, either of which may be a wildcard, have in common: the narrower one, empty for all names, None for nothing."""
    if not left or not right or left == right:
        return left or right or ""
    wild, other = (left, right) if left.startswith("*.") and (not right.startswith("*.") or len(left) < len(right)) else (right, left)
    return other if wild.startswith("*.") and other.endswith(wild[1:]) else None


def overlap(left: str | None, right: str | None) -> bool:
    return common(left, right) is not None
