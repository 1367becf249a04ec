# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a Kong without a database, and what our server adds for tests: faults, a log, tokens, workspaces, a controller's traces.

The rules are asked of a real Kong too where KONG_ADMIN_URL names one that has no database; beside each stands the file of Kong's source.
"""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from contract.kong import KongAdmin
from contract.kong.asking import Asking
from contract.kong.fixtures import ASKED, asking
from inference_lab.certs import Authority

Config = dict[str, Any]


@pytest.fixture(scope="module")
def without() -> Iterator[KongAdmin]:
    with KongAdmin("off") as server:
        yield server
        assert not server.crashes


@pytest.fixture(params=ASKED)
def kong(request: pytest.FixtureRequest, without: KongAdmin) -> Iterator[Asking]:
    """A node without a database; what it ran before it runs again after the test."""
    found = asking(request.param, without)
    if found.must("GET", "/")["configuration"]["database"] != "off":
        pytest.skip("this Kong has a database; test_kong_contract.py asks it")
    before = found.must("GET", "/config")["config"]
    yield found
    found.must("POST", "/config", {"config": before})


def config(**entities: Any) -> Config:
    return {"_format_version": "3.0", **entities}


WHOLE = config(
    consumers=[
        {"username": "bob", "tags": ["t"], "keyauth_credentials": [{"key": "k"}], "acls": [{"group": "g"}]},
        {"username": "al", "basicauth_credentials": [{"username": "al", "password": "p"}]},
    ],
    services=[{"name": "s", "url": "http://u:80", "routes": [{"name": "r", "paths": ["/r"], "plugins": [{"name": "key-auth"}]}]}],
    plugins=[{"name": "rate-limiting", "consumer": "bob", "config": {"minute": 3}}],
    upstreams=[{"name": "u", "targets": [{"target": "10.0.0.1:80"}]}],
)


# kong/api/routes/config.lua, kong/db/declarative/{init,export}.lua


def test_what_is_loaded_runs_and_can_be_read_back(kong: Asking) -> None:
    kong.must("POST", "/config", WHOLE)
    bob = kong.must("GET", "/consumers/bob")
    assert kong.must("GET", "/consumers/bob/key-auth")["data"][0]["consumer"] == {"id": bob["id"]}
    first = yaml.safe_load(kong.must("GET", "/config")["config"])
    assert (first["_format_version"], first["_transform"], first["plugins"][0]["protocols"]) == ("3.0", False, ["grpc", "grpcs", "http", "https"])
    assert first["keyauth_credentials"][0]["consumer"] == bob["id"]
    # Hashed once: a password that is read back and loaded again stays what it is.
    kong.must("POST", "/config", {"config": yaml.safe_dump(first)})
    again = yaml.safe_load(kong.must("GET", "/config")["config"])
    assert again["basicauth_credentials"] == first["basicauth_credentials"]


def test_a_load_replaces_everything(kong: Asking) -> None:
    kong.must("POST", "/config", WHOLE)
    kong.must("POST", "/config", config(consumers=[{"username": "new"}]))
    assert [row["username"] for row in kong.must("GET", "/consumers")["data"]] == ["new"]
    assert kong.must("GET", "/services")["data"] == []


def test_ids_are_made_of_names_but_those_of_keys_by_chance(kong: Asking) -> None:
    """kong/db/schema/others/declarative_config.lua: the same configuration gets the same ids on every node, except for credentials with a key."""

    def ids() -> list[str]:
        kong.must("POST", "/config", WHOLE)
        return [kong.must("GET", path)["data"][0]["id"] for path in ("/consumers", "/services", "/plugins", "/acls", "/basic-auths", "/key-auths")]

    first, second = ids(), ids()
    assert first[:5] == second[:5]
    assert first[5] != second[5]


def test_a_list_of_what_a_consumer_owns_says_so_by_its_place(kong: Asking) -> None:
    """What is nested must not name its consumer as well, once Kong looks closely, which it does when anything is wrong."""
    twice = [{"username": "b", "acls": [{"group": "g", "consumer": "b"}]}, {"username": "c", "nick": 1}]
    fields = kong.refused("POST", "/config", config(consumers=twice))[2]
    assert fields == {"consumers": [{"acls": [{"consumer": "value must be null"}]}, {"nick": "unknown field"}]}
    kong.must("POST", "/config", config(consumers=twice[:1]))


def test_the_same_text_is_not_loaded_twice_but_the_same_object_is(kong: Asking) -> None:
    text = yaml.safe_dump(WHOLE)
    kong.must("POST", "/config", {"config": text})
    assert kong.ask("POST", "/config?check_hash=1", {"config": text})[0] == 304
    assert kong.ask("POST", "/config", {"config": text})[0] == 201
    assert kong.send("POST", "/config?check_hash=1", text, {"Content-Type": "text/yaml"})[0] == 304
    assert [kong.ask("POST", "/config?check_hash=1", WHOLE)[0] for _twice in range(2)] == [201, 201]


def test_the_status_tells_the_hash(kong: Asking) -> None:
    """kong/api/routes/health.lua"""
    kong.must("POST", "/config", {"config": yaml.safe_dump(WHOLE)})
    first = kong.must("GET", "/status")
    kong.must("POST", "/config", {"config": yaml.safe_dump(config())})
    second = kong.must("GET", "/status")
    assert len(first["configuration_hash"]) == 32
    assert first["configuration_hash"] != second["configuration_hash"]
    assert "database" not in first


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", "/consumers", {"username": "x"}, "cannot create 'consumers' entities when not using a database"),
        ("PUT", "/consumers/x", {}, "cannot create or update 'consumers' entities by 'username' when not using a database"),
        ("PATCH", "/consumers/bob", {"tags": []}, "cannot update 'consumers' entities by 'username' when not using a database"),
        ("DELETE", "/consumers/bob", None, "cannot remove 'consumers' entities by 'username' when not using a database"),
    ],
)
def test_nothing_is_written_but_by_config(kong: Asking, method: str, path: str, body: Any, told: str) -> None:
    """kong/db/strategies/off/init.lua"""
    kong.must("POST", "/config", WHOLE)
    assert kong.ask(method, path, body) == (405, {"message": told, "name": "operation unsupported", "code": 12})


def test_what_is_wrong_or_absent_is_said_first(kong: Asking) -> None:
    assert kong.refused("POST", "/consumers", {})[:2] == (400, 2)
    assert kong.refused("PATCH", "/consumers/nobody", {})[:2] == (404, 6)
    assert kong.ask("DELETE", "/consumers/nobody")[0] == 204


# kong/db/schema/others/declarative_config.lua, kong/db/errors.lua


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"consumers": []}, {"_format_version": "required field missing"}),
        (config(nothing=[]), {"nothing": "unknown field"}),
        (config(consumers=[{"username": "a"}, {"username": "b", "nick": 1}]), {"consumers": [None, {"nick": "unknown field"}]}),
        (
            config(consumers=[{"username": "a", "custom_id": "c"}, {"username": "b", "custom_id": "c"}]),
            {"consumers": {"b": "uniqueness violation: 'consumers' entity with custom_id set to 'c' already declared"}},
        ),
        (
            config(consumers=[{"username": "a"}, {"username": "a"}]),
            {"consumers": [None, "uniqueness violation: 'consumers' entity with username set to 'a' already declared"]},
        ),
    ],
)
def test_a_load_that_is_wrong_changes_nothing(kong: Asking, given: Config, fields: Any) -> None:
    kong.must("POST", "/config", WHOLE)
    assert kong.refused("POST", "/config", {"config": json.dumps(given)}) == (400, 14, fields)
    assert kong.must("GET", "/consumers/bob")["username"] == "bob"


def test_a_reference_that_leads_nowhere(kong: Asking) -> None:
    key = str(uuid4())
    status, code, fields = kong.refused("POST", "/config", config(acls=[{"id": key, "group": "g", "consumer": "ghost"}]))
    told = "invalid reference 'consumer: ghost' (no such entry in 'consumers')"
    assert (status, code, fields) == (400, 14, {"acls": {key: [told]}})


def test_a_reference_of_an_entity_without_a_name_that_leads_nowhere() -> None:
    """Kong files the error under a name that is null, and cannot write that as JSON: read off its code, so only ours is asked."""
    with KongAdmin("off") as server:
        wrong = config(plugins=[{"name": "rate-limiting", "consumer": "ghost", "config": {"minute": 1}}])
        assert Asking(server.url).ask("POST", "/config", wrong)[0] == 500
        assert Asking(server.url).ask("POST", "/config?flatten_errors=1", wrong)[1]["code"] == 14


def test_errors_by_entity_show_the_entity_with_its_secrets(kong: Asking) -> None:
    wrong = config(consumers=[{"username": "b", "tags": ["t"], "keyauth_credentials": [{"key": "secret", "nick": 1}]}], services=[{"name": "s"}])
    status, body = kong.ask("POST", "/config?flatten_errors=1", wrong)
    assert (status, body["fields"]) == (400, {})
    found = {error["entity_type"]: error for error in body["flattened_errors"]}
    assert found["keyauth_credential"]["entity"]["key"] == "secret"
    assert found["keyauth_credential"]["errors"] == [{"type": "field", "field": "nick", "message": "unknown field"}]
    assert (found["service"]["entity_name"], found["service"]["errors"][0]["field"]) == ("s", "host")


def test_a_page_without_a_database_may_be_empty_and_yet_go_on(kong: Asking) -> None:
    """kong/db/strategies/off/init.lua: the page is cut before its tags are looked at."""
    kong.must("POST", "/config", config(consumers=[{"username": str(each), "tags": ["t"] if each == 7 else []} for each in range(12)]))
    pages = kong.pages("/consumers?size=2&tags=t")
    assert [row["username"] for page in pages for row in page] == ["7"]
    assert len(pages) >= 6


def test_config_is_nothing_for_a_kong_with_a_database() -> None:
    with KongAdmin() as server:
        told = {"message": "this endpoint is only available when Kong is configured to not use a database"}
        assert Asking(server.url).ask("GET", "/config") == (400, told)
        assert Asking(server.url).ask("POST", "/config", WHOLE) == (400, told)


# What our server adds


@pytest.fixture
def server() -> Iterator[KongAdmin]:
    with KongAdmin() as found:
        yield found


@pytest.mark.parametrize(("how", "done"), [("reset-before", False), ("reset-after", True), ("cut", True)])
def test_a_connection_that_breaks(server: KongAdmin, how: Any, done: bool) -> None:
    server.fail(2, how)
    ask = Asking(server.url)
    ask.must("POST", "/consumers", {"username": "first"})
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)) as broken:
        ask.ask("POST", "/consumers", {"username": "second"})
    # A connection that is only closed is another error than one that is reset.
    assert not isinstance(broken.value, http.client.RemoteDisconnected)
    assert [row["username"] for row in server.rows("consumers")] == ["first", "second"][: 1 + done]
    assert [(seen.method, seen.path, seen.status) for seen in server.log] == [("POST", "/consumers", 201), ("POST", "/consumers", 0)]


@pytest.mark.parametrize("how", ["409", "429", "500", "503"])
def test_a_refusal_on_demand(server: KongAdmin, how: Any) -> None:
    server.fail(1, how, only=("PATCH",), times=2)
    ask = Asking(server.url)
    ask.must("PUT", "/consumers/b", {})
    assert [ask.ask("PATCH", "/consumers/b", {})[0] for _each in range(3)] == [int(how), int(how), 200]
    assert server.writes == 4
    server.forget()
    ask.must("POST", "/schemas/consumers/validate", {"username": "x"})
    assert (server.writes, len(server.requests("POST"))) == (0, 1)


def test_tokens_and_workspaces() -> None:
    with KongAdmin(token="all", read_only="some", workspaces=("team",)) as server:
        assert Asking(server.url).ask("GET", "/")[0] == 401
        assert Asking(server.url, "wrong").ask("GET", "/") == (401, {"message": "Invalid RBAC credentials"})
        reader, writer = Asking(server.url, "some"), Asking(server.url, "all")
        assert reader.must("GET", "/")["edition"] == "enterprise"
        assert reader.ask("POST", "/consumers", {"username": "x"})[0] == 403
        for path in ("", "/team"):
            writer.must("POST", f"{path}/consumers", {"username": "same"})
        assert len(server.rows("consumers", "team")) == len(server.rows("consumers")) == 1
        assert writer.ask("GET", "/nobody/consumers")[0] == 404
        assert [row["name"] for row in writer.must("GET", "/workspaces")["data"]] == ["default", "team"]


@pytest.mark.parametrize("database", ["postgres", "off"])
def test_the_traces_of_a_controller(database: Any) -> None:
    with KongAdmin(database, kic=True) as server:
        found = Asking(server.url).must("GET", "/services?tags=managed-by-ingress-controller")["data"]
        assert [row["name"] for row in found] == ["default.web.80"]


def test_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.issue("server", "server")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    with KongAdmin(tls=context) as server:
        asking = Asking(server.url, tls=ssl.create_default_context(cafile=str(tmp_path / "ca.crt")))
        assert asking.must("POST", "/consumers", {"username": "b"})["username"] == "b"


def test_it_serves_as_a_program_too() -> None:
    command = [sys.executable, "-m", "contract.kong", "--database", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as program:
        assert program.stdout is not None
        try:
            assert Asking(program.stdout.readline().strip()).must("GET", "/")["configuration"]["database"] == "off"
        finally:
            program.terminate()
