# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways: class, listeners, TLS, addresses."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import ClassVar

from ..engine.objects import GroupKind
from .codecs import Flag, ListOf, MapOf, Report, Text
from .decode import Nested, Short, optional, required, several
from .refs import SECRET, Ref, Resource
from .text import (
    ANNOTATIONS,
    GROUP,
    HOSTNAME,
    KIND,
    LABELS,
    NAME,
    NAMESPACE,
    PORT,
    SECTION,
)

PROTOCOLS = ("HTTP", "HTTPS", "TLS", "TCP", "UDP")
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
PROTOCOL = Text("a protocol, such as HTTP, HTTPS or TLS", rf"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?|{_LABEL}([.]{_LABEL})*/[A-Za-z0-9]+", 255, "HTTP")
CERTIFICATE_MAP = "networking.gke.io/certmap"
"""Annotation of a Gateway of GKE whose certificates are in Google's Certificate Manager."""
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
OPTIONS = MapOf(Text("an option's name", longest=317, example="example.com/min-version"), Text("an option's value", empty=True), most=16)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A Secret with a certificate and its key, or another kind that the implementation knows."""

    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    group: str | None = optional(GROUP)
    kind: str | None = optional(KIND)

    @property
    def ref(self) -> Ref:
        return Ref(GroupKind(self.group or "", self.kind or SECRET.kind), self.name)


CERTIFICATE = Short(Certificate, "name")
CERTIFICATES = ListOf(CERTIFICATE, 64)
CA = ListOf(CERTIFICATE, 16, least=1)
CA_MODE = Text("a mode", choices=("AllowValidOnly", "AllowInsecureFallback"))


@dataclass(frozen=True, kw_only=True)
class ListenerTls:
    mode: str | None = optional(Text("a mode", choices=("Terminate", "Passthrough")))
    certificates: tuple[Certificate, ...] = several(CERTIFICATES)
    options: dict[str, str] | None = optional(OPTIONS)

    HINTS: ClassVar[dict[str, str]] = {"certificateRefs": "Write certificates."}

    def check(self, where: str, report: Report) -> None:
        if self.mode != "Passthrough" and not self.certificates and not self.options:
            report.add(where, "ends TLS here but has no certificate.", "Write certificates: with the name of a Secret, or mode: Passthrough.")


@dataclass(frozen=True, kw_only=True)
class Expression:
    key: str = required(LABELS.key)
    operator: str = required(Text("an operator", choices=OPERATORS))
    values: tuple[str, ...] = several(ListOf(Text("a label's value", longest=63, empty=True), 64))

    def check(self, where: str, report: Report) -> None:
        if (self.operator in ("In", "NotIn")) != bool(self.values):
            report.add(f"{where}.values", f"do not fit operator {self.operator}.", "In and NotIn need values, Exists and DoesNotExist have none.")


@dataclass(frozen=True, kw_only=True)
class Namespaces:
    """Namespaces from which something is taken; labels alone mean those that carry them."""

    from_: str | None = optional(Text("an origin", choices=("Same", "All", "Selector", "None")), key="from")
    selector: dict[str, str] | None = optional(LABELS)
    expressions: tuple[Expression, ...] = several(ListOf(Nested(Expression), 64))

    @property
    def origin(self) -> str | None:
        return "Selector" if self.from_ is None and (self.selector or self.expressions) else self.from_

    def check_namespaces(self, where: str, report: Report, none_allowed: bool) -> None:
        if (self.origin == "Selector") != bool(self.selector or self.expressions):
            problem = "has from: Selector without a selector." if self.origin == "Selector" else f"has from: {self.origin} and a selector."
            report.add(where, problem, "Write selector: with labels, and from: Selector or nothing.")
        if self.origin == "None" and not none_allowed:
            report.add(f"{where}.from", "cannot be None here.", "Write Same, All or Selector.")


@dataclass(frozen=True, kw_only=True)
class RouteKind:
    kind: str = required(KIND)
    group: str | None = optional(GROUP)


@dataclass(frozen=True, kw_only=True)
class AllowedRoutes(Namespaces):
    kinds: tuple[RouteKind, ...] = several(ListOf(Short(RouteKind, "kind"), 8))

    def check(self, where: str, report: Report) -> None:
        self.check_namespaces(where, report, none_allowed=False)


@dataclass(frozen=True, kw_only=True)
class AllowedListeners(Namespaces):
    def check(self, where: str, report: Report) -> None:
        self.check_namespaces(where, report, none_allowed=True)


@dataclass(frozen=True, kw_only=True)
class Listener:
    name: str = required(SECTION)
    port: int = required(PORT)
    protocol: str | None = optional(PROTOCOL)
    hostname: str | None = optional(HOSTNAME)
    tls: ListenerTls | None = optional(Nested(ListenerTls))
    routes: AllowedRoutes | None = optional(Nested(AllowedRoutes))

    HINTS: ClassVar[dict[str, str]] = {"allowedRoutes": "Write routes.", "hostnames": "Write hostname; a listener has one.", "allowed_routes": "Write routes."}

    @property
    def spoken(self) -> str:
        """The protocol: said, or HTTPS where there is a certificate and HTTP where there is none."""
        return self.protocol or ("HTTPS" if self.tls else "HTTP")

    def check(self, where: str, report: Report) -> None:
        if self.spoken.upper() in PROTOCOLS and self.spoken not in PROTOCOLS:
            report.add(f"{where}.protocol", f"{self.spoken} is not a protocol.", f"Write {self.spoken.upper()}.")
        if self.tls is not None and self.spoken in ("HTTP", "TCP", "UDP"):
            report.add(f"{where}.tls", f"cannot be had with protocol {self.spoken}.", "Write protocol: HTTPS (or TLS), or take tls away.")
        if self.tls is not None and self.spoken == "HTTPS" and self.tls.mode == "Passthrough":
            report.add(f"{where}.tls.mode", "HTTPS ends TLS at the gateway.", "Write protocol: TLS to pass it through.")
        if self.tls is not None and self.spoken == "TLS" and self.tls.mode is None:
            report.add(f"{where}.tls.mode", "is missing: protocol TLS needs it.", "Write Terminate or Passthrough.")
        if self.hostname is not None and self.spoken in ("TCP", "UDP"):
            report.add(f"{where}.hostname", f"cannot be had with protocol {self.spoken}.", "Take it away.")


@dataclass(frozen=True, kw_only=True)
class Address:
    value: str | None = optional(Text("an address", longest=253, example="192.0.2.10"))
    type: str | None = optional(Text("a type of address: IPAddress, Hostname, NamedAddress or DOMAIN/NAME", longest=253))

    def check(self, where: str, report: Report) -> None:
        if self.value is None:
            return
        if self.type == "Hostname":
            HOSTNAME.read(self.value, f"{where}.value", report)
        elif self.type in (None, "IPAddress") and not is_address(self.value):
            report.add(f"{where}.value", f"{self.value!r:.80} is no IP address.", "Write one, or {type: Hostname, value: NAME}.")


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Infrastructure:
    labels: dict[str, str] | None = optional(LABELS)
    annotations: dict[str, str] | None = optional(ANNOTATIONS)
    parameters: Resource | None = optional(Nested(Resource))

    HINTS: ClassVar[dict[str, str]] = {"parametersRef": "Write parameters."}

    def check(self, where: str, report: Report) -> None:
        for name, most in (("labels", 8), ("annotations", 16)):
            count = len(getattr(self, name) or {})
            if count > most:
                report.add(f"{where}.{name}", f"has {count} entries; at most {most} are allowed.")


@dataclass(frozen=True, kw_only=True)
class ClientValidation:
    """Which client certificates are good."""

    ca: tuple[Certificate, ...] = required(CA)
    mode: str | None = optional(CA_MODE)


@dataclass(frozen=True, kw_only=True)
class PortValidation:
    port: int = required(PORT)
    ca: tuple[Certificate, ...] = required(CA)
    mode: str | None = optional(CA_MODE)


@dataclass(frozen=True, kw_only=True)
class GatewayTls:
    """Certificates of the Gateway as a whole: its own towards backends, those it asks of clients."""

    backend_certificate: Certificate | None = optional(CERTIFICATE)
    clients: ClientValidation | None = optional(Nested(ClientValidation))
    clients_per_port: tuple[PortValidation, ...] = several(ListOf(Nested(PortValidation), 64))

    def check(self, where: str, report: Report) -> None:
        ports = [item.port for item in self.clients_per_port]
        for index, port in enumerate(ports):
            if port in ports[:index]:
                report.add(f"{where}.clients_per_port[{index}]", f"port {port} is there twice.", "Keep one.")


@dataclass(frozen=True, kw_only=True)
class Gateway:
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    labels: dict[str, str] | None = optional(LABELS)
    annotations: dict[str, str] | None = optional(ANNOTATIONS)
    class_name: str = required(NAME, key="class")
    listeners: tuple[Listener, ...] = required(ListOf(Nested(Listener), 64, least=1))
    addresses: tuple[Address, ...] = several(ListOf(Short(Address, "value"), 16))
    infrastructure: Infrastructure | None = optional(Nested(Infrastructure))
    tls: GatewayTls | None = optional(Nested(GatewayTls))
    allowed_listeners: AllowedListeners | None = optional(Nested(AllowedListeners))
    default_scope: str | None = optional(Text("a scope", choices=("All", "None")))
    grants: bool | None = optional(Flag())

    HINTS: ClassVar[dict[str, str]] = {"gatewayClassName": "Write class.", "gateway_class": "Write class.", "class_name": "Write class."}

    def check(self, where: str, report: Report) -> None:
        self._check_listeners(where, report)
        self._check_certificates(where, report)
        seen: dict[Address, int] = {}
        for index, address in enumerate(self.addresses):
            first = seen.setdefault(address, index) if address.value is not None else index
            if first != index:
                report.add(f"{where}.addresses[{index}]", f"{address.value} is addresses[{first}] already.", "Keep one.")

    def _check_certificates(self, where: str, report: Report) -> None:
        """GKE has no tls on a listener where Certificate Manager holds the certificates, and refuses certificates beside that."""
        mapped = CERTIFICATE_MAP in (self.annotations or {})
        for index, listener in enumerate(self.listeners):
            if listener.tls is None and (listener.spoken == "TLS" or (listener.spoken == "HTTPS" and not mapped)):
                problem = f"protocol {listener.spoken} needs tls."
                report.add(f"{where}.listeners[{index}]", problem, "Write tls: {certificates: [NAME OF A SECRET]}.")

    def _check_listeners(self, where: str, report: Report) -> None:
        names: dict[str, int] = {}
        places: dict[tuple[int, str, str | None], int] = {}
        for index, listener in enumerate(self.listeners):
            first = names.setdefault(listener.name, index)
            if first != index:
                report.add(f"{where}.listeners[{index}].name", f"{listener.name} is the name of listeners[{first}] already.", "Rename one.")
            first = places.setdefault((listener.port, listener.spoken, listener.hostname), index)
            if first != index:
                problem = f"has the port, protocol and hostname of listeners[{first}]."
                report.add(f"{where}.listeners[{index}]", problem, "Give each another port or hostname.")
