# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a molecule scenario and refuses to call it green where nothing was tested.

Molecule is satisfied by a scenario that has no verify.yml and by plays that match no host. So the playbooks must be there, and for every step that
was asked for the output must show a finished play on the inventory's host.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from gates.tools import tool

STEPS = ("prepare", "converge", "idempotence", "verify", "cleanup", "destroy")
ON_LOCALHOST = ("prepare", "destroy")


class RedError(AssertionError):
    """The scenario failed, or proved nothing."""


def demand_playbooks(root: Path, scenario: str, steps: tuple[str, ...]) -> None:
    """`idempotence` is converge once more; each other step has a file."""
    files = {f"{'converge' if step == 'idempotence' else step.replace('-', '_')}.yml" for step in steps}
    missing = sorted(name for name in files if not (root / "molecule" / scenario / name).is_file())
    if missing:
        raise RedError(f"scenario {scenario} lacks {', '.join(missing)}: molecule would pass without it")


def recaps(output: str, host: str) -> list[int]:
    """How many tasks were fine on the host, for each run of ansible-playbook in which it took part."""
    return [int(count) for count in re.findall(rf"^{re.escape(host)}\s*: ok=(\d+)", output, re.MULTILINE)]


def molecule(root: Path, step: str, scenario: str) -> subprocess.CompletedProcess[str]:
    # Said aloud: molecule finds the base by way of .git, which a copy of the files has not, and then takes its own defaults without a word: it would
    # install the copy as a collection, in the place of this checkout.
    base = str(root / ".config" / "molecule" / "config.yml")
    return tool("molecule", "--base-config", base, step, "--scenario-name", scenario, cwd=root, ANSIBLE_CONFIG=str(root / "ansible.cfg"))


def run_scenario(root: Path, scenario: str = "default", steps: tuple[str, ...] = STEPS) -> str:
    """The scenario's output; raises RedError with the reason."""
    demand_playbooks(root, scenario, steps)
    output = ""
    for step in steps:
        done = molecule(root, step, scenario)
        output += done.stdout
        if done.returncode:
            raise RedError(f"{step} exited {done.returncode}:\n{done.stdout[-6000:]}")
        demand_work(step, done.stdout)
    return output


def demand_work(step: str, output: str) -> None:
    """A step in which no task ran on the host it is for has proved nothing."""
    host = "localhost" if step in ON_LOCALHOST else "lab"
    if not any(recaps(output, host)):
        raise RedError(f"{step} ran no task on {host}:\n{output[-3000:]}")
