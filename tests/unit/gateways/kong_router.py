# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's two traditional routers, retold from Kong 3.9.3: which routes may take a request.

``traditional``: ``kong/router/traditional.lua`` (``marshall_route``, ``sort_routes``, ``sort_categories``, ``find_route``, ``reduce``).
``traditional_compatible``: ``kong/router/transform.lua`` (``get_expression``, ``get_priority``, ``split_routes_and_services_by_path``).
Where Kong leaves an order open (equal routes, Lua's order of keys), every order that matters is tried and all outcomes are answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

HOST, HEADER, URI, METHOD = 0x40, 0x20, 0x10, 0x08


@dataclass(frozen=True)
class KongRoute:
    """``label`` is who answers."""

    label: str
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    methods: tuple[str, ...] = ()
    regex_priority: int = 0


@dataclass(frozen=True)
class Request:
    host: str
    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)


def takers(routes: Iterable[KongRoute], request: Request, flavour: str) -> set[str | None]:
    """Who may answer; None is 404."""
    routes = list(routes)
    if flavour == "traditional_compatible":
        return compatible(routes, request)
    turned = [replace(route, headers=route.headers[::-1]) for route in routes]
    return {Traditional(order).find(request) for order in (routes, routes[::-1], turned, turned[::-1])}


def compatible(routes: list[KongRoute], request: Request) -> set[str | None]:
    fitting = [(priority(part), part.label) for route in routes for part in by_kind(route) if expression(part, request)]
    best = max((rank for rank, _label in fitting), default=None)
    return {label for rank, label in fitting if rank == best} or {None}


def by_kind(route: KongRoute) -> list[KongRoute]:
    """A route is taken apart: all regular expressions together, and prefixes of one length."""
    groups: dict[int, list[str]] = {}
    for path in route.paths:
        groups.setdefault(0 if path.startswith("~") else len(path), []).append(path)
    return [replace(route, paths=tuple(paths)) for paths in groups.values()] or [route]


def priority(route: KongRoute) -> tuple[int, ...]:
    weight = sum(bool(part) for part in (route.methods, route.hosts, route.headers, route.paths))
    plain = bool(route.hosts) and not any("*" in host for host in route.hosts)
    regex = bool(route.paths) and route.paths[0].startswith("~")
    return weight, int(plain), len(route.headers), int(regex), route.regex_priority if regex else 0, len(route.paths[0]) if route.paths and not regex else 0


def expression(route: KongRoute, request: Request) -> bool:
    return (
        (not route.methods or request.method in route.methods)
        and (not route.hosts or any(_ends(host, request.host) for host in route.hosts))
        and (not route.paths or any(path_fits(path, request.path) for path in route.paths))
        and all(header_fits(name, value.lower(), request) for name, value in route.headers)
    )


def _ends(host: str, asked: str) -> bool:
    return asked.endswith(host[1:]) if host.startswith("*") else asked == host


def path_fits(path: str, asked: str) -> bool:
    return re.match(path[1:], asked) is not None if path.startswith("~") else asked.startswith(path)


def header_fits(name: str, value: str, request: Request) -> bool:
    """Values are compared in lower case; ``~*`` is a regular expression that is searched for."""
    given = next((text for key, text in request.headers.items() if key.lower() == name.lower()), None)
    if given is None:
        return False
    return given.lower() == value.lower() or (value.startswith("~*") and re.search(value[2:], given.lower()) is not None)


class Traditional:
    def __init__(self, routes: list[KongRoute]) -> None:
        split = [replace(route, paths=(path,)) for route in routes for path in route.paths] + [route for route in routes if not route.paths]
        self.routes = sorted(split, key=_sort_key)
        self.categories: dict[int, list[KongRoute]] = {}
        for route in self.routes:
            self.categories.setdefault(bits(route), []).append(route)
        self.header_names = list(dict.fromkeys(name.lower() for route in self.routes for name, _value in route.headers))
        self.wildcards = [host for route in self.routes for host in route.hosts if "*" in host]
        self.plain = {host for route in self.routes for host in route.hosts if "*" not in host}
        self.regexes = [path for route in self.routes for path in route.paths if path.startswith("~")]
        self.prefixes = sorted({path for route in self.routes for path in route.paths if not path.startswith("~")}, key=len, reverse=True)
        self.methods = {method for route in self.routes for method in route.methods}

    def find(self, request: Request) -> str | None:
        names = {name.lower() for name in request.headers}
        header = next((name for name in self.header_names if name in names), None)
        wild = None if request.host in self.plain else next((host for host in self.wildcards if _wild(host, request.host)), None)
        uri = next((path for path in self.regexes if path_fits(path, request.path)), None)
        uri = uri or next((path for path in self.prefixes if request.path.startswith(path)), None)
        asked = HEADER if header else 0
        asked |= HOST if request.host in self.plain or wild else 0
        asked |= (URI if uri else 0) | (METHOD if request.method in self.methods else 0)
        order = sorted(self.categories, key=lambda category: (category.bit_count(), category), reverse=True)
        # Categories that ask for more than the request can meet are passed over.
        for category in order[order.index(asked) if asked in self.categories else 0 :]:
            found = self._among(category, request, header, wild, uri)
            if found is not None:
                return found.label
        return None

    def _among(self, category: int, request: Request, header: str | None, wild: str | None, uri: str | None) -> KongRoute | None:
        """Strong candidates first, those that have the rarest thing in common with the request, then all. A header decides alone which these are."""
        all_of = self.categories[category]
        strong = [route for route in all_of if category & HEADER and header in {name.lower() for name, _value in route.headers}]
        if not strong:
            by_host = [route for route in all_of if category & HOST and (wild or request.host) in route.hosts]
            by_path = [route for route in all_of if category & URI and uri in route.paths]
            by_method = [route for route in all_of if category & METHOD and request.method in route.methods]
            strong = min((found for found in (by_host, by_path, by_method) if found), key=len, default=[])
        return next((route for route in (*strong, *all_of) if _matches(route, request)), None)


def bits(route: KongRoute) -> int:
    return (HOST if route.hosts else 0) | (HEADER if route.headers else 0) | (URI if route.paths else 0) | (METHOD if route.methods else 0)


def _sort_key(route: KongRoute) -> tuple[int, ...]:
    plain = 2 if route.hosts and not any("*" in host for host in route.hosts) else 0
    regex = int(any(path.startswith("~") for path in route.paths))
    longest = max((len(path) for path in route.paths if not path.startswith("~")), default=0)
    return -(plain + regex), -len(route.headers), -(route.regex_priority if regex else 0), -longest


def _matches(route: KongRoute, request: Request) -> bool:
    return (
        (not route.hosts or request.host in route.hosts or any("*" in host and _wild(host, request.host) for host in route.hosts))
        and all(header_fits(name, value, request) for name, value in route.headers)
        and (not route.paths or any(path_fits(path, request.path) for path in route.paths))
        and (not route.methods or request.method in route.methods)
    )


def _wild(host: str, asked: str) -> bool:
    return re.match(host.replace(".", r"\.").replace("*", ".+") + r"(?::\d+)?$", asked) is not None
