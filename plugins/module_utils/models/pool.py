# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""InferencePool: the pods that serve one model, and the endpoint picker that chooses among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ..engine.objects import GroupKind, Object
from .codecs import ListOf, Report, Text
from .decode import Entry, Nested, optional, required
from .grants import version_of
from .refs import INFERENCE_POOL, SERVICE, Ref, Resource, dropped, reference
from .text import ANNOTATIONS, LABELS, NAME, NAMESPACE, PORT, SERVICE_NAME


@dataclass(frozen=True, kw_only=True)
class EndpointPicker:
    """The service that the gateway asks which pod is to answer; it lives in the pool's namespace."""

    service: str | None = optional(SERVICE_NAME)
    resource: Resource | None = optional(Nested(Resource))
    port: int | None = optional(PORT)
    failure_mode: str | None = optional(Text("a failure mode", choices=("FailOpen", "FailClose")))

    HINTS: ClassVar[dict[str, str]] = {"name": "Write service.", "failureMode": "Write failure_mode.", "namespace": "The picker lives in the pool's namespace."}

    @property
    def ref(self) -> Ref | None:
        if self.service is not None:
            return Ref(SERVICE, self.service)
        return self.resource.ref if self.resource is not None else None

    def check(self, where: str, report: Report) -> None:
        if (self.service is None) == (self.resource is None):
            report.add(where, "exactly one of service or resource is wanted.", "Write for example {service: demo-epp, port: 9002}.")
        if self.service is not None and self.port is None:
            report.add(where, f"port is missing: Service {self.service} needs it.", "Write port: 9002, the usual one of an endpoint picker.")


@dataclass(frozen=True, kw_only=True)
class Pool:
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    labels: dict[str, str] | None = optional(LABELS)
    annotations: dict[str, str] | None = optional(ANNOTATIONS)
    selector: dict[str, str] = required(LABELS)
    ports: tuple[int, ...] = required(ListOf(PORT, 8, least=1, unique=True))
    endpoint_picker: EndpointPicker | None = optional(Nested(EndpointPicker))
    app_protocol: str | None = optional(Text("a protocol", choices=("http", "kubernetes.io/h2c")))

    HINTS: ClassVar[dict[str, str]] = {
        "port": "Write ports: with a list.",
        "targetPorts": "Write ports: with a list of numbers.",
        "matchLabels": "Write selector: with the labels.",
        "endpointPickerRef": "Write endpoint_picker.",
    }

    def check(self, where: str, report: Report) -> None:
        if not self.selector:
            report.add(f"{where}.selector", "is empty: it would take every pod of the namespace.", "Write the labels of the model's pods.")


def render_pool(entry: Entry[Pool], served: Callable[[GroupKind], tuple[str, ...]]) -> Object:
    pool = entry.value
    return {
        "apiVersion": f"{INFERENCE_POOL.group}/{version_of(INFERENCE_POOL, served, 'v1')}",
        "kind": INFERENCE_POOL.kind,
        "metadata": dropped({"name": entry.name, "namespace": entry.namespace, "labels": pool.labels, "annotations": pool.annotations}),
        "spec": dropped(
            {
                "selector": {"matchLabels": dict(pool.selector)},
                "targetPorts": [{"number": port} for port in pool.ports],
                "appProtocol": pool.app_protocol,
                "endpointPickerRef": picker_ref(pool.endpoint_picker),
            }
        ),
    }


def picker_ref(picker: EndpointPicker | None) -> dict[str, Any]:
    if picker is None or picker.ref is None:
        return {}
    port = {"number": picker.port} if picker.port is not None else None
    return reference(picker.ref) | dropped({"port": port, "failureMode": picker.failure_mode})
