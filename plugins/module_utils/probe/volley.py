# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many requests of one order: bounded concurrency, an even rate, an end in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from .answer import Answer, Volley
from .client import Client
from .order import Order


async def fire(order: Order) -> Volley:
    """Send them all. At the deadline what is under way counts as such, and what was not sent is not."""
    volley = Volley(0 if order.duration else order.count)
    began = time.perf_counter()
    async with Client(order) as client:
        run = _Run(order, client, volley, began)
        crew = order.concurrency if order.duration else min(order.concurrency, order.count)
        workers = [asyncio.create_task(run.work()) for _worker in range(crew)]
        _done, late = await asyncio.wait(workers, timeout=order.deadline or None)
        for worker in late:
            worker.cancel()
        for result in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
    volley.seconds = time.perf_counter() - began
    return volley


class _Run:
    def __init__(self, order: Order, client: Client, volley: Volley, began: float) -> None:
        self.order = order
        self.client = client
        self.volley = volley
        self.began = began
        self.started = 0

    async def work(self) -> None:
        order = self.order
        while not self._over():
            due = self.started / order.rate if order.rate else 0.0
            if order.duration and due >= order.duration:
                return
            self.started += 1
            await self._until(due)
            sent = time.perf_counter()
            try:
                self.volley.answers.append(await self.client.send())
            except asyncio.CancelledError:
                self.volley.answers.append(Answer(seconds=time.perf_counter() - sent, error="deadline", detail=f"not finished after {order.deadline:g} s"))
                raise

    def _over(self) -> bool:
        if self.order.duration:
            return time.perf_counter() - self.began >= self.order.duration
        return self.started >= self.order.count

    async def _until(self, due: float) -> None:
        pause = due - (time.perf_counter() - self.began)
        if pause > 0:
            await asyncio.sleep(pause)


async def _all(orders: Sequence[Order], parallel: int, starts: Sequence[float]) -> list[Volley]:
    gate = asyncio.Semaphore(parallel)

    async def one(order: Order, start: float) -> Volley:
        await asyncio.sleep(start)
        async with gate:
            return await fire(order)

    return list(await asyncio.gather(*(one(order, start) for order, start in zip(orders, starts, strict=True))))


def fire_all(orders: Sequence[Order], parallel: int = 1, starts: Sequence[float] = ()) -> list[Volley]:
    """Every order's answers, in the order of the orders; ``parallel`` of them at a time. ``starts``: none of them before so many seconds."""
    return asyncio.run(_all(orders, parallel, starts or [0.0] * len(orders)))
