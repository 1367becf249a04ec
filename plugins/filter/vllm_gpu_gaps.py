# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: vllm_gpu_gaps
short_description: Which vLLM servers no node has the GPUs for
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Compares the GPUs that the list C(vllm_models) of the role P(inference.gateway.vllm#role) asks for with what nodes say they can give.
  - Pods that run on the nodes are not subtracted, since they may be of these very servers.
positional: _input, nodes
options:
  _input:
    description: The servers, as the role documents them.
    type: list
    elements: dict
    required: true
  nodes:
    description: The cluster's nodes, as the API gives them.
    type: list
    elements: dict
    required: true
  namespace:
    description: Where a server lives that names no namespace.
    type: str
    default: default
"""

EXAMPLES = r"""
- name: Read the nodes
  kubernetes.core.k8s_info:
    kind: Node
  register: found

- name: Demand that the GPUs are there
  ansible.builtin.assert:
    that: vllm_models | inference.gateway.vllm_gpu_gaps(found.resources) | length == 0
"""

RETURN = r"""
_value:
  description: One sentence for each server that does not fit, with what is there instead.
  type: list
  elements: str
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.nodes import gaps


def vllm_gpu_gaps(models: list[Any], nodes: list[dict[str, Any]], namespace: str = "default") -> list[str]:
    try:
        return gaps(models, nodes, namespace)
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"vllm_gpu_gaps": vllm_gpu_gaps}
