# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain objects that Kong's ingress controller passes over without a word, or that open more than they look like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...engine.errors import Issue
from ...engine.objects import GroupKind
from ...gateways.kong_options import KONG_PLUGIN, PLUGINS, PREFIX
from ...models.refs import SERVICE
from ..manifests import Manifest, at
from ..rule import warning
from ..world import World

CLASS = "kubernetes.io/ingress.class"
OF_A_CLASS = ("KongConsumer", "KongConsumerGroup", "KongClusterPlugin", "KongVault", "KongCustomEntity", "TCPIngress", "UDPIngress")
METRICS = ("per_consumer", "status_code_metrics", "latency_metrics", "bandwidth_metrics", "upstream_health_metrics", "ai_metrics")
READS_PROMPTS = ("ai-proxy", "ai-prompt-guard", "ai-prompt-template", "ai-prompt-decorator", "ai-request-transformer")
NUMBERS = ("connect-timeout", "read-timeout", "write-timeout", "retries")


def noted(obj: Any) -> dict[str, str]:
    found = at(obj, "metadata", "annotations")
    return {str(name): value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def plugins(world: World) -> Iterator[Manifest]:
    yield from world.declared.get(KONG_PLUGIN, {}).values()


@warning("kong-class-missing", "https://github.com/Kong/docs.konghq.com/pull/2347")
def kong_class_missing(world: World) -> Iterator[Issue]:
    """An object that Kong's controller reads only with its class says none, and is passed over without a word."""
    for kind in OF_A_CLASS:
        for manifest in world.declared.get(GroupKind(KONG_PLUGIN.group, kind), {}).values():
            if CLASS not in noted(manifest.obj):
                yield Issue(f"{manifest.origin}.metadata.annotations", f"lack {CLASS}, without which it does nothing.", f"Write {CLASS}: kong.")


@warning("kong-key-opens-all", "https://github.com/Kong/docs.konghq.com/pull/298")
def kong_key_opens_all(world: World) -> Iterator[Issue]:
    """An object asks for keys by key-auth and not for groups by acl. Then the key of any consumer opens it."""
    kinds = {(item.namespace, item.name): at(item.obj, "plugin") for item in plugins(world)}
    for manifest in world.objects or ():
        named = [name.strip() for name in noted(manifest.obj).get(PLUGINS, "").split(",") if name.strip()]
        known = [kinds.get((manifest.namespace, name)) for name in named]
        if "key-auth" in known and "acl" not in known and None not in known:
            yield Issue(f"{manifest.origin}.metadata.annotations", "ask for a key and no group: any key will do.", "Name a KongPlugin acl beside it.")


@warning("kong-plugin-key-in-query", "https://github.com/Kong/kong/issues/4365")
def kong_plugin_key_in_query(world: World) -> Iterator[Issue]:
    """A KongPlugin key-auth does not say key_in_query: false. Kong takes keys from the query then, from where they come into every log."""
    for manifest in plugins(world):
        if at(manifest.obj, "plugin") == "key-auth" and at(manifest.obj, "config", "key_in_query") is not False:
            yield Issue(f"{manifest.origin}.config", "takes keys from the query, which is logged everywhere.", "Write key_in_query: false.")


@warning("kong-old-redis", "https://github.com/Kong/deck/issues/1258")
def kong_old_redis(world: World) -> Iterator[Issue]:
    """A plugin says redis_host and the like, which Kong mirrors into redis: and will know no longer in 4.0."""
    for manifest in plugins(world):
        config = at(manifest.obj, "config")
        if old := sorted(name for name in config if str(name).startswith("redis_")) if isinstance(config, dict) else []:
            yield Issue(f"{manifest.origin}.config", f"{', '.join(old)} are of the past.", "Write redis: {host: ..., port: ...}.")


@warning("kong-annotation-number", "https://github.com/Kong/charts/issues/1024")
def kong_annotation_number(world: World) -> Iterator[Issue]:
    """A Service says a time or a number of tries otherwise than as a plain number, of milliseconds for times. Kong's controller passes over it then."""
    for manifest in world.declared.get(SERVICE, {}).values():
        found = noted(manifest.obj)
        for name in (f"{PREFIX}{name}" for name in NUMBERS):
            if name in found and not found[name].isdecimal():
                yield Issue(f"{manifest.origin}.metadata.annotations", f"{name} is {found[name]!r:.40}, which is no number.", "Write for example '600000'.")


@warning("kong-prometheus-mute", "https://github.com/Kong/developer.konghq.com/pull/1128")
def kong_prometheus_mute(world: World) -> Iterator[Issue]:
    """A plugin prometheus turns no metrics on. Since Kong 3.0 those about requests (statuses, latencies, bandwidth, tokens) are off by themselves."""
    for kind in (KONG_PLUGIN, GroupKind(KONG_PLUGIN.group, "KongClusterPlugin")):
        for manifest in world.declared.get(kind, {}).values():
            if at(manifest.obj, "plugin") == "prometheus" and not any(at(manifest.obj, "config", name) is True for name in METRICS):
                yield Issue(f"{manifest.origin}.config", "turns on no metrics about requests.", "Write status_code_metrics: true and latency_metrics: true.")


@warning("kong-ai-body", "https://developer.konghq.com/plugins/ai-proxy/reference/")
def kong_ai_body(world: World) -> Iterator[Issue]:
    """A plugin that reads prompts does not say how long they may be. Kong 3.9 reads 8192 bytes, and what is longer it refuses
    by 400 with a word on bad JSON."""
    for manifest in plugins(world):
        if at(manifest.obj, "plugin") in READS_PROMPTS and at(manifest.obj, "config", "max_request_body_size") is None:
            yield Issue(f"{manifest.origin}.config", "says not how long a request may be; Kong reads 8192 bytes.", "Write max_request_body_size: 1048576.")
