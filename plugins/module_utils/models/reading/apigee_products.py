# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API products back from what Apigee has. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..apigee_operations import GROUP_OF, TYPE_OF

Entry = dict[str, Any]
Tell = Callable[[str, str], None]
"""Told a field of the entity, and why the entry does not say it."""
PLAIN = {
    "name": "name",
    "displayName": "display_name",
    "description": "description",
    "approvalType": "approval",
    "environments": "environments",
    "proxies": "proxies",
    "apiResources": "api_resources",
    "scopes": "scopes",
    "quotaCounterScope": "quota_counter_scope",
    "space": "space",
}
ACCESS = ("public", "private", "internal")
NUMBERS_ONLY = "an entry has whole numbers for limit and interval alone: left as it is."


def product(spec: Mapping[str, Any], tell: Tell) -> Entry:
    """``spec`` is in normal form."""
    entry = {word: spec[name] for name, word in PLAIN.items() if spec.get(name)}
    attributes = dict(spec.get("attributes") or {})
    if attributes.get("access") in ACCESS:
        entry["access"] = attributes.pop("access")
    elif attributes.pop("access", None):
        tell(".spec.attributes.access", f"is none of {', '.join(ACCESS)}: left as it is.")
    if attributes:
        entry["attributes"] = attributes
    for prefix, word in (("quota", "quota"), ("llmQuota", "llm_quota")):
        found = _quota([spec.get(name) for name in (prefix, f"{prefix}Interval", f"{prefix}TimeUnit")])
        if found is None:
            tell(f".spec.{prefix}", NUMBERS_ONLY)
        elif found:
            entry[word] = found
    for word, name in GROUP_OF.items():
        if spec.get(name):
            _group(entry, word, name, spec[name], tell)
    if not spec.get("environments") or not any(spec.get(name) for name in ("proxies", *GROUP_OF.values())):
        entry["open"] = True
    return entry


def _quota(parts: list[Any]) -> Entry | None:
    """None where no entry can say it."""
    limit, interval, unit = parts
    if not any(parts):
        return {}
    if not (str(limit).isdecimal() and str(interval).isdecimal()):
        return None
    return {"limit": int(limit), "interval": int(interval), **({"unit": unit} if unit else {})}


def _group(entry: Entry, word: str, name: str, group: Mapping[str, Any], tell: Tell) -> None:
    """A group is compared as a whole, so one that cannot be said whole is not said at all."""
    read = [_READ[word](config) for config in group["operationConfigs"]]
    if any(item is None for item in read):
        tell(f".spec.{name}", "has a configuration with none or several operations, or with a quota that is no number: the group is left as it is.")
        return
    entry[word] = read
    if word in TYPE_OF and group.get("operationConfigType", "proxy") != "proxy":
        entry[TYPE_OF[word]] = group["operationConfigType"]


def _shared(config: Mapping[str, Any], field: str = "quota") -> Entry | None:
    quota = config.get(field)
    found = _quota([quota.get(name) for name in ("limit", "interval", "timeUnit")]) if quota else {}
    if found is None:
        return None
    attributes = {item["name"]: item["value"] for item in config.get("attributes") or () if item["value"]}
    parts = {"source": config.get("apiSource"), "quota": found, "attributes": attributes}
    return {name: part for name, part in parts.items() if part}


def _one(config: Mapping[str, Any], operations: str, words: Mapping[str, str], field: str = "quota") -> Entry | None:
    """A configuration about one operation."""
    shared = _shared(config, field)
    found: list[Mapping[str, Any]] = list(config.get(operations) or ())
    if shared is None or len(found) != 1:
        return None
    return {**shared, **{word: found[0][name] for name, word in words.items() if found[0].get(name)}}


def _grpc(config: Mapping[str, Any]) -> Entry | None:
    shared = _shared(config)
    return None if shared is None else {**shared, **{name: config[name] for name in ("service", "methods") if config.get(name)}}


def _payload(config: Mapping[str, Any]) -> Entry | None:
    shared = _shared(config)
    return None if shared is None else {**shared, "operations": [item.get("operation") for item in config.get("operations") or ()]}


REST = {"resource": "resource", "methods": "methods"}
_READ: dict[str, Callable[[Mapping[str, Any]], Entry | None]] = {
    "operations": lambda config: _one(config, "operations", REST),
    "graphql_operations": lambda config: _one(config, "operations", {"operation": "operation", "operationTypes": "types"}),
    "grpc_operations": _grpc,
    "llm_operations": lambda config: _one(config, "llmOperations", {**REST, "model": "model"}, "llmTokenQuota"),
    "payload_operations": _payload,
}
