# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for any input: no traceback, nothing of None in an object, the same objects in whatever order things are written."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_app import App
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_developer import Developer
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_product import Product
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.consumer import Consumer
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import Nested, identities
from ansible_collections.inference.gateway.plugins.module_utils.models.gateway import Gateway
from ansible_collections.inference.gateway.plugins.module_utils.models.objective import Objective
from ansible_collections.inference.gateway.plugins.module_utils.models.pool import Pool
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from unit.models.strategies import JSON, records
from unit.models.support import APIGEE, EVERY, built

MODELS: dict[str, type] = {
    "gateways": Gateway,
    "inference_routes": Route,
    "inference_pools": Pool,
    "inference_objectives": Objective,
    "kong_consumers": Consumer,
    "apigee_products": Product,
    "apigee_developers": Developer,
    "apigee_apps": App,
}
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
OPTIONS = pytest.mark.parametrize("option", sorted(EVERY))


def good(option: str, entry: dict[str, Any]) -> bool:
    report = Report()
    return Nested(MODELS[option]).read(entry, option, report) is not None


def name_of(option: str, entry: dict[str, Any]) -> tuple[str, str | None]:
    """Name and namespace of what an entry becomes."""
    model = EVERY[option].model
    if model is not None and option in APIGEE:
        return "/".join(str(entry[name]) for name, _codec in model.IDENTITY.fields), None  # type: ignore[attr-defined]
    return str(entry["name"]), entry.get("namespace", "default")


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def shuffled(value: Any, order: random.Random) -> Any:
    """The same with the keys of every dictionary in another order."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


def spoiled(value: Any, other: Any, order: random.Random) -> Any:
    """A copy in which one place holds something else."""
    copied = copy.deepcopy(value)
    place: Any = copied
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = order.choice(keys)
        if isinstance(place[key], (dict, list)) and place[key] and order.random() < 0.7:
            place = place[key]
            continue
        place[key] = other
        return copied


@OPTIONS
@SLOW
@given(data=st.data())
def test_good_input_makes_plain_objects(option: str, data: st.DataObject) -> None:
    entry = data.draw(records(MODELS[option]))
    assume(good(option, entry))
    objects = built(option, [entry])
    main = objects[-1]
    assert (main["metadata"]["name"], main["metadata"].get("namespace")) == name_of(option, entry)
    assert not [leaf for leaf in leaves(objects) if leaf is None]
    assert json.loads(json.dumps(objects)) == objects


@OPTIONS
@SLOW
@given(data=st.data())
def test_the_order_of_keys_does_not_matter(option: str, data: st.DataObject) -> None:
    entry = data.draw(records(MODELS[option]))
    assume(good(option, entry))
    assert built(option, [entry]) == built(option, [shuffled(entry, data.draw(st.randoms(use_true_random=False)))])


@OPTIONS
@SLOW
@given(data=st.data())
def test_the_order_of_entries_does_not_matter(option: str, data: st.DataObject) -> None:
    entries = data.draw(st.lists(records(MODELS[option]), min_size=2, max_size=3, unique_by=lambda entry: name_of(option, entry)))
    assume(all(good(option, entry) for entry in entries))
    try:
        first = built(option, entries)
    except InputError:  # of Kong's consumers two may not share a user name, a key or an id
        assume(option != "kong_consumers")
        raise
    second = built(option, entries[::-1])
    assert sorted(map(json.dumps, first)) == sorted(map(json.dumps, second))


@OPTIONS
@SLOW
@given(data=st.data())
def test_spoiled_input_is_an_error_that_says_where(option: str, data: st.DataObject) -> None:
    entry = data.draw(records(MODELS[option]))
    bad = spoiled(entry, data.draw(JSON), data.draw(st.randoms(use_true_random=False)))
    try:
        built(option, [bad])
    except InputError as error:
        assert error.issues
        assert all(issue.where.startswith(f"{option}[0]") and issue.problem for issue in error.issues)


@OPTIONS
@settings(max_examples=100, deadline=None)
@given(entries=st.lists(JSON, max_size=4))
def test_garbage_is_an_error_and_never_a_traceback(option: str, entries: list[Any]) -> None:
    for read in (lambda: len(built(option, entries)), lambda: len(identities(entries, option, "default", EVERY[option].model))):
        try:
            assert read() == len(entries)
        except InputError as error:
            assert error.issues
