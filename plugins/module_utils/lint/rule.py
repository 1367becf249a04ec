# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lint rule is: a name, how grave, where it comes from, and a check over everything that is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from types import ModuleType

from ..engine.errors import Issue
from .world import World

Check = Callable[[World], Iterable[Issue]]


class Severity(Enum):
    """An error would fail for certain; a warning is legal and probably not what was meant."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """``source`` is the thread or document that the rule was learned from, ``summary`` one sentence for docs/lint.md."""

    id: str
    severity: Severity
    source: str
    summary: str
    check: Check


def error(name: str, source: str) -> Callable[[Check], Rule]:
    """Makes a rule of a check whose findings refuse the declaration. The check's docstring is the summary."""
    return _made(name, Severity.ERROR, source)


def warning(name: str, source: str) -> Callable[[Check], Rule]:
    """Makes a rule of a check whose findings are told, and refuse the declaration only with ``lint_strict``."""
    return _made(name, Severity.WARNING, source)


def _made(name: str, severity: Severity, source: str) -> Callable[[Check], Rule]:
    return lambda check: Rule(name, severity, source, " ".join((check.__doc__ or "").split()), check)


def rules_of(*files: ModuleType) -> list[Rule]:
    """All rules of some files, in their order."""
    return [item for file in files for item in vars(file).values() if isinstance(item, Rule)]


def unruled(_world: World) -> list[Rule]:
    """For lists that no rule is about."""
    return []
