# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the objects of a module live: a store, and how the module's entries become objects of that store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .objects import Build, Desired, GroupKind, Key, Object, empty
from .report import Veil, hidden
from .store import Store


@dataclass(frozen=True)
class Backend:
    """``served`` answers which versions of a kind the server knows. ``named``: the objects that entries (``namespace/name`` -> origin) identify by their own
    name, for entries that are to go. ``stands``: those of the given objects that exist, for a value that is made once and then kept. ``veil`` hides secrets.
    ``answer`` is what a module returns besides the plan, asked for when all is done.
    """

    store: Store
    build: Build
    served: Callable[[GroupKind], tuple[str, ...]]
    named: Callable[[Mapping[str, str]], list[Desired]]
    stands: Callable[[Iterable[Key]], Mapping[Key, Object]] = empty
    veil: Veil = hidden
    answer: Callable[[], Mapping[str, Any]] = dict
