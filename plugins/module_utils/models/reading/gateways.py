# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Gateway back as a user would write it."""

from __future__ import annotations

from typing import Any

from ...engine.info import Shape, entries_info, metadata
from ...engine.objects import Object
from ..kinds.gateways import KIND
from ..refs import GATEWAY, SECRET, dropped
from .defaults import GATEWAY_SPEC, GATEWAY_WHOLE_LISTS, bare, filled
from .filters import Spec
from .routes import shortest


def read_gateway(obj: Object) -> dict[str, Any]:
    spec = obj.get("spec") or {}
    allowed = spec.get("allowedListeners")
    return metadata(obj) | dropped(
        {
            "class": spec.get("gatewayClassName"),
            "listeners": [read_listener(listener) for listener in spec.get("listeners") or ()],
            "addresses": [read_address(address) for address in spec.get("addresses") or ()],
            "infrastructure": read_infrastructure(spec.get("infrastructure") or {}),
            "tls": read_tls(spec.get("tls") or {}),
            "allowed_listeners": read_namespaces(allowed) if allowed is not None else None,
            "default_scope": spec.get("defaultScope"),
        }
    )


def read_listener(listener: Spec) -> dict[str, Any]:
    tls, routes = listener.get("tls"), listener.get("allowedRoutes")
    plain = {"name": listener.get("name"), "port": listener.get("port"), "protocol": listener.get("protocol"), "hostname": listener.get("hostname")}
    return dropped({**plain, "tls": read_listener_tls(tls) if tls else None, "routes": read_routes(routes) if routes else None})


def read_listener_tls(tls: Spec) -> dict[str, Any]:
    certificates = [read_certificate(ref, SECRET.kind) for ref in tls.get("certificateRefs") or ()]
    return dropped({"mode": tls.get("mode"), "certificates": certificates, "options": tls.get("options")})


def read_certificate(ref: Spec, default: str) -> Any:
    result = {"name": ref.get("name")} | dropped({"namespace": ref.get("namespace"), "group": ref.get("group") or None})
    if ref.get("kind", default) != default:
        result["kind"] = ref["kind"]
    return shortest(result)


def read_routes(routes: Spec) -> dict[str, Any]:
    return read_namespaces(routes) | dropped({"kinds": [item["kind"] if "group" not in item else dict(item) for item in routes.get("kinds") or ()]})


def read_namespaces(allowed: Spec) -> dict[str, Any]:
    namespaces = allowed.get("namespaces") or {}
    selector = namespaces.get("selector") or {}
    return dropped({"from": namespaces.get("from"), "selector": selector.get("matchLabels"), "expressions": selector.get("matchExpressions")})


def read_address(address: Spec) -> Any:
    return address["value"] if set(address) == {"value"} else dict(address)


def read_infrastructure(infrastructure: Spec) -> dict[str, Any]:
    plain = {"labels": infrastructure.get("labels"), "annotations": infrastructure.get("annotations")}
    return dropped({**plain, "parameters": infrastructure.get("parametersRef")})


def read_tls(tls: Spec) -> dict[str, Any]:
    own = (tls.get("backend") or {}).get("clientCertificateRef")
    frontend = tls.get("frontend") or {}
    clients = (frontend.get("default") or {}).get("validation")
    ports = [{"port": item.get("port")} | read_validation((item.get("tls") or {}).get("validation") or {}) for item in frontend.get("perPort") or ()]
    return dropped(
        {
            "backend_certificate": read_certificate(own, SECRET.kind) if own else None,
            "clients": read_validation(clients) if clients else None,
            "clients_per_port": ports,
        }
    )


def read_validation(validation: Spec) -> dict[str, Any]:
    """Here the API has no default kind; the inventory's is ConfigMap."""
    return dropped({"ca": [read_certificate(ref, "ConfigMap") for ref in validation.get("caCertificateRefs") or ()], "mode": validation.get("mode")})


SHAPE = Shape(
    kind=KIND,
    sources=lambda _context: (GATEWAY,),
    read=read_gateway,
    tidied=lambda spec: bare(spec, GATEWAY_WHOLE_LISTS),
    filled=lambda obj: filled(obj.get("spec") or {}, GATEWAY_SPEC),
)
INFO = entries_info(SHAPE)
