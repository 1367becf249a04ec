# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_apps: apps of developers of Apigee, with their keys."""

from __future__ import annotations

from typing import Any

from ...engine.objects import APIGEE, BuildContext, Desired, GroupKind, Kind
from ..apigee import APPS, GROUP, entity, normal
from ..apigee_app import App, hidden, secrets
from ..codecs import Report
from ..decode import entries_of
from ..hushed import nameless

OPTION = "apigee_apps"


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    report = Report()
    apps = entries_of(App, entries, OPTION, "", report)
    report.issues = [nameless(issue) for issue in report.issues]
    report.raise_if_any()
    context.inspect(OPTION, apps)
    return [Desired(entity(APPS, entry.name, normal(entry.value.spec)), entry.origin, entry.key) for entry in apps]


KIND = Kind(
    option=OPTION,
    group_kinds=(GroupKind(GROUP, APPS),),
    build=build,
    options={"return_secrets": {"type": "bool", "default": False}},
    shown=hidden,
    secrets=secrets,
    model=App,
    server=APIGEE,
)
