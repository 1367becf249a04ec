# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of GKE Gateway that role gke_gateway and renderer gke write (networking.gke.io/v1), as a test machine can have them.

Which fields there are, their ranges, patterns and rules are those that Google publishes (GoogleCloudPlatform/gke-gateway-api, config/crd, at fc40d60 of
2026-04-29); the words are ours. ``test_gke_crds.py`` says each rule as a test.
"""

from __future__ import annotations

import json
from typing import Any

from .kong_crds import FLAG, TEXT, Schema, array, conditions, one_of, rules, thing

GROUP = "networking.gke.io"
LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
HOST = rf"^{LABEL}(\.{LABEL})*$"
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 253}
API_GROUP: Schema = {"type": "string", "maxLength": 253, "pattern": rf"^$|{HOST}"}
KIND: Schema = {"type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"}
STEP: Schema = {"type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"}
EVENTS = ("RequestHeaders", "RequestBody", "RequestTrailers", "ResponseHeaders", "ResponseBody", "ResponseTrailers")
ASKED = ("Service", "ServiceImport", "GCPWasmPlugin", "ApigeeBackendService")
GROUPS = {"Service": "", "ServiceImport": "net.gke.io", "GCPWasmPlugin": GROUP, "ApigeeBackendService": "apim.googleapis.com"}
# Whatever else an expression holds is refused, the bare words true and false too.
WORDS = (
    *(f"request.{word}" for word in ("headers", "method", "host", "path", "query", "scheme", "backend_service_num_endpoints")),
    *("response.code", "response.grpc_status", "response.headers", "source.address", "source.port"),
    *("connection.requested_server_name", "connection.tls_version", "connection.sha256_peer_certificate_digest"),
    *("endsWith", "startsWith", "matches", "contains", "lowerAscii", "upperAscii", "int"),
)
SIGNS = ("==", "!=", "&&", ">=", "<=", ">", "<", r"\|\|", "!", r"\+", r"\.", "/", "[0-9]", r"\(", r"\)", r"\[", r"\]", " ")
QUOTABLE = r"""[a-zA-Z0-9\/\-._~%!$&'()*+,;=:\"\\]*"""
RAW = r"""[a-zA-Z0-9\/\-._~%!$&'()*+,;=:\\]*"""
MATCHER = "^(" + "|".join(f"({each})" for each in (*WORDS, *SIGNS, f"'{QUOTABLE}'", f'"{QUOTABLE}"', f"\u201c{QUOTABLE}\u201d", f'R"{RAW}"')) + ")+$"


def number(least: int, most: int) -> Schema:
    return {"type": "integer", "format": "int64", "minimum": least, "maximum": most}


def words(longest: int, pattern: str) -> Schema:
    return {"type": "string", "maxLength": longest, "pattern": pattern}


def target() -> Schema:
    return thing("group", "kind", "name", group=API_GROUP, kind=KIND, name=NAME, namespace={"type": "string", "minLength": 1, "maxLength": 63})


def policy(**default: Schema) -> Schema:
    """A policy of one object, with a status of its own or one for each Gateway."""
    spec = thing("targetRef", targetRef=target(), default=thing(**default))
    return thing("spec", spec=spec, status=thing(conditions=conditions(), ancestors=ancestors()))


def ancestors() -> Schema:
    reference = thing("name", group=API_GROUP, kind=KIND, namespace=TEXT, name=NAME, sectionName=TEXT, port=number(1, 65535))
    return array(thing("ancestorRef", "controllerName", ancestorRef=reference, controllerName=TEXT, conditions=conditions()), maxItems=16)


def port_rules() -> tuple[tuple[str, str], ...]:
    """As in Google's own, they read portSpecification without asking whether it is there: where it is not said, the section is refused."""
    return (
        ("USE_FIXED_PORT needs port and no portName", "self.portSpecification == 'USE_FIXED_PORT' ? has(self.port) && !has(self.portName) : true"),
        ("USE_NAMED_PORT needs portName and no port", "self.portSpecification == 'USE_NAMED_PORT' ? !has(self.port) && has(self.portName) : true"),
        ("USE_SERVING_PORT has neither", "self.portSpecification == 'USE_SERVING_PORT' ? !has(self.port) && !has(self.portName) : true"),
    )


def asks(**more: Schema) -> Schema:
    fields = {
        "port": number(1, 65535),
        "portName": words(63, "[a-z]([-a-z0-9]*[a-z0-9])?"),
        "portSpecification": one_of("USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT"),
    }
    return thing(**fields, **more) | rules(*port_rules())


def health_check_policy() -> Schema:
    answer, proxy = words(1024, r"[\x00-\xFF]+"), one_of("NONE", "PROXY_V1")
    web = {"host": words(2048, HOST), "requestPath": words(2048, r"\/[A-Za-z0-9\/\-._~%!?$&'()*+,;=:]*$"), "response": answer, "proxyHeader": proxy}
    sections = {
        "TCP": ("tcpHealthCheck", asks(request=answer, response=answer, proxyHeader=proxy)),
        "HTTP": ("httpHealthCheck", asks(**web)),
        "HTTPS": ("httpsHealthCheck", asks(**web)),
        "HTTP2": ("http2HealthCheck", asks(**web)),
        "GRPC": ("grpcHealthCheck", asks(grpcServiceName=answer)),
    }
    config = thing(type=one_of(*sections), **dict(sections.values())) | {"minProperties": 2, "maxProperties": 2}
    config |= rules(*((f"type {name} needs {field}", f"self.type == '{name}' ? has(self.{field}) : true") for name, (field, _schema) in sections.items()))
    fields = {
        "checkIntervalSec": number(1, 300),
        "timeoutSec": number(1, 300),
        "healthyThreshold": number(1, 10),
        "unhealthyThreshold": number(1, 10),
        "logConfig": thing(enabled=FLAG),
        "config": config,
    }
    made = policy(**fields)
    made["properties"]["spec"]["properties"]["default"] |= rules(
        ("timeoutSec is at most checkIntervalSec", "has(self.checkIntervalSec) && has(self.timeoutSec) ? self.checkIntervalSec >= self.timeoutSec : true"),
        ("checkIntervalSec is 5 where none is said", "!has(self.checkIntervalSec) && has(self.timeoutSec) ? 5 >= self.timeoutSec : true"),
        (
            "timeoutSec is 5 where none is said, and checkIntervalSec less",
            "has(self.checkIntervalSec) && !has(self.timeoutSec) ? self.checkIntervalSec >= 5 : true",
        ),
    )
    return made


def backend_policy() -> Schema:
    affinities = ("CLIENT_IP", "CLIENT_IP_PORT_PROTO", "CLIENT_IP_PROTO", "GENERATED_COOKIE", "HEADER_FIELD", "HTTP_COOKIE", "NONE")
    return policy(
        backendPreference=one_of("DEFAULT", "PREFERRED"),
        connectionDraining=thing(drainingTimeoutSec=number(0, 3600)),
        iap=thing(enabled=FLAG, clientID=TEXT, oauth2ClientSecret=thing(name=TEXT)),
        logging=thing(enabled=FLAG, sampleRate=number(0, 1000000)),
        maxRatePerEndpoint=number(1, 1000000000),
        securityPolicy=TEXT,
        sessionAffinity=thing(type=one_of(*affinities), cookieTtlSec=number(0, 1209600)),
        timeoutSec=number(1, 2147483647),
    )


def gateway_policy() -> Schema:
    return policy(allowGlobalAccess=FLAG, region=TEXT, sslPolicy=TEXT)


def reference(*kinds: str) -> Schema:
    fields = {
        "group": API_GROUP | {"default": "", "enum": list(dict.fromkeys(GROUPS.values()))},
        "kind": KIND | {"default": "Service", "enum": list(kinds)},
        "name": NAME,
        "port": number(1, 65535),
    }
    fits = [(f"group of {kind} is '{GROUPS[kind]}'", f"self.kind == '{kind}' ? self.group == '{GROUPS[kind]}' : true") for kind in kinds]
    port = ("a Service or ServiceImport needs a port", "self.kind in ['Service', 'ServiceImport'] ? has(self.port) : true")
    return thing("group", "kind", "name", **fields) | rules(*fits, port)


def extension_rules() -> list[tuple[str, str]]:
    """What a step of a chain has to agree on."""

    def asked(*kinds: str) -> str:
        return f"has(self.backendRef) && self.backendRef.kind in {list(kinds)!r}"

    def holds(*events: str) -> str:
        return " && ".join(f"'{event}' in self.supportedEvents" for event in events)

    def streamed(field: str) -> str:
        return f"(!has(self.{field}) || self.{field} == 'Streamed')"

    found = [
        ("exactly one of backendRef and googleAPIServiceName is wanted", "has(self.backendRef) != has(self.googleAPIServiceName)"),
        ("timeout is from 10 ms to 10 s", "has(self.timeout) ? duration(self.timeout) >= duration('10ms') && duration(self.timeout) <= duration('10s') : true"),
        ("a Service or ServiceImport needs authority", f"{asked('Service', 'ServiceImport')} ? has(self.authority) && size(self.authority) > 0 : true"),
        ("authority is for Services and ServiceImports", f"has(self.authority) ? {asked('Service', 'ServiceImport')} : true"),
        ("a GCPWasmPlugin has no timeout", f"{asked('GCPWasmPlugin')} ? !has(self.timeout) : true"),
        ("a GCPWasmPlugin has no metadata", f"{asked('GCPWasmPlugin')} ? !has(self.metadata) : true"),
        ("a GCPWasmPlugin is told no trailers", f"{asked('GCPWasmPlugin')} ? self.supportedEvents.all(e, !e.endsWith('Trailers')) : true"),
        (
            "observabilityMode goes with Streamed alone",
            f"has(self.observabilityMode) && self.observabilityMode ? {streamed('requestBodySendMode')} && {streamed('responseBodySendMode')} : true",
        ),
    ]
    for part, field in (("Request", "requestBodySendMode"), ("Response", "responseBodySendMode")):
        found += [
            (f"{field} is for programs with a backendRef", f"has(self.{field}) ? {asked('Service', 'ServiceImport', 'ApigeeBackendService')} : true"),
            (f"{field} needs {part}Body", f"has(self.{field}) ? {holds(f'{part}Body')} : true"),
            (
                f"{field} FullDuplexStreamed needs {part}Body and {part}Trailers",
                f"has(self.{field}) && self.{field} == 'FullDuplexStreamed' ? {holds(f'{part}Body', f'{part}Trailers')} : true",
            ),
        ]
    return found


def extension() -> Schema:
    modes = one_of("Streamed", "FullDuplexStreamed")
    metadata = {"type": "object", "maxProperties": 16, "additionalProperties": words(1023, r"""^([A-Za-z0-9\/\-._~%!$&'()*+,;=:"\s\[\]\{\}])*$""")}
    metadata["additionalProperties"] |= {"minLength": 1}
    fields = {
        "name": STEP,
        "authority": words(253, r"^[A-Za-z0-9-_:%\.\[\]]*$"),
        "backendRef": reference(*ASKED),
        "googleAPIServiceName": words(100, r"^[a-z0-9.-]+\.(googleapis|sandbox\.googleapis)\.com$"),
        "failOpen": FLAG,
        "forwardHeaders": array(words(255, r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$"), maxItems=50),
        "metadata": metadata,
        "observabilityMode": FLAG,
        "requestBodySendMode": modes,
        "responseBodySendMode": modes,
        "supportedEvents": array(one_of(*EVENTS), maxItems=6),
        "timeout": words(32, "^([0-9]{1,5}(h|m|s|ms)){1,4}$"),
    }
    return thing("name", **fields) | rules(*extension_rules())


def traffic_extension() -> Schema:
    expression = thing(celMatcher=words(512, MATCHER), backendRefs=array(reference("Service", "ServiceImport"), maxItems=1))
    chain = thing(
        *("name", "extensions"),
        name=STEP,
        matchCondition=thing(celExpressions=array(expression, maxItems=10)),
        extensions=array(extension(), minItems=1, maxItems=3),
    )
    chains = array(chain, minItems=1, maxItems=5)
    chains |= rules(
        ("supportedEvents has to be said", "self.all(chain, chain.extensions.all(step, has(step.supportedEvents) && size(step.supportedEvents) > 0))")
    )
    spec = thing(
        *("targetRefs", "extensionChains"),
        targetRefs=array(thing("group", "kind", "name", group=API_GROUP, kind=KIND, name=NAME), minItems=1, maxItems=10),
        extensionChains=chains,
    )
    return thing("spec", spec=spec, status=thing(ancestors=ancestors()))


KINDS: tuple[tuple[str, str, Schema], ...] = (
    ("HealthCheckPolicy", "healthcheckpolicies", health_check_policy()),
    ("GCPBackendPolicy", "gcpbackendpolicies", backend_policy()),
    ("GCPGatewayPolicy", "gcpgatewaypolicies", gateway_policy()),
    ("GCPTrafficExtension", "gcptrafficextensions", traffic_extension()),
)


def definition(kind: str, plural: str, schema: Schema) -> dict[str, Any]:
    schema["properties"] |= {"apiVersion": TEXT, "kind": TEXT, "metadata": {"type": "object"}}
    served = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    about = {"name": f"{plural}.{GROUP}", "labels": {"gateway.networking.k8s.io/policy": "Direct"}}
    spec = {"group": GROUP, "names": names, "scope": "Namespaced", "versions": [served]}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": about, "spec": spec}


def text() -> str:
    return "".join(f"---\n{json.dumps(definition(*each))}\n" for each in KINDS)


def install(lab: Any) -> None:
    """Makes them known to a lab (about a second) and may be called again."""
    lab.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=text())
    lab.kubectl("wait", "--for=condition=Established", "--timeout=30s", *(f"crd/{plural}.{GROUP}" for _kind, plural, _schema in KINDS))


def remove(lab: Any) -> None:
    """With them goes every object of their kinds."""
    lab.kubectl("delete", "crd", *(f"{plural}.{GROUP}" for _kind, plural, _schema in KINDS), "--ignore-not-found", "--wait=true")


if __name__ == "__main__":
    print(text())
