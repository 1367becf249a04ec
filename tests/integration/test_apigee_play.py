# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml and Apigee alone, with several hosts of one organization. No cluster is needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.apigee.server import TEST_TOKEN, ApigeeServer

from .bare_plays import Done, run

OPERATION = {"source": "llm", "resource": "/v1/chat/completions", "methods": ["POST"]}
PRODUCTS = [
    {
        "name": "chat",
        "display_name": "Chat",
        "environments": ["llm"],
        "operations": [{"source": "llm", "resource": "/v1/chat/completions", "methods": ["POST"]}],
    }
]
EVERYTHING = "apigee_products,apigee_developers,apigee_apps"


@pytest.fixture
def apigee() -> Iterator[ApigeeServer]:
    with ApigeeServer(org="acme") as server:
        yield server


def site(apigee: ApigeeServer, folder: Path, *options: str, tags: str = "apigee_products", playbook: str = "site", **hosts: dict[str, Any]) -> Done:
    shared = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "apigee_organization": "acme",
        "apigee_api_endpoint": apigee.url,
        "apigee_access_token": TEST_TOKEN,
        "apigee_products": PRODUCTS,
    }
    file = folder / "hosts.json"
    file.write_text(json.dumps({"clusters": {"hosts": {name: shared | own for name, own in hosts.items()}}}), encoding="utf-8")
    return run(f"playbooks/{playbook}.yml", file, "--tags", tags, *options)


def test_hosts_that_share_an_organization_and_its_lists_are_written_for_once(apigee: ApigeeServer, tmp_path: Path) -> None:
    done = site(apigee, tmp_path, east={}, west={}, alone={"inference_gateway_owner": "other", "apigee_products": []}, none={"apigee_organization": ""})
    assert done.code == 0, done.output
    assert [seen.method for seen in apigee.writes] == ["POST"]
    assert done.changed == 1


@pytest.mark.parametrize("other", [[], [{**PRODUCTS[0], "name": "other"}]], ids=["none", "another"])
def test_hosts_that_share_an_organization_and_disagree_are_refused(apigee: ApigeeServer, tmp_path: Path, other: list[dict[str, Any]]) -> None:
    """All of them: the second does not take over from the first that was refused."""
    done = site(apigee, tmp_path, east={}, west={"apigee_products": other})
    assert done.code != 0
    assert "east and west declare different products, developers or apps for organization acme under one owner" in done.message
    assert apigee.writes == []


def test_lists_that_name_no_organization_are_an_error_and_not_passed_over(apigee: ApigeeServer, tmp_path: Path) -> None:
    done = site(apigee, tmp_path, east={"apigee_organization": None})
    assert done.code != 0
    assert "east declares apigee_products and no apigee_organization. Write apigee_organization: ID" in done.message
    assert apigee.requests == []


def test_nobody_goes_on_where_the_host_that_writes_has_failed(apigee: ApigeeServer, tmp_path: Path) -> None:
    """Apps without the products that they were to have would be keys that open nothing."""
    lists = {
        "apigee_products": [{**PRODUCTS[0], "quota": {"limit": "many"}}],
        "apigee_developers": [{"email": "ann@example.com", "first_name": "A", "last_name": "L"}],
    }
    done = site(apigee, tmp_path, tags=EVERYTHING, east=lists, west=lists)
    assert done.code != 0
    assert apigee.state.developers == {}


def test_what_a_host_beyond_the_limit_uses_stays(apigee: ApigeeServer, tmp_path: Path) -> None:
    hosts: dict[str, Any] = {"east": {}, "west": {}, "other": {"inference_gateway_owner": "other", "apigee_products": []}}
    assert site(apigee, tmp_path, "--limit", "west", **hosts).code == 0
    one = site(apigee, tmp_path, "--limit", "east", playbook="teardown", **hosts)
    assert (one.code, sorted(apigee.state.products)) == (0, ["chat"]), one.output
    assert "stay: west, left out by --limit, declares them too" in one.message
    both = site(apigee, tmp_path, "--limit", "east,west", playbook="teardown", **hosts)
    assert (both.code, sorted(apigee.state.products)) == (0, []), both.output


def test_where_apigee_is_not_to_be_asked_no_key_is_looked_for(apigee: ApigeeServer, tmp_path: Path) -> None:
    apps = [{"name": "chat", "developer": "ann@example.com", "consumer_key": "{{ vault_that_nobody_has }}"}]
    done = site(apigee, tmp_path, tags="apigee_apps", east={"apigee_organization": "", "apigee_apps": apps})
    assert done.code == 0, done.output
    assert apigee.requests == []


def test_a_product_leaves_the_inventory_together_with_its_keys(apigee: ApigeeServer, tmp_path: Path) -> None:
    """Trap 13: Apigee keeps a product that keys have. The play first takes it from them."""
    lists = {"apigee_developers": [{"email": "ann@example.com", "first_name": "A", "last_name": "L"}], "inference_gateway_prune_limit": "100%"}
    old = {**PRODUCTS[0], "name": "old"}
    app = {"name": "chat", "developer": "ann@example.com"}
    before = {**lists, "inference_gateway_prune": True, "apigee_products": [*PRODUCTS, old], "apigee_apps": [{**app, "products": ["old"]}]}
    assert site(apigee, tmp_path, tags=EVERYTHING, east=before).code == 0
    after = {**before, "apigee_products": PRODUCTS, "apigee_apps": [{**app, "products": ["chat"]}]}
    foreseen = site(apigee, tmp_path, "--check", tags=EVERYTHING, east=after)
    assert foreseen.code == 0, foreseen.output
    assert "apigee_products: 1 delete, 1 keep" in foreseen.output
    done = site(apigee, tmp_path, tags=EVERYTHING, east=after)
    assert done.code == 0, done.output
    assert "apigee_products: 1 delete, 1 keep" in done.output
    assert sorted(apigee.state.products) == ["chat"]
    apigee.forget()
    assert site(apigee, tmp_path, tags=EVERYTHING, east=after).changed == 0
    assert apigee.writes == []
