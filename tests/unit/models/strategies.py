# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes inventory entries out of the decoders' own declarations: what the fields allow, these strategies make."""

from __future__ import annotations

from functools import cache
from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_app import App, AppKey
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_product import Product, ProductQuota
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_text import Email
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Flag, ListOf, MapOf, Text, Whole
from ansible_collections.inference.gateway.plugins.module_utils.models.consumer import ApiKey, Consumer, Settings
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import Nested, Short, codec_of, declared, is_required
from ansible_collections.inference.gateway.plugins.module_utils.models.filters import Auth, Fraction, HeaderChange, Mirror, PathChange, Redirect, Rewrite
from ansible_collections.inference.gateway.plugins.module_utils.models.gateway import (
    Address,
    AllowedListeners,
    AllowedRoutes,
    Gateway,
    ListenerTls,
    Namespaces,
)
from ansible_collections.inference.gateway.plugins.module_utils.models.match import HeaderMatch, PathMatch, QueryMatch
from ansible_collections.inference.gateway.plugins.module_utils.models.pool import EndpointPicker
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Backend, Route, Rule, Session, Timeouts
from hypothesis import strategies as st

# Of these fields exactly one has to be there.
ONE_OF: dict[type, tuple[str, ...]] = {
    PathChange: ("prefix", "full"),
    PathMatch: ("prefix", "exact", "regex"),
    HeaderMatch: ("exact", "regex"),
    QueryMatch: ("exact", "regex"),
    Mirror: ("service", "pool", "resource"),
    Auth: ("service", "pool", "resource"),
    Backend: ("service", "pool", "resource"),
    EndpointPicker: ("service", "resource"),
}
# Of these at least one.
SOME_OF: dict[type, tuple[str, ...]] = {
    HeaderChange: ("set", "add", "remove"),
    Rewrite: ("hostname", "path"),
    Redirect: ("scheme", "hostname", "path", "port"),
    Namespaces: ("selector", "expressions"),
    ListenerTls: ("certificates",),
}
# What Gateway API cannot say is tested by itself.
LEFT_OUT = {"provider", "model", "secret", "priority", "host", "access", "limits"}
PATHS = st.from_regex(r"(/[a-z0-9_.~-]{1,8}[a-z0-9]){1,3}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@cache
def values(codec: Any, least: int = 0) -> st.SearchStrategy[Any]:
    """Inventory values that a codec reads; lists and dictionaries of at least so many."""
    match codec:
        case Email():
            return st.from_regex(r"[a-z0-9+._-]{1,8}@[a-z]{1,5}\.example", fullmatch=True)
        case Text():
            return texts(codec)
        case Whole(least=lowest, most=most, choices=choices):
            numbers = st.sampled_from(choices) if choices else st.integers(lowest, most)
            return numbers | numbers.map(str)
        case Settings():
            return st.dictionaries(st.sampled_from(["minute", "window", "policy"]), st.integers(1, 9), max_size=2)
        case Flag():
            return st.booleans()
        case ListOf(item=item, least=own, unique=unique):
            return st.lists(values(item), min_size=max(own, least), max_size=2, unique_by=str if unique else None)
        case MapOf(key=key, value=value):
            return st.dictionaries(values(key), values(value), min_size=least, max_size=2)
        case Nested(cls=cls):
            return records(cls)
        case Short(cls=cls, stands_for=stands_for):
            plain = st.just("192.0.2.11") if cls is Address else values(codec_of(declared(cls)[stands_for]))
            return records(cls) | plain
    raise AssertionError(codec)


def texts(codec: Text) -> st.SearchStrategy[str]:
    if codec.choices:
        return st.sampled_from(codec.choices)
    if codec.what.startswith(("a path", "the path")):
        return PATHS
    if codec.pattern:
        printable = st.characters(min_codepoint=32, max_codepoint=126)
        return st.from_regex(codec.pattern, fullmatch=True, alphabet=printable).filter(lambda text: 0 < len(text) <= min(codec.longest, 60))
    return st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@st.composite
def records(draw: st.DrawFn, cls: type) -> dict[str, Any]:
    """One dictionary of a kind: what is required, and some of the rest."""
    one_of = ONE_OF.get(cls, ())
    chosen = draw(st.sampled_from(one_of)) if one_of else None
    some = draw(st.sampled_from(SOME_OF[cls])) if cls in SOME_OF else None
    result = {}
    for name, item in declared(cls).items():
        needed = is_required(item) or name in (chosen, some) or (name == "port" and chosen == "service")
        if name in LEFT_OUT or (name in one_of and name != chosen):
            continue
        if needed or draw(st.integers(0, 3)) == 0:
            result[name] = draw(values(codec_of(item), 1 if needed else 0))
    return tidied(cls, result)


def tidied(cls: type, made: dict[str, Any]) -> dict[str, Any]:
    """Without what two fields say against each other; the tables of the unit tests hold those cases."""
    if cls is Rule:
        made = without(made, "matches") if {"path", "headers", "query", "method"} & set(made) else made
        made = without(made, "backends", "rewrite") if "redirect" in made else {**made, "backends": made.get("backends") or [{"pool": "demo"}]}
        made["backends"] = [without(item, "weight") for item in made["backends"]] if "backends" in made else []
    if cls in (Rule, Backend):
        made = without(made, "redirect") if "rewrite" in made else made
        # A replaced prefix needs to know the prefix.
        for change in (made.get("rewrite"), made.get("redirect")):
            if change and "prefix" in change.get("path", {}):
                change["path"] = {"full": change["path"]["prefix"]}
    if cls is Route:
        made["parents"] = made.get("parents", [])[:1]
        made["rules"] = [without(item, "name") for item in made["rules"]]
    if cls is Auth and made["protocol"] == "GRPC":
        made = without(made, "path", "allowed_response_headers")
    if cls is Fraction:
        made = {"numerator": min(int(made["numerator"]), 100)}
    if cls is Address:
        made = {"value": "192.0.2.10"}
    if cls is Gateway:
        made["listeners"] = made["listeners"][:1]
        made["addresses"] = made.get("addresses", [])[:1]
    if cls is ApiKey:
        made = without(made, "generate") | {"key": made.get("key") or "k-1"}
    if cls is Consumer:
        made = without(made, "jwt") | {name: made[name][:1] for name in ("keys", "plugins", "basic_auth") if name in made}
        made |= {} if made.get("groups") else {"open": True}
    made = of_apigee(cls, made)
    drops = {Timeouts: ("backend",), Mirror: ("percent",), Session: ("cookie_lifetime",), AllowedRoutes: ("from",)}
    return without(made, *drops.get(cls, ()), *(("from",) if cls is AllowedListeners else ()))


def of_apigee(cls: type, made: dict[str, Any]) -> dict[str, Any]:
    if cls is ProductQuota and made:
        made = {"limit": 1, "interval": 1, **made}
    if cls is Product:
        if made.get("payload_operations"):
            made = without(made, "proxies", "api_resources")
        if made.get("operations") or made.get("llm_operations"):
            made = without(made, "api_resources")
        for field, kind in (("operations", "operation_config_type"), ("graphql_operations", "graphql_config_type")):
            made = made if made.get(field) else without(made, kind)
        made = {**made, "open": True}  # so that lint has nothing against it
    if cls is AppKey:
        made = without(made, "state", "approve", "consumer_secret", "expires_in")
    if cls is App:
        made = {**without(made, "key_expires_in", "keys"), **({"keys": made["keys"][:1]} if made.get("keys") else {})}
    return made


def without(made: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in made.items() if key not in names}
