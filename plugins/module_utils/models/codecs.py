# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codecs: how one value of the inventory becomes one typed value.

A codec never raises. It reports what is wrong to a :class:`Report`, with the place in the inventory, and answers ``None``.
The inventory's habits are accepted where only one meaning is possible: numbers as text (Jinja), whole numbers where text is wanted, "true" and "false".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, Protocol, TypeVar

from ..engine.errors import InputError, Issue

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

DIGITS = re.compile(r"[+-]?[0-9]{1,18}")
NOT_PRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
SHOWN = 60


class Report:
    """Gathers every issue of one input, so that a user mends them all at once."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def add(self, where: str, problem: str, remedy: str = "") -> None:
        self.issues.append(Issue(where, problem, remedy))

    def raise_if_any(self) -> None:
        if self.issues:
            raise InputError(self.issues)


class Codec(Protocol[T_co]):
    """``doc_type`` and ``elements`` are what the module's documentation has to say about the value."""

    @property
    def doc_type(self) -> str: ...

    @property
    def elements(self) -> str | None: ...

    def read(self, value: object, where: str, report: Report) -> T_co | None: ...


def shown(value: object) -> str:
    """A value as an error shows it: short, and never what hides inside a list or dictionary."""
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, str):
        text = repr(str(value))
        return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
    if isinstance(value, (int, float)):
        return f"the number {value}" if len(str(value)) <= SHOWN else "a very long number"
    return f"a value of type {value.__class__.__name__}"


@cache
def _whole(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


@dataclass(frozen=True)
class Text:
    """Text of a certain form. ``what`` says in words what the pattern demands, ``example`` what to write."""

    what: str = "text"
    pattern: str = ""
    longest: int = 4096
    example: str = ""
    choices: tuple[str, ...] = ()
    empty: bool = False
    doc_type: str = "str"
    elements: str | None = None
    _good: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    """What has been looked at and is good: entries say the same names over and over."""

    def read(self, value: object, where: str, report: Report) -> str | None:
        if value.__class__ is str and value in self._good:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
            value = str(value)
        if not isinstance(value, str):
            unquoted = isinstance(value, (bool, float))
            report.add(where, f"expected {self.what}, got {shown(value)}.", "Put it in quotes, as YAML reads it otherwise." if unquoted else self._example())
            return None
        text = str(value)
        problem = self._problem(text)
        if problem:
            report.add(where, problem, self._example())
            return None
        self._good.add(text)
        return text

    def _problem(self, text: str) -> str:
        if not text and not self.empty:
            return f"is empty; expected {self.what}, or leave the field out."
        if self.choices and text not in self.choices:
            return f"expected one of {', '.join(self.choices)}; got {shown(text)}."
        if len(text) > self.longest:
            return f"has {len(text)} characters; at most {self.longest} are allowed."
        if self.pattern and not _whole(self.pattern)(text):
            return f"expected {self.what}; got {shown(text)}."
        return "holds characters that cannot be printed." if NOT_PRINTABLE.search(text) else ""

    def _example(self) -> str:
        return f"Write for example {self.example}." if self.example else ""


@dataclass(frozen=True)
class Whole:
    """A whole number inside a range, or one of a few."""

    least: int
    most: int
    what: str = "a whole number"
    choices: tuple[int, ...] = ()
    doc_type: str = "int"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> int | None:
        number = value
        if isinstance(value, str) and DIGITS.fullmatch(value.strip()):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int):
            report.add(where, f"expected {self.what}, got {shown(value)}.")
            return None
        if not self.least <= number <= self.most:
            report.add(where, f"expected {self.what} from {self.least} to {self.most}, got {shown(number)}.")
            return None
        if self.choices and number not in self.choices:
            report.add(where, f"expected one of {', '.join(map(str, self.choices))}; got {number}.")
            return None
        return int(number)


@dataclass(frozen=True)
class Flag:
    """True or false; also as the words that Jinja makes of them."""

    doc_type: str = "bool"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> bool | None:
        if isinstance(value, bool):
            return value
        word = str(value).lower() if isinstance(value, str) else ""
        if word in ("true", "yes"):
            return True
        if word in ("false", "no"):
            return False
        report.add(where, f"expected true or false, got {shown(value)}.")
        return None


@dataclass(frozen=True)
class ListOf(Generic[T]):
    """A list; ``None`` inside it is an error, because a hole in a list is a template that went wrong. ``relief`` is what to do where there are too many."""

    item: Codec[T]
    most: int
    least: int = 0
    unique: bool = False
    doc_type: str = "list"
    relief: str = ""

    @property
    def elements(self) -> str | None:
        return self.item.doc_type

    def read(self, value: object, where: str, report: Report) -> tuple[T, ...] | None:
        if not isinstance(value, (list, tuple)):
            report.add(where, f"expected a list, got {shown(value)}.", "Put it in [ ].")
            return None
        if not self.least <= len(value) <= self.most:
            few = len(value) < self.least
            limit = f"at least {self.least} must be given" if few else f"at most {self.most} are allowed"
            report.add(where, f"has {len(value)} items; {limit}.", "" if few else self.relief)
            return None
        read = [self.item.read(item, f"{where}[{index}]", report) for index, item in enumerate(value)]
        good = [item for item in read if item is not None]
        if self.unique:
            for index, item in enumerate(good):
                if item in good[:index]:
                    report.add(f"{where}[{index}]", f"{shown(item)} is there twice.", "Keep one.")
        return tuple(good) if len(good) == len(read) else None


@dataclass(frozen=True)
class MapOf(Generic[T]):
    """A dictionary whose keys the user chooses. ``fold``: keys that differ only in upper and lower case are one, as header names are."""

    key: Text
    value: Codec[T]
    most: int = 64
    fold: bool = False
    doc_type: str = "dict"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> dict[str, T] | None:
        if not isinstance(value, Mapping):
            report.add(where, f"expected a dictionary of {self.key.what} and value, got {shown(value)}.", "Write {name: value}.")
            return None
        if len(value) > self.most:
            report.add(where, f"has {len(value)} entries; at most {self.most} are allowed.")
            return None
        result: dict[str, T] = {}
        seen: dict[str, str] = {}
        whole = True
        for raw_key, raw in value.items():
            place = f"{where}[{raw_key!s:.60}]"
            key = self.key.read(raw_key, place, report)
            item = self.value.read(raw, place, report)
            if key is None or item is None:
                whole = False
                continue
            first = seen.setdefault(key.lower() if self.fold else key, key)
            if first != key:
                report.add(place, f"is the same as {first!r}: upper and lower case do not count.", "Keep one.")
                whole = False
            result[key] = item
        return result if whole else None
