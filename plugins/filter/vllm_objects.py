# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: vllm_objects
short_description: The Kubernetes objects of vLLM servers
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Turns the list C(vllm_models) of the role P(inference.gateway.vllm#role) into manifests, after checking every entry.
  - Nothing is sent anywhere.
positional: _input
options:
  _input:
    description: The servers, as the role documents them.
    type: list
    elements: dict
    required: true
  namespace:
    description: Where a server lives that names no namespace.
    type: str
    default: default
  images:
    description: The image of a server that names none, by the vendor of its GPUs (V(nvidia), V(amd), V(none)).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Read what would be applied
  ansible.builtin.copy:
    content: "{{ (vllm_models | inference.gateway.vllm_objects(namespace='ai', images=vllm_images)).servers | to_nice_yaml }}"
    dest: servers.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The manifests, those of claims for weights apart from the others.
  type: dict
  contains:
    servers:
      description: Deployments or StatefulSets, Services, PodDisruptionBudgets and HorizontalPodAutoscalers.
      type: list
      elements: dict
    caches:
      description: PersistentVolumeClaims for weights.
      type: list
      elements: dict
    gpus:
      description: The GPUs that each server needs, as P(inference.gateway.gpu_gaps#filter) takes them.
      type: list
      elements: dict
"""

from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.vllm_objects import render


def vllm_objects(models: list[Any], namespace: str = "default", images: dict[str, str] | None = None) -> dict[str, Any]:
    try:
        rendered = render(models, namespace, images or {})
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error
    return {"servers": rendered.servers, "caches": rendered.caches, "gpus": [asdict(want) for want in rendered.gpus]}


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"vllm_objects": vllm_objects}
