# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a manifest as people write it to the object that is sent: checked, placed in a namespace, without what only servers write. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.errors import Issue
from ..engine.fields import cleaned
from ..engine.objects import Desired, Object

_API_VERSION = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[a-z][a-z0-9]*")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
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
    if not found and not _API_VERSION.fullmatch(obj["apiVersion"]):
        found.append(Issue(f"{origin}.apiVersion", f"expected group/version or version, got {obj['apiVersion']!r}.", "Write, for example, apps/v1."))
    meta = obj.get("metadata")
    if not isinstance(meta, Mapping):
        return [*found, Issue(f"{origin}.metadata", "is missing or no mapping.", "Write metadata: {name: ...}.")]
    return [*found, *_metadata(meta, origin), *(_secret(obj, origin) if _is_secret(obj) else ())]


def _metadata(meta: Mapping[str, Any], origin: str) -> Iterator[Issue]:
    name, namespace = meta.get("name"), meta.get("namespace")
    if not isinstance(name, str) or not name:
        extra = " generateName makes another object each run." if meta.get("generateName") else ""
        yield Issue(f"{origin}.metadata.name", "is missing or no text.", f"Give the object a name.{extra}")
    elif name in (".", "..") or "/" in name or "%" in name:
        # Such a name would be the address of another object: ConfigMap .. is the namespace that it is in.
        yield Issue(f"{origin}.metadata.name", f"{name!r} cannot be a name.", "A name holds no / and no %, and is not . or ..")
    if namespace is not None and not isinstance(namespace, str):
        yield Issue(f"{origin}.metadata.namespace", "expected text.", "Write the namespace's name.")
    elif namespace and not is_namespace(namespace):
        yield Issue(f"{origin}.metadata.namespace", f"{namespace!r} cannot be a namespace.", "Write lower-case letters, digits and -, at most 63.")
    yield from (
        Issue(f"{origin}.metadata.{name}", f"expected a mapping, got {type(meta[name]).__name__}.", f"Write {name}: {{key: value}}.")
        for name in ("labels", "annotations")
        if meta.get(name) is not None and not isinstance(meta[name], Mapping)
    )


def is_namespace(text: str) -> bool:
    return _NAMESPACE.fullmatch(text) is not None


def _is_secret(obj: Mapping[str, Any]) -> bool:
    return bool(obj.get("kind") == "Secret" and obj.get("apiVersion") == "v1")


def _secret(obj: Mapping[str, Any], origin: str) -> Iterator[Issue]:
    """Checked here, because the server's own message would show the value."""
    for part in ("data", "stringData"):
        values = obj.get(part)
        if values is not None and not isinstance(values, Mapping):
            yield Issue(f"{origin}.{part}", f"expected a mapping, got {type(values).__name__}.", f"Write {part}: {{key: value}}.")
        for name, value in values.items() if isinstance(values, Mapping) else ():
            if value is not None and (isinstance(value, bool) or not isinstance(value, (str, int))):
                yield Issue(f"{origin}.{part}.{name}", f"expected text, got {type(value).__name__}.", "Write the value in quotes.")


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
    if _is_secret(obj):
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
    encoded = {str(name): base64.b64encode(str(value).encode()).decode() for name, value in plain.items() if value is not None}
    rest = {name: value for name, value in secret.items() if name != "stringData"}
    return {**rest, "data": {**(secret.get("data") or {}), **encoded}}
