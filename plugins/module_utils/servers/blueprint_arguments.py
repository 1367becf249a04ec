# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of a blueprint's container, read as vLLM and Kubernetes read it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LAUNCHERS = (
    ("python3", "-m", "vllm.entrypoints.openai.api_server"),
    ("python", "-m", "vllm.entrypoints.openai.api_server"),
    ("vllm", "serve"),
)
PROGRAMS = ("vllm", "python", "python3", "sh", "bash", "/bin/sh", "/bin/bash")
SHORT = {"-tp": "--tensor-parallel-size", "-pp": "--pipeline-parallel-size", "-q": "--quantization"}
VARIABLE = re.compile(r"\$\$|\$\(([-._A-Za-z][-._A-Za-z0-9]*)\)")
NUMBER = re.compile(r"-[0-9.]+")


@dataclass(frozen=True)
class Word:
    """One item of the command line, and where it stands in the document."""

    text: str
    where: str


@dataclass(frozen=True)
class Flag:
    """``--name`` with the words that belong to it."""

    name: str
    where: str
    values: tuple[Word, ...] = ()

    def items(self) -> list[str]:
        """As role vllm wants them: one item where that can be."""
        if len(self.values) == 1 and " " not in self.values[0].text:
            return [f"{self.name}={self.values[0].text}"]
        return [self.name, *(word.text for word in self.values)]


@dataclass
class CommandLine:
    """``vllm``: the words begin with a program, and that is vLLM's. ``other``: they begin with another program."""

    flags: list[Flag] = field(default_factory=list)
    loose: list[Word] = field(default_factory=list)
    vllm: bool = False
    other: str = ""

    def take(self, name: str) -> list[Flag]:
        """Every mention of a flag, in order."""
        found = [flag for flag in self.flags if flag.name == name]
        self.flags = [flag for flag in self.flags if flag.name != name]
        return found


def read(words: Sequence[Word], image_serves: bool = False) -> CommandLine:
    """``image_serves``: the image starts ``vllm serve`` itself, so that a first word that is no program is the model."""
    line = CommandLine(vllm=image_serves and bool(words) and words[0].text not in PROGRAMS)
    rest = list(words)
    for launcher in LAUNCHERS:
        if tuple(word.text for word in rest[: len(launcher)]) == launcher:
            rest, line.vllm = rest[len(launcher) :], True
            break
    else:
        line.other = rest[0].text if rest and not is_flag(rest[0].text) and not line.vllm else ""
    while rest:
        word = rest.pop(0)
        if not is_flag(word.text):
            line.loose.append(word)
            continue
        name, equals, value = word.text.partition("=")
        values = [Word(value, word.where)] if equals else []
        while not equals and rest and not is_flag(rest[0].text):
            values.append(rest.pop(0))
        line.flags.append(Flag(_spelled(name), word.where, tuple(values)))
    return line


def is_flag(text: str) -> bool:
    return text.startswith("-") and len(text) > 1 and not NUMBER.fullmatch(text)


def _spelled(name: str) -> str:
    """vLLM takes an underscore for a dash."""
    return SHORT.get(name, f"--{name[2:].replace('_', '-')}" if name.startswith("--") else name)


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """``$(NAME)`` is the variable's value, as Kubernetes has it; an unknown one stays as it is, ``$$`` is a dollar."""
    return VARIABLE.sub(lambda found: "$" if found[1] is None else variables.get(found[1], found[0]), text)


def unknown_variables(text: str, variables: Mapping[str, str]) -> list[str]:
    return [found[1] for found in VARIABLE.finditer(text) if found[1] is not None and found[1] not in variables]
