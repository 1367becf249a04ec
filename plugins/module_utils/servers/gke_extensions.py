# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GCPTrafficExtensions as a user declares them: chains of programs that a load balancer asks about each request and answer.

The rules are those of Google's definition (GoogleCloudPlatform/gke-gateway-api, config/crd/networking.gke.io_gcptrafficextensions.yaml, of 2026-04-29).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..engine.objects import Object
from ..gateways.gke_policies import API_VERSION, GROUP
from ..models.codecs import Flag, ListOf, MapOf, Report, Text
from ..models.decode import Entry, Nested, optional, required, several
from ..models.refs import GATEWAY, dropped
from ..models.route import milliseconds
from ..models.text import DURATION, NAME, NAMESPACE, PORT, SERVICE_NAME

EVENTS = ("RequestHeaders", "RequestBody", "RequestTrailers", "ResponseHeaders", "ResponseBody", "ResponseTrailers")
FULL, STREAMED = "FullDuplexStreamed", "Streamed"
PROCESSOR, SENT_BODIES = "apigee-extension-processor", {"apigee-request-body": "RequestBody", "apigee-response-body": "ResponseBody"}
STEP = Text("a name of small letters, digits and dashes that begins with a letter", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", 63, "apigee")
RAW = r"""[a-zA-Z0-9/\-._~%!$&'()*+,;=:\\]*"""
QUOTED = RAW.replace("]", '"]')
_ABOUT = "headers|method|host|path|query|scheme|backend_service_num_endpoints"
_WORDS = (
    rf"request\.({_ABOUT})|response\.(code|grpc_status|headers)|source\.(address|port)"
    r"|connection\.(requested_server_name|tls_version|sha256_peer_certificate_digest)"
    r"|endsWith|startsWith|matches|contains|lowerAscii|upperAscii|int"
)
MATCHER = rf"""({_WORDS}|'{QUOTED}'|"{QUOTED}"|R"{RAW}"|[ ()\[\].+/!<>0-9]|==|!=|>=|<=|&&|\|\|)+"""
CEL = Text(
    "an expression in CEL of request., source. and connection. (methods, startsWith, matches, ...; GKE knows no bare true)",
    MATCHER,
    512,
    """request.path.startsWith("/v1/"), or leave when out for every request""",
)
VALUE = Text("text", r"""[A-Za-z0-9/\-._~%!$&'()*+,;=:"\s\[\]{}]*""", 1023, '"true"')
PLACES = {
    "apigee": ("apim.googleapis.com", "ApigeeBackendService"),
    "service": ("", "Service"),
    "service_import": ("net.gke.io", "ServiceImport"),
    "wasm_plugin": (GROUP, "GCPWasmPlugin"),
}
CALLED = ("service", "service_import")
BODIES = ("apigee", *CALLED)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One program of a chain."""

    name: str = required(STEP)
    apigee: str | None = optional(NAME)
    service: str | None = optional(SERVICE_NAME)
    service_import: str | None = optional(SERVICE_NAME)
    wasm_plugin: str | None = optional(NAME)
    google_api: str | None = optional(
        Text("a host of Google's", r"[a-z0-9.-]+\.(googleapis|sandbox\.googleapis)\.com", 100, "modelarmor.us-central1.rep.googleapis.com")
    )
    port: int | None = optional(PORT)
    authority: str | None = optional(Text("an authority", r"[A-Za-z0-9-_:%\.\[\]]+", 253, "callout.example.com"))
    events: tuple[str, ...] = required(ListOf(Text("an event", choices=EVENTS), 6, least=1, unique=True))
    timeout: str | None = optional(DURATION)
    fail_open: bool | None = optional(Flag())
    forward_headers: tuple[str, ...] = several(ListOf(Text("a header's name", r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+", 255, "x-request-id"), 50, unique=True))
    metadata: dict[str, str] | None = optional(MapOf(Text("a key", r"[A-Za-z0-9/\-._~%!$&'()*+,;=:\s\[\]{}]+", 63, "team"), VALUE, most=16))
    request_body: str | None = optional(Text("a mode", choices=(STREAMED, FULL)))
    response_body: str | None = optional(Text("a mode", choices=(STREAMED, FULL)))
    observability: bool | None = optional(Flag())

    HINTS: ClassVar[dict[str, str]] = {
        "backendRef": "Write apigee, service, service_import, wasm_plugin or google_api: with a name.",
        "supportedEvents": "Write events.",
        "requestBodySendMode": "Write request_body.",
        "responseBodySendMode": "Write response_body.",
        "failOpen": "Write fail_open.",
    }

    @property
    def asked(self) -> list[str]:
        return [name for name in (*PLACES, "google_api") if getattr(self, name) is not None]

    def check(self, where: str, report: Report) -> None:
        if len(self.asked) != 1:
            problem = f"has {' and '.join(self.asked)}" if self.asked else "names nobody to ask"
            report.add(where, f"{problem}; exactly one of {', '.join((*PLACES, 'google_api'))} is wanted.", "Write for example apigee: NAME.")
            return
        (asked,) = self.asked
        self._check_address(asked, where, report)
        self._check_bodies(asked, where, report)
        self._check_metadata(asked, where, report)
        if self.timeout is not None and not 10 <= milliseconds(self.timeout) <= 10_000:
            report.add(
                f"{where}.timeout", f"{self.timeout} is not from 10ms to 10s.", "Write for example 10s; it is for one message, not for the whole answer."
            )

    def _check_address(self, asked: str, where: str, report: Report) -> None:
        for name in ("port", "authority"):
            given = getattr(self, name) is not None
            if asked in CALLED and not given:
                report.add(where, f"{name} is missing: {asked} needs it.", f"Write {name}: of the program that is asked.")
            if asked not in CALLED and given:
                report.add(f"{where}.{name}", f"belongs to service and service_import, not to {asked}.", "Take it away.")
        if asked != "wasm_plugin":
            return
        for name in ("timeout", "metadata"):
            if getattr(self, name) is not None:
                report.add(f"{where}.{name}", "is nothing that a wasm_plugin takes.", "Take it away.")
        if trailers := [event for event in self.events if event.endswith("Trailers")]:
            report.add(f"{where}.events", f"{' and '.join(trailers)} are not told to a wasm_plugin.", "Take them away.")

    def _check_bodies(self, asked: str, where: str, report: Report) -> None:
        for part, name in (("Request", "request_body"), ("Response", "response_body")):
            mode = getattr(self, name)
            if mode is None:
                continue
            if asked not in BODIES:
                report.add(f"{where}.{name}", f"belongs to {', '.join(BODIES)}, not to {asked}.", "Take it away.")
            needed = (f"{part}Body", f"{part}Trailers") if mode == FULL else (f"{part}Body",)
            if missing := [event for event in needed if event not in self.events]:
                report.add(f"{where}.events", f"{' and '.join(missing)} are missing, which {name}: {mode} needs.", "Write them too.")
            if self.observability and mode == FULL:
                report.add(f"{where}.{name}", f"{FULL} waits for answers, and observability does not.", f"Write {STREAMED}, or take one of them away.")

    def _check_metadata(self, asked: str, where: str, report: Report) -> None:
        for name, event in SENT_BODIES.items() if asked == "apigee" else ():
            if (self.metadata or {}).get(name) == "true" and event not in self.events:
                report.add(f"{where}.events", f"{event} is missing, and metadata says {name}: 'true'.", "Write both or neither.")

    def spec(self) -> dict[str, Any]:
        (asked,) = self.asked
        group, kind = PLACES.get(asked, ("", ""))
        told = {PROCESSOR: self.apigee} if self.apigee else {}
        return dropped(
            {
                "name": self.name,
                "backendRef": dropped({"group": group, "kind": kind, "name": getattr(self, asked), "port": self.port}) if kind else None,
                "googleAPIServiceName": self.google_api,
                "authority": self.authority,
                "supportedEvents": list(self.events),
                "timeout": self.timeout,
                "failOpen": self.fail_open,
                "forwardHeaders": list(self.forward_headers),
                "metadata": {**told, **(self.metadata or {})},
                "requestBodySendMode": self.request_body,
                "responseBodySendMode": self.response_body,
                "observabilityMode": self.observability,
            }
        )


@dataclass(frozen=True, kw_only=True)
class Chain:
    name: str = required(STEP)
    when: tuple[str, ...] = several(ListOf(CEL, 10, unique=True))
    extensions: tuple[Step, ...] = required(ListOf(Nested(Step), 3, least=1))

    HINTS: ClassVar[dict[str, str]] = {"matchCondition": "Write when: with a list of expressions."}

    def spec(self) -> dict[str, Any]:
        conditions = {"celExpressions": [{"celMatcher": each} for each in self.when]} if self.when else None
        return dropped({"name": self.name, "matchCondition": conditions, "extensions": [step.spec() for step in self.extensions]})


@dataclass(frozen=True, kw_only=True)
class TrafficExtension:
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    gateways: tuple[str, ...] = required(ListOf(NAME, 10, least=1, unique=True))
    chains: tuple[Chain, ...] = required(ListOf(Nested(Chain), 5, least=1))

    HINTS: ClassVar[dict[str, str]] = {
        "gateway": "Write gateways: with a list.",
        "targetRefs": "Write gateways: with names.",
        "extensionChains": "Write chains.",
    }

    def check(self, where: str, report: Report) -> None:
        """Names are logged and have to tell chains and steps apart. What stands after a chain for every request never runs."""
        seen: dict[str, int] = {}
        for index, chain in enumerate(self.chains):
            if seen.setdefault(chain.name, index) != index:
                report.add(f"{where}.chains[{index}].name", f"{chain.name} is the name of chains[{seen[chain.name]}] already.", "Rename one.")
            steps = [step.name for step in chain.extensions]
            if len(set(steps)) < len(steps):
                report.add(f"{where}.chains[{index}].extensions", f"names are there twice: {', '.join(steps)}.", "Rename one.")
            if not chain.when and index < len(self.chains) - 1:
                report.add(f"{where}.chains[{index}]", "takes every request, so the chains after it never run.", "Write when:, or put it last.")


def traffic_extension(entry: Entry[TrafficExtension]) -> Object:
    extension = entry.value
    targets = [{"group": GATEWAY.group, "kind": GATEWAY.kind, "name": name} for name in extension.gateways]
    spec = {"targetRefs": targets, "extensionChains": [chain.spec() for chain in extension.chains]}
    return {"apiVersion": API_VERSION, "kind": "GCPTrafficExtension", "metadata": {"name": entry.name, "namespace": entry.namespace}, "spec": spec}
