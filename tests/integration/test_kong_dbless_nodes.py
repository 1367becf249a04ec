# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of a Kong without a database that are not as one would like them: empty, of different opinions, changed meanwhile, unreadable, slow to answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport
from ansible_collections.inference.gateway.plugins.module_utils.stores.kong import dbless, document
from contract.kong import KongAdmin

from .kong_runs import Gateway
from .test_kong_dbless import FOREIGN, KEY, keys, maverick, scout

PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n"
Nodes = tuple[KongAdmin, KongAdmin]


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)
    with KongAdmin(database="off") as one, KongAdmin(database="off") as two:
        yield one, two


@pytest.fixture
def gateway(nodes: Nodes) -> Gateway:
    return Gateway(nodes[0], urls=[node.url for node in nodes])


def load(node: KongAdmin, config: dict[str, Any]) -> None:
    assert urllib3.request("POST", f"{node.url}/config", json=config).status == 201


def test_a_first_node_that_was_started_anew_empties_no_other(gateway: Gateway, nodes: Nodes) -> None:
    load(nodes[1], FOREIGN)
    gateway.ok([scout()])
    for node in nodes:
        assert keys(node) == {"old": "k-old-key-of-theirs", "scout": KEY} and [row["name"] for row in node.rows("services")] == ["theirs"]
    assert not gateway.ok([scout()])["changed"]


def test_nodes_of_two_opinions_are_not_brought_together(gateway: Gateway, nodes: Nodes) -> None:
    load(nodes[0], FOREIGN)
    load(nodes[1], {"_format_version": "3.0", "services": [{"name": "another", "host": "example.org"}]})
    before = [gateway.state(), nodes[1].rows("services")]
    for check in (True, False):
        message = gateway.refused([scout()], check=check)
        assert "hold different entities that are not ours" in message and nodes[1].url in message and "k-old" not in gateway.output
    assert [gateway.state(), nodes[1].rows("services")] == before


def test_ids_that_nodes_made_up_are_no_difference(gateway: Gateway, nodes: Nodes) -> None:
    jwt = {"key": "issuer", "algorithm": "RS256", "rsa_public_key": PUBLIC_KEY}
    unnamed = {
        "_format_version": "3.0",
        "services": [{"host": "example.com", "routes": [{"paths": ["/theirs"]}]}],
        "consumers": [{"username": "old", "jwt_secrets": [jwt]}],
    }
    for node in nodes:
        load(node, unnamed)
    gateway.ok([scout()])
    assert keys(nodes[0]) == keys(nodes[1]) == {"scout": KEY}


def test_what_another_run_has_written_meanwhile_is_not_lost(gateway: Gateway, nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two owners at once: the one that comes later looks again."""
    other = Gateway(nodes[0], "rivals", urls=[node.url for node in nodes])
    real = dbless.DblessStore.write_whole

    def late(store: dbless.DblessStore, changes: Any) -> None:
        monkeypatch.setattr(dbless.DblessStore, "write_whole", real)
        other.ok([maverick()])
        real(store, changes)

    monkeypatch.setattr(dbless.DblessStore, "write_whole", late)
    assert "changed by another hand" in gateway.refused([scout()])
    assert set(keys(nodes[0])) == set(keys(nodes[1])) == {"maverick"}
    gateway.ok([scout()])
    assert set(keys(nodes[0])) == {"maverick", "scout"}


def test_an_answer_that_is_lost_leaves_no_node_behind(gateway: Gateway, nodes: Nodes) -> None:
    """The second node takes it and nobody hears of it: both get back what they had."""
    nodes[1].fail(1, "reset-after", only=("POST",), times=transport.ATTEMPTS)
    monkey = gateway.run([scout()], validate=False)
    assert monkey["failed"] and "no node has it now" in monkey["msg"] and KEY not in gateway.output
    assert keys(nodes[0]) == keys(nodes[1]) == {}


def test_a_node_that_the_ingress_controller_drives_beside_one_that_it_does_not(gateway: Gateway, nodes: Nodes) -> None:
    certificate = {"snis": [{"name": "example.com", "tags": ["managed-by-ingress-controller"]}]}
    assert document.driven([{}, certificate])
    load(nodes[1], {"_format_version": "3.0", "services": [{"name": "web", "host": "web", "tags": ["managed-by-ingress-controller"]}]})
    assert "ingress controller drives this Kong" in gateway.refused([scout()], backend="dbless")


def test_a_time_to_live_is_sent_as_the_time_until_when(gateway: Gateway, nodes: Nodes) -> None:
    """Kong gives out what is left, and takes the end itself: what it gave out and gets back would have been over for decades."""
    load(nodes[0], {"_format_version": "3.0", "consumers": [{"username": "old", "keyauth_credentials": [{"key": "k-old", "ttl": int(time.time()) + 900}]}]})
    declared = [scout(keys=[{"key": KEY, "ttl": 3600}])]
    gateway.ok(declared)
    for node in nodes:
        left = {row["key"]: row["ttl"] for row in node.rows("keyauth_credentials")}
        assert 3590 <= left[KEY] <= 3600 and 890 <= left["k-old"] <= 900
    assert not gateway.ok(declared)["changed"]
    gateway.ok([*declared, maverick()])
    assert 3590 <= next(row["ttl"] for row in nodes[1].rows("keyauth_credentials") if row["key"] == KEY) <= 3600
    gateway.ok([scout(keys=[{"key": KEY}]), maverick()])
    assert [row["ttl"] for row in nodes[1].rows("keyauth_credentials") if row["key"] == KEY] == [None]


@pytest.mark.parametrize("text", ["services: [", "just text", "- a\n- b\n", "services:\n- 1\n", "? [a, b]\n: c\n- d"])
def test_a_configuration_that_cannot_be_read(gateway: Gateway, nodes: Nodes, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import contract.kong.dbless as server

    monkeypatch.setattr(server, "exported", lambda _space: text)
    with gateway.written() as written:
        message = gateway.refused([scout()])
    assert nodes[0].url in message and "nothing was written" in message and written == []


def test_text_is_read_as_kong_writes_it() -> None:
    """Its writer takes no dates for dates; a number of more than fourteen digits it writes without a point. A certificate is a block."""
    text = (
        "_format_version: '3.0'\n_transform: false\nvaults:\n- name: env\n  tags:\n  - 2026-11-21\n  - 'yes'\n  - '0x1F'\n  - 2026-11-21T10:00:00Z\n  - =\n"
        "  config:\n    big: 1e+15\n    part: 0.5\n    whole: -12\n    none: ~\n    empty: []\n  pem: |-\n    -----BEGIN\n    x\n  ok: true\n"
    )
    found = document.parsed(text, "here")
    assert json.loads(json.dumps(found))["vaults"] == [
        {
            "name": "env",
            "tags": ["2026-11-21", "yes", "0x1F", "2026-11-21T10:00:00Z", "="],
            "config": {"big": 1e15, "part": 0.5, "whole": -12, "none": None, "empty": []},
            "pem": "-----BEGIN\nx",
            "ok": True,
        }
    ]
    assert document.parsed("", "here") == document.FORMAT


def test_sections_that_we_do_not_know_go_on_unchanged(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vaults, certificates, workspaces, a comment: sent back as they came, and no secret in them is shown when Kong refuses."""
    import contract.kong.dbless as server

    unknown = {
        "_workspace": "default",
        "_info": {"select_tags": ["a"]},
        "vaults": [{"id": "5", "name": "env", "prefix": "my-env", "config": {"prefix": "X"}}],
        "certificates": [{"id": "6", "cert": "-----BEGIN", "key": "private-key-of-theirs"}],
        "snis": [{"id": "7", "name": "example.com", "certificate": "6"}],
    }
    whole = {"_format_version": "3.0", "_transform": False, **unknown}
    monkeypatch.setattr(server, "exported", lambda _space: json.dumps(whole))
    sent: list[dict[str, Any]] = []

    def given(_call: Any, params: Any) -> Any:
        sent.append(json.loads(params["config"]))
        raise server.errors.AnswerError(400, {"message": "declarative config is invalid: private-key-of-theirs", "name": "invalid declarative configuration"})

    monkeypatch.setattr(server, "_given", given)
    gateway = Gateway(nodes[0])
    message = gateway.refused([scout()])
    assert {name: sent[0][name] for name in unknown} == unknown and [row["username"] for row in sent[0]["consumers"]] == ["scout"]
    assert "(secret)" in message and "private-key" not in gateway.output and KEY not in gateway.output


def test_what_kong_makes_up_is_the_same_on_all_nodes(gateway: Gateway, nodes: Nodes) -> None:
    """The secret of a jwt credential that has a public key, which no inventory says."""
    jwt = {"key": "issuer", "algorithm": "RS256", "rsa_public_key": PUBLIC_KEY}
    declared = [{"name": "scout", "groups": ["scout"], "jwt": [jwt], "keys": [{"generate": True}]}]
    gateway.ok(declared)
    assert len({row["secret"] for node in nodes for row in node.rows("jwt_secrets")}) == 1
    assert not gateway.ok(declared)["changed"]
    gateway.ok([*declared, maverick()])
    assert not gateway.ok([*declared, maverick()])["changed"]


def test_consumers_are_read_from_a_node_that_has_them(gateway: Gateway, nodes: Nodes) -> None:
    gateway.ok([scout()])
    load(nodes[0], {"_format_version": "3.0"})
    assert [entry["name"] for entry in gateway.ok(None, module="kong_consumers_info")["kong_consumers"]] == ["scout"]
