# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hits and misses of the rules about listeners, certificates and how routes find them."""

from __future__ import annotations

from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.lint.manifests import NAMESPACE
from unit.lint.cases_routes import CASE, one, routes, twins
from unit.models.support import route, rule

HTTP = {"name": "http", "port": 80}
HTTPS = {"name": "https", "port": 443, "tls": {"certificates": ["cert"]}}
ANYBODY = {"from": "All"}


def gateway(*listeners: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "gw", "class": "istio", "listeners": list(listeners) or [HTTP], **more}


def attached(listener: dict[str, Any], parent: Any = "gw", **more: Any) -> dict[str, Any]:
    """A route on a Gateway with one listener."""
    return routes(route(rule(), parents=[parent], **more), gateways=[gateway({**HTTP, **listener})])


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def secret(name: str, *keys: str, space: str = "default") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": space}, "data": dict.fromkeys(keys, "eA==")}


def makes(version: str, kind: str, name: str, **spec: Any) -> dict[str, Any]:
    """An object of which some program makes a Secret."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


SELECTED = {"routes": {"selector": {"team": "ai"}}}
EXPRESSED = {"routes": {"expressions": [{"key": "team", "operator": "NotIn", "values": ["web"]}, {"key": "gone", "operator": "DoesNotExist"}]}}
REDIRECT = {"path": "/", "redirect": {"scheme": "https", "status": 301}}
TWO = [HTTP, HTTPS]
FOREIGN = route(REDIRECT, namespace="edge", parents=[{"name": "gw", "namespace": "default"}])
SECURE = {**HTTPS, "name": "b", "hostname": "b.a.com"}


def elsewhere(listener: dict[str, Any], **labels: str) -> dict[str, Any]:
    """A route of another namespace, whose labels are known."""
    return attached(listener, {"name": "gw", "namespace": "default"}, namespace="ai") | {"objects": [namespace("ai", **labels)]}


def named(space: str) -> dict[str, Any]:
    """A listener for one namespace, by the label that each has."""
    return {**HTTP, "name": space, "hostname": f"{space}.com", "routes": {"selector": {"kubernetes.io/metadata.name": space}}}


OF_ONE, OF_TWO = named("one"), named("two")
SPACES = [{"namespace": space, "parents": [{"name": "gw", "namespace": "default"}]} for space in ("one", "two")]
NAMED = {**HTTP, "name": "a", "hostname": "a.example.com"}
WILD = {**HTTP, "name": "wild", "hostname": "*.example.com"}


def on(listeners: list[dict[str, Any]], first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two routes of one rule at a Gateway that is known."""
    return {**twins(first, second), "gateways": [gateway(*listeners)]}


def at(listener: str, **more: Any) -> dict[str, Any]:
    return {"parents": [{"name": "gw", "listener": listener}], **more}


def says(*values: Any) -> list[Any]:
    """Rules of one path, each for a value of the same header."""
    return [rule(path="/v1", headers={"Model": value}) for value in values]


ALL, SOME = {"regex": ".*"}, {"regex": "(?i)gem(ma|ini)-.*"}
PORT = {"parents": [{"name": "gw", "port": 80}]}
CASES: list[CASE] = [
    ("duplicate-match", on([HTTP], at("http"), PORT), "takes the same requests"),
    ("duplicate-match", on([{**HTTP, "port": 81}, {**HTTP, "name": "b"}], at("http"), PORT), ""),
    ("duplicate-match", twins(at("http"), PORT), ""),
    ("duplicate-match", on([NAMED], {}, {"hostnames": ["a.example.com"]}), "takes the same requests"),
    ("duplicate-match", on([WILD], {"hostnames": ["a.example.com"]}, {"hostnames": ["*.example.com"]}), ""),
    ("duplicate-match", on([WILD], {}, {"hostnames": ["*.example.com", "b.example.org"]}), "takes the same requests"),
    ("duplicate-match", on([NAMED, HTTP], at("a"), at("http")), ""),
    ("duplicate-match", on([NAMED], {}, {"hostnames": ["a.example.com"], "rules": [rule()]}), ""),
    ("duplicate-match", on([OF_ONE, OF_TWO], *SPACES), ""),
    ("duplicate-match", on([{**HTTP, "routes": {"selector": {"team": "ai"}}}], *SPACES), ""),
    ("duplicate-match", on([{**HTTP, "routes": {"selector": {"team": "ai"}}}], SPACES[0], SPACES[0]), "takes the same requests"),
    ("namespace-not-allowed", on([OF_ONE], SPACES[0], SPACES[0]), ""),
    ("namespace-not-allowed", on([OF_TWO], SPACES[0], SPACES[1]), "inference_routes[0] (a).parents[0]: no listener of Gateway default/gw takes routes of"),
    ("duplicate-match", on([{**HTTP, "routes": ANYBODY}], {}, {"namespace": "two"}), ""),
    ("shadowed-match", one(*says(ALL, "gemma")), "rules[1]: asks for what inference_routes[0] (chat).rules[0] takes first, so it never gets a request. Write"),
    ("shadowed-match", one(*says("gemma", ALL)), ""),
    ("shadowed-match", one(*says({"regex": ".+"}, "gemma")), "rules[1]"),
    ("shadowed-match", one(*says(ALL, {"regex": "gem.*"})), "rules[1]"),
    ("shadowed-match", one(*says(SOME, "Gemma-2b", "qwen")), "rules[1]"),
    ("shadowed-match", one(*says({"regex": "(gem.*)+"}, "gemma")), ""),
    ("shadowed-match", one(*says({"regex": "(a*b*)*c*"}, "a" * 200)), ""),
    ("shadowed-match", one(*says({"regex": r"\pL+"}, "gemma")), ""),
    ("shadowed-match", one(*says(ALL, ALL)), ""),
    ("shadowed-match", one(rule(path="/v1", query={"model": ALL}), rule(path="/v1", query={"model": "gemma"})), "rules[1]"),
    ("shadowed-match", one(rule(path="/v1", headers={"Model": ALL}), rule(path="/v1/chat", headers={"Model": "gemma"})), ""),
    ("shadowed-match", one(rule(path="/v1", headers={"Model": ALL}), rule(path="/v1", method="POST", headers={"Model": "gemma"})), ""),
    ("shadowed-match", one(rule(path="/v1", headers={"Model": ALL}), rule(path="/v1", headers={"Model": "gemma", "Team": "ai"})), ""),
    ("shadowed-match", one(rule(matches=[{"path": "/v1", "headers": {"Model": ALL}}, {"path": "/v1", "headers": {"Model": "gemma"}}])), ""),
    ("shadowed-match", twins({"rules": says(ALL)}, {"rules": says("gemma")}), "(b).rules[0]: asks for what inference_routes[0] (a).rules[0] takes first (if"),
    ("shadowed-match", twins({"rules": says("gemma")}, {"rules": says(ALL)}), ""),
    ("shadowed-match", twins({"rules": says(ALL), **at("http")}, {"rules": says("gemma")}), ""),
    ("shadowed-match", twins({"rules": says(ALL)}, {"rules": says("gemma"), **at("http")}), "(b).rules[0]"),
    ("shadowed-match", twins({"rules": says(ALL), "hostnames": ["a.com"]}, {"rules": says("gemma"), "hostnames": ["a.com", "b.com"]}), ""),
    ("shadowed-match", on([NAMED], {"rules": says(ALL), "hostnames": ["a.example.com"]}, {"rules": says("gemma")}), "(b).rules[0]"),
    ("host-hides-wildcard", on([NAMED, HTTP], at("a"), {"hostnames": ["c.example.com"]}), ""),
    ("host-hides-wildcard", on([NAMED, HTTP], at("http"), {"hostnames": ["c.example.com"]}), "(a): c.example.com have routes of their own"),
    ("host-hides-wildcard", on([NAMED], {}, {"hostnames": ["a.example.com"]}), ""),
    ("host-hides-wildcard", on([WILD], {}, {"hostnames": ["c.example.com", "c.example.org"]}), "(a): c.example.com have routes"),
    ("host-hides-wildcard", on([NAMED, WILD], at("wild"), {}), ""),
    ("unknown-parent", one(rule(), gateways=[gateway(name="other")]), "parents[0]: Gateway default/gw is neither declared nor known. Known are default/other."),
    ("unknown-parent", one(rule(), gateways=[gateway(namespace="edge")]), "Write {name: gw, namespace: edge}."),
    ("unknown-parent", one(rule(), gateways=[gateway()]), ""),
    ("unknown-parent", one(rule()), ""),
    ("unknown-parent", routes(route(rule(), parents=[{"name": "web", "kind": "Service"}]), gateways=[]), ""),
    ("route-without-parent", routes(route(rule())), "inference_routes[0] (chat): hangs on no Gateway."),
    ("route-without-parent", routes(route(rule(), default_gateways="All")), ""),
    ("route-without-parent", one(rule()), ""),
    ("unknown-listener", attached({}, {"name": "gw", "listener": "web"}), "parents[0]: Gateway default/gw has no listener of name web. It has http (port 80)."),
    ("unknown-listener", attached({}, {"name": "gw", "port": 81}), "has no listener of port 81"),
    ("unknown-listener", attached({}, {"name": "gw", "listener": "http", "port": 80}), ""),
    ("unknown-listener", attached({}, {"name": "else", "listener": "web"}), ""),
    ("listener-not-http", attached({"protocol": "TCP"}), "no listener of Gateway default/gw takes it: http (TCP)."),
    ("listener-not-http", attached({"routes": {"kinds": ["GRPCRoute"]}}), "takes it"),
    ("listener-not-http", attached({"routes": {"kinds": ["GRPCRoute", "HTTPRoute"]}}), ""),
    ("listener-not-http", attached({"protocol": "projectcontour.io/https", "tls": {"certificates": ["cert"]}}), ""),
    ("listener-not-http", attached({"protocol": "HBONE"}), "http (HBONE)"),
    ("namespace-not-allowed", elsewhere({}), "no listener of Gateway default/gw takes routes of namespace ai."),
    ("namespace-not-allowed", elsewhere({"routes": ANYBODY}), ""),
    ("namespace-not-allowed", elsewhere(SELECTED, team="web"), "takes routes of namespace ai"),
    ("namespace-not-allowed", elsewhere(SELECTED, team="ai"), ""),
    ("namespace-not-allowed", elsewhere(EXPRESSED, team="ai"), ""),
    ("namespace-not-allowed", elsewhere(EXPRESSED, team="web"), "takes routes of namespace ai"),
    ("namespace-not-allowed", elsewhere(EXPRESSED, gone="here"), "takes routes of namespace ai"),
    ("namespace-not-allowed", elsewhere({"routes": {"selector": {"kubernetes.io/metadata.name": "ai"}}}), ""),
    ("namespace-not-allowed", elsewhere(SELECTED) | {"objects": []}, ""),
    ("namespace-not-allowed", attached({}), ""),
    ("namespace-not-allowed", elsewhere(SELECTED) | {"facts": {NAMESPACE: {("", "ai"): namespace("ai", team="ai")}}}, ""),
    ("namespace-not-allowed", elsewhere(SELECTED, team="b") | {"facts": {NAMESPACE: {("", "ai"): namespace("ai", team="ai")}}}, "of namespace ai."),
    ("hostname-not-served", attached({"hostname": "*.example.com"}, hostnames=["a.example.org"]), "hostnames[0]: a.example.org is accepted by no listener"),
    ("hostname-not-served", attached({"hostname": "*.example.com"}, hostnames=["example.com"]), "They accept *.example.com."),
    ("hostname-not-served", attached({"hostname": "*.example.com"}, hostnames=["a.b.example.com", "*.c.example.com"]), ""),
    ("hostname-not-served", attached({"hostname": "a.example.com"}, hostnames=["*.example.com"]), ""),
    ("hostname-not-served", attached({"hostname": "*.example.com"}, hostnames=["a.example.com", "a.example.org"]), ""),
    (
        "hostname-passed-over",
        attached({"hostname": "*.example.com"}, hostnames=["a.example.com", "a.example.org"]),
        "hostnames[1]: a.example.org is accepted by",
    ),
    ("hostname-passed-over", attached({"hostname": "*.example.com"}, hostnames=["a.example.org"]), ""),
    ("hostname-passed-over", attached({"hostname": "*.example.com"}, hostnames=["a.example.com"]), ""),
    ("hostname-not-served", attached({}, hostnames=["a.example.org"]), ""),
    ("hostname-not-served", attached({"hostname": "a.example.com"}), ""),
    ("listener-protocol-conflict", {"gateways": [gateway(HTTP, {**HTTPS, "port": 80})]}, "listeners[1]: port 80 cannot be HTTPS here and HTTP for"),
    ("listener-protocol-conflict", {"gateways": [gateway(*TWO, {"name": "dns", "port": 443, "protocol": "UDP"})]}, ""),
    ("listener-hosts-overlap", {"gateways": [gateway({**HTTPS, "hostname": "*.a.com"}, SECURE)]}, "listeners[1]: has the certificate of listeners[0]"),
    ("listener-hosts-overlap", {"gateways": [gateway({**HTTPS, "hostname": "c.a.com"}, SECURE)]}, ""),
    ("hostname-is-address", {"gateways": [gateway({**HTTP, "hostname": "10.0.0.1"})]}, "gateways[0] (gw).listeners[0].hostname: 10.0.0.1 is an address."),
    ("hostname-is-address", routes(route(rule(), hostnames=["10.0.0.1"])), "inference_routes[0] (chat).hostnames[0]"),
    ("hostname-is-address", routes(route(rule(), hostnames=["10.0.0.1.nip.io", "10.0.0.256"])), ""),
    ("certificate-missing", {"gateways": [gateway(HTTPS)], "objects": []}, "listeners[0].tls.certificates[0]: Secret default/cert is neither"),
    ("certificate-missing", {"gateways": [gateway(HTTPS)], "objects": [secret("cert")]}, ""),
    ("certificate-missing", {"gateways": [gateway(HTTPS)]}, ""),
    ("certificate-missing", {"gateways": [gateway(HTTPS, annotations={"cert-manager.io/issuer": "x"})], "objects": []}, ""),
    ("certificate-missing", {"gateways": [gateway(HTTPS)], "objects": [makes("cert-manager.io/v1", "Certificate", "web", secretName="cert")]}, ""),
    ("certificate-missing", {"gateways": [gateway(HTTPS)], "objects": [makes("cert-manager.io/v1", "Certificate", "cert", secretName="web")]}, "default/cert"),
    ("certificate-missing", {"gateways": [gateway(HTTPS)], "objects": [makes("external-secrets.io/v1", "ExternalSecret", "cert")]}, ""),
    ("certificate-missing", {"gateways": [gateway(HTTPS)], "objects": [makes("bitnami.com/v1alpha1", "SealedSecret", "cert", template=5)]}, ""),
    ("certificate-unfit", {"gateways": [gateway(HTTPS)], "objects": [secret("cert", "tls.crt")]}, "Secret default/cert has no tls.key."),
    ("certificate-unfit", {"gateways": [gateway(HTTPS)], "objects": [secret("cert", "tls.crt", "tls.key")]}, ""),
    ("certificate-unfit", {"gateways": [gateway(HTTPS)], "objects": []}, ""),
    ("certificate-unfit", {"gateways": [gateway(HTTPS)], "objects": [secret("cert", "cert", "key")]}, ""),
    ("certificate-unfit", {"gateways": [{**gateway(HTTPS), "class": "kong"}], "objects": [secret("cert", "cert", "key")]}, "has no tls.crt and no tls.key"),
    ("certificate-unfit", {"gateways": [gateway(HTTPS)], "objects": [{**secret("cert"), "data": 5}]}, "has no tls.crt and no tls.key"),
    ("certificate-unfit", {"gateways": [gateway(HTTPS)], "objects": [{**secret("cert"), "stringData": [{}]}]}, "has no tls.crt and no tls.key"),
    ("redirect-to-itself", one(REDIRECT, gateways=[gateway(*TWO)]), "rules[0].redirect: redirects to https and hangs on listener https of Gateway default/gw"),
    ("redirect-to-itself", one(REDIRECT, gateways=[gateway(HTTP)]), ""),
    ("redirect-to-itself", routes(route(REDIRECT, parents=[{"name": "gw", "listener": "http"}]), gateways=[gateway(*TWO)]), ""),
    ("redirect-to-itself", one({"redirect": {"scheme": "https", "hostname": "b.com"}}, gateways=[gateway(*TWO)]), ""),
    ("redirect-to-itself", routes(route(REDIRECT, hostnames=["a.com"], parents=["gw"]), gateways=[gateway(HTTP, {**HTTPS, "hostname": "b.com"})]), ""),
    (
        "redirect-to-itself",
        routes(route(REDIRECT, hostnames=["a.com"], parents=["gw"]), gateways=[gateway(HTTP, {**HTTPS, "hostname": "*.com"})]),
        "listener https of",
    ),
    ("redirect-to-itself", routes(FOREIGN, gateways=[gateway({**HTTP, "routes": ANYBODY}, HTTPS)]), ""),
    ("redirect-to-itself", one({**REDIRECT, "headers": {"X-Forwarded-Proto": "http"}}, gateways=[gateway(*TWO)]), ""),
    ("redirect-to-itself", one({**REDIRECT, "headers": {"X-Forwarded-Proto": "https"}}, gateways=[gateway(*TWO)]), "listener https of"),
]
