# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_objectives: priorities, in the API group that the installed endpoint picker reads."""

from __future__ import annotations

from typing import Any

from ...engine.objects import BuildContext, Desired, GroupKind, Kind
from ..codecs import Report
from ..decode import entries_of
from ..grants import version_of
from ..objective import API_GROUPS, KIND_NAME, Objective, render_objective

OPTION = "inference_objectives"
AUTO = "auto"


def api_group(context: BuildContext) -> str:
    """The group asked for, else the best one that the cluster serves, else the one that the default release of the extension brings."""
    asked = str(context.params.get("api_group") or AUTO)
    if asked != AUTO:
        return asked
    served = [group for group in API_GROUPS if context.served(GroupKind(group, KIND_NAME))]
    return served[0] if served else API_GROUPS[-1]


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    report = Report()
    objectives = entries_of(Objective, entries, OPTION, context.namespace, report)
    report.raise_if_any()
    context.inspect(OPTION, objectives)
    group = api_group(context)
    version = version_of(GroupKind(group, KIND_NAME), context.served, "v1alpha2")
    return [Desired(render_objective(entry, group, version), entry.origin, entry.key) for entry in objectives]


KIND = Kind(
    option=OPTION,
    group_kinds=tuple(GroupKind(group, KIND_NAME) for group in API_GROUPS),
    build=build,
    options={"api_group": {"type": "str", "choices": [AUTO, *API_GROUPS], "default": AUTO}},
)
