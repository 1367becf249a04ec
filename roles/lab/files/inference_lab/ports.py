# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Free ports on loopback, below the range from which the kernel takes them for outgoing connections."""

from __future__ import annotations

import random

from . import preflight
from .errors import LabError

LOW, HIGH = 20000, 32000


def choose(names: tuple[str, ...], before: dict[str, int], api: int | None) -> dict[str, int]:
    """A port for each name: the asked one, the one it had before when that is free, else any free one."""
    if api is not None:
        preflight.port_free(api)
    kept = before if api is None else before | {"api": api}
    ports = {name: kept[name] for name in names if name in kept and free(kept[name])}
    if api is not None:
        ports["api"] = api
    for name in names:
        if name not in ports:
            ports[name] = _any_free(set(ports.values()))
    return ports


def free(port: int) -> bool:
    try:
        preflight.port_free(port)
    except LabError:
        return False
    return True


def _any_free(taken: set[int]) -> int:
    for _attempt in range(500):
        port = random.randint(LOW, HIGH)  # noqa: S311 - chance is meant to keep labs apart, not attackers out
        if port not in taken and free(port):
            return port
    raise LabError(f"no free port found on 127.0.0.1 between {LOW} and {HIGH}", "end programs that listen there")
