# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters as the API writes them, back in the inventory's words. The inverse of what ``gateways/http_route.py`` makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..refs import INFERENCE_POOL, SERVICE, dropped

Spec = Mapping[str, Any]


def read_target(ref: Spec) -> dict[str, Any]:
    """A backend reference as service, pool or resource. A Service without a port has no short form."""
    group, kind, name = ref.get("group", SERVICE.group), ref.get("kind", SERVICE.kind), ref.get("name")
    if (group, kind) == SERVICE and ref.get("port") is not None:
        where: dict[str, Any] = {"service": name}
    elif (group, kind) == INFERENCE_POOL:
        where = {"pool": name}
    else:
        where = {"resource": {"group": group, "kind": kind, "name": name}}
    return where | dropped({"namespace": ref.get("namespace"), "port": ref.get("port")})


def read_filters(filters: list[Spec]) -> dict[str, Any]:
    """The filters of a rule or a backend, by field. Types that are not known here are left out; the comparison afterwards finds them missing."""
    result: dict[str, Any] = {}
    for item in filters:
        if item.get("type") not in READERS:
            continue
        part, field, several, read = READERS[item["type"]]
        value = read(item.get(part) or {})
        if several:
            result.setdefault(field, []).append(value)
        else:
            result[field] = value
    return result


def _headers(change: Spec) -> dict[str, Any]:
    return dropped({"set": _values(change.get("set")), "add": _values(change.get("add")), "remove": change.get("remove")})


def _values(items: list[Spec] | None) -> dict[str, str]:
    return {item["name"]: item["value"] for item in items or ()}


def _path(change: Spec | None) -> dict[str, Any] | None:
    if change is None:
        return None
    if change.get("type") == "ReplacePrefixMatch":
        return {"prefix": change.get("replacePrefixMatch")}
    return {"full": change.get("replaceFullPath")}


def _rewrite(spec: Spec) -> dict[str, Any]:
    return dropped({"hostname": spec.get("hostname"), "path": _path(spec.get("path"))})


def _redirect(spec: Spec) -> dict[str, Any]:
    plain = {"scheme": spec.get("scheme"), "hostname": spec.get("hostname"), "port": spec.get("port"), "status": spec.get("statusCode")}
    return dropped({**plain, "path": _path(spec.get("path"))})


def _mirror(spec: Spec) -> dict[str, Any]:
    return read_target(spec.get("backendRef") or {}) | dropped({"percent": spec.get("percent"), "fraction": spec.get("fraction")})


def _cors(spec: Spec) -> dict[str, Any]:
    names = {
        "allow_origins": "allowOrigins",
        "allow_credentials": "allowCredentials",
        "allow_methods": "allowMethods",
        "allow_headers": "allowHeaders",
        "expose_headers": "exposeHeaders",
        "max_age": "maxAge",
    }
    return dropped({ours: spec.get(theirs) for ours, theirs in names.items()})


def _auth(spec: Spec) -> dict[str, Any]:
    section = spec.get(str(spec.get("protocol")).lower()) or {}
    plain = {
        "protocol": spec.get("protocol"),
        "path": section.get("path"),
        "allowed_headers": section.get("allowedHeaders"),
        "allowed_response_headers": section.get("allowedResponseHeaders"),
        "max_body": (spec.get("forwardBody") or {}).get("maxSize"),
    }
    return read_target(spec.get("backendRef") or {}) | dropped(plain)


READERS: dict[str, tuple[str, str, bool, Callable[[Spec], dict[str, Any]]]] = {
    "RequestHeaderModifier": ("requestHeaderModifier", "request_headers", False, _headers),
    "ResponseHeaderModifier": ("responseHeaderModifier", "response_headers", False, _headers),
    "URLRewrite": ("urlRewrite", "rewrite", False, _rewrite),
    "RequestRedirect": ("requestRedirect", "redirect", False, _redirect),
    "RequestMirror": ("requestMirror", "mirrors", True, _mirror),
    "CORS": ("cors", "cors", False, _cors),
    "ExternalAuth": ("externalAuth", "auth", False, _auth),
    "ExtensionRef": ("extensionRef", "extensions", True, dict),
}
