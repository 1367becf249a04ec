# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lints entries as the modules do, without a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import BuildContext
from ansible_collections.inference.gateway.plugins.module_utils.lint.gather import world as gathered
from ansible_collections.inference.gateway.plugins.module_utils.lint.registry import all_rules
from ansible_collections.inference.gateway.plugins.module_utils.lint.world import Facts, World
from ansible_collections.inference.gateway.plugins.module_utils.models import manifest
from unit.models.support import EVERY, nothing_served

ALL = {**EVERY, manifest.KIND.option: manifest.KIND}
SHORT = {"routes": "inference_routes", "pools": "inference_pools", "objectives": "inference_objectives"}
SHORT |= {name: f"apigee_{name}" for name in ("products", "developers", "apps")}


def world(
    *,
    renderer: str = "gateway_api",
    kong: dict[str, Any] | None = None,
    backend: str = "kubernetes",
    groups: list[str] | None = None,
    facts: Facts | None = None,
    **lists: list[Any],
) -> World:
    """A list that is not given is not known."""
    seen: dict[str, Sequence[Any]] = {}
    for name, entries in lists.items():
        option = SHORT.get(name, name)
        build = ALL[option].elsewhere["kong"] if backend == "admin" else ALL[option].build
        build(entries, BuildContext("default", {"renderer": renderer, "kong": kong}, nothing_served, seen.__setitem__))
    return replace(gathered(seen, "default", renderer), facts=facts or {}, kong_groups=None if groups is None else frozenset(groups))


def found(rule: str, known: World) -> list[str]:
    """The findings of one rule, each as the line that a user reads."""
    return [str(issue) for issue in all_rules()[rule].check(known)]
