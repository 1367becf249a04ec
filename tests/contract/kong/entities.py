# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's entities as data (kong/db/schema/entities/*.lua, kong/plugins/{key-auth,acl,basic-auth,jwt}/daos.lua)."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

from . import fields as f
from .lua import text
from .schema import Schema
from .validate import Field

Rules = list[dict[str, Any]]


def _when(if_field: str, if_match: Field, then_field: str, then_match: Field, **more: str) -> dict[str, Any]:
    return {"conditional": {"if_field": if_field, "if_match": if_match, "then_field": then_field, "then_match": then_match, **more}}


def _url(url: str | None) -> dict[str, Any]:
    """The shorthand of a service: an unsaid port follows from the scheme, and the other way round. Null is read as Lua writes it."""
    found = urlsplit(text(url))
    known = {80: "http", 443: "https"}.get(found.port or 0)
    protocol = found.scheme or known or "http"
    return {"protocol": protocol, "host": found.hostname, "port": found.port or {"https": 443}.get(protocol, 80), "path": found.path or None}


def services() -> Schema:
    timeout = f.integer(1, 2**31 - 2, default=60000)
    plain = {"not_one_of": ["https", "tls"]}
    tls_only = ("client_certificate", "tls_verify", "tls_verify_depth", "ca_certificates")
    rules = [_when("protocol", {"one_of": ["tcp", "tls", "udp", "grpc", "grpcs"]}, "path", {"eq": None})]
    return Schema(
        "services",
        {
            "id": f.key_id(),
            "created_at": f.stamp(),
            "updated_at": f.stamp(),
            "name": f.name(),
            "retries": f.integer(0, 32767, default=5),
            "protocol": f.text(one_of=f.PROTOCOLS, required=True, default="http"),
            "host": f.host(required=True),
            "port": f.port(required=True, default=80),
            "path": f.path(),
            "connect_timeout": {**timeout},
            "write_timeout": {**timeout},
            "read_timeout": {**timeout},
            "tags": f.tags(),
            "client_certificate": f.foreign("certificates"),
            "tls_verify": {"type": "boolean"},
            "tls_verify_depth": f.integer(0, 64, default=None),
            "ca_certificates": {"type": "array", "elements": f.text(uuid=True)},
            "enabled": f.boolean(True, required=True),
        },
        rules + [_when("protocol", plain, name, {"eq": None}) for name in tls_only],
        {"url": f.text(func=_url)},
        endpoint_key="name",
    )


def _any_of(kind: str, extra: list[str]) -> dict[str, Any]:
    """What a route of a protocol must match by at least; its encrypted form may also match by server name."""
    return {
        "conditional_at_least_one_of": {
            "if_field": "protocols",
            "if_match": {"contains": kind + "s"},
            "then_at_least_one_of": [*extra, "snis"],
            "then_err": f"must set one of %s when 'protocols' is '{kind}s'",
            "else_match": {"contains": kind},
            "else_then_at_least_one_of": extra,
            "else_then_err": f"must set one of %s when 'protocols' is '{kind}'",
        }
    }


def _never(each: Field, name: str, protocols: str) -> Field:
    return {**each, "eq": None, "err": f"cannot set '{name}' when 'protocols' is {protocols}"}


def _route_kinds(whole: dict[str, Field]) -> dict[str, Schema]:
    """The protocol of a route decides which of its fields may be set (routes_subschemas.lua)."""
    http = {name: _never(whole[name], name, "'http' or 'https'") for name in ("sources", "destinations")}
    grpc = {name: _never(whole[name], name, "'grpc' or 'grpcs'") for name in ("methods", "sources", "destinations")}
    grpc["strip_path"] = f.boolean(False, required=True, ne=True, err="cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'")
    stream = {name: _never(whole[name], name, "'tcp', 'tls', 'tls_passthrough' or 'udp'") for name in ("methods", "hosts", "paths", "headers")}
    raw, passed = {"type": "string", "one_of": ["tcp", "tls", "udp"]}, {"type": "string", "one_of": ["tls_passthrough"]}
    needed = {"if_field": "protocols", "if_match": {"elements": raw}, "then_at_least_one_of": ["sources", "destinations", "snis"]}
    named = {"if_field": "protocols", "if_match": {"elements": passed}, "then_at_least_one_of": ["snis"]}
    stream_rules: Rules = [
        {"conditional_at_least_one_of": {**needed, "then_err": "must set one of %s when 'protocols' is 'tcp', 'tls' or 'udp'"}},
        {"conditional_at_least_one_of": {**named, "then_err": "must set snis when 'protocols' is 'tls_passthrough'"}},
    ]
    web = Schema("http", http, [_any_of("http", ["methods", "hosts", "headers", "paths"])])
    rpc = Schema("grpc", grpc, [_any_of("grpc", ["hosts", "headers", "paths"])])
    tcp = Schema("tcp", stream, stream_rules)
    return {"http": web, "https": web, "grpc": rpc, "grpcs": rpc, "tcp": tcp, "tls": tcp, "udp": tcp, "tls_passthrough": tcp}


def _hosts() -> Field:
    wild = [{"pattern": "^[^*]*%*?[^*]*$", "err": "invalid wildcard: must have at most one wildcard"}]
    where = {"patterns": ["^%*%.", "%.%*$", "^[^*]*$"], "err": "invalid wildcard: must be placed at leftmost or rightmost label"}
    plain = f.host_with_port()["custom_validator"]
    element = f.text(match_all=wild, match_any=where, custom_validator=lambda host: plain(host.replace("*", "abc")))
    return {"type": "array", "elements": element}


def _wildcard_host(host: str) -> str | None:
    if "*" in host[1:-1]:
        return "wildcard must be leftmost or rightmost character"
    return "only one wildcard must be specified" if host.count("*") > 1 else f.valid_sni(host.replace("*", "wildcard"))


def routes(flavor: str) -> Schema:
    kinds = [["http", "https"], ["tcp", "tls", "udp"], ["tls_passthrough"], ["grpc", "grpcs"]]
    host_err = "cannot contain 'host' header, which must be specified in the 'hosts' attribute"
    sni = f.sni() if flavor == "traditional" else f.text(custom_validator=_wildcard_host)
    every = f.text(one_of=f.PROTOCOLS)
    encrypted = {"elements": {"type": "string", "not_one_of": ["grpcs", "https", "tls", "tls_passthrough"]}}
    snis_err = "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'"
    whole = {
        "id": f.key_id(),
        "created_at": f.stamp(),
        "updated_at": f.stamp(),
        "name": f.name(),
        "protocols": {"type": "set", "len_min": 1, "required": True, "elements": every, "mutually_exclusive_subsets": kinds, "default": ["http", "https"]},
        "https_redirect_status_code": {"type": "integer", "one_of": [426, 301, 302, 307, 308], "default": 426, "required": True},
        "strip_path": f.boolean(True, required=True),
        "preserve_host": f.boolean(False, required=True),
        "request_buffering": f.boolean(True, required=True),
        "response_buffering": f.boolean(True, required=True),
        "tags": f.tags(),
        "service": f.foreign("services"),
        "snis": {"type": "set", "elements": sni},
        "sources": f.addresses(),
        "destinations": f.addresses(),
        "methods": {"type": "set", "elements": f.text(match="^%u+$")},
        "hosts": _hosts(),
        "paths": {"type": "array", "elements": f.router_path()},
        "headers": f.headers(match_none=[{"pattern": "^[Hh][Oo][Ss][Tt]$", "err": host_err}]),
        "regex_priority": {"type": "integer", "default": 0},
        "path_handling": f.text(default="v0", one_of=["v0", "v1"]),
    }
    rules = [_when("protocols", encrypted, "snis", {"len_eq": 0}, then_err=snis_err)]
    return Schema("routes", whole, rules, subschema_key="protocols", subschemas=_route_kinds(whole), endpoint_key="name")


def consumers() -> Schema:
    whole = {
        "id": f.key_id(),
        "created_at": f.stamp(),
        "updated_at": f.stamp(),
        "username": f.text(unique=True),
        "custom_id": f.text(unique=True),
        "tags": f.tags(),
    }
    return Schema("consumers", whole, [{"at_least_one_of": ["custom_id", "username"]}], endpoint_key="username")


def _credential(**more: Field) -> dict[str, Field]:
    owner = f.foreign("consumers", required=True, on_delete="cascade")
    return {"id": f.key_id(), "created_at": f.stamp(), "consumer": owner, **more, "tags": f.tags()}


def keyauth_credentials() -> Schema:
    whole = _credential(key=f.text(required=False, unique=True, auto=True))
    return Schema("keyauth_credentials", whole, endpoint_key="key", cache_key=("key",), admin_name="key-auths", nested_name="key-auth", ttl=True)


def acls() -> Schema:
    return Schema("acls", _credential(group=f.text(required=True)), cache_key=("consumer", "group"))


def basicauth_credentials() -> Schema:
    """The password is kept as a hash, salted with the consumer's id (kong/plugins/basic-auth/crypto.lua)."""
    whole = _credential(username=f.text(required=True, unique=True), password=f.text(required=True, encrypted=True))
    rule = {
        "input": ["password"],
        "needs": ["consumer.id"],
        "on_write": lambda password, owner: {"password": hashlib.sha1((password + owner).encode()).hexdigest()},  # noqa: S324 - Kong's own
    }
    return Schema(
        "basicauth_credentials",
        whole,
        transformations=[rule],
        endpoint_key="username",
        cache_key=("username",),
        admin_name="basic-auths",
        nested_name="basic-auth",
    )


def _pem(key: str) -> str | None:
    """A public key as a block of PEM; whether its numbers are sound is left to Kong."""
    return None if re.search(r"-----BEGIN [A-Z ]*(KEY|CERTIFICATE)-----[\s\S]+-----END", key) else "invalid key"


def jwt_secrets() -> Schema:
    names = [kind + size for kind in ("HS", "RS", "ES", "PS") for size in ("256", "384", "512")] + ["EdDSA"]
    signed = {"match_any": {"patterns": [f"^{name}$" for name in names if name[:2] in ("RS", "PS", "Ed")]}}
    whole = _credential(
        key=f.text(required=False, unique=True, auto=True),
        secret=f.text(auto=True),
        rsa_public_key=f.text(),
        algorithm=f.text(default="HS256", one_of=names),
    )
    rules = [_when("algorithm", signed, "rsa_public_key", {"required": True, "custom_validator": _pem})]
    return Schema("jwt_secrets", whole, rules, endpoint_key="key", cache_key=("key",), admin_name="jwts", nested_name="jwt")


def certificates() -> Schema:
    """Only there to be pointed at: this server keeps none."""
    return Schema("certificates", {"id": f.key_id(), "created_at": f.stamp(), "updated_at": f.stamp(), "tags": f.tags()})
