# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where rules send requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...engine.errors import Issue
from ...models.refs import SERVICE
from ..rule import error, warning
from ..world import World, targets


@warning("duplicate-backend", "https://github.com/envoyproxy/gateway/issues/5230")
def duplicate_backend(world: World) -> Iterator[Issue]:
    """A rule names the same backend twice: its shares add up."""
    for entry, rule, where in world.rules:
        seen: dict[Any, int] = {}
        for index, backend in enumerate(rule.backends):
            who = (backend.ref, backend.namespace or entry.namespace, backend.port, backend.provider, backend.model)
            first = seen.setdefault(who, index)
            if first != index:
                yield Issue(f"{where}.backends[{index}]", f"is the same as backends[{first}]; their shares add up.", "Keep one with both weights.")


@error("service-port", "https://github.com/kgateway-dev/kgateway/issues/11998")
def service_port(world: World) -> Iterator[Issue]:
    """A route sends to a port that the Service does not have."""
    for entry, target, where in targets(world):
        if target.service is None:
            continue
        namespace = target.namespace or entry.namespace
        service = world.find(SERVICE, namespace, target.service)
        ports = service_ports(service) if service else set()
        if ports and target.port not in ports:
            listed = ", ".join(map(str, sorted(ports)))
            yield Issue(f"{where}.port", f"{target.port} is no port of Service {namespace}/{target.service}.", f"It has {listed}.")


def service_ports(service: Any) -> set[int]:
    spec = service.get("spec")
    ports = spec.get("ports") if isinstance(spec, dict) else None
    return {port["port"] for port in ports if isinstance(port, dict) and isinstance(port.get("port"), int)} if isinstance(ports, list) else set()
