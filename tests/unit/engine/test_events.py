# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick way of reading YAML says what the usual way says, or leaves it to it."""

from __future__ import annotations

import io
from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.engine import events
from ansible_collections.inference.gateway.plugins.module_utils.engine.source import _loader
from ansible_collections.inference.gateway.plugins.module_utils.engine.values import plain
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without libyaml has no quick way")


def quick(text: str) -> list[Any] | None:
    return events.documents(io.BytesIO(text.encode()), _loader())


def usual(text: str) -> list[Any]:
    return [plain(document, "here") for document in yaml.load_all(io.BytesIO(text.encode()), Loader=_loader())]


WORDS = ["yes", "on", "0x1F", "0o17", "017", "1_000", "1e3", "1.5", ".5", "~", "null", "", "2024-01-01", "12:30:45", "a: b", "- x", "é", "+1", "-0", "y", "No"]
SCALARS = st.one_of(st.sampled_from(WORDS), st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)))


@given(st.lists(VALUES, max_size=3), st.sampled_from([None, True, False]))
def test_agrees_with_the_usual_way(written: list[Any], flow: bool | None) -> None:
    text = yaml.safe_dump_all(written, default_flow_style=flow, allow_unicode=True)
    found = quick(text)
    # Anchors are left to the usual way, and so is what cannot be JSON.
    if found is not None:
        assert repr(found) == repr(usual(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n---\na: 1\n",
        "a: [1, 'x', \"y\", {b: ~}]",
        *(f"k: {word}" for word in WORDS if ": " not in word and not word.startswith("-")),
        "2: a\ntrue: b\n",
    ],
)
def test_reads_plain_yaml_itself(text: str) -> None:
    found = quick(text)
    assert found is not None
    assert repr(found) == repr(usual(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &x 1\nb: *x\n", id="anchor"),
        pytest.param("a: {<<: {b: 1}}", id="merge key"),
        pytest.param("a: !!binary aGVsbG8=", id="tag"),
        pytest.param("a: !vault x", id="unknown tag"),
        pytest.param("a: 1\na: 2\n", id="key twice"),
        pytest.param("1: a\n'1': b\n", id="key twice as text"),
        pytest.param("~: a", id="null as a key"),
        pytest.param("[1]: a", id="list as a key"),
        pytest.param("a: .nan", id="no number"),
        pytest.param("a: 99999999999999999999999", id="number too long"),
        pytest.param("a: [", id="no YAML"),
        pytest.param("[" * 200 + "]" * 200, id="too deep"),
        pytest.param("%TAG ! tag:example.com:\n---\na: 1\n", id="directive"),
    ],
)
def test_leaves_the_rest(text: str) -> None:
    assert quick(text) is None
