# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any products that can be declared: made by the module, they are read back by the info module as entries that change nothing."""

from __future__ import annotations

from typing import Any

from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_product import Product
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import Nested
from contract.apigee.server import ApigeeServer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from unit.models.strategies import records

from .apigee_runs import Organization

AT_ONCE = 40


def fits(entry: dict[str, Any]) -> bool:
    return Nested(Product).read(entry, "", Report()) is not None


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.lists(records(Product).filter(fits), min_size=AT_ONCE, max_size=AT_ONCE))
def test_products_with_random_groups(drawn: list[dict[str, Any]]) -> None:
    """Five times forty, with groups of operations of every sort."""
    entries = [{**entry, "name": f"product {number}", "open": True} for number, entry in enumerate(drawn)]
    with ApigeeServer() as server:
        org = Organization(server, "apigee_products")
        org.ok(entries)
        assert len(server.state.products) == AT_ONCE
        with org.written() as written:
            again = org.ok(entries)
        assert written == [] and not again["changed"], [each for each in again["plan"] if each["action"] != "keep"]
        found = org.ok(None, module="apigee_products_info")
        assert len(found["apigee_products"]) == AT_ONCE
        with org.written() as written:
            result = org.ok(found["apigee_products"])
        assert written == [] and not result["changed"], [each for each in result["plan"] if each["action"] != "keep"]
