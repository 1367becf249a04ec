# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kong that is told by its Admin API, as a server of modules. Nothing of it is loaded where a run names none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...engine.backend import Backend, Server
from ...engine.objects import Kind, Object
from ...models.kong import ADMIN, AUTO, DBLESS, KUBERNETES
from ..cluster import DEFAULT_OWNER, set_name

if TYPE_CHECKING:
    from ...engine.converge import Options


def _named(params: Mapping[str, Any]) -> bool:
    wish = params.get("backend") or AUTO
    return wish in (ADMIN, DBLESS) or (wish != KUBERNETES and params.get("kong_admin") is not None)


def _open(kind: Kind, params: Mapping[str, Any], options: Options, cluster: Callable[[], Backend]) -> Backend:
    if not _named(params):
        return cluster()
    from .choose import choose

    return choose(kind, set_name(kind, params["owner"] or DEFAULT_OWNER), params, options, cluster)


def _read(kind: Kind, params: Mapping[str, Any]) -> list[Object] | None:
    if not _named(params):
        return None
    from .choose import read

    return read(kind, set_name(kind, params["owner"]) if params["owner"] else "", params)


KONG = Server(_open, _read)
