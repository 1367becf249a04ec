#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: applyset
short_description: Keep a set of Kubernetes objects as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Applies any number of Kubernetes objects as one set that has an owner, and takes away what left the set when O(prune=true).
  - Lists each kind once, compares here, and writes only the objects that differ. A run that changes nothing writes nothing.
  - Everything that would change is first tried by the API server's dry run. When it refuses anything, all refusals are reported and nothing is written.
  - The set follows the ApplySet convention, with a ConfigMap named after O(owner) as its parent.
  - Lint looks at the objects first, at HTTPRoutes and Gateways among them as at the lists of M(inference.gateway.inference_routes) and
    M(inference.gateway.gateways). What the set does not hold is not missing.
options:
  objects:
    description:
      - The objects, as manifests.
      - An object without a namespace is placed in O(namespace).
      - C(status) and what only servers write is left out, so that the output of C(kubectl get -o yaml) can be used as it is.
      - With O(state=absent) C(apiVersion), C(kind) and C(metadata.name) suffice.
      - Exactly one of O(objects) and O(src) is needed.
    type: list
    elements: dict
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.owned.cluster
  - kubernetes.core.k8s_auth_options
seealso:
  - name: ApplySet
    description: The convention that marks the members of a set.
    link: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
"""

EXAMPLES = r"""
- name: A namespace and what is in it
  inference.gateway.applyset:
    owner: platform
    namespace: kube-public
    objects:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: ai
      - apiVersion: v1
        kind: ConfigMap
        metadata:
          name: model-names
          namespace: ai
        data:
          chat: gemma:2b

- name: All manifests of a folder, and nothing else of this owner
  inference.gateway.applyset:
    owner: model-servers
    namespace: ai
    src: manifests/model-servers
    prune: true
    prune_limit: 25%
    wait: true
    wait_timeout: 600

- name: See what would change
  inference.gateway.applyset:
    owner: model-servers
    namespace: ai
    src: manifests/model-servers
  check_mode: true
  diff: true

- name: Take over objects that somebody applied by hand
  inference.gateway.applyset:
    owner: model-servers
    namespace: ai
    src: manifests/model-servers
    adopt: true
    force_conflicts: true
"""

RETURN = r"""
plan:
  description: What happens to each object, also those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - action: update
      kind: Deployment.apps
      namespace: ai
      name: gemma
      fields: [".spec.replicas"]
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
      description: Empty for cluster-scoped kinds.
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
  description: The parent of the set and what happens to it.
  returned: always
  type: dict
  sample: {action: keep, kind: ConfigMap, namespace: ai, name: model-servers}
orphans:
  description: Objects of this owner that nothing declares and that stay because O(prune=false).
  returned: always
  type: list
  elements: str
  sample: ["Service ai/old"]
failed_objects:
  description: Why each write failed, by object.
  returned: when writes failed
  type: dict
  sample: {"HTTPRoute.gateway.networking.k8s.io ai/chat": "the API server does not accept our credentials"}
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
from ansible_collections.inference.gateway.plugins.module_utils.lint.suites.objects import in_a_set
from ansible_collections.inference.gateway.plugins.module_utils.models.manifest import KIND


def main() -> None:
    run_kind(KIND, in_a_set)


if __name__ == "__main__":
    main()
