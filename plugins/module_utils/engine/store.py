# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine asks of a store. ``stores/kubernetes.py`` with its neighbours is the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol

from .objects import Desired, GroupKind, Key, Object
from .plan import Change, Observed


class Store(Protocol):
    """One server as seen by one owner. Every method may raise a :class:`errors.GatewayError`."""

    whole: ClassVar[bool]
    """Whether the server takes its whole state at once (:meth:`write_whole`), not object by object (:meth:`write`)."""

    def open(self) -> None:
        """Read what is recorded about the owner; refuse one that belongs to somebody else."""

    def place(self, wanted: Iterable[Desired]) -> list[tuple[Key, Desired]]:
        """Each declared object with its identity, normalised and with our mark; raises InputError."""

    def unknown(self, desired: Mapping[Key, Desired]) -> dict[Key, str]:
        """The desired objects whose kind the server does not serve, and why."""

    def brings(self, obj: Object) -> GroupKind | None:
        """The kind that this object teaches the server, if it is a definition."""

    def observe(self, desired: Mapping[Key, Object], versions: Mapping[Key, str] | None = None) -> dict[Key, Observed]:
        """Everything of the owner's, and whatever else bears the identity of a desired object. What still has the version that ``versions`` names need not
        come with more than its metadata.
        """

    def differ(self, desired: Object, live: Object) -> tuple[str, ...]:
        """Paths that would have to be written; empty for none. Pure."""

    def unique(self, obj: Object) -> Mapping[str, str]:
        """Values that no two objects of the server may hold, each with the words that name its field. The values may be secrets: they are never shown."""

    def rehearse(self, change: Change) -> Change:
        """The change as the server predicts it."""

    def rehearse_replacement(self, change: Change) -> Change:
        """The same for an object that has to be deleted and made anew."""

    def write(self, change: Change, seconds: float) -> str:
        """Carry one change out; the version of the object that it led to."""

    def write_whole(self, changes: Iterable[Change]) -> None:
        """Carry all of them out, or none."""

    def record(self, remaining: Iterable[Key]) -> str:
        """What recording these objects as the owner's would do: create, update, delete or keep."""

    def rehearse_record(self, remaining: Iterable[Key]) -> None:
        """Whether recording these objects as the owner's would be refused."""

    def widen(self, coming: Iterable[Key], claim: bool) -> None:
        """Before the first write: record where objects may come to be. ``claim`` writes the record in any case: two runs cannot both do that unknown to
        each other.
        """

    def settle(self, remaining: Iterable[Key]) -> None:
        """After the last write: record what there is."""

    def record_key(self) -> Key:
        """Identity of the record itself."""

    def await_kinds(self, definitions: Mapping[Key, Object], seconds: float) -> None:
        """Wait until new definitions are served."""

    def await_ready(self, present: Mapping[Key, Object], absent: Iterable[Object], seconds: float) -> None:
        """Wait until all is as declared; raises NotReadyError."""
