# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upstreams and their targets as data (kong/db/schema/entities/{upstreams,targets}.lua)."""

from __future__ import annotations

from typing import Any

from . import fields as f
from .schema import Schema
from .validate import Field

HASHES = ["none", "consumer", "ip", "header", "cookie", "path", "query_arg", "uri_capture"]
HEALTHY = [*range(200, 209), 226, *range(300, 309)]


def _name(name: str) -> str | None:
    found = f.normalize_ip(name)
    if isinstance(found, str):
        return f"Invalid name ('{name}'); must be a valid hostname"
    if found[0] != "name":
        return f"Invalid name ('{name}'); no ip addresses allowed"
    return f"Invalid name ('{name}'); no port allowed" if found[2] is not None else None


def _target(target: str) -> str | None:
    return f"Invalid target ('{target}'); not a valid hostname or ip address" if isinstance(f.normalize_ip(target), str) else None


def _record(fields: dict[str, Field]) -> Field:
    """A record of the health checks: its default is the defaults of its fields."""
    default = {name: each["default"] for name, each in fields.items() if each.get("default") is not None}
    return {"type": "record", "fields": fields, "default": default}


def _probe(active: bool) -> Field:
    count, seconds = f.integer(0, 255, default=0), {"type": "number", "between": [0, 65535]}

    def statuses(default: list[int]) -> Field:
        return {"type": "array", "elements": f.integer(100, 999), "default": default}

    healthy = {"http_statuses": statuses([200, 302] if active else HEALTHY), "successes": {**count}}
    bad = [429, 404, 500, 501, 502, 503, 504, 505] if active else [429, 500, 503]
    unhealthy = {"http_statuses": statuses(bad), **{name: {**count} for name in ("tcp_failures", "timeouts", "http_failures")}}
    kind = f.text(one_of=["tcp", "http", "https", "grpc", "grpcs"], default="http")
    if not active:
        return _record({"type": kind, "healthy": _record(healthy), "unhealthy": _record(unhealthy)})
    for each in (healthy, unhealthy):
        each["interval"] = {**seconds, "default": 0}
    return _record(
        {
            "type": kind,
            "timeout": {**seconds, "default": 1},
            "concurrency": f.integer(1, 2**31, default=10),
            "http_path": f.path(default="/"),
            "https_sni": f.sni(required=False),
            "https_verify_certificate": f.boolean(True, required=True),
            "headers": {**f.headers(), "required": False},
            "healthy": _record(healthy),
            "unhealthy": _record(unhealthy),
        }
    )


def _healthchecks() -> Field:
    checks = _record({"active": _probe(active=True), "passive": _probe(active=False)})
    checks["fields"]["threshold"] = {"type": "number", "default": 0, "between": [0, 100]}
    return checks


def _algorithm(value: Any) -> dict[str, Any]:
    return {"algorithm": value, "hash_on": None} if value in ("least-connections", "latency") else {"algorithm": value}


def _hash_on(value: Any) -> dict[str, Any]:
    if value is None:
        return {"hash_on": "none"}
    return {"hash_on": value, "algorithm": "round-robin" if value == "none" else "consistent-hashing"}


def _rules() -> list[dict[str, Any]]:
    def needs(field: str, kind: str, then: str) -> dict[str, Any]:
        return {"conditional": {"if_field": field, "if_match": {"match": f"^{kind}$"}, "then_field": then, "then_match": {"required": True}}}

    def falls_back(kind: str, allowed: list[str]) -> dict[str, Any]:
        arg = {"if_field": "hash_on", "if_match": {"match": f"^{kind}$"}, "then_field": "hash_fallback", "then_match": {"one_of": allowed}}
        return {"conditional": arg}

    def pair(kind: str) -> list[dict[str, Any]]:
        return [needs("hash_on", kind, f"hash_on_{kind}"), needs("hash_fallback", kind, f"hash_fallback_{kind}")]

    def apart(kind: str) -> dict[str, Any]:
        return {"distinct": [f"hash_on_{kind}", f"hash_fallback_{kind}"]}

    rules = [*pair("header"), needs("hash_on", "cookie", "hash_on_cookie"), needs("hash_fallback", "cookie", "hash_on_cookie")]
    rules += [falls_back(kind, ["none"]) for kind in ("none", "cookie")]
    rules += [falls_back(kind, [each for each in HASHES if each != kind]) for kind in ("consumer", "ip", "path")]
    return [*rules, apart("header"), *pair("query_arg"), apart("query_arg"), *pair("uri_capture"), apart("uri_capture")]


def upstreams() -> Schema:
    hashing, plain = f.text(default="none", one_of=HASHES), f.text(len_min=1)
    whole = {
        "id": f.key_id(),
        "created_at": f.stamp(),
        "name": f.text(required=True, unique=True, custom_validator=_name),
        "updated_at": f.stamp(),
        "algorithm": f.text(default="round-robin", one_of=["consistent-hashing", "least-connections", "round-robin", "latency"]),
        "hash_on": {**hashing},
        "hash_fallback": {**hashing},
        "hash_on_header": f.header_name(),
        "hash_fallback_header": f.header_name(),
        "hash_on_cookie": f.cookie_name(),
        "hash_on_cookie_path": f.path(default="/"),
        "hash_on_query_arg": {**plain},
        "hash_fallback_query_arg": {**plain},
        "hash_on_uri_capture": {**plain},
        "hash_fallback_uri_capture": {**plain},
        "slots": f.integer(10, 2**16, default=10000),
        "healthchecks": _healthchecks(),
        "tags": f.tags(),
        "host_header": f.host_with_port(),
        "client_certificate": f.foreign("certificates"),
        "use_srv_name": f.boolean(False),
    }
    shorthands = {"algorithm": f.text(func=_algorithm), "hash_on": f.text(func=_hash_on)}
    return Schema("upstreams", whole, _rules(), shorthands, endpoint_key="name")


def targets() -> Schema:
    whole = {
        "id": f.key_id(),
        "created_at": f.stamp("number"),
        "updated_at": f.stamp("number"),
        "upstream": f.foreign("upstreams", required=True, on_delete="cascade"),
        "target": f.text(required=True, custom_validator=_target),
        "weight": f.integer(0, 65535, default=100),
        "tags": f.tags(),
    }
    return Schema("targets", whole, cache_key=("upstream", "target"), endpoint_key="target")


def normal_target(target: Any) -> Any:
    """A target as Kong keeps it: an address is spelled out, an unsaid port is 8000 (kong/db/dao/targets.lua)."""
    found = f.normalize_ip(target) if isinstance(target, str) else ""
    return target if isinstance(found, str) else f.format_host(found, 8000)
