# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process itself: pods are addresses of 127.0.0.0/8, requests are real."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from simulated import NET, Simulated, ollama, pod, sglang, vllm

from .conftest import CHAT, HELLO, Test, ask, until


def test_each_address_is_its_own_pod(simulated: Simulated, client: Callable[[Test], None]) -> None:
    pods = [vllm(f"{NET}.1", "a", "m"), vllm(f"{NET}.2", "b", "m"), sglang(f"{NET}.3", "s", "m"), ollama(f"{NET}.4", "o", "m:1b")]
    assert simulated.apply(*pods) == {"listening": [8000, 11434, 30000], "pods": 4, "problems": []}

    async def test(session: aiohttp.ClientSession) -> None:
        texts = set()
        for name, model in (("a", "m"), ("b", "m"), ("s", "m"), ("o", "m:1b")):
            status, body, headers = await ask(session, simulated.url(name), model)
            assert (status, headers["x-inference-pod"], headers["x-inference-model"], body["model"]) == (200, f"ai/{name}", model, model)
            texts.add(body["choices"][0]["message"]["content"])
        assert len(texts) == 4

    client(test)


def test_an_address_of_no_pod_is_refused(simulated: Simulated) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m"), vllm(f"{NET}.2", "late", "m", never_ready="true"))
    for address in (f"{NET}.2", f"{NET}.9"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, 8000), timeout=5)


PAGES = [
    ("a", "GET", "/health", 200, ""),
    ("a", "GET", "/ping", 200, ""),
    ("a", "GET", "/version", 200, '{"version":"0.18.1"}'),
    ("a", "GET", CHAT, 405, '{"error":{"message":"Method Not Allowed","type":"Method Not Allowed","param":null,"code":405}}'),
    ("a", "DELETE", "/v1/models", 405, '{"error":{"message":"Method Not Allowed","type":"Method Not Allowed","param":null,"code":405}}'),
    ("a", "GET", "/api/tags", 404, '{"error":{"message":"Not Found","type":"Not Found","param":null,"code":404}}'),
    ("s", "GET", "/health_generate", 200, ""),
    ("s", "GET", "/get_model_info", 200, '{"model_path":"m","tokenizer_path":"m","is_generation":true}'),
    ("s", "GET", "/version", 404, '{"object":"error","message":"Not Found","type":"Not Found","param":null,"code":404}'),
    ("o", "GET", "/", 200, "Ollama is running"),
    ("o", "HEAD", "/", 200, ""),
    ("o", "GET", "/api/version", 200, '{"version":"0.32.15"}'),
    ("o", "GET", "/health", 404, "404 page not found"),
    ("o", "GET", "/api/show", 405, "405 method not allowed"),
    ("o", "GET", "/metrics", 404, "404 page not found"),
]


def test_pages_of_the_engines(simulated: Simulated, client: Callable[[Test], None]) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m"), sglang(f"{NET}.2", "s", "m"), ollama(f"{NET}.3", "o", "m:1b"))

    async def test(session: aiohttp.ClientSession) -> None:
        for name, method, path, status, text in PAGES:
            async with session.request(method, simulated.url(name) + path) as answer:
                assert (name, path, answer.status, await answer.text()) == (name, path, status, text)

    client(test)


def test_refusals_reach_the_client(simulated: Simulated, client: Callable[[Test], None]) -> None:
    container = {"image": "vllm/vllm-openai:v1", "args": ["--model", "m", "--api-key", "right"]}
    simulated.apply(vllm(f"{NET}.1", "a", "m"), ollama(f"{NET}.3", "o"), pod(f"{NET}.4", "k", container))

    async def test(session: aiohttp.ClientSession) -> None:
        status, body, headers = await ask(session, simulated.url("a"), "x")
        assert (status, body["error"]["message"], headers["x-inference-pod"]) == (404, "The model `x` does not exist.", "ai/a")
        async with session.post(simulated.url("a") + CHAT, data=b"{") as answer:
            assert answer.status == 400
        status, body, headers = await ask(session, simulated.url("o"), "x")
        assert (status, body["error"]["type"]) == (404, "not_found_error")
        for key, expected in (({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "Bearer right"}, 200)):
            async with session.get(simulated.url("k") + "/v1/models", headers=key) as answer:
                assert answer.status == expected

    client(test)


def test_ollama_pulls_into_one_pod(simulated: Simulated, client: Callable[[Test], None]) -> None:
    pods = [ollama(f"{NET}.3", "o", "gemma:2b"), ollama(f"{NET}.4", "p")]
    simulated.apply(*pods)

    async def names(session: aiohttp.ClientSession, name: str, path: str = "/api/tags") -> list[str]:
        async with session.get(simulated.url(name) + path) as answer:
            return [model["name"] for model in (await answer.json())["models"]]

    async def test(session: aiohttp.ClientSession) -> None:
        async with session.post(simulated.url("o") + "/api/pull", json={"model": "qwen"}) as answer:
            lines = [json.loads(line) for line in (await answer.text()).splitlines()]
        assert lines[-1] == {"status": "success"}
        async with session.post(simulated.url("o") + "/api/pull", json={"model": "smol:1b", "stream": False}) as answer:
            assert await answer.json() == {"status": "success"}
        assert await names(session, "o") == ["gemma:2b", "qwen:latest", "smol:1b"]
        assert await names(session, "p") == []
        assert (await ask(session, simulated.url("o"), "qwen"))[0] == 200
        assert await names(session, "o", "/api/ps") == ["qwen:latest"]
        async with session.post(simulated.url("o") + "/api/show", json={"model": "smol:1b"}) as answer:
            assert (answer.status, (await answer.json())["details"]["parameter_size"]) == (200, "1B")
        async with session.post(simulated.url("p") + "/api/show", json={"model": "smol:1b"}) as answer:
            assert (answer.status, await answer.json()) == (404, {"error": "model 'smol:1b' not found"})
        simulated.apply(*pods, vllm(f"{NET}.5", "a", "m"))
        assert await names(session, "o") == ["gemma:2b", "qwen:latest", "smol:1b"], "what another pod does leaves this one alone"
        async with session.delete(simulated.url("o") + "/api/delete", json={"model": "qwen"}) as answer:
            assert answer.status == 200
        assert await names(session, "o") == ["gemma:2b", "smol:1b"]
        simulated.apply()
        simulated.apply(*pods)
        assert await names(session, "o") == ["gemma:2b"], "a new pod has an empty disk"
        async with session.post(simulated.url("o") + "/api/pull", json={"model": "qwen", "stream": False}) as answer:
            assert answer.status == 200
        simulated.apply(ollama(f"{NET}.3", "another"))
        assert await names(session, "another") == [], "so has another one with the same address"

    client(test)


def test_the_table_changes_under_load(simulated: Simulated, client: Callable[[Test], None]) -> None:
    """Pods come and go; those that stay answer every request, and a pod that goes ends what it has begun."""
    stay = [vllm(f"{NET}.1", "a", "m"), vllm(f"{NET}.2", "b", "m")]
    slow = vllm(f"{NET}.3", "slow", "m", latency="300ms")
    simulated.apply(*stay, slow)

    async def test(session: aiohttp.ClientSession) -> None:
        done = asyncio.Event()

        async def load(url: str) -> list[int]:
            found = []
            while not done.is_set():
                found.append((await ask(session, url))[0])
            return found

        loads = [asyncio.create_task(load(simulated.url(name))) for name in ("a", "b", "a", "b")]
        begun = asyncio.create_task(ask(session, simulated.url("slow")))
        await until(session, simulated.url("slow"), {"vllm:num_requests_running": 1})
        for turn in range(10):
            more = [vllm(f"{NET}.{20 + number}", f"x{number}", "m", port=9000 + number) for number in range(turn % 4)]
            answer = await asyncio.to_thread(simulated.apply, *stay, *more)
            assert answer == {"listening": sorted({8000} | {9000 + number for number in range(turn % 4)}), "pods": 2 + turn % 4, "problems": []}
        done.set()
        statuses = [status for found in await asyncio.gather(*loads) for status in found]
        assert len(statuses) > 4
        assert set(statuses) == {200}
        assert (await begun)[0] == 200

    client(test)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((f"{NET}.3", 8000), timeout=5)


def test_a_pod_that_goes_takes_idle_connections_along(simulated: Simulated) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m"))
    with socket.create_connection((f"{NET}.1", 8000), timeout=10) as idle:
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        simulated.apply()
        assert idle.recv(4096) == b""


def test_another_pod_takes_over_the_address_at_once(simulated: Simulated, client: Callable[[Test], None]) -> None:
    """Although the one before still has a request that it does not end."""
    simulated.apply(vllm(f"{NET}.1", "a", "m", hang="true"))

    async def test(session: aiohttp.ClientSession) -> None:
        hanging = asyncio.create_task(ask(session, simulated.url("a")))
        await until(session, simulated.url("a"), {"vllm:num_requests_running": 1})
        assert (await asyncio.to_thread(simulated.apply, vllm(f"{NET}.1", "b", "m")))["problems"] == []
        async with aiohttp.ClientSession() as other:
            assert (await ask(other, simulated.url("b")))[2]["x-inference-pod"] == "ai/b"
        hanging.cancel()

    client(test)


def test_long_prompts_pass(simulated: Simulated, client: Callable[[Test], None]) -> None:
    """Two megabytes, announced by Expect as curl does it."""
    simulated.apply(vllm(f"{NET}.1", "a", "m"), sglang(f"{NET}.2", "s", "m"), ollama(f"{NET}.3", "o", "m"))

    async def test(session: aiohttp.ClientSession) -> None:
        body = {"model": "m", "messages": [{"role": "user", "content": "word " * 400_000}]}
        async with session.post(simulated.url("a") + CHAT, json=body, expect100=True) as answer:
            assert (answer.status, (await answer.json())["error"]["param"]) == (400, "input_tokens")
        async with session.post(simulated.url("o") + CHAT, json=body, expect100=True) as answer:
            assert (answer.status, (await answer.json())["usage"]["prompt_tokens"]) == (200, 400_007)

    client(test)


def test_a_taken_port_is_a_problem_and_no_crash(simulated: Simulated) -> None:
    with socket.create_server((f"{NET}.7", 8000)):
        answer = simulated.apply(vllm(f"{NET}.7", "a", "m"), vllm(f"{NET}.8", "b", "m"), vllm("192.0.2.1", "c", "m"))
        assert answer["pods"] == 1
        assert [problem.partition(": ")[0] for problem in answer["problems"]] == ["ai/a", "ai/c"]
        assert f"cannot listen on {NET}.7:8000" in answer["problems"][0]
        assert simulated.apply(vllm(f"{NET}.7", "a", "m"))["problems"] == answer["problems"][:1], "told again as long as it lasts"
        assert simulated.log.read_text().count(answer["problems"][0]) == 1, "but logged once"
    assert simulated.apply(vllm(f"{NET}.7", "a", "m"))["problems"] == []


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"pods": 5}', "{}"])
def test_a_line_that_is_no_table_changes_nothing(simulated: Simulated, line: str) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m"))
    answer = simulated.say(line)
    assert (answer["listening"], answer["pods"]) == ([8000], 1)
    assert len(answer["problems"]) == 1
    socket.create_connection((f"{NET}.1", 8000), timeout=5).close()


@pytest.mark.parametrize("wrong", [5, {"address": f"{NET}.1", "containers": "x"}, {"address": 7, "containers": [{"image": "ollama/ollama"}]}])
def test_a_wrong_entry_leaves_the_others_alone(simulated: Simulated, wrong: Any) -> None:
    answer = simulated.say(json.dumps({"pods": [wrong, vllm(f"{NET}.2", "a", "m")]}))
    assert (answer["listening"], answer["pods"], len(answer["problems"])) == ([8000], 1, 1)


def test_the_end_of_stdin_ends_it(tmp_path: Path) -> None:
    with Simulated(tmp_path / "simulator.log") as simulated:
        simulated.apply(vllm(f"{NET}.1", "a", "m", hang="true"))
        _end_it(simulated)


def _end_it(simulated: Simulated) -> None:
    with socket.create_connection((f"{NET}.1", 8000), timeout=10) as hanging:
        body = json.dumps({"model": "m", "messages": HELLO}).encode()
        hanging.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        assert simulated.process.stdin
        simulated.process.stdin.close()
        assert simulated.process.wait(10) == 0
    assert "Traceback" not in simulated.log.read_text()


def test_throughput(simulated: Simulated, client: Callable[[Test], None]) -> None:
    """The simulator must not be what a measurement measures: a thousand answers for each second of processor time, however busy the machine is."""
    simulated.apply(vllm(f"{NET}.1", "a", "m", slots="64"))
    number, hands = 1500, 16

    async def test(session: aiohttp.ClientSession) -> None:
        async def hand() -> list[int]:
            return [(await ask(session, simulated.url("a")))[0] for _turn in range(number // hands)]

        before = processor_time(simulated.process.pid)
        statuses = [status for found in await asyncio.gather(*(hand() for _hand in range(hands))) for status in found]
        spent = processor_time(simulated.process.pid) - before
        assert set(statuses) == {200}
        assert len(statuses) / max(spent, 0.01) >= 1000

    client(test)


def processor_time(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
