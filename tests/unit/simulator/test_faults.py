# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the annotations break: real requests meet slow, full, refusing and breaking pods."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import aiohttp
import pytest
from simulated import NET, Simulated, sglang, vllm

from .conftest import CHAT, HELLO, Test, ask, figure, until


def test_a_stream_takes_its_time(simulated: Simulated, client: Callable[[Test], None]) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m", time_to_first_token="50ms", tokens_per_second="100"))

    async def test(session: aiohttp.ClientSession) -> None:
        body = {"model": "m", "messages": HELLO, "stream": True, "max_tokens": 10, "stream_options": {"include_usage": True}}
        start = time.monotonic()
        async with session.post(simulated.url("a") + CHAT, json=body) as answer:
            assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
            await answer.content.readline()
            assert time.monotonic() - start >= 0.05
            events = [line.removeprefix("data: ") for line in (await answer.text()).splitlines() if line]
        assert time.monotonic() - start >= 0.15
        assert events[-1] == "[DONE]"
        assert json.loads(events[-2])["usage"] == {"prompt_tokens": 9, "completion_tokens": 10, "total_tokens": 19}
        start = time.monotonic()
        assert (await ask(session, simulated.url("a"), max_tokens=10))[0] == 200
        assert time.monotonic() - start >= 0.15, "without a stream it takes as long"

    client(test)


def test_a_stream_is_sent_as_it_is_made(simulated: Simulated, client: Callable[[Test], None]) -> None:
    """The whole would take twelve seconds; the client has seen the beginning and leaves, and the slot is free."""
    simulated.apply(vllm(f"{NET}.1", "a", "m", tokens_per_second="1"))

    async def test(session: aiohttp.ClientSession) -> None:
        async with session.post(simulated.url("a") + CHAT, json={"model": "m", "messages": HELLO, "stream": True}) as answer:
            got = await answer.content.readuntil(b"\n\n")
            assert b"assistant" in got
            await until(session, simulated.url("a"), {"vllm:num_requests_running": 1})
            answer.close()
        await until(session, simulated.url("a"), {"vllm:num_requests_running": 0, "vllm:request_success_total": 0})

    client(test)


def test_a_status_comes_as_often_as_asked(simulated: Simulated, client: Callable[[Test], None]) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m", status="429", status_probability="0.3"), vllm(f"{NET}.2", "b", "m", status="503"))

    async def test(session: aiohttp.ClientSession) -> None:
        found = [(await ask(session, simulated.url("a")))[0] for _turn in range(300)]
        assert set(found) == {200, 429}
        assert 60 < found.count(429) < 120
        status, body, headers = await ask(session, simulated.url("b"))
        assert (status, body["error"]["code"], headers["x-inference-pod"]) == (503, 503, "ai/b")
        async with session.get(simulated.url("b") + "/health") as answer:
            assert answer.status == 200, "the process itself is well"

    client(test)


def test_a_stream_is_cut(simulated: Simulated, client: Callable[[Test], None]) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m", cut_stream_after="5"))

    async def test(session: aiohttp.ClientSession) -> None:
        got = b""
        with pytest.raises(aiohttp.ClientPayloadError):
            async with session.post(simulated.url("a") + CHAT, json={"model": "m", "messages": HELLO, "stream": True}) as answer:
                async for part in answer.content.iter_any():
                    got += part
        words = [json.loads(event.removeprefix("data: "))["choices"][0]["delta"].get("content") for event in got.decode().strip().split("\n\n")]
        assert len(words) == 1 + 5
        assert (await ask(session, simulated.url("a")))[0] == 200
        await until(session, simulated.url("a"), {"vllm:num_requests_running": 0})

    client(test)


def test_hanging_requests_fill_the_slots_and_leave_with_their_clients(simulated: Simulated, client: Callable[[Test], None]) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m", hang="true", slots="2"))

    async def test(session: aiohttp.ClientSession) -> None:
        url = simulated.url("a")
        asked = [asyncio.create_task(ask(session, url)) for _turn in range(5)]
        await until(session, url, {"vllm:num_requests_running": 2, "vllm:num_requests_waiting": 3})
        assert await figure(session, url, "vllm:kv_cache_usage_perc") > 0
        for task in asked:
            task.cancel()
        await until(session, url, {"vllm:num_requests_running": 0, "vllm:num_requests_waiting": 0, "vllm:kv_cache_usage_perc": 0})

    client(test)


def test_a_queue_is_worked_off(simulated: Simulated, client: Callable[[Test], None]) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m", latency="100ms", slots="2"), sglang(f"{NET}.2", "s", "m", queue="30", kv_cache="0.9"))

    async def test(session: aiohttp.ClientSession) -> None:
        url = simulated.url("a")
        start = time.monotonic()
        asked = [asyncio.create_task(ask(session, url)) for _turn in range(8)]
        await until(session, url, {"vllm:num_requests_running": 2, "vllm:num_requests_waiting": 2})
        assert [found[0] for found in await asyncio.gather(*asked)] == [200] * 8
        assert time.monotonic() - start >= 0.4, "four rounds of two"
        assert await figure(session, url, "vllm:request_success_total") == 8
        assert await figure(session, simulated.url("s"), "sglang:num_queue_reqs") == 30
        assert await figure(session, simulated.url("s"), "sglang:token_usage") == 0.9

    client(test)


def test_annotations_change_while_it_serves(simulated: Simulated, client: Callable[[Test], None]) -> None:
    simulated.apply(vllm(f"{NET}.1", "a", "m"))

    async def test(session: aiohttp.ClientSession) -> None:
        url = simulated.url("a")
        assert (await ask(session, url))[0] == 200
        simulated.apply(vllm(f"{NET}.1", "a", "m", status="500"))
        assert (await ask(session, url))[0] == 500
        simulated.apply(vllm(f"{NET}.1", "a", "n"))
        assert (await ask(session, url))[0] == 404
        assert await figure(session, url, "vllm:request_success_total") == 1, "it is still the same pod"
        simulated.apply(vllm(f"{NET}.1", "a", "n", hang="true", slots="1"))
        hanging = [asyncio.create_task(ask(session, url, "n")) for _turn in range(3)]
        await until(session, url, {"vllm:num_requests_running": 1, "vllm:num_requests_waiting": 2})
        simulated.apply(vllm(f"{NET}.1", "a", "n", hang="true", slots="2"))
        await until(session, url, {"vllm:num_requests_running": 2, "vllm:num_requests_waiting": 1})
        for task in hanging:
            task.cancel()

    client(test)
