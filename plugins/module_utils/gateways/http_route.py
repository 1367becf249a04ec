# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPRoute as Gateway API writes it, without a value that the API would fill in itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models.filters import Auth, Cors, Filters, HeaderChange, Mirror, PathChange, Redirect, Rewrite
from ..models.match import HeaderMatch, Match, PathMatch, QueryMatch
from ..models.refs import GATEWAY, Target, dropped, reference
from ..models.route import Backend, Parent, Retries, Route, Rule, Session, Timeouts

# The statuses that every implementation has to know as retriable; 501 and the rest of the range never get better by asking again.
RETRY_WORDS = {"5xx": (500, 502, 503, 504), "gateway-error": (502, 503, 504)}


def route_spec(route: Route) -> dict[str, Any]:
    return dropped(
        {
            "parentRefs": [parent_ref(parent) for parent in route.parents],
            "useDefaultGateways": route.default_gateways,
            "hostnames": list(route.hostnames),
            "rules": [rule_spec(rule) for rule in route.rules],
        }
    )


def parent_ref(parent: Parent) -> dict[str, Any]:
    return dropped(
        {
            "group": parent.target.group if parent.target.group != GATEWAY.group else None,
            "kind": parent.target.kind if parent.target != GATEWAY else None,
            "namespace": parent.namespace,
            "name": parent.name,
            "sectionName": parent.listener,
            "port": parent.port,
        }
    )


def rule_spec(rule: Rule) -> dict[str, Any]:
    spec = dropped(
        {
            "name": rule.name,
            "matches": [match_spec(match) for match in rule.alternatives],
            "filters": filter_list(rule),
            "backendRefs": [backend_ref(backend) for backend in rule.backends],
            "timeouts": timeouts_spec(rule.timeouts),
            "retry": retry_spec(rule.retries),
        }
    )
    return spec if rule.session_persistence is None else spec | {"sessionPersistence": session_spec(rule.session_persistence)}


def match_spec(match: Match) -> dict[str, Any]:
    return dropped(
        {
            "path": path_spec(match.path) if match.path else None,
            "headers": value_matches(match.headers or {}, fold=True),
            "queryParams": value_matches(match.query or {}, fold=False),
            "method": match.method,
        }
    )


def path_spec(path: PathMatch) -> dict[str, Any]:
    if path.exact is not None:
        return {"type": "Exact", "value": path.exact}
    if path.regex is not None:
        return {"type": "RegularExpression", "value": path.regex}
    return {"value": path.prefix}


def value_matches(matches: Mapping[str, HeaderMatch | QueryMatch], fold: bool) -> list[dict[str, Any]]:
    """Sorted by name: the order of a dictionary's keys must not look like a change."""
    result: list[dict[str, Any]] = []
    for name in sorted(matches, key=lambda name: (name.lower() if fold else name, name)):
        match = matches[name]
        exact = {"name": name, "value": match.exact}
        result.append(exact if match.exact is not None else {"type": "RegularExpression", "name": name, "value": match.regex})
    return result


def backend_ref(backend: Backend) -> dict[str, Any]:
    return target_ref(backend) | dropped({"weight": backend.weight, "filters": filter_list(backend)})


def target_ref(target: Target) -> dict[str, Any]:
    """The namespace stands where the entry names one, the route's own too: an adopted route may spell it out, and then it has to stay."""
    return reference(target.ref, target.namespace, target.port) if target.ref else {}


def filter_list(filters: Filters) -> list[dict[str, Any]]:
    """In the order in which a request meets them: who may ask, who asks, what it carries, where it goes."""
    made: list[dict[str, Any]] = []
    if filters.cors:
        made.append({"type": "CORS", "cors": cors_spec(filters.cors)})
    if filters.auth:
        made.append({"type": "ExternalAuth", "externalAuth": auth_spec(filters.auth)})
    made += [{"type": "ExtensionRef", "extensionRef": {"group": item.group, "kind": item.kind, "name": item.name}} for item in filters.extensions]
    if filters.request_headers:
        made.append({"type": "RequestHeaderModifier", "requestHeaderModifier": header_change(filters.request_headers)})
    if filters.response_headers:
        made.append({"type": "ResponseHeaderModifier", "responseHeaderModifier": header_change(filters.response_headers)})
    made += [{"type": "RequestMirror", "requestMirror": mirror_spec(mirror)} for mirror in filters.mirrors]
    if filters.rewrite:
        made.append({"type": "URLRewrite", "urlRewrite": rewrite_spec(filters.rewrite)})
    if filters.redirect:
        made.append({"type": "RequestRedirect", "requestRedirect": redirect_spec(filters.redirect)})
    return made


def header_change(change: HeaderChange) -> dict[str, Any]:
    return dropped({"set": header_values(change.set), "add": header_values(change.add), "remove": list(change.remove)})


def header_values(values: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted((values or {}).items(), key=lambda item: (item[0].lower(), item[0]))]


def path_change(change: PathChange) -> dict[str, Any]:
    if change.prefix is not None:
        return {"type": "ReplacePrefixMatch", "replacePrefixMatch": change.prefix}
    return {"type": "ReplaceFullPath", "replaceFullPath": change.full}


def rewrite_spec(rewrite: Rewrite) -> dict[str, Any]:
    return dropped({"hostname": rewrite.hostname, "path": path_change(rewrite.path) if rewrite.path else None})


def redirect_spec(redirect: Redirect) -> dict[str, Any]:
    return dropped(
        {
            "scheme": redirect.scheme,
            "hostname": redirect.hostname,
            "path": path_change(redirect.path) if redirect.path else None,
            "port": redirect.port,
            "statusCode": redirect.status,
        }
    )


def mirror_spec(mirror: Mirror) -> dict[str, Any]:
    fraction = mirror.fraction
    return dropped(
        {
            "backendRef": target_ref(mirror),
            "percent": mirror.percent,
            "fraction": dropped({"numerator": fraction.numerator, "denominator": fraction.denominator}) if fraction else None,
        }
    )


def cors_spec(cors: Cors) -> dict[str, Any]:
    return dropped(
        {
            "allowOrigins": list(cors.allow_origins),
            "allowCredentials": cors.allow_credentials,
            "allowMethods": list(cors.allow_methods),
            "allowHeaders": list(cors.allow_headers),
            "exposeHeaders": list(cors.expose_headers),
            "maxAge": cors.max_age,
        }
    )


def auth_spec(auth: Auth) -> dict[str, Any]:
    """The API wants the section of the protocol to be there even when it says nothing."""
    section = dropped({"path": auth.path, "allowedHeaders": list(auth.allowed_headers), "allowedResponseHeaders": list(auth.allowed_response_headers)})
    body = {"forwardBody": {"maxSize": auth.max_body}} if auth.max_body is not None else {}
    return {"protocol": auth.protocol, "backendRef": target_ref(auth), auth.protocol.lower(): section} | body


def timeouts_spec(timeouts: Timeouts | None) -> dict[str, Any]:
    return dropped({"request": timeouts.request, "backendRequest": timeouts.backend}) if timeouts else {}


def retry_spec(retries: Retries | None) -> dict[str, Any]:
    """Failures to connect are retried by any route that has a retry section; the API has no word for them."""
    if retries is None:
        return {}
    codes: set[int] = set()
    for word in retries.on:
        codes.update((int(word),) if word.isdigit() else RETRY_WORDS.get(word, ()))
    return dropped({"codes": sorted(codes), "attempts": retries.attempts, "backoff": retries.backoff})


def session_spec(session: Session) -> dict[str, Any]:
    """``session_persistence: {}`` asks for it with everything left to the gateway, so even an empty section is written."""
    cookie = {"lifetimeType": session.cookie_lifetime} if session.cookie_lifetime else None
    return dropped({"sessionName": session.name, "type": session.type, "absoluteTimeout": session.absolute_timeout, "cookieConfig": cookie})
