# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build, start and stop a Kubernetes control plane without containers; see the README of role lab."""

from __future__ import annotations

from .errors import LabError
from .lab import Lab, down, load, up

__all__ = ["Lab", "LabError", "down", "load", "up"]
