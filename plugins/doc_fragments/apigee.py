# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that speaks to Apigee's management API."""

    DOCUMENTATION = r"""
options:
  organization:
    description:
      - The Apigee organisation, by its id. It need not be that of the Google Cloud project.
      - The environment variable E(APIGEE_ORG) is read where it is not given.
    type: str
    required: true
  api_endpoint:
    description:
      - Address of the management API. Organisations with data residency have one of their own, such as V(https://apigee.eu.rep.googleapis.com).
      - Plain http is refused but on loopback.
    type: str
    default: https://apigee.googleapis.com
  access_token:
    description:
      - An access token, such as C(gcloud auth print-access-token) makes it. It is not renewed when it runs out.
      - The environment variable E(GCP_ACCESS_TOKEN) is read where it is not given.
      - Where none of O(access_token), O(service_account_file) and O(service_account_contents) is given, Application Default Credentials are used. They find
        E(GOOGLE_APPLICATION_CREDENTIALS), which may be a file of workload identity federation as well, what C(gcloud auth application-default login) left
        behind, and the service account of a machine or pod in Google Cloud.
    type: str
  service_account_file:
    description:
      - File with the key of a service account.
      - The environment variable E(GCP_SERVICE_ACCOUNT_FILE) is read where it is not given.
    type: path
  service_account_contents:
    description:
      - The same as text or as a dictionary, for example out of a vault.
      - The environment variable E(GCP_SERVICE_ACCOUNT_CONTENTS) is read where it is not given.
    type: jsonarg
  impersonate_service_account:
    description:
      - Email of a service account to act as. The credentials need the role Service Account Token Creator on it.
    type: str
  quota_project:
    description:
      - Project that the calls are counted for, where that is not the one of the credentials.
    type: str
requirements:
  - google-auth >= 2.16
  - requests >= 2.28
"""
