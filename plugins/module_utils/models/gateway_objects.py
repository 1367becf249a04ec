# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways as the API writes them, and the grants that let them read certificates of other namespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..engine.objects import GroupKind, Object
from .decode import Entry
from .gateway import (
    Address,
    AllowedRoutes,
    Certificate,
    ClientValidation,
    Gateway,
    GatewayTls,
    Infrastructure,
    Listener,
    ListenerTls,
    Namespaces,
    PortValidation,
    RouteKind,
)
from .grants import grants, version_of
from .refs import GATEWAY, SECRET, Ref, dropped, reference


def render_gateway(entry: Entry[Gateway], served: Callable[[GroupKind], tuple[str, ...]]) -> list[Object]:
    gateway = entry.value
    made: Object = {
        "apiVersion": f"{GATEWAY.group}/{version_of(GATEWAY, served, 'v1')}",
        "kind": GATEWAY.kind,
        "metadata": dropped({"name": entry.name, "namespace": entry.namespace, "labels": gateway.labels, "annotations": gateway.annotations}),
        "spec": gateway_spec(gateway),
    }
    if gateway.grants is False:
        return [made]
    return [*grants(GATEWAY, entry.namespace, entry.name, foreign_certificates(gateway), served), made]


def gateway_spec(gateway: Gateway) -> dict[str, Any]:
    return dropped(
        {
            "gatewayClassName": gateway.class_name,
            "listeners": [listener_spec(listener) for listener in gateway.listeners],
            "addresses": [address_spec(address) for address in gateway.addresses],
            "infrastructure": infrastructure_spec(gateway.infrastructure),
            "tls": tls_spec(gateway.tls) if gateway.tls else None,
            "allowedListeners": namespaces_spec(gateway.allowed_listeners) if gateway.allowed_listeners else None,
            "defaultScope": gateway.default_scope,
        }
    )


def listener_spec(listener: Listener) -> dict[str, Any]:
    return dropped(
        {
            "name": listener.name,
            "port": listener.port,
            "protocol": listener.spoken,
            "hostname": listener.hostname,
            "tls": listener_tls(listener.tls) if listener.tls else None,
            "allowedRoutes": routes_spec(listener.routes) if listener.routes else None,
        }
    )


def listener_tls(tls: ListenerTls) -> dict[str, Any]:
    certificates = [certificate_ref(item) for item in tls.certificates]
    return dropped({"mode": tls.mode, "certificateRefs": certificates, "options": tls.options})


def certificate_ref(certificate: Certificate) -> dict[str, Any]:
    return reference(certificate.ref, certificate.namespace, default=SECRET)


def routes_spec(routes: AllowedRoutes) -> dict[str, Any]:
    return namespaces_spec(routes) | dropped({"kinds": [kind_spec(kind) for kind in routes.kinds]})


def kind_spec(kind: RouteKind) -> dict[str, Any]:
    return dropped({"group": kind.group, "kind": kind.kind})


def namespaces_spec(namespaces: Namespaces) -> dict[str, Any]:
    expressions = [dropped({"key": item.key, "operator": item.operator, "values": list(item.values)}) for item in namespaces.expressions]
    selector = dropped({"matchLabels": namespaces.selector, "matchExpressions": expressions})
    return dropped({"namespaces": dropped({"from": namespaces.origin, "selector": selector})})


def address_spec(address: Address) -> dict[str, Any]:
    return dropped({"type": address.type, "value": address.value})


def infrastructure_spec(infrastructure: Infrastructure | None) -> dict[str, Any]:
    if infrastructure is None:
        return {}
    parameters = infrastructure.parameters
    ref = {"group": parameters.group, "kind": parameters.kind, "name": parameters.name} if parameters else None
    return dropped({"labels": infrastructure.labels, "annotations": infrastructure.annotations, "parametersRef": ref})


def tls_spec(tls: GatewayTls) -> dict[str, Any]:
    """The API wants ``default`` beside ``perPort`` even where it asks nothing of clients."""
    backend = {"clientCertificateRef": certificate_ref(tls.backend_certificate)} if tls.backend_certificate else None
    ports = [{"port": item.port, "tls": {"validation": validation_spec(item)}} for item in tls.clients_per_port]
    frontend: dict[str, Any] = {}
    if tls.clients or ports:
        frontend = {"default": {"validation": validation_spec(tls.clients)} if tls.clients else {}} | dropped({"perPort": ports})
    return dropped({"backend": backend, "frontend": frontend})


def validation_spec(validation: ClientValidation | PortValidation) -> dict[str, Any]:
    return dropped({"caCertificateRefs": [ca_ref(item) for item in validation.ca], "mode": validation.mode})


def ca_ref(certificate: Certificate) -> dict[str, Any]:
    """Here the API has no default kind; a CA is public, so a ConfigMap holds it where nothing else is said."""
    made = {"group": certificate.group or "", "kind": certificate.kind or "ConfigMap", "name": certificate.name}
    return made | dropped({"namespace": certificate.namespace})


def foreign_certificates(gateway: Gateway) -> Iterator[tuple[str, Ref]]:
    tls = gateway.tls
    named = [item for listener in gateway.listeners if listener.tls for item in listener.tls.certificates]
    named += [tls.backend_certificate] if tls and tls.backend_certificate else []
    for item in named:
        if item.namespace is not None:
            yield item.namespace, item.ref
    clients = [*(tls.clients_per_port if tls else ()), *((tls.clients,) if tls and tls.clients else ())]
    for item in (certificate for validation in clients for certificate in validation.ca):
        if item.namespace is not None:
            yield item.namespace, Ref(GroupKind(item.group or "", item.kind or "ConfigMap"), item.name)
