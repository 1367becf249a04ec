# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A route as entities of Kong's Admin API: the same text without a cluster.

One envelope for all: ``kong/v3``, the entity's own kind, the fields in ``spec`` as the API names them, references by name.
"""

from __future__ import annotations

from typing import Any

from ..engine.objects import ENTRY_ANNOTATION, Object
from ..models.codecs import Report
from ..models.decode import Entry
from ..models.match import Match
from ..models.refs import dropped
from ..models.route import Backend, Route, Rule, milliseconds
from .kong_match import alternatives, header_values, new_prefix, paths
from .kong_options import KongOptions
from .kong_plugins import Plugin, change_plugins, route_plugins, rule_plugins

API_VERSION = "kong/v3"
LONGEST_CONNECT = 60_000
"""A model may take its time to answer; a server that cannot be reached in a minute is not there."""
AI_PROXY = {"host": "localhost", "port": 32_000}
"""A service has to have a host; ai-proxy sends the request elsewhere."""


def entities(entry: Entry[Route], options: KongOptions) -> list[Object]:
    """What others point at comes first. Names are ``<namespace>.<route>.<rule's name or number>``, with the match's number where a rule has several."""
    made = []
    for index, rule in enumerate(entry.value.rules):
        name = f"{entry.namespace}.{entry.name}.{rule.name or index}"
        made += _behind(entry, rule, name)
        plugins = [*route_plugins(entry.value), *rule_plugins(entry.value, rule, options), *change_plugins(rule)]
        asked = alternatives(rule)
        for number, match in enumerate(asked):
            own = f"{name}.{number}" if len(asked) > 1 else name
            made.append(_object(entry, "routes", own, {"name": own} | _route(entry.value, rule, match, name, options)))
            made += [_object(entry, "plugins", f"routes.{own}/{plugin.name}", _plugin(plugin, own)) for plugin in plugins]
    return made


def refuse_same_names(entry: Entry[Route], report: Report) -> None:
    """A rule that is called as another one is numbered."""
    names: dict[str, int] = {}
    for index, rule in enumerate(entry.value.rules):
        first = names.setdefault(rule.name or str(index), index)
        if first != index:
            report.add(f"{entry.origin}.rules[{index}]", f"would be called {rule.name or index} as rules[{first}] is.", "Name both.")


def _object(entry: Entry[Route], kind: str, name: str, spec: dict[str, Any]) -> Object:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name, "annotations": {ENTRY_ANNOTATION: entry.key}}, "spec": spec}


def _behind(entry: Entry[Route], rule: Rule, name: str) -> list[Object]:
    """A service, and an upstream with its targets where a rule has several backends. A rule that only redirects needs none."""
    made: list[Object] = []
    if not rule.backends:
        return made
    if len(rule.backends) > 1:
        made.append(_object(entry, "upstreams", name, {"name": name}))
        for address, weight in _targets(entry, rule).items():
            made.append(_object(entry, "targets", f"{name}/{address}", {"upstream": {"name": name}, "target": address, "weight": weight}))
        where: dict[str, Any] = {"host": name, "port": 80}
    elif rule.backends[0].provider is not None:
        where = dict(AI_PROXY)
    else:
        where = {"host": host_of(entry, rule.backends[0]), "port": rule.backends[0].port}
    return [*made, _object(entry, "services", name, _service(rule, name, where))]


def _targets(entry: Entry[Route], rule: Rule) -> dict[str, int]:
    """By address; a backend that is named twice has the sum of its weights."""
    found: dict[str, int] = {}
    for backend in rule.backends:
        address = f"{host_of(entry, backend)}:{backend.port}"
        found[address] = found.get(address, 0) + (1 if backend.weight is None else backend.weight)
    return found


def host_of(entry: Entry[Route], backend: Backend) -> str:
    return backend.host if backend.host is not None else f"{backend.service}.{backend.namespace or entry.namespace}.svc"


def _service(rule: Rule, name: str, where: dict[str, Any]) -> dict[str, Any]:
    """The prefix that a rewrite puts in is the path of the service, before which the route strips what matched."""
    prefix = new_prefix(rule)
    path = prefix if prefix not in (None, "/") else None
    wait = milliseconds(rule.timeouts.backend) if rule.timeouts and rule.timeouts.backend else None
    times = {"connect_timeout": min(wait, LONGEST_CONNECT), "read_timeout": wait, "write_timeout": wait} if wait else {}
    return {"name": name, "protocol": "http", **where, **times} | dropped({"path": path, "retries": rule.retries.attempts if rule.retries else None})


def _route(route: Route, rule: Rule, match: Match, service: str, options: KongOptions) -> dict[str, Any]:
    """An exact path and the prefix of the same name are one regular expression to Kong, so the exact one is given precedence."""
    spec: dict[str, Any] = {
        "paths": paths(match.path),
        "strip_path": new_prefix(rule) is not None,
        "preserve_host": True,
    }
    return spec | dropped(
        {
            "service": {"name": service} if rule.backends else None,
            "hosts": list(route.hostnames),
            "headers": header_values(match),
            "methods": [match.method] if match.method else None,
            "protocols": list(options.protocols),
            "regex_priority": 1 if match.path is not None and match.path.exact is not None else None,
        }
    )


def _plugin(plugin: Plugin, route: str) -> dict[str, Any]:
    return {"name": plugin.name, "route": {"name": route}, "config": plugin.config}
