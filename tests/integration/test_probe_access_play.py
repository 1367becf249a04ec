# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify.yml proves who is let in, with keys of the inventory and one that was made in the cluster, and shows none of them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from contract import kong_crds
from inference_lab import Lab

from .conftest import Cluster
from .fake_gateway import FakeGateway
from .fake_kong import KEY_AUTH, Guard, Kong
from .plays import ROOT, Outcome, Plays
from .test_probe_access import MODELS, route, served

pytestmark = pytest.mark.usefixtures("crds")

GATEWAY = {"name": "gw", "class": "kong", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}


@pytest.fixture(scope="module", autouse=True)
def _kinds(lab: Lab) -> None:
    kong_crds.install(lab)


def verify(cluster: Cluster, gateway: FakeGateway, folder: Path, *options: str, **more: Any) -> tuple[Outcome, str]:
    """The play's outcome, and all that it printed and wrote."""
    variables = {
        "inference_gateway_namespace": cluster.namespace,
        "inference_gateway_verify_address": "127.0.0.1",
        "inference_gateway_verify_port": gateway.port,
        "inference_gateway_verify_models": {f"{cluster.namespace}/{model}": f"model-{model}" for model in MODELS},
        "inference_gateway_verify_who": "headers.nothing",
        "gateways": [GATEWAY],
        "inference_routes": [route(model) for model in MODELS],
        **more,
    }
    plays, report = Plays(cluster.lab, folder), folder / "report.json"
    report.unlink(missing_ok=True)
    done = plays.run(f"{ROOT}/playbooks/verify.yml", plays.inventory(**variables), report, *options, inference_gateway_report=str(report))
    return done, done.output + report.read_text(encoding="utf-8")


def test_keys_are_tried_and_shown_nowhere(cluster: Cluster, tmp_path: Path) -> None:
    given = f"scout-key-{cluster.namespace}"
    consumers = [
        {"name": "scout", "groups": ["scout"], "keys": [{"key": given}]},
        {"name": "maverick", "groups": ["maverick"], "keys": [{"name": "laptop", "generate": True}]},
    ]
    cluster.ok("kong_consumers", kong_consumers=consumers)
    made = base64.b64decode(cluster.get("secret/maverick-key-laptop")["data"]["key"]).decode()
    guards = {model: Guard((model,)) for model in MODELS}
    kong = Kong(served, guards, {given: "scout", made: "maverick"}, {model: (model,) for model in MODELS})
    with FakeGateway(kong) as gateway:
        done, everything = verify(cluster, gateway, tmp_path, "-vvv", "--diff", kong_consumers=consumers)
        assert (done.code, done.changed, done.writes) == (0, 0, []), done.output
        assert (done.results["refuted"], done.results["unproved"]) == (0, 0), done.output
        assert "refusal   403 by the gateway" in done.output
        assert f"with key laptop of {cluster.namespace}/maverick" in done.message
        sent = {seen.headers["apikey"] for seen in gateway.seen if "apikey" in seen.headers}
        assert {given, made} < sent
        for key in sent:
            assert key not in everything
        # Any key opens every model. The key that was made may not be read, and the inventory says it.
        for model in MODELS:
            kong.guards[model] = Guard((model,), plugins=frozenset({KEY_AUTH}))
        more = {
            "inference_gateway_connection": {"kubeconfig": cluster.lab.viewer_kubeconfig},
            "inference_gateway_verify_keys": {f"{cluster.namespace}/maverick/laptop": made},
        }
        done, everything = verify(cluster, gateway, tmp_path, "-vvv", kong_consumers=consumers, **more)
        assert done.code != 0
        assert f"{cluster.namespace}/maverick: access is for maverick alone, and a key of {cluster.namespace}/scout opens it too" in done.message
        assert f"{cluster.namespace}/scout: access is for scout alone, and key laptop of {cluster.namespace}/maverick opens it too" in done.message
        assert "Not read: not allowed" in done.message
        assert (done.results["refuted"], done.results["unproved"]) == (2, 0)
        for key in {seen.headers["apikey"] for seen in gateway.seen if "apikey" in seen.headers}:
            assert key not in everything
