# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building into the cache: once, whole or not at all, shared, and explained when it fails."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from inference_lab import LabError
from inference_lab.build import build
from inference_lab.paths import PACKAGE
from inference_lab.process import start_time

from .conftest import FakeGo

BUILDER = """
import sys
from pathlib import Path
from inference_lab import pins
from inference_lab.build import build
build(Path(sys.argv[1]), pins.load(Path(sys.argv[2])))
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "the cache"


def builder(cache: Path, fake_go: FakeGo) -> subprocess.Popen[str]:
    """Another process that builds into the same cache."""
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.Popen([sys.executable, "-c", BUILDER, str(cache), str(fake_go.table)], env=env, stderr=subprocess.PIPE, text=True)


def until(condition: object) -> None:
    end = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_everything_is_built_once(fake_go: FakeGo, cache: Path) -> None:
    first = build(cache, fake_go.groups())
    assert first.changed == ["alpha", "beta", "crds"]
    assert first.programs["two"].read_text() == "program of example.com/alpha/cmd/two\n"
    asked = fake_go.asked()
    second = build(cache, fake_go.groups())
    assert second.changed == []
    assert fake_go.asked() == asked


def test_a_changed_pin_rebuilds_its_own_group_only(fake_go: FakeGo, cache: Path) -> None:
    before = build(cache, fake_go.groups())
    sums = fake_go.table / "beta" / "go.sum"
    sums.write_text(sums.read_text() + "example.com/other v1.0.0 h1:y\n")
    after = build(cache, fake_go.groups())
    assert after.changed == ["beta"]
    assert before.programs["one"] == after.programs["one"]
    assert before.programs["three"].exists(), "another checkout may still use it"


def test_another_go_rebuilds_everything(fake_go: FakeGo, cache: Path) -> None:
    build(cache, fake_go.groups())
    fake_go.tell("version", "go1.27.0\n")
    assert build(cache, fake_go.groups()).changed == ["alpha", "beta", "crds"]


def test_a_failed_build_publishes_nothing_of_its_group_and_keeps_the_others(fake_go: FakeGo, cache: Path) -> None:
    fake_go.tell("fail", "example.com/beta\n")
    fake_go.tell("says", "link: write: no space left on device\n")
    with pytest.raises(LabError) as caught:
        build(cache, fake_go.groups())
    assert "no space left on device" in caught.value.message
    assert "free some disk room" in caught.value.hint
    assert [path.name.split("-")[0] for path in (cache / "groups").iterdir()] == ["alpha"]
    (fake_go.home / "fail").unlink()
    assert build(cache, fake_go.groups()).changed == ["beta", "crds"]


@pytest.mark.parametrize(
    ("says", "hint"),
    [
        ("verifying x: checksum mismatch\nSECURITY ERROR", "not the one that was pinned"),
        ("dial tcp: lookup proxy: no such host", "GOPROXY"),
        ("link: signal: killed", "2 GiB of free memory"),
        ("x.go:1: undefined: y", "see the lines above"),
    ],
)
def test_the_remedy_fits_the_cause(fake_go: FakeGo, cache: Path, says: str, hint: str) -> None:
    fake_go.tell("fail", "example.com/alpha/cmd/one\n")
    fake_go.tell("says", says)
    with pytest.raises(LabError) as caught:
        build(cache, fake_go.groups())
    assert says.splitlines()[0] in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_nothing_half_done(fake_go: FakeGo, cache: Path, number: int) -> None:
    fake_go.tell("hang")
    other = builder(cache, fake_go)
    until(lambda: list(cache.glob("groups/.alpha*/bin/one")))
    other.send_signal(number)
    other.wait(timeout=30)
    if other.stderr:
        other.stderr.close()
    assert not list(cache.glob("groups/alpha-*"))
    if number == signal.SIGINT:
        assert start_time(int((fake_go.home / "pid").read_text())) is None, "Go ends with us where we can still say so"
    (fake_go.home / "hang").unlink()
    assert build(cache, fake_go.groups()).changed == ["alpha", "beta", "crds"]
    assert not list(cache.glob("groups/.*")), "what the killed build left must be gone"


def test_two_builders_share_the_work(fake_go: FakeGo, cache: Path) -> None:
    others = [builder(cache, fake_go) for _number in range(3)]
    for other in others:
        _out, err = other.communicate(timeout=30)
        assert other.returncode == 0, err
    assert sorted(fake_go.asked()) == sorted(set(fake_go.asked())), "each program is built by one of them"


def test_copies_leave_out_kustomization_and_are_published_under_a_lasting_name(fake_go: FakeGo, cache: Path) -> None:
    built = build(cache, fake_go.groups())
    published = built.manifests / "crds-v1.2.3"
    assert sorted(path.name for path in published.iterdir()) == ["a.yaml", "b.yaml", "more.yaml"]
    (fake_go.table / "crds" / "go.sum").write_text("another sum\n")
    fake_go.home.joinpath("modules/example.com/crds/config/a.yaml").write_text("new\n")
    build(cache, fake_go.groups())
    assert (published / "a.yaml").read_text() == "new\n"


def test_a_module_that_go_sum_does_not_know_is_refused(fake_go: FakeGo, cache: Path) -> None:
    fake_go.tell("adds-sum")
    with pytest.raises(LabError, match=re.escape("go.sum lacks the sum of example.com/crds v1.2.3")):
        build(cache, fake_go.groups())


def test_a_full_cache_may_be_read_only(fake_go: FakeGo, cache: Path) -> None:
    build(cache, fake_go.groups())
    before = {path: path.lstat().st_mtime_ns for path in [cache, *cache.rglob("*")]}
    build(cache, fake_go.groups())
    assert {path: path.lstat().st_mtime_ns for path in [cache, *cache.rglob("*")]} == before
