# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_verify against gateways on loopback that serve what is declared, or something else."""

from __future__ import annotations

import json
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inference_lab.certs import Authority

from .alone import run_module
from .fake_gateway import NOBODY, FakeGateway, Rules, Seen, Served, in_turn

CHAT = "/v1/chat/completions"
GATEWAY = {"name": "gw", "class": "istio", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
SPLIT = [{"service": "a", "port": 1, "weight": 80}, {"service": "b", "port": 1, "weight": 20}]
ROUTES: list[dict[str, Any]] = [
    {
        "name": "chat",
        "parents": ["gw"],
        "hostnames": ["chat.example.com"],
        "rules": [
            {"path": CHAT, "headers": {"OpenAI-Model": "gemma"}, "backends": [{"service": "a", "port": 1}]},
            {"path": CHAT, "backends": SPLIT, "response_headers": {"set": {"x-route": "chat"}}},
            {"path": {"exact": "/old"}, "redirect": {"path": {"full": CHAT}, "status": 301}},
        ],
    },
    {"name": "pool", "parents": ["gw"], "rules": [{"path": "/pool", "rewrite": {"path": {"prefix": "/"}}, "backends": [{"pool": "p"}]}]},
]
MODELS = {"ai/a": ["m", "gemma"], "ai/b": "m", "pool ai/p": ["q"]}


def honest() -> Rules:
    turns = in_turn("a-0", "a-1", "b-0", "a-0", "a-1")

    def rules(seen: Seen) -> Served:
        chat = seen.path == CHAT or seen.path.startswith(CHAT + "/")
        if seen.host == "chat.example.com" and chat:
            if seen.headers.get("openai-model") == "gemma":
                return Served("a-0")
            return replace(turns(), headers={"x-route": "chat"})
        if seen.host == "chat.example.com" and seen.path == "/old":
            return Served(status=301, headers={"location": f"http://chat.example.com{CHAT}"})
        if seen.host != "chat.example.com" and (seen.path == "/pool" or seen.path.startswith("/pool/")):
            return Served("p-0", model="q")
        return NOBODY

    return rules


def verify(rules: Rules, routes: list[dict[str, Any]] | None = None, **params: Any) -> tuple[dict[str, Any], list[Seen]]:
    """The module's result, and what the gateway saw."""
    with FakeGateway(rules) as gateway:
        args = {"gateways": [GATEWAY], "inference_routes": ROUTES if routes is None else routes, "namespace": "ai", "read_cluster": False}
        args |= {"address": "127.0.0.1", "port": gateway.port, "models": MODELS, "who": "headers.nothing", **params}
        return run_module("inference_verify", **args)[0], gateway.seen


def by_model(rules: Rules) -> Rules:
    """The same gateway with backends that are told apart by the model that they serve."""

    def told(seen: Seen) -> Served:
        served = rules(seen)
        return replace(served, model=f"model-{served.pod[0]}") if served.pod else served

    return told


TOLD = {"models": {"ai/a": ["model-a", "m", "gemma"], "ai/b": ["model-b", "m"], "pool ai/p": ["model-p"]}}


def refuted(rules: Rules, **params: Any) -> list[str]:
    """What is refuted, as ``route rule kind: why``."""
    result, _seen = verify(by_model(rules), **{**TOLD, **params})
    assert result.get("failed"), result
    return [f"{row['route']} {row['rule']} {row['kind']}: {row['why']}" for row in result["rows"] if not row["ok"]]


def test_what_is_served_as_declared_is_proved() -> None:
    result, seen = verify(by_model(honest()), **TOLD)
    assert not result.get("failed"), result.get("msg")
    assert result["summary"] == {"proved": len(result["rows"]), "refuted": 0, "unproved": 0}
    kinds = [(row["route"], row["rule"], row["kind"]) for row in result["rows"]]
    for row in (("ai/chat", "rules[0]", "hit"), ("ai/chat", "rules[1]", "split"), ("ai/chat", "rules[2]", "redirect"), ("ai/pool", "rules[0]", "near miss")):
        assert row in kinds
    split = next(row for row in result["rows"] if row["kind"] == "split")
    assert (split["expected"], split["split"]["ok"], split["split"]["answers"]) == ("ai/a 80, ai/b 20", True, 262)
    assert {each.host for each in seen} >= {"chat.example.com", "host-other.example.com", "127.0.0.1"}
    assert result["changed"] is False


def test_answers_that_do_not_tell_who_gave_them_prove_little() -> None:
    def silent(seen: Seen) -> Served:
        served = honest()(seen)
        return replace(served, silent=bool(served.pod), model="")

    result, _seen = verify(silent, models={})
    assert not result.get("failed")
    verdicts = {row["verdict"] for row in result["rows"] if row["kind"] in ("hit", "split")}
    assert verdicts == {"unproved"}
    assert result["summary"]["proved"] > 0  # who answers with nothing of a backend is the gateway


def test_backends_that_serve_the_same_are_not_told_apart_by_it() -> None:
    rules = honest()
    result, _seen = verify(rules, models={"ai/a": ["m", "gemma"], "ai/b": ["m"], "pool ai/p": ["q"]})
    (split,) = [row for row in result["rows"] if row["kind"] == "split"]
    assert (split["verdict"], split["why"]) == ("unproved", "ai/a and ai/b share pods or models")


def test_wrong_weights_are_refuted() -> None:
    """The fault in the expectation: 80 to 20 is served, half and half declared."""
    routes = json.loads(json.dumps(ROUTES))
    routes[0]["rules"][1]["backends"][0]["weight"] = routes[0]["rules"][1]["backends"][1]["weight"] = 50
    (line,) = refuted(honest(), routes=routes)
    assert line.startswith("ai/chat rules[1] split: the split over")
    assert "where 50.0% is declared" in line


def test_a_backend_of_weight_zero_must_not_answer() -> None:
    routes = json.loads(json.dumps(ROUTES))
    routes[0]["rules"][1]["backends"] = [{"service": "a", "port": 1}, {"service": "b", "port": 1, "weight": 0}]
    assert any("ai/b answered" in line for line in refuted(honest(), routes=routes))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        # A route that is not served at all.
        (lambda seen, served: NOBODY if seen.path.startswith("/pool") else served, "ai/pool rules[0] hit: status 404"),
        # The header counts for nothing.
        (lambda seen, served: Served("b-0") if "openai-model" in seen.headers and served.pod else served, "ai/chat rules[0] hit: ai/b answered"),
        # The path is a prefix of characters.
        (lambda seen, served: Served("p-0") if seen.path.startswith("/pool-") else served, "ai/pool rules[0] near miss: a backend answered"),
        # Every host is served.
        (lambda seen, served: Served("a-0") if seen.host.startswith("host-other") else served, "ai/chat rules[0] near miss: a backend answered"),
        # The backend is not there.
        (lambda _seen, served: replace(NOBODY, status=503) if served.pod[:1] == "p" else served, "ai/pool rules[0] hit: status 503"),
        # The gateway answers in its place.
        (lambda _seen, served: Served() if served.pod[:1] == "p" else served, "ai/pool rules[0] hit: the gateway answered 200 by itself"),
        # Somebody else.
        (lambda _seen, served: Served("z-0") if served.pod[:1] == "p" else served, "ai/pool rules[0] hit: model-z answered, which no declared backend has"),
        # The redirect leads elsewhere, or is none.
        (lambda seen, served: replace(served, headers={"location": "/v2"}) if seen.path == "/old" else served, "redirect: location is /v2"),
        (lambda seen, served: replace(served, status=302) if seen.path == "/old" else served, "redirect: status 302"),
        # The header of the answer is missing.
        (lambda seen, served: replace(served, headers={}) if seen.path == CHAT else served, "hit: header x-route is missing, not chat"),
        # A few requests fail.
        (lambda _seen, served: replace(served, status=500) if served.pod == "b-0" else served, "split: 5"),
    ],
)
def test_what_is_not_served_as_declared_is_refuted(change: Any, wrong: str) -> None:
    rules = honest()
    lines = refuted(lambda seen: change(seen, rules(seen)))
    assert any(wrong in line for line in lines), lines


def test_a_gateway_that_is_not_there() -> None:
    result, _seen = verify(honest(), port=1)
    assert {row["seen"] for row in result["rows"]} == {"connect_refused", "262 x connect_refused"}
    assert result["summary"]["proved"] == 0
    result, _seen = verify(honest(), address=None)
    assert "Gateway ai/gw: has no address" in result["msg"]


def test_input_is_refused_before_anything_is_sent() -> None:
    result, seen = verify(honest(), routes=[{"name": "x", "rules": [{"pathh": "/"}]}])
    assert "Did you mean path?" in result["msg"]
    assert not seen
    result, _seen = verify(honest(), routes=[])
    assert "No route is declared" in result["msg"]


def test_lists_from_files(tmp_path: Any) -> None:
    file = tmp_path / "routes.yml"
    file.write_text(json.dumps({"inference_routes": ROUTES}), encoding="utf-8")
    result, _seen = verify(by_model(honest()), inference_routes=None, inference_routes_src=str(file), **TOLD)
    assert result["summary"]["refuted"] == 0


def test_headers_for_every_request_are_kept_secret() -> None:
    result, seen = verify(honest(), headers={"Authorization": "Bearer sesame-open-now"})
    assert {each.headers["authorization"] for each in seen} == {"Bearer sesame-open-now"}
    assert "sesame-open-now" not in json.dumps(result)


def test_a_listener_of_tls_is_asked_by_its_name(tmp_path: Path) -> None:
    """The server turns away names that it does not know, as gateways do: that is as good as a 404. That its certificate does not fit them is not."""
    authority = Authority(tmp_path)
    authority.issue("server", "server")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    names: list[str | None] = []

    def by_name(_socket: object, name: str | None, _context: object) -> int | None:
        names.append(name)
        return None if name == "kubernetes.default" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context.sni_callback = by_name
    listeners = [{"name": "https", "port": 443, "hostname": "kubernetes.default", "tls": {"certificates": ["c"]}}]
    routes = [{"name": "r", "parents": ["gw"], "rules": [{"path": "/v1", "backends": [{"service": "a", "port": 1}]}]}]

    def rules(seen: Seen) -> Served:
        return Served("a-0") if seen.host == "kubernetes.default" and seen.path.startswith("/v1/") else NOBODY

    with FakeGateway(rules, context) as gateway:
        args = {"gateways": [{**GATEWAY, "listeners": listeners}], "inference_routes": routes, "namespace": "ai", "read_cluster": False}
        args |= {"address": "127.0.0.1", "port": gateway.port, "models": {"ai/a": "m"}, "gateway_ca_file": str(tmp_path / "ca.crt")}
        result = run_module("inference_verify", **args)[0]
        assert not result.get("failed"), result["msg"]
        assert [(row["kind"], row["verdict"], row["seen"]) for row in result["rows"]] == [
            ("hit", "proved", "200 by ai/a (a-0)"),
            ("near miss", "proved", "404 by the gateway"),
            ("near miss", "proved", "tls"),
        ]
        assert set(names) == {"kubernetes.default", "host-other.default"}
        del args["gateway_ca_file"]
        assert "local issuer certificate" in run_module("inference_verify", **args)[0]["msg"]
        assert not run_module("inference_verify", validate_gateway_certs=False, **args)[0].get("failed")

        def everybody(_socket: object, _name: str | None, _context: object) -> int | None:
            return None

        context.sni_callback = everybody
        gateway.rules = lambda seen: Served("a-0") if seen.path.startswith("/v1/") else NOBODY
        result = run_module("inference_verify", validate_gateway_certs=False, **args)[0]
        assert [row["why"] for row in result["rows"] if not row["ok"]] == ["a backend answered what is not declared"]
