# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vLLM server as a user declares it: one model, the accelerators of one pod, and how many such pods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..models.codecs import Flag, ListOf, MapOf, Report, Text, Whole
from ..models.decode import Nested, optional, required, several
from ..models.text import ANNOTATIONS, LABELS, NAME, NAMESPACE, PORT, QUALIFIED, SERVICE_NAME
from . import image as images
from . import rules
from .tree import Tree

PATH = Text("an absolute path", r"/[^\x00]*", 1024, "/mnt/models")
QUANTITY = Text("a quantity", r"[0-9]+(\.[0-9]+)?(m|k|[KMGTPE]i|[MGTPE])?", 24, "16Gi")
RESOURCES = MapOf(Text("a resource", QUALIFIED, 317, "cpu"), QUANTITY)
SECONDS = Whole(0, 86400, "seconds")
VARIABLE = Text("the name of an environment variable", r"[A-Za-z_][A-Za-z0-9_]*", 253, "VLLM_LOGGING_LEVEL")

GPU_RESOURCES = {"nvidia": "nvidia.com/gpu", "amd": "amd.com/gpu"}


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """The accelerators of one pod. ``resource`` overrides the vendor's name, as MIG slices need it."""

    vendor: str | None = optional(Text("a vendor", choices=("nvidia", "amd", "none")))
    count: int | None = optional(Whole(1, 64, "a number of GPUs"))
    resource: str | None = optional(Text("a resource", QUALIFIED, 317, "nvidia.com/mig-3g.40gb"))

    HINTS: ClassVar[dict[str, str]] = {"number": "Write count.", "type": "Write vendor."}

    def check(self, where: str, report: Report) -> None:
        if self.vendor == "none" and (self.count is not None or self.resource is not None):
            report.add(where, "vendor none runs on the CPU, so count and resource mean nothing.", "Take them out, or write vendor: nvidia or vendor: amd.")


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """One key of a Secret in the server's namespace; the value itself never comes near the inventory."""

    secret: str = required(NAME)
    key: str | None = optional(Text("a key of a Secret", r"[-._a-zA-Z0-9]+", 253, "token"))

    HINTS: ClassVar[dict[str, str]] = {
        "name": "Write secret.",
        "value": "Put the value into a Secret and name it.",
        "token": "Put the token into a Secret and name it.",
    }


@dataclass(frozen=True, kw_only=True)
class Cache:
    """Where weights are kept: an existing claim, one made for the server (``size``), or a folder of the node."""

    claim: str | None = optional(NAME)
    size: str | None = optional(QUANTITY)
    storage_class: str | None = optional(NAME)
    access_mode: str | None = optional(Text("an access mode", choices=("ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod")))
    host_path: str | None = optional(PATH)
    mount_path: str | None = optional(PATH)
    read_only: bool | None = optional(Flag())

    HINTS: ClassVar[dict[str, str]] = {"hostPath": "Write host_path.", "storageClassName": "Write storage_class.", "path": "Write mount_path or host_path."}

    def check(self, where: str, report: Report) -> None:
        given = [name for name in ("claim", "size", "host_path") if getattr(self, name) is not None]
        if len(given) != 1:
            told = f"{' and '.join(given)} are given" if given else "none is given"
            report.add(where, f"exactly one of claim, size or host_path is wanted; {told}.", "Write for example {size: 200Gi, access_mode: ReadWriteMany}.")
        elif self.size is None and (self.storage_class is not None or self.access_mode is not None):
            report.add(where, f"storage_class and access_mode belong to size, not to {given[0]}.", "Take them out.")


@dataclass(frozen=True, kw_only=True)
class Autoscaling:
    """A HorizontalPodAutoscaler over a metric of the pods, which some adapter has to publish."""

    min_replicas: int | None = optional(Whole(1, 10000))
    max_replicas: int = required(Whole(1, 10000))
    metric: str | None = optional(Text("the name of a metric", r"[^/%\s]+", 253, "vllm_num_requests_waiting"))
    target: str | None = optional(QUANTITY)

    def check(self, where: str, report: Report) -> None:
        if (self.min_replicas or 1) > self.max_replicas:
            report.add(where, f"min_replicas {self.min_replicas} is more than max_replicas {self.max_replicas}.", "Swap them.")


@dataclass(frozen=True, kw_only=True)
class Vllm:
    name: str = required(SERVICE_NAME)
    namespace: str | None = optional(NAMESPACE)
    model: str = required(Text("a model of Hugging Face or a path", r"[A-Za-z0-9/._:@+-]+", 512, "Qwen/Qwen3-32B"))
    served_name: str | None = optional(Text("the name by which clients ask for the model", r"\S+", 256, "qwen3-32b"))
    dtype: str | None = optional(Text("a type", choices=("auto", "half", "float16", "bfloat16", "float", "float32")))
    gpu: Gpu | None = optional(Nested(Gpu))
    tensor_parallel: int | None = optional(Whole(1, 64, "a number of GPUs"))
    pipeline_parallel: int | None = optional(Whole(1, 64, "a number of stages"))
    args: tuple[str, ...] = several(ListOf(Text("an argument", example='"--max-model-len=16000"'), 100))
    env: dict[str, str] | None = optional(MapOf(VARIABLE, Text("a value", empty=True)))
    secret_env: dict[str, SecretKey] | None = optional(MapOf(VARIABLE, Nested(SecretKey)))
    huggingface_token: SecretKey | None = optional(Nested(SecretKey))
    image: str | None = optional(Text("an image", r"\S+", 512, "vllm/vllm-openai:v0.18.1"))
    allow_latest: bool | None = optional(Flag())
    image_pull_secrets: tuple[str, ...] = several(ListOf(NAME, 16, unique=True))
    workload: str | None = optional(Text("a workload", choices=("deployment", "stateful_set")))
    replicas: int | None = optional(Whole(0, 10000))
    autoscaling: Autoscaling | None = optional(Nested(Autoscaling))
    surge: int | None = optional(Whole(0, 100))
    port: int | None = optional(PORT)
    requests: dict[str, str] | None = optional(RESOURCES)
    limits: dict[str, str] | None = optional(RESOURCES)
    shm: str | None = optional(QUANTITY)
    cache: Cache | None = optional(Nested(Cache))
    startup_seconds: int | None = optional(Whole(10, 86400, "seconds"))
    drain_seconds: int | None = optional(SECONDS)
    grace_seconds: int | None = optional(SECONDS)
    runtime_class: str | None = optional(NAME)
    priority_class: str | None = optional(NAME)
    service_account: str | None = optional(NAME)
    node_selector: dict[str, str] | None = optional(LABELS)
    tolerations: tuple[dict[str, Any], ...] | None = optional(ListOf(Tree(), 32))
    affinity: dict[str, Any] | None = optional(Tree())
    security_context: dict[str, Any] | None = optional(Tree())
    labels: dict[str, str] | None = optional(LABELS)
    pod_annotations: dict[str, str] | None = optional(ANNOTATIONS)

    HINTS: ClassVar[dict[str, str]] = {
        "gpus": "Write gpu: {vendor: nvidia, count: 2}.",
        "served_model_name": "Write served_name.",
        "tensor_parallel_size": "Write tensor_parallel.",
        "hf_token": "Write huggingface_token: {secret: hf-token, key: token}.",
        "resources": "Write requests and limits; gpu brings its own.",
        "annotations": "Write pod_annotations.",
        "initial_delay_seconds": "Write startup_seconds: the longest that loading may take.",
    }

    def check(self, where: str, report: Report) -> None:
        rules.check(self, where, report)

    @property
    def vendor(self) -> str:
        return (self.gpu.vendor if self.gpu else None) or "nvidia"

    @property
    def gpu_count(self) -> int:
        return 0 if self.vendor == "none" else (self.gpu.count if self.gpu else None) or 1

    @property
    def gpu_resource(self) -> str:
        """Empty on the CPU."""
        return "" if self.vendor == "none" else (self.gpu.resource if self.gpu else None) or GPU_RESOURCES[self.vendor]

    @property
    def tensors(self) -> int:
        """The GPUs over which each layer is spread; those of the pod, unless stages share them."""
        return self.tensor_parallel or max(1, self.gpu_count // (self.pipeline_parallel or 1))

    @property
    def most_replicas(self) -> int:
        if self.autoscaling is not None:
            return self.autoscaling.max_replicas
        return 1 if self.replicas is None else self.replicas

    @property
    def least_replicas(self) -> int:
        return self.most_replicas if self.autoscaling is None else self.autoscaling.min_replicas or 1

    @property
    def stateful(self) -> bool:
        return self.workload == "stateful_set"

    def image_of(self, defaults: Mapping[str, str]) -> images.Image:
        return images.parse(self.image or defaults.get(self.vendor, ""))
