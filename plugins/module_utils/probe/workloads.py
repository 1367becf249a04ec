# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model servers stopped for a while and started again: the fault by which a failover is proved.

What stands behind a Service is scaled to zero. How many pods it had is noted on the object itself, in the same write, so that a run which is killed leaves
behind what the next one needs to set it right. Afterwards the object is as it was, down to whose field the number is: whoever applies it later meets no
conflict with us.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import GatewayError
from ..stores.transport import ApiError, Transport

NOTE = "inference.gateway/stopped-by-verify"
MANAGER = "inference.gateway.verify"
PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets"}
APPS = "/apis/apps/v1"
MERGE = "application/merge-patch+json"
ATTEMPTS = 10
PAUSE = 0.1


class NoFaultError(GatewayError):
    """Why something cannot be stopped."""


@dataclass(frozen=True, order=True)
class Workload:
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def path(self) -> str:
        return f"{APPS}/namespaces/{self.namespace}/{PLURALS[self.kind]}/{self.name}"


def behind(transport: Transport, service: str) -> set[Workload]:
    """What keeps the pods of a Service, by the Service's namespace and name; an error where that is nothing that can be started again."""
    namespace, _slash, name = service.partition("/")
    query = {"labelSelector": f"kubernetes.io/service-name={name}"}
    slices = transport.request("GET", f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices", query=query).get("items") or []
    targets = [endpoint.get("targetRef") or {} for each in slices for endpoint in each.get("endpoints") or ()]
    pods = sorted({str(target["name"]) for target in targets if target.get("kind") == "Pod"})
    if not pods:
        raise NoFaultError(f"{service} has no pods that could be stopped")
    return {_keeper(transport, namespace, pod) for pod in pods}


def _keeper(transport: Transport, namespace: str, pod: str) -> Workload:
    owner = _controller(transport.request("GET", f"/api/v1/namespaces/{namespace}/pods/{pod}"))
    if owner.get("kind") == "ReplicaSet":
        owner = _controller(transport.request("GET", f"{APPS}/namespaces/{namespace}/replicasets/{owner['name']}"))
    if owner.get("kind") not in PLURALS or not str(owner.get("apiVersion")).startswith("apps/"):
        raise NoFaultError(f"pod {namespace}/{pod} is kept by {owner.get('kind', 'nothing')}, and only Deployments and StatefulSets can be stopped")
    return Workload(owner["kind"], namespace, owner["name"])


def _controller(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each for each in obj["metadata"].get("ownerReferences") or () if each.get("controller")), {})


def stop(transport: Transport, workload: Workload) -> None:
    """To zero, with a note of what was. One that is noted already stays as it is."""
    _repeated(_stop, transport, workload)


def start(transport: Transport, workload: Workload) -> None:
    """As it was. Nothing is done without a note."""
    _repeated(_start, transport, workload)


def _repeated(step: Callable[[Transport, Workload], None], transport: Transport, workload: Workload) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            step(transport, workload)
            return
        except ApiError as error:
            if error.status != 409 or attempt == ATTEMPTS:  # somebody else wrote, such as its controller
                raise
            transport.sleep(PAUSE * attempt)


def _stop(transport: Transport, workload: Workload) -> None:
    live = transport.request("GET", workload.path)
    meta = live["metadata"]
    if NOTE in (meta.get("annotations") or {}):
        return
    note = {"replicas": live["spec"].get("replicas", 1), "managers": owners(meta.get("managedFields") or [])}
    head = {"resourceVersion": meta["resourceVersion"], "annotations": {NOTE: json.dumps(note)}}
    _patch(transport, workload, {"metadata": head, "spec": {"replicas": 0}})


def _start(transport: Transport, workload: Workload) -> None:
    live = transport.request("GET", workload.path)
    text = (live["metadata"].get("annotations") or {}).get(NOTE)
    if text is None:
        return
    note = json.loads(text)
    # A number that somebody else has given it meanwhile is not ours to change.
    if live["spec"].get("replicas", 1) == 0:
        # Two writes: one in which the number changes would make the field ours, whatever it says of managers. The note goes with the second.
        head = {"resourceVersion": live["metadata"]["resourceVersion"]}
        live = _patch(transport, workload, {"metadata": head, "spec": {"replicas": note["replicas"]}})
    meta = live["metadata"]
    head = {"resourceVersion": meta["resourceVersion"], "annotations": {NOTE: None}}
    fields = meta.get("managedFields") or []
    if any(owner["manager"] == MANAGER for owner in owners(fields)):
        head["managedFields"] = handed_back(fields, note["managers"])
    _patch(transport, workload, {"metadata": head})


def _patch(transport: Transport, workload: Workload, body: Mapping[str, Any]) -> Any:
    return transport.request("PATCH", workload.path, query={"fieldManager": MANAGER}, body=body, content_type=MERGE)


def owners(fields: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Whose field the number of pods is: the heads of those entries of managedFields."""
    return [_head(entry) for entry in fields if "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})]


def _head(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("manager", "operation", "apiVersion", "fieldsType", "subresource") if name in entry}


def handed_back(fields: Iterable[Mapping[str, Any]], managers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """managedFields without us, where the number of pods is again the field of those who had it."""
    found = [{**entry, "fieldsV1": dict(entry.get("fieldsV1") or {})} for entry in fields if entry.get("manager") != MANAGER]
    for manager in managers:
        entry = next((each for each in found if _head(each) == manager), None)
        if entry is None:
            entry = {**manager, "fieldsV1": {}}
            found.append(entry)
        entry["fieldsV1"]["f:spec"] = {**(entry["fieldsV1"].get("f:spec") or {}), "f:replicas": {}}
    return found


def left_stopped(transport: Transport, namespaces: Iterable[str]) -> list[Workload]:
    """What an earlier run stopped and could not start again."""
    found = []
    for namespace in sorted(set(namespaces)):
        for kind, plural in PLURALS.items():
            items = transport.request("GET", f"{APPS}/namespaces/{namespace}/{plural}").get("items") or []
            found += [Workload(kind, namespace, item["metadata"]["name"]) for item in items if NOTE in (item["metadata"].get("annotations") or {})]
    return found
