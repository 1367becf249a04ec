# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a module is run in a child, whatever the module does."""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
import time
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from ansible_collections.inference.gateway.plugins.plugin_utils.in_process import PLUGINS, Call, Compiled

ROOT = Path(__file__).resolve().parents[3]
COUNT = iter(range(1000))


def call(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, **environment: object) -> Call:
    name = f"module_of_a_test_{next(COUNT)}"
    (folder / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    return Call(name, str(folder), environment)


@pytest.mark.parametrize(
    ("source", "status", "output", "complaints"),
    [
        ("import sys\ndef main():\n    print('said')\n    sys.exit(0)", 0, "said\n", ""),
        ("import sys\ndef main():\n    print('said')\n    sys.exit(3)", 3, "said\n", ""),
        ("import sys\ndef main():\n    sys.exit()", 0, "", ""),
        ("import sys\ndef main():\n    sys.exit('why')", 1, "", "why"),
        ("import atexit\ndef main():\n    atexit.register(print, 'at the end')\n    raise SystemExit", 0, "at the end\n", ""),
        ("import threading, time\ndef main():\n    threading.Timer(0.2, print, ['later']).start()\n    raise SystemExit", 0, "later\n", ""),
        ("import logging\ndef main():\n    logging.getLogger('x').error('a word')\n    raise SystemExit", 0, "", "a word\n"),
        ("import os\ndef main():\n    os.write(1, b'raw')\n    os.write(2, b'oh')\n    os._exit(4)", 4, "raw", "oh"),
        ("import os, signal\ndef main():\n    os.kill(os.getpid(), signal.SIGKILL)", 137, "", ""),
        ("import os, signal\ndef main():\n    os.kill(os.getpid(), signal.SIGTERM)", 143, "", ""),
        ("import os\ndef main():\n    print(os.getcwd().rpartition('/')[2], os.environ['NUMBER'])\n    raise SystemExit", 0, "here 7\n", ""),
        ("from ansible.module_utils import basic\ndef main():\n    print(basic._ANSIBLE_ARGS.decode())\n    raise SystemExit", 0, "{}\n", ""),
    ],
)
def test_a_module_runs_in_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, status: int, output: str, complaints: str) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    assert call(folder, monkeypatch, source, NUMBER=7).run(b"{}") == (status, output.encode(), complaints.encode())
    assert "NUMBER" not in os.environ


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def main():\n    raise ValueError('broken')", "broken"),
        ("raise ValueError('broken')", "broken"),
        ("def main(:", "invalid syntax"),
        ("def main():\n    pass", "did not end"),
    ],
)
def test_a_broken_module_is_told_as_ansible_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, message: str) -> None:
    status, output, complaints = call(tmp_path, monkeypatch, source).run(b"{}")
    said = json.loads(output)
    assert (status, complaints, said["failed"]) == (1, b"", True)
    assert message in json.dumps(said["exception"])


class OverError(Exception):
    """As Ansible's own at the end of a task's time."""


def interrupted(mark: Path, module: Call) -> None:
    """Runs a module and is interrupted by a signal as soon as the module has written ``mark``."""

    def over(_number: int, _frame: object) -> None:
        raise OverError

    def interrupt() -> None:
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, over)
    try:
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(OverError):
            module.run(b"{}")
    finally:
        signal.signal(signal.SIGALRM, before)


def test_what_interrupts_the_parent_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "pid"
    slow = f"import os, time\nfrom pathlib import Path\ndef main():\n    Path({str(mark)!r}).write_text(str(os.getpid()))\n    time.sleep(600)"

    interrupted(mark, call(tmp_path, monkeypatch, slow))
    assert os.waitstatus_to_exitcode(os.waitpid(int(mark.read_text()), 0)[1]) == -signal.SIGTERM


def test_what_interrupts_the_parent_lets_the_module_put_things_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark, back = tmp_path / "pid", tmp_path / "back"
    source = f"""
import os, signal, sys, time
from pathlib import Path
def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
    try:
        Path({str(mark)!r}).write_text(str(os.getpid()))
        time.sleep(600)
    finally:
        Path({str(back)!r}).touch()
"""
    interrupted(mark, call(tmp_path, monkeypatch, source))
    assert os.waitstatus_to_exitcode(os.waitpid(int(mark.read_text()), 0)[1]) == 5
    assert back.exists()


def test_what_the_parent_clears_away_at_its_end_is_not_the_childs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    atexit.register(kept.unlink)
    try:
        assert call(tmp_path, monkeypatch, "def main():\n    raise SystemExit").run(b"{}")[0] == 0
        assert kept.exists()
    finally:
        atexit.unregister(kept.unlink)


def test_sources_of_this_collection_are_compiled_once() -> None:
    folder = str(ROOT / "plugins" / "module_utils" / "engine")
    found = Compiled().find_spec(f"{PLUGINS}.module_utils.engine.plan", [folder])
    assert found is not None
    assert isinstance(found.loader, SourceFileLoader)
    assert found.cached is not None


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        (f"{PLUGINS}.module_utils.engine", "plugins/module_utils"),
        (f"{PLUGINS}.module_utils.engine.missing", "plugins/module_utils/engine"),
        (f"{PLUGINS}.filter.lists", "plugins/filter"),
        ("ansible_collections.kubernetes.core.plugins.module_utils.args_common", "plugins/module_utils"),
        ("json", ""),
    ],
)
def test_the_rest_is_left_to_the_other_finders(name: str, folder: str) -> None:
    assert Compiled().find_spec(name, [str(ROOT / folder)] if folder else None) is None


def test_this_process_is_no_module() -> None:
    """Ansible's libraries tell modules and controllers apart by a flag, which is turned in the child alone."""
    internal = sys.modules["ansible.module_utils._internal"]
    before = internal.is_controller  # type: ignore[attr-defined]
    Call("json", "/", {}).run(b"{}")
    assert internal.is_controller is before  # type: ignore[attr-defined]
