# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A route as Kong's ingress controller reads it: KongPlugins, and an HTTPRoute or Ingresses that name them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..engine.objects import Object
from ..models.decode import Entry
from ..models.filters import Rewrite
from ..models.match import HeaderMatch, Match, PathMatch
from ..models.refs import Resource, dropped
from ..models.route import Route, Rule
from .http_route import route_spec
from .kong_match import SPECIAL, alternatives, escaped, header_value, paths, strips, whole
from .kong_options import HEADERS, INGRESS, KONG_PLUGIN, METHODS, PLUGINS, PROTOCOLS, STRIP_PATH, KongOptions
from .kong_plugins import Plugin, change_plugins, route_plugins, rule_plugins

DEFAULT_CLASS = "kong"


def plugin_name(route: str, plugin: Plugin, rule: str = "") -> str:
    """The kind of a plugin is part of its name, since it cannot change: another kind is another object."""
    return f"{route}-route-{plugin.name}" + (f"-{rule}" if rule else "")


def rule_name(rule: Rule, index: int) -> str:
    return rule.name or str(index)


def kong_plugin(entry: Entry[Route], plugin: Plugin, rule: str = "") -> Object:
    patches = [{"path": patch.path, "valueFrom": {"secretKeyRef": {"name": patch.secret, "key": patch.key}}} for patch in plugin.patches]
    made: Object = {
        "apiVersion": f"{KONG_PLUGIN.group}/v1",
        "kind": KONG_PLUGIN.kind,
        "metadata": dropped({"name": plugin_name(entry.name, plugin, rule), "namespace": entry.namespace, "labels": entry.value.labels}),
        "plugin": plugin.name,
        "config": plugin.config,
    }
    return made | dropped({"configPatches": patches})


def annotated(entry: Entry[Route], options: KongOptions, plugins: list[str], own: dict[str, str]) -> dict[str, str]:
    """The user's own, to which ours are added. His plugins stay, after ours."""
    given = dict(entry.value.annotations or {})
    named = [*plugins, *(name for name in given.get(PLUGINS, "").split(",") if name)]
    ours = dropped({PLUGINS: ",".join(named) or None, PROTOCOLS: ",".join(options.protocols) or None, STRIP_PATH: "true" if strips(entry.value) else None})
    return {**given, **ours, **own}


def http_route(entry: Entry[Route], options: KongOptions, version: str) -> list[Object]:
    """Plugins of the whole route hang on an annotation, those of a rule on its filters."""
    route = entry.value
    shared = [kong_plugin(entry, plugin) for plugin in route_plugins(route)]
    single: list[Object] = []
    rules = []
    for index, rule in enumerate(route.rules):
        own = [kong_plugin(entry, plugin, rule_name(rule, index)) for plugin in rule_plugins(route, rule, options)]
        single += own
        rules.append(_native(rule, strips(route), [obj["metadata"]["name"] for obj in own]))
    named = annotated(entry, options, [obj["metadata"]["name"] for obj in shared], {})
    made: Object = {
        "apiVersion": f"gateway.networking.k8s.io/{version}",
        "kind": "HTTPRoute",
        "metadata": dropped({"name": entry.name, "namespace": entry.namespace, "labels": route.labels, "annotations": named}),
        "spec": route_spec(replace(route, rules=tuple(rules))),
    }
    return [*shared, *single, made]


def _native(rule: Rule, strip: bool, plugins: list[str]) -> Rule:
    """A rule in the words of an HTTPRoute, less what plugins and annotations say of it."""
    extensions = [Resource(group=KONG_PLUGIN.group, kind=KONG_PLUGIN.kind, name=name) for name in plugins]
    return replace(
        rule,
        path=None,
        headers=None,
        method=None,
        matches=tuple(_native_match(match) for match in rule.alternatives),
        backends=tuple(backend for backend in rule.backends if backend.provider is None),
        rewrite=_without_prefix(rule.rewrite) if strip else rule.rewrite,
        cors=None,
        extensions=(*extensions, *rule.extensions),
    )


def _without_prefix(rewrite: Rewrite | None) -> Rewrite | None:
    return replace(rewrite, path=None) if rewrite is not None and rewrite.hostname is not None else None


def _native_match(match: Match) -> Match:
    headers = {name: value if value.exact is not None else HeaderMatch(regex=f"^(?:{value.regex})$") for name, value in (match.headers or {}).items()}
    return replace(match, headers=headers or None, path=_native_path(match.path))


def _native_path(path: PathMatch | None) -> PathMatch | None:
    """The controller makes a regular expression of an exact path and escapes nothing in it."""
    if path is not None and path.exact is not None and any(char in path.exact for char in SPECIAL):
        return PathMatch(regex=f"{escaped(path.exact)}$")
    return PathMatch(regex=whole(path.regex)) if path is not None and path.regex is not None else path


def ingresses(entry: Entry[Route], options: KongOptions) -> list[Object]:
    """One for each match: headers and methods are annotations, which hold for the whole of an Ingress."""
    route = entry.value
    shared = [kong_plugin(entry, plugin) for plugin in route_plugins(route)]
    made: list[Object] = []
    several = sum(len(alternatives(rule)) for rule in route.rules) > 1
    for index, rule in enumerate(route.rules):
        name = rule_name(rule, index)
        single = [kong_plugin(entry, plugin, name) for plugin in [*rule_plugins(route, rule, options), *change_plugins(rule)]]
        made += single
        own = [item.name for item in rule.extensions]
        plugins = [*(obj["metadata"]["name"] for obj in (*shared, *single)), *own]
        for number, match in enumerate(alternatives(rule)):
            tail = f".{number}" if len(rule.matches) > 1 else ""
            made.append(_ingress(entry, options, f"{entry.name}.{name}{tail}" if several else entry.name, rule, match, plugins))
    return [*shared, *made]


def _ingress(entry: Entry[Route], options: KongOptions, name: str, rule: Rule, match: Match, plugins: list[str]) -> Object:
    """Paths as Kong itself writes them, by the type that leaves them to it; ``/~`` marks a regular expression."""
    own = {f"{HEADERS}{header.lower()}": header_value(value) for header, value in (match.headers or {}).items()}
    own |= dropped({METHODS: match.method})
    backend = {"service": {"name": rule.backends[0].service, "port": {"number": rule.backends[0].port}}} if rule.backends else {}
    asked = [{"path": f"/{path}" if path.startswith("~") else path, "pathType": "ImplementationSpecific", "backend": backend} for path in paths(match.path)]
    return {
        "apiVersion": f"{INGRESS.group}/v1",
        "kind": INGRESS.kind,
        "metadata": dropped(
            {
                "name": name,
                "namespace": entry.namespace,
                "labels": entry.value.labels,
                "annotations": annotated(entry, options, plugins, own),
            }
        ),
        "spec": {"ingressClassName": options.ingress_class or DEFAULT_CLASS, "rules": list(_hosts(entry.value, asked))},
    }


def _hosts(route: Route, asked: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for host in route.hostnames or (None,):
        yield dropped({"host": host, "http": {"paths": asked}})
