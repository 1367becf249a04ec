# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod of a vLLM server."""

from __future__ import annotations

from typing import Any

from ..models.refs import dropped
from . import rules
from .vllm import Vllm

DEFAULT_PORT = 8000
CACHE = "cache"
HUGGINGFACE_HOME = "/var/cache/huggingface"
PROBE_PERIOD = 10

# What AMD's own images ask for; an entry's env wins.
AMD_ENV = {"SAFETENSORS_FAST_GPU": "1", "VLLM_ROCM_USE_AITER": "1", "VLLM_WORKER_MULTIPROC_METHOD": "spawn"}
# ROCm reads and traces what the default profile forbids, and its device files belong to group 44, video. The device plugin mounts them.
SECURITY: dict[str, dict[str, Any]] = {
    "nvidia": {"allowPrivilegeEscalation": False, "seccompProfile": {"type": "RuntimeDefault"}},
    "amd": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"add": ["SYS_PTRACE"]},
        "runAsGroup": 44,
        "seccompProfile": {"type": "Unconfined"},
    },
    # Binding threads and memory to a NUMA node needs SYS_NICE.
    "none": {"allowPrivilegeEscalation": False, "capabilities": {"add": ["SYS_NICE"]}, "seccompProfile": {"type": "RuntimeDefault"}},
}


def port(server: Vllm) -> int:
    return server.port or DEFAULT_PORT


def startup_seconds(server: Vllm) -> int:
    return server.startup_seconds or 1800


def claim_name(server: Vllm) -> str:
    return (server.cache.claim if server.cache else None) or f"{server.name}-cache"


def spec(server: Vllm, image: str) -> dict[str, Any]:
    """``enableServiceLinks`` off: a Service called vllm anywhere in the namespace would set VLLM_PORT, which the engine reads as its own."""
    return dropped(
        {
            "automountServiceAccountToken": False,
            "serviceAccountName": server.service_account,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": rules.DEFAULT_GRACE if server.grace_seconds is None else server.grace_seconds,
            "runtimeClassName": server.runtime_class,
            "priorityClassName": server.priority_class,
            "nodeSelector": server.node_selector,
            "affinity": server.affinity,
            "tolerations": tolerations(server),
            "imagePullSecrets": [{"name": name} for name in server.image_pull_secrets] or None,
            "containers": [container(server, image)],
            "volumes": volumes(server),
        }
    )


def tolerations(server: Vllm) -> list[dict[str, Any]] | None:
    """Without a word of the user's, the taint that GPU nodes bear by convention."""
    if server.tolerations is not None:
        return list(server.tolerations) or None
    return [{"key": f"{server.vendor}.com/gpu", "operator": "Exists", "effect": "NoSchedule"}] if server.gpu_resource else None


def container(server: Vllm, image: str) -> dict[str, Any]:
    drain = rules.DEFAULT_DRAIN if server.drain_seconds is None else server.drain_seconds
    return dropped(
        {
            "name": "vllm",
            "image": image,
            "command": ["vllm", "serve"],
            "args": arguments(server),
            "env": environment(server),
            "ports": [{"name": "http", "containerPort": port(server), "protocol": "TCP"}],
            "resources": resources(server),
            # Endpoints learn slowly that a pod ends; until then it goes on answering.
            "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(drain)]}}} if drain else None,
            "securityContext": SECURITY[server.vendor] if server.security_context is None else server.security_context,
            "volumeMounts": mounts(server),
        }
        | probes(server)
    )


def arguments(server: Vllm) -> list[str]:
    flags = [f"--port={port(server)}"]
    if server.served_name is not None:
        flags.append(f"--served-model-name={server.served_name}")
    if server.dtype is not None:
        flags.append(f"--dtype={server.dtype}")
    if server.tensors > 1:
        flags.append(f"--tensor-parallel-size={server.tensors}")
    if (server.pipeline_parallel or 1) > 1:
        flags.append(f"--pipeline-parallel-size={server.pipeline_parallel}")
    return [server.model, *flags, *server.args]


def environment(server: Vllm) -> list[dict[str, Any]] | None:
    plain = dict(AMD_ENV) if server.vendor == "amd" else {}
    if server.cache is not None and not server.model.startswith("/"):
        plain["HF_HOME"] = mount_path(server)
    plain |= server.env or {}
    secret = {name: (ref.secret, ref.key or name) for name, ref in (server.secret_env or {}).items()}
    if server.huggingface_token is not None:
        # Programs disagree on the name.
        secret |= dict.fromkeys(rules.TOKENS, (server.huggingface_token.secret, server.huggingface_token.key or "token"))
    found: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in plain.items()]
    found += [{"name": name, "valueFrom": {"secretKeyRef": {"name": ref, "key": key}}} for name, (ref, key) in secret.items()]
    return sorted(found, key=lambda each: str(each["name"])) or None


def resources(server: Vllm) -> dict[str, Any] | None:
    """GPUs are counted in limits, and a request has to be the same."""
    gpus = {server.gpu_resource: str(server.gpu_count)} if server.gpu_resource else {}
    found = {"requests": (server.requests or {}) | gpus, "limits": (server.limits or {}) | gpus}
    return {name: amounts for name, amounts in found.items() if amounts} or None


def probes(server: Vllm) -> dict[str, Any]:
    """A startup probe with a budget in place of a long initial delay: the pod is ready as soon as the weights are loaded, and a hung one is found.

    /health, since /v1/models asks for the key where the server has one.
    """
    get = {"httpGet": {"path": "/health", "port": "http"}}
    tries = -(-startup_seconds(server) // PROBE_PERIOD)
    return {
        "startupProbe": get | {"periodSeconds": PROBE_PERIOD, "timeoutSeconds": 5, "failureThreshold": tries},
        "readinessProbe": get | {"periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3},
        "livenessProbe": get | {"periodSeconds": 10, "timeoutSeconds": 10, "failureThreshold": 3},
    }


def mount_path(server: Vllm) -> str:
    return (server.cache.mount_path if server.cache else None) or HUGGINGFACE_HOME


def mounts(server: Vllm) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"name": "shm", "mountPath": "/dev/shm"}]  # noqa: S108  # the container's, where NCCL and RCCL exchange tensors
    if server.cache is not None:
        found.append(dropped({"name": CACHE, "mountPath": mount_path(server), "readOnly": True if server.cache.read_only else None}))
    return found


def volumes(server: Vllm) -> list[dict[str, Any]]:
    size = server.shm or ("4Gi" if not server.gpu_resource else "2Gi" if server.tensors == 1 else "16Gi")
    found: list[dict[str, Any]] = [{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": size}}]
    cache = server.cache
    if cache is None:
        return found
    if cache.host_path is not None:
        # A model that is said to lie there has to; a folder for downloads can be made.
        kind = "Directory" if server.model.startswith(mount_path(server)) else "DirectoryOrCreate"
        return [*found, {"name": CACHE, "hostPath": {"path": cache.host_path, "type": kind}}]
    if cache.size is not None and server.stateful:
        return found
    return [*found, {"name": CACHE, "persistentVolumeClaim": {"claimName": claim_name(server)}}]
