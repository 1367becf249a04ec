# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that GKE's load balancers do not take where they take others. Each is an error that says what to write.

Told from the report in which GKE says which features of Gateway API it has and has not (kubernetes-sigs/gateway-api,
conformance/reports/v1.4.0/gke-gateway/standard-1.34.4-rxlb-report.yaml, of 2026-03-19), and from the threads that are named.
"""

from __future__ import annotations

from ..models.codecs import Report
from ..models.decode import Entry
from ..models.match import Match
from ..models.route import Route, Rule, milliseconds
from .gke_policies import GROUP

STATUSES = (301, 302)


def check(entry: Entry[Route], report: Report) -> None:
    route, where = entry.value, entry.origin
    for index, parent in enumerate(route.parents):
        if parent.port is not None:
            report.add(f"{where}.parents[{index}].port", "is nothing that GKE chooses listeners by.", "Write listener: with the listener's name.")
    for index, rule in enumerate(route.rules):
        place = f"{where}.rules[{index}]"
        for number, match in enumerate(rule.alternatives):
            _check_match(match, f"{place}.matches[{number}]" if rule.matches else place, report)
        _check_changes(rule, place, report)
        _check_times(rule, place, report)


def _check_match(match: Match, where: str, report: Report) -> None:
    if match.path is not None and match.path.regex is not None:
        # gke-gateway-api issue 54; kserve issue 5319 shows what becomes of such a route.
        report.add(f"{where}.path.regex", "is nothing that GKE's Gateways know: the route is not accepted.", "Write a prefix, or exact paths in matches.")
    if match.method is not None:
        problem = f"{match.method} is nothing that GKE's Gateways tell apart."
        report.add(f"{where}.method", problem, "Take it away: model servers answer other methods by 405 themselves.")


def _check_changes(rule: Rule, where: str, report: Report) -> None:
    if len(rule.mirrors) > 1:
        report.add(f"{where}.mirrors", f"has {len(rule.mirrors)} items; GKE copies a request to one place.", "Keep one.")
    if rule.rewrite is not None and rule.rewrite.path is not None and rule.rewrite.path.full is not None:
        report.add(f"{where}.rewrite.path.full", "is nothing that GKE replaces.", "Write path: {prefix: ...} in a rule with one prefix.")
    redirect = rule.redirect
    if redirect is not None and redirect.port is not None:
        report.add(f"{where}.redirect.port", "is nothing that GKE redirects to.", "Take it away; scheme: https stands for 443.")
    if redirect is not None and redirect.status not in (None, *STATUSES):
        report.add(f"{where}.redirect.status", f"{redirect.status} is none that GKE answers by.", "Write 301 or 302, or let the server redirect.")
    for index, item in enumerate(rule.extensions):
        if item.group != GROUP:
            problem = f"{item.kind}.{item.group} is no filter of GKE's, whose group is {GROUP}."
            report.add(f"{where}.extensions[{index}]", problem, "Write for example GCPSessionAffinityFilter, or a traffic extension in role gke_gateway.")


def _check_times(rule: Rule, where: str, report: Report) -> None:
    for name in ("request", "backend"):
        value = getattr(rule.timeouts, name) if rule.timeouts else None
        if value is not None and milliseconds(value) % 1000:
            report.add(f"{where}.timeouts.{name}", f"{value} is no whole number of seconds, which is how GKE counts.", "Write for example 300s.")
