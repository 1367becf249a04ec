# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API server's refusals in the user's words: which object, which field, what to do. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from ..engine.errors import RefusedError
from ..engine.objects import GroupKind, Key
from .transport import ApiError

ROLE_OF_GROUP = {
    "gateway.networking.k8s.io": "gateway_api",
    "gateway.networking.x-k8s.io": "gateway_api",
    "inference.networking.k8s.io": "inference_extension",
    "inference.networking.x-k8s.io": "inference_extension",
    "llm-d.ai": "inference_extension",
}
"""Which role of this collection installs the CRDs of a group."""

_FORBIDDEN = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<plural>[^"]*)" in API group "(?P<group>[^"]*)"(?P<where>.*)')
_UNDECLARED = re.compile(r"(?P<path>\.\S+): field not declared in schema")
_MISTYPED = re.compile(r"failed to create (?:typed patch|manager for existing|typed live) object \([^)]*\): (?P<problems>.*)", re.DOTALL)
_IMMUTABLE = re.compile(r"immutable|(may|can) ?not be changed|can(no|')t (be )?changed?|forbidden: (pod )?updates|may not change once set", re.IGNORECASE)


def refusal(error: ApiError, origin: str, key: Key, secrets: tuple[str, ...] = ()) -> RefusedError:
    """The error for one object. ``secrets`` are values that must not appear in it."""
    text = f"{origin}: {key}: {_explain(error, key)}"
    for value in sorted(secrets, key=len, reverse=True):
        text = text.replace(value, "(secret)")
    namespace = str(error.details.get("name") or "") if missing_namespace(error) else ""
    return RefusedError(
        text,
        immutable=is_immutable(error),
        missing_namespace=namespace,
        unrehearsed="does not support dry run" in error.text,
        conflicts=[str(cause.get("field")) for cause in conflicts(error)],
        outdated=outdated(error),
    )


def conflicts(error: ApiError) -> list[Mapping[str, Any]]:
    return [cause for cause in error.causes if cause.get("reason") == "FieldManagerConflict"]


def is_immutable(error: ApiError) -> bool:
    """Is the only thing wrong that fields cannot be changed in place?"""
    if error.status not in (403, 422):
        return False
    texts = [str(cause.get("message") or "") for cause in error.causes] or [error.text]
    return error.status == 422 and all(_IMMUTABLE.search(text) for text in texts)


def outdated(error: ApiError) -> bool:
    """Is the object not the one, or not in the version, that we wrote of?"""
    if error.status == 422:
        return any(cause.get("field") == "metadata.uid" for cause in error.causes)
    return error.status == 409 and error.reason == "Conflict" and not conflicts(error)


def leaving_namespace(error: ApiError) -> bool:
    return error.status == 403 and any(cause.get("reason") == "NamespaceTerminating" for cause in error.causes)


def missing_namespace(error: ApiError) -> bool:
    return error.status == 404 and error.details.get("kind") == "namespaces"


def unknown_kind(key: Key, api_version: str, served: tuple[str, ...]) -> str:
    """Why an object cannot be written: its CRD is missing, or another version of it is served."""
    if served:
        return f"the cluster serves {key.group_kind} in {', '.join(served)}, not in {api_version.rpartition('/')[2]}."
    role = ROLE_OF_GROUP.get(key.group)
    remedy = f"Role inference.gateway.{role} installs it." if role else "Install the CRD of this kind first."
    return f"the cluster does not know the kind {key.group_kind}. {remedy}"


def secret_values(obj: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Every value of a Secret, as it is written and as it is meant."""
    if not obj or obj.get("kind") != "Secret":
        return ()
    encoded = [str(value) for value in (obj.get("data") or {}).values()]
    plain = [str(value) for value in (obj.get("stringData") or {}).values()]
    values = [*encoded, *plain, *map(_decoded, encoded)]
    return tuple(value for value in (*values, *(json.dumps(value)[1:-1] for value in values)) if len(value) > 2)


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _explain(error: ApiError, key: Key) -> str:
    if held := conflicts(error):
        return _conflict(held)
    if missing_namespace(error):
        return f"namespace {error.details.get('name')} does not exist. Create it first, for example with the inventory's list namespaces."
    if leaving_namespace(error):
        return f"namespace {key.namespace} is being deleted. Wait until it is gone and make it anew, or name another one."
    if outdated(error):
        return "it was changed, deleted or made anew by another hand while this run was writing, and was left as it is. Run again."
    if match := _FORBIDDEN.search(error.text):
        return forbidden(match)
    if error.status == 404 and not error.details.get("name"):
        return "the cluster no longer serves this kind: its definition (CRD) was deleted while this run was at work. Install it again, then run again."
    if match := _MISTYPED.search(error.text):
        return _mistyped(match["problems"], key.group_kind)
    if error.status == 422 and error.causes:
        return "; ".join(_cause(cause) for cause in error.causes if cause.get("field") != "<nil>") or error.text
    return error.text


def forbidden(match: re.Match[str]) -> str:
    resource = match["plural"] + (f".{match['group']}" if match["group"] else "")
    return f'not allowed: {match["user"]} lacks the verb "{match["verb"]}" on {resource}{match["where"]}.'


def denied(error: ApiError) -> str:
    """A refusal that concerns no single object, such as a list."""
    match = _FORBIDDEN.search(error.text)
    return forbidden(match) if match else _explain(error, Key("", "", "", ""))


def _conflict(causes: list[Mapping[str, Any]]) -> str:
    fields: dict[str, list[str]] = {}
    for cause in causes:
        manager = re.search(r'"([^"]+)"', str(cause.get("message") or ""))
        fields.setdefault(manager[1] if manager else "another manager", []).append(str(cause.get("field")))
    held = "; ".join(f"{manager} manages {', '.join(paths)}" for manager, paths in fields.items())
    return f"conflict with another field manager: {held}. Set force_conflicts to take these fields over, or leave them out of the declaration."


def _mistyped(problems: str, group_kind: GroupKind) -> str:
    unknown = [match["path"] for match in _UNDECLARED.finditer(problems)]
    others = [line.strip() for line in problems.removeprefix("errors:").splitlines() if line.strip() and not _UNDECLARED.search(line)]
    parts = []
    if unknown:
        role = ROLE_OF_GROUP.get(group_kind.group)
        where = f" It may belong to another channel or a newer version of the CRDs: see role inference.gateway.{role}." if role else ""
        parts.append(f"the installed {group_kind} knows no field {', '.join(unknown)}.{where}")
    return " ".join([*parts, *others])


def _cause(cause: Mapping[str, Any]) -> str:
    return f"{cause.get('field')}: {cause.get('message')}"
