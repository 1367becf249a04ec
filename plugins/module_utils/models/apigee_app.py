# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app of a developer of Apigee, with its keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .apigee import DEFAULT_SLOT
from .apigee_developer import SERVERS_OWN
from .apigee_text import APP_NAME, ATTRIBUTES, EMAIL, NEVER, PRODUCT_NAME, SCOPES, SECONDS
from .codecs import Flag, ListOf, Report, Text
from .decode import Identity, Nested, codec_of, declared, optional, required
from .hushed import Hushed, VeiledList
from .text import LABEL

HIDDEN = "(secret)"
SECRETS = ("consumer_key", "consumer_secret")
SHORTEST_SECRET = 8
"""Letters of a text in an odd place that is blanked wherever it turns up: a shorter one may be any word."""
MOST_KEYS = 100
LOOKUP = "\"{{ lookup('ansible.builtin.env', 'CHAT_KEY') }}\""
SLOT_NAME = Text("what tells one of an app's keys from the others: lower case letters, digits and '-'", LABEL, 40, "next")
CONSUMER_KEY = Hushed("a consumer key of at most 2048 letters, digits, '_' and '-', but not create", r"(?!create$)[A-Za-z0-9_-]+", 2048, LOOKUP, quoted=True)
"""In the API's paths ``keys/create`` is no key but the call that makes one."""
CONSUMER_SECRET = Hushed("a consumer secret of at most 2048 letters, digits, '_' and '-'", r"[A-Za-z0-9_-]+", 2048, LOOKUP, quoted=True)
PRODUCTS = ListOf(PRODUCT_NAME, 1000, unique=True)
STATUS = Text("a status", choices=("approved", "revoked"))
CALLBACK = Text("the URL that authorization codes are sent to", r"([A-Za-z][A-Za-z0-9+.-]*:\S+)?", 2048, "https://chat.example.com/callback", empty=True)
GONE_HAS = ("name", "consumer_key", "state")
"""What may be said of a key that has to go."""
MADE_BY_APIGEE = dict.fromkeys(("issuedAt", "issued_at", "expiresAt", "expires_at", "createdAt", "lastModifiedAt"), SERVERS_OWN)


def _lifetime(seconds: int | None, where: str, report: Report) -> None:
    if seconds == 0:
        report.add(where, "is 0, so the key would never work.", "Write a number of seconds, or -1 for never.")


@dataclass(frozen=True, kw_only=True)
class AppKey:
    """One key. Without a value of its own it is one that Apigee makes."""

    name: str | None = optional(SLOT_NAME)
    consumer_key: str | None = optional(CONSUMER_KEY)
    consumer_secret: str | None = optional(CONSUMER_SECRET)
    products: tuple[str, ...] | None = optional(PRODUCTS)
    status: str | None = optional(STATUS)
    scopes: tuple[str, ...] | None = optional(SCOPES)
    attributes: dict[str, str] | None = optional(ATTRIBUTES)
    expires_in: int | None = optional(SECONDS)
    approve: bool | None = optional(Flag())
    state: str | None = optional(Text("whether the key has to be there", choices=("present", "absent")))

    HINTS: ClassVar[dict[str, str]] = {
        **MADE_BY_APIGEE,
        "key": "Write consumer_key.",
        "secret": "Write consumer_secret.",
        "value": "Write consumer_key.",
        "consumerKey": "Write consumer_key.",
        "consumerSecret": "Write consumer_secret.",
        "api_products": "Write products.",
        "apiProducts": "Write products.",
        "expiresInSeconds": "Write expires_in.",
        "expires_in_seconds": "Write expires_in.",
        "key_expires_in": "Write expires_in.",
    }

    @property
    def slot(self) -> str:
        return self.name or DEFAULT_SLOT

    @property
    def gone(self) -> bool:
        return self.state == "absent"

    def check(self, where: str, report: Report) -> None:
        _lifetime(self.expires_in, f"{where}.expires_in", report)
        if self.consumer_secret and not self.consumer_key:
            report.add(f"{where}.consumer_secret", "stands without consumer_key.", "Write both, or neither to have Apigee make them.")
        if self.gone:
            for name in declared(AppKey):
                if name not in GONE_HAS and getattr(self, name) is not None:
                    report.add(f"{where}.{name}", "says something of a key that has to go.", "Take it away, or write state: present.")
        if self.approve and self.status == "revoked":
            report.add(f"{where}.approve", "approves the products of a key that is revoked.", "Keep one of the two.")

    def spec(self, products: tuple[str, ...] | None) -> dict[str, Any]:
        """What the entry names, in the API's own words. ``products`` are the app's."""
        if self.gone:
            return {**({"consumerKey": self.consumer_key} if self.consumer_key else {}), "gone": True}
        own = self.products if self.products is not None else products
        named = {
            "consumerKey": self.consumer_key,
            "consumerSecret": self.consumer_secret,
            "products": None if own is None else sorted(own),
            "status": self.status,
            "scopes": None if self.scopes is None else sorted(self.scopes),
            "attributes": self.attributes,
            "expiresInSeconds": None if self.expires_in is None else str(self.expires_in),
            "approve": self.approve,
        }
        return {name: part for name, part in named.items() if part is not None}


@dataclass(frozen=True, kw_only=True)
class App:
    name: str = required(APP_NAME)
    developer: str = required(EMAIL)
    products: tuple[str, ...] | None = optional(PRODUCTS)
    callback_url: str | None = optional(CALLBACK)
    scopes: tuple[str, ...] | None = optional(SCOPES)
    status: str | None = optional(STATUS)
    attributes: dict[str, str] | None = optional(ATTRIBUTES)
    key_expires_in: int | None = optional(SECONDS)
    purge_keys: bool | None = optional(Flag())
    keys: tuple[AppKey, ...] | None = optional(VeiledList(Nested(AppKey), MOST_KEYS))

    IDENTITY: ClassVar[Identity] = Identity((("developer", EMAIL), ("name", APP_NAME)))
    HINTS: ClassVar[dict[str, str]] = {
        **MADE_BY_APIGEE,
        "namespace": "Apigee has no namespaces; which organisation is meant says the option organization.",
        "email": "Write developer.",
        "developer_email": "Write developer.",
        "consumer_key": "Write keys: [{consumer_key: ...}].",
        "consumer_secret": "Write keys: [{consumer_key: ..., consumer_secret: ...}].",
        "credentials": "Write keys.",
        "api_products": "Write products.",
        "apiProducts": "Write products.",
        "callbackUrl": "Write callback_url.",
        "keyExpiresIn": "Write key_expires_in, in seconds.",
        "expires_in": "Write key_expires_in.",
        "display_name": "Write attributes: {DisplayName: ...}.",
        "displayName": "Write attributes: {DisplayName: ...}.",
        "app_id": SERVERS_OWN,
        "appId": SERVERS_OWN,
        "developer_id": "Write developer: with the email; the id may change.",
        "developerId": "Write developer: with the email; the id may change.",
    }

    def check(self, where: str, report: Report) -> None:
        _lifetime(self.key_expires_in, f"{where}.key_expires_in", report)
        seen: dict[str, int] = {}
        for index, item in enumerate(self.keys or ()):
            first = seen.setdefault(item.slot, index)
            if first != index:
                report.add(f"{where}.keys[{index}]", f"is called {item.slot} like keys[{first}].", "Give each a name of its own.")
            if self.key_expires_in is not None and item.expires_in is not None and item.slot == DEFAULT_SLOT and not item.consumer_key:
                problem = "says how long the key that Apigee makes is good for, and key_expires_in says it too."
                report.add(f"{where}.keys[{index}].expires_in", problem, "Keep one.")
        if self.keys is not None and not self.keys:
            report.add(f"{where}.keys", "is empty; an app begins with a key that Apigee makes.", "Leave keys out, or name those that have to be there.")

    @property
    def all_keys(self) -> tuple[AppKey, ...]:
        """Without keys there is the one that Apigee makes."""
        return self.keys or (AppKey(),)

    @property
    def spec(self) -> dict[str, Any]:
        """What the entry names, in the API's own words."""
        expires = self.key_expires_in
        named = {
            "developer": self.developer,
            "name": self.name,
            "callbackUrl": self.callback_url,
            "scopes": None if self.scopes is None else list(self.scopes),
            "status": self.status,
            "attributes": self.attributes,
            # The API counts milliseconds here, and seconds where a key is made by itself.
            "keyExpiresIn": None if expires is None else str(expires if expires == NEVER else expires * 1000),
            "purgeKeys": self.purge_keys,
            "keys": {item.slot: item.spec(self.products) for item in self.all_keys},
        }
        return {name: part for name, part in named.items() if part is not None}


# -- what may be shown of an entry ----------------------------------------------------------------------------------------------------


def hidden(entry: Any) -> Any:
    """An entry as it may be logged: what is known to be no secret. A secret may stand where none belongs."""
    if not isinstance(entry, Mapping):
        return HIDDEN
    return {_name(name): _keys(part) if str(name) == "keys" else _open(str(name), part) for name, part in entry.items()}


def _keys(part: Any) -> Any:
    if part is None or not isinstance(part, list):
        return part if part is None else HIDDEN
    return [{_name(name): _shown(str(name), value) for name, value in item.items()} if isinstance(item, Mapping) else HIDDEN for item in part]


def _open(name: str, value: Any) -> Any:
    """Fields of an app have no place for a secret; one that is no field of it may be anything."""
    return value if value is None or name in declared(App) else HIDDEN


def _name(raw: Any) -> str:
    """A field of an odd name goes by another one: ``consumer_key:SECRET`` lacks a blank."""
    return str(raw) if re.fullmatch("[A-Za-z_]{1,24}", str(raw)) else HIDDEN


def _shown(name: str, value: Any) -> Any:
    if value is None:
        return None
    field = declared(AppKey).get(name)
    fits = field is not None and name not in SECRETS and codec_of(field).read(value, "", Report()) is not None
    return value if fits else HIDDEN


def secrets(entry: Any) -> set[str]:
    """Every secret text in an entry, for whatever else may show it."""
    return set(_secrets(entry, hidden(entry), ""))


def _secrets(value: Any, shown: Any, name: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner, part in value.items():
            yield from _secrets(part, shown.get(_name(inner)) if isinstance(shown, Mapping) else HIDDEN, str(inner))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _secrets(part, shown[index] if isinstance(shown, list) else HIDDEN, name)
    elif isinstance(value, (str, int)) and not isinstance(value, bool) and shown == HIDDEN and (name in SECRETS or len(str(value)) >= SHORTEST_SECRET):
        yield str(value)
