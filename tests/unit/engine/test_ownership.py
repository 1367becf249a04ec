# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ApplySet convention."""

from __future__ import annotations

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Desired, GroupKind, Key
from ansible_collections.inference.gateway.plugins.module_utils.engine.ownership import ApplySet, Scope, scope_of, tool_of
from ansible_collections.inference.gateway.plugins.module_utils.engine.plan import Owner

SET = ApplySet("team", "ai")


def written_by(manager: str) -> dict[str, object]:
    return {"manager": manager, "fieldsV1": {"f:metadata": {"f:labels": {"f:applyset.kubernetes.io/part-of": {}}}}}


def test_the_id_is_the_conventions() -> None:
    """Unpadded base64url of sha256 over name.namespace.kind.group; that kubectl computes the same is an integration test."""
    assert SET.id == "applyset-l9T56_dhb2CjhZ7I7ovu_87axdeZihGMYLcZ6d1_luI-v1"


@pytest.mark.parametrize(
    "metadata, owner",
    [
        ({}, Owner.NOBODY),
        ({"labels": None}, Owner.NOBODY),
        ({"labels": {"applyset.kubernetes.io/part-of": SET.id}}, Owner.OURS),
        ({"labels": {"applyset.kubernetes.io/part-of": "applyset-x-v1"}}, Owner.OTHER),
        ({"labels": {"applyset.kubernetes.io/part-of": SET.id}, "ownerReferences": [{"controller": True}]}, Owner.NOBODY),
        ({"labels": {"applyset.kubernetes.io/part-of": SET.id}, "ownerReferences": [{"kind": "Pod"}]}, Owner.OURS),
        ({"labels": {"applyset.kubernetes.io/part-of": SET.id}, "managedFields": [written_by("inference.gateway"), written_by("other")]}, Owner.OURS),
        ({"labels": {"applyset.kubernetes.io/part-of": SET.id}, "managedFields": [written_by("kube-controller-manager")]}, Owner.NOBODY),
        ({"labels": {"applyset.kubernetes.io/part-of": SET.id}, "managedFields": [{}]}, Owner.OURS),
        ({"labels": {"applyset.kubernetes.io/part-of": "applyset-x-v1"}, "managedFields": [written_by("kubectl-applyset")]}, Owner.OTHER),
    ],
)
def test_owner(metadata: dict[str, object], owner: Owner) -> None:
    assert SET.owner_of({"metadata": metadata})[0] is owner


def test_marking_keeps_what_is_there_and_changes_no_input() -> None:
    item = Desired({"metadata": {"name": "c", "labels": {"a": "b"}}}, "objects[0]", "ai/chat")
    marked = SET.mark(item)
    assert marked["metadata"]["labels"] == {"a": "b", "applyset.kubernetes.io/part-of": SET.id}
    assert marked["metadata"]["annotations"] == {"inference.gateway/entry": "ai/chat"}
    assert item.obj == {"metadata": {"name": "c", "labels": {"a": "b"}}}


def test_scope_survives_the_parent() -> None:
    keys = [Key("", "Namespace", "", "n"), Key("apps", "Deployment", "ai", "d"), Key("gateway.networking.k8s.io", "HTTPRoute", "other", "r")]
    scope = Scope.of(keys, "ai")
    assert scope.namespaces == {"other"}
    parent = SET.parent(scope)
    assert scope_of(parent) == scope and tool_of(parent) == "inference.gateway"
    assert scope_of(SET.parent(Scope())) == Scope()
    assert (scope | Scope(frozenset({GroupKind("", "Secret")}))).group_kinds == scope.group_kinds | {GroupKind("", "Secret")}
