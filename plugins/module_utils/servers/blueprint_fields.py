# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A blueprint is taken apart field by field. What nobody took is told as left behind, so that nothing vanishes in silence; and no secret is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..models.codecs import Codec, Report, shown

T = TypeVar("T")
HIDDEN = "(hidden)"
# max_tokens and tokenizer are no secrets, HF_TOKEN is one.
SECRET = re.compile(r"(?i)passw|secret|credential|api[-_]?key|token(?!iz|s)|(^|[-_.])(key|pwd|auth|pass)$|^par$")
# Names of things, and the word for a variable's name in the list of variables.
NAMES = ("key", "secret_name", "secret_key", "recipe_container_secret_name", "recipe_environment_secrets")
# An account in an address, and Oracle's pre-authenticated requests: who has the address has the bucket.
TELLING = re.compile(r"://[^/\s]*:[^/\s]*@|/p/[-_A-Za-z0-9]{16,}/")


def is_secret(name: str) -> bool:
    """Of a field of the document."""
    return name not in NAMES and holds_secret(name)


def holds_secret(name: str) -> bool:
    """Of a variable or a flag."""
    return bool(SECRET.search(name))


def safe(value: Any, name: str = "") -> Any:
    """A value that may be shown. A variable's own name decides about its value, a flag's about the word that follows it."""
    if is_secret(name):
        return value if value is None else HIDDEN
    if isinstance(value, Mapping):
        own = str(value["key"]) if {"key", "value"} <= set(value) else ""
        return {str(key): HIDDEN if key == "value" and holds_secret(own) else safe(part, str(key)) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [safe_word(part, value[index - 1] if index else "") for index, part in enumerate(value)]
    return HIDDEN if isinstance(value, str) and TELLING.search(value) else value


def safe_word(word: Any, before: Any) -> Any:
    """One item of a list, which may be a list of arguments."""
    if not isinstance(word, str):
        return safe(word)
    flag, equals, _value = word.partition("=")
    if equals and flag.startswith("-") and holds_secret(flag):
        return f"{flag}={HIDDEN}"
    follows = isinstance(before, str) and before.startswith("-") and "=" not in before and holds_secret(before)
    return HIDDEN if follows and not word.startswith("-") else safe(word)


@dataclass
class Ledger:
    """What is wrong with the documents, and what of them has no place here."""

    report: Report = field(default_factory=Report)
    lost: list[dict[str, Any]] = field(default_factory=list)

    def lose(self, where: str, value: Any, why: str, instead: str) -> None:
        """``value`` has to be safe to show."""
        self.lost.append({"field": where, "value": value, "why": why, "instead": instead})


class Fields:
    """The fields of one object of a document that nobody has taken yet."""

    def __init__(self, values: Mapping[str, Any], at: str, ledger: Ledger) -> None:
        self.left = {str(key): value for key, value in values.items() if value is not None}
        self.at = at
        self.ledger = ledger

    def __contains__(self, name: object) -> bool:
        return name in self.left

    def where(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name

    def wrong(self, name: str, problem: str, remedy: str = "") -> None:
        self.ledger.report.add(self.where(name), problem, remedy)

    def look(self, name: str) -> Any:
        """The value, which stays to be taken."""
        return self.left.get(name)

    def take(self, name: str, codec: Codec[T]) -> T | None:
        """The value, checked; None where there is none, or a wrong one, which is reported."""
        return None if name not in self.left else codec.read(self.left.pop(name), self.where(name), self.ledger.report)

    def hides(self, name: str, named_so: bool) -> bool:
        """Is the value a secret, by the name that it bears or by what it holds? Then it is taken, and looked at by nobody."""
        value = self.left.get(name)
        if value is not None and (named_so or (isinstance(value, str) and TELLING.search(value))):
            del self.left[name]
            return True
        return False

    def part(self, name: str) -> Fields:
        """An object inside; empty where there is none."""
        value = self.left.pop(name, {})
        if not isinstance(value, Mapping):
            self.wrong(name, f"expected an object, got {shown(value)}.")
            value = {}
        return Fields(value, self.where(name), self.ledger)

    def parts(self, name: str) -> list[Fields]:
        """The objects of a list inside."""
        value = self.left.pop(name, [])
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
            self.wrong(name, f"expected a list of objects, got {shown(value)}.")
            value = []
        return [Fields(item, f"{self.where(name)}[{index}]", self.ledger) for index, item in enumerate(value)]

    def lose(self, name: str, why: str, instead: str) -> None:
        """One field is left behind, if it is there."""
        if name in self.left:
            self.ledger.lose(self.where(name), safe(self.left.pop(name), name), why, instead)

    def lose_rest(self, why: str, instead: str) -> None:
        for name in list(self.left):
            self.lose(name, why, instead)

    def lose_whole(self, why: str, instead: str) -> None:
        """The object itself, with what is left of it."""
        if self.left:
            self.ledger.lose(self.at, safe(self.left), why, instead)
            self.left = {}
