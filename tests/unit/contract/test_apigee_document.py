# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever body the discovery document allows passes, and the same body with one thing wrong anywhere in it does not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from contract.apigee.document import document
from hypothesis import given, settings
from hypothesis import strategies as st

ORGANIZATION = "apigee.organizations."
METHODS = [
    "apiproducts.create",
    "apiproducts.move",
    "apiproducts.attributes",
    "developers.create",
    "developers.apps.create",
    "developers.apps.keys.create",
    "developers.attributes.updateDeveloperAttribute",
]
Place = tuple[Any, Any]


def bodies(name: str) -> st.SearchStrategy[Any]:
    """Bodies by the document alone, read here anew: the fields that its prose calls required, and any of the others."""
    fields = document().schemas[name]["properties"]
    required = {field: values(told, 1) for field, told in fields.items() if told.get("description", "").startswith("Required.")}
    others = {field: values(told) for field, told in fields.items() if field not in required}
    return st.fixed_dictionaries(required, optional=others)


def values(told: dict[str, Any], least: int = 0) -> st.SearchStrategy[Any]:
    if "$ref" in told:
        return st.deferred(lambda: bodies(told["$ref"]))
    if told["type"] == "array":
        return st.lists(values(told["items"]), min_size=least, max_size=2)
    if "enum" in told:
        return st.sampled_from(told["enum"])
    if told.get("format") == "int64":
        return st.integers(-1, 2**40) | st.integers(-1, 2**40).map(str)
    return {"string": st.text(min_size=least, max_size=5), "boolean": st.booleans(), "any": st.text(max_size=5)}[told["type"]]


def places(value: Any) -> Iterator[Place]:
    """Each object in a body, and each string, as what holds it and where."""
    pairs: list[Place] = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    for where, inner in pairs:
        yield value, where
        yield from places(inner)


def free(holder: Any, where: Any) -> bool:
    """Where anything may stand: a field of the type `any`."""
    return where == "apiProducts" or (isinstance(holder, list) and not isinstance(holder[where], dict))


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_one_thing_wrong_anywhere_is_found(name: str, data: st.DataObject) -> None:
    method = document().methods[ORGANIZATION + name]
    body = data.draw(bodies(method.request))
    assert document().wrong_body(method, body) == []
    wrong = copy.deepcopy(body)
    objects = [wrong, *(holder[where] for holder, where in places(wrong) if isinstance(holder[where], dict))]
    data.draw(st.sampled_from(objects))["notThere"] = "x"
    assert any('"notThere"' in text for _field, text in document().wrong_body(method, wrong))
    wrong = copy.deepcopy(body)
    targets = [(holder, where) for holder, where in places(wrong) if not free(holder, where)]
    if targets:
        holder, where = data.draw(st.sampled_from(targets))
        holder[where] = True
        assert any(text.startswith("Invalid value at") and text.endswith("true") for _field, text in document().wrong_body(method, wrong))


@settings(max_examples=50, deadline=None)
@given(name=st.text(min_size=1, max_size=8))
def test_a_name_in_a_path_is_what_its_quoted_segment_says(name: str) -> None:
    """Trap 10: whatever stands in a name, a segment that is quoted by itself brings it back."""
    from contract.apigee.asking import path

    match = document().match("GET", "v1/organizations/acme" + path("apiproducts", name))
    assert match is not None
    assert match.ids == {"organizationsId": "acme", "apiproductsId": name}


@pytest.mark.parametrize(
    ("verb", "path", "method", "ids"),
    [
        # A key that is called "create" is no way to make one: the literal word wins.
        ("POST", "developers/d/apps/a/keys/create", "developers.apps.keys.create.create", {"developersId": "d", "appsId": "a"}),
        ("GET", "developers/d/apps/a/keys/create", "developers.apps.keys.get", {"developersId": "d", "appsId": "a", "keysId": "create"}),
        ("POST", "apiproducts/p:move", "apiproducts.move", {"apiproductsId": "p"}),
        # A plus sign that is not quoted is a space.
        ("GET", "developers/a+b@x.org", "developers.get", {"developersId": "a b@x.org"}),
        ("GET", "developers/a%2Bb%40x.org", "developers.get", {"developersId": "a+b@x.org"}),
        # What is quoted twice is decoded once.
        ("GET", "developers/a%252Bb@x.org", "developers.get", {"developersId": "a%2Bb@x.org"}),
        ("GET", "apiproducts/a%2520b", "apiproducts.get", {"apiproductsId": "a%20b"}),
    ],
)
def test_a_path_means_one_method(verb: str, path: str, method: str, ids: dict[str, str]) -> None:
    match = document().match(verb, f"v1/organizations/acme/{path}")
    assert match is not None
    assert match.method.id == ORGANIZATION + method
    assert match.ids == {"organizationsId": "acme", **ids}


def test_an_empty_segment_is_no_name() -> None:
    assert document().match("GET", "v1/organizations/acme/developers//apps") is None
