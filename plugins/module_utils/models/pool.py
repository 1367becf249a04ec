# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""InferencePool: the pods that serve one model, and the endpoint picker that chooses among them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ..engine.objects import GroupKind, Object
from .codecs import ListOf, Report, Text, Whole
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
class HealthCheck:
    """How a load balancer of a cloud asks a pool's pods whether they are well. Gateways in the cluster read that off the pods themselves."""

    type: str | None = optional(Text("a protocol", choices=("HTTP", "HTTPS", "HTTP2", "GRPC", "TCP")))
    path: str | None = optional(Text("a path", r"/[A-Za-z0-9/\-._~%!?$&'()*+,;=:]*", 2048, "/health"))
    port: int | None = optional(PORT)
    grpc_service: str | None = optional(Text("the name of a gRPC service", r"[\x21-\x7e]+", 1024, "vllm.grpc.engine.VllmEngine"))
    interval: int | None = optional(Whole(1, 300, "seconds"))
    timeout: int | None = optional(Whole(1, 300, "seconds"))
    healthy: int | None = optional(Whole(1, 10, "a number of answers"))
    unhealthy: int | None = optional(Whole(1, 10, "a number of answers"))

    HINTS: ClassVar[dict[str, str]] = {"requestPath": "Write path.", "checkIntervalSec": "Write interval.", "timeoutSec": "Write timeout."}

    def check(self, where: str, report: Report) -> None:
        http = (self.type or "HTTP").startswith("HTTP")
        if self.path is not None and not http:
            report.add(f"{where}.path", f"belongs to HTTP, not to {self.type}.", "Take it away, or write type: HTTP.")
        if self.grpc_service is not None and self.type != "GRPC":
            report.add(f"{where}.grpc_service", "belongs to type GRPC.", "Take it away, or write type: GRPC.")
        check_seconds(self.interval, self.timeout, where, report)


HEALTH_ANNOTATION = "inference.gateway/health-check"
"""Annotation of an InferencePool that says its health check, as JSON: its own fields cannot, and the info module reads it back."""


def check_seconds(interval: int | None, timeout: int | None, where: str, report: Report) -> None:
    """GKE takes 5 seconds for whichever of the two is not said."""
    if (timeout or 5) > (interval or 5):
        said = f"timeout {timeout}" if timeout else "timeout, 5 where none is said,"
        wanted = f"{interval}" if interval else "5, which GKE takes where none is said"
        report.add(where, f"{said} is more than interval, {wanted}.", "Write both, timeout at most as long as interval.")


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
    health_check: HealthCheck | None = optional(Nested(HealthCheck))

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
        "metadata": dropped({"name": entry.name, "namespace": entry.namespace, "labels": pool.labels, "annotations": _notes(pool)}),
        "spec": dropped(
            {
                "selector": {"matchLabels": dict(pool.selector)},
                "targetPorts": [{"number": port} for port in pool.ports],
                "appProtocol": pool.app_protocol,
                "endpointPickerRef": picker_ref(pool.endpoint_picker),
            }
        ),
    }


def _notes(pool: Pool) -> dict[str, str]:
    if pool.health_check in (None, HealthCheck()):
        return pool.annotations or {}
    return {**(pool.annotations or {}), HEALTH_ANNOTATION: json.dumps(dropped(vars(pool.health_check)), separators=(",", ":"))}


def picker_ref(picker: EndpointPicker | None) -> dict[str, Any]:
    if picker is None or picker.ref is None:
        return {}
    port = {"number": picker.port} if picker.port is not None else None
    return reference(picker.ref) | dropped({"port": port, "failureMode": picker.failure_mode})
