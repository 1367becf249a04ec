# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server fills in, as tables: with them two objects can be compared that say the same, one with the defaults and one without.

A table is a dictionary like the object. A plain value is the field's default, a dictionary stands for what is inside, a list for what is inside each
item, and :class:`Always` for a field that the server makes when it is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..refs import GATEWAY, SECRET, SERVICE

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Always:
    """A field that is there even when nobody wrote it, with what is in it."""

    inside: Any


def filled(value: Any, table: Any) -> Any:
    """A copy with every default in its place."""
    if isinstance(table, list):
        return [filled(item, table[0]) for item in value] if isinstance(value, list) else value
    if not isinstance(value, Mapping):
        return value
    result = dict(value)
    for name, below in table.items():
        inside = below.inside if isinstance(below, Always) else below
        if isinstance(inside, (Mapping, list)):
            if isinstance(below, Always) and name not in result:
                result[name] = [{}] if isinstance(inside, list) else {}
            if name in result:
                result[name] = filled(result[name], inside)
        else:
            result.setdefault(name, inside)
    return result


def bare(value: Any, table: Any) -> Any:
    """A copy without what :func:`filled` would put there again."""
    if isinstance(table, list):
        return [bare(item, table[0]) for item in value] if isinstance(value, list) else value
    if not isinstance(value, Mapping):
        return value
    result = dict(value)
    for name, below in table.items():
        inside = below.inside if isinstance(below, Always) else below
        if name not in result:
            continue
        if isinstance(inside, (Mapping, list)):
            result[name] = bare(result[name], inside)
            if isinstance(below, Always) and result[name] in ({}, [{}]):
                del result[name]
        elif result[name] == inside:
            del result[name]
    return result


_TARGET = {"group": SERVICE.group, "kind": SERVICE.kind}
_SECRET = {"group": SECRET.group, "kind": SECRET.kind}
_FILTERS = [
    {
        "requestMirror": {"backendRef": _TARGET, "fraction": {"denominator": 100}},
        "requestRedirect": {"statusCode": 302},
        "cors": {"maxAge": 5},
        "externalAuth": {"backendRef": _TARGET},
    }
]
_MATCH = {
    "path": Always({"type": "PathPrefix", "value": "/"}),
    "headers": [{"type": "Exact"}],
    "queryParams": [{"type": "Exact"}],
}
ROUTE: Table = {
    "parentRefs": [{"group": GATEWAY.group, "kind": GATEWAY.kind}],
    "rules": [
        {
            "matches": Always([_MATCH]),
            "filters": _FILTERS,
            "backendRefs": [{**_TARGET, "weight": 1, "filters": _FILTERS}],
            "sessionPersistence": {"type": "Cookie", "cookieConfig": {"lifetimeType": "Session"}},
        }
    ],
}
_VALIDATION = {"validation": {"mode": "AllowValidOnly"}}
GATEWAY_SPEC: Table = {
    "listeners": [
        {
            "allowedRoutes": Always({"namespaces": Always({"from": "Same"}), "kinds": [{"group": GATEWAY.group}]}),
            "tls": {"mode": "Terminate", "certificateRefs": [_SECRET]},
        }
    ],
    "addresses": [{"type": "IPAddress"}],
    "allowedListeners": {"namespaces": Always({"from": "None"})},
    "tls": {"backend": {"clientCertificateRef": _SECRET}, "frontend": {"default": _VALIDATION, "perPort": [{"tls": _VALIDATION}]}},
}
GATEWAY_WHOLE_LISTS: Table = {
    "listeners": [{"allowedRoutes": {"kinds": [{"group": GATEWAY.group}]}}],
    "addresses": [{"type": "IPAddress"}],
}
"""Only what is inside lists that are applied as a whole: elsewhere a default that somebody wrote is his field, and leaving it out would give it up."""
POOL: Table = {"appProtocol": "http", "endpointPickerRef": {**_TARGET, "failureMode": "FailClose"}}
