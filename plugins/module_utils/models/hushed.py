# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codecs for places where a secret stands, or may stand by mistake: their complaints show nothing of what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypeVar

from ..engine.errors import Issue
from .codecs import ListOf, Report, Text

T = TypeVar("T")
_SHOWN = re.compile(r"[,;] got .*", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field (?![a-z_]{1,24}\.$).*", re.DOTALL)


@dataclass(frozen=True)
class Hushed(Text):
    """Text that an error must not show. ``quoted``: no number, since YAML may have read another one than is written (leading zeros, octal, ``_``)."""

    quoted: bool = False

    def read(self, value: object, where: str, report: Report) -> str | None:
        if self.quoted and isinstance(value, (int, float)):
            report.add(where, "expected text; what is there is not shown, and YAML reads it as something else.", "Put it in quotes.")
            return None
        quiet = Report()
        found = super().read(value, where, quiet)
        if found is None:
            printable = "" if self.choices or self.example else f" of at most {self.longest} printable characters without blanks"
            report.add(where, f"expected {self.what}{printable}; what is there is not shown.", self._example() or "Is it quoted?")
        return found


@dataclass(frozen=True)
class VeiledList(ListOf[T]):
    """A list with secrets in it: ``key:SECRET``, which lacks a blank, is no dictionary of one field but a text, or a field of an odd name."""

    def read(self, value: object, where: str, report: Report) -> tuple[T, ...] | None:
        quiet = Report()
        found = super().read(value, where, quiet)
        for issue in quiet.issues:
            report.issues.append(nameless(replace(issue, problem=_SHOWN.sub("; what is there is not shown.", issue.problem))))
        return found


def nameless(issue: Issue) -> Issue:
    """An issue that does not tell a field's name which looks like no name: it may be a secret. One with a remedy of its own is a word that we know."""
    if not issue.remedy.startswith(("Did you mean", "Known are")):
        return issue
    words = "has a field that is unknown; its name is not shown, since it may be a secret. Is there a blank after each colon?"
    return replace(issue, problem=_UNKNOWN.sub(words, issue.problem))
