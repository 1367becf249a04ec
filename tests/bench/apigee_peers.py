# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What terraform and apigeecli ask of Apigee for the same lists, as formulas. Read from their code, not run.

terraform: hashicorp/terraform-provider-google, tag v7.45.0, google/services/apigee/resource_apigee_{api_product,developer,developer_app}.go.
- Read is one GET of one entity. `terraform apply` reads each resource of its state once before it compares, so a run without changes is a GET an entity.
- Create is a POST, then Read. Update is a PUT, then Read.
- An app with `consumer_key` (developer_app.go, Create): POST the app, GET it for the automatic key, POST the key, POST its products, DELETE the automatic key,
  then Read.
- Other products on a key (updateDeveloperAppKeyProductsAndScopes): one POST for all that are added, a DELETE for each that is taken away, then Read.
- Another `consumer_key` or secret is ForceNew: DELETE the app, with every key that it has, and all of Create again.

apigeecli: apigee/apigeecli, tag v2.17.0, internal/client/{products/products.go,developers/developers.go,apps/apps.go}.
- `products import --upsert` (upsert): GET a product, then POST it or PUT it. Nothing is compared, so each run writes every product.
- `developers import` (createAsyncDeveloper): POST a developer. One that exists is refused, and stays as it is.
- `apps import` (createAsyncApp): GET the developer, POST the app, DELETE the automatic key, POST the key, POST its products. Where the app exists, its POST is
  refused and the rest is not done: what changed of it or of its keys does not arrive.
Answers that a quota refuses are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

TERRAFORM = "terraform"
APIGEECLI = "apigeecli import"
OWN_APP = (6, 4)
"""terraform: requests and writes that make an app with a key of one's own."""


@dataclass(frozen=True)
class Cost:
    requests: int
    writes: int
    note: str = ""


def products(count: int) -> dict[str, dict[str, Cost]]:
    """By case and tool: ``count`` products."""
    upsert = Cost(2 * count, count, "writes each product")
    return {
        "create": {TERRAFORM: Cost(2 * count, count), APIGEECLI: Cost(2 * count, count)},
        "no-op": {TERRAFORM: Cost(count, 0), APIGEECLI: upsert},
        "change one quota": {TERRAFORM: Cost(count + 2, 1), APIGEECLI: upsert},
    }


def apps(count: int) -> dict[str, dict[str, Cost]]:
    """``count`` developers, each with an app, each with a key of its own for one product. A key that changes its product has one added and one taken away."""
    refused = Cost(3 * count, 2 * count, "all writes are refused")
    lost = Cost(3 * count, 2 * count, "all writes are refused, the change does not arrive")
    requests, writes = OWN_APP
    return {
        "create": {TERRAFORM: Cost((2 + requests) * count, (1 + writes) * count), APIGEECLI: Cost((1 + 5) * count, (1 + 4) * count)},
        "no-op": {TERRAFORM: Cost(2 * count, 0), APIGEECLI: refused},
        "other product on one key": {TERRAFORM: Cost(2 * count + 3, 2), APIGEECLI: lost},
        "new value of one key": {TERRAFORM: Cost(2 * count + 1 + requests, 1 + writes, "the app is deleted with all its keys"), APIGEECLI: lost},
    }


def everything(count: int) -> dict[str, dict[str, Cost]]:
    """All three lists, nothing to do."""
    of_products, of_apps = products(count)["no-op"], apps(count)["no-op"]
    return {"no-op": {tool: _sum(of_products[tool], of_apps[tool]) for tool in of_products}}


def _sum(one: Cost, other: Cost) -> Cost:
    return Cost(one.requests + other.requests, one.writes + other.writes, "; ".join(filter(None, (one.note, other.note))))
