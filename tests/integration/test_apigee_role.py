# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role apigee on the lab, by charts of the tests' own.

Its definitions are the cluster's, so there is one installation for all tests of this file, in their order.
"""

from __future__ import annotations

import copy
import json
import secrets
import subprocess
from collections.abc import Iterator
from typing import Any

import inference_lab
import pytest
from contract import apim_crds
from contract.apim_operator import Operator
from contract.chart import build
from integration.plays import Outcome, Plays

PROJECT = "projects/acme"
GUARD = {
    "kind": "ApigeeBackendService",
    "name": "llm",
    "spec": {
        "apigeeEnv": "llm-env",
        "defaultSecurityEnabled": True,
        "locations": [
            {"name": "us-central1", "network": f"{PROJECT}/global/networks/n", "subnetwork": f"{PROJECT}/regions/us-central1/subnetworks/s"},
        ],
    },
}
PRODUCT = {
    "kind": "APIProduct",
    "name": "chat",
    "spec": {
        "approvalType": "auto",
        "description": "Chat",
        "displayName": "Chat",
        "enforcementRefs": [{"name": "llm", "kind": "ApigeeBackendService", "group": "apim.googleapis.com"}],
        "attributes": [{"name": "access", "value": "private"}],
    },
}
OPERATIONS = {
    "kind": "APIOperationSet",
    "name": "chat-operations",
    "spec": {
        "apiProductRefs": [{"name": "chat", "kind": "APIProduct", "group": "apim.googleapis.com"}],
        "quota": {"limit": 5, "interval": 1, "timeUnit": "minute"},
        "restOperations": [{"name": "chat", "path": "/v1/chat/completions", "methods": ["POST"]}],
    },
}
TEMPLATE = {"kind": "ApimTemplate", "name": "spikes", "spec": {"policies": [{"kind": "SpikeArrest"}]}}
ALL = (GUARD, PRODUCT, OPERATIONS, TEMPLATE)
CHARTS = ("apigee-apim-operator-crds", "apigee-apim-operator-helm")


class Apigee:
    """The role with namespaces of its own."""

    def __init__(self, plays: Plays, namespace: str) -> None:
        self.plays = plays
        self.lab = plays.lab
        self.namespace = namespace
        self.system = f"{namespace}-apim"
        self.crds, self.chart = (build(chart, plays.folder / "charts") for chart in CHARTS)

    def run(self, *objects: dict[str, Any], check: bool = False, **variables: Any) -> Outcome:
        given = {
            "apigee_project": "acme",
            "apigee_crds_chart_ref": str(self.crds),
            "apigee_chart_ref": str(self.chart),
            "apigee_namespace": self.system,
            "apigee_objects": objects,
            "apigee_objects_namespace": self.namespace,
            "apigee_prune_limit": "100%",
            "apigee_wait_timeout": 60,
            "apigee_objects_wait_timeout": 120,
            "apigee_helm_binary": str(self.lab.bin / "helm"),
        }
        return self.plays.role("apigee", check=check, **(given | variables))

    def names(self) -> list[str]:
        """Objects of the operator's kinds in the namespace."""
        kinds = ",".join(apim_crds.names())
        return sorted(str(self.lab.kubectl("get", kinds, "--namespace", self.namespace, "--output=name", "--ignore-not-found")).split())

    def definitions(self) -> list[str]:
        return [name for name in str(self.lab.kubectl("get", "crd", "--output=name")).split() if name.endswith(apim_crds.GROUP)]

    def helm(self, *args: str) -> str:
        argv = [str(self.lab.bin / "helm"), "--kubeconfig", self.lab.kubeconfig, "--namespace", self.system, *args]
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout

    def clear(self) -> None:
        """Whatever a failed test left."""
        for release in ("apigee-apim-operator", "apigee-apim-crds"):
            self.helm("uninstall", release, "--ignore-not-found")
        apim_crds.remove(self.lab)
        for name in (self.namespace, self.system):
            self.lab.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")


@pytest.fixture(scope="module")
def apigee(lab: inference_lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apigee]:
    namespace = f"apigee-{secrets.token_hex(3)}"
    lab.kubectl("create", "namespace", namespace)
    found = Apigee(Plays(lab, tmp_path_factory.mktemp("apigee") / "a blank"), namespace)
    try:
        yield found
    finally:
        found.clear()


def changed(entry: dict[str, Any], **fields: Any) -> dict[str, Any]:
    found = copy.deepcopy(entry)
    found["spec"] |= fields
    return found


def test_check_on_an_empty_cluster_writes_nothing(apigee: Apigee) -> None:
    told = apigee.run(*ALL, check=True)
    assert (told.code, told.changed, told.writes) == (0, 3, []), told.output


@pytest.mark.parametrize(
    ("entry", "variables", "wanted"),
    [
        (GUARD, {"apigee_project": ""}, "Expected apigee_project, apigee_organization and apigee_service_account"),
        (GUARD, {"apigee_chart_version": "1.1.2"}, "is version 1.1.1, and apigee_chart_version is 1.1.2"),
        (changed(OPERATIONS, quota={"limit": "5", "interval": 1, "timeUnit": "minute"}), {}, "Write it without quotes"),
    ],
)
def test_refused_before_anything_is_written(apigee: Apigee, entry: dict[str, Any], variables: dict[str, Any], wanted: str) -> None:
    outcome = apigee.run(entry, **variables)
    assert outcome.code != 0
    assert wanted in outcome.message
    assert outcome.writes == []


def test_the_preview_is_not_built_upon(apigee: Apigee) -> None:
    apigee.lab.kubectl("create", "-f", "-", input=apim_crds.text("v1alpha1"))
    try:
        refused = apigee.run(*ALL)
    finally:
        apim_crds.remove(apigee.lab)
    assert refused.code != 0
    assert "come from the operator's public preview, from which nothing can be upgraded" in refused.message
    assert refused.writes == []


def test_installed_and_made_in_an_order_in_which_each_finds_what_it_refers_to(apigee: Apigee) -> None:
    with Operator(apigee.lab) as operator:
        made = apigee.run(TEMPLATE, OPERATIONS, PRODUCT, GUARD)
    assert made.code == 0, made.output
    assert made.results["summary"] == {"create": 4, "update": 0, "replace": 0, "delete": 0, "keep": 0}
    assert operator.seen == [("ApigeeBackendService", "llm"), ("APIProduct", "chat"), ("APIOperationSet", "chat-operations"), ("ApimTemplate", "spikes")]
    values = json.loads(apigee.helm("get", "values", "apigee-apim-operator", "--output=json"))
    address = "apigee-apim-gsa@acme.iam.gserviceaccount.com"
    assert values == {"projectId": "acme", "serviceAccount": address, "apigeeOrg": "acme", "generateEnv": "FALSE"}


def test_a_second_run_writes_nothing(apigee: Apigee) -> None:
    again = apigee.run(*ALL)
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output


def test_a_change_is_one_write_and_what_left_the_list_goes(apigee: Apigee) -> None:
    with Operator(apigee.lab):
        done = apigee.run(GUARD, PRODUCT, changed(OPERATIONS, quota={"limit": 10, "interval": 1, "timeUnit": "minute"}))
    assert done.code == 0, done.output
    assert {name: count for name, count in done.results["summary"].items() if count} == {"update": 1, "delete": 1, "keep": 2}
    assert not [name for name in apigee.names() if name.startswith("apimtemplate")]


def test_a_complaint_of_the_operator_ends_the_wait_at_once(apigee: Apigee) -> None:
    with Operator(apigee.lab, refuses={"other": "network n is not found in project acme"}):
        refused = apigee.run(GUARD, {**GUARD, "name": "other"}, PRODUCT, OPERATIONS, apigee_objects_wait_timeout=300)
    assert refused.code != 0
    assert "state is Create_Update_Failed: network n is not found in project acme" in refused.message
    assert "not ready after 300 s" not in refused.message


def test_an_account_that_somebody_else_wrote_is_told(apigee: Apigee) -> None:
    apigee.lab.kubectl("annotate", "serviceaccount", "apim-ksa", "--namespace", apigee.system, "--overwrite", "iam.gke.io/gcp-service-account=other@acme")
    told = apigee.run(GUARD, PRODUCT, OPERATIONS)
    apigee.lab.kubectl(
        *("annotate", "serviceaccount", "apim-ksa", "--namespace", apigee.system, "--overwrite"),
        "iam.gke.io/gcp-service-account=apigee-apim-gsa@acme.iam.gserviceaccount.com",
    )
    assert told.code != 0
    assert "bears other@acme" in told.message


def test_removed_in_the_documented_order_unless_others_need_it(apigee: Apigee) -> None:
    foreign = {"apiVersion": "apim.googleapis.com/v1", "kind": "APIProduct", "metadata": {"name": "theirs"}, "spec": PRODUCT["spec"]}
    apigee.lab.kubectl("create", "--namespace", apigee.namespace, "-f", "-", input=json.dumps(foreign))
    stays = apigee.run(*ALL, apigee_state="absent")
    assert stays.code != 0
    assert f"the operator stays: without it APIProduct {apigee.namespace} theirs would go on in Apigee" in stays.message
    gone = [request.partition("/namespaces/")[2] for request in stays.writes if request.startswith("delete ") and apim_crds.GROUP in request]
    assert [path.split("/")[1] for path in gone] == ["apioperationsets", "apiproducts", "apigeebackendservices", "apigeebackendservices"]
    assert "apigee-apim-operator" in apigee.helm("list", "--short").split()
    apigee.lab.kubectl("delete", "apiproduct", "theirs", "--namespace", apigee.namespace)
    removed = apigee.run(*ALL, apigee_state="absent")
    assert (removed.code, apigee.helm("list", "--short").split(), len(apigee.definitions())) == (0, ["apigee-apim-crds"], 5), removed.output


def test_definitions_go_when_asked(apigee: Apigee) -> None:
    purged = apigee.run(*ALL, apigee_state="absent", apigee_purge_crds=True)
    assert (purged.code, apigee.definitions()) == (0, []), purged.output
