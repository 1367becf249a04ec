# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Products, developers and apps back from what Apigee has. Pure.

Nothing is trusted to a reader: every entry is made to an entity again and compared; what is not the same is taken out of the entry and told. Given back to
the module, an entry changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...engine.errors import InputError, Issue
from ...engine.info import Cluster, Info
from ...engine.objects import BuildContext, Kind, Object
from ..apigee import DEFAULT_SLOT, differences
from ..apigee_operations import GROUP_OF
from ..kinds import apigee_apps, apigee_developers, apigee_products
from .apigee_products import PLAIN, Entry, Tell, product

OPTIONS: dict[str, Any] = {"names": {"type": "list", "elements": "str"}, "owner": {"type": "str"}}
SECRETS: dict[str, Any] = {"return_secrets": {"type": "bool", "default": False}}
OF_KEYS = ("keys", "keyExpiresIn")
"""What of an app is compared key by key."""
WORDS = {**PLAIN, **{name: word for word, name in GROUP_OF.items()}, "quotaInterval": "quota", "quotaTimeUnit": "quota"}
"""The API's fields of a product, and the words of an entry."""
Read = Callable[[Mapping[str, Any], Tell], Entry]


@dataclass
class Found:
    """``entries`` can be given back to the module. ``unexpressed`` says what is missing and why."""

    entries: list[Entry] = field(default_factory=list)
    unexpressed: list[dict[str, str]] = field(default_factory=list)

    def tell(self, kind: str, name: str, where: str, problem: str) -> None:
        self.unexpressed.append({"kind": f"{kind}.apigee", "namespace": "", "name": name, "field": where, "problem": problem})


def from_objects(kind: Kind, read: Read, objects: Iterable[Object], names: Iterable[str] = ()) -> Found:
    """``objects``: entities in the engine's envelope, in normal form."""
    found, asked = Found(), frozenset(names)
    for obj in sorted(objects, key=lambda each: str(each["metadata"]["name"])):
        name = str(obj["metadata"]["name"])
        if asked and name not in asked:
            continue
        tell = partial(found.tell, obj["kind"], name)
        entry = read(obj["spec"], tell)
        try:
            said = _spec(kind, entry)
        except InputError as error:
            for issue in error.issues:
                tell(_place(issue, kind.option), f"no entry can say this, so it is left out: {issue.problem}")
            continue
        for path in differences({part: value for part, value in said.items() if part not in OF_KEYS}, obj["spec"]):
            tell(f".spec.{'.'.join(path)}", "an entry would write it otherwise: left as it is.")
            entry.pop(WORDS.get(path[0], path[0]), None)
        found.entries.append(entry)
    return found


def _spec(kind: Kind, entry: Entry) -> Mapping[str, Any]:
    (made,) = kind.build([entry], BuildContext("", {}, lambda _kind: ()))
    spec: Mapping[str, Any] = made.obj["spec"]
    return spec


def _place(issue: Issue, option: str) -> str:
    where = issue.where.removeprefix(f"{option}[0]")
    return where.rpartition(")")[2] if where.startswith(" (") else where


# -- developers -----------------------------------------------------------------------------------------------------------------------


def developer(spec: Mapping[str, Any], _tell: Tell) -> Entry:
    named = {
        "email": spec.get("email"),
        "first_name": spec.get("firstName"),
        "last_name": spec.get("lastName"),
        "user_name": spec.get("userName") if spec.get("userName") != spec.get("email") else None,
        "status": spec.get("status") if spec.get("status") != "active" else None,
        "attributes": spec.get("attributes"),
    }
    return {name: part for name, part in named.items() if part}


# -- apps -----------------------------------------------------------------------------------------------------------------------------


def app(spec: Mapping[str, Any], tell: Tell, secrets: bool = False) -> Entry:
    """An app with the one key that Apigee made is said in short."""
    named = {
        "name": spec.get("name"),
        "developer": spec.get("developer"),
        "callback_url": spec.get("callbackUrl"),
        "scopes": spec.get("scopes"),
        "status": spec.get("status") if spec.get("status") != "approved" else None,
        "attributes": spec.get("attributes"),
    }
    entry = {name: part for name, part in named.items() if part}
    keys = _keys(spec, tell, secrets)
    if len(keys) == 1 and set(keys[0]) <= {"products", "expires_in"}:
        renamed = {"products": keys[0].get("products"), "key_expires_in": keys[0].get("expires_in")}
        return {**entry, **{name: part for name, part in renamed.items() if part}}
    return {**entry, **({"keys": keys} if keys else {})}


def _keys(spec: Mapping[str, Any], tell: Tell, secrets: bool) -> list[Entry]:
    """A key without a name of ours is found again as the only one, or by its value."""
    found, standing = [], spec.get("keys") or {}
    for number, (slot, key) in enumerate(standing.items(), 1):
        nameless = slot.startswith("~")
        if nameless and len(standing) > 1 and not secrets:
            tell(f".spec.keys.{slot}", "has no name of ours among several keys, and its value is not shown: left as it is. Set return_secrets to true.")
            continue
        name = f"key-{number}" if nameless and len(standing) > 1 else None if nameless or slot == DEFAULT_SLOT else slot
        found.append(_key(name, key, secrets, bool(spec.get("scopes"))))
    return found


def _key(name: str | None, key: Mapping[str, Any], secrets: bool, scoped: bool) -> Entry:
    """``scoped``: the app has scopes, which its key would have unless it says otherwise."""
    named = {
        "name": name,
        "consumer_key": key.get("consumerKey") if secrets else None,
        "consumer_secret": key.get("consumerSecret") if secrets else None,
        "products": list(key.get("products") or ()),
        "status": key.get("status") if key.get("status") not in ("approved", None) else None,
        "attributes": key.get("attributes"),
        "expires_in": _lifetime(key),
    }
    entry = {word: part for word, part in named.items() if part}
    scopes = list(key.get("scopes") or ())
    return {**entry, "scopes": scopes} if scopes or scoped else entry


def _lifetime(key: Mapping[str, Any]) -> int | None:
    ends = [str(key.get(name) or "") for name in ("issuedAt", "expiresAt")]
    return round((int(ends[1]) - int(ends[0])) / 1000) or None if all(end.isdecimal() for end in ends) else None


# -- the modules ----------------------------------------------------------------------------------------------------------------------


def _info(kind: Kind, read: Callable[[Mapping[str, Any]], Read], options: Mapping[str, Any] | None = None) -> Info:
    def answer(objects: list[Object], params: Mapping[str, Any]) -> dict[str, Any]:
        found = from_objects(kind, read(params), objects, params.get("names") or ())
        return {kind.option: found.entries, "unexpressed": found.unexpressed}

    return Info(kind, _no_cluster, {**OPTIONS, **(options or {})}, answer)


def _no_cluster(_cluster: Cluster, _context: BuildContext) -> dict[str, Any]:
    raise AssertionError("Apigee's entities are in no cluster")


PRODUCTS = _info(apigee_products.KIND, lambda _params: product)
DEVELOPERS = _info(apigee_developers.KIND, lambda _params: developer)
APPS = _info(apigee_apps.KIND, lambda params: partial(app, secrets=bool(params.get("return_secrets"))), SECRETS)
