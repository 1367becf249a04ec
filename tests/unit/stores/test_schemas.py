# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published defaults: filled in where they are declared, one request a group version, harmless where there is no schema."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.fields import same
from ansible_collections.inference.gateway.plugins.module_utils.stores.discovery import ResourceType
from ansible_collections.inference.gateway.plugins.module_utils.stores.schemas import Schemas
from ansible_collections.inference.gateway.plugins.module_utils.stores.transport import ApiError
from hypothesis import given
from hypothesis import strategies as st

KIND = ResourceType("example.com", "v1", "Toy", "toys", True)
PORT = {"type": "object", "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}}}
SPEC = {
    "type": "object",
    "properties": {
        "ports": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/Port"}], "default": {}}},
        "path": {"type": "object", "default": {"value": "/"}, "properties": {"type": {"default": "Prefix"}, "value": {}}},
        "byName": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Port"}},
    },
}
TOY = {"x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "Toy", "version": "v1"}], "properties": {"spec": SPEC}}


class Server:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def request(self, _method: str, path: str) -> Any:
        self.asked.append(path)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "trail, value, expected",
    [
        (("spec", "ports"), [{"port": 1}], [{"port": 1, "protocol": "TCP"}]),
        (("spec", "ports", None), {"port": 1, "protocol": "UDP"}, {"port": 1, "protocol": "UDP"}),
        (("spec", "byName"), {"a": {}}, {"a": {"protocol": "TCP"}}),
        (("spec",), {}, {"path": {"type": "Prefix", "value": "/"}}),
        (("spec", "unknown", "deeper"), {"a": [1]}, {"a": [1]}),
    ],
)
def test_defaults(trail: tuple[str | None, ...], value: Any, expected: Any) -> None:
    server = Server({"components": {"schemas": {"Toy": TOY, "Port": PORT}}})
    schemas = Schemas(server)
    assert schemas.at(KIND, trail).filled(value) == expected
    schemas.at(KIND, trail)
    assert server.asked == ["/openapi/v3/apis/example.com/v1"]
    schemas.forget()
    schemas.at(KIND, trail)
    assert len(server.asked) == 2


@pytest.mark.parametrize("answer", [ApiError(403, {}, "GET", "/openapi"), {}, "text", {"components": {"schemas": {}}}])
def test_no_schema_leaves_the_value(answer: Any) -> None:
    assert Schemas(Server(answer)).at(KIND, ("spec", "ports")).filled([{"port": 1}]) == [{"port": 1}]


SCALARS = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "TCP", "/", "Prefix"])
PORTS = st.dictionaries(st.sampled_from(["port", "protocol", "x"]), SCALARS, max_size=3)
PATHS = st.dictionaries(st.sampled_from(["type", "value"]), SCALARS, max_size=2)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "ports": st.lists(PORTS, max_size=2) | SCALARS | PORTS,
        "path": PATHS | SCALARS,
        "byName": st.dictionaries(st.sampled_from("ab"), PORTS | SCALARS, max_size=2),
        "unknown": PATHS | st.lists(SCALARS, max_size=2),
    },
)


@given(SPECS, SPECS | st.none())
def test_fitting_is_filling_in_and_comparing(declared: dict[str, Any], other: dict[str, Any] | None) -> None:
    """With None, what stands is what the declaration becomes, the likeliest case of all."""
    shape = Schemas(Server({"components": {"schemas": {"Toy": TOY, "Port": PORT}}})).at(KIND, ("spec",))
    whole = shape.filled(without_nulls(declared))
    live = whole if other is None else other
    assert shape.fits(declared, live) is same(whole, without_nulls(live))


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value
