# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule hits what it is for and lets pass what comes close."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.lint.registry import all_rules
from unit.lint import cases_attachments, cases_changes, cases_pools, cases_routes
from unit.lint.support import found, world

CASES: list[cases_routes.CASE] = [*cases_routes.CASES, *cases_changes.CASES, *cases_attachments.CASES, *cases_pools.CASES]


@pytest.mark.parametrize(("rule", "known", "said"), CASES)
def test_rule(rule: str, known: dict[str, Any], said: str) -> None:
    lines = found(rule, world(**known))
    if said:
        assert len(lines) == 1, lines
        assert said in lines[0]
    else:
        assert lines == []


@pytest.mark.parametrize("rule", sorted(all_rules()))
def test_every_rule_has_a_hit_and_a_miss(rule: str) -> None:
    assert {bool(said) for name, _known, said in CASES if name == rule} == {True, False}
