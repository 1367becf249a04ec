# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of the Apigee operator: what is refused, what becomes of the rest, and in which order."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Key
from ansible_collections.inference.gateway.plugins.module_utils.engine.order import rank
from ansible_collections.inference.gateway.plugins.module_utils.servers.apigee import STAGES, manifests, stages

LOCATION = {"name": "us-east1", "network": "projects/p/global/networks/n", "subnetwork": "projects/p/regions/us-east1/subnetworks/s"}
GUARD = {"kind": "ApigeeBackendService", "name": "llm", "spec": {"apigeeEnv": "e", "locations": [LOCATION]}}
POLICY = {
    "kind": "APIMExtensionPolicy",
    "name": "edge",
    "spec": {"location": "global", "failOpen": False, "timeout": "1000ms", "targetRef": {"kind": "Gateway", "name": "gw", "namespace": "default"}},
}
REF = {"name": "llm", "kind": "ApigeeBackendService", "group": "apim.googleapis.com"}
PRODUCT = {
    "kind": "APIProduct",
    "name": "chat",
    "spec": {"approvalType": "auto", "description": "d", "displayName": "n", "enforcementRefs": [REF], "attributes": [{"name": "access", "value": "private"}]},
}
OPERATIONS = {
    "kind": "APIOperationSet",
    "name": "ops",
    "spec": {
        "apiProductRefs": [{"name": "chat", "kind": "APIProduct", "group": "apim.googleapis.com"}],
        "quota": {"limit": 5, "interval": 1, "timeUnit": "minute"},
        "restOperations": [{"name": "chat", "path": "/v1/chat/completions", "methods": ["POST"]}],
    },
}
TEMPLATE = {"kind": "ApimTemplate", "name": "t", "spec": {"anything": ["goes"]}}
GOOD = (GUARD, POLICY, PRODUCT, OPERATIONS, TEMPLATE)


def problems(*entries: Any) -> list[str]:
    try:
        manifests(entries, "ai")
    except InputError as error:
        return [str(issue) for issue in error.issues]
    return []


def but(entry: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The entry with other fields of its spec; None takes one away."""
    found = copy.deepcopy(entry)
    found["spec"] = {name: value for name, value in {**found["spec"], **fields}.items() if value is not None}
    return found


def located(**fields: str) -> dict[str, Any]:
    return but(GUARD, locations=[{**LOCATION, **fields}])


def operation(**fields: Any) -> dict[str, Any]:
    return but(OPERATIONS, restOperations=[{"name": "x", "path": "/v1", "methods": ["POST"], **fields}])


def test_manifests() -> None:
    made = manifests(list(GOOD), "ai")
    assert {each["apiVersion"] for each in made} == {"apim.googleapis.com/v1"}
    assert made[0] == {
        "apiVersion": "apim.googleapis.com/v1",
        "kind": "ApigeeBackendService",
        "metadata": {"name": "llm", "namespace": "ai"},
        "spec": GUARD["spec"],
    }
    assert made[4]["spec"] == {"anything": ["goes"]}


def test_what_others_refer_to_comes_first_and_goes_last() -> None:
    steps = stages(manifests([TEMPLATE, OPERATIONS, PRODUCT, POLICY, GUARD], "ai"))
    assert [[obj["kind"] for obj in step] for step in steps] == [
        ["APIMExtensionPolicy", "ApigeeBackendService"],
        ["APIProduct"],
        ["APIOperationSet"],
        ["ApimTemplate"],
    ]
    assert stages([]) == []
    ranks = [rank(Key("apim.googleapis.com", kind, "ai", "x")) for kinds in (*STAGES, ("ApimTemplate",)) for kind in kinds[:1]]
    assert ranks == sorted(set(ranks)), "the engine prunes in the same order, backwards"


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({**GUARD, "apiVersion": "apim.googleapis.com/v1alpha1"}, "Objects of the public preview (v1alpha1) are not taken over"),
        ({**GUARD, "metadata": {}}, "Write name, namespace, labels and annotations beside kind"),
        ({**GUARD, "kind": "ApigeeBackendservice"}, "Write ApigeeBackendService"),
        ({**GUARD, "kind": "apigeebackendservice"}, "expected a kind"),
        (but(GUARD, locations=None), "spec.locations: is missing or empty"),
        (but(GUARD, locations=["us-east1"]), "expected a dictionary, got 'us-east1'"),
        (but(GUARD, locations=[LOCATION, LOCATION]), "region us-east1 is there twice"),
        (located(network="default"), "Write projects/PROJECT/global/networks/NETWORK"),
        (located(subnetwork="regions/us-east1/subnetworks/s"), "Write projects/PROJECT/regions/REGION/subnetworks/SUBNETWORK"),
        (located(subnetwork="projects/p/regions/us-west1/subnetworks/s"), "it is in us-west1, the location is us-east1"),
        (located(name=""), "locations[0].name: is missing"),
        (but(POLICY, targetRef=None), "a policy without a Gateway guards nothing"),
        (but(POLICY, targetRef={"kind": "HTTPRoute", "name": "r"}), "policies attach to Gateways alone, never to routes"),
        (but(POLICY, timeout="soon"), "Write milliseconds or seconds"),
        (but(POLICY, location=None), "spec.location: is missing"),
        (but(PRODUCT, approvalType="automatic"), "expected one of auto, manual; got 'automatic'"),
        (but(PRODUCT, description=None), "spec.description: is missing"),
        (but(PRODUCT, enforcementRefs=[]), "spec.enforcementRefs: is missing or empty"),
        (but(PRODUCT, enforcementRefs=[{**REF, "kind": "Gateway"}]), "expected one of APIMExtensionPolicy, ApigeeBackendService"),
        (but(PRODUCT, attributes={"access": "private"}), "Write attributes: [{name: access, value: private}]"),
        (but(PRODUCT, attributes=[{"name": str(each), "value": "x"} for each in range(19)]), "has 19 attributes; Apigee keeps 18"),
        (but(OPERATIONS, apiProductRefs=None), "spec.apiProductRefs: is missing or empty"),
        (but(OPERATIONS, quota={"limit": "5", "interval": 1, "timeUnit": "minute"}), "Write it without quotes"),
        (but(OPERATIONS, quota={"limit": 5, "interval": 1, "timeUnit": "second"}), "expected one of minute, hour, day, month"),
        (but(OPERATIONS, quota=5), "Write quota: {limit: 100, interval: 1, timeUnit: minute}"),
        (operation(path="v1"), "Write /v1."),
        (operation(methods=["post"]), "Write them in upper case"),
        (operation(methods=[]), "methods: is missing"),
    ],
)
def test_what_is_refused(entry: dict[str, Any], wanted: str) -> None:
    (problem,) = problems(entry)
    assert wanted in problem
    assert problem.startswith("apigee_objects[0]")


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        ((GUARD, GUARD), "ApigeeBackendService ai/llm is declared twice"),
        ((GUARD, {**POLICY, "name": "llm"}), "the operator itself makes an APIMExtensionPolicy of this name"),
        ((GUARD, {**POLICY, "name": "llm", "namespace": "other"}), ""),
        ((PRODUCT, {**OPERATIONS, "namespace": "apim"}), "no APIOperationSet of the list refers to it"),
        ((PRODUCT,), ""),
        (({**GUARD, "namespace": "default"}, PRODUCT), "there is no ApigeeBackendService ai/llm in the list, which has ApigeeBackendService default/llm"),
        ((GUARD, POLICY, PRODUCT, OPERATIONS, TEMPLATE), ""),
    ],
)
def test_what_does_not_go_together(entries: tuple[dict[str, Any], ...], wanted: str) -> None:
    found = problems(*entries)
    assert (wanted in found[0]) if wanted else found == []
