# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kong_verdict
short_description: What Kong's ingress controller said since a first look
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Kong's ingress controller tells by Events alone which plugins, consumers, routes and Ingresses it could not use.
  - Told apart from earlier ones by resourceVersion, so no clock matters. Values that Kong quotes in its messages are hidden, since keys are among them.
positional: _input, before
options:
  _input:
    description: Events, as the API gives them.
    type: list
    elements: dict
    required: true
  before:
    description: RV(_value.marks) of the first look. Left out, everything is new.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Look before
  kubernetes.core.k8s_info:
    kind: Event
    field_selectors: [source=kong-client]
  register: first

- name: Look afterwards
  kubernetes.core.k8s_info:
    kind: Event
    field_selectors: [source=kong-client]
  register: second

- name: Say what the controller could not use
  ansible.builtin.debug:
    msg: "{{ (second.resources | inference.gateway.kong_verdict((first.resources | inference.gateway.kong_verdict).marks)).failures }}"
"""

RETURN = r"""
_value:
  description: What is new.
  type: dict
  contains:
    failures:
      description: Rows of C(object), C(reason) and C(message), those of the controller's own pod last.
      type: list
      elements: dict
    applied:
      description: Whether a configuration reached Kong.
      type: bool
    marks:
      description: What has been seen, for a later look.
      type: list
      elements: str
"""

from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.servers.kong import marks, verdict


def kong_verdict(events: list[dict[str, Any]], before: list[str] | None = None) -> dict[str, Any]:
    return verdict(events, before or []) | {"marks": marks(events)}


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"kong_verdict": kong_verdict}
