# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the three ways to a Kong a run takes: what is asked for, held against what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...engine.backend import Backend
from ...engine.errors import InputError, Issue
from ...engine.objects import Desired, Kind, Object
from ...engine.plan import Owner
from ...models.kong import ADMIN, AUTO, DBLESS, KUBERNETES, entity, parent_name, veiled
from .admin import AdminStore
from .client import Node, connect, look, problems
from .dbless import DblessStore
from .entity_store import EntityStore

if TYPE_CHECKING:
    from ...engine.converge import Options

CONSUMERS, ROUTES = "kong_consumers", "inference_routes"
COMMON = {CONSUMERS: ("consumers", "keyauth_credentials", "acls"), ROUTES: ("services", "routes", "upstreams", "plugins")}
"""Kinds that a list nearly always makes."""
RARE = {CONSUMERS: ("basicauth_credentials", "jwt_secrets", "plugins"), ROUTES: ("targets",)}
"""Kinds of which one request for all of them tells whether any is ours."""


def choose(kind: Kind, owner: str, params: Mapping[str, Any], options: Options, cluster: Callable[[], Backend]) -> Backend:
    """``owner`` names the set; ``cluster`` opens the Kubernetes way."""
    wish, admin = params.get("backend") or AUTO, params.get("kong_admin")
    if admin is None or wish == KUBERNETES:
        if wish in (ADMIN, DBLESS):
            raise InputError([Issue("kong_admin", f"is missing: backend {wish} speaks to the Admin API.", "Write kong_admin: {urls: [ADDRESS]}.")])
        return cluster()
    if issues := problems(admin):
        raise InputError(issues)
    nodes = [connect(admin, url, max(options.concurrency, 4) + 4) for url in admin["urls"]]
    found = look(nodes[0])
    _refuse(wish, found, admin["urls"])
    if kind.option == ROUTES and not found.takes_plain_routes:
        problem = f"{admin['urls'][0]} is a Kong {found.version} with router_flavor expressions, which takes no routes by paths and headers before release 3.7."
        raise InputError([Issue("kong_admin.urls", problem, "Set router_flavor to traditional_compatible there.")])
    lists: dict[str, Any] = {"kinds": COMMON[kind.option], "rare": RARE[kind.option], "node": found}
    lists |= {"concurrency": options.concurrency, "thorough": options.check}
    if not found.dbless:
        return _backend(kind, AdminStore(nodes[0], owner, **lists))
    store = DblessStore(nodes[0], owner, **lists, nodes=nodes)
    if not store.driven():
        return _backend(kind, store)
    if wish == AUTO:
        return cluster()
    problem = "the ingress controller drives this Kong: its next push, seconds from now, would undo whatever is written here."
    raise InputError([Issue("backend", problem, "Write backend: kubernetes (and name the cluster), or leave backend out.")])


def read(kind: Kind, owner: str, params: Mapping[str, Any]) -> list[Object] | None:
    """All entities of the kinds that the list makes, or the owner's alone; None where the cluster is meant."""
    wish, admin = params.get("backend") or AUTO, params.get("kong_admin")
    if admin is None or wish == KUBERNETES:
        return None
    if issues := problems(admin):
        raise InputError(issues)
    nodes = [connect(admin, url, 8) for url in admin["urls"]]
    found = look(nodes[0])
    _refuse(wish, found, admin["urls"])
    kinds = (*COMMON[kind.option], *RARE[kind.option])
    store = DblessStore(nodes[0], owner, kinds, nodes=nodes) if found.dbless else AdminStore(nodes[0], owner, kinds)
    if wish == AUTO and isinstance(store, DblessStore) and store.driven():
        return None
    names = frozenset(params.get("names") or ())
    entities = [(obj, whose) for obj, whose in store.everything() if not owner or whose is Owner.OURS]
    users = {obj["metadata"]["name"] for obj, _whose in entities if obj["kind"] == "consumers"}
    wanted = {user for user in users if not names or user in names}
    return [store.told(obj) for obj, _whose in entities if obj["metadata"]["name"] in wanted or parent_name("consumers", obj["spec"].get("consumer")) in wanted]


def _refuse(wish: str, found: Node, urls: list[str]) -> None:
    issues = []
    if wish == ADMIN and found.dbless:
        problem = f"{urls[0]} is a Kong without a database, which takes no single entities (405)."
        issues.append(Issue("backend", problem, "Write backend: dbless, or kubernetes where the ingress controller drives it, or leave backend out."))
    if wish == DBLESS and not found.dbless:
        issues.append(Issue("backend", f"{urls[0]} keeps its entities in {found.database}.", "Write backend: admin, or leave backend out."))
    if not found.dbless and len(urls) > 1:
        issues.append(Issue("kong_admin.urls", f"names {len(urls)} nodes of a Kong with a database, which they share.", "Give the address of one."))
    if issues:
        raise InputError(issues)


def _backend(kind: Kind, store: EntityStore) -> Backend:
    def named(origins: Mapping[str, str]) -> list[Desired]:
        if kind.option != CONSUMERS:
            return []  # what an entry became bears its name
        names = ((entry, entry.partition("/")[2], origin) for entry, origin in origins.items())
        return [Desired(entity("consumers", name, {"username": name}), origin, entry) for entry, name, origin in names]

    return Backend(store, kind.elsewhere["kong"], lambda _kind: (), named, store.stands, veiled)
