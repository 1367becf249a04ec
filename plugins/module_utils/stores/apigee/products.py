# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API products: one list with everything in it, and a PUT of the whole for a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...engine.objects import Key, Object
from ...models.apigee import GROUPS, PRODUCTS, carried
from .client import Client, Row
from .strategy import Spec, Strategy, found, gone

PATH = "apiproducts"


@dataclass
class Products(Strategy):
    patience: float = 60.0

    kind: ClassVar[str] = PRODUCTS
    collection: ClassVar[str] = PATH
    named_by: ClassVar[str] = "name"
    fields: ClassVar[tuple[str, ...]] = (
        *("name", "displayName", "description", "approvalType", "environments", "proxies", "apiResources", "scopes", "space"),
        *("quota", "quotaInterval", "quotaTimeUnit", "quotaCounterScope", "llmQuota", "llmQuotaInterval", "llmQuotaTimeUnit"),
        *GROUPS,
    )

    def rows(self, client: Client, _desired: Mapping[Key, Object]) -> list[Row]:
        """``expand`` and paging go together here, unlike with developers."""
        return list(client.paged(PATH, "name", "apiProduct", expand=True))

    def objections(self, desired: Spec, live: Spec | None, row: Row | None) -> list[str]:
        """A product moves to another space by a call of its own, with rights in both."""
        found = super().objections(desired, live, row)
        if live is not None and "space" in desired and (desired["space"] or "") != live.get("space", ""):
            there = live.get("space") or "no space"
            found.append(f"is in {there}, and a PUT does not move it to {desired['space'] or 'none'}. Move it with apiproducts:move, or declare where it is.")
        return found

    def standing(self, client: Client, name: str) -> Row | None:
        return found(client, PATH, name)

    def create(self, client: Client, desired: Spec, marks: Mapping[str, str]) -> Row:
        return self.kept(desired, self.made(client, desired, self.body(desired, {}, marks), marks))

    def update(self, client: Client, desired: Spec, row: Row, marks: Mapping[str, str]) -> Row:
        groups = {name: carried(value, row.get(name)) for name, value in desired.items() if name in GROUPS}
        return self.kept(desired, client.put(PATH, desired["name"], body=self.body({**desired, **groups}, row, marks)))

    def delete(self, client: Client, row: Row) -> None:
        gone(client, PATH, row["name"])
