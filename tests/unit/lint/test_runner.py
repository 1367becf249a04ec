# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What findings lead to: errors, warnings, nothing; and which options are refused."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.lint.registry import all_rules, rules_for
from ansible_collections.inference.gateway.plugins.module_utils.lint.rule import Severity
from ansible_collections.inference.gateway.plugins.module_utils.lint.runner import linter
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.lint.cases_attachments import HTTPS, gateway
from unit.lint.support import found, world
from unit.models.support import BACKEND, route, rule

PICKER = {"service": "epp", "port": 9002}
SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(["m", "epp", "http", ""])
ANYTHING = st.recursive(SCALARS, lambda part: st.lists(part, max_size=2), max_leaves=3)
NAMES = ("ports", "selector", "template", "spec", "metadata", "labels", "containers", "name", "port", "args", "from", "to", "jobTemplate", "app", "targetPort")
TREES = st.recursive(ANYTHING, lambda part: st.dictionaries(st.sampled_from(NAMES), part, max_size=4) | st.lists(part, max_size=2), max_leaves=12)
"""Words that rules look for, with anything under them."""
CORE = [("v1", kind) for kind in ("Service", "Pod", "Secret", "Namespace")]
KINDS = st.sampled_from(
    [
        *CORE,
        ("apps/v1", "Deployment"),
        ("batch/v1", "CronJob"),
        ("a.b/v1", "C"),
        ("gateway.networking.k8s.io/v1", "ReferenceGrant"),
        ("configuration.konghq.com/v1", "KongPlugin"),
    ]
)
GATE = gateway({**HTTPS, "routes": {"selector": {"a": "b"}}}, namespace="m", grants=False)
POOL = {"name": "p", "selector": {"app": "m"}, "ports": [8000], "endpoint_picker": PICKER}
ROUTE = route(rule(backends=[{"service": "epp", "port": 9002, "namespace": "m"}]), grants=False, parents=[{"name": "gw", "namespace": "m"}], namespace="epp")
JUNK = ANYTHING | st.builds(
    lambda kind, meta, spec: {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "epp", **meta}, "spec": spec, "data": spec},
    KINDS,
    st.fixed_dictionaries({"labels": ANYTHING | TREES}, optional={"namespace": st.sampled_from(["m", "epp", 3])}),
    TREES,
)
WARNED = world(routes=[route(rule(path="/v1", retries={"attempts": 2, "on": ["503"]}), parents=["gw"])])
WRONG = world(routes=[route(rule(path={"regex": "/v1/("}), parents=["gw"])])


def refused(params: dict[str, Any], known: Any = WARNED) -> str:
    with pytest.raises(InputError) as caught:
        linter(params, rules_for).check(known)
    return str(caught.value)


def test_a_warning_is_told_and_lets_pass() -> None:
    (told,) = linter({}, rules_for).check(WARNED)
    assert told.startswith("lint rule retry-side-effects: inference_routes[0] (chat).rules[0].retries: ")


def test_strict_makes_errors_of_warnings() -> None:
    message = refused({"lint_strict": True})
    assert "inference_routes[0] (chat).rules[0].retries" in message
    assert "(lint rule retry-side-effects)" in message


def test_an_error_refuses() -> None:
    assert "(lint rule regex-broken)" in refused({}, WRONG)


def test_a_rule_can_be_off_with_a_reason() -> None:
    assert linter({"lint_skip": {"regex-broken": "The gateway has an engine of its own."}}, rules_for).check(WRONG) == []


@pytest.mark.parametrize(
    ("skip", "message"),
    [
        ({"regex-brocken": "why not"}, "lint_skip.regex-brocken: no lint rule has this id. Did you mean regex-broken?"),
        ({"zzz": "why not"}, "lint_skip.zzz: no lint rule has this id. See docs/lint.md."),
        ({"regex-broken": " "}, "lint_skip.regex-broken: has no reason."),
        ({"regex-broken": None}, "lint_skip.regex-broken: has no reason."),
        ({"regex-broken": True}, "lint_skip.regex-broken: has no reason."),
    ],
)
def test_skipping_needs_a_known_rule_and_a_reason(skip: dict[str, Any], message: str) -> None:
    assert message in refused({"lint_skip": skip})


def test_many_findings_of_a_rule_are_one_warning() -> None:
    many = [route(rule(retries={"attempts": 1, "on": ["503"]}), name=f"r{index}", hostnames=[f"r{index}.example.com"], parents=["gw"]) for index in range(50)]
    (told,) = linter({}, rules_for).check(world(routes=many))
    assert told.count("inference_routes[") == 3
    assert told.endswith("And 47 more of this kind.")


def test_errors_come_first() -> None:
    both = [route(rule(path="/a", retries={"attempts": 1, "on": ["503"]}), rule(path={"regex": "/("}), parents=["gw"])]
    severities = [finding.rule.severity for finding in linter({}, rules_for).findings(world(routes=both))]
    assert severities == [Severity.ERROR, Severity.WARNING]


def test_nothing_known_is_nothing_found() -> None:
    assert linter({}, rules_for).findings(world()) == []


def test_rules_are_complete() -> None:
    for name, item in all_rules().items():
        assert item.id == name == name.lower()
        assert "_" not in name
        assert item.source.startswith("https://"), name
        assert item.summary.endswith("."), name


def test_backends_that_are_not_there_cost_no_look_through_all_that_are() -> None:
    entries = [
        {"name": f"r{number}", "parents": ["gw"], "rules": [{"path": f"/{number}", "backends": [{"service": f"s{number}", "port": 80}]}]}
        for number in range(2000)
    ]
    services = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{number}", "namespace": "b"}} for number in range(1, 2000)]
    known = world(routes=entries, objects=services)
    began = time.process_time()
    lines = found("unknown-backend", known)
    assert time.process_time() - began < 1
    assert len(lines) == len(entries)
    assert lines[1].endswith("Service default/s1 is neither declared nor known. Write namespace: b.")


def test_a_thousand_routes_cost_next_to_nothing() -> None:
    """CPU, not wall, of the best of three, since a busy machine takes twice as much; many times what it takes here."""
    chat = rule(path="/v1/chat/completions", backends=[BACKEND], timeouts={"request": "300s"})
    many = [route(chat, name=f"r{index}", hostnames=[f"h{index}.example.com"], parents=["gw"]) for index in range(1000)]
    known = world(routes=many)
    took = []
    for _try in range(3):
        began = time.process_time()
        assert linter({}, rules_for).findings(known) == []
        took.append(time.process_time() - began)
    assert min(took) < 0.3


@settings(max_examples=100, deadline=None)
@given(objects=st.lists(JUNK, min_size=1, max_size=6), renderer=st.sampled_from(["gateway_api", "kong"]))
def test_no_plain_object_breaks_a_rule(objects: list[Any], renderer: str) -> None:
    """Whether an object is good is for the store to say, after lint."""
    linter({}, rules_for).findings(world(objects=objects, routes=[ROUTE], pools=[POOL], gateways=[GATE], renderer=renderer))
