# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What credentials tell of themselves, whatever they are."""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores.credentials import complaints, told_by_certificate, told_by_token
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def token(claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"Bearer e30.{body}.c2ln"


@pytest.mark.parametrize(
    "claims, words",
    [
        ({"exp": NOW.timestamp() - 1}, "expired at 2026-05-01 11:59:59 UTC. Fetch a new one"),
        ({"exp": NOW.timestamp() + 60}, ""),
        (
            {"nbf": NOW.timestamp() + 60, "exp": NOW.timestamp() + 90},
            "not valid before 2026-05-01 12:01:00 UTC, and the clock of this machine says 2026-05-01 12:00:00 UTC",
        ),
        ({"exp": "soon"}, ""),
        ({"exp": 1e300}, ""),
        ({}, ""),
        ([1], ""),
    ],
)
def test_tokens(claims: Any, words: str) -> None:
    told = told_by_token(token(claims), NOW)
    assert words in told and bool(words) is bool(told)


@given(st.text() | st.tuples(st.text(), st.binary(), st.text()).map(lambda parts: f"{parts[0]}.{base64.urlsafe_b64encode(parts[1]).decode()}.{parts[2]}"))
def test_any_token_is_looked_at_without_harm(value: str) -> None:
    told_by_token(value, NOW)


@given(st.binary())
def test_any_certificate_is_looked_at_without_harm(value: bytes) -> None:
    assert told_by_certificate(value, NOW) == ""


def test_only_complaints_within_the_block_are_heard() -> None:
    with complaints() as told:
        logging.getLogger("any").error("exec: %s", "no")
        logging.getLogger("any").warning("not heard")
    logging.getLogger("any").error("too late")
    assert told == ["exec: no"]
