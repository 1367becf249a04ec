# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a declaration opens to requests: doors (listeners of Gateways) and places (rules of routes that hang on them). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..models.access import Access
from ..models.decode import Entry
from ..models.gateway import Gateway, Listener
from ..models.limits import Limits
from ..models.refs import GATEWAY, INFERENCE_POOL, SERVICE, Target
from ..models.route import Backend, Parent, Route, Rule


@dataclass(frozen=True)
class Door:
    """One listener that speaks HTTP. ``hostname`` is empty where it takes every name."""

    gateway: str
    listener: str
    port: int
    tls: bool
    hostname: str

    def __str__(self) -> str:
        return f"{self.gateway} {self.listener}".rstrip()


@dataclass(frozen=True, eq=False)
class Place:
    """One rule of a route, equal to itself alone. ``doors`` are those that let the route's requests in.

    ``age`` is the route's creation time, empty where it is not known.
    """

    route: str
    index: int
    rule: Rule
    hostnames: tuple[str, ...]
    doors: tuple[Door, ...]
    age: str = ""
    access: Access | None = None
    limits: Limits | None = None

    @property
    def name(self) -> str:
        return self.rule.name or f"rules[{self.index}]"

    @property
    def namespace(self) -> str:
        return self.route.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.route} {self.name}"

    @cached_property
    def weights(self) -> dict[str, int]:
        """Each backend's share of requests, by its name; backends of a later priority get none while the first serve."""
        first = min((backend.priority or 0 for backend in self.rule.backends), default=0)
        found: dict[str, int] = {}
        for backend in self.rule.backends:
            name = backend_name(backend, self.namespace)
            weight = (1 if backend.weight is None else backend.weight) if (backend.priority or 0) == first else 0
            found[name] = found.get(name, 0) + weight
        return found

    @cached_property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """The backends by priority, those first that serve while they work. One level means that nothing takes over."""
        found: dict[int, dict[str, None]] = {}
        for backend in self.rule.backends:
            if backend.weight != 0:
                found.setdefault(backend.priority or 0, {})[backend_name(backend, self.namespace)] = None
        return tuple(tuple(found[priority]) for priority in sorted(found))

    @property
    def serving(self) -> tuple[str, ...]:
        """The backends that get requests at all."""
        return tuple(name for name, weight in self.weights.items() if weight)


@dataclass(frozen=True, eq=False)
class World:
    """All places, and all doors, also those that nothing hangs on. Equal to itself alone."""

    places: tuple[Place, ...]
    doors: tuple[Door, ...]
    lost: tuple[str, ...] = field(default=())
    """Routes that no door takes."""


def backend_name(backend: Backend | Target, namespace: str) -> str:
    """How reports call a backend: ``ai/ollama`` is a Service, everything else bears its kind."""
    home = backend.namespace or namespace
    if isinstance(backend, Backend) and backend.provider is not None:
        return f"provider {backend.provider}"
    if isinstance(backend, Backend) and backend.host is not None:
        return f"host {backend.host}:{backend.port}"
    ref = backend.ref
    if ref is None:
        return "nothing"
    if ref.target == SERVICE:
        return f"{home}/{ref.name}"
    return f"pool {home}/{ref.name}" if ref.target == INFERENCE_POOL else f"{ref.target} {home}/{ref.name}"


def world_of(gateways: Sequence[Entry[Gateway]], routes: Sequence[Entry[Route]], ages: Mapping[str, str] | None = None, loose: Door | None = None) -> World:
    """``ages`` are the creation times of routes, by ``namespace/name``. ``loose`` is the door of routes that hang on no Gateway."""
    known = {entry.key: entry for entry in gateways}
    places: list[Place] = []
    lost = []
    for entry in routes:
        doors = tuple(dict.fromkeys(door for parent in entry.value.parents for door in doors_of(parent, entry, known)))
        if loose is not None and not entry.value.parents:
            doors = (loose,)
        if not doors:
            lost.append(entry.key)
        age = (ages or {}).get(entry.key, "")
        route = entry.value
        places += [Place(entry.key, index, rule, route.hostnames, doors, age, route.access, route.limits) for index, rule in enumerate(route.rules)]
    everywhere = tuple(door for entry in gateways for listener in entry.value.listeners if (door := door_of(entry, listener)) is not None)
    return World(tuple(places), (*everywhere, *([loose] if loose else [])), tuple(lost))


def door_of(entry: Entry[Gateway], listener: Listener) -> Door | None:
    """None for protocols that carry no HTTP routes."""
    if listener.spoken not in ("HTTP", "HTTPS"):
        return None
    return Door(entry.key, listener.name, listener.port, listener.spoken == "HTTPS", listener.hostname or "")


def doors_of(parent: Parent, route: Entry[Route], gateways: Mapping[str, Entry[Gateway]]) -> Iterable[Door]:
    """The listeners of one parent that admit a route: by name and port, by namespace, and by a host name in common."""
    entry = gateways.get(f"{parent.namespace or route.namespace}/{parent.name}")
    if parent.target != GATEWAY or entry is None:
        return
    for listener in entry.value.listeners:
        named = parent.listener in (None, listener.name) and parent.port in (None, listener.port)
        door = door_of(entry, listener)
        if door is not None and named and _admits(listener, entry.namespace, route.namespace) and shared_names(door, route.value.hostnames):
            yield door


def _admits(listener: Listener, own: str, other: str) -> bool:
    """A selector of namespaces is believed to fit: whether it does is for the gateway to say, and for the requests to show."""
    origin = listener.routes.origin if listener.routes else None
    return own == other if origin in (None, "Same") else True


def shared_names(door: Door, hostnames: Sequence[str]) -> tuple[str, ...]:
    """The host names, or patterns of them, that a route answers to at this door; ``*`` for every name."""
    if not hostnames:
        return (door.hostname or "*",)
    if not door.hostname:
        return tuple(hostnames)
    both = (narrower(name, door.hostname) for name in hostnames)
    return tuple(dict.fromkeys(name for name in both if name))


def narrower(first: str, second: str) -> str:
    """What two host names have in common: the narrower one, or nothing."""
    if host_fits(first.removeprefix("*."), second) and (not first.startswith("*.") or second.startswith("*.")):
        return first
    if first == second:
        return first
    if host_fits(second.removeprefix("*."), first) and (not second.startswith("*.") or first.startswith("*.")):
        return second
    return ""


def host_fits(host: str, pattern: str) -> bool:
    """``*.`` stands for one label or more."""
    if pattern in ("", "*"):
        return True
    host = host.lower()
    return host.endswith(pattern[1:].lower()) and len(host) > len(pattern) - 1 if pattern.startswith("*.") else host == pattern.lower()
