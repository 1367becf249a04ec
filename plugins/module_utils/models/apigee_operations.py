# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a product of Apigee opens, operation by operation. Each entry is one configuration of the API's operation groups. Pure.

Rules from Google's discovery document of ``apigee`` v1: of REST, GraphQL and LLM operations a configuration holds one, of payload operations several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from .apigee_text import ATTRIBUTES, INTERVAL, LIMIT, METHOD, PATH, PROXY, UNIT
from .codecs import ListOf, Report, Text
from .decode import Nested, optional, required

SOURCE_HINTS = {"proxy": "Write source.", "apiSource": "Write source.", "api_source": "Write source."}
QUOTA_HINTS = {
    "time_unit": "Write unit.",
    "timeUnit": "Write unit.",
    "quota": "Write limit.",
    "quota_interval": "Write interval.",
    "quota_time_unit": "Write unit.",
}
METHODS = ListOf(METHOD, 16, unique=True)
WORD = r"[!-~]+"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """So many requests, or tokens, in so many units of time."""

    limit: int = required(LIMIT)
    interval: int = required(INTERVAL)
    unit: str | None = optional(UNIT)

    HINTS: ClassVar[dict[str, str]] = QUOTA_HINTS

    @property
    def spec(self) -> dict[str, str]:
        unit = {"timeUnit": self.unit} if self.unit else {}
        return {"limit": str(self.limit), "interval": str(self.interval), **unit}


class Configuration(Protocol):
    """One entry of a group."""

    @property
    def spec(self) -> dict[str, Any]:
        """The configuration as the API has it."""


def _shared(source: str, quota: Quota | None, attributes: Mapping[str, str] | None, field: str = "quota") -> dict[str, Any]:
    found: dict[str, Any] = {"apiSource": source}
    if quota is not None:
        found[field] = quota.spec
    if kept := {name: value for name, value in (attributes or {}).items() if value}:
        found["attributes"] = [{"name": name, "value": value} for name, value in sorted(kept.items())]
    return found


def _named(**parts: Any) -> dict[str, Any]:
    return {name: list(part) if isinstance(part, tuple) else part for name, part in parts.items() if part}


@dataclass(frozen=True, kw_only=True)
class RestOperation:
    source: str = required(PROXY)
    resource: str = required(PATH)
    methods: tuple[str, ...] | None = optional(METHODS)
    quota: Quota | None = optional(Nested(Quota))
    attributes: dict[str, str] | None = optional(ATTRIBUTES)

    HINTS: ClassVar[dict[str, str]] = {**SOURCE_HINTS, "path": "Write resource.", "operations": "Write one entry for each resource."}

    @property
    def spec(self) -> dict[str, Any]:
        return {**_shared(self.source, self.quota, self.attributes), "operations": [_named(resource=self.resource, methods=self.methods)]}


@dataclass(frozen=True, kw_only=True)
class GraphqlOperation:
    source: str = required(PROXY)
    types: tuple[str, ...] = required(ListOf(Text("a type of GraphQL operation", choices=("query", "mutation")), 2, least=1, unique=True))
    operation: str | None = optional(Text("the name of a GraphQL operation", r"[_A-Za-z][A-Za-z0-9_]*", 256, "getModel"))
    quota: Quota | None = optional(Nested(Quota))
    attributes: dict[str, str] | None = optional(ATTRIBUTES)

    HINTS: ClassVar[dict[str, str]] = {**SOURCE_HINTS, "operation_types": "Write types.", "operationTypes": "Write types.", "name": "Write operation."}

    @property
    def spec(self) -> dict[str, Any]:
        return {**_shared(self.source, self.quota, self.attributes), "operations": [_named(operation=self.operation, operationTypes=self.types)]}


@dataclass(frozen=True, kw_only=True)
class GrpcOperation:
    source: str = required(PROXY)
    service: str = required(
        Text("the full name of a gRPC service", r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*", 512, "inference.GRPCInferenceService")
    )
    methods: tuple[str, ...] | None = optional(
        ListOf(Text("the name of a gRPC method by itself, without its service", r"[A-Za-z_][A-Za-z0-9_]*", 256, "ModelInfer"), 256, unique=True)
    )
    quota: Quota | None = optional(Nested(Quota))
    attributes: dict[str, str] | None = optional(ATTRIBUTES)

    HINTS: ClassVar[dict[str, str]] = SOURCE_HINTS

    @property
    def spec(self) -> dict[str, Any]:
        return {**_shared(self.source, self.quota, self.attributes), **_named(service=self.service, methods=self.methods)}


@dataclass(frozen=True, kw_only=True)
class LlmOperation:
    source: str = required(PROXY)
    resource: str = required(PATH)
    model: str = required(Text("the name of a model", WORD, 512, "llama-3.3-70b"))
    methods: tuple[str, ...] | None = optional(METHODS)
    quota: Quota = required(Nested(Quota))
    attributes: dict[str, str] | None = optional(ATTRIBUTES)

    HINTS: ClassVar[dict[str, str]] = {**SOURCE_HINTS, "path": "Write resource.", "llm_quota": "Write quota.", "llmTokenQuota": "Write quota."}

    @property
    def spec(self) -> dict[str, Any]:
        operation = _named(resource=self.resource, model=self.model, methods=self.methods)
        return {**_shared(self.source, self.quota, self.attributes, "llmTokenQuota"), "llmOperations": [operation]}


@dataclass(frozen=True, kw_only=True)
class PayloadOperation:
    source: str = required(PROXY)
    operations: tuple[str, ...] = required(
        ListOf(
            Text("the name of an operation in a payload, without wildcards", r"[!-)+-~]+", 512, "tools/call/get_weather"),
            256,
            least=1,
            unique=True,
        )
    )
    quota: Quota | None = optional(Nested(Quota))
    attributes: dict[str, str] | None = optional(ATTRIBUTES)

    HINTS: ClassVar[dict[str, str]] = {**SOURCE_HINTS, "operation": "Write operations: with a list.", "methods": "Write operations."}

    @property
    def spec(self) -> dict[str, Any]:
        return {**_shared(self.source, self.quota, self.attributes), "operations": [{"operation": name} for name in sorted(self.operations)]}


GROUP_OF: dict[str, str] = {
    "operations": "operationGroup",
    "graphql_operations": "graphqlOperationGroup",
    "grpc_operations": "grpcOperationGroup",
    "llm_operations": "llmOperationGroup",
    "payload_operations": "payloadOperationGroup",
}
"""The fields of an entry, and the groups of the API that they become."""
TYPE_OF = {"operations": "operation_config_type", "graphql_operations": "graphql_config_type"}
"""Fields that say whether the sources of a group are proxies or remote services."""


def group(configurations: Iterable[Configuration], config_type: str | None) -> dict[str, Any]:
    """A group as the API has it; one without configurations has to be empty."""
    configs = [item.spec for item in configurations]
    return {"operationConfigs": configs, **({"operationConfigType": config_type} if config_type else {})} if configs else {}


def twice(configurations: Iterable[Configuration], where: str, report: Report) -> None:
    """Two entries about the same operation would make its quota a matter of chance."""
    seen: dict[str, int] = {}
    for index, item in enumerate(configurations):
        spec = {name: part for name, part in item.spec.items() if name not in ("quota", "llmTokenQuota", "attributes")}
        first = seen.setdefault(repr(_in_order(spec)), index)
        if first != index:
            report.add(f"{where}[{index}]", f"is about the same operation as [{first}].", "Keep one.")


def _in_order(value: Any) -> Any:
    """The order of methods, types and operations means nothing."""
    if isinstance(value, Mapping):
        return {name: _in_order(part) for name, part in value.items()}
    return sorted(map(_in_order, value), key=repr) if isinstance(value, list) else value
