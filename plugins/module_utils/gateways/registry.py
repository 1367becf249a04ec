# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateways that a route can be rendered for. A further one is a file of its own and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models.codecs import Report
from .base import Renderer
from .gateway_api import GatewayApi
from .gke import Gke
from .istio import Istio
from .kong import Kong, KongAdmin
from .kong_options import kong_options

DEFAULT = "gateway_api"
RENDERERS: dict[str, Renderer] = {renderer.name: renderer for renderer in (GatewayApi(), Istio(), Kong(), Gke())}


def renderer_of(params: Mapping[str, Any], report: Report) -> Renderer:
    """The one that a module's parameters name, with what they say of it."""
    found = RENDERERS[params.get("renderer") or DEFAULT]
    return Kong(kong_options(params, report)) if isinstance(found, Kong) else found


def server_of(params: Mapping[str, Any], report: Report) -> Renderer:
    """For a Kong that is told by its Admin API."""
    found = RENDERERS[params.get("renderer") or DEFAULT]
    if not isinstance(found, Kong):
        report.add("renderer", f"{found.name} makes objects of a cluster, and kong_admin is given.", "Write renderer: kong, or take kong_admin away.")
    return KongAdmin(kong_options(params, report))
