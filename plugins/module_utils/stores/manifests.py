# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a manifest as people write it to the object that is sent: checked, placed in a namespace, without what only servers write. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..engine.errors import Issue
from ..engine.fields import cleaned
from ..engine.objects import Desired, Object

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def problems(obj: Any, origin: str) -> list[Issue]:
    """What keeps a value from being a manifest at all."""
    if not isinstance(obj, Mapping):
        return [Issue(origin, f"expected a manifest (a mapping), got {type(obj).__name__}.", "Write apiVersion, kind and metadata.name.")]
    found = [
        Issue(f"{origin}.{name}", "is missing or no text." if name in obj else "is missing.", f"Write {name}: {sample}.")
        for name, sample in (("apiVersion", "gateway.networking.k8s.io/v1"), ("kind", "HTTPRoute"))
        if not isinstance(obj.get(name), str) or not obj[name]
    ]
    meta = obj.get("metadata")
    if not isinstance(meta, Mapping):
        return [*found, Issue(f"{origin}.metadata", "is missing or no mapping.", "Write metadata: {name: ...}.")]
    if not isinstance(meta.get("name"), str) or not meta["name"]:
        extra = " generateName makes another object each run." if meta.get("generateName") else ""
        found.append(Issue(f"{origin}.metadata.name", "is missing or no text.", f"Give the object a name.{extra}"))
    found += [
        Issue(f"{origin}.metadata.{name}", f"expected a mapping, got {type(meta[name]).__name__}.", f"Write {name}: {{key: value}}.")
        for name in ("labels", "annotations")
        if meta.get(name) is not None and not isinstance(meta[name], Mapping)
    ]
    if meta.get("namespace") is not None and not isinstance(meta["namespace"], str):
        found.append(Issue(f"{origin}.metadata.namespace", "expected text.", "Write the namespace's name."))
    return found


def placed(item: Desired, namespaced: bool | None, namespace: str) -> Desired:
    """The manifest in its namespace. ``namespaced`` None: the kind is not known yet, and then what is written stands."""
    obj = cleaned(item.obj)
    meta = obj["metadata"]
    if namespaced is False:
        meta.pop("namespace", None)
    elif namespaced or meta.get("namespace") is None:
        meta["namespace"] = meta.get("namespace") or namespace
    annotations = meta.get("annotations")
    if annotations and _LAST_APPLIED in annotations:
        meta["annotations"] = {name: value for name, value in annotations.items() if name != _LAST_APPLIED}
    if obj["kind"] == "Secret" and obj["apiVersion"] == "v1":
        obj = _folded(obj)
    return Desired(obj, item.origin, item.entry)


def misplaced(item: Desired, namespaced: bool | None) -> Issue | None:
    """A namespace on a kind that has none is a misunderstanding worth naming."""
    namespace = item.obj["metadata"].get("namespace")
    if namespaced is False and namespace:
        return Issue(f"{item.origin}.metadata.namespace", f"{item.obj['kind']} is cluster-scoped, but namespace {namespace} is given.", "Leave it out.")
    return None


def _folded(secret: Object) -> Object:
    """``stringData`` is write-only: folded into ``data`` it can be compared, and a removed key really goes."""
    plain = secret.get("stringData")
    if not isinstance(plain, Mapping):
        return secret
    encoded = {str(name): base64.b64encode(str(value).encode()).decode() for name, value in plain.items()}
    rest = {name: value for name, value in secret.items() if name != "stringData"}
    return {**rest, "data": {**(secret.get("data") or {}), **encoded}}
