# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failovers: which are tried, how long a request may take, and that a field's owners get it back."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe.answer import Answer
from ansible_collections.inference.gateway.plugins.module_utils.probe.derive import FAILOVER, Case, Gap, derive
from ansible_collections.inference.gateway.plugins.module_utils.probe.facts import Facts
from ansible_collections.inference.gateway.plugins.module_utils.probe.failover import Watch, budget_of, harmless, judge_failover
from ansible_collections.inference.gateway.plugins.module_utils.probe.judge import PROVED, REFUTED, UNPROVED
from ansible_collections.inference.gateway.plugins.module_utils.probe.workloads import MANAGER, handed_back, owners

from .worlds import route, rule, world

MODELS = {"ai/a": ["m"], "ai/b": ["m"], "ai/c": ["m"]}
THREE = [{"service": "c", "port": 1, "priority": 9}, {"service": "a", "port": 1}, {"service": "b", "port": 1, "priority": 3}]


def failovers(*backends: dict[str, Any], **fields: Any) -> list[Case | Gap]:
    items = derive(world([route("r", {"path": "/v1", "backends": list(backends or THREE), **fields})]), MODELS)
    return [item for item in items if item.kind == FAILOVER]


def case(**fields: Any) -> Case:
    found = failovers(*THREE[1:], **fields)[0]
    assert isinstance(found, Case)
    return found


def test_each_fallback_is_tried_with_all_before_it_gone() -> None:
    made = [(item.lost, item.expected.by, item.expected.words) for item in failovers() if isinstance(item, Case)]
    assert made == [
        (("ai/a",), ("ai/b",), "200 by ai/b while ai/a is gone"),
        (("ai/a", "ai/b"), ("ai/c",), "200 by ai/c while ai/a and ai/b are gone"),
    ]


def test_a_rule_without_priorities_has_none() -> None:
    assert not failovers({"service": "a", "port": 1}, {"service": "b", "port": 1})
    assert not failovers({"service": "a", "port": 1, "priority": 4}, {"service": "b", "port": 1, "priority": 4})
    assert not failovers(auth={"service": "x", "port": 1, "protocol": "HTTP"})
    assert not [item for item in derive(world([route("r", rule("a"))]), MODELS) if item.kind == FAILOVER]


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"failovers": False, "check_mode": False, "read_cluster": True}, "failovers: true"),
        ({"failovers": True, "check_mode": True, "read_cluster": True}, "check mode"),
        ({"failovers": True, "check_mode": False, "read_cluster": False}, "read_cluster"),
        ({"failovers": True, "check_mode": False, "read_cluster": True}, ""),
    ],
)
def test_nothing_is_stopped_without_leave(params: dict[str, bool], why: str) -> None:
    made = case()
    item = harmless(made, params)
    assert (isinstance(item, Gap) and why in item.why) if why else item is made


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, 0),
        ({"retries": {"attempts": 3}}, 0),
        ({"timeouts": {"request": "20s", "backend": "5s"}, "retries": {"attempts": 9}}, 20),
        ({"timeouts": {"backend": "0s"}, "retries": {"attempts": 3, "backoff": "100ms"}}, 0),
        ({"timeouts": {"backend": "5s"}}, 15),
        ({"timeouts": {"backend": "5s"}, "retries": {"attempts": 3}}, 20),
        ({"timeouts": {"backend": "1s"}, "retries": {"attempts": 5, "backoff": "100ms"}}, 6 + 0.1 + 0.2 + 0.4 + 0.8 + 1.0),
    ],
)
def test_how_long_a_request_may_take(fields: dict[str, Any], seconds: float) -> None:
    assert budget_of(case(**fields)) == pytest.approx(seconds)


A, B = Answer(seconds=0.1, status=200, who="ai/a-1"), Answer(seconds=0.2, status=200, who="ai/b-1")
FACTS = Facts(pods={name: frozenset({f"{name}-1"}) for name in MODELS})
GOOD: dict[str, Any] = {"before": [A], "during": [A, B, B], "after": [B, A], "moved": 1.0, "back": 2.0, "stopped": ("Deployment ai/a",)}


@pytest.mark.parametrize(
    ("seen", "verdict", "why"),
    [
        ({}, PROVED, ""),
        ({"before": [Answer(0.1, error="reset")]}, REFUTED, "before anything was stopped 1 of 1 requests failed: 1 x reset"),
        ({"problem": "ai/a has no pods that could be stopped", "stopped": ()}, UNPROVED, "ai/a has no pods"),
        ({"during": [A, Answer(0.1, status=503), B]}, REFUTED, "while ai/a was gone 1 of 3 requests failed: 1 x status 503"),
        ({"during": [A, Answer(0.1, status=404), B]}, REFUTED, "status 404"),
        ({"after": [B, Answer(9, error="timeout")]}, REFUTED, "while ai/a came back 1 of 2 requests failed: 1 x timeout"),
        ({"during": [Answer(0.1, 200, who="ai/c-1")]}, REFUTED, "ai/c-1 answered"),
        ({"during": [B, Answer(20.5, 200, who="ai/b-1")]}, REFUTED, "an answer took 20.5 s, and timeouts and retries of the rule allow 20 s"),
        ({"moved": None, "during": [A, A]}, UNPROVED, "ai/a still answers after 30 s"),
        ({"back": None}, REFUTED, "ai/a was started again and does not answer alone after 30 s"),
    ],
)
def test_what_is_made_of_it(seen: dict[str, Any], verdict: str, why: str) -> None:
    finding = judge_failover(case(timeouts={"request": "20s"}), Watch(30, **{**GOOD, **seen}), FACTS)
    assert finding.verdict == verdict, finding.why
    assert why in finding.why and bool(finding.why) == bool(why)
    assert (finding.failover or {}).get("stopped", []) == list({**GOOD, **seen}["stopped"])


def entry(manager: str, fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "time": "now", "fieldsV1": {"f:spec": fields}, **more}


def test_the_number_of_pods_is_again_whose_it_was() -> None:
    before = [entry("us", {"f:replicas": {}, "f:template": {}}), entry("autoscaler", {"f:replicas": {}}, operation="Update", subresource="scale")]
    before.append(entry("others", {"f:paused": {}}))
    ours = entry(MANAGER, {"f:replicas": {}}, operation="Update")
    # An entry with no other field is gone from the list once the field is somebody else's.
    meanwhile = [entry("us", {"f:template": {}}), entry("others", {"f:paused": {}}), ours]
    after = handed_back(meanwhile, owners(before))
    assert {(each["manager"], *sorted(each["fieldsV1"]["f:spec"])) for each in after} == {
        ("us", "f:replicas", "f:template"),
        ("others", "f:paused"),
        ("autoscaler", "f:replicas"),
    }
    assert owners(after) == owners(before)
    assert meanwhile[0]["fieldsV1"] == {"f:spec": {"f:template": {}}}, "what was given stays as it is"
