# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""gateways: Gateways and the grants that their certificates need."""

from __future__ import annotations

from typing import Any

from ...engine.objects import BuildContext, Desired, Kind
from ..codecs import Report
from ..decode import entries_of
from ..gateway import Gateway
from ..gateway_objects import render_gateway
from ..refs import GATEWAY, REFERENCE_GRANT

OPTION = "gateways"


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    report = Report()
    gateways = entries_of(Gateway, entries, OPTION, context.namespace, report)
    report.raise_if_any()
    context.inspect(OPTION, gateways)
    return [Desired(obj, entry.origin, entry.key) for entry in gateways for obj in render_gateway(entry, context.served)]


KIND = Kind(option=OPTION, group_kinds=(GATEWAY, REFERENCE_GRANT), build=build)
