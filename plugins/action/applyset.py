# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Ansible starts a module of this collection. The other files here are links to this one: a module is started like this if a file here has its name."""

from __future__ import annotations

from ansible_collections.inference.gateway.plugins.plugin_utils.in_process import ActionModule, prepare

__all__ = ["ActionModule"]

prepare(__name__)
