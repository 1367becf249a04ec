# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container's command line, read as its engine would read it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

SHELLS = ("sh", "bash", "ash", "dash")
# Several values may follow each of these.
SEVERAL = ("--served-model-name", "--lora-modules")
IMAGES = (("sglang", "sglang"), ("ollama", "ollama"), ("vllm", "vllm"), ("llm-d-inference-sim", "vllm"))


@dataclass(frozen=True)
class Command:
    """The words that are run, the image, the environment's plain values and the declared ports. ``own``: the image's entry point is replaced."""

    words: tuple[str, ...]
    image: str
    environment: Mapping[str, str]
    ports: tuple[int, ...]
    own: bool = False
    hooks: str = ""

    def engine(self) -> str:
        """What is run decides, then the image: a helper container may have an engine's image and run something else."""
        text = " ".join(self.words)
        if "sglang.launch_server" in text:
            return "sglang"
        names = [PurePosixPath(word).name for word in self.words[:12]]
        if "vllm.entrypoints" in text or "vllm" in names:
            return "vllm"
        if "ollama" in names:
            return "ollama"
        if self.own:
            return ""
        image = PurePosixPath(self.image.partition("@")[0]).parts
        return next((engine for word, engine in IMAGES if any(word in part for part in image[-2:])), "")

    def values(self, name: str) -> list[str]:
        """All values of an option, written ``--name a b`` or ``--name=a``; underscores do for dashes, as vLLM's parser has it."""
        found: list[str] = []
        words = list(self.words)
        for index, word in enumerate(words):
            key, equals, value = word.partition("=")
            if key.replace("_", "-") != name:
                continue
            if equals:
                found = [value]
            else:
                end = next((at for at in range(index + 1, len(words)) if words[at].startswith("-")), len(words))
                found = words[index + 1 : end if name in SEVERAL else min(end, index + 2)]
        return found

    def option(self, name: str) -> str:
        return next(iter(self.values(name)), "")

    def number(self, name: str, default: int) -> int:
        text = self.option(name)
        short = re.fullmatch(r"(\d+)([kK]?)", text)
        return int(short.group(1)) * (1000 if short.group(2) else 1) if short else default

    def flag(self, name: str) -> bool:
        return any(word.partition("=")[0].replace("_", "-") == name for word in self.words)

    def model(self) -> str:
        """``vllm serve MODEL`` wins over ``--model``, as in vLLM; the image's own entry point is ``vllm serve``, so a first bare argument is one too."""
        words = list(self.words)
        place = words.index("serve") + 1 if "serve" in words else (len(words) if self.own else 0)
        first = words[place] if place < len(words) else ""
        if first and not first.startswith("-"):
            return first
        return self.option("--model") or self.option("--model-path") or self.environment.get("SIM_MODEL", "")

    def adapters(self) -> tuple[str, ...]:
        return tuple(filter(None, (_adapter(value) for value in self.values("--lora-modules"))))

    def pulled(self) -> tuple[str, ...]:
        """The models that the container pulls itself, in its command or in a postStart hook (the Ollama chart does)."""
        found = re.findall(r"ollama\s+(?:pull|run)\s+[\"']?([\w./:-]+)", f"{' '.join(self.words)}\n{self.hooks}")
        return tuple(dict.fromkeys(found))


def command_of(container: Mapping[str, Any]) -> Command:
    environment = {str(entry["name"]): str(entry["value"]) for entry in container.get("env") or () if entry.get("value") is not None}
    words = [_filled(str(word), environment) for word in [*(container.get("command") or ()), *(container.get("args") or ())]]
    hook = ((container.get("lifecycle") or {}).get("postStart") or {}).get("exec") or {}
    ports = tuple(int(port["containerPort"]) for port in container.get("ports") or () if port.get("containerPort"))
    hooks = "\n".join(map(str, hook.get("command") or ()))
    return Command(tuple(_unwrapped(words, environment)), str(container.get("image") or ""), environment, ports, bool(container.get("command")), hooks)


def _filled(word: str, environment: Mapping[str, str]) -> str:
    """Kubernetes' own ``$(NAME)``; an unknown name stays as it is."""
    return re.sub(r"\$\((\w+)\)", lambda match: environment.get(match.group(1), match.group(0)), word)


def _unwrapped(words: list[str], environment: Mapping[str, str]) -> list[str]:
    """What a shell would run, for ``sh -c "exec vllm serve ..."``; good enough for one simple command among others."""
    if len(words) < 3 or PurePosixPath(words[0]).name not in SHELLS:
        return words
    at = next((index for index, word in enumerate(words[:-1]) if re.fullmatch(r"-[a-z]*c", word)), None)
    if at is None:
        return words
    script = re.sub(r"\$\{?(\w+)\}?", lambda match: environment.get(match.group(1), match.group(0)), words[at + 1].replace("\\\n", " "))
    try:
        return shlex.split(script, comments=True)
    except ValueError:
        return script.split()


def _adapter(value: str) -> str:
    """``name=path`` or the JSON form."""
    if value.startswith("{"):
        try:
            return str(json.loads(value).get("name") or "")
        except ValueError:
            return ""
    return value.partition("=")[0]
