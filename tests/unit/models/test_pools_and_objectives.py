# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""InferencePools and InferenceObjectives: objects, API group, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import GroupKind
from unit.models.support import built, issues

POOL = {"name": "llama", "selector": {"app": "vllm"}, "ports": [8000]}
OLD, NEW = "inference.networking.x-k8s.io", "llm-d.ai"


def test_a_pool_with_its_picker() -> None:
    entry = {**POOL, "namespace": "models", "endpoint_picker": {"service": "llama-epp", "port": 9002, "failure_mode": "FailOpen"}, "app_protocol": "http"}
    assert built("inference_pools", [entry]) == [
        {
            "apiVersion": "inference.networking.k8s.io/v1",
            "kind": "InferencePool",
            "metadata": {"name": "llama", "namespace": "models"},
            "spec": {
                "selector": {"matchLabels": {"app": "vllm"}},
                "targetPorts": [{"number": 8000}],
                "appProtocol": "http",
                "endpointPickerRef": {"name": "llama-epp", "port": {"number": 9002}, "failureMode": "FailOpen"},
            },
        }
    ]


def test_a_pool_without_a_picker_and_one_with_another_kind() -> None:
    assert "endpointPickerRef" not in built("inference_pools", [POOL])[0]["spec"]
    resource = {"group": "example.com", "kind": "Picker", "name": "p"}
    assert built("inference_pools", [{**POOL, "endpoint_picker": {"resource": resource}}])[0]["spec"]["endpointPickerRef"] == resource


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"selector": {}}, ".selector: is empty: it would take every pod of the namespace."),
        ({"ports": []}, ".ports: has 0 items; at least 1 must be given."),
        ({"ports": [1, 1]}, ".ports[1]: the number 1 is there twice."),
        ({"ports": list(range(1, 10))}, ".ports: has 9 items; at most 8 are allowed."),
        ({"port": 8000}, ": unknown field port. Write ports: with a list."),
        ({"endpoint_picker": {"service": "epp"}}, ".endpoint_picker: port is missing: Service epp needs it."),
        ({"endpoint_picker": {"port": 1}}, ".endpoint_picker: exactly one of service or resource is wanted."),
        ({"endpoint_picker": {"service": "epp", "port": 1, "failure_mode": "FailClosed"}}, "expected one of FailOpen, FailClose; got 'FailClosed'."),
    ],
)
def test_refused_pools(change: dict[str, Any], wanted: str) -> None:
    found = issues("inference_pools", [{**POOL, **change}])
    assert [f"inference_pools[0] (llama){wanted}" in line or wanted in line for line in found] == [True]


def served(*groups: str) -> Any:
    return lambda kind: ("v1alpha2",) if kind.kind == "InferenceObjective" and kind.group in groups else ()


@pytest.mark.parametrize(
    ("groups", "asked", "wanted"),
    [
        ((), "auto", OLD),
        ((OLD,), "auto", OLD),
        ((NEW,), "auto", NEW),
        ((OLD, NEW), "auto", NEW),
        ((OLD, NEW), OLD, OLD),
        ((OLD,), NEW, NEW),
    ],
)
def test_objectives_go_where_the_picker_reads(groups: tuple[str, ...], asked: str, wanted: str) -> None:
    """The pool's group is written where the CRD would fill in another: llm-d's own group has no pool."""
    entry = {"name": "chat", "pool": "llama", "priority": -1}
    pool = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "llama"} if wanted == "llm-d.ai" else {"name": "llama"}
    assert built("inference_objectives", [entry], served(*groups), api_group=asked) == [
        {
            "apiVersion": f"{wanted}/v1alpha2",
            "kind": "InferenceObjective",
            "metadata": {"name": "chat", "namespace": "default"},
            "spec": {"poolRef": pool, "priority": -1},
        }
    ]


def test_an_objective_of_another_kind_of_pool() -> None:
    entry = {"name": "chat", "pool": {"name": "old", "group": OLD}}
    assert built("inference_objectives", [entry])[0]["spec"] == {"poolRef": {"group": OLD, "kind": "InferencePool", "name": "old"}}


def test_a_version_that_is_served_is_written() -> None:
    """A cluster that has moved on serves another version only."""
    entry = {"name": "chat", "pool": "llama"}
    found = built("inference_objectives", [entry], lambda kind: ("v1",) if kind == GroupKind(NEW, "InferenceObjective") else ())
    assert found[0]["apiVersion"] == f"{NEW}/v1"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"pool": None}, "inference_objectives[0] (chat): pool is missing."),
        ({"criticality": "Critical"}, "unknown field criticality. Write priority: a number"),
        ({"priority": "high"}, ".priority: expected a priority, got 'high'."),
        ({"pool": {"name": "a", "namespace": "b"}}, "unknown field namespace. An objective and its pool live in the same namespace."),
    ],
)
def test_refused_objectives(change: dict[str, Any], wanted: str) -> None:
    found = issues("inference_objectives", [{"name": "chat", "pool": "llama", **change}])
    assert [wanted in line for line in found] == [True]
