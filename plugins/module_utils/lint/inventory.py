# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What module ``inference_lint`` does: all lists of an inventory in, what is wrong with them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.check import Check, Outcome, Veiled
from ..engine.errors import Issue
from ..engine.report import redacted
from ..gateways.kong_options import OPTION as KONG
from ..gateways.registry import DEFAULT, RENDERERS
from .reading import ADMIN, CLUSTER, LISTS, NAMESPACES, SETS, Reading
from .registry import rules_for
from .rule import Severity
from .runner import Finding, Linter, linter
from .sight import look

DECLARATION = {"rule": "declaration", "severity": Severity.ERROR.value, "source": ""}
"""Stands in place of a rule where an entry itself is wrong, which its module would refuse too."""


def options() -> dict[str, Any]:
    """The lists under the names that an inventory gives them, each as it is or in files. Secrets can stand in the first one, and in those of ``SECRETIVE``."""
    made: dict[str, Any] = {SETS: {"type": "list", "elements": "dict"}, NAMESPACES: {"type": "list", "elements": "dict"}}
    for option in LISTS:
        made |= {option: {"type": "list", "elements": "dict"}, f"{option}_src": {"type": "path"}}
    return made | {
        "namespace": {"type": "str", "default": "default"},
        "renderer": {"type": "str", "choices": list(RENDERERS), "default": DEFAULT},
        KONG: {"type": "dict"},
        "backend": {"type": "str", "choices": [CLUSTER, ADMIN], "default": CLUSTER},
        "kong_groups": {"type": "list", "elements": "str"},
        "complete": {"type": "bool", "default": True},
        "cluster": {"type": "bool", "default": False},
        "lint_strict": {"type": "bool", "default": False},
        "lint_skip": {"type": "dict", "default": {}},
    }


def run(sets: list[Any], params: Mapping[str, Any]) -> Outcome:
    lint = linter(params, rules_for)
    reading = Reading(params, sets)
    world, hidden = reading.world(), list[str]()
    if params["cluster"]:
        world, hidden = look(world, params)
    return outcome(lint, reading.issues, lint.findings(world), hidden)


def outcome(lint: Linter, issues: Sequence[Issue], findings: Sequence[Finding], hidden: Sequence[str]) -> Outcome:
    shown = [{**DECLARATION, "where": issue.where, "problem": issue.problem, "remedy": issue.remedy} for issue in issues]
    shown += [finding.result() for finding in findings]
    errors = sum(finding["severity"] == Severity.ERROR.value for finding in shown)
    result = {"findings": shown, "summary": {"errors": errors, "warnings": len(shown) - errors, "skipped": sorted(lint.skip)}}
    fatal = [*map(str, issues), *(str(finding.told()) for finding in lint.fatal(findings))]
    message = "\n- ".join([f"Lint found {len(fatal)} error{'s' if len(fatal) > 1 else ''}.", *fatal]) if fatal else ""
    return Outcome(result, message, tuple(hidden))


SECRETIVE = {option: Veiled(kind.shown, kind.secrets) for option, kind in LISTS.items() if kind.shown and kind.secrets}
CHECK = Check(option=SETS, options=options(), run=run, shown=redacted, secrets=lambda _entry: set(), also=SECRETIVE)
