# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of GKE Gateway as a user declares them: how a backend's health is asked for, how its requests are handled, what a Gateway is besides.

What the server itself would refuse is said here in the inventory's words (rules of GoogleCloudPlatform/gke-gateway-api, config/crd).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..engine.objects import Object
from ..gateways.gke import SERVICE_IMPORT
from ..gateways.gke_policies import API_VERSION, SECTIONS, health
from ..models.codecs import Flag, Report, Text, Whole
from ..models.decode import Entry, Nested, optional, required
from ..models.pool import HealthCheck
from ..models.refs import GATEWAY, INFERENCE_POOL, SERVICE, Ref, dropped
from ..models.text import NAME, NAMESPACE, PLAIN_HOSTNAME, SERVICE_NAME
from .tree import Tree

ASCII = Text("plain text", r"[\x20-\x7e]+", 1024, "ok")
AFFINITIES = ("CLIENT_IP", "CLIENT_IP_PORT_PROTO", "CLIENT_IP_PROTO", "GENERATED_COOKIE", "HEADER_FIELD", "HTTP_COOKIE", "NONE")
COOKIES = ("GENERATED_COOKIE", "HTTP_COOKIE")
OF_TYPE = {
    "host": ("HTTP", "HTTPS", "HTTP2"),
    "request": ("TCP",),
    "response": ("HTTP", "HTTPS", "HTTP2", "TCP"),
    "proxy_header": ("HTTP", "HTTPS", "HTTP2", "TCP"),
}


@dataclass(frozen=True, kw_only=True)
class OfBackend:
    """What policies of a backend have in common: a name, and the one backend, in the policy's own namespace."""

    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    pool: str | None = optional(NAME)
    service: str | None = optional(SERVICE_NAME)
    service_import: str | None = optional(SERVICE_NAME)

    @property
    def ref(self) -> Ref:
        if self.pool is not None:
            return Ref(INFERENCE_POOL, self.pool)
        return Ref(SERVICE, self.service) if self.service is not None else Ref(SERVICE_IMPORT, self.service_import or "")

    def check_backend(self, where: str, report: Report) -> None:
        given = [name for name in ("pool", "service", "service_import") if getattr(self, name) is not None]
        if len(given) != 1:
            problem = f"has {' and '.join(given)}" if given else "names no backend"
            report.add(where, f"{problem}; exactly one of pool, service and service_import is wanted.", "Write for example pool: llama.")


@dataclass(frozen=True, kw_only=True)
class GkeHealthCheck(OfBackend, HealthCheck):
    host: str | None = optional(PLAIN_HOSTNAME)
    port_name: str | None = optional(Text("the name of a port", r"[a-z]([-a-z0-9]*[a-z0-9])?", 63, "http"))
    response: str | None = optional(ASCII)
    request: str | None = optional(ASCII)
    proxy_header: str | None = optional(Text("a header", choices=("NONE", "PROXY_V1")))
    log: bool | None = optional(Flag())

    def check(self, where: str, report: Report) -> None:
        self.check_backend(where, report)
        super().check(where, report)
        protocol = self.type or "HTTP"
        for name, types in OF_TYPE.items():
            if getattr(self, name) is not None and protocol not in types:
                report.add(f"{where}.{name}", f"belongs to {' or '.join(types)}, not to {protocol}.", "Take it away, or write another type.")
        if self.port is not None and self.port_name is not None:
            report.add(where, "has port and port_name.", "Keep one.")


@dataclass(frozen=True, kw_only=True)
class Logging:
    enabled: bool = required(Flag())
    sample_rate: int | None = optional(Whole(0, 1_000_000, "how many of a million requests"))

    HINTS: ClassVar[dict[str, str]] = {
        "sampleRate": "Write sample_rate.",
        # https://github.com/GoogleCloudPlatform/gke-gateway-api/issues/32
        "optional_fields": "GKE's definition refuses it, although it is documented. Take it away.",
        "optionalFields": "GKE's definition refuses it, although it is documented. Take it away.",
    }


@dataclass(frozen=True, kw_only=True)
class Iap:
    enabled: bool = required(Flag())
    client_id: str | None = optional(Text("an OAuth client", r"\S+", 512))
    secret: str | None = optional(NAME)

    def check(self, where: str, report: Report) -> None:
        if self.enabled and (self.client_id is None) != (self.secret is None):
            missing = "secret" if self.secret is None else "client_id"
            report.add(where, f"{missing} is missing beside the other.", "Write client_id and secret, or neither for the client that Google manages.")


@dataclass(frozen=True, kw_only=True)
class Affinity:
    type: str = required(Text("a kind of affinity", choices=AFFINITIES))
    cookie_ttl: int | None = optional(Whole(0, 1_209_600, "seconds"))

    def check(self, where: str, report: Report) -> None:
        if self.cookie_ttl is not None and self.type not in COOKIES:
            report.add(f"{where}.cookie_ttl", f"belongs to {' and '.join(COOKIES)}, not to {self.type}.", "Take it away.")


@dataclass(frozen=True, kw_only=True)
class BackendPolicy(OfBackend):
    timeout: int | None = optional(Whole(1, 2_147_483_647, "seconds"))
    draining: int | None = optional(Whole(0, 3600, "seconds"))
    logging: Logging | None = optional(Nested(Logging))
    max_rate_per_endpoint: int | None = optional(Whole(1, 1_000_000_000, "requests a second"))
    preference: str | None = optional(Text("a preference", choices=("DEFAULT", "PREFERRED")))
    security_policy: str | None = optional(Text("the name of a policy", r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", 63, "edge-policy"))
    iap: Iap | None = optional(Nested(Iap))
    session_affinity: Affinity | None = optional(Nested(Affinity))
    further: dict[str, Any] | None = optional(Tree())

    HINTS: ClassVar[dict[str, str]] = {"timeoutSec": "Write timeout, in seconds.", "timeouts": "Write timeout, in seconds."}

    def check(self, where: str, report: Report) -> None:
        self.check_backend(where, report)
        for name in sorted(set(self.further or ()) & set(self.spec(plain=True))):
            report.add(f"{where}.further.{name}", "is said by a field of the entry already.", "Keep one.")
        if not self.spec():
            report.add(where, "says nothing.", "Write for example timeout: 300, or take it away.")

    def spec(self, plain: bool = False) -> dict[str, Any]:
        logging, iap, affinity = self.logging, self.iap, self.session_affinity
        secret = {"name": iap.secret} if iap and iap.secret else None
        made = dropped(
            {
                "timeoutSec": self.timeout,
                "connectionDraining": {"drainingTimeoutSec": self.draining} if self.draining is not None else None,
                "logging": dropped({"enabled": logging.enabled, "sampleRate": logging.sample_rate}) if logging else None,
                "maxRatePerEndpoint": self.max_rate_per_endpoint,
                "backendPreference": self.preference,
                "securityPolicy": self.security_policy,
                "iap": dropped({"enabled": iap.enabled, "clientID": iap.client_id, "oauth2ClientSecret": secret}) if iap else None,
                "sessionAffinity": dropped({"type": affinity.type, "cookieTtlSec": affinity.cookie_ttl}) if affinity else None,
            }
        )
        return made if plain else {**made, **(self.further or {})}


@dataclass(frozen=True, kw_only=True)
class GatewayPolicy:
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    gateway: str = required(NAME)
    ssl_policy: str | None = optional(Text("the name of an SSL policy", r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", 63, "tls-1-2"))
    allow_global_access: bool | None = optional(Flag())
    region: str | None = optional(Text("a region", r"[a-z]+-[a-z]+[0-9]+", 63, "us-central1"))

    @property
    def ref(self) -> Ref:
        return Ref(GATEWAY, self.gateway)

    def check(self, where: str, report: Report) -> None:
        if self.ssl_policy is None and self.allow_global_access is None and self.region is None:
            report.add(where, "says nothing.", "Write ssl_policy, allow_global_access or region, or take it away.")


def health_check(entry: Entry[GkeHealthCheck]) -> Object:
    check = entry.value
    default = health(check, None)
    section = default["config"][SECTIONS[check.type or "HTTP"]]
    section |= dropped({"host": check.host, "response": check.response, "request": check.request, "proxyHeader": check.proxy_header})
    if check.port_name is not None:
        section |= {"portName": check.port_name, "portSpecification": "USE_NAMED_PORT"}
    if check.log is not None:
        default["logConfig"] = {"enabled": check.log}
    return made("HealthCheckPolicy", entry, check.ref, default)


def backend_policy(entry: Entry[BackendPolicy]) -> Object:
    return made("GCPBackendPolicy", entry, entry.value.ref, entry.value.spec())


def gateway_policy(entry: Entry[GatewayPolicy]) -> Object:
    policy = entry.value
    default = dropped({"sslPolicy": policy.ssl_policy, "allowGlobalAccess": policy.allow_global_access, "region": policy.region})
    return made("GCPGatewayPolicy", entry, policy.ref, default)


def made(kind: str, entry: Entry[Any], ref: Ref, default: dict[str, Any]) -> Object:
    target = {"group": ref.target.group, "kind": ref.target.kind, "name": ref.name}
    spec = {"targetRef": target, "default": default}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": entry.name, "namespace": entry.namespace}, "spec": spec}
