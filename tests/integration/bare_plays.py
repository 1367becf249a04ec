# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks run as users run them, where no cluster is needed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .plays import ROOT


@dataclass(frozen=True)
class Done:
    code: int
    output: str

    @property
    def changed(self) -> int:
        """Changed tasks over all hosts."""
        return sum(map(int, re.findall(r"changed=(\d+)", self.output)))

    @property
    def message(self) -> str:
        """The output in one line, so that a sentence is found wherever it was folded."""
        return " ".join(self.output.split())


def run(playbook: str | Path, inventory: str | Path, *options: str, **variables: Any) -> Done:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_", "GCP_", "APIGEE_"))}
    env |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    argv = [sys.executable, "-m", "ansible", "playbook", str(playbook), "--inventory", str(inventory), "--extra-vars", json.dumps(variables), *options]
    done = subprocess.run(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout + done.stderr)
