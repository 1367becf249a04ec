# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store asks of one kind of entity: how it is read, what differs, and the calls that change it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ...engine.errors import RefusedError
from ...engine.objects import Key, Object
from ...models.apigee import (
    MARKS,
    SERVER_MADE,
    attribute_list,
    attributes_of,
    changed_attributes,
    crowded,
    differences,
    merged,
    nothing,
    said,
    users_attributes,
)
from ..transport import ApiError
from .client import Client, Row

Spec = dict[str, Any]
Path = tuple[str, ...]
CONFLICT, MISSING = 409, 404


class LostError(Exception):
    """Apigee took a write, and does not say so when it is asked: the fields that differ."""

    def __init__(self, fields: list[Path]) -> None:
        self.fields = fields
        super().__init__(", ".join(".".join(path) for path in fields))


class Strategy:
    """Products and developers are as this says: one row an entity, read with the collection, written whole. Every call may be made twice."""

    kind: ClassVar[str]
    collection: ClassVar[str]
    named_by: ClassVar[str]
    """The field of a row that names it."""
    fields: ClassVar[tuple[str, ...]]
    """The API's own fields that an entry can speak of, besides ``attributes``."""
    patience: float = 60.0
    """Seconds that what Apigee does later is waited for."""

    def rows(self, client: Client, desired: Mapping[Key, Object]) -> list[Row]:
        """The whole collection, by as few requests as the API allows. ``desired`` are the declared entities."""
        raise NotImplementedError

    def name(self, row: Row) -> str:
        """What the entity is called in the engine."""
        return str(row.get(self.named_by) or "")

    def uid(self, row: Row) -> str:
        """What tells an entity from a later one of its name."""
        return str(row.get("appId") or row.get("createdAt") or "")

    def spec(self, row: Row) -> Spec:
        """The row in normal form, without our marks."""
        found = said({name: row[name] for name in self.fields if name in row})
        attributes = users_attributes(attributes_of(row))
        return {**found, **({"attributes": attributes} if attributes else {})}

    def attributes(self, row: Row) -> dict[str, str]:
        return attributes_of(row)

    def differ(self, desired: Spec, live: Spec) -> list[Path]:
        """Paths of what has to be written; none where all is as declared. Pure."""
        return differences(desired, live)

    def predict(self, desired: Spec, live: Spec | None) -> Spec:
        """What will stand after the write. Pure."""
        return merged(desired, live or {})

    def objections(self, desired: Spec, _live: Spec | None, row: Row | None) -> list[str]:
        """Why a write cannot be, known before the first one; each a sentence with its remedy. Pure."""
        return crowded(attributes_of(row or {}), desired.get("attributes") or {}, dict.fromkeys(MARKS, "ours"))

    def refuse_deletion(self, _row: Row) -> str:
        """Why an entity must not go; empty where it may."""
        return ""

    def create(self, client: Client, desired: Spec, marks: Mapping[str, str]) -> Row | None:
        """Make it; the row that stands afterwards, where it is known."""
        raise NotImplementedError

    def update(self, client: Client, desired: Spec, row: Row, marks: Mapping[str, str]) -> Row | None:
        """Change it from ``row`` on; the same."""
        raise NotImplementedError

    def delete(self, client: Client, row: Row) -> None:
        raise NotImplementedError

    def body(self, desired: Spec, row: Row, marks: Mapping[str, str], *left_out: str) -> Row:
        """An entity as a PUT wants it, whole: what stands, what is declared over it, and our marks. What it does not name goes, so what has to be empty is
        left out: an empty group of operations would be refused.
        """
        kept = {name: value for name, value in row.items() if name not in (*SERVER_MADE, *left_out)}
        told = {name: value for name, value in desired.items() if name != "attributes" and name not in left_out}
        attributes = changed_attributes(attributes_of(row), desired.get("attributes") or {}, marks)
        return {name: value for name, value in {**kept, **told}.items() if not nothing(value)} | {"attributes": attribute_list(attributes)}

    def standing(self, client: Client, name: str) -> Row | None:
        """The entity of this name, if there is one."""
        raise NotImplementedError

    def made(self, client: Client, desired: Spec, body: Row, marks: Mapping[str, str]) -> Row:
        """The entity that is created. One that exists is ours where it is as declared: our own first try, whose answer was lost. A name that is neither taken
        nor free is that of an entity whose deletion still goes on.
        """
        patient = waiting(self.patience)
        while True:
            try:
                return client.post(self.collection, body=body)
            except ApiError as error:
                if error.status != CONFLICT:
                    raise
                row = self.standing(client, str(desired[self.named_by]))
                if row is not None and (self.differ(desired, self.spec(row)) or any(self.attributes(row).get(name) != value for name, value in marks.items())):
                    raise
                if row is not None:
                    return row
                if not patient():
                    raise RefusedError(f"{self.kind}: Apigee is still deleting an entity of this name. Run again in some minutes.") from None

    def kept(self, desired: Spec, row: Row) -> Row:
        """The row, if it says what was declared; else :class:`LostError`."""
        if lost := self.differ(desired, self.spec(row)):
            raise LostError(lost)
        return row


def waiting(seconds: float, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> Callable[[], bool]:
    """Sleeps a little longer each time it is called, and says whether there was any time left."""
    end = clock() + seconds
    pause = [0.2]

    def patient() -> bool:
        left = end - clock()
        if left <= 0:
            return False
        sleep(min(pause[0], left))
        pause[0] = min(pause[0] * 1.7, 5.0)
        return True

    return patient


def found(client: Client, *segments: str) -> Row | None:
    """What stands at an address; None where nothing does."""
    try:
        return client.get(*segments)
    except ApiError as error:
        if error.status != MISSING:
            raise
        return None


def gone(client: Client, *segments: str) -> None:
    """Delete what may be gone already."""
    try:
        client.delete(*segments)
    except ApiError as error:
        if error.status != MISSING:
            raise
