# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of a declaration that Kubernetes itself describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import InputError
from ..engine.values import plain
from ..models.codecs import Report, shown


@dataclass(frozen=True)
class Tree:
    """Passed on as it is: the server checks it."""

    doc_type: str = "dict"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> dict[str, Any] | None:
        if not isinstance(value, Mapping):
            report.add(where, f"expected a dictionary, got {shown(value)}.")
            return None
        try:
            tree: dict[str, Any] = plain(dict(value), where)
        except InputError as error:
            report.issues += error.issues
            return None
        return tree
