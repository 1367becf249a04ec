# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies and extensions of GKE: what counts as taken up."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.readiness import unmet


def condition(name: str, status: str = "True", **more: Any) -> dict[str, Any]:
    return {"type": name, "status": status, **more}


def made(kind: str, status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "networking.gke.io/v1", "kind": kind, "metadata": {"name": "x", "generation": 2}, "spec": spec, "status": status or {}}


def told(name: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"ancestorRef": {"name": name}, "conditions": list(conditions)}


GATEWAYS = {"targetRefs": [{"name": "a"}, {"name": "b"}]}
GOOD = (condition("Accepted"), condition("ResolvedRefs"))


@pytest.mark.parametrize("kind", ["HealthCheckPolicy", "GCPBackendPolicy", "GCPGatewayPolicy"])
def test_nobody_looks_at_a_policy_before_a_route_uses_its_backend(kind: str) -> None:
    assert unmet(made(kind)) == ""
    assert unmet(made(kind, {"conditions": [condition("Attached", observedGeneration=2)]})) == ""


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"conditions": [condition("Attached", "False", reason="Conflicted", message="older")]}, "Attached is False (Conflicted: older)"),
        ({"conditions": [condition("Attached", observedGeneration=1)]}, "Attached still speaks of generation 1, not of 2"),
        ({"ancestors": [told("a", condition("Accepted", "False", reason="TargetNotFound"))]}, "Accepted is False (TargetNotFound)"),
        ({"conditions": [condition("Other", "False")]}, ""),
    ],
)
def test_what_is_said_of_a_policy_counts(status: dict[str, Any], said: str) -> None:
    assert unmet(made("GCPBackendPolicy", status)) == said


@pytest.mark.parametrize(
    ("ancestors", "said"),
    [
        ([told("a", *GOOD), told("b", *GOOD)], ""),
        ([told("a", *GOOD)], "Gateway b: no controller reports on it: is it of a class of GKE's, in the namespace of the extension?"),
        (
            [told("a", *GOOD), told("b", condition("Accepted", "False", reason="InvalidCELExpression"), GOOD[1])],
            "Gateway b: Accepted is False (InvalidCELExpression)",
        ),
        ([told("a", GOOD[0]), told("b", *GOOD)], "Gateway a: ResolvedRefs is not reported"),
    ],
)
def test_each_gateway_of_an_extension_has_its_say(ancestors: list[dict[str, Any]], said: str) -> None:
    assert unmet(made("GCPTrafficExtension", {"ancestors": ancestors}, **GATEWAYS)) == said


def test_another_groups_policy_of_that_name_is_any_object() -> None:
    assert unmet({**made("HealthCheckPolicy", {"conditions": [condition("Attached", "False")]}), "apiVersion": "example.com/v1"}) == ""
