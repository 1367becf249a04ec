# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's plugins for what a route says of keys, limits and changes. All of them are in the community edition, but for the one that counts tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..models.access import DEFAULT_HEADER, Access
from ..models.filters import Cors, Redirect
from ..models.limits import SECONDS, Amount, Limits, Redis
from ..models.refs import dropped
from ..models.route import Backend, Route, Rule
from .kong_match import alternatives
from .kong_options import AI_MAX_BODY, KongOptions

PROVIDERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "openai": ("Authorization", {}),
    "cohere": ("Authorization", {}),
    "anthropic": ("x-api-key", {"anthropic_version": "2023-06-01"}),
}
"""The header that carries a provider's key, and what ai-proxy has to be told besides."""
WILD = r"\*"
KEY_OF_HEADER, KEY_OF_PASSWORD = "header_value", "password"
"""Keys of Secrets, whose values the controller reads as JSON."""


@dataclass(frozen=True)
class Patch:
    """A part of a plugin's configuration that a Secret holds."""

    path: str
    secret: str
    key: str


@dataclass(frozen=True)
class Plugin:
    name: str
    config: dict[str, Any]
    patches: tuple[Patch, ...] = field(default=())


def route_plugins(route: Route) -> list[Plugin]:
    """For the whole route. A key alone opens nothing: key-auth asks only whether somebody has it, so it never comes without acl."""
    made = []
    if route.access is not None and not route.access.open:
        made += [Plugin("key-auth", key_auth(route.access)), Plugin("acl", {"allow": sorted(route.access.groups), "hide_groups_header": True})]
    if route.limits is not None and route.limits.requests is not None:
        made.append(request_limits(route.limits))
    return made


def request_limits(limits: Limits) -> Plugin:
    """Of a route, or of a consumer, whose own take the place of the route's."""
    return _with_redis("rate-limiting", rate_limiting(limits), limits.redis)


def key_auth(access: Access) -> dict[str, Any]:
    """Kong itself passes the key on, and takes it from the query, from where it comes into every log."""
    return {
        "key_names": [access.header or DEFAULT_HEADER],
        "hide_credentials": access.hide is not False,
        "key_in_header": True,
        "key_in_query": access.query is True,
        "key_in_body": False,
    }


def rate_limiting(limits: Limits) -> dict[str, Any]:
    windows = limits.requests.windows if limits.requests else {}
    who = {"limit_by": limits.by, "header_name": limits.header, "path": limits.path}
    return windows | dropped({**who, "policy": limits.policy or "local", "fault_tolerant": limits.fault_tolerant})


def _with_redis(name: str, config: dict[str, Any], redis: Redis | None) -> Plugin:
    if redis is None:
        return Plugin(name, config)
    patches = (Patch("/redis/password", redis.secret, KEY_OF_PASSWORD),) if redis.secret else ()
    return Plugin(name, config | {"redis": redis.plain}, patches)


def rule_plugins(route: Route, rule: Rule, options: KongOptions) -> list[Plugin]:
    """For one rule, which HTTPRoute has no words for."""
    made = [Plugin("cors", cors(rule.cors))] if rule.cors else []
    provider = next((backend for backend in rule.backends if backend.provider is not None), None)
    if provider is not None:
        made.append(ai_proxy(rule, provider, options))
        if route.limits is not None and route.limits.tokens is not None:
            made.append(_with_redis("ai-rate-limiting-advanced", token_limits(provider, route.limits, route.limits.tokens), route.limits.redis))
    return made


def change_plugins(rule: Rule) -> list[Plugin]:
    """Changes that the controller makes of an HTTPRoute's filters, for where there is none."""
    made = []
    if request := transformed(rule):
        made.append(Plugin("request-transformer", request))
    if rule.response_headers is not None:
        made.append(Plugin("response-transformer", _changes(rule.response_headers.set, rule.response_headers.add, rule.response_headers.remove)))
    if rule.redirect is not None:
        made.append(Plugin("redirect", redirected(rule.redirect)))
    return made


def transformed(rule: Rule) -> dict[str, Any]:
    """Headers of the request, its host, and the whole of its path; a prefix is for Kong's route and service to change."""
    change, rewrite = rule.request_headers, rule.rewrite
    headers = dict(change.set or {}) if change else {}
    if rewrite is not None and rewrite.hostname is not None:
        headers["host"] = rewrite.hostname
    config = _changes(headers, change.add if change else None, change.remove if change else ())
    if rewrite is not None and rewrite.path is not None and rewrite.path.full is not None:
        config["replace"] = {**config.get("replace", {}), "uri": rewrite.path.full}
    return config


def _changes(set_: Mapping[str, str] | None, add: Mapping[str, str] | None, remove: tuple[str, ...]) -> dict[str, Any]:
    """Kong replaces only what is there and adds only what is not, so both together are to set."""
    pairs = sorted(f"{name}:{value}" for name, value in (set_ or {}).items())
    more = sorted(f"{name}:{value}" for name, value in (add or {}).items())
    parts = {"replace": pairs, "add": pairs, "append": more, "remove": sorted(remove)}
    return {part: {"headers": headers} for part, headers in parts.items() if headers}


def redirected(redirect: Redirect) -> dict[str, Any]:
    port = f":{redirect.port}" if redirect.port is not None else ""
    path = redirect.path.full if redirect.path is not None else None
    return {
        "status_code": redirect.status or 302,
        "location": f"{redirect.scheme}://{redirect.hostname}{port}{path or '/'}",
        "keep_incoming_path": path is None,
    }


def cors(declared: Cors) -> dict[str, Any]:
    """Where Gateway API says ``*``, Kong allows all methods and headers by saying nothing. A pattern of origins is a regular expression to it."""
    return dropped(
        {
            "origins": [_origin(origin) for origin in declared.allow_origins],
            "credentials": declared.allow_credentials,
            "methods": [method for method in declared.allow_methods if method != "*"],
            "headers": [name for name in declared.allow_headers if name != "*"],
            "exposed_headers": list(declared.expose_headers),
            "max_age": declared.max_age,
        }
    )


def _origin(origin: str) -> str:
    return origin if origin == "*" or "*" not in origin else f"^{re.escape(origin).replace(WILD, '.*')}$"


def ai_proxy(rule: Rule, backend: Backend, options: KongOptions) -> Plugin:
    """The limit of the body is always said: a request beyond it is refused by 400, as if its JSON were bad, and Kong's own is 8 KiB."""
    header, more = PROVIDERS.get(backend.provider or "", ("Authorization", {}))
    config: dict[str, Any] = {
        "route_type": _route_type(rule),
        "model": dropped({"provider": backend.provider, "name": backend.model, "options": dict(more)}),
        "max_request_body_size": options.ai_max_body or AI_MAX_BODY,
    }
    if backend.secret is None:
        return Plugin("ai-proxy", config)
    return Plugin("ai-proxy", config | {"auth": {"header_name": header}}, (Patch("/auth/header_value", backend.secret, KEY_OF_HEADER),))


def _route_type(rule: Rule) -> str:
    asked = [(match.path.exact or match.path.prefix or "") if match.path else "" for match in alternatives(rule)]
    plain = all(path.endswith("/completions") and not path.endswith("/chat/completions") for path in asked)
    return "llm/v1/completions" if plain else "llm/v1/chat"


def token_limits(backend: Backend, limits: Limits, tokens: Amount) -> dict[str, Any]:
    windows = tokens.windows
    provider = {"name": backend.provider, "limit": list(windows.values()), "window_size": [SECONDS[name] for name in windows]}
    identifier = {"identifier": limits.by, "header_name": limits.header, "path": limits.path}
    return {"llm_providers": [provider], "strategy": limits.policy or "local"} | dropped(identifier)
