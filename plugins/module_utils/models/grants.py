# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ReferenceGrants: the leave that a namespace gives another one to point into it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from ..engine.objects import GroupKind, Object
from .refs import REFERENCE_GRANT, Ref

LONGEST_NAME = 253


def version_of(kind: GroupKind, served: Callable[[GroupKind], tuple[str, ...]], default: str) -> str:
    """The version to write: the one that works on every release seen, else the best that the cluster serves.

    Where the kind is not served at all the default is written, and the engine names the missing CRD.
    """
    versions = served(kind)
    return default if default in versions or not versions else versions[0]


def grants(source: GroupKind, namespace: str, name: str, refs: Iterable[tuple[str, Ref]], served: Callable[[GroupKind], tuple[str, ...]]) -> list[Object]:
    """One grant for each foreign namespace that an object points into, for exactly what it points at.

    A grant belongs to the one object that needs it, so that both come and go together.
    """
    wanted: dict[str, set[Ref]] = {}
    for target_namespace, ref in refs:
        if target_namespace != namespace:
            wanted.setdefault(target_namespace, set()).add(ref)
    if not wanted:
        return []
    version = version_of(REFERENCE_GRANT, served, "v1beta1")
    return [_grant(version, source, namespace, name, target, wanted[target]) for target in sorted(wanted)]


def _grant(version: str, source: GroupKind, namespace: str, name: str, target_namespace: str, refs: set[Ref]) -> Object:
    ordered = sorted(refs, key=lambda ref: (ref.target, ref.name))
    return {
        "apiVersion": f"{REFERENCE_GRANT.group}/{version}",
        "kind": REFERENCE_GRANT.kind,
        "metadata": {"name": grant_name(source, namespace, name), "namespace": target_namespace},
        "spec": {
            "from": [{"group": source.group, "kind": source.kind, "namespace": namespace}],
            "to": [{"group": ref.target.group, "kind": ref.target.kind, "name": ref.name} for ref in ordered],
        },
    }


def grant_name(source: GroupKind, namespace: str, name: str) -> str:
    """``httproute.chat.web``: unique, because a namespace holds no dot."""
    full = f"{source.kind.lower()}.{name}.{namespace}"
    if len(full) <= LONGEST_NAME:
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:16]
    return f"{full[: LONGEST_NAME - len(digest) - 1].rstrip('-.')}-{digest}"
