#!/usr/bin/python
# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gateways
short_description: Keep Gateways as declared
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Takes the whole list of Gateways that an inventory declares, with their class, listeners, TLS and addresses.
  - A Gateway that uses a certificate of another namespace comes with the ReferenceGrant that it needs.
  - Every error of the whole list is reported at once, and nothing is written then.
options:
  gateways:
    description:
      - The Gateways.
      - Exactly one of O(gateways) and O(src) is needed.
      - With O(state=absent) a name, and a namespace where it is not O(namespace), suffice.
      - A field that is null counts as not given.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The Gateway's name.
        type: str
        required: true
      namespace:
        description:
          - The Gateway's namespace. Without it O(namespace).
        type: str
      labels: &labels
        description:
          - Labels of the Gateway.
        type: dict
      annotations: &annotations
        description:
          - Annotations of the Gateway.
        type: dict
      class:
        description:
          - Name of the GatewayClass, which says who makes the Gateway real, such as V(istio).
        type: str
        required: true
      listeners:
        description:
          - Ports and host names at which the Gateway takes requests, at most 64.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description:
              - Name of the listener, unique in its Gateway.
            type: str
            required: true
          port:
            description:
              - The port.
            type: int
            required: true
          protocol:
            description:
              - The protocol, one of V(HTTP), V(HTTPS), V(TLS), V(TCP) and V(UDP), or one of the gateway's own.
              - Without it V(HTTPS) where tls is given and V(HTTP) elsewhere.
            type: str
          hostname:
            description:
              - Take requests for this host name only. It may begin with V(*.).
            type: str
          tls:
            description:
              - How TLS is spoken here.
            type: dict
            suboptions:
              mode:
                description:
                  - V(Terminate) ends TLS at the Gateway, V(Passthrough) hands it on.
                  - The API takes V(Terminate) where none is given, but protocol V(TLS) needs it said.
                type: str
                choices: [Terminate, Passthrough]
              certificates:
                description:
                  - Secrets with the certificates. Plain text is the name of one in the Gateway's namespace.
                type: list
                elements: raw
                suboptions: &certificate
                  name:
                    description:
                      - Name.
                    type: str
                    required: true
                  namespace:
                    description:
                      - Namespace, where it is not the Gateway's. It gets a ReferenceGrant, unless O(gateways[].grants=false).
                    type: str
                  group:
                    description:
                      - API group. Without it the core group.
                    type: str
                  kind:
                    description:
                      - Kind. Without it V(Secret) for a certificate with its key and V(ConfigMap) for an authority.
                    type: str
              options:
                description:
                  - Options of the gateway's own, as a dictionary of name and value.
                type: dict
          routes:
            description:
              - Which routes may hang on the listener. The API takes those of the Gateway's own namespace where nothing is said.
            type: dict
            suboptions:
              from: &from
                description:
                  - From which namespaces. Without it V(Selector) where a selector is given. V(None) is for allowed_listeners only.
                type: str
                choices: [Same, All, Selector, None]
              selector: &selector
                description:
                  - Labels that a namespace has to have.
                type: dict
              expressions: &expressions
                description:
                  - Conditions that a namespace's labels have to meet.
                type: list
                elements: dict
                suboptions:
                  key:
                    description:
                      - Name of the label.
                    type: str
                    required: true
                  operator:
                    description:
                      - The condition.
                    type: str
                    choices: [In, NotIn, Exists, DoesNotExist]
                    required: true
                  values:
                    description:
                      - Values, for V(In) and V(NotIn).
                    type: list
                    elements: str
              kinds:
                description:
                  - Kinds of routes, such as V(HTTPRoute). Without any, all that the protocol allows. Plain text is a kind of Gateway API.
                type: list
                elements: raw
                suboptions:
                  kind:
                    description:
                      - Kind.
                    type: str
                    required: true
                  group:
                    description:
                      - API group. Without it that of Gateway API.
                    type: str
      addresses:
        description:
          - Addresses to ask for. Plain text is an IP address.
        type: list
        elements: raw
        suboptions:
          value:
            description:
              - The address. Without it any of the type.
            type: str
          type:
            description:
              - V(IPAddress), V(Hostname), V(NamedAddress) or one of the gateway's own. The API takes V(IPAddress) where none is given.
            type: str
      infrastructure:
        description:
          - For what the gateway makes of the Gateway, such as a Deployment and a Service.
        type: dict
        suboptions:
          labels:
            description:
              - Labels for all of it, at most 8.
            type: dict
          annotations:
            description:
              - Annotations for all of it, at most 16.
            type: dict
          parameters:
            description:
              - An object with settings of the gateway's own.
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
      tls:
        description:
          - TLS of the Gateway as a whole.
        type: dict
        suboptions:
          backend_certificate:
            description:
              - Certificate that the Gateway shows to backends. Plain text is the name of a Secret.
            type: raw
            suboptions: *certificate
          clients:
            description:
              - Which certificates are asked of clients, on all HTTPS listeners.
            type: dict
            suboptions:
              ca: &ca
                description:
                  - The authorities. Plain text is the name of a ConfigMap that holds one under V(ca.crt).
                type: list
                elements: raw
                required: true
                suboptions: *certificate
              mode: &ca_mode
                description:
                  - Whether clients without a good certificate are let in. The API takes V(AllowValidOnly) where none is given.
                type: str
                choices: [AllowValidOnly, AllowInsecureFallback]
          clients_per_port:
            description:
              - The same for single ports.
            type: list
            elements: dict
            suboptions:
              port:
                description:
                  - The port.
                type: int
                required: true
              ca: *ca
              mode: *ca_mode
      allowed_listeners:
        description:
          - Namespaces whose ListenerSets may hang on the Gateway. The API takes none where nothing is said.
        type: dict
        suboptions:
          from: *from
          selector: *selector
          expressions: *expressions
      default_scope:
        description:
          - Make this a Gateway on which routes hang that ask for default gateways. Experimental channel.
        type: str
        choices: [All, None]
      grants:
        description:
          - Write the ReferenceGrants that certificates in other namespaces need. Each allows exactly what the Gateway points at.
          - Grants are written unless this is V(false).
        type: bool
extends_documentation_fragment:
  - inference.gateway.owned
  - inference.gateway.owned.cluster
  - kubernetes.core.k8s_auth_options
seealso:
  - module: inference.gateway.inference_routes
  - name: Gateway API
    description: What a Gateway can say, field by field.
    link: https://gateway-api.sigs.k8s.io/reference/spec/
"""

EXAMPLES = r"""
- name: A Gateway with a plain listener and one with TLS that takes routes of other namespaces
  inference.gateway.gateways:
    owner: platform
    namespace: ai
    gateways:
      - name: inference-gateway
        class: istio
        listeners:
          - {name: http, port: 80}
          - name: https
            port: 443
            hostname: "*.example.com"
            tls: {certificates: [inference-tls]}
            routes: {selector: {inference-routes: allowed}}
    wait: true

- name: No other Gateways of this owner
  inference.gateway.gateways:
    owner: platform
    namespace: ai
    src: gateways.yml
    prune: true

- name: Take one away
  inference.gateway.gateways:
    owner: platform
    namespace: ai
    state: absent
    gateways:
      - name: inference-gateway
"""

RETURN = r"""
plan:
  description: What happens to each object, also those that are kept.
  returned: always
  type: list
  elements: dict
  sample:
    - {action: update, kind: Gateway.gateway.networking.k8s.io, namespace: ai, name: inference-gateway, fields: [".spec.gatewayClassName"]}
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
  sample: {action: keep, kind: ConfigMap, namespace: ai, name: platform.gateways}
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
      sample: gateways[0] (inference-gateway).listeners[1]
    problem:
      description: What is wrong and what was expected.
      type: str
      returned: always
      sample: protocol HTTPS needs tls.
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
from ansible_collections.inference.gateway.plugins.module_utils.lint.suites.gateways import rules
from ansible_collections.inference.gateway.plugins.module_utils.models.kinds.gateways import KIND


def main() -> None:
    run_kind(KIND, rules)


if __name__ == "__main__":
    main()
