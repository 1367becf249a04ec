# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is an object ready, and if not: which condition, why, and what usually helps? Pure.

Conditions are read where each kind really keeps them, and only when their ``observedGeneration`` is the object's: an old "True" says nothing
about a new spec. The API server seeds Gateways with conditions that nobody has set, so only status "True" counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import readiness_gke as gke
from .conditions import Conditions
from .conditions import failures as _failures
from .conditions import generation as _generation
from .conditions import status as _status
from .objects import Object, group_of


def unmet(obj: Object) -> str:
    """Empty when the object is ready, else what is missing, with a hint."""
    group = group_of(obj.get("apiVersion") or "")
    if group == _APIM:
        return _state(obj)
    known = group in _GROUPS  # Istio has a Gateway and Knative a Service of their own
    return (_RULES.get(obj["kind"], _generic) if known else _generic)(obj)


def _gateway(obj: Object) -> str:
    conditions = _status(obj).get("conditions") or ()
    found = _failures(conditions, ("Accepted", "Programmed"), _generation(obj))
    for listener in _status(obj).get("listeners") or ():
        problems = _failures(listener.get("conditions") or (), ("ResolvedRefs", "Programmed"), _generation(obj))
        found += [f"listener {listener.get('name')}: {problem}" for problem in problems]
    if found and all(condition.get("observedGeneration") is None for condition in conditions):
        wanted = obj.get("spec", {}).get("gatewayClassName")
        found.append(f"no controller has looked at it: is there a GatewayClass {wanted}, and does its controller run?")
    return "; ".join(found)


def _route(obj: Object) -> str:
    reports = _status(obj).get("parents") or ()
    found = []
    for parent in obj.get("spec", {}).get("parentRefs") or ():
        label = f"parent {parent.get('namespace') or obj['metadata'].get('namespace')}/{parent.get('name')}"
        answers = [report for report in reports if _same_parent(report.get("parentRef") or {}, parent, obj)]
        if not answers:
            found.append(f"{label}: no controller reports on it: does the Gateway exist, and does its controller run?")
        for answer in answers:
            problems = _failures(answer.get("conditions") or (), ("Accepted", "ResolvedRefs"), _generation(obj))
            found += [f"{label} ({answer.get('controllerName')}): {problem}" for problem in problems]
    return "; ".join(found)


def _same_parent(reported: Mapping[str, Any], declared: Mapping[str, Any], obj: Object) -> bool:
    """By name, not by group: some controllers report their own group (Istio writes networking.istio.io)."""
    home = obj["metadata"].get("namespace")
    return (
        reported.get("name") == declared.get("name")
        and (reported.get("namespace") or home) == (declared.get("namespace") or home)
        and reported.get("sectionName") == declared.get("sectionName")
        and reported.get("port") == declared.get("port")
    )


def _pool(obj: Object) -> str:
    reports = _status(obj).get("parents") or ()
    if not reports:
        return "no Gateway reports on it: a pool is looked at only when a route that refers to it is attached to a Gateway"
    found = []
    for report in reports:
        problems = _failures(report.get("conditions") or (), ("Accepted", "ResolvedRefs"), _generation(obj))
        found += [f"parent {(report.get('parentRef') or {}).get('name')}: {problem}" for problem in problems]
    return "; ".join(found)


def _stale(obj: Object) -> str:
    seen = _status(obj).get("observedGeneration") or 0
    return f"its controller has not seen generation {_generation(obj)} yet" if seen < _generation(obj) else ""


def _replicas(obj: Object, *counters: str) -> str:
    if stale := _stale(obj):
        return stale
    wanted = obj.get("spec", {}).get("replicas", 1)
    status = _status(obj)
    short = [f"{name} {status.get(name) or 0} of {wanted}" for name in counters if (status.get(name) or 0) < wanted]
    extra = (status.get("replicas") or 0) > wanted
    return ", ".join(short) if short else ("old replicas are still there" if extra else "")


def _deployment(obj: Object) -> str:
    return _replicas(obj, "updatedReplicas", "availableReplicas")


def _statefulset(obj: Object) -> str:
    if (obj.get("spec", {}).get("updateStrategy") or {}).get("type") == "OnDelete":
        return _replicas(obj, "readyReplicas")
    return _replicas(obj, "updatedReplicas", "readyReplicas")


def _daemonset(obj: Object) -> str:
    if stale := _stale(obj):
        return stale
    status = _status(obj)
    wanted = status.get("desiredNumberScheduled") or 0
    short = [name for name in ("updatedNumberScheduled", "numberAvailable") if (status.get(name) or 0) < wanted]
    return ", ".join(f"{name} {status.get(name) or 0} of {wanted}" for name in short)


def _pod(obj: Object) -> str:
    if _status(obj).get("phase") == "Succeeded":
        return ""
    return "; ".join(_failures(_status(obj).get("conditions") or (), ("Ready",), 0))


def _job(obj: Object) -> str:
    return _finished(_status(obj).get("conditions") or (), "Complete", 0)


def _finished(conditions: Conditions, wanted: str, generation: int) -> str:
    failed = next((condition for condition in conditions if condition.get("type") == "Failed" and condition.get("status") == "True"), None)
    if failed:
        return f"failed: {failed.get('message') or failed.get('reason')}"
    return "; ".join(_failures(conditions, (wanted,), generation))


def _phase(wanted: str) -> Callable[[Object], str]:
    def rule(obj: Object) -> str:
        phase = _status(obj).get("phase")
        return "" if phase == wanted else f"phase is {phase or 'not reported'}, not {wanted}"

    return rule


def _conditions(*wanted: str) -> Callable[[Object], str]:
    def rule(obj: Object) -> str:
        return "; ".join(_failures(_status(obj).get("conditions") or (), wanted, _generation(obj)))

    return rule


def _kthena(wanted: str) -> Callable[[Object], str]:
    """Conditions without a generation of their own: the status as a whole has one. A model that Kthena gave up says Failed."""

    def rule(obj: Object) -> str:
        return _stale(obj) or _finished(_status(obj).get("conditions") or (), wanted, _generation(obj))

    return rule


def _crd(obj: Object) -> str:
    return "; ".join(_failures(_status(obj).get("conditions") or (), ("NamesAccepted", "Established"), 0))


def _service(obj: Object) -> str:
    if obj.get("spec", {}).get("type") != "LoadBalancer" or (_status(obj).get("loadBalancer") or {}).get("ingress"):
        return ""
    return "no load balancer has given it an address"


def _state(obj: Object) -> str:
    """Kinds of the Apigee operator. Instead of conditions their status holds a word and a message, printed as STATE and ERRORMESSAGE."""
    word, message = _word(obj)
    if message or "fail" in word.lower():
        return f"state is {word or 'not reported'}: {message or 'its operator gives no reason'}"
    if word.lower() in _WORKING:
        return ""
    if not word:
        return "no state is reported: does the Apigee operator run, and may it act for its service account?" if obj["kind"] in _STATED else ""
    return f"state is {word}, not {' or '.join(_WORKING)}"


def _word(obj: Object) -> tuple[str, str]:
    """The documentation prints the columns and not the fields, so how these are written does not count."""
    fields = {name.lower().replace("_", ""): str(value).strip() for name, value in _status(obj).items() if isinstance(value, str)}
    return fields.get("state", ""), fields.get("errormessage", "")


def lost(obj: Object) -> bool:
    """Whether its controller has given up on what is declared now, so that waiting longer is of no use.

    A status of the Apigee operator names no generation. One that was written before our last change speaks of what was declared then.
    """
    if group_of(obj.get("apiVersion") or "") != _APIM:
        return False
    word, message = _word(obj)
    return bool(message or "fail" in word.lower()) and _written(obj, status=True) >= _written(obj, status=False)


def _written(obj: Object, status: bool) -> str:
    """When somebody last wrote the status, or the spec; empty where nothing tells. The server's times compare as text."""
    entries = obj["metadata"].get("managedFields") or ()
    return max((str(entry.get("time") or "") for entry in entries if ("f:status" if status else "f:spec") in (entry.get("fieldsV1") or ())), default="")


def _never(_obj: Object) -> str:
    """Kinds whose status nobody writes: there they are ready as soon as they exist."""
    return ""


def _programmed(obj: Object) -> str:
    """Kinds of which Kong's controller tells whether the gateway has them. Until it does, the condition is the default of their definition, dated 1970."""
    conditions = _status(obj).get("conditions") or ()
    found = _failures(conditions, ("Programmed",), _generation(obj))
    if found and all(condition.get("observedGeneration") is None for condition in conditions):
        kong_class = (obj["metadata"].get("annotations") or {}).get("kubernetes.io/ingress.class")
        found.append(f"no controller has looked at it: does Kong's ingress controller run, and does it answer to class {kong_class}?")
    return "; ".join(found)


def _generic(obj: Object) -> str:
    """Any other kind: seen by its controller if it says so, and Ready where it has such a condition."""
    if _status(obj).get("observedGeneration") is not None and (stale := _stale(obj)):
        return stale
    conditions = _status(obj).get("conditions") or ()
    wanted = [name for name in ("Ready", "Available") if any(condition.get("type") == name for condition in conditions)][:1]
    return "; ".join(_failures(conditions, wanted, _generation(obj)))


_RULES: dict[str, Callable[[Object], str]] = {
    "Gateway": _gateway,
    "GatewayClass": _conditions("Accepted"),
    "HTTPRoute": _route,
    "GRPCRoute": _route,
    "TLSRoute": _route,
    "TCPRoute": _route,
    "UDPRoute": _route,
    "InferencePool": _pool,
    "InferenceObjective": _never,
    "InferenceModelRewrite": _never,
    "Deployment": _deployment,
    "StatefulSet": _statefulset,
    "DaemonSet": _daemonset,
    "ReplicaSet": lambda obj: _replicas(obj, "readyReplicas"),
    "Pod": _pod,
    "Job": _job,
    "Namespace": _phase("Active"),
    "PersistentVolumeClaim": _phase("Bound"),
    "CustomResourceDefinition": _crd,
    "Service": _service,
    "KongConsumer": _programmed,
    "KongConsumerGroup": _programmed,
    "KongCustomEntity": _programmed,
    "KongVault": _programmed,
    "KongPlugin": _never,
    "KongClusterPlugin": _never,
    "HealthCheckPolicy": gke.attached,
    "GCPBackendPolicy": gke.attached,
    "GCPGatewayPolicy": gke.attached,
    "GCPTrafficExtension": gke.extension,
    "ModelBooster": _kthena("Active"),
    "ModelServing": _kthena("Available"),
}
_GATEWAY_GROUPS = ("gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "inference.networking.k8s.io", "inference.networking.x-k8s.io", "llm-d.ai")
_GROUPS = frozenset(
    ("", "apps", "batch", "apiextensions.k8s.io", "workload.serving.volcano.sh", "configuration.konghq.com", "networking.gke.io", *_GATEWAY_GROUPS)
)
_APIM = "apim.googleapis.com"
_WORKING = ("created", "running", "active")
_STATED = ("ApigeeBackendService", "APIMExtensionPolicy", "APIProduct", "APIOperationSet")
"""Kinds whose state is documented. Of the others nothing is awaited, but a failure counts."""
