# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API server's real answers (recorded from 1.36) in the user's words."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Key
from ansible_collections.inference.gateway.plugins.module_utils.stores.explain import refusal, secret_values, unknown_kind
from ansible_collections.inference.gateway.plugins.module_utils.stores.transport import ApiError

ROUTE = Key("gateway.networking.k8s.io", "HTTPRoute", "ai", "chat")
CONFLICT = {
    "reason": "Conflict",
    "message": 'Apply failed with 2 conflicts: conflicts with "m":',
    "details": {
        "causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "m" using v1', "field": field} for field in (".spec.rules", ".spec.a")]
    },
}
IMMUTABLE = {
    "reason": "Invalid",
    "message": 'Deployment.apps "d" is invalid',
    "details": {"causes": [{"reason": "FieldValueInvalid", "message": 'Invalid value: {"a":"c"}: field is immutable', "field": "spec.selector"}]},
}
FORBIDDEN = {
    "reason": "Forbidden",
    "message": 'httproutes.gateway.networking.k8s.io "chat" is forbidden: User "ci" cannot patch resource "httproutes" in API group '
    '"gateway.networking.k8s.io" in the namespace "ai"',
}
UNDECLARED = {
    "message": "failed to create typed patch object (ai/chat; gateway.networking.k8s.io/v1, Kind=HTTPRoute): errors:\n"
    "  .spec.rules[0].retry: field not declared in schema\n  .metadata.labels.x: expected string, got 1"
}
INVALID = {
    "reason": "Invalid",
    "message": "long",
    "details": {"causes": [{"field": "<nil>", "message": "noise"}, {"field": "spec.rules[0].weight", "message": "should be less than 1000000"}]},
}


@pytest.mark.parametrize(
    "status, body, words, immutable",
    [
        (409, CONFLICT, "m manages .spec.rules, .spec.a. Set force_conflicts", False),
        (422, IMMUTABLE, "spec.selector: Invalid value", True),
        (403, FORBIDDEN, 'not allowed: ci lacks the verb "patch" on httproutes.gateway.networking.k8s.io in the namespace "ai"', False),
        (500, UNDECLARED, "knows no field .spec.rules[0].retry. It may belong to another channel", False),
        (500, UNDECLARED, ".metadata.labels.x: expected string", False),
        (422, INVALID, "spec.rules[0].weight: should be less than 1000000", False),
        (404, {"message": 'namespaces "ai" not found', "details": {"kind": "namespaces", "name": "ai"}}, "namespace ai does not exist", False),
        (400, {"message": "anything else"}, "anything else", False),
    ],
)
def test_refusal(status: int, body: dict[str, Any], words: str, immutable: bool) -> None:
    error = refusal(ApiError(status, body, "PATCH", "/x"), "inference_routes[0] (chat)", ROUTE)
    assert str(error).startswith("inference_routes[0] (chat): HTTPRoute.gateway.networking.k8s.io ai/chat: ")
    assert words in str(error) and error.immutable is immutable


def test_only_when_everything_is_immutable_a_replacement_helps() -> None:
    mixed = {**IMMUTABLE, "details": {"causes": [*IMMUTABLE["details"]["causes"], {"message": "Required value", "field": "spec.x"}]}}  # type: ignore[index]
    assert not refusal(ApiError(422, mixed, "PATCH", "/x"), "o", ROUTE).immutable


def test_a_secrets_value_is_taken_out_of_the_servers_words() -> None:
    obj = {"kind": "Secret", "data": {"a": base64.b64encode(b"hunter2hunter2").decode(), "b": "not-base64!"}, "stringData": {"c": "plainplain"}}
    body = {"message": f"cannot take {obj['data']['a']} or hunter2hunter2 or not-base64! or plainplain"}  # type: ignore[index]
    text = str(refusal(ApiError(400, body, "PATCH", "/x"), "objects[0]", Key("", "Secret", "ai", "s"), secret_values(obj)))
    assert text.endswith("cannot take (secret) or (secret) or (secret) or (secret)")


def test_unknown_kinds() -> None:
    assert "Role inference.gateway.gateway_api installs it" in unknown_kind(ROUTE, "gateway.networking.k8s.io/v1", ())
    assert "in v1, not in v1alpha2" in unknown_kind(ROUTE, "gateway.networking.k8s.io/v1alpha2", ("v1",))
    assert "Install the CRD" in unknown_kind(Key("example.com", "Toy", "ai", "x"), "example.com/v1", ())
