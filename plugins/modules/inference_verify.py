#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inference_verify
short_description: Prove or refute declared routes by requests
version_added: 0.2.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Derives requests from declared Gateways, routes and pools, sends them through the gateway, and holds the answers against what the whole declaration
    says by the rules of Gateway API.
  - For each match of each rule one request that has to be answered by a backend of that rule, at each listener that takes the route.
  - For each of them near misses, which differ in one thing (path, header, query, method, host name). Another rule may take those, and has to, then.
    Where none does, the gateway itself has to answer 404, and nobody else.
  - For each route with groups in its access, requests with keys. The key of a consumer in one of the groups has to be answered as declared, that of another
    consumer with 403, a made-up one and none with 401. Where Apigee decides, keys count by their products. Keys come from O(kong_consumers), O(apigee_apps)
    and O(keys), and are in no result.
  - For each rule with several backends a test whether requests fall on them as the weights say. For each redirect where it leads.
  - For each backend that takes over where others fail, with O(failovers), whether it does while they are stopped, and no request fails.
  - Fails where anything is refuted. A check that can be neither proved nor refuted, because answers do not tell who gave them, is reported as such.
options:
  kong_consumers:
    description:
      - The consumers, as O(inference.gateway.kong_consumers#module:kong_consumers) takes them. Their keys open the routes whose groups they have.
    type: list
    elements: dict
  kong_consumers_src:
    description:
      - File or folder with the consumers, in place of O(kong_consumers).
    type: path
  keys:
    description:
      - Keys that O(kong_consumers) does not say, such as those with V(generate=true), as a dictionary of V(namespace/name) or V(namespace/name/slot) and
        the key. M(inference.gateway.kong_consumers_info) reads them from the gateway.
      - For O(apigee_apps) V(email/app) or V(email/app/key), such as M(inference.gateway.apigee_apps_info) reads them.
    type: dict
    aliases: [kong_keys]
  apigee_products:
    description:
      - The products, as O(inference.gateway.apigee_products#module:apigee_products) takes them, where Apigee decides who may pass. Then the access of routes
        is no matter, and Kong's consumers cannot be given too.
      - A request has to be answered with the key of an app whose product opens its path and method, and has to be refused with other keys, a made-up one and
        none. What no product opens is refused to everybody.
    type: list
    elements: dict
  apigee_products_src:
    description:
      - File or folder with the products, in place of O(apigee_products).
    type: path
  apigee_developers:
    description:
      - The developers, as O(inference.gateway.apigee_developers#module:apigee_developers) takes them. Keys of one who is inactive have to be refused.
    type: list
    elements: dict
  apigee_developers_src:
    description:
      - File or folder with the developers, in place of O(apigee_developers).
    type: path
  apigee_apps:
    description:
      - The apps, as O(inference.gateway.apigee_apps#module:apigee_apps) takes them, with the keys that they name.
    type: list
    elements: dict
  apigee_apps_src:
    description:
      - File or folder with the apps, in place of O(apigee_apps).
    type: path
  apigee:
    description:
      - How Apigee is asked.
    type: dict
    suboptions:
      header:
        description:
          - Header in which it looks for the key.
        type: str
        default: x-api-key
      source:
        description:
          - The proxy that operations of products name as their source, for products that open several. Without it any.
        type: str
      gateways:
        description:
          - Gateways that it guards, as V(name) or V(namespace/name). Without it all of them.
        type: list
        elements: str
  exhaust:
    description:
      - Consumers, as V(namespace/name), or apps, as V(email/app), whose limits or quotas are used up on purpose, after all other checks, to see 429.
      - Twice as many requests are sent as the smallest limit allows, and a few more, at most 500. Until the window ends the consumer is locked out.
    type: list
    elements: str
  gateways:
    description:
      - The Gateways, as O(inference.gateway.gateways#module:gateways) takes them.
    type: list
    elements: dict
  gateways_src:
    description:
      - File or folder with the Gateways, in place of O(gateways).
    type: path
  inference_routes:
    description:
      - The routes, as O(inference.gateway.inference_routes#module:inference_routes) takes them.
    type: list
    elements: dict
  inference_routes_src:
    description:
      - File or folder with the routes, in place of O(inference_routes).
    type: path
  inference_pools:
    description:
      - The pools, as O(inference.gateway.inference_pools#module:inference_pools) takes them. Their selectors tell which pods may answer.
    type: list
    elements: dict
  inference_pools_src:
    description:
      - File or folder with the pools, in place of O(inference_pools).
    type: path
  namespace:
    description:
      - Namespace of entries that name none.
    type: str
    default: default
  read_cluster:
    description:
      - Read from the cluster the addresses of Gateways, the pods of Services and pools, the models of one pod of each, and the age of routes, which
        decides between equal ones. What may not be read is told in RV(notes).
    type: bool
    default: true
  address:
    description:
      - Where the Gateways are reached. Without it the first address in each one's status.
      - Routes without parents, which a gateway gets by other means than Gateway API, are asked there too, at port 80 or O(port), by TLS where that is 443
        or 8443.
    type: str
  port:
    description:
      - Port to connect to in place of the listener's, where something stands between.
    type: int
  gateway_proxy:
    description:
      - HTTP proxy that is asked by C(CONNECT) for a way to the gateway, such as V(http://127.0.0.1:8080).
    type: str
  gateway_ca_file:
    description:
      - File with the authorities that sign the gateway's certificates, in PEM, on the host where the module runs. Without it those that this host trusts.
    type: path
  validate_gateway_certs:
    description:
      - Whether the gateway's certificates have to be good.
    type: bool
    default: true
  headers:
    description:
      - Headers of every request, such as an C(Authorization) that the gateway asks for everywhere.
    type: dict
  models:
    description:
      - The models that backends serve, as a dictionary of backend and list. A Service is V(namespace/name), a pool V(pool namespace/name).
      - Read from the cluster where it is not said. A request that asks for a model which is not known to be served may be answered by any status below 500.
    type: dict
  who:
    description:
      - JMESPath expression that says which pod answered, as V(namespace/name) or by its address, over C(status), C(headers) and C(body).
      - Without it the header C(x-inference-pod). Answers without it are told apart by their model where backends serve different ones.
    type: str
  requests:
    description:
      - How many requests test a split. Without it as many as O(power) and O(min_difference) ask for.
    type: int
  confidence:
    description:
      - How sure a refusal of a split has to be.
    type: float
    default: 0.99
  power:
    description:
      - How often a split that is off by O(min_difference) has to be noticed.
    type: float
    default: 0.9
  min_difference:
    description:
      - By how much a share has to be off to be noticed. Without it V(0.1), or the smallest declared share where that is less.
    type: float
  timeout:
    description:
      - How long one request may take, such as V(90s).
    type: str
    default: 60s
  failovers:
    description:
      - Whether failovers may be proved by stopping model servers. Only for labs and other places where that does no harm. Without it they stay V(unproved).
      - One failover after the other, after all other checks. Deployments and StatefulSets behind the backends before a fallback are scaled to zero while
        requests go on, and back again whatever happens. What a run that was killed has left stopped is started by the next one.
      - Every request from the fault on has to be answered, by the first backend or the fallback, within what the rule's timeouts and retries allow; then by
        the fallback alone; and once all is started again by the first backend alone.
      - Needs the right to patch these Deployments and StatefulSets. Does nothing in check mode, or with O(read_cluster=false).
    type: bool
    default: false
  failover_timeout:
    description:
      - How long requests may take to move to a fallback, and back once the first backend is started again. A model server may load for minutes.
    type: str
    default: 5m
  concurrency:
    description:
      - How many checks are under way at once.
    type: int
    default: 4
  split_concurrency:
    description:
      - How many requests of one test of a split are under way at once.
    type: int
    default: 8
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
requirements:
  - aiohttp >= 3.9
  - jmespath
  - kubernetes >= 29
attributes:
  check_mode:
    support: full
    description: Sends in C(check_mode) as ever, since it changes nothing.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
notes:
  - Model servers are asked to generate a few tokens for each request.
  - Declared limits on requests are kept. What does not fit into them is not sent and V(unproved).
  - Mirrors are left alone, and timeouts and retries but for those of a failover.
  - Rules with an O(inference.gateway.inference_routes#module:inference_routes[].rules[].auth) or extensions cannot be proved, since others decide what passes
    there.
seealso:
  - module: inference.gateway.traffic_probe
"""

EXAMPLES = r"""
- name: Is what is declared what is served
  inference.gateway.inference_verify:
    namespace: ai
    gateways: "{{ gateways }}"
    inference_routes: "{{ inference_routes }}"
    inference_pools: "{{ inference_pools }}"
  register: proof

- name: Without rights in the cluster, through the load balancer
  inference.gateway.inference_verify:
    read_cluster: false
    address: 192.0.2.10
    models:
      ai/ollama: ["gemma:2b"]
      ai/ollama-1: ["qwen:0.5b"]
    gateways:
      - {name: edge, namespace: ai, class: istio, listeners: [{name: http, port: 80}]}
    inference_routes:
      - name: chat
        namespace: ai
        parents: [edge]
        hostnames: [chat.example.com]
        rules:
          - path: /v1/chat/completions
            headers: {OpenAI-Model: "gemma:2b"}
            backends: [{service: ollama, port: 11434}]
          - path: /v1/chat/completions
            backends: [{service: ollama-1, port: 11434}]
"""

RETURN = r"""
rows:
  description: What was checked, route by route.
  returned: when requests were sent
  type: list
  elements: dict
  sample:
    - route: ai/chat
      rule: rules[0]
      listener: ai/edge http
      kind: hit
      request: "POST http://chat.example.com/v1/chat/completions OpenAI-Model: gemma:2b"
      expected: 200 by ai/ollama
      seen: 200 by ai/ollama (ai/ollama-7d4b9c-x2x)
      ok: true
      verdict: proved
      why: ""
  contains:
    route:
      description: Namespace and name of the route.
      type: str
      returned: always
    rule:
      description: The rule's name, or its place.
      type: str
      returned: always
    listener:
      description: Gateway and listener that the request was sent to.
      type: str
      returned: always
    kind:
      description: V(hit), V(near miss), V(split), V(redirect), V(failover), V(key) (a further key that opens the route), V(refusal) (one that must not) or
        V(limit) (of O(exhaust)).
      type: str
      returned: always
    request:
      description: The request, and whose key it has where that counts.
      type: str
      returned: always
    expected:
      description: What the declaration says.
      type: str
      returned: always
    seen:
      description: What came.
      type: str
      returned: always
    ok:
      description: Whether it is not refuted.
      type: bool
      returned: always
    verdict:
      description: V(proved), V(refuted) or V(unproved).
      type: str
      returned: always
    why:
      description: Why it is not proved.
      type: str
      returned: always
    split:
      description: The test of a split, as RV(inference.gateway.traffic_probe#module:probes[].split).
      type: dict
      returned: for a split
    failover:
      description: What was C(stopped), how many requests were C(sent) since, the C(longest_ms) of them, and after how many seconds the fallback alone
        (C(moved_after_s)) and later the first backend alone (C(back_after_s)) answered, null where they did not.
      type: dict
      returned: for a failover that was tried
summary:
  description: How many checks are V(proved), V(refuted) and V(unproved).
  returned: when requests were sent
  type: dict
  sample: {proved: 12, refuted: 0, unproved: 1}
notes:
  description: What could not be read from the cluster.
  returned: when requests were sent
  type: list
  elements: str
  sample: []
"""

from ansible_collections.inference.gateway.plugins.module_utils.engine.run import run_check
from ansible_collections.inference.gateway.plugins.module_utils.probe.verify import CHECK


def main() -> None:
    run_check(CHECK)


if __name__ == "__main__":
    main()
