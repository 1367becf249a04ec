# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine must have before a build or a start is worth trying, each lack named with what to do."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path

from . import pins
from .errors import LabError
from .toolchain import Go

GIB = 1024**3
# Measured on amd64 with Go 1.26 from empty folders, with about a quarter to spare.
ROOM_MODULES = 2 * GIB
ROOM_BUILD_CACHE = 5 * GIB
ROOM_CACHE = 1 * GIB
# What the groups of tier traffic take on top: modules and Go's build cache.
ROOM_TRAFFIC = (1 * GIB, 4 * GIB)
# The link of kube-apiserver peaks at 1.9 GB.
MEMORY_LINK = 2 * GIB


def platform_fits() -> None:
    """Operating system and processor; the package itself looks at Python when it is imported."""
    if sys.platform != "linux":
        raise LabError(f"the lab runs on Linux; this is {sys.platform}", "use a Linux machine or virtual machine, or point the inventory at a cluster")
    pins.architecture()


def room_for_build(go: Go, cache: Path, traffic: bool = False) -> None:
    """Disk room, folder by folder and summed where they share a disk, less what is there from before."""
    wanted: dict[int, tuple[int, Path]] = {}
    more = ROOM_TRAFFIC if traffic else (0, 0)
    for folder, need in ((go.module_cache, ROOM_MODULES + more[0]), (go.build_cache, ROOM_BUILD_CACHE + more[1]), (cache, ROOM_CACHE)):
        place = existing_parent(folder)
        missing = max(0, need - size_of(folder))
        so_far, _first = wanted.get(place.stat().st_dev, (0, place))
        wanted[place.stat().st_dev] = (so_far + missing, place)
    for need, place in wanted.values():
        free = shutil.disk_usage(place).free
        if free < need:
            raise LabError(
                f"building the lab needs about {need / GIB:.1f} GiB more on the disk of {place}; {free / GIB:.1f} GiB are free",
                "free some room, or set INFERENCE_LAB_CACHE, GOCACHE and GOMODCACHE to folders on a larger disk",
            )


def memory_for_link() -> None:
    """The linker is ended by the kernel without a word when memory runs out; better to say so before."""
    free = available_memory()
    if free < MEMORY_LINK:
        raise LabError(
            f"linking kube-apiserver needs 2 GiB of memory; {free / GIB:.1f} GiB are available",
            "end other programs, raise the limit of the container, or build on a larger machine and copy the cache folder over",
        )


def port_free(port: int) -> None:
    """Whether 127.0.0.1:PORT can be listened on."""
    if not 1 <= port <= 65535:
        raise LabError(f"{port} is no port number", "write one between 1024 and 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LabError(
                f"port {port} on 127.0.0.1 cannot be used: {error.strerror}",
                f"end what listens there ('ss -ltnp sport = :{port}' shows it), ask for another port, or for none: then a free one is taken",
            ) from error


def available_memory(proc: Path = Path("/proc/meminfo"), group: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that a new program may take: the machine's, or what is left of the control group's limit if that is less."""
    fields = dict(line.split(":", 1) for line in proc.read_text(encoding="ascii").splitlines() if ":" in line)
    free = int(fields["MemAvailable"].split()[0]) * 1024
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        # Pages of files count as used until the room is wanted: after a long build that is most of it.
        stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        used -= int(stat.get("inactive_file", 0))
    except (OSError, ValueError):
        return free
    return free if limit == "max" else min(free, int(limit) - used)


def existing_parent(folder: Path) -> Path:
    """The folder itself or the nearest one above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder


def size_of(folder: Path) -> int:
    """Bytes that lie in a folder."""
    total = 0
    for root, _folders, files in os.walk(folder):
        for name in files:
            try:
                total += (Path(root) / name).lstat().st_size
            except OSError:
                continue
    return total
