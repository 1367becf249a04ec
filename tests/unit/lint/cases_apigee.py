# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hits and misses of the rules about Apigee."""

from __future__ import annotations

from typing import Any

from unit.lint.cases_routes import CASE

TOOLS = {"source": "mcp", "operations": ["tools/list"]}
QUOTA = {"limit": 5, "interval": 1, "unit": "minute"}
REST = {"source": "chat", "resource": "/v1"}
LLM = {**REST, "model": "llama", "quota": QUOTA}
ANN = {"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"}
SECRET = "s3cr3t-value"


def product(**fields: Any) -> dict[str, Any]:
    return {"name": "gold", "proxies": ["chat"], "environments": ["prod"], **fields}


def app(**fields: Any) -> dict[str, Any]:
    return {"name": "chat", "developer": "ann@example.com", "products": ["gold"], **fields}


def products(**fields: Any) -> dict[str, Any]:
    return {"products": [product(**fields)]}


def apps(*entries: dict[str, Any], **lists: Any) -> dict[str, Any]:
    return {"apps": list(entries), **lists}


def both(key: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An app with a key, beside the product that it has."""
    return apps(app(keys=[key]), **products(**fields))


OWN = {"name": "own", "consumer_key": SECRET}

CASES: list[CASE] = [
    ("apigee-opens-every-api", products(proxies=[]), "(gold): names no proxies and no operations, so its keys open every API of the organisation."),
    ("apigee-opens-every-api", products(proxies=None, api_resources=["/v1"]), "names no proxies"),
    ("apigee-opens-every-api", products(proxies=None, open=True), ""),
    ("apigee-opens-every-api", products(proxies=None, payload_operations=[TOOLS]), ""),
    ("apigee-opens-every-environment", products(environments=None), "(gold).environments: names none, so the product counts in every environment."),
    ("apigee-opens-every-environment", products(environments=[], open=True), ""),
    ("apigee-opens-every-environment", products(), ""),
    ("apigee-quota-without-unit", products(llm_quota={"limit": 5, "interval": 1}), "(gold).llm_quota: has no unit of time."),
    ("apigee-quota-without-unit", products(quota=QUOTA, llm_quota={}), ""),
    ("apigee-tokens-without-model", products(llm_quota=QUOTA, operations=[REST]), "counts tokens, and no operation says of which model."),
    ("apigee-tokens-without-model", products(llm_quota=QUOTA, llm_operations=[LLM]), ""),
    ("apigee-tokens-without-model", products(llm_quota={}), ""),
    ("apigee-counter-without-quota", products(quota_counter_scope="PROXY", quota={}), "says where a quota counts, and the product has none."),
    ("apigee-counter-without-quota", products(quota_counter_scope="PROXY", quota=QUOTA), ""),
    ("apigee-public-without-limit", products(access="public", approval="auto", operations=[REST]), "is public, approves keys by itself and has no quota."),
    ("apigee-public-without-limit", products(access="public", approval="auto", operations=[{**REST, "quota": QUOTA}]), ""),
    ("apigee-public-without-limit", products(access="public", approval="manual"), ""),
    ("apigee-public-without-limit", products(access="private", approval="auto"), ""),
    ("apigee-payload-beside-paths", products(proxies=[], operations=[REST], payload_operations=[TOOLS]), "stands beside operations, whose calls"),
    ("apigee-payload-beside-paths", products(proxies=[], payload_operations=[TOOLS]), ""),
    (
        "apigee-key-twice",
        apps(app(keys=[OWN]), app(name="other", keys=[{"name": "mine", "consumer_key": SECRET}])),
        "(ann@example.com/other).keys[0].consumer_key: is that of apigee_apps[0] (ann@example.com/chat).keys[0] too.",
    ),
    ("apigee-key-twice", apps(app(keys=[OWN, {"name": "b", "consumer_key": SECRET}])), "keys[1].consumer_key: is that of"),
    ("apigee-key-twice", apps(app(keys=[OWN, {"name": "b", "consumer_key": "other"}, {"name": "c", "consumer_key": SECRET, "state": "absent"}])), ""),
    ("apigee-product-unknown", apps(app(), **products(name="silver")), "has a key for gold, which apigee_products does not declare."),
    ("apigee-product-unknown", apps(app(keys=[{"products": ["bronze"]}]), **products()), "has a key for bronze"),
    ("apigee-product-unknown", apps(app(), **products()), ""),
    ("apigee-product-unknown", apps(app()), ""),
    ("apigee-developer-unknown", apps(app(), developers=[]), "is ann@example.com, whom apigee_developers does not declare."),
    ("apigee-developer-unknown", apps(app(), developers=[ANN]), ""),
    ("apigee-developer-unknown", apps(app()), ""),
    ("apigee-developer-inactive", apps(app(), developers=[{**ANN, "status": "inactive"}]), "belongs to ann@example.com, who is inactive"),
    ("apigee-developer-inactive", apps(app(status="revoked"), developers=[{**ANN, "status": "inactive"}]), ""),
    ("apigee-developer-inactive", apps(app(), developers=[ANN]), ""),
    ("apigee-keys-end-together", apps(app(key_expires_in=60)), "has one key, which runs out."),
    ("apigee-keys-end-together", apps(app(keys=[{"expires_in": 60}, {"name": "b", "state": "absent"}])), "has one key, which runs out."),
    ("apigee-keys-end-together", apps(app(keys=[{"expires_in": 60}, {"name": "b", "expires_in": 120}])), ""),
    ("apigee-keys-end-together", apps(app(key_expires_in=60, keys=[OWN])), ""),
    ("apigee-keys-end-together", apps(app(key_expires_in=-1)), ""),
    ("apigee-waits-for-approval", apps(app(), **products(approval="manual")), "(ann@example.com/chat): waits for approval of gold."),
    ("apigee-waits-for-approval", both({"name": "b"}, approval="manual"), "(ann@example.com/chat).keys[0]: waits for approval of gold."),
    ("apigee-waits-for-approval", both({"approve": False}, approval="manual"), ""),
    ("apigee-waits-for-approval", both({}, approval="auto"), ""),
    ("apigee-scope-unknown", both({"scopes": ["write"]}, scopes=["read"]), "keys[0].scopes: write is in none of its products."),
    ("apigee-scope-unknown", apps(app(scopes=["write"]), **products(scopes=[])), "(ann@example.com/chat).scopes: write is in none of its products."),
    ("apigee-scope-unknown", both({"scopes": ["read"]}, scopes=["read"]), ""),
    ("apigee-scope-unknown", both({"scopes": ["write"]}), ""),
    ("apigee-automatic-key-stays", apps(app(keys=[OWN])), "the key that Apigee makes with the app stays beside them."),
    ("apigee-automatic-key-stays", apps(app(purge_keys=False, keys=[OWN])), ""),
    ("apigee-automatic-key-stays", apps(app(keys=[OWN, {}])), ""),
    ("apigee-automatic-key-stays", apps(app()), ""),
]
