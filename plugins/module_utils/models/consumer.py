# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A consumer of models behind Kong: its credentials, groups, limits and plugins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .access import GROUP_NAME
from .codecs import Codec, Flag, ListOf, Report, Text, Whole
from .decode import Nested, codec_of, declared, optional, required, several
from .hushed import Hushed, VeiledList
from .kong import secret_setting
from .limits import Limits
from .text import LABEL, NAME, NAMESPACE

SLOT = Text("the name of one of several credentials: lower case letters, digits and '-'", LABEL, 40, "laptop")
TAG = Text("a tag: printable, without comma and slash, and not one of our own", r"(?!ig\.)[^,/]+", 128, "team-a")
USERNAME = Text("a user name of printable ASCII characters without blanks at its ends", r"[!-~]+( [!-~]+)*", 128, "gpt-oss-120b")
ALGORITHMS = ("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LONGEST_NAME = 120
DEFAULT_SLOT = "default"
HIDDEN = "(secret)"
SECRETS = ("key", "password", "secret")
OPEN = ("name", "namespace", "username", "custom_id", "tags", "groups", "open", "consumer_groups")
"""Fields of an entry with no place for a secret."""
SHORTEST_SECRET = 8
"""Letters of a text in an odd place that is blanked wherever it turns up: a shorter one may be any word."""


@dataclass(frozen=True)
class Settings:
    """The settings of a plugin as Kong's own schema knows them: Kong checks them, not we."""

    doc_type: str = "dict"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> dict[str, Any] | None:
        if not isinstance(value, Mapping):
            report.add(where, "expected a dictionary of settings; what is there is not shown.", "Write {name: value}.")
            return None
        return {str(name): part for name, part in value.items()}


SETTINGS: Codec[dict[str, Any]] = Settings()


KEY = Hushed("a key", r"[!-~]+", 512)
PASSWORD = Hushed("a password", r"[ -~]+", 512)
PEM = Hushed("a public key as PEM", r"(?s)-----BEGIN .*-----\s*", 16384)


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key, given or made once and then kept."""

    name: str | None = optional(SLOT)
    key: str | None = optional(KEY)
    generate: bool | None = optional(Flag())
    ttl: int | None = optional(Whole(1, 100_000_000, "a number of seconds"))

    HINTS: ClassVar[dict[str, str]] = {"value": "Write key.", "secret": "Write key."}

    @property
    def slot(self) -> str:
        return self.name or DEFAULT_SLOT

    def check(self, where: str, report: Report) -> None:
        if bool(self.key) == bool(self.generate):
            both = self.key is not None
            problem = "has key and generate." if both else "says no key."
            report.add(where, problem, "Keep one." if both else "Write key: with a lookup, or generate: true to have one made and kept.")


@dataclass(frozen=True, kw_only=True)
class BasicAuth:
    username: str = required(USERNAME)
    password: str = required(PASSWORD)

    @property
    def slot(self) -> str:
        return self.username


@dataclass(frozen=True, kw_only=True)
class Jwt:
    """What the tokens of an issuer are checked with. ``key`` is the value of the claim that names it, which is no secret."""

    name: str | None = optional(SLOT)
    key: str = required(Text("the issuer that tokens name", r"[!-~]+", 256, "https://issuer.example.com"))
    algorithm: str | None = optional(Text("an algorithm", choices=ALGORITHMS))
    secret: str | None = optional(KEY)
    rsa_public_key: str | None = optional(PEM)

    @property
    def slot(self) -> str:
        return self.name or DEFAULT_SLOT

    def check(self, where: str, report: Report) -> None:
        shared = (self.algorithm or "HS256").startswith("HS")
        if shared and not self.secret:
            report.add(f"{where}.secret", f"is missing: {self.algorithm or 'HS256'} checks with a shared secret.", "Write secret: with a lookup.")
        if not shared and not self.rsa_public_key:
            report.add(f"{where}.rsa_public_key", f"is missing: {self.algorithm} checks with a public key.", "Write it as PEM.")


@dataclass(frozen=True, kw_only=True)
class Plugin:
    plugin: str = required(Text("the name of a plugin", LABEL, 63, "request-size-limiting"))
    config: dict[str, Any] | None = optional(SETTINGS)
    enabled: bool | None = optional(Flag())

    HINTS: ClassVar[dict[str, str]] = {"name": "Write plugin.", "settings": "Write config."}


@dataclass(frozen=True, kw_only=True)
class Consumer:
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    username: str | None = optional(USERNAME)
    custom_id: str | None = optional(Text("an id of your own", r"[!-~]+", 256, '"42"'))
    tags: tuple[str, ...] = several(ListOf(TAG, 32, unique=True))
    groups: tuple[str, ...] = several(ListOf(GROUP_NAME, 256, unique=True))
    open: bool | None = optional(Flag())
    consumer_groups: tuple[str, ...] = several(ListOf(NAME, 64, unique=True))
    keys: tuple[ApiKey, ...] = several(VeiledList(Nested(ApiKey), 16))
    basic_auth: tuple[BasicAuth, ...] = several(VeiledList(Nested(BasicAuth), 16))
    jwt: tuple[Jwt, ...] = several(VeiledList(Nested(Jwt), 16))
    limits: Limits | None = optional(Nested(Limits))
    plugins: tuple[Plugin, ...] = several(VeiledList(Nested(Plugin), 16))

    HINTS: ClassVar[dict[str, str]] = {
        "api_key": "Write keys: [{key: ...}].",
        "key": "Write keys: [{key: ...}].",
        "acls": "Write groups.",
        "acl": "Write groups.",
        "credentials": "Write keys, basic_auth or jwt.",
        "keyauth_credentials": "Write keys.",
        "basicauth_credentials": "Write basic_auth.",
        "jwt_secrets": "Write jwt.",
    }

    @property
    def user(self) -> str:
        return self.username or self.name

    def check(self, where: str, report: Report) -> None:
        credentials = [name for name in ("keys", "basic_auth", "jwt") if getattr(self, name)]
        if credentials and not self.groups and not self.open:
            problem = f"has {' and '.join(credentials)} and no groups: such a credential opens every route that asks for one without asking which."
            report.add(f"{where}.groups", problem, "Write groups: with those that routes allow, or open: true if it is meant so.")
        if len(self.name) > LONGEST_NAME:
            problem = f"has {len(self.name)} characters; its credentials are called after it, which leaves {LONGEST_NAME}."
            report.add(f"{where}.name", problem, "Write a shorter one, and the long one as username.")
        if UUID.fullmatch(self.user):
            problem = f"looks like an id: Kong would take {self.user} for the id of a consumer, not for its name."
            report.add(f"{where}.{'username' if self.username else 'name'}", problem, "Write a username of another form.")
        if self.limits and self.limits.tokens:
            report.add(f"{where}.limits.tokens", "are limited by the route, which knows the model.", "Write them in the route's limits, or requests: here.")
        for name in ("keys", "basic_auth", "jwt"):
            seen: dict[str, int] = {}
            for index, item in enumerate(getattr(self, name)):
                first = seen.setdefault(item.slot, index)
                if first != index:
                    report.add(f"{where}.{name}[{index}]", f"is called {item.slot} like {name}[{first}].", "Give each a name of its own.")
        names = [item.plugin for item in self.plugins] + (["rate-limiting"] if self.limits else [])
        for index, item in enumerate(self.plugins):
            if names.count(item.plugin) > 1:
                report.add(f"{where}.plugins[{index}]", f"{item.plugin} is there twice (limits make rate-limiting).", "Keep one.")


LISTS: dict[str, Any] = {"keys": ApiKey, "basic_auth": BasicAuth, "jwt": Jwt, "plugins": Plugin}


def values_of(consumer: Consumer) -> list[tuple[str, str, str]]:
    """The values that are there once in Kong, each with its place in the entry and words for it. They may be secrets, and the same one may be there twice."""
    found = [(f"consumer {consumer.user}", "username" if consumer.username else "name", "the user name")]
    found += [(f"key {item.key}", f"keys[{index}].key", "the key") for index, item in enumerate(consumer.keys) if item.key]
    found += [(f"user {basic.username}", f"basic_auth[{index}].username", "the user name") for index, basic in enumerate(consumer.basic_auth)]
    found += [(f"issuer {jwt.key}", f"jwt[{index}].key", "the issuer") for index, jwt in enumerate(consumer.jwt)]
    if consumer.custom_id:
        found.append((f"custom {consumer.custom_id}", "custom_id", "the custom_id"))
    return found


def hidden(entry: Any) -> Any:
    """An entry as it may be logged: what is known to be no secret. A secret may stand where none belongs."""
    if not isinstance(entry, Mapping):
        return HIDDEN
    return {str(name): _hidden(str(name), part) for name, part in entry.items()}


def _hidden(name: str, part: Any) -> Any:
    if name in OPEN or part is None:
        return part
    if name in LISTS and isinstance(part, list):
        return [_item(name, item) if isinstance(item, Mapping) else HIDDEN for item in part]
    return _settings(part) if name == "limits" and isinstance(part, Mapping) else HIDDEN


def _item(option: str, item: Mapping[Any, Any]) -> dict[str, Any]:
    """A field of an odd name goes by another one: ``key:SECRET`` lacks a blank."""
    known = declared(LISTS[option])
    found = {}
    for raw, value in item.items():
        name = str(raw)
        if option == "plugins" and name == "config" and isinstance(value, Mapping):
            found[name] = _settings(value)
            continue
        secret = name in SECRETS and (option, name) != ("jwt", "key")
        fits = name in known and not secret and codec_of(known[name]).read(value, "", Report()) is not None
        found[name if re.fullmatch("[a-z_]{1,24}", name) else HIDDEN] = value if fits or value is None else HIDDEN
    return found


def _settings(value: Any, secret: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _settings(part, secret_setting(str(name))) for name, part in value.items()}
    if isinstance(value, list):
        return [_settings(part, secret) for part in value]
    return HIDDEN if secret and value is not None and not isinstance(value, bool) else value


def secrets(entry: Any) -> set[str]:
    """Every secret text in an entry, for whatever else may show it."""
    return set(_secrets(entry, hidden(entry), ""))


def _secrets(value: Any, shown: Any, name: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner, part in value.items():
            yield from _secrets(part, shown.get(str(inner)) if isinstance(shown, Mapping) else HIDDEN, str(inner))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _secrets(part, shown[index] if isinstance(shown, list) else HIDDEN, name)
    elif isinstance(value, (str, int)) and not isinstance(value, bool) and shown == HIDDEN and (name in SECRETS or len(str(value)) >= SHORTEST_SECRET):
        yield str(value)
