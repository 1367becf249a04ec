# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API products."""

from __future__ import annotations

import re
from typing import Any

from . import errors
from .request import Request, few_attributes, page, same_name
from .state import Entity, Organization, now

NAME = re.compile(r"^[A-Za-z0-9._\-$ %]+$")
UNITS = ("minute", "hour", "day", "month")
# Field -> the words that its prose allows [D]; the schema has only strings there.
WORDS = {"approvalType": ("auto", "manual"), "quotaTimeUnit": UNITS, "llmQuotaTimeUnit": UNITS}
GROUPS = ("operationGroup", "graphqlOperationGroup", "grpcOperationGroup", "llmOperationGroup", "payloadOperationGroup")
# "The call will fail" when the two are given together [D operationGroup, llmOperationGroup, payloadOperationGroup].
APART = (
    ("apiResources", "operationGroup"),
    ("apiResources", "llmOperationGroup"),
    ("apiResources", "payloadOperationGroup"),
    ("proxies", "payloadOperationGroup"),
)
SERVER_MADE = ("createdAt", "lastModifiedAt")


def _one_of(where: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value and value not in allowed:
        raise errors.invalid(f"Invalid value for {where}: {value}. It has to be one of {', '.join(allowed)}")


def _operation(where: str, kind: str, config: Entity) -> None:
    pairs = config.get("llmOperations" if kind == "llmOperationGroup" else "operations", [])
    if kind in ("operationGroup", "graphqlOperationGroup", "llmOperationGroup") and len(pairs) > 1:
        # "Currently, you can specify only a single resource/method pair" [D OperationConfig, GraphQLOperationConfig, LlmOperationConfig].
        raise errors.invalid(f"{where} has {len(pairs)} operations, only a single one is allowed")
    few_attributes(config.get("attributes"))
    for pair in pairs:
        methods = pair.get("methods", [])
        if kind == "llmOperationGroup" and any(method != method.upper() for method in methods):
            raise errors.invalid(f"{where} has methods that are not in uppercase: {methods}")
        for each in pair.get("operationTypes", []):
            _one_of(f"{where}.operationTypes", each, ("query", "mutation"))
        if kind == "payloadOperationGroup" and "*" in pair["operation"]:
            # "Wildcards are not supported" [D PayloadOperation.operation].
            raise errors.invalid(f"{where} has a wildcard in the operation {pair['operation']}")


def _group(kind: str, group: Entity) -> None:
    _one_of(f"{kind}.operationConfigType", group.get("operationConfigType"), ("proxy", "remoteservice"))
    for number, config in enumerate(group["operationConfigs"]):
        where = f"{kind}.operationConfigs[{number}]"
        _operation(where, kind, config)
        for quota in ("quota", "llmTokenQuota"):
            _one_of(f"{where}.{quota}.timeUnit", config.get(quota, {}).get("timeUnit"), UNITS)


def _exist(what: str, named: list[str], there: frozenset[str] | None) -> None:
    unknown = sorted(set(named) - there) if there is not None else []
    if unknown:
        raise errors.invalid(f"{what} {', '.join(unknown)} do not exist")


def _check(org: Organization, body: Entity) -> None:
    for field, allowed in WORDS.items():
        _one_of(field, body.get(field), allowed)
    few_attributes(body.get("attributes"))
    for one, other in APART:
        if body.get(one) and body.get(other):
            raise errors.invalid(f"{one} cannot be specified together with {other}")
    for kind in GROUPS:
        if body.get(kind):
            _group(kind, body[kind])
    sources = [config["apiSource"] for kind in GROUPS for config in body.get(kind, {}).get("operationConfigs", [])]
    if body.get("operationGroup", {}).get("operationConfigType") != "remoteservice":
        _exist("proxies", [*body.get("proxies", []), *sources], org.settings.proxies)
    _exist("environments", body.get("environments", []), org.settings.environments)


def _filled(org: Organization, body: Entity) -> Entity:
    """ "If limit and interval are valid, the default value is hour" [D Quota.timeUnit]."""
    if not org.settings.shows_hour:
        return body
    for kind in GROUPS:
        for config in body.get(kind, {}).get("operationConfigs", []):
            for quota in ("quota", "llmTokenQuota"):
                if config.get(quota):
                    config[quota].setdefault("timeUnit", "hour")
    return body


def create(org: Organization, request: Request) -> Entity:
    body = request.body
    name = body.get("name", "")
    if not NAME.match(name):
        raise errors.invalid(f"Invalid name {name!r}: characters are restricted to A-Z0-9._-$ %")
    _check(org, body)
    if name in org.products:
        raise errors.product_exists(name)
    moment = now()
    org.products[name] = {**_filled(org, body), "createdAt": moment, "lastModifiedAt": moment}
    return org.products[name]


def update(org: Organization, request: Request) -> Entity:
    """What the body does not name is gone: "you must include any optional values" [D apiproducts.update]."""
    old, body = org.product(request.product), request.body
    same_name(body, "name", old["name"])
    _check(org, body)
    kept = {field: value for field, value in _filled(org, body).items() if field not in SERVER_MADE}
    if "space" not in kept and "space" in old:
        # A product changes its space by :move [D apiproducts.move].
        kept["space"] = old["space"]
    org.products[old["name"]] = {**kept, "name": old["name"], "createdAt": old["createdAt"], "lastModifiedAt": now()}
    return org.products[old["name"]]


def move(org: Organization, request: Request) -> Entity:
    product = org.product(request.product)
    product["space"] = request.body.get("space", "")
    return product


def get(org: Organization, request: Request) -> Entity:
    return org.product(request.product)


def delete(org: Organization, request: Request) -> Entity:
    product = org.product(request.product)
    name = product["name"]
    keys = [key for app in org.apps.values() for key in app["credentials"]]
    if org.settings.refuses_referenced and any(each["apiproduct"] == name for key in keys for each in key["apiProducts"]):
        raise errors.still_referenced(name)
    for key in keys:
        key["apiProducts"] = [each for each in key["apiProducts"] if each["apiproduct"] != name]
    return org.products.pop(name)


def _has(product: Entity, query: dict[str, str]) -> bool:
    if "attributename" not in query:
        return True
    wanted = (query["attributename"], query.get("attributevalue"))
    return any((each.get("name"), each.get("value")) == wanted for each in product.get("attributes", []))


def every(org: Organization, request: Request) -> Entity:
    query = request.query
    if "space" in query and "attributename" in query:
        # "Composite queries with attributename and attributevalue are not supported yet" [D apiproducts.list].
        raise errors.invalid("space cannot be combined with attributename and attributevalue")
    found = [name for name, each in org.products.items() if _has(each, query) and query.get("space", each.get("space")) == each.get("space")]
    listed: list[Any] = [org.products[name] for name in page(request, found, org.settings.page, needs_count=False)]
    return {"apiProduct": listed if request.flag("expand") else [{"name": each["name"]} for each in listed]}
