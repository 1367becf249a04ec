# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for the tests of a file, and a client that asks it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import aiohttp
import pytest
from simulated import Simulated

CHAT = "/v1/chat/completions"
HELLO = [{"role": "user", "content": "hello there"}]
Test = Callable[[aiohttp.ClientSession], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with Simulated(tmp_path_factory.mktemp("simulator") / "simulator.log") as found:
        yield found
        assert "Traceback" not in found.log.read_text()


@pytest.fixture
def simulated(process: Simulated) -> Simulated:
    """One process for all tests, which starts each with an empty table."""
    assert process.apply() == {"listening": [], "pods": 0, "problems": []}
    return process


@pytest.fixture
def client() -> Callable[[Test], None]:
    def run(test: Test) -> None:
        async def go() -> None:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                await asyncio.wait_for(test(session), 60)

        asyncio.run(go())

    return run


async def ask(session: aiohttp.ClientSession, url: str, model: str = "m", **more: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    async with session.post(url + CHAT, json={"model": model, "messages": HELLO, **more}) as answer:
        return answer.status, await answer.json(content_type=None), dict(answer.headers)


async def figure(session: aiohttp.ClientSession, url: str, name: str) -> float:
    async with session.get(f"{url}/metrics") as answer:
        found = re.search(rf"(?m)^{name}\{{.*\}} (\S+)$", await answer.text())
        assert found, name
        return float(found.group(1))


async def until(session: aiohttp.ClientSession, url: str, wanted: dict[str, float]) -> None:
    """Wait for figures, not for a time."""
    end = time.monotonic() + 20
    while (found := {name: await figure(session, url, name) for name in wanted}) != wanted:
        assert time.monotonic() < end, f"{found} is not {wanted}"
