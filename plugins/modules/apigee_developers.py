#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apigee_developers
short_description: Keep the developers of an Apigee organisation as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Takes the whole list of developers that an inventory declares. A developer is who an app, and so a key, belongs to.
  - Reads all developers of the organisation once, compares locally, and writes only those that differ. A second run writes nothing.
  - Only fields that an entry names are compared. Whatever else a developer has is sent back as it was read, since Apigee replaces a developer as a whole.
  - Every error of the whole list is reported at once, and nothing is written then.
options:
  apigee_developers:
    description:
      - The developers, known by O(apigee_developers[].email).
      - Exactly one of O(apigee_developers) and O(src) is needed.
      - With O(state=absent) an email suffices.
      - A field that is null, or not there, is left as it is.
    type: list
    elements: dict
    suboptions:
      email:
        description:
          - The email address, in lower case. Apigee refuses any other, and it cannot be changed.
        type: str
        required: true
      first_name:
        description:
          - First name, at most 64 characters.
        type: str
        required: true
      last_name:
        description:
          - Last name, at most 64 characters.
        type: str
        required: true
      user_name:
        description:
          - User name. Without it the email.
        type: str
      status:
        description:
          - V(inactive) lets none of the developer's keys call. Apigee sets it by a call of its own. Without it a new developer is active, and the status of
            one that is there stays.
        type: str
        choices: [active, inactive]
      attributes:
        description:
          - Attributes by name, at most 16; Apigee takes 18, and two are our marks.
          - Attributes that are not named here stay. One that is null or empty has to be gone.
        type: dict
  cascade:
    description:
      - Allow developers to be deleted, by O(state=absent) or O(prune). Apigee deletes all of their apps and keys with them, also those of others.
    type: bool
    default: false
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.apigee
notes:
  - Apigee deletes what belongs to a developer some time later, up to minutes. A developer of the same name that is made meanwhile is waited for.
seealso:
  - module: inference.gateway.apigee_apps
  - module: inference.gateway.apigee_products
  - module: inference.gateway.apigee_developers_info
"""

EXAMPLES = r"""
- name: Two developers
  inference.gateway.apigee_developers:
    organization: acme
    owner: platform
    apigee_developers:
      - email: ann@example.com
        first_name: Ann
        last_name: Lee
        attributes: {team: search}
      - {email: bob+ci@example.com, first_name: Bob, last_name: Ray, status: inactive}

- name: Delete one, with all apps and keys
  inference.gateway.apigee_developers:
    organization: acme
    owner: platform
    state: absent
    cascade: true
    apigee_developers:
      - email: ann@example.com
"""

RETURN = r"""
plan:
  description: What happens to each entity, also to those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - {action: update, kind: developers.apigee, namespace: "", name: ann@example.com, fields: [".firstName"]}
  contains:
    action:
      description: V(create), V(update), V(delete) or V(keep).
      type: str
      returned: always
    kind:
      description: V(developers.apigee).
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
    fields:
      description: Paths of the fields that differ, for an update. Never a value.
      type: list
      elements: str
      returned: always
    note:
      description: What could not be known.
      type: str
      returned: when there is something to say
summary:
  description: How many entities of each action.
  returned: always
  type: dict
  sample: {create: 0, update: 1, replace: 0, delete: 0, keep: 41}
orphans:
  description: Entities of this owner that nothing declares and that stay because O(prune=false).
  returned: always
  type: list
  elements: str
errors:
  description: Everything that is wrong with the declarations.
  returned: when a declaration is wrong
  type: list
  elements: dict
  contains:
    where:
      description: The entry and the field.
      type: str
      returned: always
      sample: apigee_developers[0] (Ann@example.com).email
    problem:
      description: What is wrong and what was expected.
      type: str
      returned: always
      sample: email address has to be lowercase, and Apigee refuses 'Ann@example.com'.
    remedy:
      description: What to write instead.
      type: str
      returned: always
failed_objects:
  description: Why each write failed, by entity.
  returned: when writes failed
  type: dict
written:
  description: Entities that were written before others failed.
  returned: when writes failed
  type: list
  elements: str
not_tried:
  description: Entities that were not tried because others failed.
  returned: when writes failed
  type: list
  elements: str
"""

from ansible_collections.inference.gateway.plugins.module_utils.engine.run import run_kind
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.apigee_developers import KIND
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.organization import ORGANIZATION


def main() -> None:
    run_kind(KIND, server=ORGANIZATION)


if __name__ == "__main__":
    main()
