# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong's ingress controller makes of HTTPRoutes and Ingresses, retold from its release 3.5.13, and Kong's own entities, as routes of its router.

``internal/dataplane/translator/subtranslator/httproute.go`` (``translateHTTPRouteRulesMetaToKongstateRoutes``,
``generateKongRoutePathFromHTTPRouteMatch``, ``generateKongRouteModifierForURLRewritePrefixMatch``) and ``ingress.go`` (``translateIntoKongRoute``,
``PathsFromIngressPaths``), ``internal/annotations``. A route's label is the first backend that it sends to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from unit.gateways.kong_router import KongRoute

PREFIX = "konghq.com/"
Object = dict[str, Any]


def routes_of(objects: Iterable[Object]) -> list[KongRoute]:
    made = list(objects)
    return [route for obj in made for route in (*_http_route(obj), *_ingress(obj), *_entity(obj, made))]


def _http_route(obj: Object) -> Iterator[KongRoute]:
    """Rules with the same backends and filters, and their matches with the same method and headers, are one route with all their paths."""
    if obj["kind"] != "HTTPRoute":
        return
    groups: dict[str, list[tuple[Object, Object]]] = {}
    for rule in obj["spec"]["rules"]:
        for match in rule.get("matches") or [{}]:
            headers = sorted((item["name"].lower(), item.get("type"), item["value"]) for item in match.get("headers", ()))
            groups.setdefault(repr((rule.get("backendRefs"), rule.get("filters"), match.get("method"), headers)), []).append((rule, match))
    for found in groups.values():
        rule, first = found[0]
        replaced = any("replacePrefixMatch" in item.get("urlRewrite", {}).get("path", {}) for item in rule.get("filters", ()))
        # Of a prefix that is replaced the first path alone is known.
        paths = _replaced(first) if replaced else [path for _rule, match in found for path in _paths(match.get("path") or {})]
        yield KongRoute(
            label=rule["backendRefs"][0]["name"],
            hosts=tuple(obj["spec"].get("hostnames", ())),
            paths=tuple(paths),
            headers=tuple((item["name"], ("~*" if item.get("type") == "RegularExpression" else "") + item["value"]) for item in first.get("headers", ())),
            methods=(first["method"],) if "method" in first else (),
        )


def _paths(path: Object) -> list[str]:
    """Nothing is escaped."""
    kind, value = path.get("type", "PathPrefix"), path.get("value", "/")
    if kind == "PathPrefix":
        return [f"~{value}$", value if value.endswith("/") else f"{value}/"]
    return [f"~{value}$" if kind == "Exact" else f"~{value}"]


def _replaced(match: Object) -> list[str]:
    value = match.get("path", {}).get("value", "/").rstrip("/")
    return [f"~{value}$", f"~{value}(/.*)"] if value else ["~/$", "~/(.*)"]


def _ingress(obj: Object) -> Iterator[KongRoute]:
    """A route for each host and Service."""
    if obj["kind"] != "Ingress":
        return
    notes = obj["metadata"].get("annotations", {})
    headers = tuple((name.removeprefix(f"{PREFIX}headers."), value) for name, value in notes.items() if name.startswith(f"{PREFIX}headers."))
    for rule in obj["spec"]["rules"]:
        paths = rule["http"]["paths"]
        assert {path["pathType"] for path in paths} == {"ImplementationSpecific"}
        yield KongRoute(
            label=paths[0]["backend"]["service"]["name"],
            hosts=(rule["host"],) if "host" in rule else (),
            paths=tuple(path["path"].replace("/~", "~", 1) if path["path"].startswith("/~") else path["path"] for path in paths),
            headers=headers,
            methods=tuple(notes.get(f"{PREFIX}methods", "").split(",")) if f"{PREFIX}methods" in notes else (),
        )


def _entity(obj: Object, objects: list[Object]) -> Iterator[KongRoute]:
    if (obj["apiVersion"], obj["kind"]) != ("kong/v3", "routes"):
        return
    spec = obj["spec"]
    assert all(len(values) == 1 for values in spec.get("headers", {}).values())
    (service,) = (item["spec"] for item in objects if item["kind"] == "services" and item["spec"]["name"] == spec["service"]["name"])
    yield KongRoute(
        label=service["host"].partition(".")[0],
        hosts=tuple(spec.get("hosts", ())),
        paths=tuple(spec["paths"]),
        headers=tuple((name, values[0]) for name, values in spec.get("headers", {}).items()),
        methods=tuple(spec.get("methods", ())),
        regex_priority=spec.get("regex_priority", 0),
    )
