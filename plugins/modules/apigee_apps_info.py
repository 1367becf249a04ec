#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apigee_apps_info
short_description: Read the apps of Apigee's developers back as an inventory declares them
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Returns the apps of Apigee's developers as the list that module M(inference.gateway.apigee_apps) takes.
  - Given back to it, the list changes nothing of what has an owner.
  - A key comes back without its value, by the name that we gave it, so that the list can be given back without any secret in it.
    With O(return_secrets=true) it comes back with value and secret.
  - Always returns a list. It is empty when there is nothing.
  - What the list cannot say is in RV(unexpressed).
options:
  names:
    description:
      - Only those of these names. An app is called by its developer and its name, such as V(ann@example.com/chat).
    type: list
    elements: str
  owner:
    description:
      - Only those of this owner. Without it they are returned whoever owns them, or nobody.
    type: str
  return_secrets:
    description:
      - Return the values of keys and their secrets. Set C(no_log) on the task.
    type: bool
    default: false
extends_documentation_fragment:
  - inference.gateway.apigee
attributes:
  check_mode:
    support: full
    description: Reads in C(check_mode) as ever.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
seealso:
  - module: inference.gateway.apigee_apps
"""

EXAMPLES = r"""
- name: The apps of an owner, without their keys' values
  inference.gateway.apigee_apps_info:
    organization: acme
    owner: platform
  register: there

- name: The key of one app
  inference.gateway.apigee_apps_info:
    organization: acme
    names: [ann@example.com/chat]
    return_secrets: true
  no_log: true
  register: chat
"""

RETURN = r"""
apigee_apps:
  description: What there is, as O(inference.gateway.apigee_apps#module:apigee_apps) takes it.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: chat, developer: ann@example.com, products: [llama-trial]}
unexpressed:
  description: What V(apigee_apps) does not say, entity by entity and field by field.
  returned: success
  type: list
  elements: dict
  sample: []
  contains:
    kind:
      description: The kind, such as V(apps.apigee).
      type: str
      returned: always
    namespace:
      description: Empty, since Apigee has no namespaces.
      type: str
      returned: always
    name:
      description: The entity's name.
      type: str
      returned: always
    field:
      description: The field, in the entity or in the entry.
      type: str
      returned: always
    problem:
      description: Why it is not said.
      type: str
      returned: always
"""

from ansible_collections.inference.gateway.plugins.module_utils.engine.run import run_info
from ansible_collections.inference.gateway.plugins.module_utils.models.reading.apigee import APPS
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.organization import ORGANIZATION


def main() -> None:
    run_info(APPS, ORGANIZATION)


if __name__ == "__main__":
    main()
