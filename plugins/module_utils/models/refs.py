# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References to other objects: what a backend, a mirror, a parent or a certificate points at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from ..engine.objects import GroupKind
from .codecs import Report
from .decode import Nested, optional, required
from .text import GROUP, KIND, NAME, NAMESPACE, PORT, SERVICE_NAME

SERVICE = GroupKind("", "Service")
SECRET = GroupKind("", "Secret")
GATEWAY = GroupKind("gateway.networking.k8s.io", "Gateway")
HTTP_ROUTE = GroupKind("gateway.networking.k8s.io", "HTTPRoute")
REFERENCE_GRANT = GroupKind("gateway.networking.k8s.io", "ReferenceGrant")
INFERENCE_POOL = GroupKind("inference.networking.k8s.io", "InferencePool")


@dataclass(frozen=True)
class Ref:
    """One object that is pointed at, by its kind."""

    target: GroupKind
    name: str


@dataclass(frozen=True, kw_only=True)
class Resource:
    """An object of any kind in the same namespace, or in the one named beside it."""

    group: str = required(GROUP)
    kind: str = required(KIND)
    name: str = required(NAME)

    @property
    def ref(self) -> Ref:
        return Ref(GroupKind(self.group, self.kind), self.name)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where requests go: exactly one of a Service, an InferencePool or an object of any other kind."""

    service: str | None = optional(SERVICE_NAME)
    pool: str | None = optional(NAME)
    resource: Resource | None = optional(Nested(Resource))
    namespace: str | None = optional(NAMESPACE)
    port: int | None = optional(PORT)

    HINTS: ClassVar[dict[str, str]] = {
        "name": "Write service: NAME for a Service, pool: NAME for an InferencePool, resource: {group, kind, name} for anything else.",
        "kind": "Write service: NAME for a Service, pool: NAME for an InferencePool, resource: {group, kind, name} for anything else.",
    }

    def kinds(self) -> list[str]:
        """The fields given that say what is pointed at; a good target has one."""
        return [name for name in ("service", "pool", "resource") if getattr(self, name) is not None]

    def check_target(self, where: str, report: Report, others: tuple[str, ...] = ()) -> None:
        given = [*self.kinds(), *others]
        if len(given) != 1:
            problem = "points at nothing" if not given else f"has {' and '.join(given)}"
            report.add(where, f"{problem}; exactly one of service, pool or resource is wanted.", "Write for example {service: ollama, port: 11434}.")
        if self.service is not None and self.port is None:
            report.add(where, f"port is missing: Service {self.service} needs it.", "Write port: followed by the Service's port.")

    @cached_property
    def ref(self) -> Ref | None:
        if self.service is not None:
            return Ref(SERVICE, self.service)
        if self.pool is not None:
            return Ref(INFERENCE_POOL, self.pool)
        return self.resource.ref if self.resource is not None else None


def reference(ref: Ref, namespace: str | None = None, port: int | None = None, default: GroupKind = SERVICE) -> dict[str, Any]:
    """A reference as the API writes it, without what it would fill in itself."""
    result: dict[str, Any] = {}
    if ref.target != default:
        result |= {"group": ref.target.group, "kind": ref.target.kind}
    result["name"] = ref.name
    return result | dropped({"namespace": namespace, "port": port})


def dropped(mapping: dict[str, Any]) -> dict[str, Any]:
    """Without what was not given, and without empty lists and dictionaries."""
    return {key: value for key, value in mapping.items() if value or (value is not None and not isinstance(value, (tuple, dict, list)))}
