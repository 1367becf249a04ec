# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-test sanity on the working tree as it is, committed or not, with nothing but PyPI.

ansible-test wants a real folder ansible_collections/inference/gateway (a link will not do), so the files are copied to a temporary one. It keeps its
virtual environments below HOME: a HOME of our own in the cache leaves the user's alone. It would fetch pip's installer from a site of its own;
a file of that name which runs pip out of pip's wheel takes its place.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gates.tools import BIN, COLLECTIONS, copy_tree, quiet_env
from inference_lab.paths import cache_root

PIP_SHIM = '''\
"""Stands in for get-pip: runs the pip that lies beside this file as a wheel. Written by tests/gates/sanity.py."""
import glob, os, sys
packages = [name for name in sys.argv[1:] if not name.startswith("--")]
options = [name for name in sys.argv[1:] if name.startswith("--") and name not in ("--no-setuptools", "--no-wheel")]
here = os.path.dirname(os.path.abspath(__file__))
wheel = glob.glob(os.path.join(glob.escape(here), "pip-{version}-*.whl"))[0]
sys.path.insert(0, wheel)
from pip._internal.cli.main import main
wanted = packages if any(name.startswith("pip") for name in packages) else ["pip=={version}", *packages]
sys.exit(main(["install", "--find-links", here, *options, *wanted]))
'''


def pip_version() -> str:
    """The version of pip that the installed ansible-test asks for."""
    import ansible_test

    text = (Path(ansible_test.__path__[0]) / "_internal" / "python_requirements.py").read_text(encoding="utf-8")
    found = re.search(r"\bpip='([0-9.]+)'", text)
    if not found:
        raise RuntimeError("ansible-test no longer says which pip it installs: see place_pip in tests/gates/sanity.py")
    return found.group(1)


def place_pip(home: Path) -> None:
    """Put pip's wheel and the shim where ansible-test looks before it downloads."""
    version = pip_version()
    folder = home / ".ansible" / "test" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob(f"pip-{version}-*.whl")):
        argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "-d", str(folder), f"pip=={version}"]
        subprocess.run(argv, check=True)
    (folder / f"get_pip_{version.replace('.', '_')}.py").write_text(PIP_SHIM.replace("{version}", version), encoding="utf-8")


def environment(home: Path) -> dict[str, str]:
    """HOME is ours, the user's pip settings stay, and no pyenv shim is on PATH: ansible-test takes those for Pythons."""
    env = quiet_env()
    env["HOME"] = str(home)
    for settings in (Path.home() / ".config" / "pip" / "pip.conf", Path.home() / ".pip" / "pip.conf"):
        if settings.exists():
            env.setdefault("PIP_CONFIG_FILE", str(settings))
    folders = [folder for folder in env["PATH"].split(os.pathsep) if "shims" not in Path(folder).parts]
    env["PATH"] = os.pathsep.join(dict.fromkeys(folders))
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_COLLECTIONS_PATH"):
        env.pop(name, None)
    return env


def sanity(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run it; the result's output holds what ansible-test printed."""
    home = cache_root() / "ansible-test"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock, tempfile.TemporaryDirectory(prefix="sanity-") as temp:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place_pip(home)
        tree = Path(temp) / "ansible_collections"
        copy_tree(tree / "inference" / "gateway")
        shutil.copytree(COLLECTIONS / "ansible_collections" / "kubernetes", tree / "kubernetes")
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        argv = [sys.executable, str(BIN / "ansible-test"), "sanity", "--color", "no", "--python", version, *arguments]
        return subprocess.run(
            argv, cwd=tree / "inference" / "gateway", env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
