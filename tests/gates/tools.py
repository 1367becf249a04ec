# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the gates start programs and read the collection's own files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
COLLECTIONS = ROOT / ".ansible" / "collections"
BUILT = {".ansible", ".cache", ".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "__pycache__", "build"}
"""Folders that a checkout grows and that are no part of it."""


def quiet_env(**more: str) -> dict[str, str]:
    """This process's environment with our tools first on PATH, no colours, and Ansible looking at this checkout."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTEST_", "FORCE_COLOR"))}
    env["PATH"] = os.pathsep.join([str(BIN), env.get("PATH", os.defpath)])
    ours = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_HOME": str(ROOT / ".ansible"), "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    env |= {"ANSIBLE_NOCOLOR": "1", "NO_COLOR": "1"}
    env.update(ours | more)
    return env


def run(*argv: str, cwd: Path = ROOT, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one tool; both streams in one, because a failure is shown whole."""
    return subprocess.run(argv, cwd=cwd, env=quiet_env(**more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)


def tool(module: str, *argv: str, cwd: Path = ROOT, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a Python tool by its module's name, so that no script's first line is needed."""
    return run(sys.executable, "-m", module, *argv, cwd=cwd, **more)


def must_pass(done: subprocess.CompletedProcess[str]) -> None:
    """Fail with what the tool said."""
    assert done.returncode == 0, f"{done.args} exited {done.returncode}:\n{done.stdout}"


def tracked() -> list[str]:
    """The files of the working tree: what git knows or would add, minus what was deleted."""
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return sorted({name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()})
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(str(path) for path in found if not BUILT & set(path.parts))


def copy_tree(target: Path) -> None:
    """Copy the working tree's files, and only those."""
    for name in tracked():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name, follow_symlinks=False)


def read_yaml(path: Path) -> Any:
    """One YAML document."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))
