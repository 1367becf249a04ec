# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: oci_blueprint
short_description: OCI AI Blueprints as lists of an inventory
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Turns blueprint documents of OCI AI Blueprints into the lists C(vllm_models) of the role P(inference.gateway.vllm#role), C(kong_consumers) and
    C(inference_routes).
  - Every field of a document is carried over or listed in C(not_carried), with the reason and what to do instead. None vanishes in silence.
  - Secrets are never carried over. A key for the gateway becomes the name of a variable, another secret becomes a reference to a Secret. Their values are
    shown nowhere.
  - Every server is checked by the role's own rules. Nothing is sent anywhere.
positional: _input
options:
  _input:
    description:
      - A document, as JSON text or as a dictionary, or a list of such documents.
      - A recipe, a deployment group, or a blueprint of the portal with its samples.
    type: raw
    required: true
  namespace:
    description: Namespace of everything. Without it the entries name none, and the inventory's own default counts.
    type: str
    default: ''
  parents:
    description: The Gateways that the routes hang on. Without them the routes name none, as for Kong without the Gateway API.
    type: list
    elements: str
    default: []
  timeout:
    description: How long a server may be silent. A document does not say, and Kong's own 60 seconds are too short for long answers.
    type: str
    default: 600s
  generate_keys:
    description: Whether new keys are made for the gateway, instead of variables that have to hold the old ones.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Import the blueprints of a folder
  ansible.builtin.set_fact:
    imported: "{{ documents | inference.gateway.oci_blueprint(namespace='ai', parents=['inference-gateway']) }}"
  vars:
    documents: "{{ query('ansible.builtin.file', *query('ansible.builtin.fileglob', 'blueprints/*.json')) }}"

- name: Write the inventory
  ansible.builtin.copy:
    content: "{{ imported | dict2items | rejectattr('key', 'eq', 'not_carried') | items2dict | to_nice_yaml }}"
    dest: group_vars/clusters/imported.yml
    mode: "0644"

- name: Read what was left behind
  ansible.builtin.debug:
    var: imported.not_carried
"""

RETURN = r"""
_value:
  description: Lists for an inventory, and what has no place in them.
  type: dict
  contains:
    namespaces:
      description: The namespace, where one is given.
      type: list
      elements: dict
    vllm_models:
      description: The servers, as P(inference.gateway.vllm#role) takes them.
      type: list
      elements: dict
    kong_consumers:
      description: A consumer with a key and a group of its own for each model that had a key.
      type: list
      elements: dict
    inference_routes:
      description: A route for each model behind the gateway, by path and by the header X-Model.
      type: list
      elements: dict
    not_carried:
      description: What of the documents is not in these lists.
      type: list
      elements: dict
      contains:
        field:
          description: Where it stands in the document.
          type: str
        value:
          description: What stands there; secrets are hidden.
          type: raw
        why:
          description: Why it has no place here.
          type: str
        instead:
          description: What to do.
          type: str
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.blueprint import convert
from ansible_collections.inference.gateway.plugins.module_utils.servers.blueprint_gateway import Options


def oci_blueprint(document: Any, namespace: str = "", parents: list[str] | None = None, timeout: str = "600s", generate_keys: bool = False) -> dict[str, Any]:
    options = Options(namespace=namespace, parents=tuple(parents or ()), timeout=timeout, generate_keys=generate_keys)
    try:
        return convert(document, options)
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"oci_blueprint": oci_blueprint}
