#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inference_pools
short_description: Keep InferencePools as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Takes the whole list of InferencePools that an inventory declares.
  - A pool is the set of pods that serve a model, and the endpoint picker that chooses among them for each request.
  - Every error of the whole list is reported at once, and nothing is written then.
options:
  inference_pools:
    description:
      - The pools.
      - Exactly one of O(inference_pools) and O(src) is needed.
      - With O(state=absent) a name, and a namespace where it is not O(namespace), suffice.
      - A field that is null counts as not given.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The pool's name.
        type: str
        required: true
      namespace:
        description:
          - The pool's namespace, which is also that of its pods and of its endpoint picker. Without it O(namespace).
        type: str
      labels:
        description:
          - Labels of the pool.
        type: dict
      annotations:
        description:
          - Annotations of the pool.
        type: dict
      selector:
        description:
          - Labels of the pods that belong to the pool.
        type: dict
        required: true
      ports:
        description:
          - Ports at which a pod serves, from 1 to 8. Several are ranks of one model (data parallel), each an endpoint of its own.
        type: list
        elements: int
        required: true
      endpoint_picker:
        description:
          - Who chooses the pod for each request. Required by release 1.5 of the extension and older.
        type: dict
        suboptions:
          service:
            description:
              - Name of its Service.
            type: str
          resource:
            description:
              - An object of another kind in place of a Service.
            type: dict
            suboptions:
              group:
                description:
                  - API group, empty for the core group.
                type: str
                required: true
              kind:
                description:
                  - Kind.
                type: str
                required: true
              name:
                description:
                  - Name.
                type: str
                required: true
          port:
            description:
              - Its port. A Service needs one, V(9002) as a rule.
            type: int
          failure_mode:
            description:
              - What happens when the picker does not answer. V(FailOpen) lets the gateway choose a pod, V(FailClose) refuses the request.
              - The API takes V(FailClose) where none is given.
            type: str
            choices: [FailOpen, FailClose]
      app_protocol:
        description:
          - What the pods speak. The API takes V(http) where none is given. For releases since 1.4 of the extension.
        type: str
        choices: [http, kubernetes.io/h2c]
      health_check:
        description:
          - How a load balancer asks the pods whether they are well, for O(renderer=gke). Without it by V(/health) at the first of the ports.
          - Other gateways go by the pods' readiness probes and refuse it.
        type: dict
        suboptions:
          type:
            description:
              - Protocol. V(HTTP) where none is given.
            type: str
            choices: [HTTP, HTTPS, HTTP2, GRPC, TCP]
          path:
            description:
              - Path that is asked for, V(/health) where none is given.
            type: str
          port:
            description:
              - Port, where it is not the first of the pool's.
            type: int
          grpc_service:
            description:
              - Name of the gRPC service, for V(GRPC).
            type: str
          interval:
            description:
              - Seconds from one check to the next. GKE takes 5 where none is given.
            type: int
          timeout:
            description:
              - Seconds for an answer, at most the interval. GKE takes 5 where none is given.
            type: int
          healthy:
            description:
              - How many good answers make a pod healthy, from 1 to 10.
            type: int
          unhealthy:
            description:
              - How many bad answers make it unhealthy, from 1 to 10.
            type: int
  renderer:
    description:
      - The gateway that the pools are for, as in M(inference.gateway.inference_routes).
      - V(gke) writes a HealthCheckPolicy beside each pool, without which GKE sends its pods nothing. For the others a pool is all there is.
    type: str
    choices: [gateway_api, istio, kong, gke]
    default: gateway_api
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.owned.cluster
  - kubernetes.core.k8s_auth_options
notes:
  - A pool is ready when a route uses it and the route's gateway has accepted it. Wait for it after the routes.
seealso:
  - module: inference.gateway.inference_objectives
  - module: inference.gateway.inference_routes
"""

EXAMPLES = r"""
- name: The pods of a model, and who chooses among them
  inference.gateway.inference_pools:
    owner: platform
    namespace: ai
    inference_pools:
      - name: llama
        selector: {app: vllm-llama}
        ports: [8000]
        endpoint_picker: {service: llama-epp, port: 9002, failure_mode: FailOpen}

- name: The same for GKE, whose load balancer asks the pods for their health
  inference.gateway.inference_pools:
    owner: platform
    namespace: ai
    renderer: gke
    inference_pools:
      - name: llama
        selector: {app: vllm-llama}
        ports: [8000]
        endpoint_picker: {service: llama-epp, port: 9002, failure_mode: FailOpen}
        health_check: {interval: 2, timeout: 2}

- name: Take it away
  inference.gateway.inference_pools:
    owner: platform
    namespace: ai
    state: absent
    inference_pools:
      - name: llama
"""

RETURN = r"""
plan:
  description: What happens to each object, also those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - {action: update, kind: InferencePool.inference.networking.k8s.io, namespace: ai, name: llama, fields: [".spec.targetPorts"]}
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
  sample: {action: keep, kind: ConfigMap, namespace: ai, name: platform.inference-pools}
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
      sample: inference_pools[0] (llama).endpoint_picker
    problem:
      description: What is wrong and what was expected.
      type: str
      returned: always
      sample: "port is missing: Service llama-epp needs it."
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
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.pools import KIND


def main() -> None:
    run_kind(KIND, rules)


if __name__ == "__main__":
    main()
