# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""traffic_probe against servers on loopback that go wrong in every way that the module has a name for. Needs no lab."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest
from inference_lab.certs import Authority

from .alone import run_module
from .model_server import ConnectProxy, ModelServer

SECRET = "sk-very-secret-value"


def run(probes: list[dict[str, Any]], **params: Any) -> tuple[dict[str, Any], str]:
    return run_module("traffic_probe", probes=probes, **params)


def probe(server: ModelServer, **fields: Any) -> dict[str, Any]:
    """One probe of the server; its part of the result, whether or not the module failed."""
    fields = {"url": f"http://127.0.0.1:{server.port}/v1/chat/completions", "model": "m", **fields}
    result, _printed = run([{name: value for name, value in fields.items() if value is not None}])
    assert "probes" in result, result["msg"]
    assert result["probes"][0]["ok"] is not bool(result.get("failed"))
    return result["probes"][0]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(["ai/a-0", "ai/a-1", "ai/b-0", "ai/a-0"]) as running:
        yield running


def test_counts_names_and_figures(server: ModelServer) -> None:
    seen = probe(server, count=20, concurrency=4, groups={"a": ["ai/a-*"], "b": ["ai/b-0"]})
    assert (seen["sent"], seen["statuses"], seen["answered_by"], seen["models"]) == (20, {"200": 20}, {"a": 15, "b": 5}, {"m": 20})
    assert seen["tokens"] == 140
    assert set(seen["latency_ms"]) == {"p50", "p90", "p95", "p99", "max"}
    assert 0 < seen["latency_ms"]["p50"] <= seen["latency_ms"]["p99"] <= seen["latency_ms"]["max"]
    assert server.most_at_once <= 4


def test_what_is_sent(server: ModelServer) -> None:
    probe(server, prompt="Hello?", max_tokens=3, headers={"OpenAI-Model": "m", "Host": None} | {"Host": "b.example"})
    method, path, headers, body = server.seen[-1]
    assert (method, path, headers["Host"], headers["OpenAI-Model"]) == ("POST", "/v1/chat/completions", "b.example", "m")
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"model": "m", "messages": [{"role": "user", "content": "Hello?"}], "max_tokens": 3}
    probe(server, url=f"http://127.0.0.1:{server.port}", path="/v1/../x%2Fy?a=b%20c", model=None, method="DELETE", host="c.example")
    assert server.seen[-1][:2] == ("DELETE", "/v1/../x%2Fy?a=b%20c")
    assert server.seen[-1][2]["Host"] == "c.example"
    probe(server, model=None, body={"model": "z"})
    assert (server.seen[-1][0], json.loads(server.seen[-1][3])) == ("POST", {"model": "z"})


def test_address_stands_in_for_the_name(server: ModelServer) -> None:
    seen = probe(server, url="http://no-such-name.invalid/v1/chat/completions", address="127.0.0.1", port=server.port, expect={"model": "m"})
    assert seen["ok"]
    assert server.seen[-1][2]["Host"] == "no-such-name.invalid"


@pytest.mark.parametrize(
    ("what", "fields", "error"),
    [
        ("reset", {}, "reset"),
        ("garbage", {}, "protocol"),
        ("hang", {"timeout": "200ms"}, "timeout"),
        ("half", {}, "incomplete"),
        ("cut", {"stream": True}, "incomplete_stream"),
        ("stop", {"stream": True}, "incomplete_stream"),
        ("sick", {"stream": True}, "stream_error"),
        ("hang", {"deadline": "200ms", "count": 3, "concurrency": 3}, "deadline"),
    ],
)
def test_every_fault_has_its_name(server: ModelServer, what: str, fields: dict[str, Any], error: str) -> None:
    seen = probe(server, headers={"x-do": what}, expect={"status": 200}, **fields)
    assert (seen["errors"], seen["ok"]) == ({error: seen["sent"]}, False)
    assert seen["latency_ms"] == {}, "what did not end well took no time that anybody could compare"
    assert error in seen["failures"][0]
    assert probe(server, headers={"x-do": what}, expect={"error": error}, **fields)["ok"]
    assert not probe(server, expect={"error": error})["ok"]


def test_nothing_listens_and_no_such_name(server: ModelServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert probe(server, url=f"http://127.0.0.1:{port}/")["errors"] == {"connect_refused": 1}
    assert probe(server, url="http://no-such-name.invalid/")["errors"] == {"dns": 1}


def test_time_to_the_first_token_is_not_the_whole_time(server: ModelServer) -> None:
    seen = probe(server, stream=True, count=3, expect={"max_ttft_ms": 80})
    assert seen["ok"], seen["failures"]
    assert seen["time_to_first_token_ms"]["max"] < 80 < 100 <= seen["latency_ms"]["p50"]
    assert (seen["tokens"], seen["models"], seen["samples"][0]["text"]) == (3 * 42, {"m": 3}, "word0 word1 word2 word3 word4 ")
    assert json.loads(server.seen[-1][3])["stream_options"] == {"include_usage": True}
    assert "only streams have it" in probe(server, expect={"max_ttft_ms": 80})["failures"][0]


def test_limits_are_held(server: ModelServer) -> None:
    slow = {"headers": {"x-do": "slow"}, "count": 4}
    assert probe(server, **slow, expect={"max_p95_ms": 5000, "max_ms": 5000})["ok"]
    failures = probe(server, **slow, expect={"max_p50_ms": 20, "min_requests_per_second": 1000})["failures"]
    assert ["latency p50 of at most 20 ms" in failures[0], "at least 1000 requests per second" in failures[1]] == [True, True]


def test_rate_and_duration(server: ModelServer) -> None:
    began = time.monotonic()
    seen = probe(server, count=11, concurrency=5, rate=50)
    assert time.monotonic() - began >= 0.2
    assert seen["requests_per_second"] <= 55
    seen = probe(server, duration="300ms", rate=40, concurrency=3)
    assert 6 <= seen["sent"] <= 12
    assert seen["not_sent"] == 0


def test_deadline_counts_what_was_not_sent(server: ModelServer) -> None:
    seen = probe(server, headers={"x-do": "slow"}, count=100, deadline="300ms", expect={"failures": 100})
    assert seen["sent"] + seen["not_sent"] == 100
    assert seen["not_sent"] > 80
    assert "not sent before the deadline" in seen["failures"][0]


def test_connections_are_used_again_unless_told(server: ModelServer) -> None:
    probe(server, count=6)
    assert len(server.connections) == 1
    probe(server, count=6, keep_alive=False)
    assert len(server.connections) == 7


def test_expectations_that_are_met_and_missed(server: ModelServer) -> None:
    assert probe(server, headers={"x-do": "404"}, expect={"status": 404})["ok"]
    assert probe(server, headers={"x-do": "404"}, expect={"status": [403, 404]})["ok"]
    assert "4 x status 503" in probe(server, headers={"x-do": "503"}, count=4, expect={})["failures"][0]
    assert probe(server, headers={"x-do": "503"}, count=4, expect={"failures": 4})["ok"]
    assert not probe(server, headers={"x-do": "503"}, count=4, expect={"failures": 3})["ok"]
    assert probe(server, count=4, expect={"answered_by": ["ai/*"], "model": "m", "headers": {"X-Inference-Pod": {"regex": "ai/.-."}}})["ok"]
    failures = probe(server, count=4, expect={"answered_by": "ai/a-*", "model": "q*", "headers": {"x-other": "1"}})["failures"]
    assert failures == ["expected model q*, got 4 x m", "expected an answer by ai/a-*, got 1 x ai/b-0", "expected header x-other: 1, got none"]


def test_a_split_is_proved_and_a_wrong_one_refuted(server: ModelServer) -> None:
    groups = {"a": ["ai/a-*"], "b": ["ai/b-*"]}
    good = probe(server, groups=groups, concurrency=4, expect={"split": {"a": 75, "b": 25}})
    assert good["ok"]
    assert good["split"]["ok"]
    assert good["split"]["answers"] == good["sent"] > 200
    bad = probe(server, groups=groups, count=good["sent"], concurrency=4, expect={"split": {"a": 25, "b": 75}})
    assert not bad["ok"]
    assert "a 75." in bad["failures"][0]
    assert "where 25.0% is declared" in bad["failures"][0]
    assert not probe(server, groups=groups, count=100, expect={"split": {"a": 1}})["ok"]


def test_who_answered_by_an_expression(server: ModelServer) -> None:
    assert probe(server, who="body.choices[0].message.content")["answered_by"] == {"yes": 1}
    result, _printed = run([{"url": "http://a.example/", "who": "headers.x-b["}])
    assert "probes[0].who: is no JMESPath expression" in result["msg"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("ca"))
    made.issue("server", "server")
    return made


@pytest.fixture
def secure(authority: Authority) -> Iterator[ModelServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.folder / "server.crt", authority.folder / "server.key")
    names: list[str | None] = []

    def note(_socket: object, name: str | None, _context: object) -> None:
        names.append(name)

    context.sni_callback = note
    with ModelServer(tls=context) as running:
        running.asked_names = names  # type: ignore[attr-defined]
        yield running


def test_tls_by_an_authority_of_ones_own(secure: ModelServer, authority: Authority) -> None:
    ca = str(authority.folder / "ca.crt")
    url = f"https://localhost:{secure.port}/"
    assert probe(secure, url=url, tls={"ca_file": ca}, expect={})["ok"]
    assert probe(secure, url=url)["errors"] == {"tls": 1}
    assert "local issuer certificate" in probe(secure, url=url)["error_details"]["tls"]
    assert probe(secure, url=url, tls={"verify": False}, expect={})["ok"]
    other = f"https://other.example:{secure.port}/"
    wrong = probe(secure, url=other, address="127.0.0.1", tls={"ca_file": ca})
    assert "other.example" in wrong["error_details"]["tls"]
    assert probe(secure, url=other, address="127.0.0.1", tls={"ca_file": ca, "server_name": "kubernetes"}, expect={})["ok"]
    assert secure.asked_names[-1] == "kubernetes"  # type: ignore[attr-defined]
    assert secure.seen[-1][2]["Host"] == f"other.example:{secure.port}"
    assert probe(secure, url=None, address="127.0.0.1", port=secure.port, host="kubernetes", tls={"ca_file": ca}, expect={})["ok"]


def test_plain_http_to_a_tls_port_and_the_other_way(secure: ModelServer, server: ModelServer) -> None:
    assert set(probe(server, url=f"https://127.0.0.1:{server.port}/")["errors"]) == {"tls"}
    assert set(probe(secure, url=f"http://127.0.0.1:{secure.port}/")["errors"]) <= {"reset", "protocol"}


def test_proxy_is_asked_to_connect(server: ModelServer, secure: ModelServer, authority: Authority) -> None:
    with ConnectProxy({"10.244.0.7:8000": server.port, "10.244.0.7:443": secure.port}) as proxy:
        way = {"proxy": f"http://user:{SECRET}@127.0.0.1:{proxy.port}", "address": "10.244.0.7", "expect": {}}
        assert probe(server, url="http://chat.example/", port=8000, **way)["ok"]
        assert probe(server, url="https://kubernetes/", tls={"ca_file": str(authority.folder / "ca.crt")}, **way)["ok"]
        assert [target for target, _authorization in proxy.asked] == ["10.244.0.7:8000", "10.244.0.7:443"]
        assert proxy.asked[0][1].startswith("Proxy-Authorization: Basic ")
        assert SECRET not in run([{"url": "http://a.example", **way}])[1]
    assert probe(server, url="http://chat.example/", **way)["errors"] == {"proxy": 1}
    with ConnectProxy(status="502 Bad Gateway") as proxy:
        seen = probe(server, url="http://chat.example/", proxy=f"http://127.0.0.1:{proxy.port}")
        assert "502 Bad Gateway" in seen["error_details"]["proxy"]


def test_secrets_are_shown_nowhere(server: ModelServer) -> None:
    url = f"http://127.0.0.1:{server.port}/?key={SECRET}-in-url"
    headers = {"Authorization": f"Bearer {SECRET}", "apikey": SECRET, "x-do": "401", "x-plain": "to be seen"}
    result, printed = run([{"url": url, "headers": headers, "expect": {}}])
    assert result["failed"]
    assert server.seen[-1][2]["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in printed
    assert "to be seen" in printed
    assert "as you like" in result["probes"][0]["samples"][0]["text"]
    _result, printed = run([{"url": url, "headers": headers, "no_such_field": 1}])
    assert SECRET not in printed
    _result, printed = run([{"url": f"http://user:{SECRET}@127.0.0.1/"}])
    assert SECRET not in printed


def test_input_is_refused_as_a_whole() -> None:
    result, _printed = run([{"name": "one"}, {"url": "http://a/x", "path": "/y", "expect": {"stauts": 200}, "timeout": 5, "tls": {}}])
    for words in ("probes[0] (one): says not where to send", "unknown field stauts. Did you mean status?", "probes[1].timeout: expected a duration"):
        assert words in result["msg"]
    result, _printed = run([{"url": "https://a/", "tls": {"ca_file": "/no/such/file"}}])
    assert "probes[0].tls.ca_file: cannot be read" in result["msg"]


def test_check_mode_measures_all_the_same(server: ModelServer) -> None:
    result, _printed = run([{"url": f"http://127.0.0.1:{server.port}/"}], _ansible_check_mode=True)
    assert (result["changed"], result["probes"][0]["statuses"]) == (False, {"200": 1})


def test_several_at_once(server: ModelServer) -> None:
    probes = [{"name": str(index), "url": f"http://127.0.0.1:{server.port}/", "headers": {"x-do": "slow"}} for index in range(8)]
    result, _printed = run(probes, parallel=4)
    assert [row["name"] for row in result["probes"]] == [str(index) for index in range(8)]
    assert server.most_at_once == 4
