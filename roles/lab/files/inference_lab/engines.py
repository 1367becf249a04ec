# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real model servers, the part of the lab that needs a C++ compiler: whether this machine can have them, and why not."""

from __future__ import annotations

import dataclasses
import os
import shlex
import shutil
import subprocess
from pathlib import Path

from . import pins, progress, toolchain
from .build import Built, build_tier, lacking
from .errors import LabError

NOT_ASKED = "they were not asked for"
COMPILERS = {"CC": "gcc", "CXX": "g++"}
TRIAL = '#include <filesystem>\n#include <thread>\nint main() { return std::filesystem::path("x").empty(); }\n'
PATIENCE = 60


def build(cache: Path, traffic: bool, wish: bool | None) -> tuple[Built, str]:
    """All that a lab needs, and why it has no real model servers: empty when it has. None of it may fail for want of them unless they were asked for."""
    built = build_tier(cache, traffic)
    lack = missing(cache, traffic, wish)
    if not lack:
        try:
            whole = build_tier(cache, traffic, engines=True)
            return dataclasses.replace(whole, changed=built.changed + whole.changed), ""
        except LabError as error:
            if wish:
                raise
            lines = error.message.splitlines()
            lack = " ".join(dict.fromkeys((lines[0], lines[-1].strip())))
    if wish is None:
        progress.say(f"the simulator answers for Ollama: {lack}")
    return built, lack


def missing(cache: Path, traffic: bool, wish: bool | None) -> str:
    """Why this lab has none; empty when it can. An error when they were asked for."""
    if wish is False:
        return NOT_ASKED
    lack = "" if traffic else "the lab carries no traffic"
    lack = lack or (_no_compiler() if to_build(cache) else "")
    if lack and wish:
        raise LabError(f"the lab cannot run real model servers: {lack}", "see above, or ask for a lab without them")
    return lack


def to_build(cache: Path) -> list[str]:
    """Names of the groups that are not in the cache; without Go nobody can say, so all of them."""
    groups, go = [group for group in pins.load(engines=True) if group.tier == "engines"], toolchain.find_installed(cache)
    return [group.name for group in (groups if go is None else lacking(cache, groups, go))]


def _no_compiler() -> str:
    """What is wrong with the C++ compiler; a short trial, since one without its library is found as often as none."""
    for variable, usual in COMPILERS.items():
        words = shlex.split(os.environ.get(variable) or usual)
        if not words or not shutil.which(words[0]):
            return f"there is no compiler {' '.join(words)!r}: install g++, which brings both (Debian: apt install g++), or set {variable}"
    argv = [*words, "-std=c++17", "-x", "c++", "-", "-o", "/dev/null"]
    try:
        done = subprocess.run(argv, input=TRIAL, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[0]
    return f"{' '.join(words)} cannot build a small program: {reason}" if done.returncode else ""
