# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_developers: developers of Apigee, who own apps."""

from __future__ import annotations

from typing import Any

from ...engine.objects import APIGEE, BuildContext, Desired, GroupKind, Kind
from ..apigee import DEVELOPERS, GROUP, entity, normal
from ..apigee_developer import Developer
from ..codecs import Report
from ..decode import entries_of

OPTION = "apigee_developers"


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    report = Report()
    developers = entries_of(Developer, entries, OPTION, "", report)
    report.raise_if_any()
    context.inspect(OPTION, developers)
    return [Desired(entity(DEVELOPERS, entry.name, normal(entry.value.spec)), entry.origin, entry.key) for entry in developers]


KIND = Kind(
    option=OPTION,
    group_kinds=(GroupKind(GROUP, DEVELOPERS),),
    build=build,
    options={"cascade": {"type": "bool", "default": False}},
    model=Developer,
    server=APIGEE,
)
