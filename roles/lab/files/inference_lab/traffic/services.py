# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster addresses that answer: what kube-proxy does in a kernel, done for the few connections of a lab."""

from __future__ import annotations

import asyncio
import itertools
import sys
from typing import Any

from .pipe import Half, Handler, connect, listen

Object = dict[str, Any]
# Address and port that is dialled -> the ready endpoints behind it.
Table = dict[tuple[str, int], list[tuple[str, int]]]


def table(services: list[Object], slices: list[Object]) -> Table:
    """Every TCP port of every Service that has a cluster address. A Service without a ready endpoint stays in it: it refuses."""
    by_service: dict[tuple[str, str], list[Object]] = {}
    for item in slices:
        owner = item["metadata"].get("labels", {}).get("kubernetes.io/service-name", "")
        by_service.setdefault((item["metadata"]["namespace"], owner), []).append(item)
    found: Table = {}
    for service in services:
        address = service["spec"].get("clusterIP", "")
        if address in ("", "None"):
            continue
        mine = by_service.get((service["metadata"]["namespace"], service["metadata"]["name"]), [])
        for port in service["spec"].get("ports", []):
            if port.get("protocol", "TCP") == "TCP":
                found[(address, port["port"])] = _endpoints(mine, port.get("name", ""))
    return found


def _endpoints(slices: list[Object], name: str) -> list[tuple[str, int]]:
    found = []
    for item in slices:
        numbers = [port["port"] for port in item.get("ports") or [] if (port.get("name") or "") == name and port.get("port")]
        for endpoint in item.get("endpoints") or []:
            if endpoint.get("conditions", {}).get("ready", True):
                found += [(address, number) for address in endpoint["addresses"] for number in numbers]
    return sorted(set(found))


class ServiceProxy:
    """One listener for each entry of the table; endpoints take turns."""

    def __init__(self) -> None:
        self.table: Table = {}
        self.servers: dict[tuple[str, int], asyncio.Server] = {}
        self.turns = itertools.count()

    async def follow(self, wanted: Table) -> None:
        """Open and close listeners; connections that are open stay open."""
        self.table = wanted
        for key in [key for key in self.servers if key not in wanted]:
            self.servers.pop(key).close()
        for key in [key for key in wanted if key not in self.servers]:
            try:
                # Shared ports: a model server may listen on the same port of all addresses; the more special listener wins.
                self.servers[key] = await listen(self._handler(key), host=key[0], port=key[1], reuse_port=True)
            except OSError as error:
                print(f"Service address {key[0]}:{key[1]}: {error}", file=sys.stderr, flush=True)

    def _handler(self, key: tuple[str, int]) -> Handler:
        async def handle(half: Half) -> None:
            endpoints = self.table.get(key) or []
            for _try in endpoints:
                address, port = endpoints[next(self.turns) % len(endpoints)]
                if await connect(half, address, port):
                    return
            half.close()

        return handle
