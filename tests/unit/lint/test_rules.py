# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule hits what it is for and lets pass what comes close."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.lint.registry import all_rules
from unit.lint import cases_apigee, cases_attachments, cases_changes, cases_gke, cases_kong, cases_pools, cases_routes
from unit.lint.support import found, world
from unit.models.support import rule

HOSTS = [["a.com"], ["a.com", "b.com"], ["b.com"]]

CASES: list[cases_routes.CASE] = [
    *cases_routes.CASES,
    *cases_changes.CASES,
    *cases_attachments.CASES,
    *cases_pools.CASES,
    *cases_kong.CASES,
    *cases_gke.CASES,
    *cases_apigee.CASES,
]


@pytest.mark.parametrize(("name", "known", "said"), CASES)
def test_rule(name: str, known: dict[str, Any], said: str) -> None:
    lines = found(name, world(**known))
    if said:
        assert len(lines) == 1, lines
        assert said in lines[0]
    else:
        assert lines == []


@pytest.mark.parametrize("name", sorted(all_rules()))
def test_every_rule_has_a_hit_and_a_miss(name: str) -> None:
    assert {bool(said) for case, _known, said in CASES if case == name} == {True, False}


def test_every_route_of_a_row_that_competes_is_named() -> None:
    """The second shares a name with the first and another one with the third."""
    entries = [{"name": f"r{index}", "rules": [rule(path="/v1")], "parents": ["gw"], "hostnames": hosts} for index, hosts in enumerate(HOSTS)]
    assert [line.partition(".")[0] for line in found("duplicate-match", world(routes=entries))] == ["inference_routes[1] (r1)", "inference_routes[2] (r2)"]


def test_a_wildcard_in_an_origin_is_nothing_to_warn_istios_users_of() -> None:
    """Istio 1.28.6, 1.29.2 and 1.30 make a regular expression of it."""
    known = world(routes=[{"name": "a", "parents": ["gw"], "rules": [rule(path="/v1", cors={"allow_origins": ["https://*.example.com"]})]}], renderer="istio")
    assert [line for name in all_rules() for line in found(name, known)] == []


def test_no_finding_shows_a_key() -> None:
    lines = [line for name, known, said in cases_apigee.CASES if said for line in found(name, world(**known))]
    assert lines
    assert not [line for line in lines if cases_apigee.SECRET in line]
