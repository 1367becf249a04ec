# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways: from the declaration to the object, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from unit.models.support import built, issues

AT = "gateways[0] (edge)"
MAPPED = {"networking.gke.io/certmap": "shop"}


def gateway(*listeners: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": "edge", "class": "istio", "listeners": list(listeners) or [{"name": "http", "port": 80}], **fields}


def https(**tls: Any) -> dict[str, Any]:
    return {"name": "https", "port": 443, "tls": tls}


def spec(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = built("gateways", [entry])[-1]["spec"]
    return found


def test_the_least_gateway_holds_nothing_that_the_api_fills_in() -> None:
    assert built("gateways", [gateway()]) == [
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": "edge", "namespace": "default"},
            "spec": {"gatewayClassName": "istio", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]},
        }
    ]


@pytest.mark.parametrize(
    ("listener", "wanted"),
    [
        (https(certificates=["a"]), {"protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "a"}]}}),
        (https(options={"example.com/x": "y"}), {"protocol": "HTTPS", "tls": {"options": {"example.com/x": "y"}}}),
        ({**https(mode="Passthrough"), "protocol": "TLS"}, {"protocol": "TLS", "tls": {"mode": "Passthrough"}}),
        (
            {**https(certificates=["a"]), "routes": {"selector": {"a": "b"}, "kinds": ["HTTPRoute", {"kind": "Thing", "group": "x.y"}]}},
            {
                "protocol": "HTTPS",
                "tls": {"certificateRefs": [{"name": "a"}]},
                "allowedRoutes": {
                    "namespaces": {"from": "Selector", "selector": {"matchLabels": {"a": "b"}}},
                    "kinds": [{"kind": "HTTPRoute"}, {"group": "x.y", "kind": "Thing"}],
                },
            },
        ),
    ],
)
def test_listeners(listener: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert spec(gateway(listener))["listeners"] == [{"name": "https", "port": 443, **wanted}]


def test_everything_else_of_a_gateway() -> None:
    entry = gateway(
        addresses=["192.0.2.1", {"type": "Hostname", "value": "a.b"}],
        infrastructure={"labels": {"a": "b"}, "parameters": {"group": "", "kind": "ConfigMap", "name": "c"}},
        tls={"backend_certificate": "own", "clients_per_port": [{"port": 443, "ca": ["clients"], "mode": "AllowValidOnly"}]},
        allowed_listeners={"from": "Same"},
        default_scope="All",
    )
    found = spec(entry)
    validation = {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "clients"}], "mode": "AllowValidOnly"}
    assert {name: found[name] for name in found if name not in ("gatewayClassName", "listeners")} == {
        "addresses": [{"value": "192.0.2.1"}, {"type": "Hostname", "value": "a.b"}],
        "infrastructure": {"labels": {"a": "b"}, "parametersRef": {"group": "", "kind": "ConfigMap", "name": "c"}},
        # The API wants a default beside the ports, even an empty one.
        "tls": {
            "backend": {"clientCertificateRef": {"name": "own"}},
            "frontend": {"default": {}, "perPort": [{"port": 443, "tls": {"validation": validation}}]},
        },
        "allowedListeners": {"namespaces": {"from": "Same"}},
        "defaultScope": "All",
    }


def test_gke_takes_certificates_from_certificate_manager_where_the_listener_has_no_tls() -> None:
    assert spec(gateway({"name": "https", "port": 443, "protocol": "HTTPS"}, annotations=MAPPED))["listeners"] == [
        {"name": "https", "port": 443, "protocol": "HTTPS"}
    ]


def test_certificates_of_other_namespaces_get_a_grant_each() -> None:
    entry = gateway(
        https(certificates=["own", {"name": "b", "namespace": "certs"}, {"name": "a", "namespace": "certs"}, {"name": "c", "namespace": "default"}]),
        tls={"clients": {"ca": [{"name": "ca", "namespace": "trust"}]}},
    )
    certs, trust, found = built("gateways", [entry])
    assert certs["metadata"] == {"name": "gateway.edge.default", "namespace": "certs"}
    assert certs["spec"] == {
        "from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "default"}],
        "to": [{"group": "", "kind": "Secret", "name": "a"}, {"group": "", "kind": "Secret", "name": "b"}],
    }
    assert (trust["metadata"]["namespace"], trust["spec"]["to"]) == ("trust", [{"group": "", "kind": "ConfigMap", "name": "ca"}])
    assert found["spec"]["listeners"][0]["tls"]["certificateRefs"][-1] == {"name": "c", "namespace": "default"}
    assert [item["kind"] for item in built("gateways", [{**entry, "grants": False}])] == ["Gateway"]


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"name": "edge", "listeners": [{"name": "a", "port": 1}]}, f"{AT}: class is missing."),
        (gateway(gatewayClassName="x"), f"{AT}: unknown field gatewayClassName. Write class."),
        (gateway({"name": "a", "port": 1}, {"name": "a", "port": 2}), f"{AT}.listeners[1].name: a is the name of listeners[0] already."),
        (gateway({"name": "a", "port": 1}, {"name": "b", "port": 1}), f"{AT}.listeners[1]: has the port, protocol and hostname of listeners[0]."),
        (gateway({"name": "a", "port": 1, "protocol": "http"}), f"{AT}.listeners[0].protocol: http is not a protocol. Write HTTP."),
        (gateway({"name": "a", "port": 1, "protocol": "HTTPS"}), f"{AT}.listeners[0]: protocol HTTPS needs tls."),
        (gateway({"name": "a", "port": 1, "protocol": "TLS"}, annotations=MAPPED), f"{AT}.listeners[0]: protocol TLS needs tls."),
        (gateway({**https(certificates=["a"]), "protocol": "HTTP"}), f"{AT}.listeners[0].tls: cannot be had with protocol HTTP."),
        (gateway(https(mode="Passthrough")), f"{AT}.listeners[0].tls.mode: HTTPS ends TLS at the gateway."),
        (gateway({**https(certificates=["a"]), "protocol": "TLS"}), f"{AT}.listeners[0].tls.mode: is missing: protocol TLS needs it."),
        (gateway(https()), f"{AT}.listeners[0].tls: ends TLS here but has no certificate."),
        (gateway({"name": "a", "port": 1, "protocol": "TCP", "hostname": "a.b"}), f"{AT}.listeners[0].hostname: cannot be had with protocol TCP."),
        (gateway({"name": "a", "port": 1, "routes": {"from": "None"}}), f"{AT}.listeners[0].routes.from: cannot be None here."),
        (gateway({"name": "a", "port": 1, "routes": {"from": "Selector"}}), f"{AT}.listeners[0].routes: has from: Selector without a selector."),
        (gateway({"name": "a", "port": 1, "routes": {"from": "All", "selector": {"a": "b"}}}), f"{AT}.listeners[0].routes: has from: All and a selector."),
        (gateway({"name": "a", "port": 1, "routes": {"expressions": [{"key": "a", "operator": "In"}]}}), "values: do not fit operator In."),
        (gateway(addresses=["a.b"]), f"{AT}.addresses[0].value: 'a.b' is no IP address."),
        (gateway(addresses=["192.0.2.1", {"value": "192.0.2.1"}]), f"{AT}.addresses[1]: 192.0.2.1 is addresses[0] already."),
        (gateway(addresses=[{"type": "Hostname", "value": "A"}]), f"{AT}.addresses[0].value: expected a host name"),
        (gateway(infrastructure={"labels": {f"a{index}": "" for index in range(9)}}), f"{AT}.infrastructure.labels: has 9 entries; at most 8"),
        (gateway(tls={"clients_per_port": [{"port": 1, "ca": ["a"]}] * 2}), f"{AT}.tls.clients_per_port[1]: port 1 is there twice."),
    ],
)
def test_refused(entry: dict[str, Any], wanted: str) -> None:
    found = issues("gateways", [entry])
    assert len(found) == 1
    assert wanted in found[0]
