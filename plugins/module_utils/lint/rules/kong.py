# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong does otherwise than a declaration looks like: its router, its keys, its counters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...engine.errors import Issue
from ...gateways.kong_match import header_values
from ...gateways.kong_options import KONG_PLUGIN, PLUGINS, PREFIX
from ...models.refs import SERVICE
from ..kong_order import misled
from ..manifests import at
from ..rule import error, warning
from ..seats import attachments
from ..world import RuleSpot, Spot, World
from .kong_objects import noted
from .matches import meaning
from .times import SHORT

if TYPE_CHECKING:
    from ...models.decode import Entry
    from ...models.route import Route

KONG = "kong"
READ_TIMEOUT = f"{PREFIX}read-timeout"
ASKS = ("acl", "basic-auth", "hmac-auth", "ip-restriction", "jwt", "key-auth", "key-auth-enc", "ldap-auth", "mtls-auth", "oauth2", "openid-connect")
"""Plugins that do not let everybody in."""
BY_ADDRESS = ("ip", "header", "path", "service")


def routes(world: World) -> list[Entry[Route]]:
    """Those that are for Kong."""
    return list(world.routes or ()) if world.renderer == KONG else []


def rules(world: World) -> list[RuleSpot]:
    return world.rules if world.renderer == KONG else []


@error("kong-same-match", "https://github.com/Kong/kong/pull/11905")
def kong_same_match(world: World) -> Iterator[Issue]:
    """Two rules differ only in upper and lower case of a header's value, or in the Gateway that they hang on. Kong compares values in lower case and
    serves all routes at all of its ports, so one of the two gets the other's requests."""
    seen: dict[Any, list[Spot]] = {}
    for spot in world.spots if world.renderer == KONG else ():
        path, method, _headers, query = meaning(spot.match)
        values = tuple((name.lower(), *(value.lower() for value in found)) for name, found in header_values(spot.match).items())
        for host in spot.entry.value.hostnames or ("",):
            rivals = seen.setdefault((host, path, method, values, query), [])
            other = next((rival for rival in rivals if rival.rule is not spot.rule and _meet(rival, spot) and not _told_already(rival, spot)), None)
            rivals.append(spot)
            if other is not None:
                yield Issue(spot.where, f"is the same to Kong as {other.where}.", "Give one another path or header, or keep one.")
                break


def _meet(first: Spot, second: Spot) -> bool:
    """Listeners of other names may speak other protocols, by which Kong does tell routes apart."""
    mine, its = ({parent.listener for parent in spot.entry.value.parents} for spot in (first, second))
    return None in mine or None in its or not mine or not its or bool(mine & its)


def _told_already(first: Spot, second: Spot) -> bool:
    """What duplicate-match finds."""
    common = {place for place, _section in attachments(first.entry)} & {place for place, _section in attachments(second.entry)}
    return bool(common) and meaning(first.match) == meaning(second.match)


@error("kong-order", "https://github.com/Kong/kong-operator/pull/4563")
def kong_order(world: World) -> Iterator[Issue]:
    """A request meets two rules, and Kong's traditional routers choose another one than Gateway API's order does: they count how many of host, headers
    and method a rule asks for before they look at the path, and have no order between an exact path and the same prefix."""
    for winner, loser in misled(world.spots) if world.renderer == KONG else ():
        problem = f"is to take requests that {loser.spot.where} takes too, but Kong may send them there."
        remedy = "Ask for the same kinds of condition in both (headers, method, host), and let a longer path be the more precise one."
        yield Issue(winner.spot.where, problem, remedy)


@warning("kong-open-route", "https://github.com/oracle-quickstart/oci-ai-blueprints/pull/107")
def kong_open_route(world: World) -> Iterator[Issue]:
    """A route for Kong says nothing of access, so anybody may use it, without a key."""
    for entry in routes(world):
        if entry.value.access is None and not _guarded(world, entry):
            yield Issue(entry.origin, "says not who may use it: anybody may.", "Write access: {groups: [...]}, or access: {open: true} if that is meant.")


def _guarded(world: World, entry: Entry[Route]) -> bool:
    """Whether a plugin that the route names itself may ask who comes: one of those that do, or one that is not known."""
    named = [name.strip() for name in (entry.value.annotations or {}).get(PLUGINS, "").split(",") if name.strip()]
    named += [item.name for rule in entry.value.rules for item in rule.extensions if (item.group, item.kind) == KONG_PLUGIN]
    known = world.declared.get(KONG_PLUGIN, {})
    found = [known.get((entry.namespace, name)) for name in named]
    return any(item is None or at(item.obj, "plugin") in ASKS for item in found)


@warning("kong-group-unknown", "https://github.com/Kong/kong/issues/987")
def kong_group_unknown(world: World) -> Iterator[Issue]:
    """A route is for a group that no consumer has. Whoever was to have it is answered by 403."""
    known = world.kong_groups
    for entry in routes(world) if known is not None else ():
        groups = entry.value.access.groups if entry.value.access is not None else ()
        if missing := [group for group in groups if group not in (known or ())]:
            yield Issue(f"{entry.origin}.access.groups", f"no consumer has {', '.join(missing)}.", "Correct the name, or give the group to a consumer.")


@warning("kong-timeout", "https://github.com/Kong/charts/issues/1024")
def kong_timeout(world: World) -> Iterator[Issue]:
    """A rule to a model says nothing of time. Kong gives up when a model server is silent for 60 seconds, as it is while it reads a long prompt."""
    for entry, rule, where in rules(world):
        services = [world.find(SERVICE, backend.namespace or entry.namespace, backend.service) for backend in rule.backends if backend.service]
        told = [noted(service).get(READ_TIMEOUT) for service in services]
        if rule.backends and not (rule.timeouts and rule.timeouts.backend) and not (told and all(told)):
            remedy = "Write timeouts: {backend: 600s}. For an Ingress annotate the Service: konghq.com/read-timeout: '600000'."
            yield Issue(where, f"says not how long a model server may be silent; Kong waits {SHORT // 1000} s.", remedy)


@error("kong-annotations-differ", "https://github.com/Kong/kubernetes-ingress-controller/issues/3032")
def kong_annotations_differ(world: World) -> Iterator[Issue]:
    """The Services of one rule have annotations of Kong that differ. Its controller leaves out the whole rule then."""
    for entry, rule, where in rules(world):
        services = [world.find(SERVICE, backend.namespace or entry.namespace, backend.service) for backend in rule.backends if backend.service]
        notes = [noted(service) for service in services if service is not None]
        names = sorted({name for item in notes for name in item if name.startswith(PREFIX)})
        if differing := [name for name in names if len({item.get(name) for item in notes}) > 1]:
            problem = f"are Services whose {', '.join(differing)} differ; Kong's controller leaves out such a rule."
            yield Issue(f"{where}.backends", problem, "Give all of them the same value.")


@warning("kong-key-in-query", "https://github.com/Kong/kong/issues/4365")
def kong_key_in_query(world: World) -> Iterator[Issue]:
    """Keys are taken from the query too, and so stand in the logs of everything on the way; or they are passed on to the model server."""
    for entry in routes(world):
        access = entry.value.access
        if access is not None and access.query:
            yield Issue(f"{entry.origin}.access.query", "takes keys from the query, which is logged everywhere.", "Let clients send the header.")
        if access is not None and access.hide is False:
            yield Issue(f"{entry.origin}.access.hide", "passes each key on to the model server.", "Take it away.")


@warning("kong-limit-per-pod", "https://github.com/Kong/kong/pull/1432")
def kong_limit_per_pod(world: World) -> Iterator[Issue]:
    """A limit does not say where it counts. Kong counts in each of its pods by itself, so with three of them three times as much passes."""
    for entry in routes(world):
        if entry.value.limits is not None and entry.value.limits.policy is None:
            remedy = "Write policy: redis to count together, or policy: local if it is meant for each pod."
            yield Issue(f"{entry.origin}.limits", "counts in each pod of Kong by itself.", remedy)


@warning("kong-limit-per-rule", "https://github.com/Kong/kong/issues/2347")
def kong_limit_per_rule(world: World) -> Iterator[Issue]:
    """A limit stands on a route with several rules or matches. Each of them counts by itself, so a client gets the limit once for each."""
    for entry in routes(world):
        count = len(world.spots_of(entry))
        if entry.value.limits is not None and count > 1:
            problem = f"is counted {count} times, for each rule and match of the route by itself."
            yield Issue(f"{entry.origin}.limits", problem, "Make a route of one rule and match, or divide the limit.")


@warning("kong-limit-by-address", "https://github.com/Kong/kong/issues/5954")
def kong_limit_by_address(world: World) -> Iterator[Issue]:
    """A limit on an open route counts by consumer, and there is none: Kong counts by address then. Behind a load balancer that is one for all."""
    for entry in routes(world):
        limits, access = entry.value.limits, entry.value.access
        if limits is not None and limits.by not in BY_ADDRESS and (access is None or access.open):
            yield Issue(
                f"{entry.origin}.limits.by", "counts by address, as nobody is known here.", "Write access: {groups: [...]}, or by: ip if that is meant."
            )
