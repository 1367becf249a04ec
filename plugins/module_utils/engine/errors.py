# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can go wrong, as types. Only ``engine/run.py`` turns them into a module's failure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class GatewayError(Exception):
    """Base of all errors that a user is meant to read."""


@dataclass(frozen=True)
class Issue:
    """One thing wrong with the input: where it stands, what is wrong, what to write instead."""

    where: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" + (f" {self.remedy}" if self.remedy else "")


class InputError(GatewayError):
    """The declaration is wrong; nothing was sent to a server. Carries every issue, not only the first."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        count = len(self.issues)
        head = "The input has 1 error" if count == 1 else f"The input has {count} errors"
        super().__init__(f"{head}; nothing was written.\n" + "\n".join(f"- {issue}" for issue in self.issues))
