# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Apigee organisation as the engine's store: one kind of entity, read once as a whole, each entity written by one worker alone.

The owner is an attribute on each entity, so there is no record of a set. Apigee has no dry run: what it would refuse and what can be known beforehand is said
by the strategies, before the first write.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ...engine.errors import RefusedError
from ...engine.fields import child
from ...engine.objects import ENTRY_ANNOTATION, Desired, GroupKind, Key, Object, key_of
from ...engine.plan import Action, Change, Observed, Owner
from ...models.apigee import GROUP, MANAGED_BY, MANAGER, MARKS, OWNER, entity, key
from ..transport import ApiError
from .client import Client, Row, told
from .strategy import LostError, Path, Strategy

OPERATOR = "apim.googleapis.com"
"""Part of attributes by which the APIM Operator may mark what it makes; no public text says how it does."""


@dataclass
class ApigeeStore:
    """Implements :class:`engine.store.Store`."""

    client: Client
    strategy: Strategy
    owner: str
    standing: dict[Key, Row] = field(default_factory=dict)

    whole: ClassVar[bool] = False

    def open(self) -> None:
        """The owner is an attribute of each entity; there is nothing that could belong to somebody else."""

    def place(self, wanted: Iterable[Desired]) -> list[tuple[Key, Desired]]:
        return [(key_of(item.obj), item) for item in wanted]

    def unknown(self, _desired: Mapping[Key, Desired]) -> dict[Key, str]:
        return {}

    def brings(self, _obj: Object) -> GroupKind | None:
        return None

    def unique(self, _obj: Object) -> dict[str, str]:
        """Keys of apps are unique as well; an app must not be given up for one, so it is the strategy that says who holds a key."""
        return {}

    # -- observe ---------------------------------------------------------------------------------------------------------------------

    def observe(self, desired: Mapping[Key, Object], _versions: Mapping[Key, str] | None = None) -> dict[Key, Observed]:
        found = {}
        for each, row, seen in self._all(desired):
            if seen.owner is Owner.OURS or each in desired:
                found[each] = seen
                self.standing[each] = row
        return found

    def everything(self) -> Iterator[tuple[Object, Owner]]:
        """All entities of the organisation, whoever they belong to."""
        for _each, _row, seen in self._all({}):
            yield seen.obj, seen.owner

    def _all(self, desired: Mapping[Key, Object]) -> Iterator[tuple[Key, Row, Observed]]:
        try:
            rows = self.strategy.rows(self.client, desired)
        except ApiError as error:
            raise told(error, f"organisation {self.client.organization}") from None
        for row in rows:
            name = self.strategy.name(row)
            obj = entity(self.strategy.kind, name, self.strategy.spec(row))
            obj["metadata"] |= {"uid": self.strategy.uid(row), "resourceVersion": version_of(row)}
            attributes = self.strategy.attributes(row)
            if marks := {each: attributes[each] for each in MARKS if attributes.get(each)}:
                obj["metadata"]["labels"] = marks
            owner, owner_id = whose(attributes, self.owner)
            if owner is Owner.OURS:
                obj["metadata"]["annotations"] = {ENTRY_ANNOTATION: f"/{name}"}
            yield key(self.strategy.kind, name), row, Observed(obj, owner, owner_id)

    # -- compare and rehearse --------------------------------------------------------------------------------------------------------

    @property
    def marks(self) -> dict[str, str]:
        return {MANAGED_BY: MANAGER, OWNER: self.owner}

    def differ(self, desired: Object, live: Object) -> tuple[str, ...]:
        paths = list(self.strategy.differ(desired["spec"], live["spec"]))
        own = self.strategy.attributes(self.standing[key_of(live)])
        paths += [("attributes", name) for name, value in self.marks.items() if own.get(name) != value]
        return tuple(map(spelled, paths))

    def rehearse(self, change: Change) -> Change:
        """What would stand afterwards, and what Apigee is known to refuse."""
        row = self.standing.get(change.key)
        if change.action is Action.DELETE:
            why = self.strategy.refuse_deletion(row or {})
            if why:
                raise RefusedError(f"{change.origin}: {change.key}: {why}")
            return change
        desired, live = (change.desired or {})["spec"], change.before["spec"] if change.before else None
        if why := " ".join(self.strategy.objections(desired, live, row)):
            raise RefusedError(f"{change.origin}: {change.key}: {why}")
        try:
            spec = self.strategy.predict(desired, live)
        except RefusedError as error:
            raise RefusedError(f"{change.origin}: {error}") from None
        meta = {**(change.before or change.desired or {})["metadata"], "labels": self.marks}
        after = {**entity(change.key.kind, change.key.name, spec), "metadata": meta}
        if change.before is None:
            return replace(change, after=after)
        fields = self.differ(change.desired or {}, change.before)
        return replace(change, after=after, fields=fields, action=Action.UPDATE if fields else Action.KEEP)

    def rehearse_replacement(self, change: Change) -> Change:
        raise RefusedError(f"{change.origin}: {change.key}: is never deleted for a successor, since its keys would go with it.")

    # -- write -----------------------------------------------------------------------------------------------------------------------

    def write(self, change: Change, _seconds: float) -> str:
        row = self.standing.get(change.key)
        origin = f"{change.origin}: {change.key}"
        try:
            if change.action is Action.DELETE:
                self.strategy.delete(self.client, row or {})
                return ""
            desired = (change.desired or {})["spec"]
            strategy, marks = self.strategy, self.marks
            made = strategy.create(self.client, desired, marks) if row is None else strategy.update(self.client, desired, row, marks)
        except LostError as lost:
            fields = ", ".join(map(spelled, lost.fields))
            raise RefusedError(f"{origin}: Apigee took it, and does not have it as declared in {fields}. Does it know these values?") from None
        except ApiError as error:
            raise told(error, origin, secrets_of(change)) from None
        except RefusedError as error:
            raise RefusedError(f"{change.origin}: {error}") from None
        return version_of(made) if made else ""

    def write_whole(self, changes: Iterable[Change]) -> None:
        raise NotImplementedError("Apigee takes entity by entity")

    # -- the record ------------------------------------------------------------------------------------------------------------------

    def record_key(self) -> Key:
        return Key(GROUP, "attributes", "", f"{OWNER}={self.owner}")

    def record(self, _remaining: Iterable[Key]) -> str:
        return "keep"

    def rehearse_record(self, _remaining: Iterable[Key]) -> None:
        """Each entity bears its own mark."""

    def widen(self, _coming: Iterable[Key], _claim: bool) -> None:
        """Each entity bears its own mark."""

    def settle(self, _remaining: Iterable[Key]) -> None:
        """Each entity bears its own mark."""

    def await_kinds(self, _definitions: Mapping[Key, Object], _seconds: float) -> None:
        """Apigee brings its kinds with itself."""

    def await_ready(self, _present: Mapping[Key, Object], _absent: Iterable[Object], _seconds: float) -> None:
        """The management API has no word for it: gateways take changes over within about three minutes, which only traffic shows."""


def whose(attributes: Mapping[str, str], owner: str) -> tuple[Owner, str]:
    """By the marks. Another tool's ``managed-by`` is respected like another owner of ours. Where the half of our marks was taken away, nobody owns it."""
    if attributes.get(OWNER) == owner and attributes.get(MANAGED_BY) == MANAGER:
        return Owner.OURS, owner
    if attributes.get(OWNER) not in (None, "", owner):
        return Owner.OTHER, attributes[OWNER]
    if any(OPERATOR in text for name, value in attributes.items() if name not in MARKS for text in (name, value)):
        return Owner.OTHER, "the APIM Operator"
    other = attributes.get(MANAGED_BY, "")
    return (Owner.OTHER, other) if other and other != MANAGER else (Owner.NOBODY, "")


def spelled(path: Path) -> str:
    text = ".spec"
    for part in path:
        text = child(text, part)
    return text


def version_of(row: Row) -> str:
    """A digest: rows carry a time of change whose grain no text names."""
    return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:16]


def secrets_of(change: Change) -> set[str]:
    """Values of keys in a change, which no message may show."""
    found: set[str] = set()
    for obj in (change.desired, change.before):
        found |= values(((obj or {}).get("spec") or {}).get("keys"))
    return found


def values(keys: Any) -> set[str]:
    """What is secret in the keys of an app. The key itself is: it is what clients send."""
    parts = [part for part in keys.values() if isinstance(part, Mapping)] if isinstance(keys, Mapping) else []
    return {str(part[name]) for part in parts for name in ("consumerKey", "consumerSecret") if part.get(name)}
