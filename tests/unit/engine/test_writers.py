# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who wrote which field, and which fields nobody wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.fields import touches
from ansible_collections.inference.gateway.plugins.module_utils.engine.writers import writers, written


def record(manager: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "time": "2026-11-21T04:00:00Z", "fieldsV1": fields, **more}


def key(**keys: Any) -> str:
    return f"k:{json.dumps(keys)}"


def service(*records: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "ai", "uid": "1", "labels": {"a.b/c": "d"}, "managedFields": list(records)},
        "spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 80, "protocol": "TCP"}, {"port": 81, "protocol": "TCP"}], "rules": [{"weight": 1}]},
    }


OURS = record("us", {"f:metadata": {"f:labels": {".": {}, "f:a.b/c": {}}}, "f:spec": {"f:ports": {key(port=80, protocol="TCP"): {".": {}, "f:port": {}}}}})
THEIRS = record("kubectl-edit", {"f:spec": {"f:rules": {}, "f:ports": {key(port=81, protocol="TCP"): {"f:port": {}}}}})
STATUS = record("controller", {"f:spec": {"f:clusterIP": {}}}, subresource="status")


def test_what_nobody_wrote_is_left_out() -> None:
    found = written(service(OURS, THEIRS, STATUS))
    assert found["spec"] == {"ports": [{"port": 80}, {"port": 81}], "rules": [{"weight": 1}]}
    assert (found["metadata"]["name"], found["metadata"]["namespace"], found["metadata"]["labels"]) == ("web", "ai", {"a.b/c": "d"})
    assert "uid" not in found["metadata"]


def test_without_a_record_everything_stays() -> None:
    assert written(service())["spec"] == service()["spec"]


def test_a_record_in_another_version_tells_nothing_of_this_one() -> None:
    old = record("kubectl", {"f:spec": {"f:address": {}}}, apiVersion="v1beta1")
    assert written(service({**OURS, "apiVersion": "v1"}, old))["spec"] == service()["spec"]


@pytest.mark.parametrize(
    ("path", "managers"),
    [
        (".spec.rules[0].weight", ["kubectl-edit"]),
        (".spec.rules", ["kubectl-edit"]),
        (".spec.ports[1].port", ["kubectl-edit"]),
        (".spec.ports[0].port", []),
        (".spec.ports[0].protocol", []),
        (".spec.ports[7].port", []),
        (".spec.clusterIP", []),
        ('.metadata.labels["a.b/c"]', []),
        (".spec", ["kubectl-edit"]),
    ],
)
def test_writers_of_a_field_besides_us(path: str, managers: list[str]) -> None:
    found = writers(service(OURS, THEIRS, STATUS), [path, ".spec.nothing"], "us")
    assert [each["manager"] for each in found] == managers
    assert all(each["fields"] == [path] and each["time"] == "2026-11-21T04:00:00Z" for each in found)


def test_the_empty_shell_of_a_lost_map_holds_nothing() -> None:
    """kubectl's entry after all that it wrote in ``spec`` went to somebody else."""
    shell = record("kubectl-client-side-apply", {"f:spec": {}})
    obj = service(OURS, THEIRS, shell)
    assert [each["manager"] for each in writers(obj, [".spec.rules[0].weight"], "us")] == ["kubectl-edit"]
    assert "clusterIP" not in written(obj)["spec"]
    assert written(service(shell))["spec"] == obj["spec"], "all alone it is a value as a whole"


def test_a_label_has_a_writer() -> None:
    found = writers(service(OURS, THEIRS), ['.metadata.labels["a.b/c"]'], "somebody else")
    assert [each["manager"] for each in found] == ["us"]


@pytest.mark.parametrize(
    ("path", "field", "yes"),
    [
        (".spec.rules[0].weight", ".spec.rules", True),
        (".spec.rules", ".spec.rules", True),
        (".spec.rulesets", ".spec.rules", False),
        (".spec.listeners[0].port", '.spec.listeners[name="http"].port', True),
        ('.metadata.labels["a.b/c"]', ".metadata.labels.a.b/c", True),
        ('.metadata.labels["a.b/c"]', ".metadata.labels.a.b/d", False),
    ],
)
def test_fields_are_named_in_two_ways(path: str, field: str, yes: bool) -> None:
    assert touches(path, field) is yes
