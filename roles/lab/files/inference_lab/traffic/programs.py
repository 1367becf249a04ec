# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which real program stands behind which pod, and how it is started there. Pure.

A program runs with its pod's own arguments, environment, files and rights. What is changed besides is written down here, with the reason.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

import yaml

from . import envoy
from .container import Contents, Resolved, resolve

Object = dict[str, Any]
# Name of an image, without registry and tag -> what stands for it.
IMAGES = {"pilot": "pilot", "proxyv2": "envoy", "epp": "picker", "llm-d-router-endpoint-picker": "picker"}
# These pods are not made Ready by themselves either.
NEVER_READY = "simulator.inference.gateway/never-ready"
# Both as the expression by which KWOK's stages know the pods that the supervisor looks after, see stages/traffic.
SUPERVISED = (
    f"self.spec.containers.exists(c, c.image.matches('(^|.*/)({'|'.join(IMAGES)})(:.*|@.*)?$')) || "
    f"(has(self.metadata.annotations) && '{NEVER_READY}' in self.metadata.annotations)"
)


@dataclasses.dataclass(frozen=True)
class Probe:
    """How to know that it is well: an HTTP path that answers 200, or without a path a port that is open."""

    port: int
    path: str = ""


@dataclasses.dataclass(frozen=True)
class Program:
    """What to start in a pod's namespace, in the pod's own folder."""

    container: str
    name: str
    args: list[str]
    environment: dict[str, str]
    files: dict[str, str]
    folders: list[str]
    probe: Probe


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What a program needs to know of its cluster."""

    folder: str
    token: str
    known: Contents
    address_of: Callable[[str, str], str]


def sort_of(pod: Object) -> tuple[str, Object] | None:
    """What stands for a pod, and for which of its containers."""
    for container in pod["spec"]["containers"]:
        name = re.split(r"[:@]", container.get("image", "").rpartition("/")[2])[0]
        if name in IMAGES:
            return IMAGES[name], container
    return None


def also_reads(sort: str, pod: Object) -> set[tuple[str, str, str]]:
    """(kind, namespace, name) that a program reads through the API server when the real one would; we need it beforehand."""
    if sort == "pilot":
        return {("ConfigMap", pod["metadata"]["namespace"], _mesh_name(pod))}
    return set()


def program(sort: str, pod: Object, container: Object, around: Surroundings) -> Program:
    """How to start what stands for a pod."""
    found = resolve(pod, container, around.known, around.token, around.folder)
    return {"pilot": _pilot, "envoy": _envoy, "picker": _picker}[sort](pod, container, found, around)


def _pilot(pod: Object, container: Object, found: Resolved, around: Surroundings) -> Program:
    mesh = yaml.safe_load(around.known.get(("ConfigMap", _mesh_name(pod)), {}).get("mesh", "")) or {}
    # The Envoy of the lab is the project's own build, which lacks Istio's filters and has no agent beside it that brings certificates.
    mesh |= {"enableAutoMtls": False, "enablePrometheusMerge": False, "defaultProviders": {"metrics": []}}
    without_filters = {"PILOT_ENABLE_ALPN_FILTER": "false", "PILOT_ENABLE_METADATA_EXCHANGE": "false"}
    environment = found.environment | without_filters | {"KUBECONFIG": "", "ROOT_CA_DIR": f"{around.folder}/ca", "XDS_LOCAL": ""}
    files = found.files | {"mesh.yaml": yaml.safe_dump(mesh), "networks.yaml": "networks: {}\n"}
    args = [*found.args, "--kubeconfig=kubeconfig", "--meshConfig=mesh.yaml", "--networksConfig=networks.yaml", "--ctrlz_port=0"]
    return Program(container["name"], "pilot-discovery", args, environment, files, [*found.folders, "ca"], Probe(8080, "/ready"))


def _mesh_name(pod: Object) -> str:
    revision = pod["metadata"].get("labels", {}).get("istio.io/rev", "default")
    return "istio" if revision == "default" else f"istio-{revision}"


def _envoy(pod: Object, container: Object, found: Resolved, around: Surroundings) -> Program:
    config = json.loads(found.environment.get("PROXY_CONFIG") or "{}")
    host = config.get("discoveryAddress", "istiod.istio-system.svc:15012").partition(":")[0]
    service, namespace = host.split(".")[:2]
    text = json.dumps(envoy.bootstrap(pod, found.environment, around.address_of(namespace, service)))
    args = ["--config-path", "envoy.json", "--concurrency", "1", "--log-level", "warning", "--disable-hot-restart"]
    return Program(container["name"], "envoy", args, {}, {"envoy.json": text}, [], Probe(envoy.STATUS_PORT, envoy.STATUS_PATH))


def _picker(_pod: Object, container: Object, found: Resolved, around: Surroundings) -> Program:
    environment = found.environment | {"KUBECONFIG": f"{around.folder}/kubeconfig"}
    health = container.get("readinessProbe", {}).get("grpc", {}).get("port", 9003)
    return Program(container["name"], "epp", found.args, environment, found.files, found.folders, Probe(health))
