# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Apigee organisation as the backend of a module, and what an info module reads of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...engine.backend import Backend, Server
from ...engine.errors import InputError, Issue
from ...engine.objects import Desired, Kind, Object
from ...engine.plan import Owner
from ...engine.report import HIDDEN, HIDDEN_CHANGED, declarative
from ...models.apigee import APIGEE_OPTIONS, APPS, DEVELOPERS, entity
from .apps import Apps
from .client import Client, connect
from .developers import Developers
from .products import Products
from .store import ApigeeStore
from .strategy import Strategy

if TYPE_CHECKING:
    from ...engine.converge import Options

DEFAULT_OWNER = "inference-gateway"
MOST_AT_ONCE = 8


def open_organization(kind: Kind, params: Mapping[str, Any], options: Options, _cluster: Callable[[], Backend]) -> Backend:
    if options.concurrency > MOST_AT_ONCE:
        problem = f"expected at most {MOST_AT_ONCE} for Apigee, got {options.concurrency}: Google warns against many writes at once, and counts calls."
        raise InputError([Issue("concurrency", problem, "Leave it out for 8.")])
    strategy = _strategy(kind, params)
    client = connect(params, options.concurrency + 2)
    store = ApigeeStore(client, strategy, params["owner"] or DEFAULT_OWNER)

    def named(origins: Mapping[str, str]) -> list[Desired]:
        names = ((entry, entry.partition("/")[2], origin) for entry, origin in origins.items())
        return [Desired(entity(strategy.kind, name, _who(strategy.kind, name)), origin, entry) for entry, name, origin in names]

    def answer() -> dict[str, Any]:
        return {"keys": _keys(client, strategy, store)} if params.get("return_secrets") and not options.check else {}

    return Backend(store, kind.build, lambda _kind: (), named, veil=veiled, answer=answer)


def read(kind: Kind, params: Mapping[str, Any]) -> list[Object]:
    """All entities of a kind, or the owner's alone, or those of some names."""
    store = ApigeeStore(connect(params, 8), _strategy(kind, params, everyone=not params.get("owner")), params.get("owner") or DEFAULT_OWNER)
    names = frozenset(params.get("names") or ())
    found = ((obj, owner) for obj, owner in store.everything() if not params.get("owner") or owner is Owner.OURS)
    return [obj for obj, _owner in found if not names or obj["metadata"]["name"] in names]


def _strategy(kind: Kind, params: Mapping[str, Any], everyone: bool = False) -> Strategy:
    what = kind.group_kinds[0].kind
    patience = 60.0 if params.get("wait_timeout") is None else float(params["wait_timeout"])
    if what == DEVELOPERS:
        return Developers(cascade=bool(params.get("cascade")), patience=patience)
    return Apps(everyone=everyone, patience=patience) if what == APPS else Products(patience=patience)


def _who(kind: str, name: str) -> dict[str, str]:
    developer, _slash, app = name.partition("/")
    return {"developer": developer, "name": app} if kind == APPS else {}


def _keys(client: Client, strategy: Strategy, store: ApigeeStore) -> list[dict[str, str]]:
    """The values of the keys of the owner's apps, for who asked for them."""
    found = []
    for row in strategy.rows(client, {}):
        if row.get("credentials") is None or strategy.name(row) not in {each.name for each in store.standing}:
            continue
        developer, _slash, app = strategy.name(row).partition("/")
        secrets = {each["consumerKey"]: each.get("consumerSecret") or "" for each in row["credentials"]}
        for slot, key in (strategy.spec(row).get("keys") or {}).items():
            value = key["consumerKey"]
            found.append({"developer": developer, "app": app, "name": slot, "consumer_key": value, "consumer_secret": secrets.get(value, "")})
    return found


def veiled(before: Object | None, after: Object | None) -> tuple[Object | None, Object | None]:
    """Both entities as a user may see them: of a key only whether it changes."""
    olds = _parts(before)
    return _veil(before, {}), _veil(after, olds)


def _parts(obj: Object | None) -> Mapping[str, Any]:
    keys = ((obj or {}).get("spec") or {}).get("keys")
    return keys if isinstance(keys, Mapping) else {}


def _veil(obj: Object | None, olds: Mapping[str, Any]) -> Object | None:
    if obj is None:
        return None
    shown = declarative(obj)
    keys = {}
    for slot, key in _parts(obj).items():
        old = olds.get(slot) or {}
        hidden = {
            name: HIDDEN if not old or old.get(name) in (None, key[name]) else HIDDEN_CHANGED for name in ("consumerKey", "consumerSecret") if key.get(name)
        }
        keys[slot] = {**key, **hidden}
    return {**shown, "spec": {**shown["spec"], "keys": keys}} if keys else shown


LIBRARIES = (("google", "google-auth"), ("google.auth", "google-auth"), ("requests", "requests"))
ORGANIZATION = Server(open_organization, read, APIGEE_OPTIONS, LIBRARIES)
