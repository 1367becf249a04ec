# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes manifests as they are: what module ``applyset`` manages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.info import Info, manifests
from ..engine.objects import BuildContext, Desired, Kind


def build(entries: list[Any], _context: BuildContext) -> list[Desired]:
    """Each entry is an object already; the store checks it."""
    return [Desired(entry, f"objects[{index}]{_label(entry)}") for index, entry in enumerate(entries)]


def _label(entry: Any) -> str:
    meta = entry.get("metadata") if isinstance(entry, Mapping) else None
    name = meta.get("name") if isinstance(meta, Mapping) else None
    return f" ({entry.get('kind')} {name})" if name else ""


KIND = Kind(option="objects", group_kinds=(), build=build, named=False)
INFO = Info(KIND, manifests, {"kinds": {"type": "list", "elements": "str"}, "secrets": {"type": "bool", "default": False}})
