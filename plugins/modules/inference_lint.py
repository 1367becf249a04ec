#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inference_lint
short_description: Find what is known to go wrong in an inventory
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Looks at all lists of an inventory together, by rules that each come from a thread or document where it went wrong. They stand in docs/lint.md.
  - Finds routes that take each other's requests, listeners and backends that are not there, host names that no listener accepts, regular expressions that a
    gateway refuses, timeouts that cut answers off, and more.
  - No cluster is needed. With O(cluster=true) what is not declared is looked for in the cluster before it counts as missing.
  - A rule that needs what is not known stays silent. A list that is not given is not known; an empty list is.
  - Nothing is ever written. The module fails when there is an error, or with O(lint_strict=true) a warning, and returns all findings then too.
options:
  gateways:
    description:
      - Gateways, as module M(inference.gateway.gateways) takes them.
    type: list
    elements: dict
  gateways_src:
    description:
      - The same out of a file or folder.
    type: path
  inference_routes:
    description:
      - Routes, as module M(inference.gateway.inference_routes) takes them.
    type: list
    elements: dict
  inference_routes_src:
    description:
      - The same out of a file or folder.
    type: path
  inference_pools:
    description:
      - Pools, as module M(inference.gateway.inference_pools) takes them.
    type: list
    elements: dict
  inference_pools_src:
    description:
      - The same out of a file or folder.
    type: path
  inference_objectives:
    description:
      - Objectives, as module M(inference.gateway.inference_objectives) takes them.
    type: list
    elements: dict
  inference_objectives_src:
    description:
      - The same out of a file or folder.
    type: path
  apigee_products:
    description:
      - API products of Apigee, as module M(inference.gateway.apigee_products) takes them.
    type: list
    elements: dict
  apigee_products_src:
    description:
      - The same out of a file or folder.
    type: path
  apigee_developers:
    description:
      - Developers of Apigee, as module M(inference.gateway.apigee_developers) takes them.
    type: list
    elements: dict
  apigee_developers_src:
    description:
      - The same out of a file or folder.
    type: path
  apigee_apps:
    description:
      - Apps of Apigee, as module M(inference.gateway.apigee_apps) takes them. Keys in it are hidden in whatever is shown or logged.
    type: list
    elements: dict
  apigee_apps_src:
    description:
      - The same out of a file or folder.
    type: path
  applysets:
    description:
      - Plain objects, such as Services, Secrets and Deployments. Each item is a dictionary with C(objects), or with C(src) for a file or folder, and with the
        C(namespace) of those that name none. What else playbooks/site.yml knows of a set may stand there too.
    type: list
    elements: dict
  namespaces:
    description:
      - Namespaces, each a dictionary with C(name) and C(labels). Listeners may admit routes by these labels.
    type: list
    elements: dict
  namespace:
    description:
      - The namespace of entries that name none.
    type: str
    default: default
  renderer:
    description:
      - The gateway that the routes are for. It decides which regular expressions, features and timeouts are good.
    type: str
    choices: [gateway_api, istio, kong, gke]
    default: gateway_api
  kong:
    description:
      - What is to be known of the Kong in use, as module M(inference.gateway.inference_routes) takes it. For O(renderer=kong).
    type: dict
  backend:
    description:
      - Where the routes of a Kong are written, in its cluster or by its Admin API. What can be said differs. For O(renderer=kong).
    type: str
    choices: [kubernetes, admin]
    default: kubernetes
  kong_groups:
    description:
      - All groups that consumers have, those of M(inference.gateway.kong_consumers) for example. Without it nothing is said of groups.
    type: list
    elements: str
  complete:
    description:
      - Whether O(applysets) hold every Service, Secret and workload that the other lists rely on. With V(false), and without O(cluster=true), one that is not
        declared counts as made by somebody else, such as a chart.
    type: bool
    default: true
  cluster:
    description:
      - Look at the cluster too, at Services, pods, pools, grants, Gateways and the Secrets of certificates in the namespaces that the lists are about.
      - What the user may not read is a warning, and rules that need it stay silent.
    type: bool
    default: false
  lint_strict:
    description:
      - Fail for warnings too.
    type: bool
    default: false
  lint_skip:
    description:
      - Rules that are off, as a dictionary of the rule's id and the reason why it does not hold here.
    type: dict
    default: {}
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode); nothing is written in any mode.
  diff_mode:
    support: none
    description: Nothing is written, so nothing differs.
  idempotent:
    support: full
    description: Finds the same each time.
seealso:
  - module: inference.gateway.inference_routes
  - module: inference.gateway.gateways
"""

EXAMPLES = r"""
- name: Look at routes and the Gateway that they hang on
  inference.gateway.inference_lint:
    namespace: ai
    renderer: istio
    gateways:
      - name: edge
        class: istio
        listeners: [{name: http, port: 80, hostname: "*.example.com"}]
    inference_routes:
      - name: chat
        parents: [edge]
        hostnames: [chat.example.com]
        rules:
          - path: /v1
            backends: [{pool: llama}]

- name: Look at files, and at the cluster for what they do not declare
  inference.gateway.inference_lint:
    inference_routes_src: routes/
    cluster: true
    lint_strict: true
    lint_skip:
      pool-without-route: The batch pool is used by jobs inside the cluster.
"""

RETURN = r"""
findings:
  description: Everything found, errors first.
  returned: always
  type: list
  elements: dict
  contains:
    rule:
      description: The rule's id, or V(declaration) where an entry is wrong in itself.
      type: str
      returned: always
      sample: duplicate-match
    severity:
      description: V(error) or V(warning).
      type: str
      returned: always
      sample: error
    where:
      description: The entry and the field.
      type: str
      returned: always
      sample: inference_routes[3] (chat).rules[0].matches[1]
    problem:
      description: What is wrong.
      type: str
      returned: always
      sample: takes the same requests as inference_routes[1] (web).rules[0], so one of the two never gets any.
    remedy:
      description: What to write.
      type: str
      returned: always
    source:
      description: The thread or document that the rule comes from.
      type: str
      returned: always
      sample: https://github.com/envoyproxy/gateway/issues/9135
summary:
  description: How many there are.
  returned: always
  type: dict
  contains:
    errors:
      description: Number of errors.
      type: int
      returned: always
    warnings:
      description: Number of warnings.
      type: int
      returned: always
    skipped:
      description: Rules that were off.
      type: list
      elements: str
      returned: always
"""

from ansible_collections.inference.gateway.plugins.module_utils.engine.run import run_check
from ansible_collections.inference.gateway.plugins.module_utils.lint.inventory import CHECK


def main() -> None:
    run_check(CHECK)


if __name__ == "__main__":
    main()
