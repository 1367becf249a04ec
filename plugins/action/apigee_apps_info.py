# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Ansible starts the module of this file's name; the same for each. Links to one file would be redirects to tools that make documentation."""

from __future__ import annotations

from ansible_collections.inference.gateway.plugins.plugin_utils.in_process import action_of

ActionModule = action_of(__name__)
