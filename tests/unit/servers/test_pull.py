# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that brings Ollama's models, run by sh with an ollama of the tests' own: a registry and a volume that are folders."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "roles" / "ollama" / "files" / "pull.sh"
GEMMA = "b50d6c999e592ae4f79acae23b4feaefbdfceaa7cd366df2610e3072c052a160"
# `ollama list` prints the first twelve digits; a server takes a moment to answer.
OLLAMA = """#!/bin/sh
echo "$@" >> "$HERE/calls"
case $1 in
  serve) [ -e "$HERE/broken" ] && exit 3; touch "$HERE/up"; exec sleep 60 ;;
  list) [ -e "$HERE/up" ] || exit 1
        echo "NAME ID SIZE MODIFIED"
        for file in "$HERE"/volume/*; do [ -e "$file" ] && echo "${file##*/} $(cut -c1-12 "$file") 1.7 GB 2 days ago"; done; exit 0 ;;
  pull) cp "$HERE/registry/$2" "$HERE/volume/$2" ;;
esac
"""


@dataclass
class Machine:
    here: Path

    def run(self, *models: str) -> subprocess.CompletedProcess[str]:
        """As the container runs it: the text, a name, the arguments."""
        argv = ["/bin/sh", "-c", SCRIPT.read_text(encoding="utf-8"), "pull", *models]
        environment = {"PATH": f"{self.here}/bin{os.pathsep}{os.environ['PATH']}", "HERE": str(self.here)}
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=30)

    @property
    def pulls(self) -> list[str]:
        return [line.split()[1] for line in (self.here / "calls").read_text(encoding="utf-8").splitlines() if line.startswith("pull ")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for name in ("bin", "registry", "volume"):
        (tmp_path / name).mkdir()
    program = tmp_path / "bin" / "ollama"
    program.write_text(OLLAMA, encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "registry" / "gemma:2b").write_text(GEMMA, encoding="utf-8")
    (tmp_path / "registry" / "qwen:latest").write_text("0" * 64, encoding="utf-8")
    return Machine(tmp_path)


def test_brings_what_is_missing_once(machine: Machine) -> None:
    first = machine.run(f"gemma:2b@sha256:{GEMMA}", "qwen")
    assert (first.returncode, machine.pulls) == (0, ["gemma:2b", "qwen:latest"]), first.stderr
    again = machine.run(f"gemma:2b@{GEMMA[:12]}", "qwen")
    assert (again.returncode, machine.pulls) == (0, ["gemma:2b", "qwen:latest"]), "what is there needs no registry"


def test_another_digest_is_pulled_and_then_refused(machine: Machine) -> None:
    (machine.here / "volume" / "gemma:2b").write_text("1" * 64, encoding="utf-8")
    moved = machine.run(f"gemma:2b@{GEMMA}")
    assert (moved.returncode, machine.pulls) == (0, ["gemma:2b"]), "the old one is replaced"
    wrong = machine.run("gemma:2b@" + "2" * 64)
    assert wrong.returncode == 1
    assert "gemma:2b is b50d6c999e59 after the pull" in wrong.stderr


def test_a_model_that_the_registry_has_not(machine: Machine) -> None:
    assert machine.run("nothing:1").returncode != 0


def test_a_server_that_does_not_start(machine: Machine) -> None:
    (machine.here / "broken").touch()
    done = machine.run("gemma:2b")
    assert (done.returncode, "ended before it answered" in done.stderr) == (1, True)


def test_helm_reads_no_template_in_it() -> None:
    assert "{" + "{" not in SCRIPT.read_text(encoding="utf-8")
