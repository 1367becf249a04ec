# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what to do where the collection is not linked yet; pyproject.toml puts the link on the path."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent


def pytest_configure() -> None:
    # A shell that starts us in the background has us ignore interrupts, and everything that tests start would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    link = ROOT / ".ansible" / "collections" / "ansible_collections" / "inference" / "gateway"
    if not link.exists():
        raise pytest.UsageError(f"{link} does not exist: run `make env` once; it links the collection and installs what the tests need.")
