# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ApplySet convention (KEP-3659), pure: which marks an object and the set's parent bear.

A set has a parent object. Its id is made from the parent's identity; every member bears that id as a label. The parent's annotations say which
kinds and which namespaces members may live in, so that a run finds all of them without the inventory that made them. They are widened
before the first write and narrowed after the last: a run that dies in between never loses track of a member.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .objects import ENTRY_ANNOTATION, Desired, GroupKind, Key, Object
from .plan import Owner

ID_LABEL = "applyset.kubernetes.io/id"
PART_OF_LABEL = "applyset.kubernetes.io/part-of"
TOOLING = "applyset.kubernetes.io/tooling"
GROUP_KINDS = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES = "applyset.kubernetes.io/additional-namespaces"

TOOL = "inference.gateway"
TOOL_VERSION = f"{TOOL}/v1"


@dataclass(frozen=True)
class Scope:
    """Where members of a set may be: kinds and namespaces besides the parent's own."""

    group_kinds: frozenset[GroupKind] = frozenset()
    namespaces: frozenset[str] = frozenset()

    def __or__(self, other: Scope) -> Scope:
        return Scope(self.group_kinds | other.group_kinds, self.namespaces | other.namespaces)

    @classmethod
    def of(cls, keys: Iterable[Key], home: str) -> Scope:
        """The smallest scope that holds these objects, for a parent in namespace ``home``."""
        members = list(keys)
        return cls(frozenset(key.group_kind for key in members), frozenset(key.namespace for key in members) - {"", home})


@dataclass(frozen=True)
class ApplySet:
    """A set by its parent, a ConfigMap."""

    name: str
    namespace: str

    @cached_property
    def id(self) -> str:
        digest = hashlib.sha256(f"{self.name}.{self.namespace}.ConfigMap.".encode()).digest()
        return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"

    def mark(self, item: Desired) -> Object:
        """The object with our label, and with the inventory entry that it was rendered from."""
        meta = dict(item.obj["metadata"])
        meta["labels"] = {**(meta.get("labels") or {}), PART_OF_LABEL: self.id}
        if item.entry:
            meta["annotations"] = {**(meta.get("annotations") or {}), ENTRY_ANNOTATION: item.entry}
        return {**item.obj, "metadata": meta}

    def owner_of(self, live: Mapping[str, Any]) -> tuple[Owner, str]:
        """Whose mark a live object bears, and the id on it.

        A controller copies the labels of its parent onto what it makes (EndpointSlices, the Deployment of a Gateway): a mark on an object that a
        controller owns is such a copy and means nothing. So is our own mark where only somebody else has written it: Endpoints have no owner.
        """
        meta = live.get("metadata", {})
        mark = (meta.get("labels") or {}).get(PART_OF_LABEL)
        if not mark or any(reference.get("controller") for reference in meta.get("ownerReferences") or ()):
            return Owner.NOBODY, ""
        if mark != self.id:
            return Owner.OTHER, mark
        writers = _writers_of_the_mark(meta)
        return (Owner.OURS, mark) if not writers or TOOL in writers else (Owner.NOBODY, "")

    def parent(self, scope: Scope) -> Object:
        """The parent as it has to be for members in ``scope``."""
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "labels": {ID_LABEL: self.id},
                "annotations": {
                    TOOLING: TOOL_VERSION,
                    GROUP_KINDS: ",".join(sorted(str(each) for each in scope.group_kinds)),
                    NAMESPACES: ",".join(sorted(scope.namespaces)),
                },
            },
        }


def _writers_of_the_mark(meta: Mapping[str, Any]) -> set[str]:
    """Field managers that have set the part-of label; empty where the server's record of them was wiped."""
    return {
        str(entry.get("manager"))
        for entry in meta.get("managedFields") or ()
        if f"f:{PART_OF_LABEL}" in (((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:labels") or {})
    }


def scope_of(parent: Mapping[str, Any]) -> Scope:
    """What a parent's annotations say."""
    notes = parent.get("metadata", {}).get("annotations") or {}
    kinds = frozenset(GroupKind(name.partition(".")[2], name.partition(".")[0]) for name in _split(notes.get(GROUP_KINDS)))
    return Scope(kinds, frozenset(_split(notes.get(NAMESPACES))))


def tool_of(parent: Mapping[str, Any]) -> str:
    """Which tool keeps the set: the part of the tooling annotation before its version."""
    return str((parent.get("metadata", {}).get("annotations") or {}).get(TOOLING) or "").partition("/")[0]


def _split(value: Any) -> list[str]:
    return [part.strip() for part in str(value or "").split(",") if part.strip()]
