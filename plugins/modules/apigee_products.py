#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apigee_products
short_description: Keep Apigee's API products as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Takes the whole list of API products that an inventory declares. A product says which calls a key may make, and how many.
  - Reads all products of the organisation once, compares locally, and writes only those that differ. A second run writes nothing.
  - Only fields that an entry names are compared. Whatever else a product has, fields of a later API too, is sent back as it was read, since Apigee replaces a
    product as a whole.
  - Every error of the whole list is reported at once, and nothing is written then.
  - A product that the APIM Operator for Kubernetes keeps is read and never written.
options:
  apigee_products:
    description:
      - The products, known by O(apigee_products[].name).
      - Exactly one of O(apigee_products) and O(src) is needed.
      - With O(state=absent) a name suffices.
      - A field that is null, or not there, is left as it is. An empty one (V(""), V([]) or V({})) has to be empty.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The product's name, which cannot be changed and is case sensitive. Letters, digits, blanks and V(._-$%), at most 100.
        type: str
        required: true
      display_name:
        description:
          - The name that portals and the console show.
        type: str
      description:
        description:
          - What the product is for.
        type: str
      approval:
        description:
          - V(auto) lets a new key call at once. V(manual) leaves it pending until somebody approves it.
        type: str
        choices: [auto, manual]
      access:
        description:
          - Who sees the product in a developer portal. Apigee keeps it as the attribute C(access).
        type: str
        choices: [public, private, internal]
      attributes:
        description:
          - Attributes by name, at most 16 with O(apigee_products[].access); Apigee takes 18, and two are our marks.
          - Attributes that are not named here stay. One that is null or empty has to be gone.
        type: dict
      environments:
        description:
          - Environments in which the product counts. None means all of them, which O(apigee_products[].open) has to allow.
        type: list
        elements: str
      proxies:
        description:
          - API proxies that the product opens. They have to exist.
        type: list
        elements: str
      api_resources:
        description:
          - Paths behind the proxies' base paths. V(/**) stands for all below, V(/*) for one part.
          - Cannot stand beside O(apigee_products[].operations), O(apigee_products[].llm_operations) or O(apigee_products[].payload_operations).
        type: list
        elements: str
      scopes:
        description:
          - OAuth scopes that a token may have.
        type: list
        elements: str
      quota:
        description:
          - So many requests of each app in so many units of time. V({}) means that there has to be none.
          - A policy Quota in the proxy has to enforce it.
        type: dict
        suboptions: &quota
          limit:
            description:
              - How many.
            type: int
          interval:
            description:
              - In how many units of time.
            type: int
          unit:
            description:
              - The unit of time.
            type: str
            choices: [minute, hour, day, month]
      quota_counter_scope:
        description:
          - Where requests are counted that no operation has a quota for. V(PROXY) counts the operations of a proxy together, V(OPERATION) each by itself,
            V(PRODUCT) all of them.
        type: str
        choices: [PROXY, OPERATION, PRODUCT]
      llm_quota:
        description:
          - So many tokens of language models of each app in so many units of time. V({}) means that there has to be none.
          - A policy LLMTokenQuota in the proxy has to enforce it.
        type: dict
        suboptions: *quota
      space:
        description:
          - The Space that the product belongs to. Without it a new one belongs to the organisation.
        type: str
      open:
        description:
          - Says that it is meant that the product opens every proxy of the organisation, or counts in every environment. Without it that is an error.
        type: bool
      operations:
        description:
          - REST operations that the product opens. Each entry is one configuration of the API's C(operationGroup), which holds one resource.
          - The whole group is compared, in whatever order. V([]) means that there has to be none.
        type: list
        elements: dict
        suboptions:
          source:
            description: &source
              - The API proxy, or the remote service.
            type: str
            required: true
          resource:
            description: &resource
              - The path behind the proxy's base path. V(/) and V(/**) stand for all below.
            type: str
            required: true
          methods:
            description: &methods
              - HTTP methods in upper case. Without them all.
            type: list
            elements: str
            choices: [GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, CONNECT, TRACE]
          quota: &operation_quota
            description:
              - A quota of its own.
            type: dict
            suboptions: &needed
              limit:
                description:
                  - How many.
                type: int
                required: true
              interval:
                description:
                  - In how many units of time.
                type: int
                required: true
              unit:
                description:
                  - The unit of time. Without it Apigee takes V(hour).
                type: str
                choices: [minute, hour, day, month]
          attributes: &attributes
            description:
              - Attributes of this operation by name.
            type: dict
      operation_config_type:
        description:
          - What the sources of O(apigee_products[].operations) are. Without it proxies.
        type: str
        choices: [proxy, remoteservice]
      graphql_operations:
        description:
          - GraphQL operations that the product opens.
        type: list
        elements: dict
        suboptions:
          source:
            description: *source
            type: str
            required: true
          types:
            description:
              - Types of operation. Apigee knows no subscriptions.
            type: list
            elements: str
            required: true
            choices: [query, mutation]
          operation:
            description:
              - The operation's name. Without it all of these types.
            type: str
          quota: *operation_quota
          attributes: *attributes
      graphql_config_type:
        description:
          - What the sources of O(apigee_products[].graphql_operations) are. Without it proxies.
        type: str
        choices: [proxy, remoteservice]
      grpc_operations:
        description:
          - Calls of gRPC that the product opens.
        type: list
        elements: dict
        suboptions:
          source:
            description:
              - The API proxy.
            type: str
            required: true
          service:
            description:
              - The full name of the gRPC service, such as V(inference.GRPCInferenceService).
            type: str
            required: true
          methods:
            description:
              - Names of its methods, by themselves. Without them all.
            type: list
            elements: str
          quota: *operation_quota
          attributes: *attributes
      llm_operations:
        description:
          - Calls of language models that the product opens, each with a quota of tokens.
        type: list
        elements: dict
        suboptions:
          source:
            description: *source
            type: str
            required: true
          resource:
            description: *resource
            type: str
            required: true
          model:
            description:
              - The model's name.
            type: str
            required: true
          methods:
            description: *methods
            type: list
            elements: str
            choices: [GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, CONNECT, TRACE]
          quota:
            description:
              - So many tokens. Apigee demands it.
            type: dict
            required: true
            suboptions: *needed
          attributes: *attributes
      payload_operations:
        description:
          - Operations that a request names in its payload, as MCP and JSON-RPC do.
          - Cannot stand beside O(apigee_products[].proxies) or O(apigee_products[].api_resources).
        type: list
        elements: dict
        suboptions:
          source:
            description:
              - The API proxy.
            type: str
            required: true
          operations:
            description:
              - Names such as V(tools/list) or V(tools/call/get_weather). There are no wildcards.
            type: list
            elements: str
            required: true
          quota: *operation_quota
          attributes: *attributes
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.apigee
notes:
  - A thousand products that do not change cost two requests. Apigee's runtime caches products for about 180 seconds.
  - Numbers may be given as numbers or as text; the API has them as text.
seealso:
  - module: inference.gateway.apigee_apps
  - module: inference.gateway.apigee_developers
  - module: inference.gateway.apigee_products_info
"""

EXAMPLES = r"""
- name: A product for one model, with five calls in a minute
  inference.gateway.apigee_products:
    organization: acme
    owner: platform
    apigee_products:
      - name: llama-trial
        display_name: Llama, to try
        approval: auto
        access: private
        environments: [prod]
        operations:
          - source: chat
            resource: /v1/chat/completions
            methods: [POST]
            quota: {limit: 5, interval: 1, unit: minute}
    prune: true

- name: Tokens of two models, and the tools of an MCP server
  inference.gateway.apigee_products:
    organization: acme
    owner: platform
    apigee_products:
      - name: models-gold
        environments: [prod]
        llm_quota: {limit: 1000000, interval: 1, unit: day}
        llm_operations:
          - {source: chat, resource: /v1/chat/completions, model: llama-3.3-70b, methods: [POST], quota: {limit: 50000, interval: 1, unit: hour}}
          - {source: chat, resource: /v1/chat/completions, model: qwen-2.5, methods: [POST], quota: {limit: 200000, interval: 1, unit: hour}}
      - name: tools
        environments: [prod]
        payload_operations:
          - {source: mcp, operations: [tools/list, tools/call/get_weather]}

- name: Take one away
  inference.gateway.apigee_products:
    organization: acme
    owner: platform
    state: absent
    apigee_products:
      - name: llama-trial
"""

RETURN = r"""
plan:
  description: What happens to each entity, also to those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - {action: update, kind: products.apigee, namespace: "", name: llama-trial, fields: [".quota"]}
  contains:
    action:
      description: V(create), V(update), V(delete) or V(keep).
      type: str
      returned: always
    kind:
      description: V(products.apigee).
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
      sample: apigee_products[0] (llama-trial).api_resources
    problem:
      description: What is wrong and what was expected.
      type: str
      returned: always
      sample: "cannot stand beside operations: Apigee refuses a product that has both."
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
from ansible_collections.inference.gateway.plugins.module_utils.lint.suites.products import rules
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.apigee_products import KIND
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee.organization import ORGANIZATION


def main() -> None:
    run_kind(KIND, rules, ORGANIZATION)


if __name__ == "__main__":
    main()
