# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network namespace for one pod: its own address on its own interface, and every other address of the lab behind it."""

from __future__ import annotations

import asyncio
import shutil

from .namespace import PATH, POD_TABLE

# Any address will do for the near end: it is only ever asked for its hardware address.
HOP = "169.254.1.1"


# Where a program looks for its account when it thinks that it runs in a cluster: a path that cannot be changed by any flag.
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
MOUNT = f"""run=$(readlink -f /var/run) && mount -t tmpfs tmpfs "$run" && mkdir -p {ACCOUNT} && cp account/* {ACCOUNT} && """
# Likewise for files in /etc: all of the machine's, and over them those of the folder `etc` where the program starts.
ETC = """{ [ ! -d etc ] || { mkdir -p host-etc && mount --rbind /etc host-etc && mount -t tmpfs tmpfs /etc && ln -s "$PWD"/host-etc/* /etc/ \
&& for entry in etc/*; do rm -f "/$entry"; done && cp -r etc/* /etc/; }; } && """
# Ends the whole process group with the pipe on standard input: programs that PROGRAM started would outlive it otherwise.
WATCH = "exec 3<&0; { read -r gone <&3; kill -KILL 0; } & "


def wait_for_network(program: list[str], account: bool = False, children: bool = False, mount: bool = False) -> list[str]:
    """The command that makes the namespace, waits for a line on standard input, and then becomes PROGRAM. With ACCOUNT it sees the pod's account as a
    container would, in a file system of its own: the files of the folders `account` and `etc` where it starts. With CHILDREN what PROGRAM starts ends at
    the latest when standard input is closed. With MOUNT it may change its file system as it likes."""
    unshare = shutil.which("unshare", path=PATH) or "unshare"
    own = ["--mount", "--propagation", "private"] if account or mount else []
    script = f'read -r go && {MOUNT + ETC if account else ""}{{ {WATCH if children else ""}exec "$@" < /dev/null; }}'
    return [unshare, "--net", *own, "--", "/bin/sh", "-c", script, "sh", *program]


async def attach(pid: int, interface: str, address: str) -> None:
    """Join the namespace of PID with the lab's by a pair of interfaces; the pair goes when either namespace does."""
    await _ip(
        [],
        f"link add {interface} type veth peer name eth0 netns {pid}",
        f"address add {HOP}/32 dev {interface}",
        f"link set {interface} up",
        f"route replace {address}/32 dev {interface} table {POD_TABLE}",
    )
    nsenter = shutil.which("nsenter", path=PATH) or "nsenter"
    await _ip(
        [nsenter, f"--target={pid}", "--net", "--"],
        "link set lo up",
        f"address add {address}/32 dev eth0",
        "link set eth0 up",
        f"route add {HOP} dev eth0",
        f"route add default via {HOP}",
    )


async def detach(interface: str) -> None:
    """At once, where the kernel would take its time after the last process; no complaint when it is gone."""
    await _run([shutil.which("ip", path=PATH) or "ip", "link", "delete", interface], b"")


async def _ip(enter: list[str], *lines: str) -> None:
    ip = shutil.which("ip", path=PATH) or "ip"
    code, said = await _run([*enter, ip, "-batch", "-"], "\n".join([*lines, ""]).encode())
    if code:
        raise OSError(f"ip: {said.strip()}")


async def _run(argv: list[str], text: bytes) -> tuple[int, str]:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    out, _none = await child.communicate(text)
    return child.returncode or 0, out.decode("utf-8", "replace")
