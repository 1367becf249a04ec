# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that can speak to a Kong, in the cluster or over its Admin API."""

    DOCUMENTATION = r"""
options:
  backend:
    description:
      - How the objects get to Kong.
      - V(kubernetes) writes objects of Kong's ingress controller into the cluster.
      - V(admin) writes entities through the Admin API of a Kong with a database.
      - V(dbless) sends a Kong without a database its whole configuration, to every node in O(kong_admin.urls). All nodes take it, or none. It is
        refused where the ingress controller drives that Kong, since the controller would undo it within seconds.
      - With V(dbless) all nodes get what the first one that is not empty holds, with what is declared. Where two hold different entities of others, or where
        one has changed since it was read, nothing is written.
      - V(auto) asks the first address in O(kong_admin.urls) which of them fits. Without O(kong_admin) it is V(kubernetes).
    type: str
    choices: [auto, kubernetes, admin, dbless]
    default: auto
  kong_admin:
    description:
      - How to reach the Admin API. It is never exposed by role C(kong); run the task where it can be reached.
    type: dict
    suboptions:
      urls:
        description:
          - Addresses. One for a Kong with a database, whose nodes share it; every node of a Kong without.
        type: list
        elements: str
        required: true
      token:
        description:
          - Token for the role-based access control of the Enterprise edition.
        type: str
      workspace:
        description:
          - Workspace of the Enterprise edition.
        type: str
      headers:
        description:
          - Further headers of every request, such as what a proxy before the Admin API asks for.
        type: dict
      validate_certs:
        description:
          - Whether the certificate of the Admin API is verified.
        type: bool
        default: true
      ca_cert:
        description:
          - File with the authority that signed it.
        type: path
      client_cert:
        description:
          - File with the certificate that we show.
        type: path
      client_key:
        description:
          - File with its key.
        type: path
"""
