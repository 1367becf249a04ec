# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine moves: objects, their identity, and where in the inventory each one was declared.

Nothing here knows a server, Ansible or a gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Object = dict[str, Any]
"""One object as the server speaks it: for Kubernetes, the manifest."""

KUBERNETES, APIGEE = "kubernetes", "apigee"
"""Servers that a kind can live on."""
ENTRY_ANNOTATION = "inference.gateway/entry"
"""Annotation that names the inventory entry (``namespace/name``) that an object was rendered from."""


class GroupKind(NamedTuple):
    """A kind without its version: two versions of a kind are the same object."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind


class Key(NamedTuple):
    """Identity of one object. ``namespace`` is empty for cluster-scoped kinds."""

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(self.group, self.kind)

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.group_kind} {where}"


@dataclass(frozen=True)
class Desired:
    """One object that has to exist, and the inventory entry that asks for it.

    ``origin`` is what a user finds again, such as ``inference_routes[3] (chat)``; every message about the object starts with it.
    ``entry`` is ``namespace/name`` of that entry; objects rendered from one entry share it, so that the entry can be taken away as a whole.
    """

    obj: Object
    origin: str
    entry: str = ""


def unseen(_option: str, _entries: Sequence[Any]) -> None:
    """Nobody looks at what was decoded."""


def empty(_keys: Iterable[Key]) -> dict[Key, Object]:
    """Nothing stands."""
    return {}


@dataclass(frozen=True)
class BuildContext:
    """What a kind may ask while it turns inventory entries into objects.

    ``namespace`` is where an entry lives that names none. ``params`` are the module's parameters.
    ``served`` answers which versions of a kind the cluster serves, best first; an empty tuple where it serves none.
    ``stands`` answers which of the given objects exist, and how; for values that are made once and then kept.
    ``inspect`` is given a list's name and its decoded entries before they are rendered, and may refuse them.
    """

    namespace: str
    params: Mapping[str, Any]
    served: Callable[[GroupKind], tuple[str, ...]]
    inspect: Callable[[str, Sequence[Any]], None] = unseen
    stands: Callable[[Iterable[Key]], Mapping[Key, Object]] = empty


Build = Callable[[list[Any], BuildContext], list[Desired]]
"""Decode, check and render every entry; raises :class:`errors.InputError` with everything that is wrong."""


@dataclass(frozen=True)
class Kind:
    """One module's subject: a list option of the inventory and the objects that it becomes.

    ``option`` is the list's name (``inference_routes``), also the key under which ``src`` files hold it.
    ``group_kinds`` are all the kinds that ``build`` can make. The first one bears the entry's own name (in whichever group it stands here).
    ``options`` is the argument spec of what the module takes besides the common options. ``named``: entries have a name of their own and a set per
    list; without it entries are manifests. ``elsewhere`` makes the objects of servers besides the cluster (``kong``: entities of its Admin API).
    ``shown`` is an entry as it may be logged, ``secrets`` the values in it to blank wherever they turn up.
    ``server`` is where all of it lives, ``kubernetes`` or ``apigee``: it decides about the options of connection and the libraries.
    ``model`` is what an entry is decoded to, where it is known by other fields than namespace and name (see :class:`models.decode.Identity`).
    """

    option: str
    group_kinds: tuple[GroupKind, ...]
    build: Build
    options: Mapping[str, Any] = field(default_factory=dict)
    named: bool = True
    elsewhere: Mapping[str, Build] = field(default_factory=dict)
    shown: Callable[[Any], Any] | None = None
    secrets: Callable[[Any], set[str]] | None = None
    model: type[Any] | None = None
    server: str = KUBERNETES


def group_of(api_version: str) -> str:
    """``apps/v1`` -> ``apps``; ``v1`` -> the empty core group."""
    return api_version.rpartition("/")[0]


def key_of(obj: Mapping[str, Any]) -> Key:
    """Identity of a manifest that has passed :func:`manifests.check`."""
    meta = obj["metadata"]
    return Key(group_of(obj["apiVersion"]), obj["kind"], meta.get("namespace") or "", meta["name"])
