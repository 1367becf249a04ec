#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inference_objectives
short_description: Keep InferenceObjectives as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Takes the whole list of InferenceObjectives that an inventory declares.
  - An objective says how important the requests are that name it. When a pool is full, those of the lowest priority are refused first.
  - They are written in the API group that the installed endpoint picker reads, which the cluster is asked for. In the other group they would have no effect.
  - Every error of the whole list is reported at once, and nothing is written then.
options:
  inference_objectives:
    description:
      - The objectives.
      - Exactly one of O(inference_objectives) and O(src) is needed.
      - With O(state=absent) a name, and a namespace where it is not O(namespace), suffice. The objective goes from every API group.
      - A field that is null counts as not given.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The objective's name, which requests give in a header.
        type: str
        required: true
      namespace:
        description:
          - The objective's namespace, which is also that of its pool. Without it O(namespace).
        type: str
      labels:
        description:
          - Labels of the objective.
        type: dict
      annotations:
        description:
          - Annotations of the objective.
        type: dict
      pool:
        description:
          - The pool that it is for. Plain text is the name of an InferencePool.
        type: raw
        required: true
        suboptions:
          name:
            description:
              - Name of the pool.
            type: str
            required: true
          group:
            description:
              - API group of the pool. Without it V(inference.networking.k8s.io).
            type: str
          kind:
            description:
              - Kind of the pool. Without it V(InferencePool).
            type: str
      priority:
        description:
          - How important its requests are. Higher goes first, below V(0) may be dropped. The picker takes V(0) where none is given.
        type: int
  api_group:
    description:
      - API group to write.
      - V(auto) takes V(llm-d.ai) where the cluster serves it, since a picker that knows it reads no other, and V(inference.networking.x-k8s.io) elsewhere.
    type: str
    choices: [auto, llm-d.ai, inference.networking.x-k8s.io]
    default: auto
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.owned.cluster
  - kubernetes.core.k8s_auth_options
notes:
  - Nobody reports a status on an objective, so it counts as ready as soon as it exists.
seealso:
  - module: inference.gateway.inference_pools
"""

EXAMPLES = r"""
- name: Chat before batch
  inference.gateway.inference_objectives:
    owner: platform
    namespace: ai
    inference_objectives:
      - {name: chat, pool: llama, priority: 10}
      - {name: batch, pool: llama, priority: -10}

- name: The same for an endpoint picker of llm-d, whatever else is installed
  inference.gateway.inference_objectives:
    owner: platform
    namespace: ai
    api_group: llm-d.ai
    inference_objectives:
      - {name: chat, pool: llama, priority: 10}

- name: Take one away
  inference.gateway.inference_objectives:
    owner: platform
    namespace: ai
    state: absent
    inference_objectives:
      - name: batch
"""

RETURN = r"""
plan:
  description: What happens to each object, also those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - {action: update, kind: InferenceObjective.llm-d.ai, namespace: ai, name: chat, fields: [".spec.priority"]}
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
  sample: {action: keep, kind: ConfigMap, namespace: ai, name: platform.inference-objectives}
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
      sample: inference_objectives[0] (chat)
    problem:
      description: What is wrong and what was expected.
      type: str
      returned: always
      sample: pool is missing.
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
from ansible_collections.inference.gateway.plugins.module_utils.lint.suites.pools import rules
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.objectives import KIND


def main() -> None:
    run_kind(KIND, rules)


if __name__ == "__main__":
    main()
