# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where routes stand: at which listeners, and for which host names there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ..engine.objects import GroupKind
from ..models.refs import SERVICE
from .listening import admitting, attempt, common
from .world import World

if TYPE_CHECKING:
    from .known import Entry, Parent, Route

T = TypeVar("T")
MESH = (SERVICE, GroupKind("networking.istio.io", "ServiceEntry"))
"""Parents inside a mesh. Each namespace has routes of its own to them, which hold for its own clients alone, and the parent's address is the host name."""
ANY = ""
"""No listener, or no host name, in particular: all of them."""


class Seat(NamedTuple):
    """A listener that takes a route, or a parent of which the listeners are not known; then ``section`` is what is asked of it."""

    door: str
    section: str
    hosts: tuple[str, ...]
    """What the route answers to there: of its own host names those that the listener has too."""


Attachment = tuple[GroupKind, str, str]
"""Kind, namespace and name of a parent."""


def attachments(entry: Entry[Route]) -> list[tuple[Attachment, str]]:
    """The parents of a route, each with the listener or port that is asked for."""
    return [((parent.target, parent.namespace or entry.namespace, parent.name), section(parent)) for parent in entry.value.parents]


def section(parent: Parent) -> str:
    return ANY if parent.listener is None and parent.port is None else f"{parent.listener or ''}:{parent.port or ''}"


def seats(world: World) -> dict[str, list[Seat]]:
    """By the origin of each route."""
    if "seats" not in world.kept:
        world.kept["seats"] = {entry.origin: list(dict.fromkeys(_seats(world, entry))) for entry in world.routes or ()}
    found: dict[str, list[Seat]] = world.kept["seats"]
    return found


def _seats(world: World, entry: Entry[Route]) -> Iterator[Seat]:
    own = entry.value.hostnames or (ANY,)
    for index, parent in enumerate(entry.value.parents):
        door = f"{parent.target} {parent.namespace or entry.namespace}/{parent.name}"
        if parent.target in MESH:
            yield Seat(f"{door} from {entry.namespace}", section(parent), (ANY,))
            continue
        found = attempt(world, entry, index, parent) if world.gateway else None
        if found is None:
            yield Seat(door, section(parent), own)
            continue
        for listener, sure in admitting(world, found):
            hosts = own if not listener.hostname else tuple(dict.fromkeys(both for host in own if (both := common(host, listener.hostname)) is not None))
            if hosts:
                # Where it is not known which namespaces a listener admits, it may be another one for each.
                yield Seat(f"{door} {listener.name}" if sure else f"{door} {listener.name} from {entry.namespace}", ANY, hosts)


def shared(places: Mapping[str, T], asked: str) -> list[T]:
    """What stands on a listener that ``asked``, a section, means too."""
    return list(places.values()) if asked == ANY else [places[name] for name in (asked, ANY) if name in places]
