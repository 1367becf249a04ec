# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API products of Apigee that open more, or count less, than is meant."""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.errors import Issue
from ...models.apigee_operations import GROUP_OF
from ...models.apigee_product import Product
from ..rule import error, warning
from ..world import World

DOCS = "https://docs.cloud.google.com/apigee/docs"
PRODUCTS = f"{DOCS}/reference/apis/apigee/rest/v1/organizations.apiproducts"
LLM = f"{DOCS}/api-platform/reference/policies/llm-token-quota-policy"


@error("apigee-opens-every-api", f"{PRODUCTS}/create")
def opens_every_api(world: World) -> Iterator[Issue]:
    """A product names no proxy and no operation. Whoever has a key for it may call every API of the organisation."""
    for entry in world.products or ():
        if not entry.value.open and not entry.value.proxies and not any(getattr(entry.value, name) for name in GROUP_OF):
            remedy = "Write proxies or operations, or open: true if that is meant, or if what stands is to be left as it is."
            yield Issue(entry.origin, "names no proxies and no operations, so its keys open every API of the organisation.", remedy)


@error("apigee-opens-every-environment", f"{PRODUCTS}/create")
def opens_every_environment(world: World) -> Iterator[Issue]:
    """A product names no environment, so it counts in all of them: a key for tests opens production."""
    for entry in world.products or ():
        if not entry.value.open and not entry.value.environments:
            remedy = "Write environments, or open: true if that is meant, or if what stands is to be left as it is."
            yield Issue(f"{entry.origin}.environments", "names none, so the product counts in every environment.", remedy)


@warning("apigee-quota-without-unit", PRODUCTS)
def quota_without_unit(world: World) -> Iterator[Issue]:
    """A product's quota has no unit of time. For the quota of an operation Apigee takes the hour; for this one nothing is documented."""
    for entry in world.products or ():
        for name in ("quota", "llm_quota"):
            quota = getattr(entry.value, name)
            if quota is not None and not quota.none and quota.unit is None:
                yield Issue(f"{entry.origin}.{name}", "has no unit of time.", "Write unit: minute, hour, day or month.")


@warning("apigee-tokens-without-model", LLM)
def tokens_without_model(world: World) -> Iterator[Issue]:
    """A product has a quota of tokens and no llm_operations, so nothing says which calls are of a model."""
    for entry in world.products or ():
        quota = entry.value.llm_quota
        if quota is not None and not quota.none and not entry.value.llm_operations:
            remedy = "Write llm_operations with source, resource, model and quota, or turn the rule off where the proxies have the policy LLMTokenQuota."
            yield Issue(f"{entry.origin}.llm_quota", "counts tokens, and no operation says of which model.", remedy)


@warning("apigee-counter-without-quota", PRODUCTS)
def counter_without_quota(world: World) -> Iterator[Issue]:
    """A product says where its quota counts, and has none. What an operation has of its own is counted by itself anyway."""
    for entry in world.products or ():
        if entry.value.quota_counter_scope is not None and (entry.value.quota is None or entry.value.quota.none):
            yield Issue(f"{entry.origin}.quota_counter_scope", "says where a quota counts, and the product has none.", "Write quota, or take it away.")


@warning("apigee-public-without-limit", PRODUCTS)
def public_without_limit(world: World) -> Iterator[Issue]:
    """Everybody in the portal gets a key for a product at once, and nothing limits what it may ask. Answers of models cost money."""
    for entry in world.products or ():
        product = entry.value
        if product.access == "public" and product.approval == "auto" and not _limited(product):
            yield Issue(entry.origin, "is public, approves keys by itself and has no quota.", "Write quota or llm_quota, or approval: manual.")


@warning("apigee-payload-beside-paths", "https://docs.cloud.google.com/release-notes#August_27_2026")
def payload_beside_paths(world: World) -> Iterator[Issue]:
    """A product has payload_operations beside operations or llm_operations. Apigee before release 1-18-0-apigee-4 answers by 401 what goes by its path."""
    for entry in world.products or ():
        if entry.value.payload_operations and (beside := [name for name in ("operations", "llm_operations") if getattr(entry.value, name)]):
            problem = f"stands beside {' and '.join(beside)}, whose calls Apigee before 1-18-0-apigee-4 refuses then."
            yield Issue(f"{entry.origin}.payload_operations", problem, "Make two products, and give keys both.")


def _limited(product: Product) -> bool:
    if any(quota is not None and not quota.none for quota in (product.quota, product.llm_quota)):
        return True
    operations = [item for name in GROUP_OF for item in getattr(product, name) or ()]
    return bool(operations) and all(item.quota is not None for item in operations)
