# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: apigee_manifests
short_description: Objects of the Apigee operator as manifests
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Turns the list C(apigee_objects) of the role P(inference.gateway.apigee#role) into manifests, after checking every entry.
  - Nothing is sent anywhere.
positional: _input
options:
  _input:
    description: The objects, as the role documents them.
    type: list
    elements: dict
    required: true
  namespace:
    description: Where an object lives that names no namespace.
    type: str
    default: default
  staged:
    description: Answer a list of lists, in the order in which objects have to work before the next are made.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Read what would be applied
  ansible.builtin.copy:
    content: "{{ apigee_objects | inference.gateway.apigee_manifests(namespace='default') | to_nice_yaml }}"
    dest: apigee.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The manifests.
  type: list
  elements: raw
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.apigee import manifests, stages


def apigee_manifests(entries: list[Any], namespace: str = "default", staged: bool = False) -> list[Any]:
    try:
        found = manifests(entries, namespace)
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error
    return stages(found) if staged else found


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"apigee_manifests": apigee_manifests}
