#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: applyset_info
short_description: Read Kubernetes objects back as manifests
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Returns the objects of an owner, or all objects of some kinds, as the list of manifests that module M(inference.gateway.applyset) takes.
    Given back to that module, the list changes nothing but the owner's marks.
  - Always returns a list. It is empty when there is nothing, also where the cluster does not know a kind, which is then a warning.
  - Left out are C(status), what only servers write, defaults that nobody wrote, and the marks that tools keep on objects.
    Objects that a controller keeps, or that are being deleted, are left out and named in RV(unexpressed).
options:
  kinds:
    description:
      - What to look for, each as kind and group, such as V(Deployment.apps), V(Service) or V(HTTPRoute.gateway.networking.k8s.io).
      - The default is everything in the set of O(owner). Without an owner it is needed.
    type: list
    elements: str
  secrets:
    description:
      - Return Secrets too, with their values. Set C(no_log) on the task then.
    type: bool
    default: false
extends_documentation_fragment:
  - inference.gateway.info
  - kubernetes.core.k8s_auth_options
seealso:
  - module: inference.gateway.applyset
"""

EXAMPLES = r"""
- name: Everything that an owner has
  inference.gateway.applyset_info:
    owner: model-servers
    namespace: ai

- name: Workloads that nobody manages
  inference.gateway.applyset_info:
    namespace: ai
    kinds: [Deployment.apps, Service]
    label_selectors: ["!applyset.kubernetes.io/part-of"]
  register: unmanaged

- name: Manage them from now on
  inference.gateway.applyset:
    owner: model-servers
    namespace: ai
    adopt: true
    objects: "{{ unmanaged.objects }}"
"""

RETURN = r"""
objects:
  description: The objects as manifests.
  returned: success
  type: list
  elements: dict
unexpressed:
  description: What V(objects) does not say, object by object and field by field.
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
from ansible_collections.inference.gateway.plugins.module_utils.models.manifest import INFO


def main() -> None:
    run_info(INFO)


if __name__ == "__main__":
    main()
