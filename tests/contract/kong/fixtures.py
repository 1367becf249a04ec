# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the contract: who is asked. With KONG_ADMIN_URL (and KONG_ADMIN_TOKEN) a real Kong is asked the same as ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from .asking import Asking
from .server import KongAdmin

REAL = os.environ.get("KONG_ADMIN_URL", "")
ASKED = ["ours", "real"] if REAL else ["ours"]


def asking(which: str, ours: KongAdmin) -> Asking:
    return Asking(REAL, os.environ.get("KONG_ADMIN_TOKEN", "")) if which == "real" else Asking(ours.url)


@pytest.fixture(scope="module")
def ours() -> Iterator[KongAdmin]:
    with KongAdmin() as server:
        yield server
        assert not server.crashes


@pytest.fixture(params=ASKED)
def kong(request: pytest.FixtureRequest, ours: KongAdmin) -> Iterator[Asking]:
    """A Kong with a database; what a test makes there is taken away after it."""
    found = asking(request.param, ours)
    if found.must("GET", "/")["configuration"]["database"] == "off":
        pytest.skip("this Kong has no database; test_kong_contract_dbless.py asks it")
    yield found
    found.clean()


@pytest.fixture
def bob(kong: Asking) -> Any:
    return kong.must("POST", "/consumers", {"username": kong.name("bob"), "tags": [kong.tag]})


@pytest.fixture
def service(kong: Asking) -> Any:
    return kong.must("POST", "/services", {"name": kong.name("s"), "url": "http://m.test:8000/v1"})
