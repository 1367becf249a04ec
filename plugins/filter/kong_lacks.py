# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kong_lacks
short_description: What a Kong that is there already lacks
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Holds what was read of a Kong against what is demanded of it.
  - What cannot be told is said as well, with how it could be.
positional: _input, found
options:
  _input:
    description: What is demanded. What is left out, empty or V(any) demands nothing.
    type: dict
    required: true
    suboptions:
      ingress_class:
        description: Name of an IngressClass of Kong's ingress controller.
        type: str
      gateway_class:
        description: Name of a GatewayClass of Kong's ingress controller.
        type: str
      min_version:
        description: Least version of Kong.
        type: str
      edition:
        description: V(community) or V(enterprise).
        type: str
      database:
        description: V(dbless) or V(postgres).
        type: str
      plugins:
        description: Names of plugins.
        type: list
        elements: str
  found:
    description: What was read.
    type: dict
    required: true
    suboptions:
      ingress_classes:
        description: The cluster's, as the API gives them.
        type: list
        elements: dict
      gateway_classes:
        description: Likewise.
        type: list
        elements: dict
      deployment:
        description: Namespace and name of the Deployment that was asked for.
        type: str
        required: true
      deployments:
        description: What was found under that name.
        type: list
        elements: dict
      admin:
        description:
          - Answers of the Admin API. They count more than a Deployment, which is then not looked at.
          - Each has C(url) and either C(root), the body of C(GET /), or C(problem), a sentence.
        type: list
        elements: dict
"""

EXAMPLES = r"""
- name: Read the IngressClasses
  kubernetes.core.k8s_info:
    api_version: networking.k8s.io/v1
    kind: IngressClass
  register: classes

- name: Read the Deployment
  kubernetes.core.k8s_info:
    api_version: apps/v1
    kind: Deployment
    namespace: kong
    name: kong-kong
  register: deployments

- name: Demand a Kong that can do it
  ansible.builtin.assert:
    that: demand | inference.gateway.kong_lacks(found) | length == 0
  vars:
    demand: {ingress_class: kong, min_version: 3.4.1, plugins: [key-auth, acl]}
    found: {ingress_classes: "{{ classes.resources }}", deployment: kong/kong-kong, deployments: "{{ deployments.resources }}"}
"""

RETURN = r"""
_value:
  description: One sentence for each thing that is missing.
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.servers.kong import Demand, lacks


def kong_lacks(demand: dict[str, Any], found: dict[str, Any]) -> list[str]:
    return lacks(Demand(**demand), found)


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"kong_lacks": kong_lacks}
