# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build, start and stop a Kubernetes control plane without containers; see the README of role lab."""

import platform
import sys

OLDEST_PYTHON = (3, 11)


def _refuse(lack: str, remedy: str) -> SystemExit:
    """Not an ImportError: 'python -m inference_lab' would show where it happened, and not what to do."""
    return SystemExit(f"ERROR: {lack}\n  what to do: {remedy}")


# Before all other imports, which an old Python does not even understand; hence no annotations from the future here.
if sys.version_info < OLDEST_PYTHON:
    raise _refuse(f"the lab needs Python 3.11 or newer; this is {platform.python_version()} ({sys.executable})", "run it with a newer python3")

try:
    from .errors import LabError
    from .lab import Lab, down, load, up
except ModuleNotFoundError as error:
    if error.name not in ("yaml", "cryptography"):
        raise
    raise _refuse(f"the lab needs the Python module {error.name!r}", "use the Python that runs Ansible, which has it") from error

__all__ = ["Lab", "LabError", "down", "load", "up"]
