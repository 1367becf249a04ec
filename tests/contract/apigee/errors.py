# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals in the shape of Google's APIs (google.rpc.Status as JSON)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    # "ABORTED" is what Apigee X says to a consumer key that exists (apigee/devrel#764).
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
ID = itertools.count(1)


class ApiError(Exception):
    def __init__(self, status: int, message: str, details: Sequence[Any] = (), headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        error: dict[str, Any] = {"code": status, "message": message, "status": CODES[status]}
        if details:
            error["details"] = list(details)
        self.body = {"error": error}


def _failed(status: int, kind: str, message: str) -> ApiError:
    """With the reason that Apigee's own code gives, as in hashicorp's and pulumi's reports (pulumi/pulumi-google-native#450)."""
    details = [
        {"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [{"type": kind, "subject": "", "description": message}]},
        {"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": str(next(ID))},
    ]
    return ApiError(status, message, details)


def invalid(message: str) -> ApiError:
    return ApiError(400, message)


def violated(found: Sequence[tuple[str, str]]) -> ApiError:
    """All that is wrong with a body or a query, each with the field it is in."""
    violations = [{"field": field, "description": text} if field else {"description": text} for field, text in found]
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}]
    return ApiError(400, "\n".join(text for _field, text in found), details)


def mismatch(named: str, path: str) -> ApiError:
    """A name is what an entity is known by and cannot be changed (apigee/apigee-edge-drupal#598)."""
    return _failed(400, "rest.interceptor.name_mismatch", f"name {named} in the body does not match {path} in the path")


def no_product(name: str, org: str) -> ApiError:
    return _failed(404, "keymanagement.service.apiproduct_doesnot_exist", f"ApiProduct with name {name} does not exist in organization {org}")


def no_developer(name: str, org: str) -> ApiError:
    # The words are Edge's (apigee/apigee-config-maven-plugin#24).
    return _failed(404, "developer.service.DeveloperIdDoesNotExist", f"DeveloperId {name} does not exist in organization {org}")


def no_app(name: str, email: str) -> ApiError:
    # pulumi/pulumi-google-native#450
    return _failed(404, "developer.service.AppDoesNotExist", f"App named {name} does not exist under {email}")


def no_key(name: str) -> ApiError:
    return _failed(404, "keymanagement.service.InvalidClientIdForGivenApp", f"Invalid consumer key {name} for the given app")


def missing(kind: str, message: str) -> ApiError:
    return _failed(404, kind, message)


def product_exists(name: str) -> ApiError:
    return _failed(409, "keymanagement.service.apiproduct_already_exists", f"ApiProduct with name {name} already exists")


def developer_exists(email: str) -> ApiError:
    # apigee/apigee-config-maven-plugin#92
    return _failed(409, "developer.service.DeveloperAlreadyExists", f"developer already exists with email {email}")


def app_exists(name: str) -> ApiError:
    # apigeecs/apigee-migrate-tool#4
    return _failed(409, "keymanagement.service.app_already_exists", f"App with name {name} already exists")


def key_exists() -> ApiError:
    # apigee/devrel#764
    return _failed(409, "keymanagement.service.ConsumerKeyAlreadyExists", "ConsumerKey already exists")


def still_referenced(name: str) -> ApiError:
    # apigee/apigee-config-maven-plugin#46
    return _failed(400, "mint.stillReferenced", f"ApiProduct {name} is still referenced by apps")
