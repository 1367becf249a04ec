# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to happen: a pure decision over what is declared and what was observed.

Check mode, ``--diff``, ``changed`` and the writes all read the one :class:`Plan`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from .errors import InputError, Issue, OwnershipError, PruneLimitError
from .objects import Desired, Key, Object


class Action(StrEnum):
    """What happens to one object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    KEEP = "keep"


class Owner(Enum):
    """Whose mark an observed object bears."""

    OURS = "ours"
    NOBODY = "nobody"
    OTHER = "other"


@dataclass(frozen=True)
class Observed:
    """An object as the server has it. ``owner_id`` names the set that owns it when that is not ours."""

    obj: Object
    owner: Owner
    owner_id: str = ""

    @property
    def leaving(self) -> bool:
        """Deleted already, and held by a finalizer or by what it contains: it cannot come back, whatever is written to it."""
        return bool(self.obj.get("metadata", {}).get("deletionTimestamp"))


@dataclass(frozen=True)
class Change:
    """One object's part of the plan.

    ``desired`` is what gets sent, ``before`` what stands, ``after`` what will stand (the server's own prediction where it was asked).
    ``fields`` are the paths that differ. ``note`` says what could not be known. ``force``: fields change hands, but no value changes with it.
    """

    action: Action
    key: Key
    origin: str
    desired: Object | None = None
    before: Object | None = None
    after: Object | None = None
    fields: tuple[str, ...] = ()
    note: str = ""
    force: bool = False

    @property
    def writes(self) -> bool:
        return self.action is not Action.KEEP


@dataclass(frozen=True)
class Plan:
    """All changes, and the owned objects that nothing declares and that stay because ``prune`` is off."""

    changes: tuple[Change, ...]
    orphans: tuple[Key, ...] = ()

    @property
    def changed(self) -> bool:
        return any(change.writes for change in self.changes)

    def summary(self) -> dict[str, int]:
        counts = Counter(change.action.value for change in self.changes)
        return {action.value: counts[action.value] for action in Action}

    def having(self, changes: Iterable[Change]) -> Plan:
        return replace(self, changes=tuple(changes))


@dataclass(frozen=True)
class Policy:
    """What the user allows. ``prune_limit`` is a count (``10``) or a share of the owned objects (``50%``)."""

    prune: bool = False
    prune_limit: str = "50%"
    adopt: bool = False


Differ = Callable[[Object, Object], tuple[str, ...]]
"""(desired, live) -> paths that differ; empty when nothing has to be written."""


def index(wanted: Iterable[tuple[Key, Desired]]) -> dict[Key, Desired]:
    """By identity; the same object declared twice is an error that names both places."""
    found: dict[Key, Desired] = {}
    issues = []
    for key, item in wanted:
        if key in found:
            issues.append(Issue(item.origin, f"{key} is declared already by {found[key].origin}.", "Remove one of them or rename it."))
        found.setdefault(key, item)
    if issues:
        raise InputError(issues)
    return found


def present(desired: Mapping[Key, Desired], observed: Mapping[Key, Observed], differ: Differ, policy: Policy) -> Plan:
    """Make everything that is declared exist as declared, and with ``prune`` take away what we own besides."""
    _refuse_foreign([(key, desired[key].origin, observed[key]) for key in desired if key in observed], policy.adopt)
    changes = [_towards(key, item, observed.get(key), differ) for key, item in desired.items()]
    extra = [key for key, seen in observed.items() if seen.owner is Owner.OURS and key not in desired and not seen.leaving]
    if not policy.prune:
        return Plan(tuple(changes), tuple(sorted(extra)))
    _refuse_too_many(extra, sum(seen.owner is Owner.OURS for seen in observed.values()), policy.prune_limit)
    changes += [Change(Action.DELETE, key, "prune", before=observed[key].obj) for key in sorted(extra)]
    return Plan(tuple(changes))


def absent(named: Mapping[Key, str], observed: Mapping[Key, Observed], policy: Policy) -> Plan:
    """Take away the named objects (key -> origin) that exist."""
    there = {key: origin for key, origin in named.items() if key in observed}
    _refuse_foreign([(key, origin, observed[key]) for key, origin in there.items()], policy.adopt, "delete it all the same")
    return Plan(tuple(_away(key, origin, observed[key]) for key, origin in there.items()))


def _away(key: Key, origin: str, seen: Observed) -> Change:
    if seen.leaving:
        return Change(Action.KEEP, key, origin, before=seen.obj, note="is being deleted already")
    return Change(Action.DELETE, key, origin, before=seen.obj)


def _towards(key: Key, item: Desired, seen: Observed | None, differ: Differ) -> Change:
    if seen is None:
        return Change(Action.CREATE, key, item.origin, desired=item.obj, after=item.obj)
    if seen.leaving:
        return Change(
            Action.REPLACE, key, item.origin, desired=item.obj, before=seen.obj, after=item.obj, note="is being deleted; it is made anew when it is gone"
        )
    fields = differ(item.obj, seen.obj)
    action = Action.UPDATE if fields else Action.KEEP
    return Change(action, key, item.origin, desired=item.obj, before=seen.obj, after=item.obj if fields else seen.obj, fields=fields)


def _refuse_foreign(found: Iterable[tuple[Key, str, Observed]], adopt: bool, what: str = "take it over") -> None:
    """``what`` adopt would do to an object that bears no mark."""
    problems = []
    for key, origin, seen in found:
        if seen.owner is Owner.OTHER:
            problems.append(f"{origin}: {key} belongs to another owner ({seen.owner_id}). Give it up there first, or take it out of this inventory.")
        elif seen.owner is Owner.NOBODY and not adopt:
            problems.append(f"{origin}: {key} exists and is nobody's that we know of. Set adopt to true to {what}.")
    if problems:
        raise OwnershipError(problems)


def _refuse_too_many(keys: list[Key], owned: int, limit: str) -> None:
    number = limit.strip()
    allowed = owned * float(number[:-1]) / 100 if number.endswith("%") else float(number)
    if len(keys) > allowed:
        raise PruneLimitError([str(key) for key in sorted(keys)], owned, limit)
