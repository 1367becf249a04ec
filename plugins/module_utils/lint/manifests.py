# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain objects as lint reads them: anything may be missing or of another type, and nothing is checked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.objects import GroupKind, Object, group_of

Place = tuple[str, str]
"""Namespace and name."""

NAMESPACE = GroupKind("", "Namespace")


@dataclass(frozen=True)
class Manifest:
    """A plain object that is declared."""

    obj: Object
    origin: str
    kind: GroupKind
    namespace: str
    name: str


def manifest(obj: Any, origin: str, namespace: str) -> Manifest | None:
    """A plain object, if it looks like one; whether it is good is the store's to say."""
    kind, version, name = at(obj, "kind"), at(obj, "apiVersion"), at(obj, "metadata", "name")
    if not (isinstance(kind, str) and isinstance(version, str) and isinstance(name, str)):
        return None
    group_kind, own = GroupKind(group_of(version), kind), at(obj, "metadata", "namespace")
    home = "" if group_kind == NAMESPACE else own if isinstance(own, str) and own else namespace
    return Manifest(dict(obj), origin, group_kind, home, name)


def at(value: Any, *path: str) -> Any:
    """What lies under a path of keys, None where it ends before."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def listed(value: Any) -> list[Any]:
    """A list, empty where something else stands in its place."""
    return value if isinstance(value, list) else []


def labels_of(obj: Any) -> dict[str, Any]:
    found = at(obj, "metadata", "labels")
    return dict(found) if isinstance(found, Mapping) else {}


def service_ports(service: Object | None) -> set[int]:
    found = (at(port, "port") for port in listed(at(service, "spec", "ports")))
    return {port for port in found if isinstance(port, int)}
