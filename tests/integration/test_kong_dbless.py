# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kong_consumers on a Kong without a database: one document to every node, all or none, nobody else's entities lost, no secret shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from contract.kong import KongAdmin

from .kong_runs import Gateway

KEY, OTHER_KEY, PASSWORD = "k-scout-4711-abcdef", "k-maverick-0815-ghijkl", "correct-horse-battery"
FOREIGN = {
    "_format_version": "3.0",
    "services": [{"name": "theirs", "host": "example.com", "routes": [{"name": "theirs", "paths": ["/theirs"]}]}],
    "consumers": [
        {"username": "old", "keyauth_credentials": [{"key": "k-old-key-of-theirs"}], "basicauth_credentials": [{"username": "old", "password": "p"}]}
    ],
}


@pytest.fixture
def nodes() -> Iterator[tuple[KongAdmin, KongAdmin]]:
    with KongAdmin(database="off") as one, KongAdmin(database="off") as two:
        for node in (one, two):
            assert urllib3.request("POST", f"{node.url}/config", json=FOREIGN).status == 201
        yield one, two


@pytest.fixture
def gateway(nodes: tuple[KongAdmin, KongAdmin]) -> Gateway:
    return Gateway(nodes[0], urls=[node.url for node in nodes])


def scout(key: str = KEY, **more: Any) -> dict[str, Any]:
    return {"name": "scout", "groups": ["scout"], "keys": [{"key": key}], **more}


def maverick(key: str = OTHER_KEY) -> dict[str, Any]:
    return {"name": "maverick", "groups": ["maverick"], "keys": [{"key": key}]}


def keys(node: KongAdmin) -> dict[str, str]:
    """Who has which key."""
    names = {row["id"]: row["username"] for row in node.rows("consumers")}
    return {names[row["consumer"]["id"]]: row["key"] for row in node.rows("keyauth_credentials")}


def test_six_steps(gateway: Gateway, nodes: tuple[KongAdmin, KongAdmin]) -> None:
    rich = scout(basic_auth=[{"username": "scout", "password": PASSWORD}], limits={"requests": {"minute": 60}}, custom_id="42")
    with gateway.written() as written:
        promised = gateway.ok([rich, maverick()], check=True)
    assert written == [] and promised["changed"]
    done = gateway.ok([rich, maverick()])
    assert done["summary"] == promised["summary"] == {"create": 8, "update": 0, "replace": 0, "delete": 0, "keep": 0}
    for node in nodes:
        assert keys(node) == {"old": "k-old-key-of-theirs", "scout": KEY, "maverick": OTHER_KEY}
        assert [row["name"] for row in node.rows("services")] == ["theirs"] and len(node.rows("routes")) == 1
        consumer = next(row["id"] for row in node.rows("consumers") if row["username"] == "scout")
        stored = {row["username"]: row["password"] for row in node.rows("basicauth_credentials")}
        assert stored["scout"] == hashlib.sha1(f"{PASSWORD}{consumer}".encode()).hexdigest()  # noqa: S324 - it is how Kong keeps it
        assert len(stored["old"]) == 40
    with gateway.written() as written:
        assert not gateway.ok([rich, maverick()])["changed"]
    assert written == []
    with gateway.written() as written:
        assert gateway.ok([scout(OTHER_KEY), maverick(KEY)], prune=True)["summary"]["delete"] == 2
    assert len(written) == 1 and written[0].startswith("POST /config?")
    for node in nodes:
        assert keys(node) == {"old": "k-old-key-of-theirs", "scout": OTHER_KEY, "maverick": KEY}
    gateway.ok([{"name": "scout"}], state="absent")
    gateway.ok([], prune=True, prune_limit="100%")
    for node in nodes:
        assert keys(node) == {"old": "k-old-key-of-theirs"} and [row["username"] for row in node.rows("basicauth_credentials")] == ["old"]


def test_a_node_that_differs_is_brought_back(gateway: Gateway, nodes: tuple[KongAdmin, KongAdmin]) -> None:
    """Such as one that was started anew: the first node holds what is declared, and still there is something to do."""
    gateway.ok([scout()])
    urllib3.request("POST", f"{nodes[1].url}/config", json=FOREIGN)
    promised = gateway.ok([scout()], check=True)
    assert promised["changed"] and promised["parent"]["action"] == "update"
    assert gateway.ok([scout()])["changed"] and keys(nodes[1])["scout"] == KEY
    assert not gateway.ok([scout()])["changed"]


def test_all_nodes_or_none(gateway: Gateway, nodes: tuple[KongAdmin, KongAdmin], monkeypatch: pytest.MonkeyPatch) -> None:
    """The second node refuses: the first one has what it had before."""
    from ansible_collections.inference.gateway.plugins.module_utils.stores import transport

    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)
    before = keys(nodes[0])
    nodes[1].fail(1, "503", only=("POST",), times=50)
    message = gateway.refused([scout()])
    assert nodes[1].url in message and "no node has it now" in message and KEY not in gateway.output
    assert keys(nodes[0]) == before
    nodes[1].faults.clear()
    gateway.ok([scout()])
    assert keys(nodes[0]) == keys(nodes[1]) == {**before, "scout": KEY}


def test_what_kong_refuses(gateway: Gateway, nodes: tuple[KongAdmin, KongAdmin]) -> None:
    bad = scout(plugins=[{"plugin": "request-size-limiting", "config": {"allowed_payload_size": "much"}}])
    with gateway.written() as written:
        message = gateway.refused([bad], diff=True)
    assert "kong_consumers[0] (scout)" in message and "allowed_payload_size" in message and written == []
    assert KEY not in gateway.output and "scout" not in keys(nodes[0])


def test_a_key_of_somebody_elses_consumer(gateway: Gateway) -> None:
    with gateway.written() as written:
        message = gateway.refused([scout("k-old-key-of-theirs")])
    assert "nobody's" in message and "k-old-key" not in gateway.output and written == []


def test_a_kong_that_the_ingress_controller_drives(nodes: tuple[KongAdmin, KongAdmin]) -> None:
    driven = json.loads(json.dumps(FOREIGN).replace('"name": "theirs", "host"', '"tags": ["managed-by-ingress-controller"], "name": "theirs", "host"'))
    urllib3.request("POST", f"{nodes[0].url}/config", json=driven)
    gateway = Gateway(nodes[0])
    with gateway.written() as written:
        message = gateway.refused([scout()], backend="dbless")
    assert "ingress controller drives this Kong" in message and "backend: kubernetes" in message and written == []


@pytest.mark.parametrize(
    ("database", "params", "words"),
    [("off", {"backend": "admin"}, "without a database"), ("postgres", {"backend": "dbless"}, "keeps its entities in postgres")],
)
def test_the_wrong_backend(database: Any, params: dict[str, Any], words: str) -> None:
    with KongAdmin(database=database) as kong:
        assert words in Gateway(kong).refused([scout()], **params)


def test_wrong_addresses(nodes: tuple[KongAdmin, KongAdmin], monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.inference.gateway.plugins.module_utils.stores import transport

    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)
    assert "kong_admin.urls[0]" in Gateway(nodes[0], urls=["kong:8001"]).refused([scout()])
    assert "Nothing listens there: is Kong's Admin API running" in Gateway(nodes[0], urls=["http://127.0.0.1:9"]).refused([scout()])
    with KongAdmin() as one, KongAdmin() as two:
        assert "names 2 nodes of a Kong with a database" in Gateway(one, urls=[one.url, two.url]).refused([scout()])


def test_an_enterprise_token_and_workspace() -> None:
    with KongAdmin(token="t-123456", read_only="r-123456", workspaces=("team-a",)) as kong:
        assert "t-123456" not in (message := Gateway(kong, token="wrong-token").refused([scout()])) and "token" in message
        reader = Gateway(kong, token="r-123456", workspace="team-a")
        assert "does not allow" in reader.refused([scout()])
        gateway = Gateway(kong, token="t-123456", workspace="team-a")
        gateway.ok([scout()])
        assert not gateway.ok([scout()])["changed"] and "t-123456" not in gateway.output


@pytest.mark.parametrize("how", ["reset-before", "reset-after", "503", "cut"])
@pytest.mark.parametrize("sick", [0, 1])
def test_any_request_may_fail(nodes: tuple[KongAdmin, KongAdmin], gateway: Gateway, how: Any, sick: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The k-th request to a node fails as often as it is tried, for every k of a change: run again, and both nodes hold what is declared."""
    from ansible_collections.inference.gateway.plugins.module_utils.stores import transport

    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)
    failed, number = 0, 0
    while True:
        number += 1
        one, other = (KEY, OTHER_KEY) if number % 2 else (OTHER_KEY, KEY)
        nodes[sick].fail(number, how, times=transport.ATTEMPTS)
        result = gateway.run([scout(one), maverick(other)])
        assert "Traceback" not in result.get("msg", "") and "exception" not in result, result
        failed += bool(result.get("failed"))
        reached = not nodes[sick].faults
        nodes[sick].faults.clear()
        gateway.ok([scout(one), maverick(other)])
        assert keys(nodes[0]) == keys(nodes[1]) == {"old": "k-old-key-of-theirs", "scout": one, "maverick": other}, (number, how)
        if not reached:
            break
    assert failed and number > 2
