# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the writes: does the cluster hold what this run was to lead to, or did another run write in between?

Every run that wrote looks once more, after its last write. Of two runs that were at work together the one that looks last therefore sees all that both
have written: it finds its own inventory, or says that it does not. No lock is needed, and none is left behind by a run that is killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .errors import InterferenceError, RefusedError
from .objects import Key
from .plan import Action, Change, Observed, Owner
from .store import Store


def confirm(store: Store, changes: tuple[Change, ...], versions: Mapping[Key, str], prune: bool) -> None:
    """Look once more; raises :class:`InterferenceError` where it is not what ``changes`` say. ``versions``: what our writes led to."""
    wanted = {change.key: change.desired for change in changes if change.desired}
    known = {change.key: str(change.before["metadata"].get("resourceVersion")) for change in changes if change.before} | dict(versions)
    seen = store.observe(wanted, known)
    problems = [f"{change.key}: {why}" for change in changes if change.desired and (why := _differs(store, change, seen.get(change.key), known))]
    problems += [f"{key}: was made by another run, and is not declared here." for key in _strangers(changes, seen, prune)]
    if problems:
        raise InterferenceError(problems)


def _differs(store: Store, change: Change, seen: Observed | None, versions: Mapping[Key, str]) -> str:
    if seen is None or seen.leaving:
        return "was deleted by another hand."
    if seen.owner is Owner.OTHER:
        return f"bears the mark of another owner now ({seen.owner_id})."
    if seen.obj["metadata"]["resourceVersion"] == versions.get(change.key):
        return ""
    fields = store.differ(change.desired or {}, seen.obj)
    if not fields:
        return ""
    try:
        # What differs locally is a suspicion. And a field that another manager holds now is no other run's: the next run tells of it.
        predicted = store.rehearse(Change(Action.UPDATE, change.key, change.origin, desired=change.desired, before=seen.obj, fields=fields))
    except RefusedError:
        return ""
    return f"{', '.join(predicted.fields)} was changed by another run." if predicted.writes else ""


def _strangers(changes: tuple[Change, ...], seen: Mapping[Key, Observed], prune: bool) -> Iterator[Key]:
    """Members that should not be: what we deleted and is there again, and with ``prune`` whatever nobody declared."""
    declared = {change.key for change in changes if change.desired}
    deleted = {change.key: (change.before or {})["metadata"]["uid"] for change in changes if change.action is Action.DELETE}
    for key in sorted(seen):
        there = seen[key].owner is Owner.OURS and not seen[key].leaving and key not in declared
        if there and (prune or (key in deleted and seen[key].obj["metadata"]["uid"] != deleted[key])):
            yield key
