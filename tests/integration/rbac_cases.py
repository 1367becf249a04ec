# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of docs/rbac, each with a run of a module that needs all that its roles speak of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .conftest import deployment

ROLES = Path(__file__).parents[2] / "docs" / "rbac"
PLACES = {
    "configmaps": "/api/v1",
    "secrets": "/api/v1",
    "services": "/api/v1",
    "deployments": "/apis/apps/v1",
    "gateways": "/apis/gateway.networking.k8s.io/v1",
    "httproutes": "/apis/gateway.networking.k8s.io/v1",
    "referencegrants": "/apis/gateway.networking.k8s.io/v1beta1",
    "ingresses": "/apis/networking.k8s.io/v1",
    "kongconsumers": "/apis/configuration.konghq.com/v1",
    "kongplugins": "/apis/configuration.konghq.com/v1",
    "inferencepools": "/apis/inference.networking.k8s.io/v1",
    "inferenceobjectives": "/apis/inference.networking.x-k8s.io/v1alpha2",
}
"""Where each kind of the roles is served."""
Entries = list[dict[str, Any]]
Make = Callable[[str, str], Entries]
"""(name, the other namespace) -> the entries of the module, with all that its roles speak of."""


@dataclass(frozen=True)
class Rights:
    """``params`` are the module's further parameters, ``file`` that of the roles where it is not named after the module."""

    module: str
    option: str
    make: Make
    params: dict[str, Any] = field(default_factory=dict)
    file: str = ""

    @property
    def path(self) -> Path:
        return ROLES / f"{self.file or self.module}.yaml"


def service(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}


def gateways(name: str, other: str) -> Entries:
    tls = {"certificates": [{"name": "c", "namespace": other}]}
    return [{"name": name, "class": "none", "listeners": [{"name": "https", "port": 443, "protocol": "HTTPS", "hostname": "a.example.com", "tls": tls}]}]


def routes(name: str, other: str) -> Entries:
    rules = [{"path": "/", "backends": [{"service": "s", "namespace": other, "port": 80}]}]
    return [{"name": name, "parents": ["gw"], "hostnames": [f"{name}.example.com"], "rules": rules}]


def pools(name: str, _other: str) -> Entries:
    return [{"name": name, "selector": {"app": name}, "ports": [8000], "endpoint_picker": {"service": "epp", "port": 9002}}]


def guarded(name: str, other: str) -> Entries:
    return [{**entry, "access": {"groups": [name]}} for entry in routes(name, other)]


def ingresses(name: str, _other: str) -> Entries:
    return [
        {"name": name, "hostnames": [f"{name}.example.com"], "access": {"groups": [name]}, "rules": [{"path": "/", "backends": [{"service": "s", "port": 80}]}]}
    ]


def consumers(name: str, other: str) -> Entries:
    """A key is unique in the whole cluster."""
    return [{"name": name, "groups": [name], "keys": [{"key": f"{name}-{other}"}], "limits": {"requests": {"minute": 60}}}]


KONG = {"renderer": "kong"}
RIGHTS = (
    Rights("applyset", "objects", lambda name, _other: [deployment(name, **{"nvidia.com/gpu": "999"}), service(name)]),
    Rights("gateways", "gateways", gateways),
    Rights("inference_routes", "inference_routes", routes),
    Rights("inference_routes", "inference_routes", guarded, KONG, "inference_routes_kong"),
    Rights("inference_routes", "inference_routes", ingresses, {**KONG, "kong": {"gateway_api": False}}, "inference_routes_ingress"),
    Rights("inference_pools", "inference_pools", pools),
    Rights("inference_objectives", "inference_objectives", lambda name, _other: [{"name": name, "pool": "pool", "priority": 1}]),
    Rights("kong_consumers", "kong_consumers", consumers),
)
NAMES = [rights.path.stem for rights in RIGHTS]
LINT = Rights("inference_lint", "", lambda _name, _other: [])
"""It writes nothing and has no owner, so it is tried in a way of its own."""
