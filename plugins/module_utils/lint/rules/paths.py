# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths, headers and host names that never match, or match less than they seem to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...engine.errors import Issue
from ..rule import warning
from ..world import World
from .matches import path_of

ADDRESS = re.compile(r"(?:\*\.)?(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}")
"""Of version 4; a host name has no colons."""
SLASH_FIRST = re.compile(r"\^?(?:\(\?i\))?[/.(\[\\]")


@warning("path-wildcard", "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3056")
def path_wildcard(world: World) -> Iterator[Issue]:
    """A prefix or exact path holds an asterisk, which stands for itself there and for nothing else."""
    for spot in world.spots:
        path = spot.match.path
        value = (path.prefix or path.exact or "") if path else ""
        if "*" in value:
            shorter = value.partition("*")[0].rstrip("/") or "/"
            yield Issue(f"{spot.where}.path", f"{value} holds an asterisk, which means no other character.", f"Write {shorter} for all that begins with it.")


@warning("exact-trailing-slash", "https://github.com/kubernetes-sigs/gateway-api/pull/448")
def exact_trailing_slash(world: World) -> Iterator[Issue]:
    """An exact path ends with a slash, and so is another path than the one without."""
    for spot in world.spots:
        value = spot.match.path.exact if spot.match.path else None
        bare = value.rstrip("/") if value and value.endswith("/") else ""
        if bare and not any(path_of(other.match) in (("exact", bare), ("prefix", bare)) for other in world.spots_of(spot.entry)):
            yield Issue(f"{spot.where}.path.exact", f"{value} does not take {bare}.", "Take the slash away, or write a prefix to take both.")


@warning("regex-never-matches", "https://github.com/envoyproxy/gateway/issues/2343")
def regex_never_matches(world: World) -> Iterator[Issue]:
    """The regular expression of a path does not begin with a slash, or holds blanks at an end. It has to match the whole path."""
    for spot in world.spots:
        value = spot.match.path.regex if spot.match.path else None
        if value and value != value.strip():
            yield Issue(f"{spot.where}.path.regex", f"{value!r:.80} has a blank at an end, and no path has one.", "Take it away.")
        elif value and not SLASH_FIRST.match(value):
            yield Issue(f"{spot.where}.path.regex", f"{value!r:.80} does not begin with /, as every path does.", "Write /.*, then what is to come.")


@warning("match-on-host", "https://github.com/kubernetes-sigs/gateway-api/pull/2092")
def match_on_host(world: World) -> Iterator[Issue]:
    """A match asks for the header Host, which HTTP/2 does not have and gateways may change."""
    for spot in world.spots:
        if any(name.lower() == "host" for name in spot.match.headers or ()):
            yield Issue(f"{spot.where}.headers", "asks for the header Host.", "Write hostnames: in the route, and a route of its own for each.")


@warning("hostname-is-address", "https://gateway-api.sigs.k8s.io/reference/spec/#hostname")
def hostname_is_address(world: World) -> Iterator[Issue]:
    """A host name is an IP address, which the specification does not allow and the API server does not notice."""
    gates = [(entry, index, item.hostname) for entry in world.gateways or () for index, item in enumerate(entry.value.listeners)]
    named = [(host, f"{entry.origin}.listeners[{index}].hostname") for entry, index, host in gates if host]
    named += [(host, f"{entry.origin}.hostnames[{index}]") for entry in world.routes or () for index, host in enumerate(entry.value.hostnames)]
    for host, where in named:
        if ADDRESS.fullmatch(host):
            yield Issue(where, f"{host} is an address.", "Leave host names out to serve every name and address.")
