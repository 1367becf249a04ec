# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixture `lab`: a running Kubernetes control plane, one for the whole test session."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import inference_lab
import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, and nothing about the code. The same examples every time, so that one commit has one result;
# new ones are looked for with --hypothesis-profile=hunt.
ANYWHERE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("any machine", ANYWHERE, derandomize=True, database=None)
settings.register_profile("hunt", ANYWHERE, derandomize=False, max_examples=3000)
settings.load_profile("any machine")


def pytest_keyboard_interrupt() -> None:
    """What a worker of pytest-xdist takes down at its end, such as a lab, is interrupted no second time, as it would be after five seconds."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[inference_lab.Lab]:
    """The lab that INFERENCE_LAB_STATE names when it runs (it is left running), else one of our own, taken down at the end.

    Of several workers the first has the one that is named.
    """
    named = os.environ.get("INFERENCE_LAB_STATE") if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0" else None
    found = inference_lab.load(Path(named).absolute()) if named else None
    if found is not None and not found.dead():
        yield found
        return
    state = tmp_path_factory.mktemp("lab") / "state"
    try:
        yield inference_lab.up(state)[0]
    finally:
        inference_lab.down(state)
