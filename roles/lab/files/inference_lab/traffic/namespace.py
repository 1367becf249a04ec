# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own network namespace, in which all pod and service addresses are local."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess

from ..components import NODE_ADDRESS, POD_RANGE, SERVICE_RANGE
from ..errors import LabError

PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
PROGRAMS = {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2"}
READY = "network.ready"
# The routes of single pods come before the table that makes their whole range local; see pod_network.py.
POD_TABLE = "50"
SETUP = f"""set -e
ip link set lo up
ip address add {NODE_ADDRESS}/32 dev lo
ip route add local {SERVICE_RANGE} dev lo
ip route add local {POD_RANGE} dev lo
ip rule add priority 50 lookup {POD_TABLE}
ip rule add priority 200 lookup local
ip rule delete priority 0
echo 1 > /proc/sys/net/ipv4/ip_forward
"""
# What each pod's program needs besides: pairs of interfaces (a kernel may lack the module veth), and namespaces inside of ours.
TRIAL = f"""{SETUP}ip link add trial type veth peer name trial-peer
unshare --net -- true
"""
PATIENCE = 30


@dataclasses.dataclass(frozen=True)
class Namespace:
    """A running namespace, named by the process that holds it."""

    pid: int
    user: bool

    @property
    def enter(self) -> list[str]:
        """What to write before a command so that it runs inside."""
        user = ["--user", "--preserve-credentials"] if self.user else []
        return [_find("nsenter"), f"--target={self.pid}", *user, "--net", "--"]


def missing() -> str:
    """Why this machine cannot have one; empty when it can. A short trial, since rights have many forms."""
    for name, package in PROGRAMS.items():
        if not shutil.which(name, path=PATH):
            return f"the program '{name}' is not there: install {package}"
    try:
        needs_user()
    except LabError as error:
        return error.message
    return ""


def needs_user() -> bool:
    """Whether the namespace comes with a user namespace: not for a root that may do without."""
    said = ""
    for user in (False, True) if os.geteuid() == 0 else (True,):
        said = _try(user)
        if not said:
            return user
    raise LabError(
        f"no network namespace can be made here: {said}", "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone), or run as root"
    )


def _try(user: bool) -> str:
    """What went wrong; empty when nothing did."""
    try:
        done = subprocess.run(command(TRIAL, user), capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]


def command(script: str, user: bool) -> list[str]:
    """SCRIPT in a new namespace, as its root."""
    return [_find("unshare"), *(["--user", "--map-root-user"] if user else []), "--net", "--", "/bin/sh", "-c", f"PATH={PATH}\n{script}"]


def hold(user: bool) -> list[str]:
    """The command of the process that makes the namespace and holds it until it is ended; it says so in the file READY."""
    return command(f"{SETUP}echo $$ > {READY}\nexec sleep infinity", user)


def _find(name: str) -> str:
    return shutil.which(name, path=PATH) or name
