# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kthena_manifests
short_description: Kthena's objects as manifests
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Turns the list C(kthena_objects) of the role P(inference.gateway.kthena#role) into manifests, after checking every entry.
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
  gateway_api:
    description: Whether Kthena's router serves the Gateway API. Then a ModelRoute has to name its Gateways.
    type: bool
    default: false
  volcano:
    description: Whether the cluster has the scheduler Volcano. Without it every workload has to name another.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Read what would be applied
  ansible.builtin.copy:
    content: "{{ kthena_objects | inference.gateway.kthena_manifests(namespace='ai') | to_nice_yaml }}"
    dest: models.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The manifests.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.kthena import Cluster, manifests


def kthena_manifests(entries: list[Any], namespace: str = "default", gateway_api: bool = False, volcano: bool = True) -> list[dict[str, Any]]:
    try:
        return manifests(entries, namespace, Cluster(gateway_api=gateway_api, volcano=volcano))
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"kthena_manifests": kthena_manifests}
