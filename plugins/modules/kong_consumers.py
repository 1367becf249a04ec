#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kong_consumers
short_description: Keep the consumers of models behind Kong as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Takes the whole list of consumers that an inventory declares, with their credentials, groups, limits and plugins.
  - Writes objects of Kong's ingress controller, entities of the Admin API, or the configuration of a Kong without a database; see O(backend).
  - Every error of the whole list is reported at once, and nothing is written then. No message, result or diff shows a key, password or secret.
  - A value that is on the gateway already with a consumer of somebody else is an error before anything is written. Kong's ingress controller would drop every
    consumer that holds it.
  - A value that moves from one consumer to another is taken from the first before the second gets it.
options:
  kong_consumers:
    description:
      - The consumers.
      - Exactly one of O(kong_consumers) and O(src) is needed.
      - With O(state=absent) a name, and a namespace where it is not O(namespace), suffice.
      - A field that is null counts as not given.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The entry's name, which is also that of the KongConsumer.
        type: str
        required: true
      namespace:
        description:
          - Its namespace. Without it O(namespace). Kong itself knows no namespaces.
        type: str
      username:
        description:
          - The consumer's name for Kong, which is unique there. Without it the entry's name.
          - Printable ASCII characters. One that looks like a UUID is refused, since Kong would take it for an id.
        type: str
      custom_id:
        description:
          - An id of your own, such as that of an account. Unique in Kong.
        type: str
      tags:
        description:
          - Tags. A KongConsumer bears them from release 3.2 of the ingress controller on.
        type: list
        elements: str
      groups:
        description:
          - Groups of Kong's plugin acl, such as the names of models. A route that asks for a key also asks for one of its groups.
        type: list
        elements: str
      open:
        description:
          - Says that credentials without groups are meant. A route that asks for no group takes the key of any consumer.
        type: bool
      consumer_groups:
        description:
          - Consumer groups of the Enterprise edition, which plugins can be set for. For the ingress controller alone.
          - A KongConsumerGroup is made for each; O(prune) takes it away when no consumer names it any more.
        type: list
        elements: str
      keys:
        description:
          - Keys for the plugin key-auth.
        type: list
        elements: dict
        suboptions:
          name:
            description:
              - Tells it from the consumer's other keys. Without it V(default). A key of the same name is changed in place.
              - For a change without a gap declare the new one under another name, and take the old one away later.
            type: str
          key:
            description:
              - The key, from any lookup.
            type: str
          generate:
            description:
              - Have a key made, once (32 random bytes, URL-safe), and keep it. M(inference.gateway.kong_consumers_info) tells it.
            type: bool
          ttl:
            description:
              - Seconds after which Kong forgets the key. Compared as it is declared, since Kong tells only what is left.
              - A key that has run out is made anew by the next run.
            type: int
      basic_auth:
        description:
          - Credentials for the plugin basic-auth.
        type: list
        elements: dict
        suboptions:
          username:
            description:
              - The user name, unique in Kong.
            type: str
            required: true
          password:
            description:
              - The password. Kong keeps only a hash; with the Admin API a salted digest in a tag tells us whether it has changed.
            type: str
            required: true
      jwt:
        description:
          - Credentials for the plugin jwt.
        type: list
        elements: dict
        suboptions:
          name:
            description:
              - Tells it from the consumer's others. Without it V(default).
            type: str
          key:
            description:
              - What tokens name as their issuer, unique in Kong.
            type: str
            required: true
          algorithm:
            description:
              - How tokens are signed. Kong takes V(HS256) where none is given.
            type: str
            choices: [HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512, PS256, PS384, PS512, EdDSA]
          secret:
            description:
              - The shared secret of the algorithms that begin with HS.
            type: str
          rsa_public_key:
            description:
              - The public key, as PEM, of the others.
            type: str
      limits:
        description:
          - How much this consumer may ask for, whatever the route.
          - A request beyond a limit is answered by 429. A limit of the consumer takes the place of a limit of the route.
        type: dict
        suboptions:
          requests:
            description:
              - So many requests in each window.
            type: dict
            suboptions: &amount
              second:
                description:
                  - In a second.
                type: int
              minute:
                description:
                  - In a minute.
                type: int
              hour:
                description:
                  - In an hour.
                type: int
              day:
                description:
                  - In a day.
                type: int
              month:
                description:
                  - In a month.
                type: int
              year:
                description:
                  - In a year.
                type: int
          tokens:
            description:
              - So many tokens of the model in each window. For Kong Enterprise with an AI licence, and for rules whose backend is a provider.
            type: dict
            suboptions: *amount
          by:
            description:
              - Whose requests are counted together. Without it each consumer's, and each address's where nobody is known.
            type: str
            choices: [consumer, credential, ip, service, header, path]
          header:
            description:
              - The header by whose value is counted. For V(header) in O(kong_consumers[].limits.by).
            type: str
          path:
            description:
              - The path that is counted. For V(path) in O(kong_consumers[].limits.by).
            type: str
          policy:
            description:
              - V(local) counts in each of the gateway's nodes by itself, so with three nodes three times as much passes. V(redis) counts together.
              - Kong takes V(local) where none is given.
            type: str
            choices: [local, redis]
          redis:
            description:
              - Where to count together. For V(redis) in O(kong_consumers[].limits.policy).
            type: dict
            suboptions:
              host:
                description:
                  - Host name or address.
                type: str
                required: true
              port:
                description:
                  - Port. Without it V(6379).
                type: int
              username:
                description:
                  - Name of the user.
                type: str
              password:
                description:
                  - Reference to one of Kong's vaults, such as V({vault://env/redis-password}). A password itself has no place in an inventory of routes.
                type: str
              secret:
                description:
                  - Name of a Secret in the route's namespace. Its key C(password) holds the password as JSON, which is in double quotes.
                type: str
              database:
                description:
                  - Number of the database.
                type: int
              ssl:
                description:
                  - Speak TLS.
                type: bool
              ssl_verify:
                description:
                  - Check the certificate.
                type: bool
              server_name:
                description:
                  - Name in the certificate, where it is not the host's.
                type: str
          fault_tolerant:
            description:
              - Whether requests pass when Redis cannot be reached. Kong lets them pass where nothing is said.
            type: bool
      plugins:
        description:
          - Further plugins for this consumer's requests. Which settings there are only Kong knows; it refuses what it does not take before anything is written.
        type: list
        elements: dict
        suboptions:
          plugin:
            description:
              - The plugin's name.
            type: str
            required: true
          config:
            description:
              - Its settings.
            type: dict
          enabled:
            description:
              - Whether it is at work.
            type: bool
  ingress_class:
    description:
      - The class that Kong's ingress controller answers to. Objects without it, or with another one, it passes over without a word.
    type: str
    default: kong
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.owned.cluster
  - inference.gateway.kong
  - kubernetes.core.k8s_auth_options
notes:
  - Over the Admin API a run that changes nothing costs five requests for a thousand consumers with a key and a group each, and writes nothing.
  - Kong's workers take over what was written within seconds (C(worker_state_update_frequency), C(db_update_frequency)). O(wait) waits for conditions that the
    ingress controller writes; for the Admin API only traffic can tell.
  - With O(state=absent) all that an entry became goes with it.
seealso:
  - module: inference.gateway.inference_routes
  - module: inference.gateway.kong_consumers_info
"""

EXAMPLES = r"""
- name: One key for each model, in the cluster
  inference.gateway.kong_consumers:
    owner: platform
    namespace: ai
    kong_consumers:
      - name: scout
        groups: [scout]
        keys:
          - key: "{{ lookup('ansible.builtin.env', 'SCOUT_KEY') }}"
      - name: maverick
        groups: [maverick]
        keys:
          - generate: true

- name: The same through the Admin API of a Kong with a database
  inference.gateway.kong_consumers:
    owner: platform
    kong_admin:
      urls: [https://kong-admin.example.com:8444]
      ca_cert: /etc/ssl/kong-ca.pem
    kong_consumers:
      - name: team-a
        groups: [scout, maverick]
        limits: {requests: {minute: 60}}
        keys:
          - {name: laptop, key: "{{ team_a_key }}", ttl: 2592000}
    prune: true

- name: Take one away, with all that it had
  inference.gateway.kong_consumers:
    owner: platform
    namespace: ai
    state: absent
    kong_consumers:
      - name: scout
"""

RETURN = r"""
plan:
  description: What happens to each object, also those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - {action: update, kind: KongConsumer.configuration.konghq.com, namespace: ai, name: scout, fields: [".credentials"]}
  contains:
    action:
      description: V(create), V(update), V(replace), V(delete) or V(keep).
      type: str
      returned: always
    kind:
      description: Kind and group.
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
    fields:
      description: Paths of the fields that differ, for an update.
      type: list
      elements: str
      returned: always
    changed_by:
      description: Who besides us wrote the fields that differ.
      type: list
      elements: dict
      returned: for an update of fields that another field manager holds
      contains:
        manager:
          description: The field manager, such as V(kubectl-edit).
          type: str
          returned: always
        operation:
          description: V(Apply) or V(Update).
          type: str
          returned: always
        time:
          description: When it last wrote one of its fields of this object.
          type: str
          returned: always
        fields:
          description: Those of the fields that it holds.
          type: list
          elements: str
          returned: always
    note:
      description: What could not be known, such as an object whose kind the cluster does not serve yet.
      type: str
      returned: when there is something to say
summary:
  description: How many objects of each action.
  returned: always
  type: dict
  sample: {create: 0, update: 1, replace: 0, delete: 0, keep: 41}
parent:
  description: The ConfigMap that records the owner's set, and what happens to it.
  returned: always
  type: dict
  sample: {action: keep, kind: ConfigMap, namespace: ai, name: platform.kong-consumers}
orphans:
  description: Objects of this owner that nothing declares and that stay because O(prune=false).
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
      sample: kong_consumers[0] (scout)
    problem:
      description: What is wrong and what was expected.
      type: str
      returned: always
      sample: the key of scout is that of maverick too, at kong_consumers[1] (maverick).keys[0].key.
    remedy:
      description: What to write instead.
      type: str
      returned: always
failed_objects:
  description: Why each write failed, by object.
  returned: when writes failed
  type: dict
written:
  description: Objects that were written before others failed.
  returned: when writes failed
  type: list
  elements: str
not_tried:
  description: Objects that were not tried because others failed.
  returned: when writes failed
  type: list
  elements: str
unmet:
  description: Why each object is not ready.
  returned: when O(wait=true) and the time is over
  type: dict
"""

from ansible_collections.inference.gateway.plugins.module_utils.engine.run import run_kind
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.consumers import KIND
from ansible_collections.inference.gateway.plugins.module_utils.stores.kong.ways import KONG


def main() -> None:
    run_kind(KIND, server=KONG)


if __name__ == "__main__":
    main()
