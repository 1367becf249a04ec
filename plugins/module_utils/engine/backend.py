# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the objects of a module live: a store, and how the module's entries become objects of that store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .objects import Build, Desired, GroupKind, Key, Kind, Object, empty
from .report import Veil, hidden
from .store import Store

if TYPE_CHECKING:
    from .converge import Options


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


@dataclass(frozen=True)
class Server:
    """Where objects live besides a cluster, or may. A module hands it to :mod:`engine.run`: what Ansible packs and sends with each task is what a module
    imports, and most have no use for it.

    ``open`` is given what opens the cluster instead; ``read`` answers None where the cluster is meant. ``options`` and ``libraries`` (what is imported, and
    the package that brings it) are those of the way there, for kinds that live nowhere else.
    """

    open: Callable[[Kind, Mapping[str, Any], Options, Callable[[], Backend]], Backend]
    read: Callable[[Kind, Mapping[str, Any]], list[Object] | None]
    options: Mapping[str, Any] = field(default_factory=dict)
    libraries: tuple[tuple[str, str], ...] = ()
