# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: gke_objects
short_description: Policies and traffic extensions of GKE Gateway as manifests
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Turns the lists of the role P(inference.gateway.gke_gateway#role) into manifests, after checking every entry.
  - Nothing is sent anywhere.
positional: _input
options:
  _input:
    description:
      - The lists by their names, C(gke_gateway_health_checks), C(gke_gateway_backend_policies), C(gke_gateway_policies) and
        C(gke_gateway_traffic_extensions), as the role documents them.
    type: dict
    required: true
  namespace:
    description: Where an entry lives that names no namespace.
    type: str
    default: default
  routes:
    description: Routes that are rendered for GKE. A backend whose time one of them says has its policy already.
    type: list
    elements: dict
    default: []
  pools:
    description: Pools that are rendered for GKE. Each has its health check already.
    type: list
    elements: dict
    default: []
  inventory_namespace:
    description: Where routes and pools live that name no namespace.
    type: str
    default: default
"""

EXAMPLES = r"""
- name: Read what would be applied
  ansible.builtin.copy:
    content: "{{ ({'gke_gateway_health_checks': checks} | inference.gateway.gke_objects(namespace='ai')).policies | to_nice_yaml }}"
    dest: policies.yml
    mode: "0644"
  vars:
    checks:
      - {name: ollama, service: ollama, path: /api/version, port: 11434}
"""

RETURN = r"""
_value:
  description: The manifests, those that come before Gateways and routes apart from those that come after them.
  type: dict
  contains:
    policies:
      description: HealthCheckPolicies, GCPBackendPolicies and GCPGatewayPolicies.
      type: list
      elements: dict
    extensions:
      description: GCPTrafficExtensions.
      type: list
      elements: dict
    gateways:
      description: Namespace and name of each Gateway that an extension is for.
      type: list
      elements: dict
"""

from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.gke_lists import Inventory, render


def gke_objects(
    lists: dict[str, Any],
    namespace: str = "default",
    routes: list[Any] | None = None,
    pools: list[Any] | None = None,
    inventory_namespace: str = "default",
) -> dict[str, Any]:
    try:
        return asdict(render(lists, namespace, Inventory(routes or (), pools or (), inventory_namespace)))
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"gke_objects": gke_objects}
