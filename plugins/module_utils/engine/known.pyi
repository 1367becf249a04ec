# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules that only read or judge are made of, for who checks types; such a module brings its own."""

from .check import Check as Check
from .check import Veiled as Veiled
from .info import Info as Info
