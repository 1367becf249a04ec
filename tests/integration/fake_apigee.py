# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request meets at a load balancer that asks Apigee: key, product, quota, and then the route; with the answers of Apigee.

Order and answers are those of the sample llm-inference-gateway of GoogleCloudPlatform/apigee-samples (a request without a key, one over its quota, one
whose path no product opens) and of the pages "Verify API Key policy" and "Quota policy" of Apigee's reference.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

from .fake_gateway import Rules, Seen, Served

HEADER = "x-api-key"


@dataclass(frozen=True)
class Operation:
    """One path that a product opens. ``quota`` is how many requests of one app, 0 for any number."""

    path: str
    methods: tuple[str, ...] = ("POST",)
    quota: int = 0


@dataclass
class Apigee:
    """``rules`` say which model server a request that is let in comes to. ``keys``: key -> app; ``apps``: app -> products; ``products``: what each opens."""

    rules: Rules
    keys: dict[str, str]
    apps: dict[str, tuple[str, ...]]
    products: dict[str, tuple[Operation, ...]]
    security: bool = True
    verifies_resource: bool = True
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, seen: Seen) -> Served:
        return (self._refused(seen) if self.security else None) or self.rules(seen)

    def _refused(self, seen: Seen) -> Served | None:
        key = seen.headers.get(HEADER, "")
        if not key:
            return fault(500, "Raising fault. Fault name : RF-insufficient-request-raise-fault", "steps.raisefault.RaiseFault")
        if key not in self.keys:
            return fault(401, "Invalid ApiKey", "oauth.v2.InvalidApiKey")
        app = self.keys[key]
        opened = [(product, each) for product in self.apps[app] for each in self.products[product] if seen.path == each.path and seen.method in each.methods]
        if not opened:
            return fault(401, "Invalid ApiKey for given resource", "oauth.v2.InvalidApiKeyForGivenResource") if self.verifies_resource else None
        product, operation = opened[0]
        with self.lock:
            self.counts[(app, product, operation.path)] += 1
            if operation.quota and self.counts[(app, product, operation.path)] > operation.quota:
                return fault(429, "Rate limit quota violation. Quota limit  exceeded. Identifier : _default", "policies.ratelimit.QuotaViolation")
        return None


def fault(status: int, text: str, code: str) -> Served:
    """An answer that Apigee gives by itself."""
    return Served(status=status, headers={"via": "1.1 google"}, text=json.dumps({"fault": {"faultstring": text, "detail": {"errorcode": code}}}))
