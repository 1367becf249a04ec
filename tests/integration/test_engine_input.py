# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is declared: a clear error or an object, never a traceback, never a secret in the answer, never somebody else's object."""

from __future__ import annotations

import base64
import json
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import KUBERNETES
from ansible_collections.inference.gateway.plugins.module_utils.models import kinds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Cluster, config_map

VALUE = "correct-horse-battery-staple"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["v1", "ConfigMap", "Secret", "..", "a/b"]))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)), max_leaves=8)
FIELDS = ("apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "data", "stringData", "spec", "rules", "listeners", "backends")
SHAPED = st.fixed_dictionaries(
    {
        "apiVersion": st.sampled_from(["v1", "apps/v1", "gateway.networking.k8s.io/v1"]),
        "kind": st.sampled_from(["ConfigMap", "Secret", "HTTPRoute", "Service"]),
    },
    optional={"metadata": st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4), "data": VALUES, "stringData": VALUES, "spec": VALUES},
)
ENTRIES = st.one_of(SHAPED, st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text(max_size=4)), VALUES, max_size=5))


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize(
    "module, option",
    [(name, name if name != "applyset" else "objects") for name in ("applyset", "gateways", "inference_routes", "inference_pools", "inference_objectives")],
)
def test_garbage(cluster: Cluster, module: str, option: str) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(ENTRIES, min_size=1, max_size=3), st.sampled_from(["present", "absent"]))
    def holds(entries: list[dict[str, Any]], state: str) -> None:
        result = cluster.run(module, **{option: entries}, state=state, check=True, diff=True)
        assert "Traceback" not in json.dumps(result) and (result.get("msg") or not result.get("failed"))

    with cluster.no_writes():
        holds()


@pytest.mark.parametrize("name", ["..", ".", "../secrets/s", "a/b", "a%2fb"])
def test_a_name_cannot_be_the_address_of_another_object(cluster: Cluster, name: str) -> None:
    """As a path, ConfigMap ".." is the namespace that it is in."""
    with cluster.no_writes():
        assert "cannot be a name" in cluster.refused("applyset", objects=[config_map(name)], state="absent", adopt=True)
        assert "cannot be a name" in cluster.refused("applyset", objects=[config_map(name)])
        assert cluster.run("gateways", gateways=[{"name": name}], state="absent", adopt=True)["failed"]


@pytest.mark.parametrize("namespace", ["..", "a/b", "A", ""])
def test_neither_can_a_namespace(cluster: Cluster, namespace: str) -> None:
    assert "cannot be a namespace" in cluster.refused("applyset", objects=[config_map("c")], namespace=namespace)
    if namespace:
        away = {**config_map("c"), "metadata": {"name": "c", "namespace": namespace}}
        assert "cannot be a namespace" in cluster.refused("applyset", objects=[away])


@pytest.mark.parametrize(
    "data, words",
    [
        ("{a: !!binary aGVsbG8=}", "data.a: expected text, a number, true, false, a list or a mapping, got bytes"),
        ("{a: !!timestamp 2020-01-01}", "got date"),
        ("{a: !!set {x}}", "got set"),
        ("{a: .nan}", "is no finite number"),
        ("{a: 99999999999999999999}", "more than 64 bits"),
        ("{null: a}", "a key is NoneType"),
        ('{1: a, "1": b}', 'the key "1" stands twice'),
        ("&x {a: *x}", "holds itself"),
        ("{a: " + "[" * 3000 + "]" * 3000 + "}", "nested too deeply"),
    ],
)
def test_yaml_that_json_cannot_say(cluster: Cluster, tmp_path: Path, data: str, words: str) -> None:
    file = tmp_path / "one.yml"
    file.write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {data}\n")
    with cluster.no_writes():
        assert words in cluster.refused("applyset", src=str(file))


def test_keys_that_are_numbers_are_text_as_in_kubectl(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "one.yml"
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {2: a, true: b}\n")
    cluster.ok("applyset", src=str(file))
    assert cluster.get("configmap/c")["data"] == {"2": "a", "true": "b"}
    with cluster.no_writes():
        assert not cluster.ok("applyset", src=str(file))["changed"]


@pytest.mark.parametrize(
    "content, words",
    [
        ({"data": [VALUE]}, "data: expected a mapping"),
        ({"data": VALUE}, "data: expected a mapping"),
        ({"data": {"a": {"b": VALUE}}}, "data.a: expected text"),
        ({"data": {"a": 12345678}}, "expected string"),
        ({"stringData": {"a": [VALUE]}}, "stringData.a: expected text"),
        ({"stringData": {"a": True}}, "stringData.a: expected text"),
        ({"kind": "secret", "stringData": {"a": VALUE}}, "does not know the kind secret"),
        ({"kind": None, "data": {"a": VALUE}}, "kind: is missing"),
    ],
)
def test_a_secret_written_wrongly_is_not_shown(cluster: Cluster, content: dict[str, Any], words: str) -> None:
    result = cluster.run("applyset", objects=[{**SECRET, **content}], diff=True)
    assert result["failed"] and words in result["msg"]
    predicted = cluster.run("applyset", objects=[{**SECRET, **content}], diff=True, check=True)
    assert VALUE not in json.dumps([result, predicted]) and "12345678" not in json.dumps([result, predicted])


def test_null_in_a_secret_is_no_value(cluster: Cluster) -> None:
    cluster.ok("applyset", objects=[{**SECRET, "stringData": {"a": "x", "b": None}}])
    assert set(cluster.get("secret/s")["data"]) == {"a"}


@pytest.mark.parametrize("wrong", [{"concurrency": "abc"}, {"bogus": 1}, {"state": "x"}])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_wrong_option_beside_a_secret_does_not_show_it(cluster: Cluster, wrong: dict[str, Any], as_text: bool) -> None:
    """Such a failure comes before anything of ours runs, and shows all parameters."""
    obj = {**SECRET, "stringData": {"a": VALUE}, "data": {"b": base64.b64encode(VALUE.encode()).decode()}}
    result = cluster.run("applyset", objects=[json.dumps(obj)] if as_text else [obj], **wrong)
    assert result["failed"]
    assert VALUE not in json.dumps(result) and obj["data"]["b"] not in json.dumps(result)


def test_a_token_with_a_line_break_is_not_shown(cluster: Cluster) -> None:
    result = cluster.run("applyset", objects=[config_map("c")], host="https://127.0.0.1:1", api_key=f"{VALUE}\n", kubeconfig=None)
    assert "Trim it" in result["msg"] and VALUE not in json.dumps(result)


def test_a_proxy_that_is_none(cluster: Cluster) -> None:
    assert "Proxy URL had no scheme" in cluster.refused("applyset", objects=[config_map("c")], proxy="nonsense")


LISTS = [import_module(f"{kinds.__name__}.{found.name}").KIND for found in pkgutil.iter_modules(kinds.__path__)]
OPTIONS = [kind.option for kind in LISTS if kind.server == KUBERNETES]
"""The lists that are kept in a cluster."""


@pytest.mark.parametrize("option", OPTIONS)
def test_an_owner_that_would_share_another_modules_set(cluster: Cluster, option: str) -> None:
    owner = f"team.{option.replace('_', '-')}"
    with cluster.no_writes():
        message = cluster.refused("applyset", owner=owner, objects=[config_map("c")])
    assert f"owner: {owner} names the set of module {option} with owner team" in message and "Choose another" in message
