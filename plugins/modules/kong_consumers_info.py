#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kong_consumers_info
short_description: Read Kong's consumers back as an inventory declares them
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Returns the consumers of a Kong, with credentials, groups and plugins, as the list that module M(inference.gateway.kong_consumers) takes.
  - A key comes back as V(generate=true), which keeps whatever stands, so that the list can be given back without any secret in it.
    With O(secrets=true) it comes back as it is.
  - Always returns a list. It is empty when there is nothing.
  - What the list cannot say is in RV(unexpressed), such as a password of which Kong keeps a hash alone.
options:
  secrets:
    description:
      - Return the values of keys and shared secrets. Set C(no_log) on the task.
    type: bool
    default: false
extends_documentation_fragment:
  - inference.gateway.info
  - inference.gateway.kong
  - kubernetes.core.k8s_auth_options
seealso:
  - module: inference.gateway.kong_consumers
"""

EXAMPLES = r"""
- name: The consumers of an owner, without their keys
  inference.gateway.kong_consumers_info:
    owner: platform
    namespace: ai
  register: there

- name: The key that was made for one of them
  inference.gateway.kong_consumers_info:
    namespace: ai
    names: [maverick]
    secrets: true
  no_log: true
  register: maverick

- name: What a Kong with a database has, whoever made it
  inference.gateway.kong_consumers_info:
    kong_admin:
      urls: [https://kong-admin.example.com:8444]
"""

RETURN = r"""
kong_consumers:
  description: The consumers, as O(inference.gateway.kong_consumers#module:kong_consumers) takes them.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: scout, namespace: ai, groups: [scout], keys: [{generate: true}]}
unexpressed:
  description: What V(kong_consumers) does not say, object by object and field by field.
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
from ansible_collections.inference.gateway.plugins.module_utils.models.reading.consumers import INFO
from ansible_collections.inference.gateway.plugins.module_utils.stores.kong.ways import KONG


def main() -> None:
    run_info(INFO, KONG)


if __name__ == "__main__":
    main()
