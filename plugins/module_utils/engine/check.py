# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that measures and judges, and writes nothing: what it declares to Ansible, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """``message`` is empty where all is as expected; else the module fails with it, and with the result too."""

    result: dict[str, Any]
    message: str
    warnings: tuple[str, ...] = ()


class Veiled(NamedTuple):
    """Entries that may hold secrets: ``shown`` is one as it may be logged, ``secrets`` what to blank wherever it turns up."""

    shown: Callable[[Any], Any]
    secrets: Callable[[Any], set[str]]


@dataclass(frozen=True)
class Check:
    """``option`` is the list whose entries may hold secrets: ``shown`` is an entry as it may be logged, ``secrets`` what to blank wherever it turns up.

    ``libraries`` are the Python packages that it cannot do without. ``also`` are further lists with secrets in their entries.
    """

    option: str
    options: Mapping[str, Any]
    run: Callable[[list[Any], Mapping[str, Any]], Outcome]
    shown: Callable[[Any], Any]
    secrets: Callable[[Any], set[str]]
    libraries: tuple[str, ...] = ()
    also: Mapping[str, Veiled] = field(default_factory=dict)
