# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kong without a database: its whole state is one document, sent to every node, and all of it is taken or none."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from typing import ClassVar

from ...engine.errors import GatewayError, RefusedError
from ...engine.objects import Key, Object
from ...engine.plan import Action, Change
from ...models.kong import ENTITIES, new_id, secrets_of
from ..transport import ApiError, Transport
from . import compare
from .client import hushed, told
from .document import FORMAT, Document, bare, cascade, closed, driven, lasting, leading, opened, parsed, secrets, why
from .entity_store import EntityStore, Row

_UNSURE = (500, 502, 504)
"""Refusals after which a node may have taken the configuration all the same."""


@dataclass
class DblessStore(EntityStore):
    """``nodes``: the Admin APIs of all nodes. ``base``: what stands, which is the configuration of the first that has any."""

    nodes: list[Transport] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    base: Document = field(default_factory=dict)

    whole: ClassVar[bool] = True

    def driven(self) -> bool:
        """Whether the ingress controller writes any node's state."""
        return driven([_document(node) for node in self.nodes])

    def collections(self, _desired: Mapping[Key, Object]) -> dict[str, list[Row]]:
        self.documents = [_document(node) for node in self.nodes]
        self.base = self.documents[leading(self.documents, [node.host for node in self.nodes], self.owner)]
        return {kind: [opened(kind, row) for row in self.base.get(kind) or ()] for kind in ENTITIES}

    def validate(self, change: Change) -> None:
        obj = change.desired or {}
        body = self.body(obj, self.marked(obj))
        if not self.worth_asking(obj["kind"], body):
            return
        try:
            self.transport.request("POST", f"/schemas/{obj['kind']}/validate", body=body)
        except ApiError as error:
            raise told(error, f"{change.origin}: {change.key}", secrets_of(obj)) from error

    def record(self, _remaining: Iterable[Key]) -> str:
        """Nodes that hold different documents are brought together, even where one holds what is declared."""
        return "update" if any(bare(document) != bare(self.base) for document in self.documents) else "keep"

    def settle(self, remaining: Iterable[Key]) -> None:
        if self.record(remaining) != "keep":
            self._push(self.base)

    def write_whole(self, changes: Iterable[Change]) -> None:
        document = {**FORMAT, **{name: list(part) if isinstance(part, list) else part for name, part in self.base.items()}}
        for change in changes:
            self._apply(document, change)
        self._push(document)

    def _apply(self, document: Document, change: Change) -> None:
        rows: list[Row] = document.setdefault(change.key.kind, [])
        stands = self.standing.get(change.key)
        old = next((row for row in rows if stands and row["id"] == stands.row["id"]), None)
        rows[:] = [row for row in rows if row is not old]
        if change.action is Action.DELETE:
            cascade(document, change.key.kind, (old or {}).get("id"))
            return
        obj = change.desired or {}
        patch = compare.patch(self.differences(obj, change.before)) if old and change.before else self.body(obj, self.marked(obj))
        if patch.get("ttl"):
            patch["ttl"] = int(time.time()) + patch["ttl"]
        made = compare.merged(opened(change.key.kind, old), patch, self.schema(obj)) if old and change.before else patch
        made |= {"id": old["id"] if old else new_id(self.owner, change.key.kind, change.key.name), "tags": self.tags(obj, self.marked(obj))}
        if change.key.kind == "basicauth_credentials" and obj["spec"].get("password"):
            salted = f"{obj['spec']['password']}{self.id_of('consumers', obj['spec']['consumer'])}"
            made["password"] = sha1(salted.encode()).hexdigest()  # noqa: S324 - it is how Kong keeps it
        rows.append(closed(change.key.kind, made))

    def _push(self, document: Document) -> None:
        """To every node. Where one refuses, those that have taken it get back what they had."""
        self._refuse_outdated()
        text = json.dumps({name: part for name, part in document.items() if part != []}, sort_keys=True)
        for number, node in enumerate(self.nodes):
            try:
                node.request("POST", "/config", query={"check_hash": 1, "flatten_errors": 1}, body={"config": text})
            except GatewayError as error:
                unsure = not isinstance(error, ApiError) or error.status in _UNSURE
                back = [_give_back(*pair) for pair in zip(self.nodes[: number + unsure], self.documents, strict=False)]
                lost = [host for host in back if host]
                state = f"whether {', '.join(lost)} could be given back what they had is not known: run again when all nodes answer"
                reason = hushed(_reason(error), [*secrets(document), *secrets(self.base)])
                raise RefusedError(f"{node.host} does not take the configuration ({state if lost else 'no node has it now'}): {reason}") from error

    def _refuse_outdated(self) -> None:
        """What is sent replaces everything: a change that somebody made since we looked would be lost."""
        for node, document in zip(self.nodes, self.documents, strict=True):
            if bare(_document(node)) != bare(document):
                raise RefusedError(f"The configuration of {node.host} was changed by another hand while this run was at work; nothing was written. Run again.")

    def write(self, change: Change, seconds: float) -> str:
        raise NotImplementedError("without a database all is taken at once")


def _reason(error: GatewayError) -> str:
    if not isinstance(error, ApiError):
        return str(error)
    return str(told(error)) if error.status == 403 else why(error.body, error.text)


def _give_back(node: Transport, before: Document) -> str:
    """The node that could not be brought back, or nothing."""
    try:
        node.request("POST", "/config", query={"check_hash": 1}, body={"config": json.dumps(before, sort_keys=True)})
    except GatewayError:
        return node.host
    return ""


def _document(node: Transport) -> Document:
    try:
        text = node.request("GET", "/config").get("config")
    except ApiError as error:
        raise told(error) from error
    return lasting(parsed(str(text or ""), node.host), time.time())
