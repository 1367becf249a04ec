# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of the objects that were read: all that a comparison needs, and equal records once."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Key
from ansible_collections.inference.gateway.plugins.module_utils.stores.slim import Slim

KEY = Key("", "A", "ai", "a")


def read(name: str, **fields: Any) -> dict[str, Any]:
    records = [
        {"manager": "inference.gateway", "operation": "Apply", "fieldsV1": {"f:spec": {"f:rules": {}, **fields}}},
        {"manager": "controller", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}},
    ]
    return {"kind": "A", "metadata": {"name": name, "managedFields": records}, "spec": {"rules": []}, "status": {"parents": []}}


def test_equal_records_are_one() -> None:
    slim = Slim()
    first, second, other = (slim(KEY, obj) for obj in (read("a"), read("b"), read("c", **{"f:hostnames": {}})))
    fields = [obj["metadata"]["managedFields"][0]["fieldsV1"] for obj in (first, second, other)]
    assert fields[0] is fields[1] and fields[0] != fields[2]


def test_status_goes_and_everything_else_stays() -> None:
    obj = read("a")
    before = copy.deepcopy(obj)
    kept = Slim()(KEY, obj)
    assert obj == before
    assert kept == {"kind": "A", "metadata": {"name": "a", "managedFields": obj["metadata"]["managedFields"][:1]}, "spec": {"rules": []}}


def test_no_records() -> None:
    assert Slim()(KEY, {"kind": "A", "metadata": {"name": "a"}}) == {"kind": "A", "metadata": {"name": "a"}}


@pytest.mark.parametrize("version, spec", [("7", False), ("8", True)])
def test_what_is_known_in_this_version_is_its_metadata(version: str, spec: bool) -> None:
    obj = {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a", "resourceVersion": version}, "spec": {}}
    assert ("spec" in Slim({KEY: "7"})(KEY, obj)) is spec
    assert "spec" in Slim({KEY._replace(name="b"): "7"})(KEY, obj)
