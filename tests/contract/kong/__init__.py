# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for the Admin API of Kong Gateway that keeps to Kong's own rules, for tests and benchmarks."""

from .server import KongAdmin, Seen

__all__ = ["KongAdmin", "Seen"]
