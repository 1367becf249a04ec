# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of the server's as it changes: one list and one watch, begun anew whenever the watch breaks."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.errors import RefusedError, UnreachableError
from ..engine.objects import Key, Object
from .discovery import ResourceType
from .explain import denied
from .transport import ApiError, Transport


def follow(transport: Transport, kind: ResourceType, namespace: str, query: Mapping[str, Any], deadline: float) -> Iterator[dict[Key, Object]]:
    """The state of a list, at once and after every change, until ``deadline`` (monotonic seconds)."""
    while True:
        page = _state(transport, kind, namespace, query)
        state = dict(keyed(kind, obj) for obj in page.get("items") or ())
        yield state
        version = page["metadata"]["resourceVersion"]
        left = deadline - time.monotonic()
        if left <= 0:
            return
        watch = {**query, "watch": "true", "resourceVersion": version, "timeoutSeconds": max(1, math.ceil(left))}
        try:
            for event in transport.lines(kind.path(namespace), watch, left):
                if event.get("type") not in ("ADDED", "MODIFIED", "DELETED"):
                    break
                key, obj = keyed(kind, event["object"])
                state.pop(key, None) if event["type"] == "DELETED" else state.update({key: obj})
                yield state
        except UnreachableError:
            pass  # listed anew below, where a lasting fault is raised
        except ApiError as error:
            if error.status == 403:
                raise RefusedError(denied(error)) from error
        transport.sleep(min(0.2, max(0.0, deadline - time.monotonic())))


def gone(transport: Transport, kind: ResourceType, key: Key, uid: str, seconds: float) -> bool:
    """Wait until the object, or at least this incarnation of it, is gone. Without the right to watch it is asked for again and again."""
    deadline = time.monotonic() + seconds
    query = {"fieldSelector": f"metadata.name={key.name}"}

    def left(state: Mapping[Key, Object]) -> bool:
        return key in state and state[key]["metadata"]["uid"] == uid

    while time.monotonic() < deadline:
        try:
            return any(not left(state) for state in follow(transport, kind, key.namespace, query, deadline))
        except RefusedError:
            transport.sleep(0.5)
    return False


def _state(transport: Transport, kind: ResourceType, namespace: str, query: Mapping[str, Any]) -> Object:
    """A whole list; an empty one of a kind whose definition has just been deleted, perhaps by ourselves."""
    try:
        found: Object = transport.request("GET", kind.path(namespace), query=query)
    except ApiError as error:
        if error.status != 404:
            raise RefusedError(denied(error)) from error
        return {"metadata": {"resourceVersion": ""}}
    return found


def keyed(kind: ResourceType, obj: Object) -> tuple[Key, Object]:
    """Items of a list carry neither apiVersion nor kind."""
    meta = obj["metadata"]
    return Key(kind.group, kind.kind, meta.get("namespace") or "", meta["name"]), {**obj, "apiVersion": kind.api_version, "kind": kind.kind}
