# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slots and queue of a pod, what its metrics say of them, and Ollama's bodies."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Coroutine
from typing import Any

import pytest
from inference_lab.simulator import metrics, ollama
from inference_lab.simulator.load import BLOCK, BLOCKS, Load
from inference_lab.simulator.openai import RefusedError
from inference_lab.simulator.pods import Faults, Pod

SAMPLE = re.compile(r'(?m)^([a-z_:]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$')


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 10))


def pod(engine: str = "vllm", **more: Any) -> Pod:
    return Pod("10.244.0.5", "ai", "m-0", engine, 8000, ("m",), **more)


def samples(of: Pod, load: Load) -> dict[str, float]:
    return {name: float(value) for name, labels, value in SAMPLE.findall(metrics.text(of, load))}


async def settle() -> None:
    for _round in range(5):
        await asyncio.sleep(0)


class Client:
    """A request that holds its slot until told to leave."""

    def __init__(self, load: Load, order: list[str], name: str, adapter: str = "") -> None:
        self.leave = asyncio.Event()
        self.load, self.order, self.name, self.adapter = load, order, name, adapter
        self.task = asyncio.create_task(self._stay())

    async def _stay(self) -> None:
        async with self.load.slot(100, self.adapter):
            self.order.append(self.name)
            await self.leave.wait()


def test_beyond_the_slots_requests_wait_in_order() -> None:
    async def test() -> None:
        load, order = Load(2), list[str]()
        clients = [Client(load, order, name) for name in "abcd"]
        await settle()
        assert (order, load.running, len(load.waiting), load.tokens) == (["a", "b"], 2, 2, 200)
        clients[1].leave.set()
        await settle()
        assert (order, load.running, len(load.waiting)) == (["a", "b", "c"], 2, 1)
        for client in clients:
            client.leave.set()
        await settle()
        assert (order, load.running, len(load.waiting), load.tokens) == (list("abcd"), 0, 0, 0)

    run(test())


def test_a_client_that_leaves_makes_room() -> None:
    async def test() -> None:
        load, order = Load(1), list[str]()
        clients = [Client(load, order, name) for name in "abcd"]
        await settle()
        clients[1].task.cancel()
        await settle()
        assert (load.running, len(load.waiting)) == (1, 2)
        clients[0].task.cancel()
        await settle()
        assert order == ["a", "c"]
        # The turn of d is given, and d leaves in the same moment.
        clients[2].leave.set()
        await asyncio.sleep(0)
        clients[3].task.cancel()
        await settle()
        assert (load.running, len(load.waiting), load.tokens) == (0, 0, 0)

    run(test())


def test_more_slots_admit_those_who_wait() -> None:
    async def test() -> None:
        load, order = Load(1), list[str]()
        clients = [Client(load, order, name) for name in "abc"]
        await settle()
        load.resize(3)
        await settle()
        assert order == ["a", "b", "c"]
        assert len(clients) == load.running

    run(test())


def test_metrics_follow_the_load() -> None:
    async def test() -> None:
        load = Load(1)
        clients = [Client(load, [], str(index), adapter) for index, adapter in enumerate(["a", "b", ""])]
        await settle()
        found = samples(pod(max_adapters=2), load)
        assert (found["vllm:num_requests_running"], found["vllm:num_requests_waiting"]) == (1, 2)
        assert found["vllm:kv_cache_usage_perc"] == pytest.approx(100 / (BLOCK * BLOCKS))
        text = metrics.text(pod(max_adapters=2), load)
        assert 'vllm:lora_requests_info{max_lora="2",running_lora_adapters="a",waiting_lora_adapters="b"}' in text
        assert f'block_size="{BLOCK}"' in text
        assert f'num_gpu_blocks="{BLOCKS}"' in text
        found = samples(pod("sglang"), load)
        assert (found["sglang:num_running_reqs"], found["sglang:num_queue_reqs"]) == (1, 2)
        assert f'sglang:cache_config_info{{page_size="{BLOCK}",num_pages="{BLOCKS}"}} 1.0' in metrics.text(pod("sglang"), load)
        assert len(clients) == 3

    run(test())


def test_annotations_pin_metrics() -> None:
    of = pod(faults=Faults(queue=30, kv_cache=0.9))
    found = samples(of, Load(8))
    assert (found["vllm:num_requests_waiting"], found["vllm:kv_cache_usage_perc"], found["vllm:num_requests_running"]) == (30, 0.9, 0)

    async def test() -> None:
        load = Load(1)
        clients = [Client(load, [], name) for name in "ab"]
        await settle()
        found = samples(pod(faults=Faults(queue=0, kv_cache=0.0)), load)
        assert (found["vllm:num_requests_waiting"], found["vllm:kv_cache_usage_perc"], len(clients)) == (0, 0, 2)

    run(test())


def test_every_line_of_metrics_is_well_formed() -> None:
    for engine in ("vllm", "sglang"):
        of = Pod("10.244.0.5", "ai", "m-0", engine, 8000, ('a"b\\c\nd',))
        for line in metrics.text(of, Load(8)).splitlines():
            assert re.match(r"# (HELP|TYPE) [a-z_:]+ ", line) or SAMPLE.fullmatch(line), line


def test_ollama_names_have_a_tag() -> None:
    names = {"gemma": "gemma:latest", "gemma:2b": "gemma:2b", "r.example:5000/gemma": "r.example:5000/gemma:latest", "r:5000/a/b:c": "r:5000/a/b:c"}
    assert {name: ollama.full(name) for name in names} == names


def test_ollama_requests() -> None:
    assert ollama.asked(b'{"model": "gemma"}')[0] == "gemma:latest"
    assert ollama.asked(b'{"name": "gemma:2b", "stream": false}') == ("gemma:2b", {"name": "gemma:2b", "stream": False})
    for raw in (b"", b"{", b"[]", b"{}", b'{"model": 5}'):
        with pytest.raises(RefusedError) as raised:
            ollama.asked(raw)
        assert raised.value.status == 400
        assert list(ollama.error(raised.value)) == ["error"]


def test_an_ollama_model_has_one_digest_everywhere() -> None:
    card = ollama.tags(("gemma:2b",))["models"][0]
    assert card["digest"] == ollama.digest("gemma:2b") != ollama.digest("gemma:7b")
    lines = ollama.pull("gemma:2b")
    assert lines[-1] == {"status": "success"}
    assert lines[1]["digest"] == f"sha256:{card['digest']}"
    assert json.dumps(ollama.show("gemma:2b"))
