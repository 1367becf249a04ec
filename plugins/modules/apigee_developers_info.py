#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apigee_developers_info
short_description: Read the developers of an Apigee organisation back as an inventory declares them
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Returns the developers of an Apigee organisation as the list that module M(inference.gateway.apigee_developers) takes.
  - Given back to it, the list changes nothing of what has an owner.
  - Always returns a list. It is empty when there is nothing.
  - What the list cannot say is in RV(unexpressed).
options:
  names:
    description:
      - Only those of these names. A developer is called by the email.
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
  - module: inference.gateway.apigee_developers
"""

EXAMPLES = r"""
- name: The developers of an owner
  inference.gateway.apigee_developers_info:
    organization: acme
    owner: platform
  register: there

- name: One of them
  inference.gateway.apigee_developers_info:
    organization: acme
    names: [ann@example.com]
"""

RETURN = r"""
apigee_developers:
  description: What there is, as O(inference.gateway.apigee_developers#module:apigee_developers) takes it.
  returned: success
  type: list
  elements: dict
  sample:
    - {email: ann@example.com, first_name: Ann, last_name: Lee}
unexpressed:
  description: What V(apigee_developers) does not say, entity by entity and field by field.
  returned: success
  type: list
  elements: dict
  sample: []
  contains:
    kind:
      description: The kind, such as V(developers.apigee).
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
from ansible_collections.inference.gateway.plugins.module_utils.models.reading.apigee import DEVELOPERS
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.organization import ORGANIZATION


def main() -> None:
    run_info(DEVELOPERS, ORGANIZATION)


if __name__ == "__main__":
    main()
