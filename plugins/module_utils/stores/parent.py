# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ApplySet's parent on the server: read, widened before the first write, settled after the last.

Every write carries the resourceVersion that was read: of two runs that change one set at the same moment, one is told.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import OwnershipError, RefusedError
from ..engine.objects import Key, Object
from ..engine.ownership import ID_LABEL, TOOL, ApplySet, Scope, scope_of, tool_of
from .explain import refusal
from .transport import ApiError, Transport

RUN = "inference.gateway/run"
"""Annotation that names the last run which wrote the parent."""
_PATH = "/api/v1/namespaces/{namespace}/configmaps"


@dataclass
class Parent:
    """The parent of one set. ``live`` is what the server has, None where there is no parent yet."""

    transport: Transport
    applyset: ApplySet
    live: Object | None = field(default=None, init=False)
    run: str = field(default_factory=lambda: secrets.token_hex(8), init=False)

    @property
    def key(self) -> Key:
        return Key("", "ConfigMap", self.applyset.namespace, self.applyset.name)

    @property
    def scope(self) -> Scope:
        return scope_of(self.live) if self.live else Scope()

    def load(self) -> None:
        """Read the parent; refuse one that is no ApplySet's or another tool's."""
        self.live = self._read()
        if self.live is None:
            return
        if (self.live["metadata"].get("labels") or {}).get(ID_LABEL) != self.applyset.id:
            raise OwnershipError([f"{self.key} exists and is not the parent of an ApplySet. Choose another owner, or remove it."])
        if (tool := tool_of(self.live)) != TOOL:
            raise OwnershipError([f"{self.key} belongs to {tool or 'an unnamed tool'}. A set has one tool: choose another owner."])

    def action(self, scope: Scope | None) -> str:
        """What ``settle(scope)`` will do: create, update, delete or keep."""
        if scope is None:
            return "delete" if self.live else "keep"
        if self.live is None:
            return "create"
        return "keep" if _bears(self.live, self.applyset.parent(scope)) else "update"

    def settle(self, scope: Scope | None, claim: bool = False) -> None:
        """Make the parent say exactly ``scope``; None takes the parent of an empty set away. ``claim``: write it also when it says so already."""
        action = self.action(scope)
        if action == "keep" and claim and scope is not None:
            action = "update"
        wanted = self._wanted(scope)
        try:
            found = self._send(action, wanted)
        except ApiError as error:
            self._recover(error, wanted if scope is not None else None)
        else:
            self.live = None if action == "delete" else found

    def rehearse(self, scope: Scope | None) -> None:
        """Whether the server would let us settle; raises what it says."""
        try:
            self._send(self.action(scope), self._wanted(scope), dry_run=True)
        except ApiError as error:
            if _overtaken(error):
                raise RefusedError(self._other_run()) from error
            raise refusal(error, f"owner {self.applyset.name}", self.key) from error

    def _wanted(self, scope: Scope | None) -> Object:
        """Bears the name of this run, so that a lost answer of ours and another run's write are told apart."""
        wanted = self.applyset.parent(scope or Scope())
        wanted["metadata"]["annotations"][RUN] = self.run
        return wanted

    def _send(self, action: str, wanted: Object, dry_run: bool = False) -> Object | None:
        path = _PATH.format(namespace=self.applyset.namespace)
        query = {"dryRun": "All"} if dry_run else {}
        found: Object | None = self.live
        if action == "create":
            found = self.transport.request("POST", path, query={"fieldManager": TOOL, **query}, body=wanted)
        elif action == "update":
            found = self.transport.request("PUT", f"{path}/{self.applyset.name}", query={"fieldManager": TOOL, **query}, body=self._updated(wanted))
        elif action == "delete":
            body = {"preconditions": self._version(), **({"dryRun": ["All"]} if dry_run else {})}
            self.transport.request("DELETE", f"{path}/{self.applyset.name}", query=query, body=body)
        return found

    def _recover(self, error: ApiError, wanted: Object | None) -> None:
        """A conflict or 404 may be our own earlier try, whose answer was lost: then the parent is as we want it."""
        if _overtaken(error):
            self.live = self._read()
            if (self.live is None and wanted is None) or (self.live and wanted and _bears(self.live, wanted)):
                return
            raise RefusedError(self._other_run()) from error
        raise refusal(error, f"owner {self.applyset.name}", self.key) from error

    def _other_run(self) -> str:
        return f"{self.key}: another run is changing this owner's set at the same time. Nothing is lost; run again."

    def _read(self) -> Object | None:
        try:
            found: Object = self.transport.request("GET", f"{_PATH.format(namespace=self.applyset.namespace)}/{self.applyset.name}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise refusal(error, f"owner {self.applyset.name}", self.key) from error
        return found

    def _updated(self, wanted: Object) -> Object:
        live = self.live or {}
        meta = dict(live["metadata"])
        meta.pop("managedFields", None)
        for name in ("labels", "annotations"):
            meta[name] = {**(meta.get(name) or {}), **wanted["metadata"][name]}
        return {**live, "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}

    def _version(self) -> dict[str, str]:
        meta = (self.live or {})["metadata"]
        return {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}


def _overtaken(error: ApiError) -> bool:
    """Is the parent not what we read?"""
    return error.status in (404, 409) and error.details.get("kind") != "namespaces"


def _bears(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Does the live parent carry every mark that is wanted? Others' labels and annotations are theirs."""
    return all((live["metadata"].get(name) or {}).get(mark) == value for name in ("labels", "annotations") for mark, value in wanted["metadata"][name].items())
