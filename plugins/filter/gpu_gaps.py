# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: gpu_gaps
short_description: Which model servers no node has the GPUs for
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Compares the GPUs that model servers ask for with what nodes say they can give.
  - Pods that run on the nodes are not subtracted, since they may be of these very servers.
positional: _input, nodes
options:
  _input:
    description: What is asked for.
    type: list
    elements: dict
    required: true
    suboptions:
      origin:
        description: The place in the inventory, as the message names it.
        type: str
        required: true
      resource:
        description: The resource, such as V(nvidia.com/gpu).
        type: str
        required: true
      count:
        description: How many for each pod.
        type: int
        required: true
      pods:
        description: How many pods.
        type: int
        required: true
      node_selector:
        description: Labels of the nodes.
        type: dict
        default: {}
  nodes:
    description: The cluster's nodes, as the API gives them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Read the nodes
  kubernetes.core.k8s_info:
    kind: Node
  register: found

- name: Demand that the GPUs are there
  ansible.builtin.assert:
    that: wanted | inference.gateway.gpu_gaps(found.resources) | length == 0
  vars:
    wanted:
      - origin: gpus
        resource: nvidia.com/gpu
        count: 2
        pods: 4
"""

RETURN = r"""
_value:
  description: One sentence for each server that does not fit, with what is there instead.
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.servers.nodes import Want, gaps


def gpu_gaps(wants: list[dict[str, Any]], nodes: list[dict[str, Any]]) -> list[str]:
    return gaps([Want(**{"node_selector": {}, **want}) for want in wants], nodes)


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"gpu_gaps": gpu_gaps}
