# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's published schemas, asked for only when something stands that is not declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from ..transport import ApiError, Transport
from .compare import Field, Schema


@dataclass
class Schemas:
    """One request for each entity or plugin, once a run."""

    transport: Transport
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    def of(self, kind: str, plugin: str) -> Schema:
        """Of one entity; the settings of a plugin stand in that plugin's own schema."""

        def ask(path: tuple[str, ...]) -> Field | None:
            inner = kind == "plugins" and path[0] == "config"
            node: Any = {"fields": self._fields(f"plugins/{plugin}" if inner else kind)}
            for part in path:
                node = _member(node, part)
                if node is None:
                    return None
            return Field(str(node.get("type") or ("foreign" if "reference" in node else "string")), _default(node))

        return ask

    def _fields(self, name: str) -> Any:
        with self.lock:
            if name not in self.known:
                try:
                    self.known[name] = self.transport.request("GET", f"/schemas/{name}")
                except ApiError as error:
                    if error.status != 404:
                        raise
                    self.known[name] = {}  # a plugin that this Kong does not have: its own refusal says more
            return self.known[name].get("fields") or ()


def _member(node: Mapping[str, Any], name: str) -> Any:
    """Schemas list their fields as mappings of one name each."""
    fields = node.get("fields") or ()
    return next((each[name] for each in fields if isinstance(each, Mapping) and name in each), None)


def _default(node: Mapping[str, Any]) -> Any:
    """A record without a default of its own has those of its fields."""
    if node.get("default") is not None or node.get("type") != "record":
        return node.get("default")
    pairs = ((name, _default(about)) for each in node.get("fields") or () for name, about in each.items())
    found = {name: value for name, value in pairs if value is not None}
    return found or None
