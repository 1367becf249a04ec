# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of JSON mean what JSON means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.engine.source import entries, manifests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)))


def read(folder: Path, text: str) -> list[Any]:
    file = folder / "list.json"
    file.write_text(text, encoding="utf-8")
    return entries(str(file), "x")[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, max_size=3), st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_what_programs_write_is_read(tmp_path: Path, written: list[Any], ascii_only: bool, indent: int | str | None) -> None:
    assert read(tmp_path, json.dumps({"x": written}, ensure_ascii=ascii_only, indent=indent)) == written


@pytest.mark.parametrize(
    ("text", "said"),
    [('[{"a": "\\ud83d\\ude00"}]', {"a": "\U0001f600"}), ('[{"a": 1e3}]', {"a": 1000}), ('{"x": [{"a": "1e3"}]}', {"a": "1e3"}), ("[{a: yes}]", {"a": True})],
)
def test_one_entry(tmp_path: Path, text: str, said: dict[str, Any]) -> None:
    assert read(tmp_path, text) == [said]


def test_several_documents_are_yaml(tmp_path: Path) -> None:
    (tmp_path / "two.json").write_text('---\n{"a": 1}\n---\n{"b": 2}\n', encoding="utf-8")
    assert manifests(str(tmp_path))[0] == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"a": 1, "a": 2}]', 'the key "a" stands twice'),
        ('[{"a": "\\ud83d"}]', "half of a surrogate pair"),
        ('[{"a": NaN}]', "no finite number"),
        ('[{"a": 1]', "cannot be read as YAML"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, text)
