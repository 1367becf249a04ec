# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTPRoute back as the route that a user would write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...engine.info import Shape, entries_info, metadata
from ...engine.objects import BuildContext, Desired, Object
from ..kinds.routes import KIND, build
from ..refs import GATEWAY, HTTP_ROUTE, SERVICE, dropped
from ..route import PRIORITY_ANNOTATION, RESET_ANNOTATION, TIMEOUTS_ANNOTATION
from .defaults import ROUTE, bare, filled
from .filters import Spec, read_filters, read_target


def read_route(obj: Object) -> dict[str, Any]:
    spec = obj.get("spec") or {}
    entry = metadata(obj) | dropped(
        {
            "hostnames": spec.get("hostnames"),
            "parents": [read_parent(parent) for parent in spec.get("parentRefs") or ()],
            "default_gateways": spec.get("useDefaultGateways"),
            "rules": [read_rule(rule) for rule in spec.get("rules") or ()],
        }
    )
    return _with_notes(entry)


def _with_notes(entry: dict[str, Any]) -> dict[str, Any]:
    """What annotations say because the route's own fields cannot."""
    notes = dict(entry.get("annotations") or {})
    rules = entry.get("rules", [])
    numbers = [int(number) for number in notes.pop(RESET_ANNOTATION, "").split(",") if number.isdigit()]
    for rule in (rules[number] for number in numbers if number < len(rules)):
        if "retries" in rule:
            rule["retries"]["on"] = [*rule["retries"].get("on", ()), "reset"]
    for number, times in _by_rule(notes.pop(TIMEOUTS_ANNOTATION, "")):
        if number < len(rules) and isinstance(times, dict) and times:
            rules[number].setdefault("timeouts", times)
    for number, order in _by_rule(notes.pop(PRIORITY_ANNOTATION, "")):
        if number < len(rules) and isinstance(order, list) and len(order) == len(rules[number].get("backends", ())):
            # Fallbacks have weight 0 only because the route's own fields know no better.
            rules[number]["backends"] = [_with_priority(*pair) for pair in zip(rules[number]["backends"], order, strict=True)]
    return {**entry, "annotations": notes} if notes else {name: part for name, part in entry.items() if name != "annotations"}


def _by_rule(text: str) -> Iterator[tuple[int, Any]]:
    """Passes over what somebody else wrote there."""
    try:
        said = json.loads(text or "{}")
    except ValueError:
        return
    for number, value in said.items() if isinstance(said, dict) else ():
        if number.isdigit():
            yield int(number), value


def _with_priority(backend: dict[str, Any], priority: Any) -> dict[str, Any]:
    return {name: value for name, value in backend.items() if name != "weight"} | ({"priority": priority} if priority else {})


def _build(entries: list[Any], context: BuildContext) -> list[Desired]:
    """An entry with a failover is held against the route by the renderer that knows failovers."""
    backends = [backend for entry in entries for rule in entry.get("rules", ()) for backend in rule.get("backends", ())]
    istio = {"renderer": "istio"} if any("priority" in backend for backend in backends) else {}
    return build(entries, replace(context, params={**context.params, **istio}))


def read_parent(ref: Spec) -> Any:
    group, kind = ref.get("group", GATEWAY.group), ref.get("kind", GATEWAY.kind)
    implied = SERVICE.group if kind == SERVICE.kind else GATEWAY.group
    result = {"name": ref.get("name")} | dropped({"namespace": ref.get("namespace"), "listener": ref.get("sectionName"), "port": ref.get("port")})
    if kind != GATEWAY.kind:
        result["kind"] = kind
    if group != implied:
        result["group"] = group
    return shortest(result)


def shortest(named: dict[str, Any]) -> Any:
    """A dictionary that holds only a name is written as that name."""
    return named["name"] if set(named) == {"name"} else named


def read_rule(rule: Spec) -> dict[str, Any]:
    retry = rule.get("retry")
    result = dropped({"name": rule.get("name")}) | read_matches([read_match(match) for match in rule.get("matches") or ()])
    result |= dropped({"backends": [read_backend(backend) for backend in rule.get("backendRefs") or ()]})
    result |= read_filters(rule.get("filters") or [])
    timeouts = rule.get("timeouts") or {}
    result |= dropped(
        {
            "timeouts": dropped({"request": timeouts.get("request"), "backend": timeouts.get("backendRequest")}),
            "retries": dropped({"attempts": retry.get("attempts"), "on": retry.get("codes"), "backoff": retry.get("backoff")}) if retry else None,
        }
    )
    session = rule.get("sessionPersistence")
    return result if session is None else result | {"session_persistence": read_session(session)}


def read_matches(matches: list[dict[str, Any]]) -> dict[str, Any]:
    """One match stands in the rule itself."""
    return matches[0] if len(matches) == 1 and matches[0] else dropped({"matches": matches})


def read_match(match: Spec) -> dict[str, Any]:
    values = {"headers": read_values(match.get("headers")), "query": read_values(match.get("queryParams")), "method": match.get("method")}
    return dropped({"path": read_path(match["path"]) if match.get("path") is not None else None, **values})


def read_path(path: Spec) -> Any:
    kind, value = path.get("type", "PathPrefix"), path.get("value", "/")
    if kind == "PathPrefix":
        return value
    return {"exact": value} if kind == "Exact" else {"regex": value}


def read_values(items: list[Spec] | None) -> dict[str, Any]:
    return {item["name"]: item["value"] if item.get("type", "Exact") == "Exact" else {"regex": item["value"]} for item in items or ()}


def read_backend(ref: Spec) -> dict[str, Any]:
    return read_target(ref) | dropped({"weight": ref.get("weight")}) | read_filters(ref.get("filters") or [])


def read_session(session: Spec) -> dict[str, Any]:
    cookie = session.get("cookieConfig") or {}
    plain = {"name": session.get("sessionName"), "type": session.get("type"), "absolute_timeout": session.get("absoluteTimeout")}
    return dropped({**plain, "cookie_lifetime": cookie.get("lifetimeType")})


def tidied(spec: Spec) -> dict[str, Any]:
    """Without the defaults, which a user would not have written. All of them are inside lists that are applied as a whole."""
    result: dict[str, Any] = bare(spec, ROUTE)
    if "rules" in result:
        result["rules"] = [_with_weights(rule, full) for rule, full in zip(result["rules"], spec["rules"], strict=True)]
    return result


def _with_weights(rule: Spec, full: Spec) -> dict[str, Any]:
    """A weight of 1 goes unsaid only where all weights are 1: beside a 9 it has to be seen."""
    weights = [backend.get("weight", 1) for backend in full.get("backendRefs") or ()]
    if all(weight == 1 for weight in weights):
        return dict(rule)
    return {**rule, "backendRefs": [{**backend, "weight": weight} for backend, weight in zip(rule["backendRefs"], weights, strict=True)]}


def _timed(obj: Object) -> Spec:
    """The spec with what an annotation says of time, so that an entry which says it is no difference."""
    spec = dict(obj.get("spec") or {})
    rules = [dict(rule) for rule in spec.get("rules") or ()]
    for number, times in _by_rule((obj["metadata"].get("annotations") or {}).get(TIMEOUTS_ANNOTATION, "")):
        if number < len(rules) and isinstance(times, dict):
            rules[number].setdefault("timeouts", dropped({"request": times.get("request"), "backendRequest": times.get("backend")}))
    return spec | ({"rules": rules} if rules else {})


SHAPE = Shape(
    kind=replace(KIND, build=_build),
    sources=lambda _context: (HTTP_ROUTE,),
    read=read_route,
    tidied=tidied,
    filled=lambda obj: filled(_timed(obj), ROUTE),
)
INFO = entries_info(SHAPE)
