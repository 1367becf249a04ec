# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the rules and decides what their findings mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import InputError, Issue
from .names import NAMES
from .rule import Rule, Severity
from .world import World

SHOWN = 3
"""So many places of one rule stand in its warning; a thousand routes can have the same habit."""


@dataclass(frozen=True)
class Finding:
    """What one rule found in one place."""

    rule: Rule
    issue: Issue

    def result(self) -> dict[str, str]:
        issue = self.issue
        return {
            "rule": self.rule.id,
            "severity": self.rule.severity.value,
            "where": issue.where,
            "problem": issue.problem,
            "remedy": issue.remedy,
            "source": self.rule.source,
        }

    def told(self) -> Issue:
        """The issue as an error of the input, which says how to turn the rule off."""
        return Issue(self.issue.where, self.issue.problem, f"{self.issue.remedy} (lint rule {self.rule.id})".lstrip())


@dataclass(frozen=True)
class Linter:
    """``skip`` names the rules that are off, each with the user's reason. ``rules`` are those that are asked about a world."""

    strict: bool
    skip: Mapping[str, str]
    rules: Callable[[World], Iterable[Rule]]

    def findings(self, world: World) -> list[Finding]:
        """Everything found, errors first."""
        found = [Finding(rule, issue) for rule in self.rules(world) if rule.id not in self.skip for issue in rule.check(world)]
        return sorted(found, key=lambda finding: finding.rule.severity is not Severity.ERROR)

    def fatal(self, findings: Iterable[Finding]) -> list[Finding]:
        return [finding for finding in findings if self.strict or finding.rule.severity is Severity.ERROR]

    def check(self, world: World) -> list[str]:
        """The warnings to show; raises where something is not good enough to be written."""
        findings = self.findings(world)
        fatal = self.fatal(findings)
        if fatal:
            raise InputError(finding.told() for finding in fatal)
        return warnings(findings)


def linter(params: Mapping[str, Any], rules: Callable[[World], Iterable[Rule]]) -> Linter:
    """From a module's options ``lint_strict`` and ``lint_skip``."""
    issues = []
    skip = params.get("lint_skip") or {}
    for name, reason in skip.items():
        if name not in NAMES:
            from difflib import get_close_matches

            near = get_close_matches(str(name), NAMES, n=1, cutoff=0.5)
            issues.append(Issue(f"lint_skip.{name}", "no lint rule has this id.", f"Did you mean {near[0]}?" if near else "See docs/lint.md."))
        elif not isinstance(reason, str) or not reason.strip():
            issues.append(Issue(f"lint_skip.{name}", "has no reason.", "Write why the rule does not hold here, for whoever reads this next."))
    if issues:
        raise InputError(issues)
    return Linter(bool(params.get("lint_strict")), skip, rules)


def warnings(findings: Iterable[Finding]) -> list[str]:
    """One line for each rule that found something, however often."""
    by_rule: dict[str, list[Issue]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule.id, []).append(finding.issue)
    lines = []
    for name, issues in by_rule.items():
        more = f" And {len(issues) - SHOWN} more of this kind." if len(issues) > SHOWN else ""
        lines.append(f"lint rule {name}: {' '.join(map(str, issues[:SHOWN]))}{more}")
    return lines
