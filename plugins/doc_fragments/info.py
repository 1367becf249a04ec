# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that reads objects back."""

    DOCUMENTATION = r"""
options:
  namespace:
    description:
      - Where to look. Without it the whole cluster is read, which needs the right to list there.
      - With O(owner) it is the namespace of the owner's ConfigMap, as in the module that keeps the objects, and V(default) where it is not given.
        The objects are then found wherever they are.
    type: str
  names:
    description:
      - Only objects of these names.
    type: list
    elements: str
  label_selectors:
    description:
      - Only objects whose labels meet all of these selectors, such as V(team=ai), V(tier in (a, b\)) or V(!applyset.kubernetes.io/part-of).
    type: list
    elements: str
  owner:
    description:
      - Only objects of this owner. Without it objects are returned whoever owns them, or nobody.
    type: str
requirements:
  - kubernetes >= 29
attributes:
  check_mode:
    support: full
    description: Reads in C(check_mode) as ever.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
"""
