# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only code that lets anything be written: wave after wave, bounded, every outcome kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

from .errors import ApplyError, GatewayError, UnreachableError
from .objects import Key
from .order import waves
from .plan import Action, Change

Write = Callable[[Change], object]


def apply(changes: Iterable[Change], write: Write, concurrency: int, early: frozenset[Key] = frozenset()) -> tuple[Change, ...]:
    """Write what has to be written: dependencies first, then deletions the other way round. What is ``early`` goes before all that, and what replaces it comes
    in its usual place.

    Raises :class:`ApplyError` when a write failed: later waves are then not tried, since they build on this one. An unreachable server ends
    the wave at once.
    """
    todo = [change for change in changes if change.writes]
    first = [replace(change, action=Action.DELETE) for change in todo if change.key in early]
    rest = [replace(change, action=Action.CREATE, before=None) if change.key in early and change.desired else change for change in todo]
    rest = [change for change in rest if change.key not in early or change.desired]
    steps = waves(first, reverse=True)
    steps += waves(change for change in rest if change.action is not Action.DELETE)
    steps += waves((change for change in rest if change.action is Action.DELETE), reverse=True)
    written: list[Change] = []
    for number, wave in enumerate(steps):
        failed, done = _write_wave(wave, write, concurrency)
        written += done
        if failed:
            tried = {change.key for change in done} | set(failed)
            not_tried = [str(change.key) for later in steps[number:] for change in later if change.key not in tried]
            raise ApplyError({str(key): reason for key, reason in failed.items()}, [str(change.key) for change in written], not_tried)
    return tuple(written)


def _write_wave(wave: list[Change], write: Write, concurrency: int) -> tuple[dict[object, str], list[Change]]:
    lost = Event()

    def one(change: Change) -> GatewayError | bool | None:
        if lost.is_set():
            return True
        try:
            write(change)
        except GatewayError as error:
            if isinstance(error, UnreachableError):
                lost.set()
            return error
        return None

    with ThreadPoolExecutor(max(1, min(concurrency, len(wave)))) as workers:
        outcomes = list(zip(wave, workers.map(one, wave), strict=True))
    failed: dict[object, str] = {change.key: str(outcome) for change, outcome in outcomes if isinstance(outcome, GatewayError)}
    return failed, [change for change, outcome in outcomes if outcome is None]
