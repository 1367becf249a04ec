# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apigee's contract server refuses what Google's discovery document refuses, and what the prose of its fields does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from contract.apigee import ApigeeServer
from contract.apigee.asking import Asking
from contract.apigee.document import document

PRODUCT = {"name": "gold", "displayName": "Gold", "approvalType": "auto"}
DEVELOPER = {"email": "a@example.com", "firstName": "A", "lastName": "B", "userName": "a"}
APP = "/developers/a@example.com/apps"
KEY = f"{APP}/one/keys/abc"
LLM = {"apiSource": "llm", "llmOperations": [{"resource": "/v1", "model": "m", "methods": ["POST"]}], "llmTokenQuota": {"limit": "5", "interval": "1"}}
REST = {"apiSource": "llm", "operations": [{"resource": "/v1", "methods": ["POST"]}]}
UNKNOWN = "Invalid JSON payload received. Unknown name"


def product(**fields: Any) -> tuple[str, str, Any]:
    return "POST", "/apiproducts", {**PRODUCT, **fields}


def group(kind: str, *configs: Any, **fields: Any) -> tuple[str, str, Any]:
    return product(**{kind: {"operationConfigs": list(configs), **fields}})


def attributes(count: int) -> list[dict[str, str]]:
    return [{"name": str(each), "value": "v"} for each in range(count)]


# What the document itself says: fields, types, enumerations, queries.
BY_DOCUMENT: dict[str, tuple[tuple[str, str, Any], str]] = {
    "unknown field": (product(color="red"), f"{UNKNOWN} \"color\" at 'api_product': Cannot find field."),
    "unknown field inside": (product(attributes=[{"name": "a", "note": "b"}]), f"{UNKNOWN} \"note\" at 'api_product.attributes[0]': Cannot find field."),
    "int where string": (product(quota=10), "Invalid value at 'api_product.quota' (TYPE_STRING), 10"),
    "int in a list of strings": (product(scopes=["a", 1]), "Invalid value at 'api_product.scopes[1]' (TYPE_STRING), 1"),
    "string where list": (product(proxies="a"), "Invalid value at 'api_product.proxies' (type.googleapis.com/google.cloud.apigee.v1), \"a\""),
    "null": (product(description=None), "Invalid value at 'api_product.description' (TYPE_STRING), null"),
    "bad enum": (product(quotaCounterScope="APP"), "Invalid value at 'api_product.quota_counter_scope' (type.googleapis.com/google.cloud.apigee.v1), \"APP\""),
    "no object": (("POST", "/apiproducts", [1]), f'{UNKNOWN} "": Root element must be a message.'),
    "type of an llm group": (
        group("llmOperationGroup", LLM, operationConfigType="proxy"),
        f"{UNKNOWN} \"operationConfigType\" at 'api_product.llm_operation_group'",
    ),
    "type of a grpc group": (
        group("grpcOperationGroup", operationConfigType="proxy"),
        f"{UNKNOWN} \"operationConfigType\" at 'api_product.grpc_operation_group'",
    ),
    "quota in an llm group": (
        group("llmOperationGroup", {**LLM, "quota": {}}),
        f"{UNKNOWN} \"quota\" at 'api_product.llm_operation_group.operation_configs[0]'",
    ),
    "int quota of an operation": (
        group("operationGroup", {**REST, "quota": {"limit": 5, "interval": "1"}}),
        "Invalid value at 'api_product.operation_group.operation_configs[0].quota.limit' (TYPE_STRING), 5",
    ),
    "consumerKey on an app": (("POST", APP, {"name": "x", "consumerKey": "k"}), f"{UNKNOWN} \"consumerKey\" at 'developer_app': Cannot find field."),
    "keys on an app": (("POST", APP, {"name": "x", "keys": []}), f"{UNKNOWN} \"keys\" at 'developer_app'"),
    "lifetime that is no number": (("POST", APP, {"name": "x", "keyExpiresIn": "1h"}), "Invalid value at 'developer_app.key_expires_in' (TYPE_INT64), \"1h\""),
    "seconds on an app": (("POST", APP, {"name": "x", "expiresInSeconds": "1"}), f"{UNKNOWN} \"expiresInSeconds\" at 'developer_app'"),
    "milliseconds on a key": (("POST", f"{APP}/one/keys", {"consumerKey": "k", "keyExpiresIn": "1"}), f"{UNKNOWN} \"keyExpiresIn\" at 'developer_app_key'"),
    "display name of a developer": (("PUT", "/developers/a@example.com", {**DEVELOPER, "displayName": "A"}), f"{UNKNOWN} \"displayName\" at 'developer'"),
    "attributes in place of attribute": (("POST", "/apiproducts/there/attributes", {"attributes": []}), f"{UNKNOWN} \"attributes\" at 'attributes'"),
    "unknown query": (("GET", "/apiproducts?limit=5", None), f'{UNKNOWN} "limit": Cannot bind query parameter.'),
    "pageSize of products": (("GET", "/apiproducts?pageSize=5", None), f'{UNKNOWN} "pageSize": Cannot bind query parameter.'),
    "count of all apps": (("GET", "/apps?count=5", None), f'{UNKNOWN} "count": Cannot bind query parameter.'),
    "action on PUT": (("PUT", f"{APP}/one?action=revoke", {}), f'{UNKNOWN} "action": Cannot bind query parameter.'),
    "count that is no number": (("GET", "/apiproducts?count=ten", None), "Invalid value at 'count' (TYPE_INT64), \"ten\""),
    "expand that is no boolean": (("GET", "/apiproducts?expand=yes", None), "Invalid value at 'expand' (TYPE_BOOL), \"yes\""),
    "pageSize that is no number": (("GET", "/apps?pageSize=all", None), "Invalid value at 'page_size' (TYPE_INT32), \"all\""),
    "body on DELETE": (("DELETE", "/apiproducts/there", {"name": "there"}), "this method takes none"),
}
# What only its prose says, and other sources that stand beside the rules.
BY_PROSE: dict[str, tuple[tuple[str, str, Any], str]] = {
    "developer without names": (("POST", "/developers", {"email": "b@example.com", "userName": "b"}), "developer.first_name is required"),
    "developer without email": (("PUT", "/developers/a@example.com", {**DEVELOPER, "email": ""}), "developer.email is required"),
    "developer with an empty name": (("PUT", "/developers/a@example.com", {**DEVELOPER, "lastName": ""}), "developer.last_name is required"),
    "developer with half an email": (("POST", "/developers", {**DEVELOPER, "email": "a"}), "Invalid email"),
    "uppercase email": (("POST", "/developers", {**DEVELOPER, "email": "B@example.com"}), "email address has to be lowercase"),
    "operation without source": (group("operationGroup", {"operations": []}), "operation_configs[0].api_source is required"),
    "llm operation without quota": (group("llmOperationGroup", {**LLM, "llmTokenQuota": {"limit": "1"}}), "llm_token_quota.interval is required"),
    "llm operation without model": (group("llmOperationGroup", {**LLM, "llmOperations": [{"resource": "/"}]}), "llm_operations[0].model is required"),
    "group with no operations": (group("operationGroup"), "operation_group.operation_configs is required"),
    "group without operations": (product(payloadOperationGroup={}), "payload_operation_group.operation_configs is required"),
    "name of a product": (product(name="a/b"), "characters are restricted"),
    "no name of a product": (("POST", "/apiproducts", {"displayName": "x"}), "characters are restricted"),
    "approvalType": (product(approvalType="sometimes"), "approvalType"),
    "unit of a quota": (product(quotaTimeUnit="week"), "quotaTimeUnit"),
    "unit of an llm quota": (product(llmQuotaTimeUnit="minutes"), "llmQuotaTimeUnit"),
    "unit of an operation's quota": (group("operationGroup", {**REST, "quota": {"limit": "1", "interval": "1", "timeUnit": "second"}}), "timeUnit"),
    "type of a group": (group("operationGroup", REST, operationConfigType="remote"), "operationConfigType"),
    "type of a graphql operation": (
        group("graphqlOperationGroup", {"apiSource": "g", "operations": [{"operationTypes": ["subscription"]}]}),
        "has to be one of query, mutation",
    ),
    "wildcard in a payload": (group("payloadOperationGroup", {"apiSource": "g", "operations": [{"operation": "tools/*"}]}), "wildcard"),
    "two pairs": (group("operationGroup", {**REST, "operations": REST["operations"] * 2}), "only a single one is allowed"),
    "two graphql pairs": (group("graphqlOperationGroup", {"apiSource": "g", "operations": [{"operationTypes": ["query"]}] * 2}), "only a single one"),
    "two llm operations": (group("llmOperationGroup", {**LLM, "llmOperations": LLM["llmOperations"] * 2}), "only a single one is allowed"),
    "lowercase method": (group("llmOperationGroup", {**LLM, "llmOperations": [{"resource": "/", "model": "m", "methods": ["post"]}]}), "not in uppercase"),
    "apiResources and operations": (product(apiResources=["/"], operationGroup={"operationConfigs": [REST]}), "apiResources cannot"),
    "apiResources and llm operations": (product(apiResources=["/"], llmOperationGroup={"operationConfigs": [LLM]}), "apiResources cannot"),
    "proxies and payloads": (
        product(proxies=["p"], payloadOperationGroup={"operationConfigs": [{"apiSource": "g", "operations": [{"operation": "tools/list"}]}]}),
        "proxies cannot be specified together with payloadOperationGroup",
    ),
    "19 attributes of a product": (product(attributes=attributes(19)), "at most 18"),
    "19 attributes of a developer": (("POST", "/developers", {**DEVELOPER, "email": "b@example.com", "attributes": attributes(19)}), "at most 18"),
    "19 attributes of an app": (("POST", APP, {"name": "x", "attributes": attributes(19)}), "at most 18"),
    "expand with count": (("GET", "/developers?expand=true&count=5", None), "expand is not valid"),
    "expand with startKey": (("GET", f"{APP}?expand=true&startKey=a&count=5", None), "expand is not valid"),
    "startKey without count": (("GET", "/developers?startKey=a", None), "in conjunction with the count"),
    "count above the limit": (("GET", "/apiproducts?count=1001", None), "between 1 and 1000"),
    "status of apps": (("GET", "/apps?status=pending", None), "status has to be approved or revoked"),
    "filter of apps": (("GET", "/apps?filter=color%3Dred", None), "Invalid filter"),
    "action of a developer": (("POST", "/developers/a@example.com?action=approve", None), "octet-stream"),
    "characters of a key": (("POST", f"{APP}/one/keys", {"consumerKey": "a b"}), "letters, numbers, underscores, and hyphens"),
    "length of a key": (("POST", f"{APP}/one/keys", {"consumerKey": "a" * 2049}), "at most 2 KB"),
    "products of a key as objects": (("POST", KEY, {"apiProducts": [{"apiproduct": "there"}]}), "list of names"),
    "scopes that no product has": (("PUT", KEY, {"scopes": ["write"]}), "not defined"),
    "scopes of an app, changed": (("PUT", f"{APP}/one", {"name": "one", "scopes": ["read"]}), "ReplaceDeveloperAppKey"),
    "another name of a product": (("PUT", "/apiproducts/there", {**PRODUCT, "name": "other"}), "does not match"),
    "another email": (("PUT", "/developers/a@example.com", {**DEVELOPER, "email": "c@example.com"}), "does not match"),
    "another name of an app": (("PUT", f"{APP}/one", {"name": "two"}), "does not match"),
}
NO_METHOD = [
    ("PATCH", "/apiproducts/there"),
    ("PATCH", "/developers/a@example.com"),
    ("PATCH", f"{APP}/one"),
    ("PATCH", KEY),
    ("PUT", "/apiproducts"),
    ("DELETE", "/developers"),
    ("PUT", f"{KEY}/apiproducts/there"),
    ("GET", f"{APP}/one/keys"),
    ("GET", "/products"),
    ("POST", "/apps"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[ApigeeServer]:
    with ApigeeServer() as made:
        client = Asking(made.url, "acme", "test-token", exact=True)
        client.must("POST", "/apiproducts", {**PRODUCT, "name": "there", "scopes": ["read"]})
        client.must("POST", "/developers", DEVELOPER)
        client.must("POST", APP, {"name": "one", "apiProducts": ["there"]})
        client.must("POST", f"{APP}/one/keys", {"consumerKey": "abc"})
        client.link.close()
        yield made
        assert not made.crashes


@pytest.fixture
def client(server: ApigeeServer) -> Iterator[Asking]:
    made = Asking(server.url, "acme", "test-token", exact=True)
    yield made
    made.link.close()


@pytest.mark.parametrize("case", [*BY_DOCUMENT, *BY_PROSE])
def test_what_the_document_forbids_is_refused_and_changes_nothing(server: ApigeeServer, client: Asking, case: str) -> None:
    (verb, path, body), message = {**BY_DOCUMENT, **BY_PROSE}[case]
    before = repr((server.state.products, server.state.developers, server.state.apps))
    status, word, told = client.refused(verb, path, body)
    assert (status, word) == (400, "INVALID_ARGUMENT")
    assert message in told
    assert repr((server.state.products, server.state.developers, server.state.apps)) == before


@pytest.mark.parametrize(("verb", "path"), NO_METHOD)
def test_a_verb_or_path_that_the_document_has_not_is_not_found(client: Asking, verb: str, path: str) -> None:
    """In HTML, as Google's front end does."""
    status, headers, _text = client.send(verb, path, b"{}", {"Content-Type": "application/json"})
    assert status == 404
    assert headers["content-type"].startswith("text/html")


def test_all_that_is_wrong_is_said_with_its_fields(client: Asking) -> None:
    _status, found = client.ask("POST", "/apiproducts", {**PRODUCT, "quota": 1, "color": "red", "llmQuota": 2})
    (bad,) = found["error"]["details"]
    assert bad["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert {each["field"] for each in bad["fieldViolations"]} == {"api_product", "api_product.quota", "api_product.llm_quota"}
    assert found["error"]["message"].count("\n") == 2


def test_a_method_that_is_known_and_not_served_says_so(client: Asking) -> None:
    assert client.refused("GET", "/apiproducts/there/rateplans")[:2] == (501, "UNIMPLEMENTED")


def test_the_document_is_googles_and_has_what_is_served() -> None:
    from contract.apigee.api import ACTIONS, HANDLERS

    assert len(document().methods) > 300
    assert {f"apigee.organizations.{name}" for name in [*HANDLERS, *ACTIONS]} <= document().methods.keys()
