# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first thing a user meets: dev/bootstrap.py on machines that are not as it would like them."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from gates.tools import ROOT, run
from inference_lab.paths import cache_root


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "dev" / "bootstrap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bootstrap = load()


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's folder of which nothing is made yet, with a blank in its path."""
    root = tmp_path / "a checkout"
    root.mkdir()
    monkeypatch.setattr(bootstrap, "VENV", root / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", root / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "COLLECTIONS", root / "collections")
    monkeypatch.setattr(bootstrap, "ROOT", root)
    return root


def test_an_old_python_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a pyenv name, which is on PATH and only complains."""
    program(tmp_path / "old", "echo 3 9")
    program(tmp_path / "python3.13", "echo 'pyenv: version is not installed' >&2; exit 127")
    program(tmp_path / "python3.12", "echo 3 12")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "old"))
    assert bootstrap.find_python() == "python3.12"


def test_without_a_python_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "old", "echo 3 9")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "old"))
    monkeypatch.setattr(bootstrap, "FLOOR", (4, 0))
    with pytest.raises(bootstrap.UnmetError, match=r"old is 3\.9.*apt install python3"):
        bootstrap.find_python()


@pytest.mark.parametrize("half", ["empty", "no pip", "file", "link"])
def test_a_half_made_venv_is_made_again(elsewhere: Path, half: str) -> None:
    venv = elsewhere / ".venv"
    if half == "no pip":
        assert run(sys.executable, "-m", "venv", "--without-pip", str(venv)).returncode == 0
    elif half == "empty":
        (venv / "bin").mkdir(parents=True)
    elif half == "file":
        venv.touch()
    else:
        venv.symlink_to(elsewhere / "gone")
    assert not bootstrap.usable_venv()
    bootstrap.fresh_venv(sys.executable)
    assert bootstrap.usable_venv()


def test_the_link_is_mended_and_a_folder_is_not_thrown_away(elsewhere: Path) -> None:
    link = elsewhere / "collections" / "inference" / "gateway"
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere / "an older place")
    bootstrap.link_collection()
    assert link.resolve() == elsewhere
    link.unlink()
    link.mkdir()
    with pytest.raises(bootstrap.UnmetError, match="Move it away"):
        bootstrap.link_collection()


def test_pins_change_the_stamp(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = {name: elsewhere / name for name in ("run", "test")}
    for path in pins.values():
        path.write_text("one==1\n", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", pins)
    before = {level: bootstrap.stamp_for(level) for level in pins}
    pins["test"].write_text("one==2\n", encoding="utf-8")
    assert bootstrap.stamp_for("run") == before["run"]
    assert bootstrap.stamp_for("test") != before["test"]


@pytest.mark.parametrize("name", ["INFERENCE_LAB_CACHE", "XDG_CACHE_HOME", "HOME"])
def test_it_shares_the_cache_of_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Written twice, because the bootstrap runs before anything is installed."""
    for other in ("INFERENCE_LAB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, str(tmp_path))
    assert bootstrap.cache_folder() == cache_root()
    assert str(tmp_path) in os.fspath(cache_root())
