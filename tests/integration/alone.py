# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module in this process, without a cluster of its own."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args


def run_module(name: str, /, **params: Any) -> tuple[dict[str, Any], str]:
    """The module's result, and all that it printed."""
    found = importlib.import_module(f"ansible_collections.inference.gateway.plugins.modules.{name}")
    out = io.StringIO()
    with patch_module_args(params), contextlib.redirect_stdout(out), pytest.raises(SystemExit):
        found.main()
    return json.loads(out.getvalue().strip().splitlines()[-1]), out.getvalue()
