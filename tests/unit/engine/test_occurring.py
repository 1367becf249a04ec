# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of many texts stand in a result: as many as a search for each would find."""

from __future__ import annotations

from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.engine.values import occurring
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text("ab1", max_size=14)
SHOWN = st.recursive(TEXT | st.integers(0, 99) | st.none(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for name, part in value.items() for text in (name, *texts(part))]
    return [text for part in value for text in texts(part)] if isinstance(value, list) else [] if value is None else [str(value)]


@given(st.sets(TEXT.filter(bool), max_size=12), SHOWN)
def test_occurring(wanted: set[str], shown: Any) -> None:
    assert occurring(wanted, shown) == {text for text in wanted if any(text in each for each in texts(shown))}
