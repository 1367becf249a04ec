# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner must not call a ring green that proved nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import run
from gates.tools import ROOT

CASES = [
    ("def test_fine(): pass", True, "1 passed, 0 failed"),
    ("def test_wrong(): assert False\ndef test_fine(): pass", False, "1 passed, 1 failed"),
    ("", False, "no test ran"),
    ("import pytest\n@pytest.mark.skip\ndef test_later(): pass", False, "no test ran"),
    (
        "import pytest\ndef test_fine(): pass\ndef test_later(): pytest.skip('no compiler here')",
        True,
        "1 passed, 0 failed, 1 skipped (0 s); skipped: no compiler here",
    ),
    ("import nothing_of_this_name", False, "1 failed"),
    ("def test_fine(): pass\nimport os\ndef test_dies(): os._exit(3)", False, "left no report"),
]


@pytest.mark.parametrize(("text", "green", "told"), CASES)
def test_ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, green: bool, told: str) -> None:
    (tmp_path / "test_sample.py").write_text(text + "\n", encoding="utf-8")
    monkeypatch.setattr(run, "WORK", tmp_path)
    count = run.run_ring(run.Ring("sample", str(tmp_path)), None)
    assert count.green is green
    assert told in run.summary("sample", count, 0)


class ReadyLab:
    """A lab that stands."""

    @staticmethod
    def wait() -> str:
        return ""


ONCE = "import pathlib\ndef test_{0}():\n    mark = pathlib.Path(__file__).with_name('{0}')\n    seen = mark.exists()\n    mark.touch()\n    assert seen\n"
RERUNS = [
    ("def test_fine(): pass\n" + ONCE.format("first"), True, "2 passed, 0 failed (0 s); UNSTEADY (failed, then passed alone): test_sample.test_first"),
    ("def test_fine(): pass\ndef test_wrong(): assert False\n", False, "1 passed, 1 failed"),
    (ONCE.format("first") + "def test_wrong(): assert False\n", False, "0 passed, 2 failed"),
    ("def test_fine(): pass\n" + "".join(map(ONCE.format, ("first", "second", "third"))), False, "1 passed, 3 failed"),
]


@pytest.mark.parametrize(("text", "green", "told"), RERUNS)
def test_a_test_on_real_programs_has_a_second_try_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, green: bool, told: str) -> None:
    """What fails again stays red, and so do three at once."""
    (tmp_path / "test_sample.py").write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    monkeypatch.setattr(run, "WORK", tmp_path)
    count = run.run_ring(run.Ring("sample", str(tmp_path), lab=True), ReadyLab())
    assert count.green is green
    assert told in run.summary("sample", count, 0)


def test_a_ring_without_a_lab_has_no_second_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_sample.py").write_text(ONCE.format("first"), encoding="utf-8")
    monkeypatch.setattr(run, "WORK", tmp_path)
    assert not run.run_ring(run.Ring("sample", str(tmp_path)), None).green


def test_a_ring_that_hangs_is_stopped_and_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What passed before is still counted."""
    (tmp_path / "test_sample.py").write_text("import time\ndef test_fine(): pass\ndef test_hangs(): time.sleep(300)\n", encoding="utf-8")
    monkeypatch.setattr(run, "WORK", tmp_path)
    count = run.run_ring(run.Ring("sample", str(tmp_path), minutes=0.1), None)
    assert not count.green
    assert "longer than 0.1 minutes" in run.summary("sample", count, 0)


def test_every_folder_of_tests_is_in_a_ring() -> None:
    """A folder that no ring runs would look tested."""
    folders = {f"tests/{path.relative_to(ROOT / 'tests').parts[0]}" for path in (ROOT / "tests").rglob("test_*.py")}
    assert folders == {ring.folder for ring in run.RINGS}


def test_unknown_ring_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["moleclue"]) == 2
    assert "no ring moleclue" in capsys.readouterr().out


def test_a_ring_that_the_machine_cannot_run_is_left_out_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = run.Ring("sample", str(tmp_path), traffic=True)
    monkeypatch.setattr(run, "traffic_lack", lambda: "no namespaces here")
    count = run.run_ring(ring, None)
    assert count.green
    assert run.summary("sample", count, 1) == "sample: LEFT OUT: no namespaces here"
    monkeypatch.setattr(run, "traffic_lack", lambda: "")
    assert not run.run_ring(ring, None).green, "an empty folder has no test, and that is no success"
