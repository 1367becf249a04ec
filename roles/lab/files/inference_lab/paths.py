# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things lie: the cache that all labs share, and the state folder that each lab has for itself."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PINS = PACKAGE.parent / "go"
STAGES = PACKAGE.parent / "stages"


def cache_root() -> Path:
    """INFERENCE_LAB_CACHE, else the user's own cache folder."""
    named = os.environ.get("INFERENCE_LAB_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "inference-lab"


def default_state() -> Path:
    """INFERENCE_LAB_STATE, else .ansible/lab of the collection that this package lies in."""
    named = os.environ.get("INFERENCE_LAB_STATE")
    return Path(named).expanduser().absolute() if named else PACKAGE.parents[3] / ".ansible" / "lab"


def manifests_root(cache: Path) -> Path:
    """Custom resource definitions out of the pinned modules, a folder per name and version."""
    return cache / "manifests"
