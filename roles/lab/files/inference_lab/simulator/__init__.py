# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model servers without models: one process answers for every model pod of the lab, as vLLM, SGLang or Ollama would.

``pods`` reads what a pod is off its own specification, ``openai``, ``ollama`` and ``metrics`` make bodies, ``load`` is a pod's slots and queue,
``serving`` answers requests, ``table`` keeps the listening sockets as the table of pods says. Nothing here knows the rest of the lab.
"""
