# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's load: slots that answer, and the queue of those that wait for one."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BLOCK, BLOCKS = 16, 512


class Load:
    """First come, first served. ``tokens`` are those of the requests that run, prompt and answer."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.running = 0
        self.tokens = 0
        self.waiting: deque[tuple[asyncio.Future[None], str]] = deque()
        self.adapters: Counter[str] = Counter()
        self.answered = self.prompt_tokens = self.generated_tokens = 0

    def resize(self, slots: int) -> None:
        self.slots = slots
        self._admit()

    @asynccontextmanager
    async def slot(self, tokens: int, adapter: str = "") -> AsyncIterator[None]:
        """A turn; it is given back however the request ends, and a client that leaves the queue leaves no gap."""
        if self.running >= self.slots or self.waiting:
            await self._turn(adapter)
        else:
            self.running += 1
        self.tokens += tokens
        if adapter:
            self.adapters[adapter] += 1
        try:
            yield
        finally:
            self.running -= 1
            self.tokens -= tokens
            if adapter:
                self.adapters[adapter] -= 1
            self._admit()

    async def _turn(self, adapter: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (turn, adapter)
        self.waiting.append(entry)
        try:
            await turn
        except asyncio.CancelledError:
            if entry in self.waiting:
                self.waiting.remove(entry)
            elif not turn.cancelled():
                # The turn was given in the very moment that the client left: it goes to the next.
                self.running -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        while self.waiting and self.running < self.slots:
            turn = self.waiting.popleft()[0]
            if not turn.done():
                self.running += 1
                turn.set_result(None)

    def usage(self) -> float:
        return min(1.0, self.tokens / (BLOCK * BLOCKS))

    def running_adapters(self) -> list[str]:
        return sorted(name for name, count in self.adapters.items() if count > 0)

    def waiting_adapters(self) -> list[str]:
        return sorted({adapter for turn, adapter in self.waiting if adapter})
