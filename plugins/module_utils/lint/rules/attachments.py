# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether routes find a listener. Each rule stays silent about a Gateway that is not declared here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...engine.errors import Issue
from ...models.refs import GATEWAY
from ..listening import Attempt, accepting, attempts, overlap, takes_http
from ..rule import error, warning
from ..world import World

if TYPE_CHECKING:
    from ...models.decode import Entry
    from ...models.filters import Redirect
    from ...models.route import Route, Rule


@warning("unknown-parent", "https://github.com/kubernetes-sigs/gateway-api/issues/3738")
def unknown_parent(world: World) -> Iterator[Issue]:
    """A route hangs on a Gateway that is neither declared nor there, so nothing ever serves it."""
    for entry in world.routes or () if world.gateways is not None or GATEWAY in world.facts else ():
        for index, parent in enumerate(entry.value.parents):
            namespace = parent.namespace or entry.namespace
            if parent.target != GATEWAY or (namespace, parent.name) in world.gateway or world.find(GATEWAY, namespace, parent.name):
                continue
            elsewhere = sorted(space for space, name in world.gateway if name == parent.name)
            remedy = f"Write {{name: {parent.name}, namespace: {elsewhere[0]}}}." if elsewhere else f"Known are {_names(world)}."
            yield Issue(f"{entry.origin}.parents[{index}]", f"Gateway {namespace}/{parent.name} is neither declared nor known.", remedy)


def _names(world: World) -> str:
    return ", ".join(f"{namespace}/{name}" for namespace, name in sorted(world.gateway)[:10]) or "none"


@error("unknown-listener", "https://github.com/Kong/kubernetes-ingress-controller/issues/3221")
def unknown_listener(world: World) -> Iterator[Issue]:
    """A route asks for a listener, or for a port, that its Gateway does not have."""
    for attempt in attempts(world):
        if not attempt.listeners:
            named, port = attempt.parent.listener, attempt.parent.port
            asked = " and ".join([f"name {named}"] * bool(named) + [f"port {port}"] * bool(port))
            known = ", ".join(f"{item.name} (port {item.port})" for item in attempt.gateway.value.listeners)
            yield Issue(attempt.where, f"Gateway {attempt.gateway.key} has no listener of {asked}.", f"It has {known}.")


@error("listener-not-http", "https://github.com/cilium/cilium/pull/42902")
def listener_not_http(world: World) -> Iterator[Issue]:
    """No listener that a route asks for takes HTTP routes, by its protocol or its list of kinds."""
    for attempt in attempts(world):
        if attempt.listeners and not any(takes_http(item) for item in attempt.listeners):
            known = ", ".join(f"{item.name} ({item.spoken})" for item in attempt.listeners)
            problem = f"no listener of Gateway {attempt.gateway.key} takes it: {known}."
            yield Issue(attempt.where, problem, "Use one of protocol HTTP or HTTPS that allows HTTPRoute.")


@error("namespace-not-allowed", "https://github.com/volcano-sh/kthena/issues/1132")
def namespace_not_allowed(world: World) -> Iterator[Issue]:
    """The listeners that a route asks for take no routes of its namespace. Without a word a listener takes those of its own namespace only."""
    for attempt in attempts(world):
        takers = [item for item in attempt.listeners if takes_http(item)]
        if takers and not accepting(world, attempt):
            problem = f"no listener of Gateway {attempt.gateway.key} takes routes of namespace {attempt.entry.namespace}."
            yield Issue(attempt.where, problem, "Write routes: {from: All} on the listener, or a selector of labels that the namespace has.")


@error("hostname-not-served", "https://github.com/kubernetes-sigs/gateway-api/issues/654")
def hostname_not_served(world: World) -> Iterator[Issue]:
    """No listener of a route's Gateways accepts any host name of the route."""
    for entry, strangers, issues in _strangers(world):
        if len(strangers) == len(entry.value.hostnames):
            yield from issues


@warning("hostname-passed-over", "https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec")
def hostname_passed_over(world: World) -> Iterator[Issue]:
    """No listener of a route's Gateways accepts one of its host names. Others are accepted, so the route is too, and nothing tells of this one."""
    for entry, strangers, issues in _strangers(world):
        if len(strangers) < len(entry.value.hostnames):
            yield from issues


def _strangers(world: World) -> Iterator[tuple[Entry[Route], list[int], list[Issue]]]:
    """Routes with host names that no listener accepts: which of them, and what is to be said of each."""
    for entry, tries in _by_route(world):
        if len(tries) < len(entry.value.parents):
            continue  # A parent is not known, and it may accept anything.
        served = [item.hostname for attempt in tries for item in accepting(world, attempt)]
        if not served:
            continue  # Said by another rule already.
        names = entry.value.hostnames
        found = [index for index, host in enumerate(names) if not any(overlap(host, other) for other in served)]
        listed = ", ".join(sorted({other for other in served if other}))
        problem = "is accepted by no listener of the route's Gateways."
        yield entry, found, [Issue(f"{entry.origin}.hostnames[{index}]", f"{names[index]} {problem}", f"They accept {listed}.") for index in found]


def _by_route(world: World) -> Iterator[tuple[Entry[Route], list[Attempt]]]:
    found: dict[str, tuple[Entry[Route], list[Attempt]]] = {}
    for attempt in attempts(world):
        found.setdefault(attempt.entry.origin, (attempt.entry, []))[1].append(attempt)
    yield from found.values()


@error("redirect-to-itself", "https://github.com/cilium/cilium/issues/28796")
def redirect_to_itself(world: World) -> Iterator[Issue]:
    """A rule that redirects to https is reached by https too, so it redirects to itself without an end."""
    for attempt in attempts(world):
        names = attempt.entry.value.hostnames
        reached = [item for item in accepting(world, attempt) if not names or any(overlap(host, item.hostname) for host in names)]
        secure = next((item for item in reached if item.spoken == "HTTPS" and item.port == 443), None)
        if secure is None:
            continue
        for index, rule in enumerate(attempt.entry.value.rules):
            if rule.redirect is not None and _only_scheme(rule.redirect) and not _asks_for_http(rule):
                plain = next((item.name for item in attempt.gateway.value.listeners if item.spoken == "HTTP"), "NAME OF THE HTTP LISTENER")
                problem = f"redirects to https and hangs on listener {secure.name} of Gateway {attempt.gateway.key}, which is https already: a loop."
                remedy = f"Write parents: [{{name: {attempt.parent.name}, listener: {plain}}}], and what answers in a route on {secure.name}."
                yield Issue(f"{attempt.entry.origin}.rules[{index}].redirect", problem, remedy)


def _asks_for_http(rule: Rule) -> bool:
    """Whether a rule takes only what came by http: gateways say in this header how a request came in."""
    asked = [want for match in rule.alternatives for name, want in (match.headers or {}).items() if name.lower() == "x-forwarded-proto"]
    return bool(asked) and len(asked) == len(rule.alternatives) and all(want.exact == "http" for want in asked)


def _only_scheme(redirect: Redirect) -> bool:
    return redirect.scheme == "https" and redirect.hostname is None and redirect.path is None and redirect.port in (None, 443)
