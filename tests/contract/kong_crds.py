# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of Kong's ingress controller (configuration.konghq.com) as a test machine can have them: its own definitions cannot be fetched there.

Which fields there are, their types, and what the API server itself refuses are those of the definitions that the chart kong 3.4.1 brings
(Kong/kubernetes-configuration v1.5.2); the words are ours. Programs use ``install``; the chart of the tests gets ``text``.
Left out: fields of Konnect (``spec.controlPlaneRef``), and the kinds that this collection does not write.
"""

from __future__ import annotations

import json
from typing import Any

GROUP = "configuration.konghq.com"
VERSION = "v1.5.2"
Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NATURAL: Schema = {"type": "integer", "minimum": 0}
ANYTHING: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
PENDING = [
    {"type": "Programmed", "status": "Unknown", "reason": "Pending", "message": "no controller has looked yet", "lastTransitionTime": "1970-01-01T00:00:00Z"}
]


def thing(*required: str, **fields: Schema) -> Schema:
    return {"type": "object", "properties": fields} | ({"required": list(required)} if required else {})


def array(of: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": of, **more}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def rules(*pairs: tuple[str, str]) -> Schema:
    """Pairs of a message and a CEL rule."""
    return {"x-kubernetes-validations": [{"message": message, "rule": rule} for message, rule in pairs]}


def conditions(**more: Any) -> Schema:
    each = thing(
        *("type", "status", "reason", "message", "lastTransitionTime"),
        type={"type": "string", "maxLength": 316},
        status=one_of("True", "False", "Unknown"),
        reason={"type": "string", "minLength": 1, "maxLength": 1024},
        message={"type": "string", "maxLength": 32768},
        lastTransitionTime={"type": "string", "format": "date-time"},
        observedGeneration=NATURAL,
    )
    return array(each, maxItems=8, **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}, **more)


def tags() -> Schema:
    return array(TEXT, maxItems=20, **rules(("a tag has 1 to 128 characters", "self.all(tag, size(tag) >= 1 && size(tag) <= 128)")))


def consumer() -> Schema:
    unique = {"x-kubernetes-list-type": "set"}
    fields = {
        "username": TEXT,
        "custom_id": TEXT,
        "credentials": array(TEXT, **unique),
        "consumerGroups": array(TEXT, **unique),
        "spec": thing(tags=tags()),
        "status": thing(conditions=conditions()) | {"default": {"conditions": PENDING}},
    }
    return thing(**fields) | rules(("a consumer needs a username or a custom_id", "has(self.username) || has(self.custom_id)"))


def consumer_group() -> Schema:
    return thing(spec=thing(name=TEXT, tags=tags()), status=thing(conditions=conditions()) | {"default": {"conditions": PENDING}})


def plugin(*place: str) -> Schema:
    """``place`` is what else a reference to a Secret has to name: a cluster's plugin has no namespace of its own."""
    reference = thing("secretKeyRef", secretKeyRef=thing("name", "key", *place, **dict.fromkeys(("name", "key", *place), TEXT)))
    order = {"type": "object", "additionalProperties": array(TEXT)}
    fields = {
        "plugin": TEXT,
        "config": ANYTHING,
        "configFrom": reference,
        "configPatches": array(thing("path", "valueFrom", path=TEXT, valueFrom=reference)),
        "consumerRef": TEXT,
        "disabled": FLAG,
        "instance_name": TEXT,
        "ordering": thing(before=order, after=order),
        "protocols": array(one_of("http", "https", "grpc", "grpcs", "tcp", "tls", "udp")),
        "run_on": one_of("first", "second", "all"),
        "status": thing(conditions=conditions(default=PENDING)),
    }
    return thing("plugin", **fields) | rules(
        ("config and configFrom exclude each other", "!(has(self.config) && has(self.configFrom))"),
        ("configFrom and configPatches exclude each other", "!(has(self.configFrom) && has(self.configPatches))"),
        ("the plugin field is immutable", "self.plugin == oldSelf.plugin"),
    )


def hash_on() -> Schema:
    return thing(input=one_of("ip", "consumer", "path", "none"), cookie=TEXT, cookiePath=TEXT, header=TEXT, queryArg=TEXT, uriCapture=TEXT)


def checks() -> Schema:
    statuses = array({"type": "integer", "minimum": 100, "maximum": 599})
    kind = one_of("http", "https", "tcp", "grpc", "grpcs")
    healthy = thing(httpStatuses=statuses, interval=NATURAL, successes=NATURAL)
    unhealthy = thing(httpStatuses=statuses, interval=NATURAL, httpFailures=NATURAL, tcpFailures=NATURAL, timeouts=NATURAL)
    active = {
        "type": kind,
        "concurrency": {"type": "integer", "minimum": 1},
        "headers": {"type": "object", "additionalProperties": array(TEXT)},
        "httpPath": {"type": "string", "pattern": "^/.*$"},
        "httpsSni": TEXT,
        "httpsVerifyCertificate": FLAG,
        "timeout": NATURAL,
        "healthy": healthy,
        "unhealthy": unhealthy,
    }
    return thing(active=thing(**active), passive=thing(type=kind, healthy=healthy, unhealthy=unhealthy), threshold={"type": "integer"})


def upstream_policy() -> Schema:
    algorithms = ("round-robin", "consistent-hashing", "least-connections", "latency", "sticky-sessions")
    fields = {
        "algorithm": one_of(*algorithms),
        "slots": {"type": "integer", "minimum": 10, "maximum": 65536},
        "hashOn": hash_on(),
        "hashOnFallback": hash_on(),
        "healthchecks": checks(),
        "stickySessions": thing("cookie", cookie={"type": "string", "minLength": 1}, cookiePath={"type": "string", "default": "/"}),
    }
    return thing(spec=thing(**fields)) | rules(*policy_rules())


def policy_rules() -> list[tuple[str, str]]:
    def single(field: str, *names: str) -> tuple[str, str]:
        many = ", ".join(f"has({field}.{name})" for name in names)
        return f"{field[5:]} takes one of {', '.join(names)}", f"has({field}) ? [{many}].filter(given, given).size() <= 1 : true"

    on, back, sticky, checked = "self.spec.hashOn", "self.spec.hashOnFallback", "self.spec.stickySessions", "self.spec.healthchecks"
    only_none = "".join(f" && !has({on}.{name})" for name in ("cookie", "cookiePath", "header", "uriCapture", "queryArg"))
    hashing = "has(self.spec.algorithm) && self.spec.algorithm"
    found = [
        single(on, "input", "cookie", "header", "uriCapture", "queryArg"),
        single(back, "input", "header", "uriCapture", "queryArg"),
        ("hashOn.cookie needs cookiePath", f"has({on}) && has({on}.cookie) ? has({on}.cookiePath) : true"),
        ("hashOn.cookiePath needs cookie", f"has({on}) && has({on}.cookiePath) ? has({on}.cookie) : true"),
        ("hashOn needs algorithm consistent-hashing or sticky-sessions", f"has({on}) ? {hashing} in ['consistent-hashing', 'sticky-sessions'] : true"),
        ("hashOnFallback needs algorithm consistent-hashing", f"has({back}) ? {hashing} == 'consistent-hashing' : true"),
        ("hashOn.cookie excludes hashOnFallback", f"has({on}) && has({on}.cookie) ? !has({back}) : true"),
        (
            "stickySessions needs hashOn.input none and nothing else in hashOn",
            f"has({sticky}) ? has({on}) && has({on}.input) && {on}.input == 'none'{only_none} : true",
        ),
        ("stickySessions needs algorithm sticky-sessions", f"has({sticky}) ? {hashing} == 'sticky-sessions' : true"),
    ]
    for state in ("healthy", "unhealthy"):
        passive = f"{checked}.passive"
        there = f"has({checked}) && has({passive}) && has({passive}.{state})"
        found.append((f"a passive check has no interval ({state})", f"{there} ? !has({passive}.{state}.interval) : true"))
    return found


# Kind, its plural, version, schema, whether it lives in the cluster as a whole.
KINDS: tuple[tuple[str, str, str, Schema, bool], ...] = (
    ("KongConsumer", "kongconsumers", "v1", consumer(), False),
    ("KongPlugin", "kongplugins", "v1", plugin(), False),
    ("KongClusterPlugin", "kongclusterplugins", "v1", plugin("namespace"), True),
    ("KongConsumerGroup", "kongconsumergroups", "v1beta1", consumer_group(), False),
    ("KongUpstreamPolicy", "kongupstreampolicies", "v1beta1", upstream_policy(), False),
)


def definition(kind: str, plural: str, version: str, schema: Schema, cluster: bool) -> dict[str, Any]:
    schema["properties"] |= {"apiVersion": TEXT, "kind": TEXT, "metadata": {"type": "object"}}
    served = {"name": version, "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower(), "categories": ["kong"]}
    about = {"name": f"{plural}.{GROUP}", "annotations": {"kubernetes-configuration.konghq.com/version": VERSION}}
    spec = {"group": GROUP, "names": names, "scope": "Cluster" if cluster else "Namespaced", "versions": [served]}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": about, "spec": spec}


def definitions() -> list[dict[str, Any]]:
    return [definition(*each) for each in KINDS]


def text() -> str:
    return "".join(f"---\n{json.dumps(each)}\n" for each in definitions())


def install(lab: Any) -> None:
    """Makes them known to a lab (about a second) and may be called again. Role kong leaves them alone unless it adopts them."""
    lab.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=text())
    names = [f"crd/{plural}.{GROUP}" for _kind, plural, *_rest in KINDS]
    lab.kubectl("wait", "--for=condition=Established", "--timeout=30s", *names)


def remove(lab: Any) -> None:
    """With them goes every object of their kinds."""
    names = [f"{plural}.{GROUP}" for _kind, plural, *_rest in KINDS]
    lab.kubectl("delete", "crd", *names, "--ignore-not-found", "--wait=true")
