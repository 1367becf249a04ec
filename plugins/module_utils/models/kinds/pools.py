# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_pools: InferencePools with their endpoint pickers."""

from __future__ import annotations

from typing import Any

from ...engine.objects import BuildContext, Desired, Kind
from ..codecs import Report
from ..decode import entries_of
from ..pool import Pool, render_pool
from ..refs import INFERENCE_POOL

OPTION = "inference_pools"


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    report = Report()
    pools = entries_of(Pool, entries, OPTION, context.namespace, report)
    report.raise_if_any()
    context.inspect(OPTION, pools)
    return [Desired(render_pool(entry, context.served), entry.origin, entry.key) for entry in pools]


KIND = Kind(option=OPTION, group_kinds=(INFERENCE_POOL,), build=build)
