# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is declared: a clear error or an object, never a traceback, never a secret in the answer, never somebody else's object."""

from __future__ import annotations

import base64
import json
import pkgutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import KUBERNETES
from ansible_collections.inference.gateway.plugins.module_utils.models import kinds
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from inference_lab.audit import now

from .conftest import AGENT, WRITES, Cluster, config_map

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
# With a name that is one: such garbage is not found out before the server sees it.
NAMED = st.builds(lambda shaped, name: {**shaped, "metadata": {"name": name}}, SHAPED, st.sampled_from(["garbage", "rubbish"]))
ENTRIES = st.one_of(NAMED, SHAPED, st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text(max_size=4)), VALUES, max_size=5))


GATEWAY_API = "gateway.networking.k8s.io/v1"
GATEWAY = {"name": "good", "class": "istio"}
POOL = {"name": "good", "selector": {"app": "a"}, "endpoint_picker": {"service": "epp", "port": 9002}}
ROUTE = {"name": "good", "parents": ["good"], "rules": [{"path": "/", "backends": [{"service": "a", "port": 80}]}]}
GOOD: dict[str, tuple[str, Callable[[int], dict[str, Any]]]] = {
    "applyset": ("api/v1 configmaps", lambda number: config_map("good", number=str(number))),
    "gateways": (f"apis/{GATEWAY_API} gateways", lambda number: {**GATEWAY, "listeners": [{"name": "http", "port": 80 + number, "protocol": "HTTP"}]}),
    "inference_routes": (f"apis/{GATEWAY_API} httproutes", lambda number: {**ROUTE, "hostnames": [f"h{number}.example.com"]}),
    "inference_pools": ("apis/inference.networking.k8s.io/v1 inferencepools", lambda number: {**POOL, "ports": [8000 + number]}),
    "inference_objectives": (
        "apis/inference.networking.x-k8s.io/v1alpha2 inferenceobjectives",
        lambda number: {"name": "good", "pool": "good", "priority": number},
    ),
}
"""By module: where its objects are, and an entry with nothing wrong in it, another one for each number."""


def test_every_module_with_entries_has_a_good_one() -> None:
    assert set(GOOD) == {"applyset", *(option for option in OPTIONS if option != "kong_consumers")}


def versions(cluster: Cluster, module: str) -> dict[str, tuple[str, str]]:
    """What garbage may speak of in this namespace: uid and resourceVersion of each object."""
    found = {}
    for place in {GOOD[module][0], *(f"api/v1 {kind}" for kind in ("configmaps", "secrets", "services"))}:
        api, kind = place.split()
        for each in cluster.lab.api.read(f"/{api}/namespaces/{cluster.namespace}/{kind}")["items"]:
            found[f"{kind}/{each['metadata']['name']}"] = (each["metadata"]["uid"], each["metadata"]["resourceVersion"])
    return found


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("module", GOOD)
def test_garbage(cluster: Cluster, module: str) -> None:
    """Beside a good entry that would be changed, taken away or made: a run that fails has done nothing of it."""
    option = "objects" if module == "applyset" else module
    good = GOOD[module][1]
    cluster.ok(module, **{option: [good(0)]})
    outcomes: Counter[bool] = Counter()
    failed: list[tuple[datetime, datetime]] = []
    before = [versions(cluster, module)]

    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(ENTRIES, min_size=1, max_size=3), st.sampled_from(["present", "absent"]))
    @example([{**config_map("garbage"), "spec": []}], "present")  # only the server knows that this is none
    def holds(entries: list[dict[str, Any]], state: str) -> None:
        params = {option: [good(1 + outcomes.total()), *entries], "state": state, "diff": True}
        since = now()
        predicted = cluster.run(module, **params, check=True)
        result = cluster.run(module, **params)
        for each in (predicted, result):
            assert "Traceback" not in json.dumps(each) and (each.get("msg") or not each.get("failed"))
        outcomes[bool(result.get("failed"))] += 1
        after = versions(cluster, module)
        if result.get("failed"):
            assert after == before[-1], result["msg"]
            failed.append((since, now()))
        before.append(after)

    since = now()
    holds()
    assert outcomes[True] > 15, outcomes
    written = [event for event in cluster.lab.requests(user_agent=AGENT, since=since, verbs=WRITES) if "dryRun=All" not in event["requestURI"]]
    moments = [(datetime.fromisoformat(event["requestReceivedTimestamp"]), event) for event in written]
    assert [event["requestURI"] for moment, event in moments if any(first <= moment <= last for first, last in failed)] == []


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


@pytest.mark.parametrize("text", ["a \U0001f600", "\x7f", "\x85 \u2028 \ufeff", "\\ud83d\\ude00"], ids=ascii)
def test_any_character(cluster: Cluster, text: str) -> None:
    """The server reads what is applied as YAML, which knows no surrogate pairs."""
    obj = {**config_map("c", text=text), "metadata": {"name": "c", "annotations": {"example.com/text": text}}}
    assert cluster.ok("applyset", objects=[obj])["changed"]
    live = cluster.get("configmap/c")
    assert (live["data"]["text"], live["metadata"]["annotations"]["example.com/text"]) == (text, text)
    assert not cluster.ok("applyset", objects=[obj])["changed"]


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
