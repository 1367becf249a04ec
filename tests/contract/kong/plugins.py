# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins as data: the entity, and the configuration of those that an inference gateway needs (kong/plugins/*/schema.lua)."""

from __future__ import annotations

from typing import Any

from . import fields as f
from .llm import AI_PROXY_RULES, ai_proxy
from .schema import Schema, records_required
from .validate import Field

PERIODS = ["second", "minute", "hour", "day", "month", "year"]
# What a server of the community edition says it has: name to priority (handler.lua of each plugin).
PRIORITIES = {
    "acl": 950, "acme": 1705, "ai-prompt-decorator": 772, "ai-prompt-guard": 771, "ai-prompt-template": 773, "ai-proxy": 770,
    "ai-request-transformer": 777, "ai-response-transformer": 768, "aws-lambda": 750, "azure-functions": 749, "basic-auth": 1100,
    "bot-detection": 2500, "correlation-id": 100001, "cors": 2000, "datadog": 10, "file-log": 9, "grpc-gateway": 998, "grpc-web": 3,
    "hmac-auth": 1030, "http-log": 12, "ip-restriction": 990, "jwt": 1450, "key-auth": 1250, "ldap-auth": 1200, "loggly": 6, "oauth2": 1400,
    "opentelemetry": 14, "post-function": -1000, "pre-function": 1000000, "prometheus": 13, "proxy-cache": 100, "rate-limiting": 910,
    "redirect": 779, "request-size-limiting": 951, "request-termination": 2, "request-transformer": 801, "response-ratelimiting": 900,
    "response-transformer": 800, "session": 1900, "standard-webhooks": 760, "statsd": 11, "syslog": 4, "tcp-log": 7, "udp-log": 8,
    "zipkin": 100000,
}  # fmt: skip


def _on(**more: Any) -> Field:
    return f.boolean(True, required=True, **more)


def _off(**more: Any) -> Field:
    return f.boolean(False, required=True, **more)


def _strings(kind: str = "array", **more: Any) -> Field:
    return {"type": kind, "elements": f.text(), **more}


def _key_auth() -> dict[str, Field]:
    return {
        "key_names": {"type": "array", "required": True, "elements": f.header_name(), "default": ["apikey"]},
        "hide_credentials": _off(),
        "anonymous": f.text(),
        "key_in_header": _on(),
        "key_in_query": _on(),
        "key_in_body": _off(),
        "run_on_preflight": _on(),
        "realm": f.text(required=False),
    }


def _acl() -> dict[str, Field]:
    return {"allow": _strings(), "deny": _strings(), "hide_groups_header": _off(), "always_use_authenticated_groups": _off()}


def _basic_auth() -> dict[str, Field]:
    return {"anonymous": f.text(), "hide_credentials": _off(), "realm": f.text(required=True, default="service")}


def _jwt() -> dict[str, Field]:
    return {
        "uri_param_names": _strings("set", default=["jwt"]),
        "cookie_names": _strings("set", default=[]),
        "key_claim_name": f.text(default="iss"),
        "secret_is_base64": _off(),
        "claims_to_verify": {"type": "set", "elements": f.text(one_of=["exp", "nbf"])},
        "anonymous": f.text(),
        "run_on_preflight": _on(),
        "maximum_expiration": {"type": "number", "default": 0, "between": [0, 31536000]},
        "header_names": _strings("set", default=["authorization"]),
        "realm": f.text(required=False),
    }


def _redis() -> Field:
    return {
        "type": "record",
        "fields": {
            "host": f.host(),
            "port": f.port(default=6379),
            "timeout": f.integer(0, 2**31 - 2, default=2000),
            "username": f.text(referenceable=True),
            "password": f.text(encrypted=True, referenceable=True, len_min=0),
            "database": {"type": "integer", "default": 0},
            "ssl": f.boolean(False, required=False),
            "ssl_verify": f.boolean(False, required=False),
            "server_name": f.sni(required=False),
        },
    }


def _old_redis() -> dict[str, Field]:
    """The deprecated spellings: taken, and shown beside the new ones until Kong 4."""
    kinds = {"port": "integer", "timeout": "integer", "database": "integer", "ssl": "boolean", "ssl_verify": "boolean"}
    out: dict[str, Field] = {}
    for name in ("host", "port", "password", "username", "ssl", "ssl_verify", "server_name", "timeout", "database"):
        old = {"replaced_with": [{"path": ["redis", name]}], "removal_in_version": "4.0"}
        told = f"rate-limiting: config.redis_{name} is deprecated, please use config.redis.{name} instead"
        each: Field = {"type": kinds.get(name, "string"), "deprecation": {**old, "message": told}}
        each["func"] = lambda value, name=name: {"redis": {name: value}}
        out[f"redis_{name}"] = each | ({"len_min": 0} if name == "password" else {})
    return out


def _periods_in_order(config: dict[str, Any]) -> str | None:
    for place, lower in enumerate(PERIODS):
        for upper in PERIODS[place + 1 :]:
            small, large = config.get(lower), config.get(upper)
            if small is not None and large is not None and large < small:
                return f"The limit for {upper}({large:.1f}) cannot be lower than the limit for {lower}({small:.1f})"
    if config.get("policy") != "redis" and config.get("sync_rate") != -1:
        return "sync_rate can only be used with the redis policy"
    if config.get("policy") == "redis" and config["sync_rate"] != -1 and config["sync_rate"] < 0.02:
        return "sync_rate must be greater than 0.02, or -1 to disable"
    return None


def _rate_limiting(dbless: bool) -> Field:
    policies = ["local", "redis"] if dbless else ["local", "cluster", "redis"]
    whole = {
        **{period: {"type": "number", "gt": 0} for period in PERIODS},
        "limit_by": f.text(default="consumer", one_of=["consumer", "credential", "ip", "service", "header", "path"]),
        "header_name": f.header_name(),
        "path": f.path(),
        "policy": f.text(default="local", len_min=0, one_of=policies),
        "fault_tolerant": _on(),
        "redis": _redis(),
        "hide_client_headers": _off(),
        "error_code": {"type": "number", "default": 429, "gt": 0},
        "error_message": f.text(default="API rate limit exceeded"),
        "sync_rate": {"type": "number", "required": True, "default": -1},
    }
    return {"type": "record", "fields": whole, "custom_validator": _periods_in_order, "shorthand_fields": _old_redis()}


def _size() -> dict[str, Field]:
    units = ["megabytes", "kilobytes", "bytes"]
    return {
        "allowed_payload_size": {"type": "integer", "default": 128},
        "size_unit": f.text(required=True, default=units[0], one_of=units),
        "require_content_length": _off(),
    }


def _prometheus() -> dict[str, Field]:
    names = ("per_consumer", "status_code_metrics", "ai_metrics", "latency_metrics", "bandwidth_metrics", "upstream_health_metrics")
    return {name: f.boolean(False) for name in names}


def _correlation() -> dict[str, Field]:
    generators = f.text(default="uuid#counter", required=True, one_of=["uuid", "uuid#counter", "tracker"])
    return {"header_name": f.text(default="Kong-Request-ID"), "generator": generators, "echo_downstream": _off()}


def _needs(field: str, value: str, then: str) -> dict[str, Any]:
    return {"conditional": {"if_field": field, "if_match": {"eq": value}, "then_field": then, "then_match": {"required": True}}}


LISTS = ["config.allow", "config.deny"]
RULES: dict[str, list[dict[str, Any]]] = {
    "acl": [{"only_one_of": LISTS}, {"at_least_one_of": LISTS}],
    "ai-proxy": AI_PROXY_RULES,
    "jwt": [
        {
            "conditional": {
                "if_field": "config.maximum_expiration",
                "if_match": {"gt": 0},
                "then_field": "config.claims_to_verify",
                "then_match": {"contains": "exp"},
            }
        }
    ],
    "rate-limiting": [
        {"at_least_one_of": [f"config.{period}" for period in PERIODS]},
        *[_needs("config.policy", "redis", f"config.redis.{name}") for name in ("host", "port", "timeout")],
        _needs("config.limit_by", "header", "config.header_name"),
        _needs("config.limit_by", "path", "config.path"),
    ],
}


def _configurations(dbless: bool) -> dict[str, Field]:
    plain = {
        "key-auth": _key_auth(),
        "acl": _acl(),
        "basic-auth": _basic_auth(),
        "jwt": _jwt(),
        "request-size-limiting": _size(),
        "prometheus": _prometheus(),
        "correlation-id": _correlation(),
    }
    records: dict[str, Field] = {name: {"type": "record", "fields": fields} for name, fields in plain.items()}
    return {**records, "rate-limiting": _rate_limiting(dbless), "ai-proxy": ai_proxy()}


def plugins(dbless: bool) -> Schema:
    """A plugin whose settings this server knows; any other is answered as one that is not enabled."""
    kinds: dict[str, Schema] = {}
    for name, config in _configurations(dbless).items():
        records_required(config)
        known = None if name == "prometheus" else f.HTTP_PROTOCOLS
        special = {"protocols": f.protocols(known), "config": config}
        if name in ("key-auth", "acl", "basic-auth", "jwt"):
            special = {"consumer": f.foreign("consumers", eq=None), **special}
        kinds[name] = Schema(name, special, RULES.get(name, []))
    whole = {
        "id": f.key_id(),
        "name": f.text(required=True),
        "instance_name": f.name(),
        "created_at": f.stamp(),
        "updated_at": f.stamp(),
        "route": f.foreign("routes", default=None, on_delete="cascade"),
        "service": f.foreign("services", default=None, on_delete="cascade"),
        "consumer": f.foreign("consumers", default=None, on_delete="cascade"),
        "config": {"type": "record", "abstract": True, "fields": {}},
        "protocols": f.protocols(),
        "enabled": f.boolean(True, required=True),
        "tags": f.tags(),
    }
    return Schema(
        "plugins",
        whole,
        subschema_key="name",
        subschema_error="plugin '%s' not enabled; add it to the 'plugins' configuration property",
        subschemas=kinds,
        endpoint_key="instance_name",
        cache_key=("name", "route", "service", "consumer"),
    )
