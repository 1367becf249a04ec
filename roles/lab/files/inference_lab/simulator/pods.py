# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a pod's containers and annotations to what it serves: engine, model names, port and faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .commands import Command, command_of

PREFIX = "simulator.inference.gateway/"
ENGINE_LABELS = ("inference.networking.k8s.io/engine-type", "llm-d.ai/engine-type")
PORTS = {"vllm": 8000, "sglang": 30000, "ollama": 11434}
VERSIONS = {"vllm": "0.18.1", "sglang": "0.5.9", "ollama": "0.32.15"}
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Faults:
    """What the annotations ask for; by default nothing is wrong. Times are seconds."""

    status: int = 0
    status_probability: float = 1.0
    latency: float = 0.0
    time_to_first_token: float = 0.0
    tokens_per_second: float = 0.0
    hang: bool = False
    cut_stream_after: int = -1
    never_ready: bool = False
    queue: int | None = None
    kv_cache: float | None = None


@dataclass(frozen=True)
class Pod:
    """One model server. ``models`` are the names it answers to, ``adapters`` those of its LoRA adapters."""

    address: str
    namespace: str
    name: str
    engine: str
    port: int
    models: tuple[str, ...]
    root: str = ""
    adapters: tuple[str, ...] = ()
    max_adapters: int = 0
    context: int = 32768
    api_key: str = ""
    version: str = ""
    metrics: bool = True
    slots: int = 8
    faults: Faults = field(default_factory=Faults)

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"


def read(table: Mapping[str, Any]) -> tuple[list[Pod], list[str]]:
    """Every pod that can be served, and one line for all that stands in the way of the others or is odd."""
    pods: dict[str, Pod] = {}
    problems: list[str] = []
    for index, entry in enumerate(table.get("pods") or ()):
        try:
            pod = read_pod(entry, problems)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # The API server lets no such pod pass; whoever writes tables by hand is told, and the other pods are served.
            problems.append(f"pods[{index}]: this is no pod of the table's form: {error!r}")
            continue
        if pod is not None and pod.address in pods:
            problems.append(f"{pod.title}: its address {pod.address} is that of {pods[pod.address].title} too; the first one answers")
        elif pod is not None:
            pods[pod.address] = pod
    return list(pods.values()), problems


def is_model_server(entry: Mapping[str, Any]) -> bool:
    """Does any container look like an engine that we know, or does an annotation say which one it is?"""
    return _find(entry)[0] != ""


def read_pod(entry: Mapping[str, Any], problems: list[str]) -> Pod | None:
    title = _title(entry)
    if not entry.get("address"):
        problems.append(f"{title}: it has no address yet")
        return None
    engine, command = _find(entry)
    if not engine and not any(name.startswith(PREFIX) for name in entry.get("annotations") or ()):
        # One of the many pods that have nothing to do with models.
        return None
    if engine not in PORTS:
        hint = f"annotate {PREFIX}engine with one of {', '.join(PORTS)} if it is one"
        problems.append(f"{title}: {f'unknown engine {engine!r}' if engine else 'no container looks like vLLM, SGLang or Ollama'}; {hint}")
        return None
    notes = _Notes(title, entry.get("annotations") or {}, problems)
    models = tuple(name.strip() for name in notes.text("models").split(",") if name.strip()) or _models(engine, command, entry)
    if not models and engine != "ollama":
        problems.append(f"{title}: {engine} is started without a model: write --model NAME, or annotate {PREFIX}models")
        return None
    return Pod(
        address=str(entry["address"]),
        namespace=str(entry.get("namespace") or "default"),
        name=str(entry.get("name") or entry["address"]),
        engine=engine,
        port=_port(engine, command, title, problems),
        models=models,
        root=command.model() or (models[0] if models else ""),
        adapters=command.adapters() if engine == "vllm" else (),
        max_adapters=command.number("--max-loras", 1) if command.flag("--enable-lora") else 0,
        context=command.number("--max-model-len", command.number("--context-length", 32768)),
        api_key=_key(command),
        version=_version(engine, command.image),
        metrics=engine == "vllm" or (engine == "sglang" and command.flag("--enable-metrics")),
        slots=max(1, notes.count("slots", 8)),
        faults=_faults(notes),
    )


def pulled(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The models that a pod of Ollama brings itself."""
    every = [*(entry.get("initContainers") or ()), *(entry.get("containers") or ())]
    return tuple(dict.fromkeys(name for container in every for name in command_of(container).pulled()))


def _title(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('namespace') or 'default'}/{entry.get('name') or '?'}"


def _find(entry: Mapping[str, Any]) -> tuple[str, Command]:
    """The engine and the container that runs it; a sidecar beside it is no engine."""
    commands = [command_of(container) for container in entry.get("containers") or ()]
    said = str((entry.get("annotations") or {}).get(PREFIX + "engine") or "").strip().lower()
    found = [(engine, command) for command in commands if (engine := command.engine())]
    if said:
        return said, found[0][1] if found else (commands[0] if commands else command_of({}))
    if found:
        return found[0]
    labels = entry.get("labels") or {}
    labelled = next((str(labels[name]).lower() for name in ENGINE_LABELS if labels.get(name)), "")
    return (labelled, commands[0]) if labelled in PORTS and commands else ("", command_of({}))


def _models(engine: str, command: Command, entry: Mapping[str, Any]) -> tuple[str, ...]:
    if engine == "ollama":
        return pulled(entry)
    served = command.values("--served-model-name")
    model = command.model()
    return tuple(served) or ((model,) if model else ())


def _port(engine: str, command: Command, title: str, problems: list[str]) -> int:
    """Where the engine listens. A containerPort only tells readers of the manifest, so it does not move the engine."""
    host = command.environment.get("OLLAMA_HOST", "") if engine == "ollama" else ""
    said = host.rpartition(":")[2] if ":" in host else (command.option("--port") if engine != "ollama" else "")
    if said and not (said.isdigit() and 0 < int(said) < 65536):
        problems.append(f"{title}: {said!r} is no port; {engine} is answered on {PORTS[engine]}")
        said = ""
    if not command.engine() and command.ports:
        return command.ports[0]
    port = int(said) if said else PORTS[engine]
    if command.ports and port not in command.ports:
        declared = ", ".join(map(str, command.ports))
        problems.append(f"{title}: {engine} listens on {port}, its containerPort says {declared}: write the same number in both")
    return port


def _key(command: Command) -> str:
    """A key out of a Secret is not known here, so a pod that takes it from there asks for none."""
    key = command.option("--api-key") or command.environment.get("VLLM_API_KEY", "")
    return "" if "$" in key else key


def _version(engine: str, image: str) -> str:
    tag = re.search(r":v?(\d+(?:\.\d+)+)", image)
    return tag.group(1) if tag else VERSIONS[engine]


class _Notes:
    """Annotations as values. One that cannot be read is told and left out, so a typing error shows as a problem, not as a silent default."""

    def __init__(self, title: str, annotations: Mapping[str, Any], problems: list[str]) -> None:
        self.title, self.problems = title, problems
        self.values = {name.removeprefix(PREFIX): str(value) for name, value in annotations.items() if name.startswith(PREFIX)}
        unknown = sorted(set(self.values) - KNOWN)
        problems += [f"{title}: annotation {PREFIX}{name} is unknown; known are {', '.join(sorted(KNOWN))}" for name in unknown]

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def _read(self, name: str, default: Any, read: Callable[[str], Any], expected: str) -> Any:
        said = self.values.get(name)
        if said is None:
            return default
        try:
            return read(said.strip())
        except ValueError:
            self.problems.append(f"{self.title}: annotation {PREFIX}{name} is {said!r}, expected {expected}; it is left out")
            return default

    def count(self, name: str, default: int) -> int:
        return int(self._read(name, default, _count, "a whole number such as 5"))

    def pinned_count(self, name: str) -> int | None:
        found: int | None = self._read(name, None, _count, "a whole number such as 5")
        return found

    def number(self, name: str) -> float:
        return float(self._read(name, 0.0, _number, "a number such as 0.5"))

    def share(self, name: str, default: float) -> float:
        return float(self._read(name, default, _share, "a number between 0 and 1"))

    def pinned_share(self, name: str) -> float | None:
        found: float | None = self._read(name, None, _share, "a number between 0 and 1")
        return found

    def time(self, name: str) -> float:
        return float(self._read(name, 0.0, seconds, "a time such as 200ms or 1.5s"))

    def yes(self, name: str) -> bool:
        return bool(self._read(name, False, _yes, "true or false"))

    def status(self) -> int:
        return int(self._read("status", 0, _status, "an HTTP status between 400 and 599"))


KNOWN = frozenset({"engine", "models", "slots"} | {entry.name.replace("_", "-") for entry in fields(Faults)})


def _faults(notes: _Notes) -> Faults:
    return Faults(
        status=notes.status(),
        status_probability=notes.share("status-probability", 1.0),
        latency=notes.time("latency"),
        time_to_first_token=notes.time("time-to-first-token"),
        tokens_per_second=notes.number("tokens-per-second"),
        hang=notes.yes("hang"),
        cut_stream_after=notes.count("cut-stream-after", -1),
        never_ready=notes.yes("never-ready"),
        queue=notes.pinned_count("queue"),
        kv_cache=notes.pinned_share("kv-cache"),
    )


def seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m)?", text)
    if not match:
        raise ValueError(text)
    return float(match.group(1)) * UNITS[match.group(2) or "s"]


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError(text)
    return number


def _share(text: str) -> float:
    if (number := _number(text)) > 1:
        raise ValueError(text)
    return number


def _status(text: str) -> int:
    if not 400 <= (status := _count(text)) < 600:
        raise ValueError(text)
    return status


def _yes(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def ports(pods: Iterable[Pod]) -> list[int]:
    return sorted({pod.port for pod in pods})
