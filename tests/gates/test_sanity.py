# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity, with nothing ignored."""

from __future__ import annotations

from gates.sanity import sanity
from gates.tools import ROOT


def test_ansible_test_sanity() -> None:
    done = sanity([])
    findings = [line for line in done.stdout.splitlines() if line.startswith(("ERROR", "FATAL", "WARNING"))]
    assert done.returncode == 0, "\n".join(findings or done.stdout.splitlines()[-40:])
    assert 'Running sanity test "validate-modules"' in done.stdout, done.stdout
    assert 'Running sanity test "pylint"' in done.stdout, done.stdout


def test_nothing_is_ignored() -> None:
    assert not list((ROOT / "tests").glob("sanity/ignore*")), "fix the finding instead of ignoring it"
