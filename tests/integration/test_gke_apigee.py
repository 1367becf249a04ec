# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inventories/gke_apigee on a lab of its own: made, made again, found without drift, taken away. The tests go on from each other, in this order.

GKE's kinds and the operator's are definitions of the tests' own, the charts are stand-ins, and Apigee is the contract server. Nothing serves Gateways here, so
nothing is waited for that only GKE could say; what the operator would say of its objects, a thread says.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import inference_lab
import pytest
from contract import apim_crds, gke_crds
from contract.apigee.server import TEST_TOKEN, ApigeeServer
from contract.apim_operator import Operator
from contract.chart import build
from integration.plays import ROOT, Outcome, Plays

INVENTORY = ROOT / "inventories" / "gke_apigee"
KEYS = {f"vault_{name}_api_key": f"{name}-{secrets.token_hex(8)}" for name in ("research", "portal")}
OBJECTIVES = "inference.networking.x-k8s.io_inferenceobjectives.yaml"
GUARD = "apigeebackendservices.apim.googleapis.com"
LISTS = ("apigee_products", "apigee_developers", "apigee_apps")


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plays]:
    folder = tmp_path_factory.mktemp("gke")
    try:
        lab = inference_lab.up(folder / "state")[0]
        # What GKE brings to each cluster: the Gateway API, InferencePool, its own kinds, and the classes of its load balancers.
        for bundle in ("gateway-api-v1.5.1/standard", "inference-extension-v1.5.0/inference.networking.k8s.io_inferencepools.yaml"):
            lab.kubectl("apply", "--server-side", "--filename", str(lab.manifests / bundle))
        gke_crds.install(lab)
        lab.kubectl("create", "-f", "-", input=json.dumps(gateway_class("gke-l7-regional-external-managed")))
        yield Plays(lab, folder / "a blank")
    finally:
        inference_lab.down(folder / "state")


@pytest.fixture(scope="module")
def apigee() -> Iterator[ApigeeServer]:
    with ApigeeServer(org="acme-models") as server:
        yield server
        assert server.crashes == []


def gateway_class(name: str) -> dict[str, Any]:
    spec = {"controllerName": "networking.gke.io/gateway"}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": name}, "spec": spec}


def play(plays: Plays, apigee: ApigeeServer, name: str, *options: str, check: bool = False, **variables: Any) -> Outcome:
    report = plays.folder / "report.json"
    report.unlink(missing_ok=True)
    apigee.forget()
    charts = plays.folder / "charts"
    here = {
        "inference_gateway_connection": {"kubeconfig": plays.lab.kubeconfig},
        "inference_gateway_wait": False,
        "inference_gateway_report": str(report),
        "inference_extension_objectives_source": f"{plays.lab.manifests}/inference-extension-{{version}}/{OBJECTIVES}",
        "gke_gateway_wait": False,
        "apigee_crds_chart_ref": str(build("apigee-apim-operator-crds", charts)),
        "apigee_chart_ref": str(build("apigee-apim-operator-helm", charts)),
        "apigee_helm_binary": str(plays.lab.bin / "helm"),
        "apigee_objects_wait_timeout": 60,
        "apigee_api_endpoint": apigee.url,
        "apigee_access_token": TEST_TOKEN,
        "vllm_wait_timeout": 60,
    }
    return plays.run(f"playbooks/{name}.yml", INVENTORY, report, *options, check=check, **(here | KEYS | variables))


def asked(apigee: ApigeeServer) -> list[str]:
    """What was written to Apigee, as method and the last parts of the path."""
    return [f"{seen.method} {'/'.join(seen.path.split('/')[4:])}" for seen in apigee.writes]


def found(plays: Plays, kind: str) -> dict[str, dict[str, Any]]:
    items = json.loads(plays.lab.kubectl("get", kind, "--namespace=default", "-o", "json"))["items"]
    return {item["metadata"]["name"]: item for item in items}


def test_a_key_that_nobody_gave_is_told_before_anything_is_made(plays: Plays, apigee: ApigeeServer) -> None:
    stopped = play(plays, apigee, "site", vault_portal_api_key="{{ nobody_gave_it }}")
    assert stopped.code != 0
    assert "Give each app's key to vault_research_api_key and vault_portal_api_key" in stopped.message
    assert (stopped.changed, stopped.writes, apigee.writes) == (0, [], [])


def test_one_run_makes_it_all(plays: Plays, apigee: ApigeeServer) -> None:
    with Operator(plays.lab):
        done = play(plays, apigee, "site", "--diff")
    assert done.code == 0, done.output
    assert {name: done.results[name]["create"] for name in LISTS} == {"apigee_products": 2, "apigee_developers": 2, "apigee_apps": 2}
    assert [key for key in KEYS.values() if key in done.output] == [], "no key is told, with --diff neither"
    assert set(found(plays, "httproutes")) == {"llm-route"}
    assert set(found(plays, "inferenceobjectives.inference.networking.x-k8s.io")) == {"food-review", "base-model"}


def test_products_open_what_the_sample_opens_and_keys_are_those_that_were_given(apigee: ApigeeServer) -> None:
    products = apigee.state.products
    (config,) = products["api-inf-gw-product"]["operationGroup"]["operationConfigs"]
    assert config["apiSource"] == "apigee-llm-inf-gw"
    assert config["operations"] == [{"resource": "/v1/completions", "methods": ["POST"]}]
    assert config["quota"] == {"limit": "5", "interval": "1", "timeUnit": "minute"}
    assert len(products["chat"]["operationGroup"]["operationConfigs"]) == 2


def test_the_traffic_extension_asks_apigee_and_has_time_enough(plays: Plays) -> None:
    spec = found(plays, "gcptrafficextensions.networking.gke.io")["apigee"]["spec"]
    (step,) = spec["extensionChains"][0]["extensions"]
    assert step["backendRef"] == {"group": "apim.googleapis.com", "kind": "ApigeeBackendService", "name": "apigee-llm-inf-gw"}
    assert (step["failOpen"], step["timeout"], step["metadata"]["apigee-extension-processor"]) == (False, "10s", "apigee-llm-inf-gw")
    assert spec["targetRefs"] == [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "inference-gateway"}]


def test_guards_come_before_what_they_guard(plays: Plays) -> None:
    """The operator's object and the keys are there before there is a route."""
    made = {kind: next(iter(found(plays, kind).values()))["metadata"]["creationTimestamp"] for kind in (GUARD, "httproutes")}
    assert made[GUARD] <= made["httproutes"]


def test_a_second_run_changes_and_writes_nothing(plays: Plays, apigee: ApigeeServer) -> None:
    again = play(plays, apigee, "site")
    assert (again.code, again.changed, again.writes, asked(apigee)) == (0, 0, [], []), again.output


def test_there_is_no_drift_until_somebody_makes_it(plays: Plays, apigee: ApigeeServer) -> None:
    calm = play(plays, apigee, "drift")
    assert (calm.code, calm.results["drift"], calm.writes, apigee.writes) == (0, False, [], []), calm.output
    apigee.state.products["chat"]["displayName"] = "Plauderei"
    told = play(plays, apigee, "drift", "--tags", "apigee_products")
    assert told.code != 0
    assert "apigee_products: products chat differs" in told.message
    mended = play(plays, apigee, "site", "--tags", "apigee_products")
    assert (mended.code, asked(apigee)) == (0, ["PUT apiproducts/chat"]), mended.output


def test_an_inventory_without_an_organization_asks_apigee_nothing(plays: Plays, apigee: ApigeeServer) -> None:
    silent = play(plays, apigee, "site", "--tags", "apigee_products,apigee_developers,apigee_apps", apigee_organization="")
    assert (silent.code, apigee.requests) == (0, []), silent.output


def test_what_was_made_is_taken_away(plays: Plays, apigee: ApigeeServer) -> None:
    gone = play(plays, apigee, "teardown", apigee_cascade=True, apigee_purge_crds=True, inference_extension_purge_crds=True)
    assert gone.code == 0, gone.output
    kinds = [path.rstrip("/").split("/")[0] + str(path.count("/")) for path in (each.partition(" ")[2] for each in asked(apigee) if each.startswith("DELETE"))]
    assert kinds == sorted(kinds, key=["developers3", "developers1", "apiproducts1"].index), "apps, then developers, then products"
    assert (dict(apigee.state.products), {name for name in plays.crds() if name.endswith(apim_crds.GROUP)}) == ({}, set())
    left = plays.lab.kubectl("get", "deployments,services,gateways,httproutes,inferencepools", "-A", "-o", "name", "--ignore-not-found").split()
    assert left == ["service/kubernetes"]
