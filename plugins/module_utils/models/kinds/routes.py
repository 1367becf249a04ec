# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_routes: portable routes, rendered for one gateway."""

from __future__ import annotations

from typing import Any

from ...engine.objects import BuildContext, Desired, Kind
from ...gateways.base import Renderer, Scope, refuse_lacking
from ...gateways.kong_options import OPTION as KONG
from ...gateways.registry import DEFAULT, RENDERERS, renderer_of, server_of
from ..codecs import Report
from ..decode import entries_of
from ..kong import WAYS
from ..route import Route

OPTION = "inference_routes"


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    report = Report()
    return _rendered(entries, context, renderer_of(context.params, report), report)


def server_build(entries: list[Any], context: BuildContext) -> list[Desired]:
    """For a Kong that is told by its Admin API."""
    report = Report()
    return _rendered(entries, context, server_of(context.params, report), report)


def _rendered(entries: list[Any], context: BuildContext, renderer: Renderer, report: Report) -> list[Desired]:
    routes = entries_of(Route, entries, OPTION, context.namespace, report)
    for entry in routes:
        refuse_lacking(renderer, entry, report)
    report.raise_if_any()
    context.inspect(OPTION, routes)
    scope = Scope(context.served, report)
    desired = [Desired(obj, entry.origin, entry.key) for entry in routes for obj in renderer.render(entry, scope)]
    report.raise_if_any()
    return desired


KIND = Kind(
    option=OPTION,
    group_kinds=tuple(dict.fromkeys(kind for renderer in RENDERERS.values() for kind in renderer.group_kinds)),
    build=build,
    options={"renderer": {"type": "str", "choices": list(RENDERERS), "default": DEFAULT}, KONG: {"type": "dict"}, **WAYS},
    elsewhere={"kong": server_build},
)
