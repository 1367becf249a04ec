# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs orders in the cluster: a Job whose pod is fed with the client's own source. Everything that is made for it goes again."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from ..engine.errors import GatewayError
from ..stores.transport import ApiError, Transport
from .answer import Volley
from .inside import LIBRARIES
from .order import Order
from .pack import unpack

FILES = ("answer", "client", "connect", "inside", "order", "pack", "stream", "volley")
"""The client without Ansible; a test holds it to that."""
PATHS = {"ConfigMap": "/api/v1/namespaces/{}/configmaps", "Secret": "/api/v1/namespaces/{}/secrets", "Job": "/apis/batch/v1/namespaces/{}/jobs"}
HOPELESS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError")
NOBODY = 65532
PAUSE = 0.5


class JobError(GatewayError):
    """The requests could not be sent from inside the cluster."""


class Clock(Protocol):
    def __call__(self) -> float: ...


@dataclass
class Inside:
    """Where a Job runs, and on what image. ``sleep`` and ``clock`` are seams for tests."""

    transport: Transport
    namespace: str
    image: str
    seconds: float
    sleep: Callable[[float], None] = time.sleep
    clock: Clock = field(default=time.monotonic)

    def fire_all(self, orders: Sequence[Order], parallel: int) -> list[Volley]:
        name = f"traffic-probe-{secrets.token_hex(4)}"
        made: list[Mapping[str, Any]] = []
        try:
            for obj in objects(name, self.namespace, self.image, orders, parallel, self.seconds):
                made.append(obj)
                query = {"fieldManager": "inference.gateway", "force": "true"}
                self.transport.request("PATCH", self._path(obj), query=query, body=obj, content_type="application/apply-patch+yaml")
            pod = self._finished(name)
            return self._answers(pod)
        except ApiError as error:
            raise JobError(f"The Job {self.namespace}/{name} that was to send the requests: {error}") from error
        finally:
            for obj in reversed(made):
                self._remove(obj)

    def _path(self, obj: Mapping[str, Any]) -> str:
        return f"{PATHS[obj['kind']].format(self.namespace)}/{obj['metadata']['name']}"

    def _remove(self, obj: Mapping[str, Any]) -> None:
        try:
            self.transport.request("DELETE", self._path(obj), body={"propagationPolicy": "Background"})
        except ApiError as error:
            if error.status != 404:
                raise JobError(f"{obj['kind']} {self.namespace}/{obj['metadata']['name']} could not be removed: {error}") from error

    def _finished(self, name: str) -> str:
        """The pod of the Job, once it has ended well."""
        end = self.clock() + self.seconds
        while True:
            pods = self.transport.request("GET", f"/api/v1/namespaces/{self.namespace}/pods", query={"labelSelector": f"job-name={name}"}).get("items") or []
            for pod in pods:
                phase, why = _state(pod)
                if phase == "Succeeded":
                    return str(pod["metadata"]["name"])
                if phase == "Failed":
                    raise JobError(f"The pod {pod['metadata']['name']} that was to send the requests failed{why}. {self._tail(pod['metadata']['name'])}")
                if any(word in why for word in HOPELESS):
                    raise JobError(f"The pod {pod['metadata']['name']} that was to send the requests does not start{why}. Is image {self.image} right?")
            if self.clock() > end:
                state = _state(pods[0])[0] if pods else "not there"
                raise JobError(f"The pod that was to send the requests is {state} after {self.seconds:.0f} s.")
            self.sleep(PAUSE)

    def _log(self, pod: str) -> str:
        url = f"{self.transport.host.rstrip('/')}/api/v1/namespaces/{self.namespace}/pods/{pod}/log"
        answer = self.transport.pool.request("GET", url, headers=dict(self.transport.credentials()), retries=False, timeout=60.0)
        text = str(answer.data.decode("utf-8", "replace"))
        if answer.status != 200:
            raise JobError(f"The log of pod {self.namespace}/{pod}, which holds the answers, cannot be read: {text[:300]}")
        return text

    def _tail(self, pod: str) -> str:
        try:
            return f"Its log ends with: {' '.join(self._log(pod).split())[-300:]}"
        except JobError as error:
            return str(error)

    def _answers(self, pod: str) -> list[Volley]:
        lines = [line for line in self._log(pod).splitlines() if line.strip()]
        try:
            told = json.loads(lines[-1])
        except (IndexError, ValueError) as error:
            raise JobError(f"Pod {self.namespace}/{pod} printed no answers. {' '.join(lines)[-300:]}") from error
        if "error" in told:
            raise JobError(f"Pod {self.namespace}/{pod} sent nothing: {told['error']}. Use an image that has {' and '.join(LIBRARIES)} for its python3.")
        return unpack(told["volleys"])


def _state(pod: Mapping[str, Any]) -> tuple[str, str]:
    status = pod.get("status") or {}
    reasons = [status.get("reason")]
    for each in status.get("containerStatuses") or ():
        state = each.get("state") or {}
        reasons += [(state.get(kind) or {}).get("reason") for kind in ("waiting", "terminated")]
    why = ", ".join(str(reason) for reason in reasons if reason)
    return str(status.get("phase") or "Pending"), f" ({why})" if why else ""


def source(name: str) -> str:
    """A file of the client as text; from the zip file too in which Ansible sends modules."""
    module = import_module(f"{__package__}.{name}")
    loader = sys.modules[module.__name__].__loader__
    text = loader.get_source(module.__name__) if loader is not None and hasattr(loader, "get_source") else None
    if text is None:
        raise JobError(f"The source of {module.__name__} cannot be read, so it cannot be sent into the cluster.")
    return str(text)


def objects(name: str, namespace: str, image: str, orders: Sequence[Order], parallel: int, seconds: float) -> list[dict[str, Any]]:
    """Code in a ConfigMap; orders in a Secret, since headers may be secret; the Job that runs one with the other."""
    meta = {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/name": "traffic-probe", "app.kubernetes.io/managed-by": "inference.gateway"}}
    wish = json.dumps({"orders": [order.dump() for order in orders], "parallel": parallel})
    code = {f"{file}.py": source(file) for file in FILES}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"__init__.py": "", **code}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "stringData": {"orders.json": wish}},
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": job_spec(name, image, seconds, meta["labels"])},
    ]


def job_spec(name: str, image: str, seconds: float, labels: Any) -> dict[str, Any]:
    """One try, with no rights at all. A mesh's sidecar would never end, and the Job with it."""
    container = {
        "name": "probe",
        "image": image,
        "command": ["python3", "-m", "probe.inside", "/orders/orders.json"],
        "workingDir": "/code",
        "env": [{"name": "PYTHONDONTWRITEBYTECODE", "value": "1"}],
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "code", "mountPath": "/code/probe"}, {"name": "orders", "mountPath": "/orders"}],
    }
    security = {"runAsNonRoot": True, "runAsUser": NOBODY, "runAsGroup": NOBODY, "fsGroup": NOBODY, "seccompProfile": {"type": "RuntimeDefault"}}
    volumes = [{"name": "code", "configMap": {"name": name}}, {"name": "orders", "secret": {"secretName": name, "defaultMode": 0o440}}]
    pod = {"restartPolicy": "Never", "automountServiceAccountToken": False, "enableServiceLinks": False, "securityContext": security}
    template = {
        "metadata": {"labels": {**labels, "sidecar.istio.io/inject": "false"}, "annotations": {"sidecar.istio.io/inject": "false"}},
        "spec": {**pod, "containers": [container], "volumes": volumes},
    }
    return {"backoffLimit": 0, "activeDeadlineSeconds": max(int(seconds), 1), "ttlSecondsAfterFinished": 300, "template": template}
