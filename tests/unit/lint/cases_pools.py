# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hits and misses of the rules about backends, pools and plain objects."""

from __future__ import annotations

from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import GroupKind
from unit.lint.cases_attachments import HTTPS, gateway
from unit.lint.cases_routes import CASE, one, service
from unit.models.support import rule

PICKER = {"service": "epp", "port": 9002}
POOL = {"name": "p", "selector": {"app": "m"}, "ports": [8000], "endpoint_picker": PICKER}
TO_POOL = {"pool": "p"}
AWAY = {"service": "ollama", "port": 11434, "namespace": "models"}


def deployment(name: str, app: str = "m", port: int | None = 8000, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": app}}, "spec": {"containers": [container(port)]}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {"template": template, **spec}}


def container(port: int | None, *args: str) -> dict[str, Any]:
    return {"image": "vllm/vllm-openai:v1", "args": list(args), "ports": [{"name": "http", "containerPort": port}] if port else []}


def picker(*args: str, replicas: int = 1) -> list[dict[str, Any]]:
    made = deployment("epp", app="epp", port=9002, replicas=replicas)
    made["spec"]["template"]["spec"]["containers"][0]["args"] = list(args)
    return [made, selecting("epp", "epp", 9002)]


def selecting(name: str, app: str, port: int, target: Any = None) -> dict[str, Any]:
    made = service(name, port)
    made["spec"]["selector"] = {"app": app}
    if target:
        made["spec"]["ports"][0]["targetPort"] = target
    return made


def proxied(restart: str) -> dict[str, Any]:
    """A model server that another container of its pod answers for, as llm-d has it."""
    made = deployment("m", port=8200)
    made["spec"]["template"]["spec"]["initContainers"] = [{"restartPolicy": restart, "ports": [{"name": "front", "containerPort": 8000}]}]
    return made


def grpc(pool: Any) -> dict[str, Any]:
    backend = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": pool}
    spec = {"parentRefs": [{"name": "gw"}], "rules": [{"backendRefs": [backend]}]}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GRPCRoute", "metadata": {"name": "g"}, "spec": spec}


def links(on: bool) -> dict[str, Any]:
    made = deployment("m")
    made["spec"]["template"]["spec"]["enableServiceLinks"] = on
    return made


def pools(*objects: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"pools": [{**POOL, **changes}], "objects": list(objects)}


def grant(kind: str, name: str | None = None, space: str = "models", source: str = "HTTPRoute") -> dict[str, Any]:
    origin = {"group": "gateway.networking.k8s.io", "kind": source, "namespace": "default"}
    target = {"group": "", "kind": kind, **({"name": name} if name else {})}
    meta = {"name": "g", "namespace": space}
    return {"apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant", "metadata": meta, "spec": {"from": [origin], "to": [target]}}


def away(*objects: dict[str, Any], **fields: Any) -> dict[str, Any]:
    known = one(rule(backends=[AWAY]), objects=list(objects))
    known["routes"][0] |= fields
    return known


FAR = {**HTTPS, "tls": {"certificates": [{"name": "cert", "namespace": "models"}]}}
EXTERNAL = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "ollama"}, "spec": {"type": "ExternalName", "externalName": "a.com"}}
ROLES = {"roles": [{"entryTemplate": {"spec": {"containers": []}}}]}
MODEL_SERVING = {"apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "ModelServing", "metadata": {"name": "m"}, "spec": ROLES}
RUNNING = {"metadata": {"name": "m-1", "namespace": "default", "labels": {"app": "m"}}, "spec": {"containers": [container(8000)]}}
KSERVE = {"apiVersion": "serving.kserve.io/v1alpha1", "kind": "LLMInferenceService", "metadata": {"name": "m"}, "spec": {"model": {"uri": "hf://a/b"}}}
DOOR = service("door", 80)
DOOR["spec"]["selector"] = {"gateway.networking.k8s.io/gateway-name": "gw"}
SERVICE, POD, POOLS = GroupKind("", "Service"), GroupKind("", "Pod"), GroupKind("inference.networking.k8s.io", "InferencePool")
THERE = {("default", "ollama"): service("ollama", 11434)}
SPLIT = [{"pool": "p"}, {"pool": "q"}]

CASES: list[CASE] = [
    ("two-pools-one-rule", one(rule(backends=SPLIT), renderer="istio"), "rules[0].backends: split between the pools p and q"),
    ("two-pools-one-rule", one(rule(backends=SPLIT)), ""),
    ("two-pools-one-rule", one(rule(backends=[{"pool": "p", "weight": 0}, {"pool": "q"}]), renderer="istio"), ""),
    ("unknown-backend", one(rule(), objects=[]), "rules[0].backends[0]: Service default/ollama is neither declared nor known."),
    ("unknown-backend", one(rule(), objects=[service("ollama", 11434) | {"metadata": {"name": "ollama", "namespace": "ai"}}]), "Write namespace: ai."),
    ("unknown-backend", one(rule(), objects=[], facts={SERVICE: THERE}), ""),
    ("unknown-backend", one(rule(), facts={SERVICE: {}}), "Service default/ollama is neither"),
    ("unknown-backend", one(rule()), ""),
    ("unknown-backend", one(rule(backends=[TO_POOL]), pools=[]), "InferencePool default/p is neither declared nor known."),
    ("unknown-backend", one(rule(backends=[TO_POOL]), pools=[POOL]), ""),
    ("unknown-backend", one(rule(backends=[TO_POOL]), pools=[], facts={POOLS: {("default", "p"): {}}}), ""),
    ("unknown-backend", one(rule(backends=[{"resource": {"group": "a.b", "kind": "C", "name": "d"}}]), objects=[], pools=[]), ""),
    ("external-name", one(rule(), objects=[EXTERNAL]), "backends[0]: Service ollama is of type ExternalName."),
    ("external-name", one(rule(), objects=[service("ollama", 11434)]), ""),
    ("grant-missing", away(grants=False), "backends[0]: points into namespace models, where no ReferenceGrant"),
    ("grant-missing", away(grant("Service", "other"), grants=False), "no ReferenceGrant"),
    ("grant-missing", away(grant("Service"), grants=False), ""),
    ("grant-missing", away(grant("Service", "ollama"), grants=False), ""),
    ("grant-missing", away(), ""),
    ("certificate-grant-missing", {"gateways": [gateway(FAR, grants=False)], "objects": []}, "listeners[0].tls.certificates[0]: lies in namespace models"),
    ("certificate-grant-missing", {"gateways": [gateway(FAR, grants=False)], "objects": [grant("Secret", "cert", source="Gateway")]}, ""),
    ("certificate-grant-missing", {"gateways": [gateway(FAR)], "objects": []}, ""),
    ("pool-selects-nothing", pools(deployment("x", app="other")), "inference_pools[0] (p).selector: takes no pod of any workload"),
    ("pool-selects-nothing", pools(deployment("x")), ""),
    ("pool-selects-nothing", pools(MODEL_SERVING), ""),
    ("pool-selects-nothing", pools(KSERVE), ""),
    ("pool-selects-nothing", pools({**KSERVE, "metadata": {"name": "m", "namespace": "other"}}), "takes no pod"),
    ("pool-selects-nothing", pools(MODEL_SERVING) | {"facts": {POD: {}}}, "takes no pod"),
    ("pool-selects-nothing", pools() | {"facts": {POD: {("default", "m-1"): RUNNING}}}, ""),
    ("pool-selects-nothing", {"pools": [POOL]}, ""),
    ("pool-port-unserved", pools(deployment("x", port=8300)), "inference_pools[0] (p).ports: objects[0] (Deployment x) listens on none of them but on 8300."),
    ("pool-port-unserved", pools(deployment("x")), ""),
    ("pool-port-unserved", pools(deployment("x", port=None)), ""),
    ("pool-port-unserved", pools(proxied("Always")), ""),
    ("pool-port-unserved", pools(proxied("Never")), "but on 8200."),
    ("pools-share-pods", {"pools": [POOL, {**POOL, "name": "q"}], "objects": [deployment("x")]}, "(q).selector: takes pods of objects[0] (Deployment x)"),
    ("pools-share-pods", {"pools": [POOL, {**POOL, "name": "q", "selector": {"app": "n"}}], "objects": [deployment("x"), deployment("y", app="n")]}, ""),
    ("pool-without-route", one(rule(), pools=[POOL]), "inference_pools[0] (p): no route sends to it."),
    ("pool-without-route", one(rule(backends=[TO_POOL]), pools=[POOL]), ""),
    ("pool-without-route", {"pools": [POOL]}, ""),
    ("pool-without-route", one(rule(), pools=[POOL], objects=[grpc("p")]), ""),
    ("pool-without-route", one(rule(), pools=[POOL], objects=[grpc("q"), grpc({}), {**grpc("p"), "spec": {"rules": 5}}]), "no route sends to it."),
    ("picker-unknown", pools(), "inference_pools[0] (p).endpoint_picker: Service default/epp is neither declared nor known."),
    ("picker-unknown", pools(service("epp", 9002)), ""),
    ("picker-unknown", {"pools": [POOL]}, ""),
    ("picker-port", pools(service("epp", 9003)), "endpoint_picker.port: 9002 is no port of Service epp. It has 9003."),
    ("picker-port", pools(service("epp", 9002)), ""),
    ("picker-of-other-pool", pools(*picker("--pool-name=q")), "objects[0] (Deployment epp) is started for the pool q, not for p."),
    ("picker-of-other-pool", pools(*picker("-poolName", "q")), "started for the pool q"),
    ("picker-of-other-pool", pools(*picker("--pool-name=p")), ""),
    ("picker-of-other-pool", pools(*picker()), ""),
    ("picker-replicas", pools(*picker(replicas=2)), "endpoint_picker: objects[0] (Deployment epp) has 2 replicas and no leader."),
    ("picker-replicas", pools(*picker("--ha-enable-leader-election", replicas=2)), ""),
    ("picker-replicas", pools(*picker()), ""),
    ("objective-pool-unknown", {"objectives": [{"name": "o", "pool": "q"}], "pools": [POOL]}, "(o).pool: InferencePool default/q is neither"),
    ("objective-pool-unknown", {"objectives": [{"name": "o", "pool": "p"}], "pools": [POOL]}, ""),
    ("objective-pool-unknown", {"objectives": [{"name": "o", "pool": "q"}]}, ""),
    ("service-becomes-vllm-port", {"objects": [links(True), service("vllm", 80)]}, "objects[1] (Service vllm): sets VLLM_PORT in objects[0] (Deployment m)."),
    ("service-becomes-vllm-port", {"objects": [links(False), service("vllm", 80)]}, ""),
    ("service-becomes-vllm-port", {"objects": [links(True), service("vllm-a", 80)]}, ""),
    ("service-selects-nothing", {"objects": [selecting("s", "n", 80), deployment("x")]}, "objects[0] (Service s).spec.selector: takes no pod"),
    ("service-selects-nothing", {"objects": [selecting("s", "m", 80), deployment("x")]}, ""),
    ("service-selects-nothing", {"objects": [selecting("s", "n", 80), MODEL_SERVING]}, ""),
    ("service-selects-nothing", {"objects": [DOOR, deployment("x")]}, ""),
    ("service-target-port", {"objects": [selecting("s", "m", 80, "web"), deployment("x")]}, "spec.ports[0].targetPort: web is no port"),
    ("service-target-port", {"objects": [selecting("s", "m", 80, "front"), proxied("Always")]}, ""),
    ("service-target-port", {"objects": [selecting("s", "m", 80, "http"), selecting("t", "m", 80, 8000), deployment("x")]}, ""),
]
