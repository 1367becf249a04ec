# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick gates: style, types, Ansible content."""

from __future__ import annotations

from pathlib import Path

from gates.tools import ROOT, must_pass, tool, tracked

MAX_LINES = 300
NEW_PYTHON = ("plugins/", "roles/", "dev/", "tests/", "conftest.py")


def test_ruff() -> None:
    must_pass(tool("ruff", "check", "--no-cache", "--quiet", *NEW_PYTHON))


def test_mypy_strict_on_module_utils_and_the_lab() -> None:
    """pyproject.toml names the packages, so nobody can forget one here."""
    done = tool("mypy")
    must_pass(done)
    assert "Success: no issues found in" in done.stdout


def test_yamllint() -> None:
    must_pass(tool("yamllint", "--strict", "."))


def test_ansible_lint_production() -> None:
    """Profile, opt-in rules and strictness are in .ansible-lint."""
    done = tool("ansiblelint", "--offline", "--strict", "--nocolor")
    must_pass(done)
    assert "Passed: 0 failure(s), 0 warning(s)" in done.stdout, done.stdout


def test_every_python_file_has_the_licence_header() -> None:
    wanted = (
        "# Copyright (c) 2026, the inference.gateway authors\n"
        "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
        "# SPDX-License-Identifier: GPL-3.0-or-later\n"
    )
    missing = [name for name in tracked() if name.endswith(".py") and wanted not in (ROOT / name).read_text(encoding="utf-8")[:400]]
    assert not missing


def test_no_python_file_needs_a_table_of_contents() -> None:
    """Modules are mostly documentation and are let off; everything else is cut before it grows past a few screens."""
    names = [name for name in tracked() if name.endswith(".py") and not name.startswith("plugins/modules/")]
    assert not {name: lines for name in names if (lines := line_count(ROOT / name)) > MAX_LINES}


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
