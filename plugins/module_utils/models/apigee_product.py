# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API product of Apigee: what its apps may call, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .apigee_operations import GROUP_OF, QUOTA_HINTS, TYPE_OF, GraphqlOperation, GrpcOperation, LlmOperation, PayloadOperation, RestOperation, group, twice
from .apigee_text import (
    DESCRIPTION,
    ENVIRONMENT,
    INTERVAL,
    LIMIT,
    PATH,
    PRODUCT_NAME,
    PROXY,
    SCOPES,
    SHOWN_NAME,
    SPACE,
    UNIT,
    attributes,
    too_many,
)
from .codecs import Flag, ListOf, Report, Text
from .decode import Identity, Nested, optional, required

MOST = 1000
CONFIG_TYPE = Text("what the sources are", choices=("proxy", "remoteservice"))
AGAINST: tuple[tuple[str, str, str], ...] = (
    ("api_resources", "operations", "Write each path as resource: of an operation."),
    ("api_resources", "llm_operations", "Write each path as resource: of an operation."),
    ("api_resources", "payload_operations", "Take api_resources away."),
    ("proxies", "payload_operations", "Write each proxy as source: of an operation."),
)
"""Fields that Apigee does not take together, by its discovery document, and what to write instead of the first."""


@dataclass(frozen=True, kw_only=True)
class ProductQuota:
    """A quota of the whole product. An empty one has to be gone."""

    limit: int | None = optional(LIMIT)
    interval: int | None = optional(INTERVAL)
    unit: str | None = optional(UNIT)

    HINTS: ClassVar[dict[str, str]] = QUOTA_HINTS

    @property
    def none(self) -> bool:
        return self.limit is None and self.interval is None and self.unit is None

    def check(self, where: str, report: Report) -> None:
        for name in ("limit", "interval"):
            if not self.none and getattr(self, name) is None:
                report.add(where, f"{name} is missing.", "Write limit, interval and unit, or {} for no quota.")


@dataclass(frozen=True, kw_only=True)
class Product:
    name: str = required(PRODUCT_NAME)
    display_name: str | None = optional(SHOWN_NAME)
    description: str | None = optional(DESCRIPTION)
    approval: str | None = optional(Text("how keys are approved", choices=("auto", "manual")))
    access: str | None = optional(Text("who sees it in a portal", choices=("public", "private", "internal")))
    attributes: dict[str, str] | None = optional(attributes(("access", "Write access: beside attributes.")))
    environments: tuple[str, ...] | None = optional(ListOf(ENVIRONMENT, MOST, unique=True))
    proxies: tuple[str, ...] | None = optional(ListOf(PROXY, MOST, unique=True))
    api_resources: tuple[str, ...] | None = optional(ListOf(PATH, MOST, unique=True))
    scopes: tuple[str, ...] | None = optional(SCOPES)
    quota: ProductQuota | None = optional(Nested(ProductQuota))
    quota_counter_scope: str | None = optional(Text("what a quota counts", choices=("PROXY", "OPERATION", "PRODUCT")))
    llm_quota: ProductQuota | None = optional(Nested(ProductQuota))
    space: str | None = optional(SPACE)
    open: bool | None = optional(Flag())
    operations: tuple[RestOperation, ...] | None = optional(ListOf(Nested(RestOperation), MOST))
    operation_config_type: str | None = optional(CONFIG_TYPE)
    graphql_operations: tuple[GraphqlOperation, ...] | None = optional(ListOf(Nested(GraphqlOperation), MOST))
    graphql_config_type: str | None = optional(CONFIG_TYPE)
    grpc_operations: tuple[GrpcOperation, ...] | None = optional(ListOf(Nested(GrpcOperation), MOST))
    llm_operations: tuple[LlmOperation, ...] | None = optional(ListOf(Nested(LlmOperation), MOST))
    payload_operations: tuple[PayloadOperation, ...] | None = optional(ListOf(Nested(PayloadOperation), MOST))

    IDENTITY: ClassVar[Identity] = Identity((("name", PRODUCT_NAME),))
    HINTS: ClassVar[dict[str, str]] = {
        "namespace": "Apigee has no namespaces; which organisation is meant says the option organization.",
        "displayName": "Write display_name.",
        "approval_type": "Write approval.",
        "approvalType": "Write approval.",
        "apiResources": "Write api_resources.",
        "quota_interval": "Write quota: {limit, interval, unit}.",
        "quota_time_unit": "Write quota: {limit, interval, unit}.",
        "quotaInterval": "Write quota: {limit, interval, unit}.",
        "quotaTimeUnit": "Write quota: {limit, interval, unit}.",
        "operation_group": "Write operations: [{source, resource, methods, quota}].",
        "operationGroup": "Write operations: [{source, resource, methods, quota}].",
        "llm_operation_group": "Write llm_operations: [{source, resource, model, quota}].",
        "llmOperationGroup": "Write llm_operations: [{source, resource, model, quota}].",
        "graphql_operation_group": "Write graphql_operations.",
        "grpc_operation_group": "Write grpc_operations.",
        "payload_operation_group": "Write payload_operations.",
        "created_at": "Apigee writes it itself; take it away.",
        "last_modified_at": "Apigee writes it itself; take it away.",
        "createdAt": "Apigee writes it itself; take it away.",
        "lastModifiedAt": "Apigee writes it itself; take it away.",
    }

    def check(self, where: str, report: Report) -> None:
        for field, other, remedy in AGAINST:
            if getattr(self, field) and getattr(self, other):
                report.add(f"{where}.{field}", f"cannot stand beside {other}: Apigee refuses a product that has both.", remedy)
        for field, kind in TYPE_OF.items():
            if getattr(self, kind) and not getattr(self, field):
                report.add(f"{where}.{kind}", f"says what the sources of {field} are, and there are none.", f"Write {field}, or take it away.")
        if self.access and self.attributes is not None:
            too_many({**self.attributes, "access": self.access}, f"{where}.attributes", report)
        for field in GROUP_OF:
            twice(getattr(self, field) or (), f"{where}.{field}", report)

    @property
    def spec(self) -> dict[str, Any]:
        """What the entry names, in the API's own words."""
        plain = {
            "name": self.name,
            "displayName": self.display_name,
            "description": self.description,
            "approvalType": self.approval,
            "environments": self.environments,
            "proxies": self.proxies,
            "apiResources": self.api_resources,
            "scopes": self.scopes,
            "quotaCounterScope": self.quota_counter_scope,
            "space": self.space,
        }
        found: dict[str, Any] = {name: list(part) if isinstance(part, tuple) else part for name, part in plain.items() if part is not None}
        own = {**(self.attributes or {}), **({"access": self.access} if self.access else {})}
        if own:
            found["attributes"] = own
        for prefix, quota in (("quota", self.quota), ("llmQuota", self.llm_quota)):
            found |= _quota(prefix, quota)
        for field, name in GROUP_OF.items():
            if getattr(self, field) is not None:
                kind = getattr(self, TYPE_OF[field]) if field in TYPE_OF else None
                found[name] = group(getattr(self, field), kind)
        return found


def _quota(prefix: str, quota: ProductQuota | None) -> dict[str, str]:
    if quota is None:
        return {}
    if quota.none:
        return {prefix: "", f"{prefix}Interval": "", f"{prefix}TimeUnit": ""}
    unit = {f"{prefix}TimeUnit": quota.unit} if quota.unit else {}
    return {prefix: str(quota.limit), f"{prefix}Interval": str(quota.interval), **unit}
