#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apigee_products_info
short_description: Read Apigee's API products back as an inventory declares them
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Returns Apigee's API products as the list that module M(inference.gateway.apigee_products) takes.
  - Given back to it, the list changes nothing of what has an owner.
  - A product that opens every proxy, or counts in every environment, comes with C(open=true).
  - Always returns a list. It is empty when there is nothing.
  - What the list cannot say is in RV(unexpressed).
options:
  names:
    description:
      - Only those of these names.
    type: list
    elements: str
  owner:
    description:
      - Only those of this owner. Without it they are returned whoever owns them, or nobody.
    type: str
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
  - module: inference.gateway.apigee_products
"""

EXAMPLES = r"""
- name: The products of an owner
  inference.gateway.apigee_products_info:
    organization: acme
    owner: platform
  register: there

- name: All products, whoever made them
  inference.gateway.apigee_products_info:
    organization: acme
"""

RETURN = r"""
apigee_products:
  description: What there is, as O(inference.gateway.apigee_products#module:apigee_products) takes it.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: llama-trial, approval: auto, environments: [prod], proxies: [chat], quota: {limit: 5, interval: 1, unit: minute}}
unexpressed:
  description: What V(apigee_products) does not say, entity by entity and field by field.
  returned: success
  type: list
  elements: dict
  sample: []
  contains:
    kind:
      description: The kind, such as V(products.apigee).
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
from ansible_collections.inference.gateway.plugins.module_utils.models.reading.apigee import PRODUCTS
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.organization import ORGANIZATION


def main() -> None:
    run_info(PRODUCTS, ORGANIZATION)


if __name__ == "__main__":
    main()
