# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules. A further file of rules is a name here."""

from __future__ import annotations

from .rule import Rule
from .rules import backends, matches, regexes, retries, weights

RULES: dict[str, Rule] = {
    item.id: item for module in (matches, regexes, weights, backends, retries) for item in vars(module).values() if isinstance(item, Rule)
}
"""By id, in the order in which they are run and documented."""
