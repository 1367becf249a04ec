# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kong_consumers: consumers with credentials, groups and plugins, as objects of Kong's ingress controller or as entities of its Admin API."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from ...engine.objects import BuildContext, Desired, GroupKind, Key, Kind, Object
from ...gateways.kong_plugins import Plugin, request_limits
from ..codecs import Report
from ..consumer import ApiKey, Consumer, Jwt, hidden, values_of
from ..consumer import secrets as secrets_of
from ..decode import Entry, entries_of
from ..kong import WAYS, entity, key, within
from ..refs import dropped

OPTION = "kong_consumers"
CONFIGURATION = "configuration.konghq.com"
CONSUMER, PLUGIN, SECRET = GroupKind(CONFIGURATION, "KongConsumer"), GroupKind(CONFIGURATION, "KongPlugin"), GroupKind("", "Secret")
CONSUMER_GROUP = GroupKind(CONFIGURATION, "KongConsumerGroup")
DEFAULT_CLASS = "kong"
CREDENTIAL_LABEL = "konghq.com/credential"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
PLUGINS_ANNOTATION = "konghq.com/plugins"
KEY_BYTES = 32
LONGEST_PART = 100
Kept = Callable[[Key], str]
"""The value of a key that was made in an earlier run; empty where there is none."""


def manifests(entries: list[Any], context: BuildContext) -> list[Desired]:
    """The objects that Kong's ingress controller reads. The credentials come first: a consumer whose Secret is missing is refused."""
    consumers = _decoded(entries, context)
    kept = _kept(context, [_secret_key(entry, "key", item.slot) for entry in consumers for item in entry.value.keys if item.generate], _from_secret)
    ingress_class = context.params.get("ingress_class") or DEFAULT_CLASS
    made = [Desired(obj, entry.origin, entry.key) for entry in consumers for obj in _objects(entry, ingress_class, kept)]
    return [*_shared_groups(consumers, ingress_class), *made]


def _shared_groups(consumers: list[Entry[Consumer]], ingress_class: str) -> list[Desired]:
    """Consumer groups of the Enterprise edition. Several entries name one, so it belongs to none of them: it goes by prune, when nobody names it any more."""
    found: dict[tuple[str, str], Desired] = {}
    for entry in consumers:
        for name in entry.value.consumer_groups:
            meta = {"name": name, "namespace": entry.namespace, "annotations": {CLASS_ANNOTATION: ingress_class}}
            obj = {"apiVersion": f"{CONFIGURATION}/v1beta1", "kind": CONSUMER_GROUP.kind, "metadata": meta, "spec": {"name": name}}
            found.setdefault((entry.namespace, name), Desired(obj, entry.origin))
    return list(found.values())


def entities(entries: list[Any], context: BuildContext) -> list[Desired]:
    """The entities of Kong's Admin API."""
    consumers = _decoded(entries, context)
    report = Report()
    for entry in consumers:
        if entry.value.limits and entry.value.limits.redis and entry.value.limits.redis.secret:
            report.add(f"{entry.origin}.limits.redis.secret", "is a Secret of a cluster, which Kong by itself does not read.", "Write password: with a vault.")
        if entry.value.consumer_groups:
            problem = "are written for the ingress controller alone so far."
            report.add(f"{entry.origin}.consumer_groups", problem, "Write groups: for the plugin acl, or backend: kubernetes.")
    report.raise_if_any()
    wanted = [key("keyauth_credentials", within(entry.value.user, item.slot)) for entry in consumers for item in entry.value.keys if item.generate]
    kept = _kept(context, wanted, lambda obj: str(obj["spec"].get("key") or ""))
    return [Desired(obj, entry.origin, entry.key) for entry in consumers for obj in _entities(entry, kept)]


def _decoded(entries: list[Any], context: BuildContext) -> list[Entry[Consumer]]:
    report = Report()
    consumers = entries_of(Consumer, entries, OPTION, context.namespace, report)
    seen: dict[str, tuple[str, str]] = {}
    for entry in consumers:
        for value, place, words in values_of(entry.value):
            first, name = seen.setdefault(value, (f"{entry.origin}.{place}", entry.name))
            if first != f"{entry.origin}.{place}":
                problem = f"{words} of {entry.name} is that of {name} too, at {first}: Kong could not tell the two apart."
                report.add(f"{entry.origin}.{place}", problem, "Give each its own.")
    report.raise_if_any()
    context.inspect(OPTION, consumers)
    return consumers


def _kept(context: BuildContext, wanted: list[Key], value: Callable[[Object], str]) -> Kept:
    """What is asked of the server only where a key is to be made."""
    stands = context.stands(wanted) if wanted else {}
    return lambda each: value(stands[each]) if each in stands else ""


def _made(item: ApiKey, kept: str) -> str:
    return item.key or kept or secrets.token_urlsafe(KEY_BYTES)


# -- the ingress controller's objects -------------------------------------------------------------------------------------------------


def part_name(text: str) -> str:
    """A part of an object's name: what is not allowed or too long there is replaced, and then told apart by a digest."""
    plain = re.sub(r"[^a-z0-9-]+", "-", text.lower())[:LONGEST_PART].strip("-")
    return plain if plain == text else f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("-")


def _secret_key(entry: Entry[Consumer], kind: str, slot: str) -> Key:
    return Key("", "Secret", entry.namespace, f"{entry.name}-{kind}-{part_name(slot)}")


def _from_secret(obj: Object) -> str:
    return base64.b64decode((obj.get("data") or {}).get("key") or "").decode(errors="replace")


def _objects(entry: Entry[Consumer], ingress_class: str, kept: Kept) -> Iterator[Object]:
    consumer = entry.value
    names = []
    for kind, slot, label, data in _credentials(entry, kept):
        found = _secret_key(entry, kind, slot)
        names.append(found.name)
        meta = {"name": found.name, "namespace": found.namespace, "labels": {CREDENTIAL_LABEL: label}}
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "stringData": data}
    plugins = list(_plugins(consumer))
    for plugin, enabled in plugins:
        meta = {"name": f"{entry.name}-consumer-{plugin.name}", "namespace": entry.namespace, "annotations": {CLASS_ANNOTATION: ingress_class}}
        yield {"apiVersion": f"{CONFIGURATION}/v1", "kind": "KongPlugin", "metadata": meta, **plugin_spec(plugin, enabled)}
    annotations = {CLASS_ANNOTATION: ingress_class}
    if plugins:
        annotations[PLUGINS_ANNOTATION] = ",".join(f"{entry.name}-consumer-{plugin.name}" for plugin, _enabled in plugins)
    yield {
        "apiVersion": f"{CONFIGURATION}/v1",
        "kind": "KongConsumer",
        "metadata": {"name": entry.name, "namespace": entry.namespace, "annotations": annotations},
        "username": consumer.user,
        **dropped(
            {
                "custom_id": consumer.custom_id,
                "credentials": names,
                "consumerGroups": list(consumer.consumer_groups),
                "spec": {"tags": list(consumer.tags)} if consumer.tags else None,
            }
        ),
    }


def plugin_spec(plugin: Plugin, enabled: bool | None) -> dict[str, Any]:
    patches = [{"path": patch.path, "valueFrom": {"secretKeyRef": {"name": patch.secret, "key": patch.key}}} for patch in plugin.patches]
    disabled = True if enabled is False else None
    found: dict[str, Any] = dropped({"plugin": plugin.name, "config": plugin.config or None, "configPatches": patches, "disabled": disabled})
    return found


def _credentials(entry: Entry[Consumer], kept: Kept) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """(kind in the name, slot, label, data) of each."""
    consumer = entry.value
    for item in consumer.keys:
        value = _made(item, kept(_secret_key(entry, "key", item.slot)))
        yield "key", item.slot, "key-auth", {"key": value, **({"ttl": str(item.ttl)} if item.ttl else {})}
    for group in consumer.groups:
        yield "acl", group, "acl", {"group": group}
    for basic in consumer.basic_auth:
        yield "basic", basic.username, "basic-auth", {"username": basic.username, "password": basic.password}
    for jwt in consumer.jwt:
        yield "jwt", jwt.slot, "jwt", {name: str(value) for name, value in _jwt(jwt).items()}


def _jwt(jwt: Jwt) -> dict[str, Any]:
    found: dict[str, Any] = dropped({"key": jwt.key, "algorithm": jwt.algorithm, "secret": jwt.secret, "rsa_public_key": jwt.rsa_public_key})
    return found


def _plugins(consumer: Consumer) -> Iterator[tuple[Plugin, bool | None]]:
    """Each with whether it is at work, where that is said."""
    if consumer.limits:
        yield request_limits(consumer.limits), None
    for item in consumer.plugins:
        yield Plugin(item.plugin, item.config or {}), item.enabled


# -- the Admin API's entities ---------------------------------------------------------------------------------------------------------


def _entities(entry: Entry[Consumer], kept: Kept) -> Iterator[Object]:
    consumer = entry.value
    user = consumer.user
    own = {"consumer": {"username": user}}
    yield entity("consumers", user, dropped({"username": user, "custom_id": consumer.custom_id, "tags": list(consumer.tags)}))
    for item in consumer.keys:
        name = within(user, item.slot)
        yield entity("keyauth_credentials", name, dropped({**own, "key": _made(item, kept(key("keyauth_credentials", name))), "ttl": item.ttl}))
    for group in consumer.groups:
        yield entity("acls", within(user, group), {**own, "group": group})
    for basic in consumer.basic_auth:
        yield entity("basicauth_credentials", within(user, basic.slot), {**own, "username": basic.username, "password": basic.password})
    for jwt in consumer.jwt:
        yield entity("jwt_secrets", within(user, jwt.slot), {**own, **_jwt(jwt)})
    for plugin, enabled in _plugins(consumer):
        spec = dropped({**own, "name": plugin.name, "config": plugin.config or None, "enabled": enabled})
        yield entity("plugins", within(f"consumers.{user}", plugin.name), spec)


KIND = Kind(
    option=OPTION,
    group_kinds=(CONSUMER, PLUGIN, CONSUMER_GROUP, SECRET),
    build=manifests,
    options={**WAYS, "ingress_class": {"type": "str", "default": DEFAULT_CLASS}},
    elsewhere={"kong": entities},
    shown=hidden,
    secrets=secrets_of,
)
