# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody may declare for Apigee, each with the whole line that a user reads. All of it is known before the first request."""

from __future__ import annotations

from typing import Any

import pytest
from unit.models.support import issues

GOLD: dict[str, Any] = {"name": "gold"}
REST: dict[str, Any] = {"source": "chat", "resource": "/v1"}
LLM: dict[str, Any] = {"source": "chat", "resource": "/v1", "model": "llama", "quota": {"limit": 1, "interval": 1}}
ANN: dict[str, Any] = {"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"}
CHAT: dict[str, Any] = {"name": "chat", "developer": "ann@example.com"}
KEY: dict[str, Any] = {"consumer_key": "key-1"}
NAMED = {"products": ("apigee_products", "gold"), "developers": ("apigee_developers", "ann@example.com"), "apps": ("apigee_apps", "ann@example.com/chat")}
SECRET = "s3cr3t-value"
SIXTEEN = {f"a{index}": "x" for index in range(16)}
PATH = "expected a path that begins with '/', in which '*' stands for one part and '**' for all that follows"
LOOKUP = "Write for example \"{{ lookup('ansible.builtin.env', 'CHAT_KEY') }}\"."
SERVERS_OWN = "Apigee writes it itself; take it away."
KNOWN = "Known are name, developer, products, callback_url, scopes, status, attributes, key_expires_in, purge_keys, keys."
QUOTA = "Write quota: {limit, interval, unit}."
MARK = "is a mark by which this collection knows its own. Choose another name."
FULL = "Apigee takes 18, and 2 of them are our marks, which leaves 16. Join some into one."

PRODUCTS: list[tuple[dict[str, Any], str]] = [
    ({"proxies": ["chat"], "payload_operations": [{"source": "mcp", "operations": ["tools/list"]}]},
     ".proxies: cannot stand beside payload_operations: Apigee refuses a product that has both. Write each proxy as source: of an operation."),
    ({"api_resources": ["/v1"], "payload_operations": [{"source": "mcp", "operations": ["tools/list"]}]},
     ".api_resources: cannot stand beside payload_operations: Apigee refuses a product that has both. Take api_resources away."),
    ({"api_resources": ["/v1"], "operations": [REST]},
     ".api_resources: cannot stand beside operations: Apigee refuses a product that has both. Write each path as resource: of an operation."),
    ({"api_resources": ["/v1"], "llm_operations": [LLM]},
     ".api_resources: cannot stand beside llm_operations: Apigee refuses a product that has both. Write each path as resource: of an operation."),
    ({"approval": "automatic"}, ".approval: expected one of auto, manual; got 'automatic'."),
    ({"approvalType": "auto"}, ": unknown field approvalType. Write approval."),
    ({"access": "hidden"}, ".access: expected one of public, private, internal; got 'hidden'."),
    ({"attributes": {"access": "private"}}, ".attributes[access]: has a field of its own. Write access: beside attributes."),
    ({"attributes": {"managed-by": "terraform"}}, f".attributes[managed-by]: {MARK}"),
    ({"attributes": {"inference-gateway-owner": "me"}}, f".attributes[inference-gateway-owner]: {MARK}"),
    ({"attributes": {**SIXTEEN, "one": "more"}}, f".attributes: has 17 attributes; {FULL}"),
    ({"attributes": SIXTEEN, "access": "private"}, f".attributes: has 17 attributes; {FULL}"),
    ({"attributes": {"tier": True}}, ".attributes[tier]: expected an attribute's text, got the boolean true. Put it in quotes, as YAML reads it otherwise."),
    ({"attributes": [{"name": "tier"}]}, ".attributes: expected a dictionary of an attribute's name and value, got a list. Write {name: value}."),
    ({"environments": "prod"}, ".environments: expected a list, got 'prod'. Put it in [ ]."),
    ({"environments": ["prod", "prod"]}, ".environments[1]: 'prod' is there twice. Keep one."),
    ({"proxies": ["a/b"]}, ".proxies[0]: expected the name of an API proxy or remote service; got 'a/b'. Write for example chat-completions."),
    ({"proxies": ["chat", None]}, ".proxies[1]: expected the name of an API proxy or remote service, got nothing (null). Write for example chat-completions."),
    ({"api_resources": ["v1/**"]}, f".api_resources[0]: {PATH}; got 'v1/**'. Write for example /v1/chat/completions."),
    ({"scopes": ["read, write"]},
     ".scopes[0]: expected an OAuth scope without blanks, commas and quotes; got 'read, write'. Write for example completions.write."),
    ({"quota": {"limit": 5}}, ".quota: interval is missing. Write limit, interval and unit, or {} for no quota."),
    ({"quota": {"interval": 1, "unit": "day"}}, ".quota: limit is missing. Write limit, interval and unit, or {} for no quota."),
    ({"quota": {"limit": 5, "interval": 1, "time_unit": "day"}}, ".quota: unknown field time_unit. Write unit."),
    ({"quota": {"limit": 5, "interval": 1, "unit": "second"}}, ".quota.unit: expected one of minute, hour, day, month; got 'second'."),
    ({"quota": {"limit": -1, "interval": 1, "unit": "day"}},
     ".quota.limit: expected a whole number from 0 to 999999999999999999, got the number -1."),
    ({"quota": {"limit": 5, "interval": 0, "unit": "day"}},
     ".quota.interval: expected a whole number from 1 to 999999999999999999, got the number 0."),
    ({"quota": 5}, ".quota: expected a dictionary, got the number 5. It may hold limit, interval, unit."),
    ({"quota_interval": 1}, f": unknown field quota_interval. {QUOTA}"),
    ({"llm_quota": {"limit": "many", "interval": 1}}, ".llm_quota.limit: expected a whole number, got 'many'."),
    ({"quota_counter_scope": "proxy"}, ".quota_counter_scope: expected one of PROXY, OPERATION, PRODUCT; got 'proxy'."),
    ({"operation_config_type": "remoteservice"},
     ".operation_config_type: says what the sources of operations are, and there are none. Write operations, or take it away."),
    ({"operations": [REST], "operation_config_type": "envoy"}, ".operation_config_type: expected one of proxy, remoteservice; got 'envoy'."),
    ({"operations": [{"resource": "/v1"}]},
     ".operations[0]: source is missing. Write source: followed by the name of an API proxy or remote service."),
    ({"operations": [{**REST, "methods": ["post"]}]},
     ".operations[0].methods[0]: expected one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, CONNECT, TRACE; got 'post'."),
    ({"operations": [REST, REST]}, ".operations[1]: is about the same operation as [0]. Keep one."),
    ({"operations": [{**REST, "methods": ["GET", "POST"]}, {**REST, "methods": ["POST", "GET"]}]},
     ".operations[1]: is about the same operation as [0]. Keep one."),
    ({"operations": [{**REST, "quota": {"limit": 1}}]}, ".operations[0].quota: interval is missing. Write interval: followed by a whole number."),
    ({"operations": [{**REST, "apiSource": "x"}]}, ".operations[0]: unknown field apiSource. Write source."),
    ({"operation_group": {}}, ": unknown field operation_group. Write operations: [{source, resource, methods, quota}]."),
    ({"graphql_operations": [{"source": "g", "types": ["subscription"]}]},
     ".graphql_operations[0].types[0]: expected one of query, mutation; got 'subscription'."),
    ({"grpc_operations": [{"source": "g", "service": "a.B", "methods": ["a.B/Call"]}]},
     ".grpc_operations[0].methods[0]: expected the name of a gRPC method by itself, without its service; got 'a.B/Call'. Write for example ModelInfer."),
    ({"llm_operations": [{**LLM, "quota": None}]}, ".llm_operations[0]: quota is missing. Write quota: followed by a dictionary."),
    ({"llm_operations": [{**LLM, "model": ""}]},
     ".llm_operations[0].model: is empty; expected the name of a model, or leave the field out. Write for example llama-3.3-70b."),
    ({"payload_operations": [{"source": "mcp", "operations": ["tools/*"]}]},
     (".payload_operations[0].operations[0]: expected the name of an operation in a payload, without wildcards; got 'tools/*'. "
     "Write for example tools/call/get_weather.")),
    ({"payload_operations": [{"source": "mcp", "operations": []}]},
     ".payload_operations[0].operations: has 0 items; at least 1 must be given."),
    ({"namespace": "ai"}, ": unknown field namespace. Apigee has no namespaces; which organisation is meant says the option organization."),
    ({"createdAt": "1"}, f": unknown field createdAt. {SERVERS_OWN}"),
    ({"open": "perhaps"}, ".open: expected true or false, got 'perhaps'."),
]  # fmt: skip
DEVELOPERS: list[tuple[dict[str, Any], str]] = [
    ({"first_name": None}, ": first_name is missing. Write first_name: followed by a name without line breaks."),
    ({"last_name": "Lee\nRay"}, ".last_name: expected a name without line breaks; got 'Lee\\nRay'. Write for example Ann."),
    ({"first_name": "x" * 65}, ".first_name: has 65 characters; at most 64 are allowed. Write for example Ann."),
    ({"status": "enabled"}, ".status: expected one of active, inactive; got 'enabled'."),
    ({"attributes": {**SIXTEEN, "one": "more"}}, f".attributes: has 17 attributes; {FULL}"),
    ({"attributes": {"inference-gateway-key": "x"}}, f".attributes[inference-gateway-key]: {MARK}"),
    ({"apps": ["chat"]}, ": unknown field apps. Write them in apigee_apps, each with developer: and the email."),
    ({"developerId": "1"}, f": unknown field developerId. {SERVERS_OWN} It may change."),
]
APPS: list[tuple[dict[str, Any], str]] = [
    ({"products": "gold"}, ".products: expected a list, got 'gold'. Put it in [ ]."),
    ({"callback_url": "chat.example.com"},
     ".callback_url: expected the URL that authorization codes are sent to; got 'chat.example.com'. Write for example https://chat.example.com/callback."),
    ({"status": "pending"}, ".status: expected one of approved, revoked; got 'pending'."),
    ({"key_expires_in": 0}, ".key_expires_in: is 0, so the key would never work. Write a number of seconds, or -1 for never."),
    ({"key_expires_in": -2},
     ".key_expires_in: expected a number of seconds, or -1 for never from -1 to 1000000000000, got the number -2."),
    ({"keyExpiresIn": 5}, ": unknown field keyExpiresIn. Write key_expires_in, in seconds."),
    ({"consumer_key": SECRET}, ": unknown field consumer_key. Write keys: [{consumer_key: ...}]."),
    ({"credentials": [SECRET]}, ": unknown field credentials. Write keys."),
    ({f"consumer_key:{SECRET}": None},
     f": has a field that is unknown; its name is not shown, since it may be a secret. Is there a blank after each colon? {KNOWN}"),
    ({"display_name": "Chat"}, ": unknown field display_name. Write attributes: {DisplayName: ...}."),
    ({"keys": []}, ".keys: is empty; an app begins with a key that Apigee makes. Leave keys out, or name those that have to be there."),
    ({"keys": [{}, {}]}, ".keys[1]: is called default like keys[0]. Give each a name of its own."),
    ({"keys": [{"name": "Next"}]},
     (".keys[0].name: expected what tells one of an app's keys from the others: lower case letters, digits and '-'; what is there is not shown. "
     "Write for example next.")),
    ({"keys": [{"consumer_key": f"{SECRET} "}]},
     f".keys[0].consumer_key: expected a consumer key of at most 2048 letters, digits, '_' and '-', but not create; what is there is not shown. {LOOKUP}"),
    ({"keys": [{"consumer_key": "create"}]},
     f".keys[0].consumer_key: expected a consumer key of at most 2048 letters, digits, '_' and '-', but not create; what is there is not shown. {LOOKUP}"),
    ({"keys": [{"consumer_key": 342391}]},
     ".keys[0].consumer_key: expected text; what is there is not shown, and YAML reads it as something else. Put it in quotes."),
    ({"keys": [{**KEY, "consumer_secret": f"{SECRET}!"}]},
     f".keys[0].consumer_secret: expected a consumer secret of at most 2048 letters, digits, '_' and '-'; what is there is not shown. {LOOKUP}"),
    ({"keys": [{"consumer_secret": SECRET}]},
     ".keys[0].consumer_secret: stands without consumer_key. Write both, or neither to have Apigee make them."),
    ({"keys": [f"consumer_key:{SECRET}"]},
     (".keys[0]: expected a dictionary; what is there is not shown. "
     "It may hold name, consumer_key, consumer_secret, products, status, scopes, attributes, expires_in, approve, state.")),
    ({"keys": [{"name": "a", f"consumer_key:{SECRET}": None}]},
     (".keys[0]: has a field that is unknown; its name is not shown, since it may be a secret. Is there a blank after each colon? "
     "Did you mean consumer_secret?")),
    ({"keys": [{"secret": SECRET}]}, ".keys[0]: unknown field secret. Write consumer_secret."),
    ({"keys": SECRET}, ".keys: expected a list; what is there is not shown. Put it in [ ]."),
    ({"keys": [{**KEY, "expires_in": 0}]}, ".keys[0].expires_in: is 0, so the key would never work. Write a number of seconds, or -1 for never."),
    ({"keys": [{"state": "absent", "products": ["gold"]}]},
     ".keys[0].products: says something of a key that has to go. Take it away, or write state: present."),
    ({"keys": [{"status": "revoked", "approve": True}]}, ".keys[0].approve: approves the products of a key that is revoked. Keep one of the two."),
    ({"key_expires_in": 60, "keys": [{"expires_in": 60}]},
     ".keys[0].expires_in: says how long the key that Apigee makes is good for, and key_expires_in says it too. Keep one."),
    ({"keys": [{"attributes": {"inference-gateway-key": "x"}}]}, f".keys[0].attributes[inference-gateway-key]: {MARK}"),
]  # fmt: skip
CASES = [(list_, change, wanted) for list_, table in (("products", PRODUCTS), ("developers", DEVELOPERS), ("apps", APPS)) for change, wanted in table]
BASES = {"products": GOLD, "developers": ANN, "apps": CHAT}


def test_there_are_as_many_as_promised() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize(("which", "change", "wanted"), CASES)
def test_refused(which: str, change: dict[str, Any], wanted: str) -> None:
    option, name = NAMED[which]
    assert issues(option, [{**BASES[which], **change}]) == [f"{option}[0] ({name}){wanted}"]


PRODUCT_NAME = "expected a product's name of letters, digits, blanks and ._-$%, without blanks at its ends"
EMAIL = "email address has to be lowercase, and Apigee refuses 'Ann@Example.com'. Write ann@example.com."


@pytest.mark.parametrize(
    ("option", "entries", "wanted"),
    [
        ("apigee_products", [{"name": ".."}], f" (..).name: {PRODUCT_NAME}; got '..'. Write for example llama-gold."),
        ("apigee_products", [{"name": "gold "}], f" (gold ).name: {PRODUCT_NAME}; got 'gold '. Write for example llama-gold."),
        ("apigee_products", [{"name": "a/b"}], f" (a/b).name: {PRODUCT_NAME}; got 'a/b'. Write for example llama-gold."),
        ("apigee_products", [{"display_name": "Gold"}], f": name is missing. Write name: followed by {PRODUCT_NAME.removeprefix('expected ')}."),
        ("apigee_products", ["gold"], ": expected a dictionary with name."),
        ("apigee_developers", [{**ANN, "email": "Ann@Example.com"}], f" (Ann@Example.com).email: {EMAIL}"),
        ("apigee_developers", [{"name": "Ann"}], ": email is missing. Write email: followed by an email address in lower case."),
        (
            "apigee_developers",
            [{**ANN, "email": "ann"}],
            " (ann).email: expected an email address in lower case; got 'ann'. Write for example ann@example.com.",
        ),
        ("apigee_apps", [{**CHAT, "developer": "Ann@Example.com"}], f" (Ann@Example.com/chat).developer: {EMAIL}"),
        ("apigee_apps", [{"name": "chat"}], ": developer is missing. Write developer: followed by an email address in lower case."),
        ("apigee_apps", [SECRET], ": expected a dictionary with developer and name."),
    ],
)
def test_who_an_entry_is(option: str, entries: list[Any], wanted: str) -> None:
    assert issues(option, entries) == [f"{option}[0]{wanted}"]


def test_two_that_are_the_same_one() -> None:
    twice = "is declared twice; the first is"
    remedy = "Rename one, or join the two into one entry."
    assert issues("apigee_apps", [CHAT, {**CHAT, "developer": "bob@example.com"}, CHAT]) == [
        f"apigee_apps[2] (ann@example.com/chat): ann@example.com/chat {twice} apigee_apps[0] (ann@example.com/chat). {remedy}"
    ]
    assert issues("apigee_products", [GOLD, GOLD, {"name": "Gold"}]) == [f"apigee_products[1] (gold): gold {twice} apigee_products[0] (gold). {remedy}"]


@pytest.mark.parametrize("change", [change for change, _wanted in APPS])
def test_no_error_shows_a_secret(change: dict[str, Any]) -> None:
    assert not [line for line in issues("apigee_apps", [{**CHAT, **change}]) if SECRET in line]
