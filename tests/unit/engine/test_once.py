# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources in a zip file are imported as Python does it, and each is compiled once."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
import zipimport
from pathlib import Path

from ansible_collections.inference.gateway.plugins.module_utils.engine import once

PROGRAM = """
import json, sys, zipimport
sys.path.insert(0, sys.argv[1])
import pack                          # with Python's own importer, as Ansible's modules are before ours
if sys.argv[2]:
    import first
compiled = []
real = zipimport._compile_source
zipimport._compile_source = lambda path, source: compiled.append(path) or real(path, source)
from pack import plain
from pack.below import deep
try:
    import pack.missing
except ModuleNotFoundError as error:
    missing = str(error)
told = {name: [sys.modules[name].__file__, sys.modules[name].__spec__.origin] for name in ("pack", "pack.plain", "pack.below", "pack.below.deep")}
print(json.dumps({"told": told, "missing": missing, "source": deep.__loader__.get_source("pack.below.deep"), "compiled": len(compiled)}))
"""
SOURCES = {"pack/__init__.py": "", "pack/plain.py": "A = 1\n", "pack/below/__init__.py": "from . import deep\n", "pack/below/deep.py": "B = 2\n"}


def told(archive: Path, ours: str) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(archive), ours], capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_each_source_is_compiled_once_and_nothing_else_changes(tmp_path: Path) -> None:
    archive = tmp_path / "payload.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for name, text in SOURCES.items():
            target.writestr(name, text)
        target.write(once.__file__, "first.py")
    plain, ours = told(archive, ""), told(archive, "ours")
    assert (plain.pop("compiled"), ours.pop("compiled")) in ((6, 3), (3, 3)), "of three modules"
    assert ours == plain


def test_a_program_that_does_not_run_out_of_a_zip_file_keeps_its_importer() -> None:
    assert once.__file__.endswith("once.py")
    assert zipimport.zipimporter in sys.path_hooks
    assert once.Importer not in sys.path_hooks
