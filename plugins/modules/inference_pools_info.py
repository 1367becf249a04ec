#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inference_pools_info
short_description: Read InferencePools back as an inventory declares them
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Returns the InferencePools of a cluster, a namespace or an owner as the list that module M(inference.gateway.inference_pools) takes, so that an
    inventory can be written from what is there. Given back to that module, the list changes nothing but the owner's marks.
  - Always returns a list. It is empty when there is nothing, also where the cluster does not know the kind, which is then a warning.
  - Defaults that nobody would write are left out. Objects that a controller keeps, or that are being deleted, are left out and named in RV(unexpressed).
  - Every entry is rendered again and compared with its object. What it would not say is in RV(unexpressed).
options:
  exact:
    description:
      - Give an object as an entry only when the entry says all about it, and else under RV(manifests).
      - Without it such an object is an entry all the same, and RV(unexpressed) says what the entry lacks.
    type: bool
    default: false
extends_documentation_fragment:
  - inference.gateway.info
  - kubernetes.core.k8s_auth_options
seealso:
  - module: inference.gateway.inference_pools
"""

EXAMPLES = r"""
- name: What is there, whoever made it
  inference.gateway.inference_pools_info:
    namespace: ai
  register: there

- name: What of it no inventory manages
  inference.gateway.inference_pools_info:
    namespace: ai
    label_selectors: ["!applyset.kubernetes.io/part-of"]
    exact: true
  register: unmanaged

- name: Manage it from now on
  inference.gateway.inference_pools:
    owner: platform
    namespace: ai
    adopt: true
    inference_pools: "{{ unmanaged.inference_pools }}"
"""

RETURN = r"""
inference_pools:
  description: The InferencePools, as O(inference.gateway.inference_pools#module:inference_pools) takes them.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: llama, namespace: ai, selector: {app: llama}, ports: [8000], endpoint_picker: {service: llama-epp, port: 9002}}
manifests:
  description: Objects for which there is no entry, as manifests for module M(inference.gateway.applyset).
  returned: success
  type: list
  elements: dict
  sample: []
unexpressed:
  description: What V(inference_pools) does not say, object by object and field by field.
  returned: success
  type: list
  elements: dict
  sample: []
  contains:
    kind:
      description: Kind and group of the object.
      type: str
      returned: always
    namespace:
      description: The object's namespace.
      type: str
      returned: always
    name:
      description: The object's name.
      type: str
      returned: always
    field:
      description: The field, in the object or in the entry.
      type: str
      returned: always
    problem:
      description: Why it is not said.
      type: str
      returned: always
"""

from ansible_collections.inference.gateway.plugins.module_utils.engine.run import run_info
from ansible_collections.inference.gateway.plugins.module_utils.models.reading.pools import INFO


def main() -> None:
    run_info(INFO)


if __name__ == "__main__":
    main()
