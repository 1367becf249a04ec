# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules. A further file of rules is a name here."""

from __future__ import annotations

from .rule import Rule
from .rules import attachments, backends, changes, listeners, matches, objects, paths, pools, regexes, times, weights

MODULES = (matches, paths, regexes, attachments, listeners, backends, weights, times, changes, pools, objects)
RULES: dict[str, Rule] = {item.id: item for module in MODULES for item in vars(module).values() if isinstance(item, Rule)}
"""By id, in the order in which they are run and documented."""
