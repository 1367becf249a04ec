#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inference_routes
short_description: Keep inference routes as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Takes the whole list of portable routes that an inventory declares and renders it for the gateway in use.
  - A route says which requests it takes (by path, header, query or method) and who answers them, with weights, rewrites, redirects, mirrors, header changes,
    CORS, timeouts and retries.
  - A route whose backend lives in another namespace comes with the ReferenceGrant that it needs.
  - What the gateway cannot express is an error that names the rule, the field and the gateway. Nothing is dropped in silence.
  - Every error of the whole list is reported at once, and nothing is written then.
options:
  inference_routes:
    description:
      - The routes.
      - Exactly one of O(inference_routes) and O(src) is needed.
      - With O(state=absent) a name, and a namespace where it is not O(namespace), suffice.
      - A field that is null counts as not given.
    type: list
    elements: dict
    suboptions:
      name: &name
        description:
          - The object's name.
        type: str
        required: true
      namespace: &namespace
        description:
          - The object's namespace. Without it O(namespace).
        type: str
      labels: &labels
        description:
          - Labels of the object.
        type: dict
      annotations: &annotations
        description:
          - Annotations of the object.
        type: dict
      hostnames:
        description:
          - Host names that the route answers to. Without any, those of its listeners.
          - A name may begin with V(*.).
        type: list
        elements: str
      parents:
        description:
          - What the route hangs on. Plain text is the name of a Gateway in the route's namespace.
          - A Gateway in another namespace has to allow the route's namespace in its listeners.
        type: list
        elements: raw
        suboptions:
          name:
            description:
              - Name of the Gateway.
            type: str
            required: true
          namespace:
            description:
              - Namespace of the Gateway. Without it the route's own.
            type: str
          listener:
            description:
              - Name of the one listener to use. Without it all of them.
            type: str
          port:
            description:
              - Use only listeners on this port.
            type: int
          kind:
            description:
              - Kind of the parent, where it is no Gateway, such as V(Service) for a mesh or V(ListenerSet).
            type: str
          group:
            description:
              - API group of the parent's kind. Without it that of Gateway API, and for V(Service) the core group.
            type: str
      default_gateways:
        description:
          - Hang the route on the gateways that the cluster makes the default. Experimental channel.
        type: str
        choices: [All, None]
      rules:
        description:
          - The rules, at most 16. A request takes the rule whose match is the most precise, not the first one.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description:
              - Name of the rule, unique in its route.
            type: str
          path: &path
            description:
              - Path that a request has to have. Plain text is a prefix, V(/v1) takes C(/v1) and C(/v1/models) but not C(/v1x).
            type: raw
            suboptions:
              prefix:
                description:
                  - The path begins with these segments.
                type: str
              exact:
                description:
                  - The path is exactly this.
                type: str
              regex:
                description:
                  - The path matches this regular expression, in the dialect of the gateway.
                type: str
          headers: &headers
            description:
              - Headers that a request has to have, as a dictionary of name and value. All of them at once.
              - The value is compared exactly. For a regular expression write a dictionary with the key C(regex) in its place.
            type: dict
          query: &query
            description:
              - Query parameters that a request has to have, in the same form as headers.
            type: dict
          method: &method
            description:
              - Method that a request has to have.
            type: str
            choices: [GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH]
          matches:
            description:
              - Several matches, any of which is enough. Inside one of them everything has to be true at once.
              - Stands in place of path, headers, query and method in the rule itself. A rule without any of these takes every request.
            type: list
            elements: dict
            suboptions:
              path: *path
              headers: *headers
              query: *query
              method: *method
          backends:
            description:
              - Who answers. Each backend is exactly one of service, pool, resource, host and provider.
            type: list
            elements: dict
            suboptions:
              service: &service
                description:
                  - Name of a Service. It needs a port.
                type: str
              pool: &pool
                description:
                  - Name of an InferencePool.
                type: str
              resource: &resource
                description:
                  - An object of any other kind that the gateway knows.
                type: dict
                suboptions: &resource_fields
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
              host:
                description:
                  - A host that no Service stands for, by name, with its port. For gateways that stand outside of the cluster.
                type: str
              namespace: &target_namespace
                description:
                  - Namespace of what is pointed at. Without it the route's own.
                  - Another one gets a ReferenceGrant, unless O(inference_routes[].grants=false).
                type: str
              port: &port
                description:
                  - Port of the Service.
                type: int
              provider:
                description:
                  - Name of a model provider outside of the cluster. For gateways that know providers.
                  - V(kong) knows V(openai), V(anthropic) and V(cohere), by its plugin ai-proxy.
                type: str
              model:
                description:
                  - Model to ask for at this backend, whatever the request names. For gateways that can change a request's body.
                type: str
              secret:
                description:
                  - Name of the Secret with the provider's key.
                  - For V(kong) its key C(header_value) holds the whole value of the header as JSON, such as C("Bearer sk-1") with its double quotes.
                type: str
              weight:
                description:
                  - Share of the requests, against the sum of the rule's weights. From 0, which means none, to 1000000. The API takes V(1) where none is given.
                type: int
              priority:
                description:
                  - Order of failover, from V(0), which is the first, to 100. Backends of a higher number are used when those of lower ones fail.
                  - For renderer V(istio), by an EnvoyFilter in the namespace of the route's Gateway. Each priority has one Service, without weight. A pool
                    cannot be part of a failover, since its endpoint picker chooses before it is known who is asked.
                  - There a request that fails at one backend is asked of the next, as O(inference_routes[].rules[].retries) says; where it says nothing, when
                    no connection is made in two seconds or it is cut, and on 502, 503 and 504. A pod that fails so three times in a row is left out for 10 to
                    30 seconds. A backend that hangs is noticed only with O(inference_routes[].rules[].timeouts.backend).
                  - It goes by the names that Istio gives to Services in its Envoys, so the cluster's domain has to be C(cluster.local), and istiod's
                    C(PILOT_FILTER_GATEWAY_CLUSTER_CONFIG) off, as they are by default.
                type: int
              request_headers: &request_headers
                description:
                  - Changes to the headers of the request.
                type: dict
                suboptions: &header_change
                  set:
                    description:
                      - Headers to overwrite, as a dictionary of name and value.
                    type: dict
                  add:
                    description:
                      - Headers to add to what is there, as a dictionary of name and value.
                    type: dict
                  remove:
                    description:
                      - Names of headers to take away.
                    type: list
                    elements: str
              response_headers: &response_headers
                description:
                  - Changes to the headers of the answer.
                type: dict
                suboptions: *header_change
              rewrite: &rewrite
                description:
                  - Change of the request's host or path on its way to the backend.
                type: dict
                suboptions:
                  hostname:
                    description:
                      - New host name.
                    type: str
                  path: &path_change
                    description:
                      - New path.
                    type: dict
                    suboptions:
                      prefix:
                        description:
                          - Takes the place of the prefix that matched. The rule has to have exactly one match, and that by prefix.
                        type: str
                      full:
                        description:
                          - Takes the place of the whole path.
                        type: str
              redirect: &redirect
                description:
                  - Answer with a redirect in place of a backend.
                type: dict
                suboptions:
                  scheme:
                    description:
                      - New scheme.
                    type: str
                    choices: [http, https]
                  hostname:
                    description:
                      - New host name.
                    type: str
                  path: *path_change
                  port:
                    description:
                      - New port.
                    type: int
                  status:
                    description:
                      - Status of the answer. The API takes V(302) where none is given.
                    type: int
                    choices: [301, 302, 303, 307, 308]
              mirrors: &mirrors
                description:
                  - Send a copy of requests elsewhere and forget its answer. Each is exactly one of service, pool and resource.
                type: list
                elements: dict
                suboptions:
                  service: *service
                  pool: *pool
                  resource: *resource
                  namespace: *target_namespace
                  port: *port
                  percent:
                    description:
                      - How many of 100 requests to copy. Without percent and fraction all of them.
                    type: int
                  fraction:
                    description:
                      - Share of the requests to copy, for shares below one per cent.
                    type: dict
                    suboptions:
                      numerator:
                        description:
                          - So many requests.
                        type: int
                        required: true
                      denominator:
                        description:
                          - Out of so many. The API takes V(100) where none is given.
                        type: int
              cors: &cors
                description:
                  - Which pages of other origins a browser lets use this.
                type: dict
                suboptions:
                  allow_origins:
                    description:
                      - Origins such as V(https://example.com) or V(https://*.example.com), or V(*) alone.
                    type: list
                    elements: str
                  allow_credentials:
                    description:
                      - Let cookies and authorization headers pass.
                    type: bool
                  allow_methods:
                    description:
                      - Methods, or V(*) alone.
                    type: list
                    elements: str
                    choices: [GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH, '*']
                  allow_headers:
                    description:
                      - Headers that a request may bring, or V(*) alone.
                    type: list
                    elements: str
                  expose_headers:
                    description:
                      - Headers of the answer that the page may read.
                    type: list
                    elements: str
                  max_age:
                    description:
                      - Seconds for which a browser may keep this in mind. The API takes V(5) where none is given.
                    type: int
              auth: &auth
                description:
                  - Ask an outside service whether a request may pass. Experimental channel.
                type: dict
                suboptions:
                  service: *service
                  pool: *pool
                  resource: *resource
                  namespace: *target_namespace
                  port: *port
                  protocol:
                    description:
                      - How the service is asked. V(GRPC) is Envoy's protocol.
                    type: str
                    choices: [HTTP, GRPC]
                    required: true
                  path:
                    description:
                      - Prefix of the path at which it is asked. For V(HTTP).
                    type: str
                  allowed_headers:
                    description:
                      - Headers of the request that the service gets to see.
                    type: list
                    elements: str
                  allowed_response_headers:
                    description:
                      - Headers of the service's answer that are passed on to the backend. For V(HTTP).
                    type: list
                    elements: str
                  max_body:
                    description:
                      - Bytes of the body that the service gets to see. V(0) or none is no body.
                    type: int
              extensions: &extensions
                description:
                  - Filters of the gateway's own kinds, in the route's namespace.
                type: list
                elements: dict
                suboptions: *resource_fields
          request_headers: *request_headers
          response_headers: *response_headers
          rewrite: *rewrite
          redirect: *redirect
          mirrors: *mirrors
          cors: *cors
          auth: *auth
          extensions: *extensions
          timeouts:
            description:
              - Limits of time, such as V(300s) or V(1m30s). V(0s) means no limit. Streams of tokens need long ones.
            type: dict
            suboptions:
              request:
                description:
                  - For the whole request with all its tries.
                type: str
              backend:
                description:
                  - For one try. At most as long as request.
                type: str
          retries:
            description:
              - Ask again when a backend fails. A request that did something before it failed does it twice, so mind methods other than V(GET).
              - Experimental channel.
            type: dict
            suboptions:
              attempts:
                description:
                  - How often to ask again at most. Without retries in a rule the gateway does as it likes.
                type: int
                required: true
              'on':
                description:
                  - Statuses from 400 to 599 to ask again on, and words.
                  - V(5xx) means 500, 502, 503 and 504, the statuses that every gateway has to know here. V(gateway-error) means 502, 503 and 504.
                  - V(connect-failure), V(reset) and V(timeout) are implied by Gateway API wherever retries are given.
                    A gateway that does not keep to that refuses the word.
                  - Istio tries a request again whose connection is cut under it, as when a pod dies, only for V(reset). An EnvoyFilter in the namespace of the
                    route's Gateway then says so. Such a request may have been answered in part, so it is right for requests without side effects.
                type: list
                elements: str
              backoff:
                description:
                  - The least time between two tries, such as V(100ms).
                type: str
          session_persistence:
            description:
              - Keep the requests of one client at one backend. Experimental channel.
            type: dict
            suboptions:
              name:
                description:
                  - Name of the cookie or header.
                type: str
              type:
                description:
                  - What carries the session. The API takes V(Cookie) where none is given.
                type: str
                choices: [Cookie, Header]
              absolute_timeout:
                description:
                  - When a session ends, however busy, such as V(8h).
                type: str
              cookie_lifetime:
                description:
                  - How long the cookie lives. V(Permanent) needs absolute_timeout. The API takes V(Session) where none is given.
                type: str
                choices: [Session, Permanent]
      grants:
        description:
          - Write the ReferenceGrants that backends and mirrors in other namespaces need. Each allows exactly what the route points at.
          - Set V(false) where those namespaces are somebody else's, who writes them.
          - Grants are written unless this is V(false).
        type: bool
      access:
        description:
          - Who may use the route. For gateways that know keys, which is V(kong).
          - A request without a key that some consumer has is answered by 401, one whose consumer has none of the groups by 403.
            Consumers, keys and groups are the list of module M(inference.gateway.kong_consumers).
        type: dict
        suboptions:
          groups:
            description:
              - Groups, of which a consumer has to have one.
            type: list
            elements: str
          open:
            description:
              - Anybody may use the route, without a key. Says that this is meant.
            type: bool
          header:
            description:
              - Header that carries the key. Without it C(apikey).
            type: str
          hide:
            description:
              - Take the key away before the model server sees it. Done unless this is V(false).
            type: bool
          query:
            description:
              - Take the key from the query too. Then it stands in the logs of everything on the way. Not done unless this is V(true).
            type: bool
      limits:
        description:
          - How much one may ask for. For gateways that count, which is V(kong).
          - A request beyond a limit is answered by 429. Each rule of the route, and each match of a rule, counts by itself.
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
              - The header by whose value is counted. For V(header) in O(inference_routes[].limits.by).
            type: str
          path:
            description:
              - The path that is counted. For V(path) in O(inference_routes[].limits.by).
            type: str
          policy:
            description:
              - V(local) counts in each of the gateway's nodes by itself, so with three nodes three times as much passes. V(redis) counts together.
              - Kong takes V(local) where none is given.
            type: str
            choices: [local, redis]
          redis:
            description:
              - Where to count together. For V(redis) in O(inference_routes[].limits.policy).
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
  renderer:
    description:
      - The gateway that the routes are for.
      - V(gateway_api) writes all that Gateway API can say. V(istio) does the same and refuses what Istio would pass over or refuse.
      - V(kong) writes what Kong's ingress controller reads, KongPlugins and either an HTTPRoute or Ingresses, as O(kong) says.
      - V(gke) writes what GKE Gateway takes, and timeouts as a GCPBackendPolicy for each backend, which has one time whichever rules send to it.
    type: str
    choices: [gateway_api, istio, kong, gke]
    default: gateway_api
  kong:
    description:
      - What is to be known of the Kong in use. For O(renderer=kong).
    type: dict
    suboptions:
      gateway_api:
        description:
          - Whether the controller serves Gateway API. With V(false) each match of a route is an Ingress, which has one Service, no timeouts and no redirects.
          - Taken for V(true) where nothing is said.
        type: bool
      ingress_class:
        description:
          - Class of the Ingresses. Without it C(kong).
        type: str
      edition:
        description:
          - Which plugins there are. V(enterprise_ai) is Enterprise with an AI licence, without which tokens cannot be limited.
          - Taken for V(community) where nothing is said.
        type: str
        choices: [community, enterprise, enterprise_ai]
      protocols:
        description:
          - What clients may speak. With V(https) alone a request without TLS is answered by 426, and no key goes over the line in clear.
          - Without it what the listeners have.
        type: list
        elements: str
        choices: [http, https]
      ai_max_body:
        description:
          - Bytes of a request that ai-proxy reads. A longer one is answered by 400, as if its JSON were bad. Kong 3.9 itself takes 8192, which a long prompt
            exceeds.
          - Without it 1048576.
        type: int
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.owned.cluster
  - inference.gateway.kong
  - kubernetes.core.k8s_auth_options
notes:
  - YAML reads the plain key C(on) as a boolean. It is understood all the same.
seealso:
  - module: inference.gateway.gateways
  - module: inference.gateway.inference_pools
  - name: Gateway API
    description: What an HTTPRoute can say, field by field.
    link: https://gateway-api.sigs.k8s.io/reference/spec/
"""

EXAMPLES = r"""
- name: Half of the chat requests to each of two servers
  inference.gateway.inference_routes:
    owner: platform
    namespace: ai
    inference_routes:
      - name: chat
        hostnames: [inference.example.com]
        parents: [inference-gateway]
        rules:
          - path: /v1/chat/completions
            backends:
              - {service: ollama, port: 11434, weight: 50}
              - {service: ollama-1, port: 11434, weight: 50}
            timeouts: {request: 300s}

- name: By the model that a header names, everything else to the default
  inference.gateway.inference_routes:
    owner: platform
    namespace: ai
    renderer: istio
    inference_routes:
      - name: models
        parents: [{name: inference-gateway, namespace: infra, listener: http}]
        rules:
          - path: /v1
            headers: {OpenAI-Model: "gemma:2b"}
            backends: [{service: ollama, port: 11434}]
          - path: /v1
            backends: [{pool: llama, namespace: models}]

- name: One model behind Kong, for keys of one group and 60 requests a minute
  inference.gateway.inference_routes:
    owner: platform
    namespace: ai
    renderer: kong
    inference_routes:
      - name: scout
        parents: [kong]
        access: {groups: [scout]}
        limits: {requests: {minute: 60}, policy: local}
        rules:
          - path: /ai/models
            headers: {X-Model: scout}
            rewrite: {path: {prefix: /}}
            timeouts: {backend: 600s}
            backends: [{service: scout, port: 8000}]

- name: The same through the Admin API of a Kong without ingress controller, which finds Services by their names in the cluster
  inference.gateway.inference_routes:
    owner: platform
    namespace: ai
    renderer: kong
    kong_admin:
      urls: [https://kong-admin.example.com:8444]
    inference_routes:
      - name: scout
        access: {groups: [scout]}
        rules:
          - path: /ai/models
            headers: {X-Model: scout}
            rewrite: {path: {prefix: /}}
            timeouts: {backend: 600s}
            backends: [{service: scout, port: 8000}]

- name: All routes of a folder, and no others of this owner
  inference.gateway.inference_routes:
    owner: platform
    namespace: ai
    src: routes
    prune: true
    prune_limit: 25%
    wait: true

- name: See what would change
  inference.gateway.inference_routes:
    owner: platform
    namespace: ai
    src: routes
  check_mode: true
  diff: true

- name: Take one route away
  inference.gateway.inference_routes:
    owner: platform
    namespace: ai
    state: absent
    inference_routes:
      - name: chat

- name: A second server that takes over where the first fails, with Istio
  inference.gateway.inference_routes:
    namespace: ai
    renderer: istio
    inference_routes:
      - name: chat
        parents: [edge]
        rules:
          - path: /v1
            timeouts: {request: 5m, backend: 60s}
            backends:
              - {service: vllm, port: 8000}
              - {service: ollama, port: 11434, priority: 1}
"""

RETURN = r"""
plan:
  description: What happens to each object, also those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - {action: update, kind: HTTPRoute.gateway.networking.k8s.io, namespace: ai, name: chat, fields: [".spec.rules"]}
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
  sample: {action: keep, kind: ConfigMap, namespace: ai, name: platform.inference-routes}
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
      sample: inference_routes[3] (chat).rules[0].backends[1].weight
    problem:
      description: What is wrong and what was expected.
      type: str
      returned: always
      sample: expected a weight from 0 to 1000000, got the number 5000000.
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
from ansible_collections.inference.gateway.plugins.module_utils.lint.suites.routes import rules
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.routes import KIND
from ansible_collections.inference.gateway.plugins.module_utils.stores.kong.ways import KONG


def main() -> None:
    run_kind(KIND, rules, KONG)


if __name__ == "__main__":
    main()
