# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kong without a database: its whole state is one document, sent to every node, and all of it is taken or none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any, ClassVar

from ...engine.errors import GatewayError, RefusedError
from ...engine.objects import Key, Object
from ...engine.plan import Action, Change
from ...models.kong import ENTITIES, new_id, secrets_of
from ..transport import ApiError, Transport
from . import compare, marks
from .client import told
from .entity_store import EntityStore, Row, version_of

Document = dict[str, Any]
_FORMAT = {"_format_version": "3.0", "_transform": False}
"""As Kong exports it itself: rows as they are stored, passwords hashed already."""


@dataclass
class DblessStore(EntityStore):
    """``nodes``: the Admin APIs of all nodes, the first one of which is read for what stands."""

    nodes: list[Transport] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)

    whole: ClassVar[bool] = True

    def driven(self) -> bool:
        """Whether the ingress controller writes this node's state."""
        self._read()
        return any(marks.DRIVEN in (row.get("tags") or ()) for kind in ENTITIES for row in self.documents[0].get(kind) or ())

    def _read(self) -> None:
        self.documents = [_document(node) for node in self.nodes]

    def collections(self, _desired: Mapping[Key, Object]) -> dict[str, list[Row]]:
        self._read()
        return {kind: [_opened(kind, row) for row in self.documents[0].get(kind) or ()] for kind in ENTITIES}

    def validate(self, change: Change) -> None:
        obj = change.desired or {}
        if obj["kind"] == "targets":
            return  # Kong has no endpoint to ask
        body = self.body(obj, self.marked(obj))
        body.pop("ttl", None)
        try:
            self.transport.request("POST", f"/schemas/{obj['kind']}/validate", body=body)
        except ApiError as error:
            raise told(error, f"{change.origin}: {change.key}", secrets_of(obj)) from error

    def record(self, _remaining: Iterable[Key]) -> str:
        """Nodes that hold different documents are brought together, even where the first one holds what is declared."""
        return "update" if any(_bare(document) != _bare(self.documents[0]) for document in self.documents[1:]) else "keep"

    def settle(self, remaining: Iterable[Key]) -> None:
        if self.record(remaining) != "keep":
            self._push(self.documents[0])

    def write_whole(self, changes: Iterable[Change]) -> None:
        document = {**_FORMAT, **{name: list(part) if isinstance(part, list) else part for name, part in self.documents[0].items()}}
        for change in changes:
            self._apply(document, change)
        self._push(document)

    def _apply(self, document: Document, change: Change) -> None:
        rows: list[Row] = document.setdefault(change.key.kind, [])
        stands = self.standing.get(change.key)
        old = next((row for row in rows if stands and row["id"] == stands.row["id"]), None)
        rows[:] = [row for row in rows if row is not old]
        if change.action is Action.DELETE:
            _cascade(document, change.key.kind, (old or {}).get("id"))
            return
        obj = change.desired or {}
        if old and change.before:
            patch = compare.patch(self.differences(obj, change.before))
            made = compare.merged(_opened(change.key.kind, old), patch, self.schema(obj))
        else:
            made = self.body(obj, self.marked(obj))
        made |= {"id": old["id"] if old else new_id(self.owner, change.key.kind, change.key.name), "tags": self.tags(obj, self.marked(obj))}
        if change.key.kind == "basicauth_credentials" and obj["spec"].get("password"):
            salted = f"{obj['spec']['password']}{self.id_of('consumers', obj['spec']['consumer'])}"
            made["password"] = sha1(salted.encode()).hexdigest()  # noqa: S324 - it is how Kong keeps it
        rows.append(_closed(change.key.kind, made))

    def _push(self, document: Document) -> None:
        """To every node. Where one refuses, those that have taken it get back what they had."""
        text = json.dumps({name: part for name, part in document.items() if part != []}, sort_keys=True)
        for number, node in enumerate(self.nodes):
            try:
                node.request("POST", "/config", query={"check_hash": 1, "flatten_errors": 1}, body={"config": text})
            except GatewayError as error:
                back = [_give_back(*pair) for pair in zip(self.nodes[:number], self.documents, strict=False)]
                lost = [host for host in back if host]
                state = f"{', '.join(lost)} could not be given back what they had: run again when all nodes answer" if lost else "no node has it now"
                why = _why(error) if isinstance(error, ApiError) else str(error)
                raise RefusedError(f"{node.host} does not take the configuration ({state}): {why}") from error

    def write(self, change: Change, seconds: float) -> str:
        raise NotImplementedError("without a database all is taken at once")


def _give_back(node: Transport, before: Document) -> str:
    """The node that could not be brought back, or nothing."""
    try:
        node.request("POST", "/config", query={"check_hash": 1}, body={"config": json.dumps(before, sort_keys=True)})
    except GatewayError:
        return node.host
    return ""


def _document(node: Transport) -> Document:
    import yaml

    try:
        text = node.request("GET", "/config").get("config") or ""
    except ApiError as error:
        raise told(error) from error
    found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
    return found if isinstance(found, dict) else dict(_FORMAT)


def _cascade(document: Document, kind: str, row_id: str | None) -> None:
    """What hung on a row that goes."""
    for child, entity in ENTITIES.items():
        for part, parent in entity.parents.items():
            if parent == kind and row_id and child in document:
                document[child] = [row for row in document[child] if row.get(part) != row_id]


def _opened(kind: str, row: Row) -> Row:
    """References as the Admin API gives them; in a document they are bare ids."""
    parents = ENTITIES[kind].parents
    return {name: {"id": value} if name in parents and isinstance(value, str) else value for name, value in row.items()}


def _closed(kind: str, row: Row) -> Row:
    parents = ENTITIES[kind].parents
    return {name: value["id"] if name in parents and isinstance(value, Mapping) else value for name, value in row.items() if value is not None}


def _bare(document: Document) -> dict[str, Any]:
    """What two nodes have to have in common: not the times at which each took it."""
    return {kind: sorted(version_of(row) for row in rows) for kind, rows in document.items() if isinstance(rows, list) and rows}


def _why(error: ApiError) -> str:
    """Kong's errors by entity, without the entities themselves, since these hold keys."""
    found = error.body.get("flattened_errors")
    if not isinstance(found, list) or not found:
        return error.text
    parts = []
    for each in found:
        whys = "; ".join(f"{issue.get('field') or 'entity'}: {issue.get('message')}" for issue in each.get("errors") or ())
        parts.append(f"{each.get('entity_type')} {each.get('entity_name') or each.get('entity_id') or ''}: {whys}")
    return " | ".join(parts)
