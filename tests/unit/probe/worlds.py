# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds worlds out of the inventory's words, and a second matcher that shares no code with the first."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import entries_of
from ansible_collections.inference.gateway.plugins.module_utils.models.gateway import Gateway
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from ansible_collections.inference.gateway.plugins.module_utils.probe.places import World, world_of
from ansible_collections.inference.gateway.plugins.module_utils.probe.precedence import Request

GATEWAY = {"name": "gw", "namespace": "ai", "class": "istio", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}


def world(routes: list[dict[str, Any]], gateways: list[dict[str, Any]] | None = None, ages: dict[str, str] | None = None) -> World:
    report = Report()
    doors = entries_of(Gateway, gateways or [GATEWAY], "gateways", "ai", report)
    entries = entries_of(Route, routes, "inference_routes", "ai", report)
    report.raise_if_any()
    return world_of(doors, entries, ages)


def route(name: str, *rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": name, "parents": ["gw"], "rules": list(rules), **fields}


def rule(service: str = "a", **fields: Any) -> dict[str, Any]:
    return {"backends": [{"service": service, "port": 80}], **fields}


def request(
    made: World, path: str, host: str = "", method: str = "POST", headers: dict[str, str] | None = None, query: dict[str, str] | None = None
) -> Request:
    return Request(made.doors[0], host, method, path, tuple((headers or {}).items()), tuple((query or {}).items()))


def takes(declared: dict[str, Any], asked: Request) -> bool:
    """Does a rule, as the inventory spells it, match a request? Written anew on purpose, from the specification."""
    return any(_one(match, asked) for match in (declared.get("matches") or [declared]))


def _one(match: dict[str, Any], asked: Request) -> bool:
    path = match.get("path", "/")
    kind, value = next(iter(path.items())) if isinstance(path, dict) else ("prefix", path)
    if kind == "exact":
        good = asked.path == value
    elif kind == "regex":
        good = bool(re.compile(value + r"\Z").match(asked.path))
    else:
        wanted = [part for part in value.split("/") if part]
        good = asked.path.split("/")[1 : 1 + len(wanted)] == wanted
    carried = {name.lower(): text for name, text in reversed(asked.headers)}
    for name, want in match.get("headers", {}).items():
        good = good and name.lower() in carried and _value(want, carried[name.lower()])
    for name, want in match.get("query", {}).items():
        good = good and any(_value(want, text) for key, text in asked.query if key == name)
    return good and match.get("method", asked.method) == asked.method


def _value(want: Any, text: str) -> bool:
    return re.compile(want["regex"] + r"\Z").match(text) is not None if isinstance(want, dict) and "regex" in want else want in (text, {"exact": text})
