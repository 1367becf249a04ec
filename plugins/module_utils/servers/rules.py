# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known to go wrong with vLLM on Kubernetes, said before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..models.codecs import Report
from . import image as images

if TYPE_CHECKING:
    from .vllm import Vllm

TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
SELECTED = ("app.kubernetes.io/name", "app.kubernetes.io/instance")
# Flags that a field of the entry writes.
FLAGS = {
    "--model": "model",
    "--served-model-name": "served_name",
    "--dtype": "dtype",
    "--tensor-parallel-size": "tensor_parallel",
    "-tp": "tensor_parallel",
    "--pipeline-parallel-size": "pipeline_parallel",
    "-pp": "pipeline_parallel",
    "--port": "port",
}
DEFAULT_DRAIN = 30
DEFAULT_GRACE = 130


def check(server: Vllm, where: str, report: Report) -> None:
    _name(server, where, report)
    _parallel(server, where, report)
    _resources(server, where, report)
    _arguments(server, where, report)
    _environment(server, where, report)
    _scale(server, where, report)
    _cache(server, where, report)
    _ending(server, where, report)
    if server.image is not None:
        check_image(server, images.parse(server.image), where, report)


def _name(server: Vllm, where: str, report: Report) -> None:
    if server.name == "vllm":
        problem = "a Service of that name gives the other pods of its namespace VLLM_PORT=tcp://..., which vLLM takes for its own setting and stops at."
        report.add(f"{where}.name", problem, "Name it after the model.")
    taken = [name for name in SELECTED if name in (server.labels or {})]
    if taken:
        report.add(f"{where}.labels", f"{', '.join(taken)} is what the server's Service selects by, and set already.", "Use another label.")


def _parallel(server: Vllm, where: str, report: Report) -> None:
    count, stages = server.gpu_count, server.pipeline_parallel or 1
    if not count or server.tensors * stages == count:
        return
    asked = f"tensor_parallel {server.tensors}" + (f" x pipeline_parallel {stages}" if server.pipeline_parallel else "")
    needed = server.tensors * stages
    remedy = f"Write gpu: {{vendor: {server.vendor}, count: {needed}}}" + (f", or tensor_parallel: {count // stages}." if count % stages == 0 else ".")
    report.add(f"{where}.tensor_parallel", f"{asked} takes {needed} GPUs in each pod, but gpu.count is {count}.", remedy)


def _resources(server: Vllm, where: str, report: Report) -> None:
    for field in ("requests", "limits"):
        given = getattr(server, field) or {}
        for name in given:
            if name == server.gpu_resource or name in ("nvidia.com/gpu", "amd.com/gpu"):
                report.add(f"{where}.{field}", f"{name} is written by gpu, as request and limit alike.", f"Write gpu: {{count: {given[name]}}}.")


def _arguments(server: Vllm, where: str, report: Report) -> None:
    for index, argument in enumerate(server.args):
        flag = argument.partition("=")[0].split(" ")[0].replace("_", "-")
        if flag in FLAGS:
            report.add(f"{where}.args[{index}]", f"{flag} is written by the field {FLAGS[flag]}.", f"Write {FLAGS[flag]}: and take it out of args.")
        elif argument.startswith("-") and " " in argument:
            report.add(f"{where}.args[{index}]", f"{argument!r} reaches vLLM as one word.", 'Write "--flag=value", or two items.')


def _environment(server: Vllm, where: str, report: Report) -> None:
    for name in server.env or {}:
        if name in TOKENS:
            remedy = "Write huggingface_token: {secret: hf-token, key: token}."
            report.add(f"{where}.env", f"{name} would stand in plain text in the inventory and in the Deployment.", remedy)
        elif name in (server.secret_env or {}):
            report.add(f"{where}.env", f"{name} is in secret_env too.", "Keep one of them.")
    twice = [name for name in TOKENS if server.huggingface_token is not None and name in (server.secret_env or {})]
    if twice:
        report.add(f"{where}.secret_env", f"{', '.join(twice)} is written by huggingface_token.", "Keep one of them.")


def _scale(server: Vllm, where: str, report: Report) -> None:
    if server.autoscaling is not None and server.replicas is not None:
        problem = "autoscaling decides the number of replicas; a fixed number beside it would set it back at every run."
        report.add(f"{where}.replicas", problem, "Take replicas out, or autoscaling.")
    if server.surge and server.stateful:
        report.add(f"{where}.surge", "a StatefulSet never has more pods than replicas.", "Take surge out, or write workload: deployment.")


def _cache(server: Vllm, where: str, report: Report) -> None:
    cache = server.cache
    if cache is None or cache.size is None or server.stateful or server.most_replicas < 2:
        return
    if (cache.access_mode or "ReadWriteOnce").startswith("ReadWriteOnce"):
        problem = f"one claim of mode {cache.access_mode or 'ReadWriteOnce'} holds up to {server.most_replicas} pods on one node."
        report.add(f"{where}.cache", problem, "Write access_mode: ReadWriteMany, or workload: stateful_set for a claim for each pod.")


def _ending(server: Vllm, where: str, report: Report) -> None:
    drain = DEFAULT_DRAIN if server.drain_seconds is None else server.drain_seconds
    grace = DEFAULT_GRACE if server.grace_seconds is None else server.grace_seconds
    if grace <= drain:
        problem = f"the pod is killed {grace} s after it is told to end, and sleeps {drain} s of them first."
        report.add(f"{where}.grace_seconds", problem, f"Write at least {drain + 1}: drain_seconds plus the longest answer.")


def check_image(server: Vllm, image: images.Image, where: str, report: Report) -> None:
    """The image of the entry, or later, since the entry does not know it, the default of its vendor."""
    place = f"{where}.image"
    if not image.reference:
        report.add(place, f"there is no image for the vendor {server.vendor}.", "Write image, or add the vendor to vllm_images.")
    elif not image.pinned and not server.allow_latest:
        remedy = "Write a version or a digest, or allow_latest: true."
        report.add(place, f"{image.reference} means another image tomorrow, and other replicas of the same server.", remedy)
    gone = [index for index, argument in enumerate(server.args) if argument.replace("_", "-") == "--disable-log-requests"]
    if gone and image.version is not None and image.version >= (0, 11):
        report.add(f"{where}.args[{gone[0]}]", "vLLM 0.11 dropped --disable-log-requests and does not start with it.", "Take it out: requests are not logged.")
