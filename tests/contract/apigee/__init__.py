# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for Google's Apigee management API: requests are judged by Google's own discovery document, the state by documented rules.

In comments [D] is a text of the discovery document, [?] a choice where nothing is documented; anything else is named.
"""

from .server import ApigeeServer, Seen

__all__ = ["ApigeeServer", "Seen"]
