# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of Apigee whose keys do not let in, or stop doing so. No finding shows a key."""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.errors import Issue
from ...models.apigee_app import App, AppKey
from ...models.apigee_product import Product
from ...models.decode import Entry
from ..rule import error, warning
from ..world import World

DOCS = "https://docs.cloud.google.com/apigee/docs"
APPS = f"{DOCS}/reference/apis/apigee/rest/v1/organizations.developers.apps"
DEVELOPERS = f"{DOCS}/reference/apis/apigee/rest/v1/organizations.developers"


def keys(world: World) -> Iterator[tuple[Entry[App], AppKey, str]]:
    """Every key that has to be there, and where it stands: the app itself where it names none."""
    for entry in world.apps or ():
        if entry.value.keys is None:
            yield entry, AppKey(), entry.origin
        for index, key in enumerate(entry.value.keys or ()):
            if not key.gone:
                yield entry, key, f"{entry.origin}.keys[{index}]"


def products(entry: Entry[App], key: AppKey) -> tuple[str, ...]:
    return (key.products if key.products is not None else entry.value.products) or ()


@error("apigee-key-twice", "https://github.com/apigee/apigee-config-maven-plugin/issues/123")
def key_twice(world: World) -> Iterator[Issue]:
    """Two keys have the same value, which is there once in an organisation: Apigee refuses the second."""
    seen: dict[str, str] = {}
    for _entry, key, where in keys(world):
        if key.consumer_key:
            first = seen.setdefault(key.consumer_key, where)
            if first != where:
                yield Issue(f"{where}.consumer_key", f"is that of {first} too.", "Give each its own.")


@warning("apigee-product-unknown", f"{APPS}.keys/updateDeveloperAppKey")
def product_unknown(world: World) -> Iterator[Issue]:
    """An app names a product that is not declared. Apigee refuses the app where it is not there either."""
    known = {entry.name for entry in world.products or ()}
    for entry in world.apps or () if world.products is not None else ():
        named = [*(entry.value.products or ()), *(name for key in entry.value.keys or () for name in key.products or ())]
        if missing := sorted(set(named) - known):
            yield Issue(entry.origin, f"has a key for {', '.join(missing)}, which apigee_products does not declare.", "Correct the name, or declare it.")


@warning("apigee-developer-unknown", APPS)
def developer_unknown(world: World) -> Iterator[Issue]:
    """An app belongs to a developer who is not declared. Apigee refuses the app where there is no such developer either."""
    known = {entry.name for entry in world.developers or ()}
    for entry in world.apps or () if world.developers is not None else ():
        if entry.value.developer not in known:
            yield Issue(f"{entry.origin}.developer", f"is {entry.value.developer}, whom apigee_developers does not declare.", "Correct it, or declare them.")


@warning("apigee-developer-inactive", f"{DEVELOPERS}/setDeveloperStatus")
def developer_inactive(world: World) -> Iterator[Issue]:
    """An app that may be called belongs to a developer who is inactive. None of its keys lets in."""
    inactive = {entry.name for entry in world.developers or () if entry.value.status == "inactive"}
    for entry in world.apps or ():
        if entry.value.developer in inactive and entry.value.status != "revoked":
            problem = f"belongs to {entry.value.developer}, who is inactive: its keys let nobody in."
            yield Issue(entry.origin, problem, "Write status: revoked, or make the developer active.")


@warning("apigee-keys-end-together", "https://github.com/hashicorp/terraform-provider-google/issues/27071")
def keys_end_together(world: World) -> Iterator[Issue]:
    """The only key of an app runs out, and Apigee cannot make it last longer: from one moment on its clients are let in no more."""
    for entry in world.apps or ():
        present = [key for key in entry.value.all_keys if not key.gone and key.status != "revoked"]
        if len(present) == 1 and (_ends(present[0].expires_in) or (not present[0].consumer_key and _ends(entry.value.key_expires_in))):
            remedy = "Declare a second key under another name before that, and take the first away when all clients have changed over."
            yield Issue(entry.origin, "has one key, which runs out.", remedy)


def _ends(seconds: int | None) -> bool:
    return seconds is not None and seconds > 0


@warning("apigee-waits-for-approval", "https://github.com/apigee/apigeecli/issues/705")
def waits_for_approval(world: World) -> Iterator[Issue]:
    """A key has a product whose approval is manual, and nothing approves it: it lets in for the others alone until somebody does."""
    manual = {entry.name for entry in world.products or () if entry.value.approval == "manual"}
    for entry, key, where in keys(world):
        waiting = [name for name in products(entry, key) if name in manual]
        if waiting and key.approve is None and key.status != "revoked":
            remedy = "Write approve: true in the key, or approve: false if somebody approves it by hand."
            yield Issue(where, f"waits for approval of {', '.join(waiting)}.", remedy)


@error("apigee-scope-unknown", APPS)
def scope_unknown(world: World) -> Iterator[Issue]:
    """A key has a scope that none of its products has. Apigee refuses it."""
    declared = {entry.name: entry.value for entry in world.products or ()}
    for entry, key, where in keys(world):
        wanted = key.scopes if key.scopes is not None else entry.value.scopes if not key.consumer_key else None
        scopes = _scopes([declared.get(name) for name in products(entry, key)])
        if scopes is not None and (missing := [name for name in wanted or () if name not in scopes]):
            yield Issue(f"{where}.scopes", f"{', '.join(missing)} is in none of its products.", "Correct it, or write it into scopes of a product.")


def _scopes(named: list[Product | None]) -> set[str] | None:
    """The scopes of some products; None where they are not known of all."""
    found = [item.scopes for item in named if item is not None and item.scopes is not None]
    return {name for scopes in found for name in scopes} if found and len(found) == len(named) else None


@warning("apigee-automatic-key-stays", f"{APPS}/create")
def automatic_key_stays(world: World) -> Iterator[Issue]:
    """All keys of an app bring their own values. Apigee makes one with every app all the same, which nobody knows of and which stays."""
    for entry in world.apps or ():
        declared = entry.value.keys or ()
        if declared and entry.value.purge_keys is None and all(key.consumer_key for key in declared):
            remedy = "Write purge_keys: true to have it deleted, or purge_keys: false where it may stay."
            yield Issue(f"{entry.origin}.keys", "bring their own values, and the key that Apigee makes with the app stays beside them.", remedy)
