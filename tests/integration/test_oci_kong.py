# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inventories/oci_kong on a lab of its own: made, made again, found without drift, taken away. The tests go on from each other, in this order.

Nodes bear OKE's labels, the chart is a stand-in, and no controller runs, so nothing is waited for that only Kong could say.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from typing import Any

import inference_lab
import pytest
from contract.chart import build
from integration.plays import ROOT, Outcome, Plays

INVENTORY = ROOT / "inventories" / "oci_kong"
LABEL = "node.kubernetes.io/instance-type"
SHAPES = {"gpu-h100-8": "BM.GPU.H100.8", "gpu-mi300x-8": "BM.GPU.MI300X.8"}
KEYS = {f"vault_{name}_api_key": f"{name}-{secrets.token_hex(8)}" for name in ("gpt_oss_120b", "scout")}


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plays]:
    folder = tmp_path_factory.mktemp("oci")
    try:
        lab = inference_lab.up(folder / "state")[0]
        for sort, shape in SHAPES.items():
            lab.kubectl("label", "nodes", "--overwrite", "--selector", f"{LABEL}={sort}", f"{LABEL}={shape}")
        yield Plays(lab, folder / "a blank")
    finally:
        inference_lab.down(folder / "state")


def play(plays: Plays, name: str, **variables: Any) -> Outcome:
    report = plays.folder / "report.json"
    report.unlink(missing_ok=True)
    here = {
        "inference_gateway_connection": {"kubeconfig": plays.lab.kubeconfig},
        "inference_gateway_wait": False,
        "inference_gateway_report": str(report),
        "gateway_api_source": f"{plays.lab.manifests}/gateway-api-{{version}}/{{channel}}",
        "kong_chart_repo": "",
        "kong_chart_ref": str(build("kong", plays.folder / "charts")),
        "kong_helm_binary": str(plays.lab.bin / "helm"),
        "kong_download_dir": str(plays.folder / "downloads"),
        "kong_wait_address": False,
        "kong_wait_gateway_class": False,
        "kong_events_wait": 0,
        "vllm_wait_timeout": 60,
    }
    return plays.run(f"playbooks/{name}.yml", INVENTORY, report, "--diff", **(here | KEYS | variables))


def found(plays: Plays, kind: str) -> dict[str, dict[str, Any]]:
    items = json.loads(plays.lab.kubectl("get", kind, "-n", "ai", "-o", "json"))["items"]
    return {item["metadata"]["name"]: item for item in items}


def key_of(plays: Plays, consumer: str) -> str:
    return base64.b64decode(found(plays, "secrets")[f"{consumer}-key-default"]["data"]["key"]).decode()


def limits(pod: dict[str, Any]) -> dict[str, str]:
    return dict(pod["containers"][0]["resources"]["limits"])


def test_a_key_that_nobody_gave_is_told_before_anything_is_made(plays: Plays) -> None:
    stopped = play(plays, "site", vault_scout_api_key="{{ nobody_gave_it }}")
    assert stopped.code != 0
    assert "Give each model's key to vault_gpt_oss_120b_api_key and vault_scout_api_key" in stopped.message
    assert (stopped.changed, stopped.writes, plays.crds()) == (0, [], {})


def test_one_run_makes_it_all(plays: Plays) -> None:
    done = play(plays, "site")
    assert done.code == 0, done.output
    assert len(key_of(plays, "maverick")) == 43, "32 bytes, made for this consumer"
    assert {name: key_of(plays, name) for name in ("gpt-oss-120b", "scout")} == dict(zip(("gpt-oss-120b", "scout"), KEYS.values(), strict=True))
    assert [key for key in (*KEYS.values(), key_of(plays, "maverick")) if key in done.output] == [], "no key is told, with --diff neither"


def test_the_servers_have_the_sizes_of_the_guide(plays: Plays) -> None:
    pods = {pod["metadata"]["labels"]["app.kubernetes.io/instance"]: pod["spec"] for pod in found(plays, "pods").values()}
    assert {name: (pod["nodeName"].partition("-")[0], limits(pod)) for name, pod in pods.items()} == {
        "gpt-oss-tp2": ("h100", {"nvidia.com/gpu": "2", "ephemeral-storage": "400Gi"}),
        "scout": ("mi300x", {"amd.com/gpu": "4", "ephemeral-storage": "200Gi"}),
        "maverick": ("mi300x", {"amd.com/gpu": "4", "ephemeral-storage": "200Gi"}),
    }
    assert pods["scout"]["nodeName"] == pods["maverick"]["nodeName"], "one node has room for both"
    assert [flag for flag in pods["gpt-oss-tp2"]["containers"][0]["args"] if "tensor" in flag] == ["--tensor-parallel-size=2"]
    assert [flag for flag in pods["scout"]["containers"][0]["args"] if "tensor" in flag] == ["--tensor-parallel-size=4"]


def test_each_model_has_a_route_and_a_group_of_its_own(plays: Plays) -> None:
    routes, plugins, consumers = (found(plays, kind) for kind in ("httproutes", "kongplugins", "kongconsumers"))
    assert set(routes) == set(consumers) == {"gpt-oss-120b", "scout", "maverick"}
    for name, route in routes.items():
        (rule,) = route["spec"]["rules"]
        assert rule["matches"] == [
            {"path": {"type": "PathPrefix", "value": "/ai/models"}, "headers": [{"type": "Exact", "name": "X-Model", "value": name}]},
        ]
        assert rule["timeouts"] == {"backendRequest": "600s"}
        assert route["metadata"]["annotations"]["konghq.com/strip-path"] == "true"
        asked = {plugins[each]["plugin"]: plugins[each]["config"] for each in route["metadata"]["annotations"]["konghq.com/plugins"].split(",")}
        assert asked["acl"]["allow"] == [name], "another model's key does not open it"
        assert (asked["key-auth"]["hide_credentials"], asked["key-auth"]["key_in_query"]) == (True, False)
        groups = [each for each in consumers[name]["credentials"] if base64.b64decode(found(plays, "secrets")[each]["data"].get("group", "")) == name.encode()]
        assert len(groups) == 1
        assert plugins[f"{name}-consumer-rate-limiting"]["config"]["minute"] in (60, 120)


def test_a_second_run_changes_and_writes_nothing(plays: Plays) -> None:
    made = key_of(plays, "maverick")
    again = play(plays, "site")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output
    assert key_of(plays, "maverick") == made


def test_there_is_no_drift(plays: Plays) -> None:
    calm = play(plays, "drift")
    assert (calm.code, calm.results["drift"], calm.writes) == (0, False, []), calm.output


def test_what_was_made_is_taken_away(plays: Plays) -> None:
    gone = play(plays, "teardown", gateway_api_purge_crds=True, kong_purge_crds=True, inference_gateway_purge_namespaces=True)
    assert gone.code == 0, gone.output
    assert plays.crds() == {}
    left = plays.lab.kubectl("get", "deployments,services,secrets,gatewayclasses,ingressclasses", "-A", "-o", "name", "--ignore-not-found").split()
    assert left == ["service/kubernetes"]
    assert "namespace/ai" not in plays.lab.kubectl("get", "namespaces", "-o", "name").split()
