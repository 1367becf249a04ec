# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until what was written is real: one list and one watch per kind and namespace, for all objects at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from .errors import NotReadyError
from .objects import Key, Object

States = Iterator[Mapping[Key, Object]]
Follow = Callable[[tuple[str, str, str]], States]
"""(apiVersion, kind, namespace) -> the state of that list at once and after every change, until the deadline."""
Hint = Callable[[Key, "Object | None"], str]


def wait(
    present: Mapping[Key, Object],
    absent: Iterable[Object],
    follow: Follow,
    unmet: Callable[[Object], str],
    hint: Hint,
    seconds: float,
    lost: Callable[[Object], bool],
) -> None:
    """Return when every object in ``present`` is ready and none in ``absent`` is left; raise :class:`NotReadyError` with each that is not.

    A list in which an object is ``lost`` is not waited for any longer.
    """
    groups: dict[tuple[str, str, str], tuple[set[Key], dict[Key, str]]] = {}
    for key, obj in present.items():
        groups.setdefault((obj["apiVersion"], key.kind, key.namespace), (set(), {}))[0].add(key)
    for obj in absent:
        meta = obj["metadata"]
        key = Key(obj["apiVersion"].rpartition("/")[0], obj["kind"], meta.get("namespace") or "", meta["name"])
        groups.setdefault((obj["apiVersion"], key.kind, key.namespace), (set(), {}))[1][key] = meta["uid"]
    if not groups:
        return

    def one(group: tuple[tuple[str, str, str], tuple[set[Key], dict[Key, str]]]) -> dict[Key, tuple[str, Object | None]]:
        address, (wanted, doomed) = group
        left: dict[Key, tuple[str, Object | None]] = {}
        judged: dict[Key, tuple[Object | None, str]] = {}

        def judge(key: Key, obj: Object | None) -> str:
            """Each event brings the whole state: an object that is still the same one is not judged again."""
            if key not in judged or judged[key][0] is not obj:
                judged[key] = (obj, _unready(obj, unmet))
            return judged[key][1]

        for state in follow(address):
            left = _left(state, wanted, doomed, judge)
            if not left or any(obj and lost(obj) for key, (_why, obj) in left.items() if key in wanted):
                break
        return left

    began = time.monotonic()
    with ThreadPoolExecutor(min(16, len(groups))) as workers:
        left = {key: why for found in workers.map(one, groups.items()) for key, why in found.items()}
    if left:
        told = {str(key): " ".join(part for part in (why, hint(key, obj)) if part) for key, (why, obj) in sorted(left.items())}
        raise NotReadyError(told, min(seconds, time.monotonic() - began))


def _unready(obj: Object | None, unmet: Callable[[Object], str]) -> str:
    if obj is None:
        return "it is gone: somebody deleted it."
    return "it is being deleted" if obj["metadata"].get("deletionTimestamp") else unmet(obj)


def _left(
    state: Mapping[Key, Object], wanted: set[Key], doomed: Mapping[Key, str], judge: Callable[[Key, Object | None], str]
) -> dict[Key, tuple[str, Object | None]]:
    left = {key: (why, state.get(key)) for key in wanted if (why := judge(key, state.get(key)))}
    for key, uid in doomed.items():
        if key in state and state[key]["metadata"]["uid"] == uid:
            finalizers = ", ".join(state[key]["metadata"].get("finalizers") or ())
            left[key] = ("still there" + (f", held by finalizer {finalizers}" if finalizers else ""), state[key])
    return left
