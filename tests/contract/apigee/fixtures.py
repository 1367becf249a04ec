# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the contract: who is asked. With APIGEE_ORG and credentials a real organization is asked the same as ours.

Credentials are GCP_ACCESS_TOKEN or what google-auth finds by itself; APIGEE_API_ENDPOINT names another address than Google's global one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .asking import Asking
from .server import TEST_TOKEN, ApigeeServer

REAL = os.environ.get("APIGEE_ORG", "")
ASKED = ["ours", "real"] if REAL else ["ours"]
ENDPOINT = os.environ.get("APIGEE_API_ENDPOINT", "https://apigee.googleapis.com")
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def _token() -> str:
    given = os.environ.get("GCP_ACCESS_TOKEN", "")
    if given:
        return given
    import google.auth
    from google.auth.transport.requests import Request

    credentials, _project = google.auth.default(scopes=[SCOPE])
    credentials.refresh(Request())
    return str(credentials.token)


def asking(which: str, ours: ApigeeServer) -> Asking:
    if which == "real":
        return Asking(ENDPOINT.rstrip("/"), REAL, _token(), exact=False)
    return Asking(ours.url, ours.state.name, TEST_TOKEN, exact=True)


@pytest.fixture(scope="module")
def ours() -> Iterator[ApigeeServer]:
    with ApigeeServer() as server:
        yield server
        assert not server.crashes


@pytest.fixture(params=ASKED)
def apigee(request: pytest.FixtureRequest, ours: ApigeeServer) -> Iterator[Asking]:
    """An organization; what a test makes there is taken away after it."""
    found = asking(request.param, ours)
    yield found
    found.clean()
