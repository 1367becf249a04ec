# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From containers to what a pod serves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from inference_lab.simulator.pods import KNOWN, PREFIX, Faults, Pod, is_model_server, ports, read, seconds


def entry(container: dict[str, Any] | None, *more: dict[str, Any], labels: dict[str, str] | None = None, **notes: str) -> dict[str, Any]:
    annotations = {PREFIX + name.replace("_", "-"): value for name, value in notes.items()}
    containers = [*([container] if container else []), *more]
    return {"address": "10.244.0.5", "namespace": "ai", "name": "m-0", "labels": labels or {}, "annotations": annotations, "containers": containers}


def only(*args: Any, **kwargs: Any) -> tuple[Pod, list[str]]:
    pods, problems = read({"pods": [entry(*args, **kwargs)]})
    assert len(pods) == 1, problems
    return pods[0], problems


VLLM = "vllm/vllm-openai:v0.18.1"
API_SERVER = "vllm.entrypoints.openai.api_server"
SHELL = "export X=1 && exec vllm serve $MODEL --port ${PORT} \\\n  --served-model-name a b"
MODEL = {"name": "MODEL", "value": "org/m"}

CONTAINERS = {
    "arguments of the image": ({"image": VLLM, "args": ["--model", "Qwen/Qwen3-32B"]}, "vllm", 8000, ("Qwen/Qwen3-32B",)),
    "the image's entry point takes the model": ({"image": VLLM, "args": ["Qwen/Qwen3-32B", "--port=9000"]}, "vllm", 9000, ("Qwen/Qwen3-32B",)),
    "vllm serve": ({"image": "example.com/own:1", "command": ["vllm", "serve", "org/m", "--port", "8001"]}, "vllm", 8001, ("org/m",)),
    "serve wins over --model": ({"image": VLLM, "command": ["vllm", "serve", "org/m", "--model", "other"]}, "vllm", 8000, ("org/m",)),
    "python module": ({"image": "rocm/vllm-dev:x", "command": ["python3", "-m", API_SERVER], "args": ["--model=m"]}, "vllm", 8000, ("m",)),
    "python module without a model before options": (
        {"image": VLLM, "command": ["python3", "-m", API_SERVER, "--model", "org/m"]}, "vllm", 8000, ("org/m",)),
    "served names": ({"image": VLLM, "args": ["--model", "/models/m", "--served-model-name", "a", "b", "--port", "1"]}, "vllm", 1, ("a", "b")),
    "the last one counts": ({"image": VLLM, "args": ["--model=m", "--served-model-name=a", "--port=1", "--served-model-name", "b", "--port=2"]},
                            "vllm", 2, ("b",)),
    "underscores": ({"image": VLLM, "args": ["--model", "m", "--served_model_name=a"]}, "vllm", 8000, ("a",)),
    "a shell": ({"image": VLLM, "command": ["/bin/bash", "-lc"], "args": [SHELL], "env": [MODEL, {"name": "PORT", "value": "8123"}]}, "vllm", 8123, ("a", "b")),
    "Kubernetes' own variables": ({"image": VLLM, "args": ["--model", "$(MODEL)"], "env": [MODEL]}, "vllm", 8000, ("org/m",)),
    "a registry's port and a digest": ({"image": "r.example:5000/vllm/vllm-openai@sha256:0", "args": ["--model", "m"]}, "vllm", 8000, ("m",)),
    "SGLang": ({"image": "lmsysorg/sglang:v0.5", "command": ["python3", "-m", "sglang.launch_server", "--model-path", "org/m"]}, "sglang", 30000, ("org/m",)),
    "SGLang with a name": (
        {"image": "x", "command": ["python3", "-m", "sglang.launch_server", "--model-path", "m", "--served-model-name", "n", "--port", "8000"]},
        "sglang", 8000, ("n",)),
    "Ollama": ({"image": "ollama/ollama:0.32.15"}, "ollama", 11434, ()),
    "Ollama that pulls": ({"image": "ollama/ollama", "command": ["sh", "-c", "ollama serve & ollama pull gemma:2b; wait"]}, "ollama", 11434, ("gemma:2b",)),
    "Ollama's chart": (
        {"image": "ollama/ollama", "args": [], "lifecycle": {"postStart": {"exec": {"command": ["/bin/sh", "-c", "/bin/ollama pull qwen:0.5b\n"]}}}},
        "ollama", 11434, ("qwen:0.5b",)),
    "Ollama elsewhere": ({"image": "ollama/ollama", "env": [{"name": "OLLAMA_HOST", "value": "0.0.0.0:8080"}]}, "ollama", 8080, ()),
    "a whole command as arguments": ({"image": "rocm/vllm-dev:x", "args": ["python3", "-m", API_SERVER, "--model", "m"]}, "vllm", 8000, ("m",)),
    "SGLang as arguments": ({"image": "lmsysorg/sglang", "args": ["python3", "-m", "sglang.launch_server", "--model-path=m"]}, "sglang", 30000, ("m",)),
    "sglang serve": ({"image": "lmsysorg/sglang", "command": ["sglang", "serve"], "args": ["--model-path", "m"]}, "sglang", 30000, ("m",)),
    "a mock": ({"image": "ghcr.io/x/dynamo-mocker-vllm:latest", "env": [{"name": "MODEL_NAME", "value": "org/m"}]}, "vllm", 8000, ("org/m",)),
    "the other simulator": ({"image": "ghcr.io/llm-d/llm-d-inference-sim:v0.10.2", "args": ["--model", "m", "--port", "8000"]}, "vllm", 8000, ("m",)),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_read_as_its_engine_reads_it(name: str) -> None:
    container, engine, port, models = CONTAINERS[name]
    pod, problems = only(container)
    assert (pod.engine, pod.port, pod.models, problems) == (engine, port, models, [])


def test_a_sidecar_that_names_its_neighbours_engine_is_none() -> None:
    """As Kthena's pods are: first the runtime that watches the engine, then the engine."""
    runtime = {"image": "ghcr.io/volcano-sh/runtime:v1", "args": ["--port", "8100", "--engine", "vllm", "--model", "demo"], "ports": [{"containerPort": 8100}]}
    pod, problems = only(runtime, {"image": "example.com/cpu:1", "command": ["python3", "-m", API_SERVER, "--model", "m", "--served-model-name", "n"]})
    assert (pod.engine, pod.port, pod.models, problems) == ("vllm", 8000, ("n",), [])


def test_the_engine_is_found_beside_its_sidecars() -> None:
    sidecar = {"image": "busybox:1", "command": ["sleep", "infinity"]}
    helper = {"image": VLLM, "command": ["sh", "-c", "sleep 10"]}
    pod, problems = only(sidecar, helper, {"image": VLLM, "args": ["--model", "m"]})
    assert pod.models == ("m",)
    assert not problems


def test_ollama_has_what_an_init_container_pulled() -> None:
    script = (Path(__file__).parents[3] / "roles" / "ollama" / "files" / "pull.sh").read_text(encoding="utf-8")
    pull = {"image": "ollama/ollama", "command": ["/bin/sh", "-c", script, "pull"], "args": ["gemma:2b", "qwen@sha256:0123456789ab"]}
    pods, problems = read({"pods": [entry({"image": "ollama/ollama"}) | {"initContainers": [pull]}]})
    assert [pod.models for pod in pods] == [("gemma:2b", "qwen")]
    assert not problems


def test_details_of_vllm() -> None:
    words = ["m", "--enable-lora", "--max-loras", "2", "--lora-modules", "a=/x", '{"name": "b", "path": "/y"}', "--max-model-len", "16k", "--api-key", "s"]
    pod, _problems = only({"image": VLLM, "command": ["vllm", "serve"], "args": words})
    assert (pod.adapters, pod.max_adapters, pod.context, pod.api_key, pod.version) == (("a", "b"), 2, 16000, "s", "0.18.1")


def test_a_key_out_of_a_secret_is_not_asked_for() -> None:
    secret = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "key"}}}
    pod, problems = only({"image": VLLM, "args": ["m", "--api-key", "$(KEY)"], "env": [secret]})
    assert (pod.api_key, problems) == ("", [])


@pytest.mark.parametrize(
    ("container", "labels", "notes", "engine"),
    [
        ({"image": "busybox:1", "ports": [{"containerPort": 80}]}, {}, {}, ""),
        ({"image": "busybox:1"}, {"inference.networking.k8s.io/engine-type": "sglang"}, {}, "sglang"),
        ({"image": "busybox:1"}, {"inference.networking.k8s.io/engine-type": "triton-tensorrt-llm"}, {}, ""),
        ({"image": "busybox:1"}, {}, {"engine": "vllm"}, "vllm"),
        (None, {"llm-d.ai/engine-type": "vllm"}, {}, ""),
    ],
)
def test_what_is_no_model_server(container: dict[str, Any] | None, labels: dict[str, str], notes: dict[str, str], engine: str) -> None:
    told = entry(container, labels=labels, **notes, models="m")
    assert is_model_server(told) == bool(engine)
    pods, problems = read({"pods": [told]})
    assert [pod.engine for pod in pods] == ([engine] if engine else [])
    hint = f"annotate {PREFIX}engine with one of vllm, sglang, ollama if it is one"
    assert engine or problems == [f"ai/m-0: no container looks like vLLM, SGLang or Ollama; {hint}"]


def test_pods_that_have_nothing_to_do_with_models_are_no_problem() -> None:
    assert read({"pods": [entry({"image": "busybox:1", "ports": [{"containerPort": 80}]}, labels={"app": "web"})]}) == ([], [])


def test_a_stand_in_listens_where_its_port_is_declared() -> None:
    pod, problems = only({"image": "pause", "ports": [{"containerPort": 8080}]}, engine="vllm", models="m")
    assert (pod.port, pod.models, problems) == (8080, ("m",), [])


def test_annotations_become_faults() -> None:
    notes = {"status": "503", "status_probability": "0.3", "latency": "200ms", "time_to_first_token": "1.5s", "tokens_per_second": "200", "hang": "true"}
    notes |= {"cut_stream_after": "5", "never_ready": "False", "queue": "30", "kv_cache": "0.9"}
    notes |= {"models": " gemma:2b, qwen:0.5b ", "slots": "2"}
    pod, problems = only({"image": "ollama/ollama"}, **notes)
    assert problems == []
    assert pod.faults == Faults(503, 0.3, 0.2, 1.5, 200.0, True, 5, False, 30, 0.9)
    assert (pod.models, pod.slots) == (("gemma:2b", "qwen:0.5b"), 2)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("status", "200", "an HTTP status between 400 and 599"),
        ("status", "often", "an HTTP status between 400 and 599"),
        ("status_probability", "30%", "a number between 0 and 1"),
        ("kv_cache", "1.1", "a number between 0 and 1"),
        ("latency", "fast", "a time such as 200ms or 1.5s"),
        ("hang", "yes", "true or false"),
        ("cut_stream_after", "-1", "a whole number such as 5"),
        ("tokens_per_second", "inf", "a number such as 0.5"),
        ("tokens_per_second", "nan", "a number such as 0.5"),
    ],
)
def test_a_fault_that_cannot_be_read_is_told_and_left_out(name: str, value: str, expected: str) -> None:
    pod, problems = only({"image": "ollama/ollama"}, **{name: value})
    assert problems == [f"ai/m-0: annotation {PREFIX}{name.replace('_', '-')} is {value!r}, expected {expected}; it is left out"]
    assert pod.faults == Faults()


def test_an_unknown_annotation_is_told() -> None:
    _pod, problems = only({"image": "ollama/ollama"}, latenzy="1s")
    assert problems[0].startswith(f"ai/m-0: annotation {PREFIX}latenzy is unknown; known are cut-stream-after, engine, hang,")


def test_each_annotation_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"(?m)^\|([^|]+)\|[^|]+\|[^|]+\|$", page)))) == KNOWN


def test_problems_of_the_specification() -> None:
    told = [
        entry({"image": VLLM}),
        entry({"image": VLLM, "args": ["--model", "m", "--port", "x"]}) | {"address": "10.244.0.6"},
        entry({"image": VLLM, "args": ["--model", "m"], "ports": [{"containerPort": 9000}]}) | {"name": "m-1", "address": "10.244.0.7"},
        entry({"image": VLLM, "args": ["--model", "m"]}) | {"name": "m-2", "address": "10.244.0.7"},
        entry({"image": VLLM, "args": ["--model", "m"]}) | {"name": "m-3", "address": ""},
        entry({"image": VLLM}, engine="tgi"),
    ]
    pods, problems = read({"pods": told})
    assert [pod.name for pod in pods] == ["m-0", "m-1"]
    assert problems == [
        f"ai/m-0: vllm is started without a model: write --model NAME, or annotate {PREFIX}models",
        "ai/m-0: 'x' is no port; vllm is answered on 8000",
        "ai/m-1: vllm listens on 8000, its containerPort says 9000: write the same number in both",
        "ai/m-2: its address 10.244.0.7 is that of ai/m-1 too; the first one answers",
        "ai/m-3: it has no address yet",
        f"ai/m-0: unknown engine 'tgi'; annotate {PREFIX}engine with one of vllm, sglang, ollama if it is one",
    ]
    assert ports(pods) == [8000]


@pytest.mark.parametrize(("text", "value"), [("200ms", 0.2), ("1s", 1.0), ("2", 2.0), ("0.5m", 30.0), ("10 us", 1e-5)])
def test_times(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)
