# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of GKE that belong to a backend: how its health is asked for, and how long it may take. One of each kind for a backend, in its namespace.

Told from the definitions that Google publishes (GoogleCloudPlatform/gke-gateway-api, config/crd) and from "Configure Gateway resources using Policies".
"""

from __future__ import annotations

import hashlib
from typing import Any

from ..engine.objects import GroupKind, Object
from ..models.decode import Entry
from ..models.pool import HealthCheck, Pool
from ..models.refs import INFERENCE_POOL, Ref, dropped

GROUP = "networking.gke.io"
API_VERSION = f"{GROUP}/v1"
HEALTH_CHECK_POLICY = GroupKind(GROUP, "HealthCheckPolicy")
BACKEND_POLICY = GroupKind(GROUP, "GCPBackendPolicy")
LONGEST_NAME = 253
SECTIONS = {"HTTP": "httpHealthCheck", "HTTPS": "httpsHealthCheck", "HTTP2": "http2HealthCheck", "GRPC": "grpcHealthCheck", "TCP": "tcpHealthCheck"}
SECONDS = 5
"""What GKE takes for the interval, and for the time of an answer."""


def policy_name(ref: Ref) -> str:
    """``inferencepool.llama``: unique, because a kind holds no dot."""
    full = f"{ref.target.kind.lower()}.{ref.name}"
    if len(full) <= LONGEST_NAME:
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:16]
    return f"{full[: LONGEST_NAME - len(digest) - 1].rstrip('-.')}-{digest}"


def policy(kind: GroupKind, namespace: str, ref: Ref, default: dict[str, Any]) -> Object:
    return {
        "apiVersion": API_VERSION,
        "kind": kind.kind,
        "metadata": {"name": policy_name(ref), "namespace": namespace},
        "spec": {"default": default, "targetRef": {"group": ref.target.group, "kind": ref.target.kind, "name": ref.name}},
    }


def pool_health(entry: Entry[Pool]) -> Object:
    """Without one GKE asks a pool's pods for ``/``, which model servers answer by 404, and sends them nothing."""
    pool = entry.value
    return policy(HEALTH_CHECK_POLICY, entry.namespace, Ref(INFERENCE_POOL, entry.name), health(pool.health_check or HealthCheck(), pool.ports[0]))


def health(check: HealthCheck, port: int | None) -> dict[str, Any]:
    """The port is always said with how it is meant: newer definitions refuse one that stands alone."""
    protocol = check.type or "HTTP"
    port = check.port or port
    asked = {"requestPath": check.path or "/health"} if protocol.startswith("HTTP") else {"grpcServiceName": check.grpc_service}
    placed = {"port": port, "portSpecification": "USE_FIXED_PORT"} if port else {"portSpecification": "USE_SERVING_PORT"}
    return dropped(
        {
            "checkIntervalSec": check.interval,
            "timeoutSec": check.timeout,
            "healthyThreshold": check.healthy,
            "unhealthyThreshold": check.unhealthy,
            "config": {"type": protocol, SECTIONS[protocol]: dropped(asked | placed)},
        }
    )
