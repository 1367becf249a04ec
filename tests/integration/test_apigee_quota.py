# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Google allows 6,000 calls a minute and refuses the rest by 429 with Retry-After. Here it is fewer in two seconds, so that it takes seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from contract.apigee.server import ApigeeServer, Seen

from .apigee_runs import Organization

CALLS, PERIOD = 20, 2.0
WRITERS = 4
PRODUCTS = 30


class Timed(list[Seen]):
    """A log that notes when each request came."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def append(self, seen: Seen) -> None:
        self.times.append(time.monotonic())
        super().append(seen)


@pytest.fixture
def org() -> Iterator[Organization]:
    with ApigeeServer(calls=CALLS, period=PERIOD) as server:
        server.requests = Timed()
        yield Organization(server, "apigee_products", concurrency=WRITERS)


def entries() -> list[dict[str, Any]]:
    source = {"source": "llm", "resource": "/v1/models", "methods": ["GET"]}
    return [{"name": f"plan-{number}", "environments": ["prod"], "operations": [source]} for number in range(PRODUCTS)]


def test_a_creation_keeps_to_the_quota(org: Organization) -> None:
    """Each product is made once, and who was told to wait does not ask before."""
    done = org.ok(entries())
    log, statuses = org.server.requests, list(org.server.statuses)
    assert isinstance(log, Timed)
    assert done["summary"]["create"] == PRODUCTS == len(org.server.state.products)
    made = [seen.body["name"] for seen, status in zip(log, statuses, strict=True) if (seen.method, status) == ("POST", 200)]
    assert sorted(made) == sorted(set(made)) and len(made) == PRODUCTS
    assert 0 < statuses.count(429) <= WRITERS * (len(log) // CALLS), "a writer that waits is refused once a period, and no other asks in its place"
    allowed = [moment for moment, status in zip(log.times, statuses, strict=True) if status == 200]
    for number, (seen, status) in enumerate(zip(log, statuses, strict=True)):
        if status == 429:
            again = next(later for later in range(number + 1, len(log)) if log[later] == seen)
            room = [moment for moment in allowed if moment < log.times[number]][-CALLS] + PERIOD
            assert log.times[again] > room - 0.01, "asked again before there was room, which Retry-After had said"
