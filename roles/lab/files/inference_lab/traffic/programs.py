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
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from ..simulator import pods
from . import envoy, ollama, pod_root
from .container import VOLUMES, Contents, Resolved, expand, resolve

Object = dict[str, Any]
# Name of an image, without registry and tag -> what stands for it.
IMAGES = {
    "pilot": "pilot",
    "proxyv2": "envoy",
    "epp": "picker",
    "llm-d-router-endpoint-picker": "picker",
    "kthena-controller-manager": "kthena-controller-manager",
    "kthena-router": "kthena-router",
}
# Likewise, in a lab with real model servers, for pods that ask nothing of the simulator.
ENGINES = {"ollama": "ollama"}
# Pods of one container with such an image, which have a command and come to an end (those of Jobs), run that command with the Python of the lab.
PYTHON = re.compile("python(-[^/:@]+)?")
RUNS_PYTHON = f"""self.spec.restartPolicy != 'Always' && size(self.spec.containers) == 1 && !has(self.spec.initContainers) \
&& has(self.spec.containers[0].command) && self.spec.containers[0].image.matches('(^|.*/){PYTHON.pattern}(:.*|@.*)?$')"""
# These pods are not made Ready by themselves either.
NEVER_READY = "simulator.inference.gateway/never-ready"


def supervised(engines: bool) -> str:
    """The expression by which KWOK's stages know the pods that the supervisor looks after, see stages/traffic."""
    told = f"has(self.metadata.annotations) && '{NEVER_READY}' in self.metadata.annotations"
    simulated = f"has(self.metadata.annotations) && self.metadata.annotations.exists(a, a.startsWith('{pods.PREFIX}'))"
    real = [f"({_image_is(ENGINES)} && !({simulated}))"] if engines else []
    return " || ".join([_image_is(IMAGES), *real, f"({RUNS_PYTHON})", f"({told})"])


def _image_is(names: Mapping[str, str]) -> str:
    return f"self.spec.containers.exists(c, c.image.matches('(^|.*/)({'|'.join(names)})(:.*|@.*)?$'))"


@dataclasses.dataclass(frozen=True)
class Probe:
    """How to know that it is well: an HTTP path that answers 200, without a path a port that is open, without a port that it runs."""

    port: int = 0
    path: str = ""
    scheme: str = "http"


@dataclasses.dataclass(frozen=True)
class Program:
    """What to start in a pod's namespace, in the pod's own folder."""

    container: str
    name: str
    args: list[str]
    environment: dict[str, str]
    files: Mapping[str, str | bytes]
    folders: list[str]
    probe: Probe
    in_cluster: bool = False
    # It starts programs of its own, which have to end with it.
    has_children: bool = False
    # A file system of its own, in which NAME is found by PATH; without one NAME is a program of the lab.
    root: pod_root.Root | None = None


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What a program needs to know of its cluster."""

    folder: str
    token: str
    known: Contents
    address_of: Callable[[str, str], str]
    server: tuple[str, int]
    # Cluster addresses of all Services, by NAME.NAMESPACE.
    services: Mapping[str, str] = dataclasses.field(default_factory=dict)


def sort_of(pod: Object, engines: bool = False) -> tuple[str, Object] | None:
    """What stands for a pod, and for which of its containers. ENGINES: whether model servers are real."""
    simulated = any(name.startswith(pods.PREFIX) for name in pod["metadata"].get("annotations") or ())
    images = IMAGES | (ENGINES if engines and not simulated else {})
    for container in pod["spec"]["containers"]:
        name = re.split(r"[:@]", container.get("image", "").rpartition("/")[2])[0]
        if name in images:
            return images[name], container
        if PYTHON.fullmatch(name) and _runs_python(pod["spec"]):
            return "python", container
    return None


def _runs_python(spec: Object) -> bool:
    """As RUNS_PYTHON says it."""
    return (
        spec.get("restartPolicy") not in (None, "Always")
        and len(spec["containers"]) == 1
        and not spec.get("initContainers")
        and "command" in spec["containers"][0]
    )


def also_reads(sort: str, pod: Object) -> set[tuple[str, str]]:
    """(kind, name) of what a program reads through the API server where we hand it a changed copy."""
    return {("ConfigMap", _mesh_name(pod))} if sort == "pilot" else set()


def program(sort: str, pod: Object, container: Object, around: Surroundings) -> Program:
    """How to start what stands for a pod."""
    if sort == "python":
        return _python(pod, container, around)
    found = resolve(pod, container, around.known, around.token, around.folder)
    return {"pilot": _pilot, "envoy": _envoy, "picker": _picker, "ollama": _ollama}.get(sort, _kthena)(pod, container, found, around)


def _pilot(pod: Object, container: Object, found: Resolved, around: Surroundings) -> Program:
    mesh = yaml.safe_load(around.known.get(("ConfigMap", _mesh_name(pod)), {}).get("mesh", "")) or {}
    # The Envoy of the lab is the project's own build, which lacks Istio's filters and has no agent beside it that brings certificates.
    mesh |= {"enableAutoMtls": False, "enablePrometheusMerge": False, "defaultProviders": {"metrics": []}}
    without_filters = {"PILOT_ENABLE_ALPN_FILTER": "false", "PILOT_ENABLE_METADATA_EXCHANGE": "false"}
    own = {"KUBECONFIG": "", "ROOT_CA_DIR": f"{around.folder}/ca", "XDS_LOCAL": "", "XDS_AUTH_PLAINTEXT": "true"}
    environment = found.environment | without_filters | own
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
    text = json.dumps(envoy.bootstrap(pod, found.environment, around.address_of(namespace, service), around.token))
    args = ["--config-path", "envoy.json", "--concurrency", "1", "--log-level", "warning", "--disable-hot-restart"]
    return Program(container["name"], "envoy", args, {}, {"envoy.json": text}, [], Probe(envoy.STATUS_PORT, envoy.STATUS_PATH))


def _picker(_pod: Object, container: Object, found: Resolved, around: Surroundings) -> Program:
    environment = found.environment | {"KUBECONFIG": f"{around.folder}/kubeconfig"}
    health = container.get("readinessProbe", {}).get("grpc", {}).get("port", 9003)
    return Program(container["name"], "epp", found.args, environment, found.files, found.folders, Probe(health))


def _kthena(_pod: Object, container: Object, found: Resolved, around: Surroundings) -> Program:
    """Its programs ask for their account where a container has it, and find certificates and configuration by fixed paths."""
    mount = next((item for item in container.get("volumeMounts", []) if item["mountPath"] == "/etc/tls"), None)
    certificates = f"{around.folder}/{VOLUMES}/{mount['name']}" if mount else ""
    flags = {"tls-cert-file": "tls.crt", "tls-private-key-file": "tls.key"} if container["name"] == "kthena-controller-manager" and mount else {}
    args = [*found.args, *(f"--{flag}={certificates}/{file}" for flag, file in flags.items())]
    check = container.get("readinessProbe", {}).get("httpGet", {"port": 8443, "path": "/healthz", "scheme": "HTTPS"})
    probe = Probe(int(check["port"]), check["path"], check.get("scheme", "HTTP").lower())
    name = container["image"].rpartition("/")[2].partition(":")[0].partition("@")[0]
    files = found.files | _below_etc(container, found)
    return Program(container["name"], name, args, found.environment, files, found.folders, probe, in_cluster=True)


def _below_etc(container: Object, found: Resolved) -> dict[str, str]:
    """Single files that a container has in /etc, which no flag names; see pod_network.py."""
    mounts = [item for item in container.get("volumeMounts", []) if item["mountPath"].startswith("/etc/") and "subPath" in item]
    sources = {item["mountPath"][1:]: f"{VOLUMES}/{item['name']}/{item['subPath']}" for item in mounts}
    return {path: found.files[source] for path, source in sources.items() if source in found.files}


def _ollama(pod: Object, container: Object, found: Resolved, around: Surroundings) -> Program:
    """Nothing can be pulled here, so what the pod would pull lies there already. A volume of models is another folder, and is left alone."""
    environment = {"OLLAMA_HOST": "0.0.0.0", **found.environment, "OLLAMA_MODELS": f"{around.folder}/models"}  # noqa: S104 - as in the image
    files = {**found.files, **ollama.store(pods.pulled(pod["spec"]), "models")}
    folders = [*found.folders, "models"]
    return Program(container["name"], "ollama", ["serve"], environment, files, folders, Probe(ollama.port(environment), "/"), has_children=True)


def _python(pod: Object, container: Object, around: Surroundings) -> Program:
    """The pod's own command, in a file system like a container's."""
    found = resolve(pod, container, around.known, around.token, "")
    name, *rest = [expand(word, found.environment) for word in container["command"]]
    environment = {"PATH": pod_root.path(), "HOME": "/", **found.environment}
    root = _root(pod["spec"], container, found)
    files = {**found.files, **pod_root.FILES, "etc/hosts": _hosts(pod, around.services)}
    return Program(container["name"], name, [*rest, *found.args], environment, files, found.folders, Probe(), root=root)


def _root(spec: Object, container: Object, found: Resolved) -> pod_root.Root:
    """As the pod's and the container's security contexts ask for it."""
    security = {**spec.get("securityContext", {}), **container.get("securityContext", {})}
    volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
    sources = {name: volume.get("configMap") or volume.get("secret") or volume.get("projected") for name, volume in volumes.items()}
    group = security.get("fsGroup")
    # A group that files are given to may read them, whatever their mode says.
    modes = {f"{VOLUMES}/{name}": source.get("defaultMode", 0o644) | (0o440 if group else 0) for name, source in sources.items() if source}
    writable = frozenset(mount["mountPath"].rstrip("/") for mount in container.get("volumeMounts", []) if not sources.get(mount["name"]))
    user = security.get("runAsUser", 0)
    return pod_root.Root(
        found.mounts,
        container.get("workingDir", "/"),
        bool(security.get("readOnlyRootFilesystem")),
        writable,
        {place: mode for place, mode in modes.items() if place in found.folders},
        user,
        security.get("runAsGroup", 0),
        group,
    )


def _hosts(pod: Object, services: Mapping[str, str]) -> str:
    """In the place of DNS: every Service that has an address, by the names that a cluster gives it."""
    own = f".{pod['metadata']['namespace']}"
    lines = ["127.0.0.1 localhost", f"{pod['status']['podIP']} {pod['metadata']['name']}"]
    for name, address in sorted(services.items()):
        if address and address != "None":
            short = [name.removesuffix(own)] if name.endswith(own) else []
            lines.append(" ".join([address, f"{name}.svc.cluster.local", f"{name}.svc", name, *short]))
    return "\n".join([*lines, ""])
