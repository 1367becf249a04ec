# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of a declaration with a live object: tables of what the API server records, and the properties that have to hold for any object."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.compare import Plain, differences
from hypothesis import given
from hypothesis import strategies as st

ME = "inference.gateway"

ROUTE = {"spec": {"rules": [{"backendRefs": [{"name": "a", "port": 80, "weight": 50}]}]}}
LIVE_ROUTE = {"spec": {"rules": [{"backendRefs": [{"group": "", "kind": "Service", "name": "a", "port": 80, "weight": 50}]}]}}
OWNS_RULES = {"f:spec": {"f:rules": {}}}
UNDECLARED = (".spec.rules[0].backendRefs[0].group", ".spec.rules[0].backendRefs[0].kind")

PORTS = {"spec": {"ports": [{"port": 80}, {"port": 81, "name": "b"}]}}
LIVE_PORTS = {"spec": {"ports": [{"port": 80, "protocol": "TCP"}, {"port": 81, "protocol": "TCP", "name": "b"}]}}
OWNS_PORTS = {
    "f:spec": {
        "f:ports": {
            'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}},
            'k:{"port":81,"protocol":"TCP"}': {".": {}, "f:port": {}, "f:name": {}},
        }
    }
}


def live(content: dict[str, Any], owned: dict[str, Any] | None, manager: str = ME, operation: str = "Apply", **extra: Any) -> dict[str, Any]:
    entry = {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": owned, **extra}
    return {**content, "metadata": {"managedFields": [entry] if owned is not None else []}}


@pytest.mark.parametrize(
    "desired, found, owned, expected",
    [
        pytest.param({"data": {"a": "1"}}, {"data": {"a": "1"}}, {"f:data": {"f:a": {}}}, (), id="same"),
        pytest.param({"data": {"a": "1"}}, {"data": {"a": "2"}}, {"f:data": {"f:a": {}}}, (".data.a",), id="value"),
        pytest.param({"data": {"a": "1"}}, {"data": {"a": "1", "b": "2"}}, {"f:data": {"f:a": {}}}, (), id="field of another manager"),
        pytest.param({"data": {"a": "1"}}, {"data": {"a": "1", "b": "2"}}, {"f:data": {"f:a": {}, "f:b": {}}}, (".data.b",), id="ours, not declared any more"),
        pytest.param({}, {"data": {"a": "1"}}, {"f:data": {"f:a": {}}}, (".data",), id="whole map not declared any more"),
        pytest.param({"data": {"a": None}}, {"data": {}}, {"f:data": {}}, (), id="null is absence"),
        pytest.param({"spec": {"on": True}}, {"spec": {"on": 1}}, {"f:spec": {"f:on": {}}}, (".spec.on",), id="true is not 1"),
        pytest.param({"spec": {"cpu": "1000m"}}, {"spec": {"cpu": "1"}}, {"f:spec": {"f:cpu": {}}}, (".spec.cpu",), id="quantity: the server decides"),
        pytest.param(ROUTE, LIVE_ROUTE, OWNS_RULES, UNDECLARED, id="more than declared inside a list that we own as a whole: a default, or to go"),
        pytest.param(ROUTE, LIVE_ROUTE, {"f:spec": {}}, UNDECLARED, id="owned from above"),
        pytest.param({"m": {"a": {"b": None, "c": 1}}}, {"m": {"a": {"c": 1}}}, {"f:m": {}}, (), id="null inside a map that we own as a whole"),
        pytest.param({"m": {"a": {"c": 1}}}, {"m": {"a": {"b": 2, "c": 1}}}, {"f:m": {}}, (".m.a.b",), id="was declared inside a map that we own as a whole"),
        pytest.param(ROUTE, LIVE_ROUTE, {"f:spec": {"f:other": {}}}, (".spec.rules[0].backendRefs[0]", ".spec.other"), id="list taken over by another"),
        pytest.param(ROUTE, {"spec": {"rules": []}}, OWNS_RULES, (".spec.rules",), id="list shorter"),
        pytest.param(PORTS, LIVE_PORTS, OWNS_PORTS, (), id="list merged by key, key defaulted"),
        pytest.param({"spec": {"ports": PORTS["spec"]["ports"][::-1]}}, LIVE_PORTS, OWNS_PORTS, (".spec.ports",), id="list merged by key, another order"),
        pytest.param({"spec": {"ports": [{"port": 80}]}}, LIVE_PORTS, OWNS_PORTS, (".spec.ports[port=81,protocol=TCP]",), id="item not declared any more"),
        pytest.param({"spec": {"ports": [{"port": 80}, {"port": 82}]}}, LIVE_PORTS, OWNS_PORTS, None, id="item added"),
        pytest.param({"spec": {"s": ["b", "a"]}}, {"spec": {"s": ["a", "b", "c"]}}, {"f:spec": {"f:s": {'v:"a"': {}, 'v:"b"': {}}}}, (), id="set"),
        pytest.param({"spec": {"s": ["a"]}}, {"spec": {"s": ["a", "b"]}}, {"f:spec": {"f:s": {'v:"b"': {}}}}, ('.spec.s["b"]',), id="set, one less"),
        pytest.param({"spec": {"m": {"a": "b"}}}, {"spec": {"m": {"a": "b", "c": "d"}}}, {"f:spec": {"f:n": {}}}, None, id="atomic map changed by another"),
    ],
)
def test_differences(desired: dict[str, Any], found: dict[str, Any], owned: dict[str, Any], expected: tuple[str, ...] | None) -> None:
    paths = differences(desired, live(found, owned), ME)
    assert paths if expected is None else paths == expected


def test_known_defaults_inside_a_whole_list_are_no_difference() -> None:
    asked = []

    class Rules(Plain):
        def filled(self, value: Any) -> Any:
            return [{"backendRefs": [{"group": "", "kind": "Service", **ref} for ref in rule["backendRefs"]]} for rule in value]

        def fits(self, declared: Any, live: Any) -> bool:
            return bool(self.filled(declared) == live)

    def shape_at(trail: tuple[str | None, ...]) -> Rules:
        asked.append(trail)
        return Rules()

    assert differences(ROUTE, live(LIVE_ROUTE, OWNS_RULES), ME, shape_at) == ()
    assert asked == [("spec", "rules")]
    longer = {"spec": {"rules": [{**LIVE_ROUTE["spec"]["rules"][0], "timeouts": {"request": "1s"}}]}}
    assert differences(ROUTE, live(longer, OWNS_RULES), ME, shape_at) == (".spec.rules[0].timeouts",)


def test_defaults_are_asked_for_only_where_more_stands_than_is_declared() -> None:
    def shape_at(*_: Any) -> Any:
        raise AssertionError("not needed")

    assert differences(LIVE_ROUTE, live(LIVE_ROUTE, OWNS_RULES), ME, shape_at) == ()


@pytest.mark.parametrize(
    "entry",
    [{"manager": "kubectl"}, {"operation": "Update"}, {"subresource": "status"}],
    ids=["another manager", "another operation", "a subresource"],
)
def test_only_what_we_applied_counts_as_ours(entry: dict[str, str]) -> None:
    assert differences({}, live({"data": {"a": "1"}}, {"f:data": {"f:a": {}}}, **entry), ME) == ()


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)))
MANIFESTS = st.dictionaries(st.sampled_from(["spec", "data"]), st.dictionaries(st.text("abc", min_size=1, max_size=2), VALUES, max_size=4), min_size=1)


def leaves(value: Any) -> Any:
    """FieldsV1 of an object applied by us in which every list is taken as a whole."""
    return {f"f:{name}": leaves(part) for name, part in value.items()} if isinstance(value, dict) else {}


@given(MANIFESTS)
def test_what_was_applied_does_not_differ(manifest: dict[str, Any]) -> None:
    assert differences(manifest, live(manifest, leaves(manifest)), ME) == ()


@given(MANIFESTS, MANIFESTS)
def test_never_silent_about_a_declared_value(declared: dict[str, Any], found: dict[str, Any]) -> None:
    """No difference means: every declared value stands, whoever owns what."""
    if differences(declared, live(found, leaves(found)), ME) == ():
        assert covered(declared, found)


def covered(declared: Any, found: Any) -> bool:
    if isinstance(declared, dict):
        return isinstance(found, dict) and all(covered(part, found.get(name)) for name, part in declared.items())
    if isinstance(declared, list):
        return isinstance(found, list) and len(declared) == len(found) and all(map(covered, declared, found))
    return type(declared) is type(found) and declared == found
