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
# An image without an entry point of its own gets a whole command as arguments.
PROGRAM = re.compile(r"(.*/)?(python[\d.]*|vllm)$")
# Several values may follow each of these.
SEVERAL = ("--served-model-name", "--lora-modules")
# Where the images of other simulators read their model's name.
STAND_INS = ("SIM_MODEL", "MODEL_NAME")
IMAGES = (("sglang", "sglang"), ("ollama", "ollama"), ("vllm", "vllm"), ("llm-d-inference-sim", "vllm"))


@dataclass(frozen=True)
class Command:
    """The words that are run, the image, the environment's plain values and the declared ports.

    ``own``: the image's entry point is replaced. ``arguments`` are those of a shell's script.
    """

    words: tuple[str, ...]
    image: str
    environment: Mapping[str, str]
    ports: tuple[int, ...]
    own: bool = False
    hooks: str = ""
    arguments: tuple[str, ...] = ()

    def engine(self) -> str:
        """What is run decides, then the image: a helper container may have an engine's image and run something else."""
        text = " ".join(self.words)
        # A program's name, not the value of an option: a sidecar says "--engine vllm" of its neighbour.
        names = [PurePosixPath(word).name for word, before in zip(self.words[:12], ("", *self.words), strict=False) if not before.startswith("--")]
        if "sglang.launch_server" in text or "sglang" in names:
            return "sglang"
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
        whole = self.own or self.engine() != "vllm" or any(PROGRAM.match(word) for word in words[:1])
        place = words.index("serve") + 1 if "serve" in words else (len(words) if whole else 0)
        first = words[place] if place < len(words) else ""
        if first and not first.startswith("-"):
            return first
        named = next((self.environment[name] for name in STAND_INS if name in self.environment), "")
        return self.option("--model") or self.option("--model-path") or named

    def adapters(self) -> tuple[str, ...]:
        return tuple(filter(None, (_adapter(value) for value in self.values("--lora-modules"))))

    def pulled(self) -> tuple[str, ...]:
        """The models that the container pulls itself: named in its command or in a postStart hook (the Ollama chart does), or a script's arguments."""
        text = f"{' '.join(self.words)}\n{self.hooks}"
        found = re.findall(r"ollama\s+(?:pull|run)\s+[\"']?([\w./:-]+)", text)
        if re.search(r"ollama\s+pull\s+[\"']?\$", text):
            found += [name.partition("@")[0] for name in self.arguments]
        return tuple(dict.fromkeys(found))


def command_of(container: Mapping[str, Any]) -> Command:
    environment = {str(entry["name"]): str(entry["value"]) for entry in container.get("env") or () if entry.get("value") is not None}
    words = [_filled(str(word), environment) for word in [*(container.get("command") or ()), *(container.get("args") or ())]]
    hook = ((container.get("lifecycle") or {}).get("postStart") or {}).get("exec") or {}
    ports = tuple(int(port["containerPort"]) for port in container.get("ports") or () if port.get("containerPort"))
    hooks = "\n".join(map(str, hook.get("command") or ()))
    image, own = str(container.get("image") or ""), bool(container.get("command"))
    return Command(tuple(_unwrapped(words, environment)), image, environment, ports, own, hooks, _arguments(words))


def _filled(word: str, environment: Mapping[str, str]) -> str:
    """Kubernetes' own ``$(NAME)``; an unknown name stays as it is."""
    return re.sub(r"\$\((\w+)\)", lambda match: environment.get(match.group(1), match.group(0)), word)


def _script(words: list[str]) -> int:
    """Where the script of ``sh -c SCRIPT`` stands; 0 where no shell is run."""
    if len(words) < 3 or PurePosixPath(words[0]).name not in SHELLS:
        return 0
    return next((index + 1 for index, word in enumerate(words[:-1]) if re.fullmatch(r"-[a-z]*c", word)), 0)


def _arguments(words: list[str]) -> tuple[str, ...]:
    """The script's own: the word after it is its name."""
    at = _script(words)
    return tuple(words[at + 2 :]) if at else ()


def _unwrapped(words: list[str], environment: Mapping[str, str]) -> list[str]:
    """What a shell would run, for ``sh -c "exec vllm serve ..."``; good enough for one simple command among others."""
    at = _script(words)
    if not at:
        return words
    script = re.sub(r"\$\{?(\w+)\}?", lambda match: environment.get(match.group(1), match.group(0)), words[at].replace("\\\n", " "))
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
