# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kthena's objects: what is refused, and what becomes of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.kthena import Cluster, KthenaObject, manifests
from unit.servers.specs import expected, told

PLAIN = Cluster(gateway_api=False, volcano=True)
SERVER = {"kind": "ModelServer", "name": "demo", "spec": {"inferenceEngine": "vLLM"}}
ROUTE = {"kind": "ModelRoute", "name": "demo", "spec": {"modelName": "demo", "rules": [{"targetModels": [{"modelServerName": "demo"}]}]}}
BOOSTER = {
    "kind": "ModelBooster",
    "name": "demo",
    "spec": {"backend": {"name": "b", "replicas": 1, "workers": [{"image": "vllm/vllm-openai-cpu:v0.18.1"}]}},
}


def route(name: str = "other", **spec: Any) -> dict[str, Any]:
    return {"kind": "ModelRoute", "name": name, "spec": {**ROUTE["spec"], **spec}}  # type: ignore[dict-item]


def backend(**fields: Any) -> dict[str, Any]:
    return {**BOOSTER, "spec": {"backend": {**BOOSTER["spec"]["backend"], **fields}}}  # type: ignore[index]


def problems(*entries: Any, cluster: Cluster = PLAIN) -> list[str]:
    try:
        manifests(entries, "ai", cluster)
    except InputError as error:
        return [str(issue) for issue in error.issues]
    return []


def test_manifests() -> None:
    made = manifests([SERVER | {"labels": {"team": "ml"}}, ROUTE | {"namespace": "web"}, BOOSTER], "ai", PLAIN)
    assert [(each["apiVersion"].partition(".")[0], each["metadata"]["namespace"]) for each in made] == [
        ("networking", "ai"),
        ("networking", "web"),
        ("workload", "ai"),
    ]
    assert made[0]["metadata"] == {"name": "demo", "namespace": "ai", "labels": {"team": "ml"}}
    assert made[2]["spec"] == BOOSTER["spec"]


PARENT = {"name": "gw"}


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        ([SERVER, ROUTE, BOOSTER], ""),
        ([{"kind": "AutoscalingPolicyBinding", "name": "x", "spec": {}}], "expected one of ModelBooster, ModelServing"),
        ([{**SERVER, "apiVersion": "v1"}], "It follows from kind"),
        ([SERVER, SERVER], "ModelServer ai/demo is declared twice; the first is kthena_objects[0] (demo)"),
        ([backend(minReplicas=1, maxReplicas=2)], "kthena_objects[0] (demo).spec.backend: minReplicas and maxReplicas went with Kthena 1.0. Write replicas"),
        ([backend(workers=[{"image": "repo/cpu:latest"}])], "spec.backend.workers[0].image: repo/cpu:latest means another image tomorrow"),
        ([{**backend(workers=[{"image": "repo/cpu"}]), "allow_latest": True}], ""),
        ([route(rules=[{"targetModels": [{"modelServerName": "a", "weight": 0}]}])], "spec.rules[0].targetModels: all weights are 0"),
        ([ROUTE, route()], "modelName demo at every Gateway is also that of kthena_objects[0] (demo)"),
        ([route("a", parentRefs=[PARENT]), route("b", parentRefs=[PARENT])], "modelName demo at Gateway ai/gw is also that of"),
        ([route("a", parentRefs=[PARENT]), route("b", parentRefs=[{**PARENT, "namespace": "web"}])], ""),
        ([ROUTE, route(modelName="other")], ""),
        ([route(rules="x", parentRefs=3)], ""),
        ([backend(workers=None), {**BOOSTER, "name": "b", "spec": {"backend": 3}}], ""),
    ],
)
def test_what_is_known_to_go_wrong(entries: list[Any], wanted: str) -> None:
    found = problems(*entries)
    assert any(wanted in each for each in found) if wanted else found == []


def test_a_route_that_the_router_would_pass_over() -> None:
    served = Cluster(gateway_api=True, volcano=True)
    assert "Write parentRefs" in problems(ROUTE, cluster=served)[0]
    assert problems(route(parentRefs=[PARENT]), cluster=served) == []


def test_pods_for_a_scheduler_that_is_not_there() -> None:
    bare = Cluster(gateway_api=False, volcano=False)
    assert "spec.backend.schedulerName: pods go to the scheduler volcano" in problems(BOOSTER, cluster=bare)[0]
    assert "stay Pending" in problems({"kind": "ModelServing", "name": "s", "spec": {}}, cluster=bare)[0]
    assert problems(backend(schedulerName="default-scheduler"), SERVER, cluster=bare) == []


def test_the_argument_spec_is_the_decoder() -> None:
    assert told("kthena", "kthena_objects") == expected(KthenaObject)
