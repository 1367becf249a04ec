# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apigee's entities in the one envelope in which the engine moves them, and the normal form in which two of them are compared. Pure.

Facts from Google's discovery document of ``apigee`` v1, revision 20261006. In normal form attributes are a mapping, sets are sorted lists, whole numbers are
digits in text (as the API writes int64), and on the side of the server what is empty is left out, since proto JSON leaves it out too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from ..engine.objects import Key, Object

GROUP = "apigee"
API_VERSION = f"{GROUP}/v1"
PRODUCTS, DEVELOPERS, APPS = "products", "developers", "apps"

APIGEE_OPTIONS: dict[str, Any] = {
    "organization": {"type": "str", "required": True, "fallback": ("env", ["APIGEE_ORG"])},
    "api_endpoint": {"type": "str", "default": "https://apigee.googleapis.com"},
    "access_token": {"type": "str", "no_log": True, "fallback": ("env", ["GCP_ACCESS_TOKEN"])},
    "service_account_file": {"type": "path", "fallback": ("env", ["GCP_SERVICE_ACCOUNT_FILE"])},
    "service_account_contents": {"type": "jsonarg", "no_log": True, "fallback": ("env", ["GCP_SERVICE_ACCOUNT_CONTENTS"])},
    "impersonate_service_account": {"type": "str"},
    "quota_project": {"type": "str"},
}
"""The argument spec of the way to Apigee. ``fallback`` names its source in words, since only Ansible has the function: see :mod:`engine.run`."""

MANAGED_BY, MANAGER = "managed-by", "inference.gateway"
OWNER = "inference-gateway-owner"
SLOT = "inference-gateway-key"
MARKS = (MANAGED_BY, OWNER)
MOST_ATTRIBUTES = 18
"""On one entity, ours included: the discovery document names the limit for products and developers."""
DEFAULT_SLOT = "default"
SERVER_MADE = ("createdAt", "lastModifiedAt")

SETS = ("environments", "proxies", "apiResources", "scopes", "methods", "operationTypes", "products", "apiProducts", "pending")
"""Lists whose order means nothing."""
NUMBERS = ("quota", "quotaInterval", "llmQuota", "llmQuotaInterval", "limit", "interval", "keyExpiresIn", "expiresInSeconds")
QUOTAS = ("quota", "llmTokenQuota")
"""Fields of an operation's configuration that hold a quota, whose unit is the hour where none is given."""
GROUPS: dict[str, tuple[str, ...]] = {
    "operationGroup": ("apiSource", "operations", "quota", "attributes"),
    "graphqlOperationGroup": ("apiSource", "operations", "quota", "attributes"),
    "grpcOperationGroup": ("apiSource", "service", "methods", "quota", "attributes"),
    "llmOperationGroup": ("apiSource", "llmOperations", "llmTokenQuota", "attributes"),
    "payloadOperationGroup": ("apiSource", "operations", "quota", "attributes"),
}
"""The operation groups of a product, with the fields of one configuration. What a later API adds is left alone, and carried along."""
TYPED = ("operationGroup", "graphqlOperationGroup")
"""Groups that say whether their sources are proxies or remote services; proxies where nothing is said."""


def key(kind: str, name: str) -> Key:
    return Key(GROUP, kind, "", name)


def entity(kind: str, name: str, spec: Mapping[str, Any]) -> Object:
    """One entity in the envelope of the engine. ``spec`` is in normal form."""
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": dict(spec)}


def unknown_slot(consumer_key: str) -> str:
    """What a key is called that bears no name of ours: never a part of its value."""
    return f"~{hashlib.sha256(consumer_key.encode()).hexdigest()[:8]}"


# -- attributes -----------------------------------------------------------------------------------------------------------------------


def attributes_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of an entity as the API has them, all of them."""
    found = row.get("attributes")
    return (
        {str(item["name"]): str(item.get("value") or "") for item in found if isinstance(item, Mapping) and item.get("name")} if isinstance(found, list) else {}
    )


def attribute_list(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """As the API wants them."""
    return [{"name": name, "value": value} for name, value in attributes.items()]


def users_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Without our own marks, and without empty ones: to declare one empty is to have it gone."""
    return {name: value for name, value in attributes.items() if name not in (*MARKS, SLOT) and value}


def changed_attributes(live: Mapping[str, str], wanted: Mapping[str, str], marks: Mapping[str, str]) -> dict[str, str]:
    """All attributes as they have to be: the declared ones and our marks, whatever else stands, and none that is declared empty. One that is not declared and
    is empty stays: others may mean something by that.
    """
    return {name: value for name, value in {**live, **wanted, **marks}.items() if value or name not in wanted}


def crowded(live: Mapping[str, str], wanted: Mapping[str, str], marks: Mapping[str, str]) -> list[str]:
    """Why not all attributes find a place; nothing where they do."""
    after = changed_attributes(live, wanted, marks)
    others = sorted(name for name in live if name in after and name not in wanted and name not in marks)
    if len(after) <= MOST_ATTRIBUTES:
        return []
    counted = f"would have {len(after)} attributes with our marks ({', '.join(marks)}), and Apigee takes {MOST_ATTRIBUTES}."
    remedy = "Declare one of them as null to have it gone, or fewer of your own."
    return [f"{counted} Not declared, and there already: {', '.join(others)}. {remedy}"]


# -- normal form ----------------------------------------------------------------------------------------------------------------------


def normal(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec whose lists, numbers and groups are spelled the one way. What is declared empty stays, for it means: has to be empty."""
    return {name: _normal(name, value) for name, value in spec.items()}


def said(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The same for what the server says, where empty and absent are one."""
    return {name: value for name, value in normal(spec).items() if not nothing(value)}


def differences(desired: Mapping[str, Any], live: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Paths of what has to be written, both sides in normal form: only what is declared is looked at, of attributes only those that are named."""
    found: list[tuple[str, ...]] = []
    for name, value in desired.items():
        if name == "attributes":
            there = live.get(name) or {}
            found += [(name, each) for each, wish in value.items() if (wish or "") != there.get(each, "")]
        elif _comparable(value) != _comparable(live.get(name)):
            found.append((name,))
    return found


def merged(desired: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """What will stand after the write."""
    result = {**live, **{name: value for name, value in desired.items() if name != "attributes"}}
    if "attributes" in desired:
        result["attributes"] = changed_attributes(live.get("attributes") or {}, desired["attributes"], {})
    return {name: value for name, value in result.items() if not nothing(value)}


def carried(desired: Any, raw: Any) -> Any:
    """A declared group as it is sent: with what the server has in it besides the fields that we know, configuration by configuration."""
    if isinstance(desired, Mapping) and isinstance(raw, Mapping):
        unknown = {name: value for name, value in raw.items() if name not in _KNOWN}
        return {**unknown, **{name: carried(value, raw.get(name)) for name, value in desired.items()}}
    if isinstance(desired, list) and isinstance(raw, list) and all(isinstance(item, Mapping) for item in [*desired, *raw]):
        standing = {_identity(item): item for item in raw}
        return [carried(item, standing.get(_identity(item))) for item in desired]
    return desired


_KNOWN = {name for names in GROUPS.values() for name in names} | {
    *("operationConfigType", "operationConfigs", "resource", "methods", "model", "operation", "operationTypes"),
    *("limit", "interval", "timeUnit", "name", "value"),
}


def _normal(name: str, value: Any) -> Any:
    if name in GROUPS and isinstance(value, Mapping):
        return _group(name, value)
    if name in SETS and isinstance(value, (list, tuple)):
        return sorted({str(part) for part in value})
    if name in NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _group(name: str, group: Mapping[str, Any]) -> dict[str, Any]:
    """Only what is known of a group, with its defaults filled in, in an order of its own. One that names nothing is empty."""
    configs = [_config(item, GROUPS[name]) for item in group.get("operationConfigs") or () if isinstance(item, Mapping)]
    if not configs:
        return {}
    found: dict[str, Any] = {"operationConfigs": sorted(configs, key=_identity)}
    if name in TYPED:
        found["operationConfigType"] = group.get("operationConfigType") or "proxy"
    return found


def _config(config: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in fields:
        value: Any = config.get(name)
        if nothing(value):
            continue
        if name in QUOTAS:
            found[name] = _quota(value)
        elif name == "attributes":
            found[name] = sorted(({"name": str(item["name"]), "value": str(item.get("value") or "")} for item in value), key=lambda item: item["name"])
        elif name in ("operations", "llmOperations"):
            found[name] = sorted((said(item) for item in value), key=repr)
        else:
            found[name] = _normal(name, value)
    return found


def _quota(value: Mapping[str, Any]) -> dict[str, Any]:
    """An hour is the server's own default; whether a read shows it is nowhere said."""
    return {"timeUnit": "hour", **said({name: value.get(name) for name in ("limit", "interval", "timeUnit")})}


def _identity(config: Mapping[str, Any]) -> str:
    """What tells one configuration of a group from another: its source with what it is about."""
    operations = [said(item) for item in (*(config.get("operations") or ()), *(config.get("llmOperations") or ()))]
    return repr((config.get("apiSource") or config.get("name") or "", config.get("service") or "", _normal("methods", config.get("methods")), operations))


def nothing(value: Any) -> bool:
    """Empty and absent are one to the API."""
    return not value and value in (None, "", [], {}, ())


def _comparable(value: Any) -> Any:
    return None if nothing(value) else value
