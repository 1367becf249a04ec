# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds entries as the modules do, without a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import BuildContext, Desired, GroupKind, Kind
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds import (
    apigee_apps,
    apigee_developers,
    apigee_products,
    consumers,
    gateways,
    objectives,
    pools,
    routes,
)

KINDS: dict[str, Kind] = {module.KIND.option: module.KIND for module in (gateways, routes, pools, objectives, consumers)}
APIGEE: dict[str, Kind] = {module.KIND.option: module.KIND for module in (apigee_products, apigee_developers, apigee_apps)}
EVERY = {**KINDS, **APIGEE}
Served = Callable[[GroupKind], tuple[str, ...]]


def nothing_served(_kind: GroupKind) -> tuple[str, ...]:
    return ()


def context(params: Mapping[str, Any] | None = None, served: Served = nothing_served) -> BuildContext:
    return BuildContext(namespace="default", params=params or {}, served=served)


def desired(option: str, entries: list[Any], served: Served = nothing_served, elsewhere: str = "", **params: Any) -> list[Desired]:
    """``elsewhere`` names a server besides the cluster."""
    build = EVERY[option].elsewhere[elsewhere] if elsewhere else EVERY[option].build
    return build(entries, context(params, served))


def built(option: str, entries: list[Any], served: Served = nothing_served, **params: Any) -> list[dict[str, Any]]:
    return [item.obj for item in desired(option, entries, served, **params)]


def issues(option: str, entries: list[Any], **params: Any) -> list[str]:
    """Every error of the input, each as the line that a user reads."""
    try:
        desired(option, entries, **params)
    except InputError as error:
        return [str(issue) for issue in error.issues]
    return []


def route(*rules: Any, **fields: Any) -> dict[str, Any]:
    return {"name": "chat", "rules": list(rules), **fields}


BACKEND = {"service": "ollama", "port": 11434}


def rule(**fields: Any) -> dict[str, Any]:
    return {"backends": [BACKEND], **fields}
