# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declaration proved and refuted through a real gateway: what inference_verify expects of Envoy's answers is what Envoy gives."""

from __future__ import annotations

import json
from typing import Any

from integration.alone import run_module

from .stage import GATEWAY, Stage

CHAT = "/v1/chat/completions"
A, B = {"service": "vllm-a", "port": 8000}, {"service": "vllm-b", "port": 8000}
LISTENERS = [{"name": "http", "port": 80, "protocol": "HTTP"}]
ROUTES: list[dict[str, Any]] = [
    {
        "name": "chat",
        "hostnames": ["chat.example.com", "*.models.example.com"],
        "rules": [
            {"path": CHAT, "headers": {"OpenAI-Model": "gemma:2b"}, "backends": [B]},
            {"path": CHAT, "backends": [{**A, "weight": 80}, {**B, "weight": 20}], "response_headers": {"set": {"x-served-for": "chat"}}},
            {"path": {"exact": "/v1/models"}, "method": "GET", "backends": [A]},
            {"path": "/team", "rewrite": {"path": {"prefix": "/"}}, "query": {"who": "me"}, "backends": [A]},
            {"path": "/old", "redirect": {"path": {"prefix": "/v1"}, "status": 301}},
        ],
    },
    {"name": "all", "rules": [{"path": "/all", "rewrite": {"path": {"prefix": "/v1"}}, "backends": [B]}]},
]


def verify(stage: Stage, routes: list[dict[str, Any]], **params: Any) -> dict[str, Any]:
    entries = [{"parents": [GATEWAY], **route} for route in routes]
    gateways = [{"name": GATEWAY, "class": "istio", "listeners": LISTENERS}]
    cluster = stage.cluster
    args = {"kubeconfig": cluster.kubeconfig, "namespace": cluster.namespace, "gateway_proxy": f"http://{stage.proxy}"}
    return run_module("inference_verify", gateways=gateways, inference_routes=entries, **args, **params)[0]


def test_what_is_declared_is_proved_and_anything_else_refuted(stage: Stage) -> None:
    stage.models("vllm-a")
    stage.models("vllm-b")
    stage.routes(*ROUTES)
    stage.until_served("/all/models")
    result = verify(stage, ROUTES)
    assert not result.get("failed"), result["msg"]
    assert (result["summary"]["refuted"], result["summary"]["unproved"]) == (0, 0), [row for row in result["rows"] if row["verdict"] != "proved"]
    assert {row["kind"] for row in result["rows"]} == {"hit", "near miss", "split", "redirect"}

    wrong = json.loads(json.dumps(ROUTES))
    wrong[0]["rules"][1]["backends"][0]["weight"] = 20
    result = verify(stage, wrong)
    assert [row["kind"] for row in result["rows"] if not row["ok"]] == ["split"]
    assert "where 50.0% is declared" in result["msg"]

    # A rule that nobody declared any more, but that is still served.
    result = verify(stage, [*ROUTES[:1], {"name": "all", "rules": [{"path": "/all/models", "backends": [B]}]}])
    assert result["failed"]
