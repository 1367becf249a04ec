# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listening sockets, as the table of pods says.

Each pod has a socket of its own, bound to the pod's address: an address that is no pod's is refused by the kernel, as on a cluster, and a pod
that goes takes its connections with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from . import pods
from .pods import Pod
from .serving import Serving

LOG = logging.getLogger(__name__)
BACKLOG = 1024
# What a pod that goes may still need for the answers that it has begun.
GRACE = 5.0
LARGEST_BODY = 256 * 1024 * 1024


class Running:
    """A pod that listens."""

    def __init__(self, pod: Pod) -> None:
        self.serving = Serving(pod)
        self.http = web.Server(self.serving.handle, request_factory=_request, access_log=None, handler_cancellation=True)
        self.socket: asyncio.Server | None = None

    @property
    def pod(self) -> Pod:
        return self.serving.pod

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.socket = await loop.create_server(self.http, self.pod.address, self.pod.port, backlog=BACKLOG)

    def stop_listening(self) -> None:
        if self.socket is not None:
            self.socket.close()

    async def finish(self, grace: float = GRACE) -> None:
        """Idle connections end at once, the others with their answer."""
        self.http.pre_shutdown()
        await self.http.shutdown(grace)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    """As aiohttp makes it, but for the size that a body may have: its own limit is one megabyte."""
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=LARGEST_BODY)


class Table:
    """``apply`` makes the sockets follow a new table; what did not change keeps its connections, its load and its pulled models."""

    def __init__(self) -> None:
        self.running: dict[str, Running] = {}
        self.ending: set[asyncio.Task[None]] = set()
        self.told: set[str] = set()

    async def apply(self, table: Mapping[str, Any]) -> dict[str, Any]:
        wanted, problems = pods.read(table)
        listeners = {pod.address: pod for pod in wanted if not pod.faults.never_ready}
        for address, running in list(self.running.items()):
            pod = listeners.get(address)
            if pod is None or (pod.title, pod.port, pod.engine) != (running.pod.title, running.pod.port, running.pod.engine):
                self._end(address)
        for address, pod in listeners.items():
            if address in self.running:
                self.running[address].serving.change(pod)
            else:
                await self._start(pod, problems)
        for problem in problems:
            if problem not in self.told:
                LOG.warning("%s", problem)
        self.told = set(problems)
        listening = pods.ports(running.pod for running in self.running.values())
        return {"listening": listening, "pods": len(self.running), "problems": problems}

    async def _start(self, pod: Pod, problems: list[str]) -> None:
        running = Running(pod)
        try:
            await running.open()
        except OSError as error:
            problems.append(f"{pod.title}: cannot listen on {pod.address}:{pod.port}: {error.strerror or error}")
            return
        self.running[pod.address] = running
        LOG.info("%s answers on %s:%s as %s with %s", pod.title, pod.address, pod.port, pod.engine, ", ".join(pod.models) or "no model")

    def _end(self, address: str) -> None:
        running = self.running.pop(address)
        running.stop_listening()
        LOG.info("%s is gone from %s:%s", running.pod.title, address, running.pod.port)
        task = asyncio.get_running_loop().create_task(running.finish())
        self.ending.add(task)
        task.add_done_callback(self.ending.discard)

    async def close(self) -> None:
        for address in list(self.running):
            self._end(address)
        for task in list(self.ending):
            task.cancel()
        await asyncio.gather(*self.ending, return_exceptions=True)
