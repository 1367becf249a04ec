# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the supervisor knows of the cluster: lists that are kept up to date by watches."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

Object = dict[str, Any]
AGAIN = 0.5
# A watch ends by itself now and then; a silent one is asked anew.
WATCH = 300


class Cluster:
    """The API server, as the lab's supervisor."""

    def __init__(self, server: str, pki: Path, user: str) -> None:
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / f"{user}.crt", pki / f"{user}.key")
        self.server = server
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=0), headers={"User-Agent": "inference-lab-supervisor"}, timeout=aiohttp.ClientTimeout(total=None)
        )

    async def request(self, method: str, path: str, body: Any = None, content: str = "application/json") -> tuple[int, Object]:
        """Status and object of one answer."""
        data = None if body is None else json.dumps(body)
        timeout = aiohttp.ClientTimeout(total=30)
        async with self.session.request(method, self.server + path, data=data, headers={"Content-Type": content}, timeout=timeout) as answer:
            text = await answer.text()
            # A resource that is not served yet is refused in plain words.
            return answer.status, json.loads(text) if text.startswith("{") else {"message": text}

    async def read(self, path: str) -> Object | None:
        """One object; None when there is none."""
        status, found = await self.request("GET", path)
        return found if status == 200 else None


class Mirror:
    """All objects of one resource, by namespace and name. `changed` is called after each change."""

    def __init__(self, cluster: Cluster, path: str, changed: Callable[[], None]) -> None:
        self.cluster = cluster
        self.path = path
        self.changed = changed
        self.objects: dict[tuple[str, str], Object] = {}
        self.listed = asyncio.Event()

    def get(self, namespace: str, name: str) -> Object | None:
        return self.objects.get((namespace, name))

    async def run(self) -> None:
        """For ever; an API server that goes away or does not know the resource yet is asked again."""
        while True:
            try:
                await self._follow(await self._list())
            except Exception as error:  # nobody waits for this task: without it the supervisor would go on with a world that stands still
                print(f"watch of {self.path}: {error!r}", file=sys.stderr, flush=True)
            await asyncio.sleep(AGAIN)

    async def _list(self) -> str:
        while True:
            status, found = await self.cluster.request("GET", self.path)
            if status == 200:
                self.objects = {_key(item): item for item in found["items"]}
                self.listed.set()
                self.changed()
                return str(found["metadata"]["resourceVersion"])
            await asyncio.sleep(AGAIN)

    async def _follow(self, version: str) -> None:
        url = f"{self.cluster.server}{self.path}?watch=1&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={WATCH}"
        async with self.cluster.session.get(url, timeout=aiohttp.ClientTimeout(total=None, sock_read=WATCH + 30)) as answer:
            answer.raise_for_status()
            rest = b""
            async for chunk in answer.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if not self._apply(json.loads(line)):
                        return

    def _apply(self, event: Object) -> bool:
        """False when the list has to be read again."""
        if event["type"] == "ERROR":
            return False
        if event["type"] == "DELETED":
            self.objects.pop(_key(event["object"]), None)
        elif event["type"] != "BOOKMARK":
            self.objects[_key(event["object"])] = event["object"]
        if event["type"] != "BOOKMARK":
            self.changed()
        return True


def _key(item: Object) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]
