# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file system for one pod's command: the machine's programs and this Python to read, the pod's volumes where it mounts them, nothing else of the machine.

What an image brings besides Python is not there. The command has no capabilities, and sees the network of its pod alone.
"""

from __future__ import annotations

import dataclasses
import shlex
import site
import sys
from collections.abc import Mapping
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
# Libraries and certificates are found by these; accounts and names are the pod's own, see FILES.
ETC = ("ld.so.cache", "ssl", "pki", "ca-certificates", "alternatives")
DEVICES = ("null", "zero", "random", "urandom")
# There is no DNS in the lab: names are those of `hosts`.
FILES = {
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
# Some flags of a mount cannot be taken away in a user namespace, so they are asked for too where it does not go without.
READ_ONLY = 'read_only() { mount -o remount,bind,ro "$1" 2> /dev/null || mount -o remount,bind,ro,nosuid,nodev "$1"; }'


@dataclasses.dataclass(frozen=True)
class Root:
    """MOUNTS: path in the container -> folder or file below the pod's own folder, to read alone unless it is in WRITABLE. MODES: of volumes' files,
    by volume. USER and GROUPS are kept where the lab is run by the machine's own root; elsewhere there is but one user."""

    mounts: Mapping[str, str]
    working_dir: str = "/"
    read_only: bool = False
    writable: frozenset[str] = frozenset()
    modes: Mapping[str, int] = dataclasses.field(default_factory=dict)
    user: int = 0
    group: int = 0
    fs_group: int | None = None


def path() -> str:
    """Where the command finds python3: the one that runs the lab, with its packages."""
    return f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def many_users() -> bool:
    """Whether a program of ours can be somebody else."""
    return Path("/proc/self/uid_map").read_text(encoding="ascii").split() == ["0", "0", "4294967295"]


def command(root: Root, argv: list[str], users: bool) -> list[str]:
    """To be run in the pod's own folder and in a mount namespace of its own. USERS: see many_users."""
    lines = ["set -e", READ_ONLY, "mkdir -p root", "mount -t tmpfs -o mode=755 tmpfs root", "mkdir -p root/etc root/dev root/tmp", "chmod 1777 root/tmp"]
    lines += ["cp -r etc/. root/etc/"]
    for place in [*SYSTEM, *_python()]:
        lines += _shown(Path(place), place)
    for name in ETC:
        lines += _shown(Path("/etc") / name, f"/etc/{name}")
    for name in DEVICES:
        lines += [f": > root/dev/{name}", f"mount --bind /dev/{name} root/dev/{name}"]
    for place, mode in root.modes.items() if users else ():
        lines += [f"chmod 755 {shlex.quote(place)}", f"find -L {shlex.quote(place)} -type f -exec chmod {mode:o} '{{}}' +"]
        lines += [f"chgrp -R {root.fs_group} {shlex.quote(place)}"] if root.fs_group is not None else []
    for target, source in root.mounts.items():
        lines += _mounted(target, source, root.writable)
    lines += ["read_only root"] if root.read_only else []
    lines += [f"""exec chroot root {_unprivileged(root, users)} /bin/sh -c 'cd "$0" && exec "$@"' {shlex.quote(root.working_dir)} "$@" """]
    return ["/bin/sh", "-c", "\n".join(lines), "sh", *argv]


def _unprivileged(root: Root, users: bool) -> str:
    groups = "--clear-groups" if root.fs_group is None else f"--groups={root.fs_group}"
    who = f" --reuid={root.user} --regid={root.group} {groups}" if users else ""
    return f"setpriv --no-new-privs --inh-caps=-all --bounding-set=-all{who}"


def _mounted(target: str, source: str, writable: frozenset[str]) -> list[str]:
    inside, outside, parent = shlex.quote(f"root{target}"), shlex.quote(source), shlex.quote(f"root{Path(target).parent}")
    place = f"if [ -d {outside} ]; then mkdir -p {inside}; else mkdir -p {parent}; : > {inside}; fi"
    return [place, f"mount --bind {outside} {inside}", f"chmod 777 {inside}" if target in writable else f"read_only {inside}"]


def _shown(source: Path, target: str) -> list[str]:
    """Something of the machine at its own path, to read alone."""
    inside = shlex.quote(f"root{target}")
    parent = f"mkdir -p {shlex.quote(f'root{Path(target).parent}')}"
    if source.is_symlink():
        return [parent, f"[ -e {inside} ] || ln -s {shlex.quote(str(source.readlink()))} {inside}"]
    if source.is_dir():
        return [f"mkdir -p {inside}", f"mount --rbind {shlex.quote(target)} {inside}", f"read_only {inside}"]
    return [parent, f"cp {shlex.quote(target)} {inside}"] if source.is_file() else []


def _python() -> list[str]:
    """Folders of this Python and its packages, without those that are in others or in the system's."""
    own = site.getusersitepackages()
    places = {sys.prefix, sys.base_prefix, *site.getsitepackages(), *([own] if site.ENABLE_USER_SITE else [])}
    found = sorted(str(Path(place).resolve()) for place in places if Path(place).is_dir())
    covered = [*SYSTEM, *found]
    return [place for place in found if not any(place != other and place.startswith(f"{other}/") for other in covered) and place not in SYSTEM]
