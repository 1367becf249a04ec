# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes manifests as they are: what module ``applyset`` manages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.info import Info, manifests
from ..engine.objects import BuildContext, Desired, Kind

OPTION = "objects"


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    """Each entry is an object already; the store checks it."""
    desired = [Desired(entry, f"{OPTION}[{index}]{_label(entry)}") for index, entry in enumerate(entries)]
    context.inspect(OPTION, desired)
    return desired


def _label(entry: Any) -> str:
    meta = entry.get("metadata") if isinstance(entry, Mapping) else None
    name = meta.get("name") if isinstance(meta, Mapping) else None
    return f" ({entry.get('kind')} {name})" if name else ""


KIND = Kind(option=OPTION, group_kinds=(), build=build, named=False)
INFO = Info(KIND, manifests, {"kinds": {"type": "list", "elements": "str"}, "secrets": {"type": "bool", "default": False}})
