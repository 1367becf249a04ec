# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apigee_products: API products of Apigee."""

from __future__ import annotations

from typing import Any

from ...engine.objects import APIGEE, BuildContext, Desired, GroupKind, Kind
from ..apigee import GROUP, PRODUCTS, entity, normal
from ..apigee_product import Product
from ..codecs import Report
from ..decode import entries_of

OPTION = "apigee_products"


def build(entries: list[Any], context: BuildContext) -> list[Desired]:
    report = Report()
    products = entries_of(Product, entries, OPTION, "", report)
    report.raise_if_any()
    context.inspect(OPTION, products)
    return [Desired(entity(PRODUCTS, entry.name, normal(entry.value.spec)), entry.origin, entry.key) for entry in products]


KIND = Kind(option=OPTION, group_kinds=(GroupKind(GROUP, PRODUCTS),), build=build, model=Product, server=APIGEE)
