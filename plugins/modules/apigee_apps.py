#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apigee_apps
short_description: Keep the apps of Apigee's developers, with their keys, as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Takes the whole list of apps that an inventory declares, with their keys and the products of each key.
  - Reads all apps of the organisation once, compares locally, and writes only those that differ. A second run writes nothing.
  - No change makes a further key. Products are added to a key and taken from it one by one, so that the others are never detached and never wait for approval
    anew.
  - A key is found by its value, by the name that we gave it (an attribute of the key), or because it is the only one. It is never found by its place.
  - Every error of the whole list is reported at once, and nothing is written then. No message, plan or diff shows a key or a secret.
options:
  apigee_apps:
    description:
      - The apps, known by O(apigee_apps[].developer) and O(apigee_apps[].name).
      - Exactly one of O(apigee_apps) and O(src) is needed.
      - With O(state=absent) developer and name suffice.
      - A field that is null, or not there, is left as it is. An empty list has to be empty.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The app's name, which cannot be changed. It is unique for its developer alone.
          - Begins with a letter or digit, and holds letters, digits, blanks and V(._-#$%).
        type: str
        required: true
      developer:
        description:
          - Email of the developer that the app belongs to.
        type: str
        required: true
      products:
        description:
          - Names of the products of every key that names none itself, and so of the one key where O(apigee_apps[].keys) is not given.
          - These and no others. V([]) takes all of them away.
        type: list
        elements: str
      callback_url:
        description:
          - Where OAuth's authorization codes are sent.
        type: str
      scopes:
        description:
          - OAuth scopes of the app. They have to exist in its products. For the automatic key, unless that key names its own.
        type: list
        elements: str
      status:
        description:
          - V(revoked) lets none of the app's keys call, though the keys themselves stay approved. Without it the status stays.
        type: str
        choices: [approved, revoked]
      attributes:
        description:
          - Attributes by name, at most 16; Apigee takes 18, and two are our marks. C(DisplayName) is what the console shows.
          - Attributes that are not named here stay. One that is null or empty has to be gone.
        type: dict
      key_expires_in:
        description:
          - Seconds that the key is good for which Apigee makes with the app, or V(-1) for ever.
          - Counts only when the app is made. Apigee cannot change when a key expires; make another one instead.
        type: int
      purge_keys:
        description:
          - Delete keys of the app that are not declared, also the one that Apigee made with it. Without it they stay as they are.
        type: bool
      keys:
        description:
          - Keys of the app. Without it there is one, called V(default), which is the one that Apigee makes with every app.
        type: list
        elements: dict
        suboptions:
          name:
            description:
              - Tells it from the app's other keys. Without it V(default). It is kept as an attribute of the key.
              - To change a key without a gap declare a new one under another name, and write O(apigee_apps[].keys[].state=absent) for the old one later.
            type: str
          consumer_key:
            description:
              - The value that clients send, from any lookup. Letters, digits, V(_) and V(-). Unique in the organisation.
              - Without it Apigee makes the key, and O(return_secrets) tells it.
            type: str
          consumer_secret:
            description:
              - Its secret. Needs O(apigee_apps[].keys[].consumer_key). It cannot be changed.
            type: str
          products:
            description:
              - Names of the key's products. Without it those of O(apigee_apps[].products).
            type: list
            elements: str
          status:
            description:
              - V(revoked) keeps the key and lets it call nothing. Without it a new key is approved, and the status of one that is there stays.
            type: str
            choices: [approved, revoked]
          scopes:
            description:
              - OAuth scopes of the key. They have to exist in its products.
            type: list
            elements: str
          attributes:
            description:
              - Attributes of the key by name. Those that are not named here stay.
            type: dict
          expires_in:
            description:
              - Seconds that the key is good for, or V(-1) for ever. Counts only when the key is made; for one that stands with another lifetime it is an error.
            type: int
          approve:
            description:
              - Approve the key for those of its products that wait for it, because the product's approval is manual.
              - Without it they stay pending until somebody approves them.
            type: bool
          state:
            description:
              - V(absent) revokes the key and deletes it. Then O(apigee_apps[].keys[].name) or O(apigee_apps[].keys[].consumer_key) suffices.
            type: str
            choices: [present, absent]
  return_secrets:
    description:
      - Return the keys in RV(keys). Set C(no_log) on the task.
    type: bool
    default: false
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.apigee
notes:
  - The runtime caches apps and keys for about 180 seconds, so that a key that is revoked may still be let in for as long.
  - The products have to exist. Run M(inference.gateway.apigee_products) and M(inference.gateway.apigee_developers) before, and in the other order to take away.
seealso:
  - module: inference.gateway.apigee_developers
  - module: inference.gateway.apigee_products
  - module: inference.gateway.apigee_apps_info
"""

EXAMPLES = r"""
- name: An app with the key that Apigee makes
  inference.gateway.apigee_apps:
    organization: acme
    owner: platform
    return_secrets: true
    apigee_apps:
      - name: chat
        developer: ann@example.com
        products: [llama-trial]
  no_log: true
  register: made

- name: A key of one's own, and the automatic one gone
  inference.gateway.apigee_apps:
    organization: acme
    owner: platform
    apigee_apps:
      - name: search
        developer: ann@example.com
        products: [models-gold]
        purge_keys: true
        keys:
          - name: imported
            consumer_key: "{{ lookup('ansible.builtin.env', 'SEARCH_KEY') }}"
            consumer_secret: "{{ lookup('ansible.builtin.env', 'SEARCH_SECRET') }}"

- name: A new key beside the old one, for ninety days
  inference.gateway.apigee_apps:
    organization: acme
    owner: platform
    apigee_apps:
      - name: chat
        developer: ann@example.com
        products: [llama-trial]
        keys:
          - {name: default}
          - {name: autumn, expires_in: 7776000}

- name: The old one goes when all clients have the new one
  inference.gateway.apigee_apps:
    organization: acme
    owner: platform
    apigee_apps:
      - name: chat
        developer: ann@example.com
        products: [llama-trial]
        keys:
          - {name: default, state: absent}
          - {name: autumn, expires_in: 7776000}
"""

RETURN = r"""
plan:
  description: What happens to each entity, also to those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - {action: update, kind: apps.apigee, namespace: "", name: ann@example.com/chat, fields: [".keys.default.products"]}
  contains:
    action:
      description: V(create), V(update), V(delete) or V(keep).
      type: str
      returned: always
    kind:
      description: V(apps.apigee).
      type: str
      returned: always
    namespace:
      description: Empty, since Apigee has no namespaces.
      type: str
      returned: always
    name:
      description: The developer's email and the app's name, with a slash between them.
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
keys:
  description: All keys of this owner's apps, with their values.
  returned: when O(return_secrets=true), outside of check mode
  type: list
  elements: dict
  contains:
    developer:
      description: The developer's email.
      type: str
      returned: always
    app:
      description: The app's name.
      type: str
      returned: always
    name:
      description: The key's name, as in O(apigee_apps[].keys[].name). One without a name of ours goes by a digest that begins with C(~).
      type: str
      returned: always
    consumer_key:
      description: What clients send.
      type: str
      returned: always
    consumer_secret:
      description: The key's secret.
      type: str
      returned: always
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
      sample: apigee_apps[0] (ann@example.com/chat).keys[1]
    problem:
      description: What is wrong and what was expected.
      type: str
      returned: always
      sample: is called default like keys[0].
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
from ansible_collections.inference.gateway.plugins.module_utils.lint.suites.apps import rules
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.apigee_apps import KIND
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.organization import ORGANIZATION


def main() -> None:
    run_kind(KIND, rules, ORGANIZATION)


if __name__ == "__main__":
    main()
