# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a redirect leads. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..models.filters import Redirect
from ..models.match import Match
from ..models.route import Rule
from .examples import replaced_prefix
from .precedence import Request

USUAL = {"http": 80, "https": 443}


def location_of(redirect: Redirect, rule: Rule, request: Request) -> str:
    """The whole URL. A port is the redirect's own, else the usual one of a scheme that it names, else the listener's."""
    own = "https" if request.door.tls else "http"
    scheme = redirect.scheme or own
    port = redirect.port or (USUAL[scheme] if redirect.scheme else request.door.port)
    host = redirect.hostname or request.host
    path = request.path
    if redirect.path is not None:
        match = (rule.alternatives or (Match(),))[0]
        prefix = match.path.prefix if match.path else "/"
        path = redirect.path.full if redirect.path.full is not None else replaced_prefix(path, prefix, redirect.path.prefix or "/")
    query = request.target[len(request.path) :]
    return f"{scheme}://{host}{'' if port == USUAL[scheme] else f':{port}'}{path}{query}"


def same_place(location: str, wanted: str) -> bool:
    """Do two URLs lead to one place? Names in any case, usual ports said or not; a host that was not told apart is not compared."""
    return _parts(location, wanted) == _parts(wanted, wanted)


def _parts(location: str, wanted: str) -> tuple[str, str, int, str, str]:
    try:
        parts, base = urlsplit(location), urlsplit(wanted)
        scheme = parts.scheme or base.scheme
        host = (parts.hostname or base.hostname or "") if base.hostname else ""
        port = (parts.port or USUAL.get(scheme, 0)) if parts.netloc else (base.port or USUAL.get(base.scheme, 0))
    except ValueError:
        return ("", "", 0, location, "")
    return scheme, host, port, parts.path or "/", parts.query
