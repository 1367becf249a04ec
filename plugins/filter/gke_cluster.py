# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: gke_cluster
short_description: A cluster of GKE in the words of gcloud
version_added: 0.1.0
author:
  - The inference.gateway authors (@inference-gateway)
description:
  - Turns C(gke_gateway_cluster) of the role P(inference.gateway.gke_gateway#role) into arguments of C(gcloud), and holds a cluster that is there against it.
  - Nothing is sent anywhere.
positional: _input
options:
  _input:
    description: The cluster, as the role documents it.
    type: dict
    required: true
  found:
    description: What C(gcloud container clusters describe --format=json) says of the cluster.
    type: dict
  token:
    description: An access token, to make a kubeconfig of it and of O(found).
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Say how the cluster is made
  ansible.builtin.debug:
    msg: "gcloud {{ (cluster | inference.gateway.gke_cluster).create | join(' ') }}"
  vars:
    cluster: {project: acme-inference, location: us-central1-a, name: inference, machine_type: g2-standard-24, nodes: 3}
"""

RETURN = r"""
_value:
  description: What gcloud is told, and what is otherwise.
  type: dict
  contains:
    create:
      description: Arguments of gcloud that make the cluster.
      type: list
      elements: str
    differs:
      description: One sentence for each setting of O(found) that is otherwise than declared.
      type: list
      elements: str
    kubeconfig:
      description: A kubeconfig, where O(found) and O(token) are given.
      type: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.gke_cluster import cluster, create, differs, kubeconfig


def gke_cluster(declared: dict[str, Any], found: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
    try:
        wanted = cluster(declared)
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error
    made: dict[str, Any] = {"create": create(wanted), "differs": differs(wanted, found) if found else []}
    return made | ({"kubeconfig": kubeconfig(found, token)} if found and token else {})


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"gke_cluster": gke_cluster}
