# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes when each task of a play began and how long it took, one JSON line a task, into the file that BENCH_DURATIONS names."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: durations
type: aggregate
short_description: How long each task took
description: For the benchmark alone.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "durations"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.task: tuple[str, str, float, float] | None = None

    def _note(self) -> None:
        if self.task:
            name, action, moment, began = self.task
            with Path(os.environ["BENCH_DURATIONS"]).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"task": name, "action": action, "began": moment, "seconds": round(time.monotonic() - began, 3)}) + "\n")
        self.task = None

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: ARG002 - Ansible names it
        self._note()
        self.task = (task.get_name(), task.action, time.time(), time.monotonic())

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ARG002 - Ansible names it
        self._note()
