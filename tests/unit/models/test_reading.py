# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading back is the inverse of rendering, for whatever an entry can say; and what no entry can say is told."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.engine.info import Found, Shape, read
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import GroupKind, Key, key_of
from ansible_collections.inference.gateway.plugins.module_utils.models.reading import gateways, objectives, pools, routes
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.models.strategies import records
from unit.models.support import built, context
from unit.models.test_properties import MODELS, SLOW, good

SHAPES: dict[str, Shape] = {module.SHAPE.kind.option: module.SHAPE for module in (gateways, objectives, pools, routes)}
OPTIONS = pytest.mark.parametrize("option", sorted(SHAPES))
MANAGER = "inference.gateway"
MODULES = Path.home() / "go" / "pkg" / "mod" / "sigs.k8s.io"
PUBLISHED = (
    "gateway-api@v1.6.1/examples/**/*.yaml",
    "gateway-api-inference-extension@v1.5.0/config/manifests/**/*.yaml",
    "gateway-api-inference-extension@v1.5.0/test/testdata/*hermetic.yaml",
)
EXAMPLES = sorted(file for pattern in PUBLISHED for file in MODULES.glob(pattern))


class Objects:
    """A cluster that holds these objects and no others."""

    def __init__(self, objects: Iterable[dict[str, Any]]) -> None:
        self.all = list(objects)
        self.manager = MANAGER

    def objects(self, kinds: Iterable[GroupKind]) -> list[dict[str, Any]]:
        wanted = set(kinds)
        return [obj for obj in self.all if key_of(obj).group_kind in wanted]

    def recorded(self) -> list[GroupKind]:
        return []

    def exists(self, key: Key, _api_version: str) -> bool:
        return key in {key_of(obj) for obj in self.all}


def found(option: str, objects: Iterable[dict[str, Any]], exact: bool = False) -> Found:
    return read(SHAPES[option], Objects(objects), context({"exact": exact}))


def by_key(objects: Iterable[dict[str, Any]]) -> dict[Key, dict[str, Any]]:
    return {key_of(obj): obj for obj in objects}


def with_defaults(option: str, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the API server stores them."""
    kinds = SHAPES[option].sources(context())
    return [{**obj, "spec": SHAPES[option].filled(obj)} if key_of(obj).group_kind in kinds else obj for obj in objects]


@OPTIONS
@SLOW
@given(data=st.data())
def test_reading_is_the_inverse_of_rendering(option: str, data: st.DataObject) -> None:
    entry = data.draw(records(MODELS[option]))
    assume(good(option, entry))
    objects = built(option, [entry])
    shape = SHAPES[option]
    main = next(obj for obj in objects if key_of(obj).group_kind in shape.sources(context()))
    again = shape.read(main) | ({"grants": False} if entry.get("grants") in (False, "false", "no") and len(objects) == 1 else {})
    assert by_key(built(option, [again])) == by_key(objects)


@OPTIONS
@SLOW
@given(data=st.data())
def test_what_the_server_stores_is_read_without_a_loss(option: str, data: st.DataObject) -> None:
    entry = data.draw(records(MODELS[option]))
    assume(good(option, entry))
    stored = with_defaults(option, built(option, [entry]))
    result = found(option, copy.deepcopy(stored))
    assert (result.unexpressed, result.manifests, len(result.entries)) == ([], [], 1)
    assert by_key(with_defaults(option, built(option, result.entries))) == by_key(stored)


TOGETHER = [
    ("inference_routes", {"rules": [{"backends": [{"pool": "p"}], "timeouts": {"request": "60s", "backend": "20s"}}]}),
    ("inference_routes", {"rules": [{"backends": [{"pool": "p", "weight": 0}, {"service": "a", "port": 1, "weight": 1}]}]}),
    ("inference_routes", {"rules": [{"backends": [{"pool": "p"}], "mirrors": [{"pool": "q", "percent": 0}]}]}),
    ("inference_routes", {"rules": [{"backends": [{"pool": "p"}], "mirrors": [{"pool": "q", "fraction": {"numerator": 1, "denominator": 1000}}]}]}),
    ("inference_routes", {"rules": [{"backends": [{"pool": "p"}], "retries": {"attempts": 2, "on": ["5xx", 429], "backoff": "1s"}}]}),
    ("inference_routes", {"rules": [{"path": "/a", "backends": [{"pool": "p"}], "rewrite": {"path": {"prefix": "/b"}}}]}),
    ("inference_routes", {"rules": [{"name": "a", "matches": [{}, {"path": {"exact": "/x"}, "method": "GET"}], "backends": [{"pool": "p"}]}]}),
    (
        "inference_routes",
        {
            "parents": [{"name": "gw", "listener": "a"}, {"name": "gw", "listener": "b"}, {"name": "web", "kind": "Service"}],
            "rules": [
                {
                    "backends": [{"pool": "p"}],
                    "session_persistence": {"type": "Cookie", "cookie_lifetime": "Permanent", "absolute_timeout": "8h"},
                }
            ],
        },
    ),
    ("gateways", {"class": "istio", "listeners": [{"name": "a", "port": 80, "routes": {"from": "Selector", "selector": {"a": "b"}}}]}),
    ("gateways", {"class": "istio", "listeners": [{"name": "a", "port": 80}], "allowed_listeners": {"from": "All"}}),
]


@pytest.mark.parametrize(("option", "fields"), TOGETHER, ids=str)
def test_fields_that_belong_together(option: str, fields: dict[str, Any]) -> None:
    stored = with_defaults(option, built(option, [{"name": "x", **fields}]))
    result = found(option, copy.deepcopy(stored))
    assert (result.unexpressed, result.manifests) == ([], [])
    assert with_defaults(option, built(option, result.entries)) == stored


@pytest.mark.parametrize("group", ["llm-d.ai", "inference.networking.x-k8s.io"])
@pytest.mark.parametrize("pool", ["p", {"name": "p", "group": "llm-d.ai"}, {"name": "p", "kind": "Other"}], ids=str)
def test_objectives_of_both_groups(group: str, pool: Any) -> None:
    params = context({"api_group": group})
    [item] = objectives.SHAPE.kind.build([{"name": "o", "namespace": "ai", "pool": pool}], params)
    stored = {**item.obj, "spec": objectives.SHAPE.filled(item.obj)}
    result = read(objectives.SHAPE, Objects([stored]), params)
    assert (result.entries, result.unexpressed) == ([{"name": "o", "namespace": "ai", "pool": pool}], [])


def http_route(**spec: Any) -> dict[str, Any]:
    base = {"rules": [{"backendRefs": [{"name": "a", "port": 1}]}]}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "r", "namespace": "ai"}, "spec": base | spec}


def test_an_entry_is_what_a_user_would_have_written() -> None:
    [entry] = found("inference_routes", with_defaults("inference_routes", [http_route(parentRefs=[{"name": "gw"}], hostnames=["x.example"])])).entries
    wanted = {"name": "r", "namespace": "ai", "hostnames": ["x.example"], "parents": ["gw"], "rules": [{"backends": [{"service": "a", "port": 1}]}]}
    assert entry == wanted


def test_a_weight_of_one_is_seen_beside_others() -> None:
    rule = {"backendRefs": [{"name": "a", "port": 1, "weight": 9}, {"name": "b", "port": 1}]}
    [entry] = found("inference_routes", with_defaults("inference_routes", [http_route(rules=[rule])])).entries
    assert [backend["weight"] for backend in entry["rules"][0]["backends"]] == [9, 1]


BACKEND = {"name": "a", "port": 1}


@pytest.mark.parametrize(
    ("spec", "field", "problem", "entry_there"),
    [
        ({"rules": [{"backendRefs": [BACKEND], "filters": [{"type": "New", "new": {}}]}]}, ".spec.rules[0]", "no word for it", True),
        ({"rules": [{"backendRefs": [BACKEND], "colour": "red"}]}, ".spec.rules[0].colour", "no word for it", True),
        (
            {"rules": [{"backendRefs": [BACKEND], "matches": [{"headers": [{"name": "b", "value": "1"}, {"name": "a", "value": "2"}]}]}]},
            ".spec.rules[0].matches[0].headers",
            "another order",
            True,
        ),
        ({"rules": [{"backendRefs": [{**BACKEND, "weight": 0}]}]}, ".rules[0].backends", "all weights are 0", False),
        ({"rules": [{"matches": [{"path": {"type": "Exact", "value": "/a"}}]}]}, ".rules[0]", "says not who answers", False),
    ],
)
def test_what_cannot_be_said_is_told(spec: dict[str, Any], field: str, problem: str, entry_there: bool) -> None:
    obj = http_route(**spec)
    result = found("inference_routes", [obj])
    told = result.unexpressed[0]
    assert (told["kind"], told["namespace"], told["name"]) == ("HTTPRoute.gateway.networking.k8s.io", "ai", "r")
    assert told["field"].startswith(field) and problem in told["problem"], told
    assert (len(result.entries), result.manifests) == ((1, []) if entry_there else (0, [obj]))
    strict = found("inference_routes", [obj], exact=True)
    assert (strict.entries, strict.manifests) == ([], [obj])


def test_objects_that_a_controller_keeps_are_left_out() -> None:
    obj = http_route()
    obj["metadata"]["ownerReferences"] = [{"kind": "LLMInferenceService", "name": "llama", "controller": True}]
    result = found("inference_routes", [obj])
    assert (result.entries, result.manifests) == ([], [])
    assert "LLMInferenceService llama" in result.unexpressed[0]["problem"]


@pytest.mark.parametrize("granted", [True, False])
def test_grants_are_ours_only_where_they_are_there(granted: bool) -> None:
    entry = {"name": "r", "namespace": "ai", "rules": [{"backends": [{"pool": "p", "namespace": "models"}]}]}
    objects = built("inference_routes", [entry])
    [again] = found("inference_routes", objects if granted else objects[-1:]).entries
    assert again.get("grants", True) is granted
    assert built("inference_routes", [again]) == (objects if granted else objects[-1:])


def test_marks_are_no_declaration() -> None:
    obj = http_route()
    marks = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "inference.gateway/entry": "ai/r", "team": "ai"}
    obj["metadata"] |= {"labels": {"applyset.kubernetes.io/part-of": "x", "a": "b"}, "annotations": marks}
    [entry] = found("inference_routes", [obj]).entries
    assert (entry["labels"], entry["annotations"]) == ({"a": "b"}, {"team": "ai"})
    owned = {"f:metadata": {"f:labels": {"f:applyset.kubernetes.io/part-of": {}}, "f:annotations": {"f:team": {}}}}
    obj["metadata"]["managedFields"] = [{"manager": MANAGER, "operation": "Apply", "fieldsV1": owned}]
    [entry] = found("inference_routes", [obj]).entries
    assert "labels" not in entry and entry["annotations"] == {"team": "ai"}


@pytest.mark.parametrize("file", EXAMPLES or [pytest.param(None, marks=pytest.mark.skip(reason="no public examples on this machine"))], ids=str)
def test_public_examples_are_read_without_a_loss_or_told(file: Path) -> None:
    """Each object of a published example comes back as it was, or what is missing is named."""
    text = re.sub(r"^#.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    documents = [item for item in yaml.safe_load_all(text) if isinstance(item, dict) and "metadata" in item and "name" in item["metadata"]]
    for option, shape in SHAPES.items():
        versions = ("gateway.networking.k8s.io/v1", "inference.networking.k8s.io/v1", "inference.networking.x-k8s.io/v1alpha2")
        objects = [item for item in documents if key_of(item).group_kind in shape.sources(context()) and item["apiVersion"] in versions]
        for obj in objects:
            obj["metadata"].setdefault("namespace", "default")
        stored = with_defaults(option, objects)
        result = found(option, copy.deepcopy(stored), exact=True)
        assert len(result.entries) + len(result.manifests) == len(objects)
        assert bool(result.manifests) == bool(result.unexpressed)
        again = by_key(with_defaults(option, built(option, result.entries)))
        assert all(again[key_of(obj)]["spec"] == obj["spec"] for obj in stored if key_of(obj) in again)
