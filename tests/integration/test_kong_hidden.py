# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of consumers where one does not look for them: in what is written wrongly, in settings of plugins, in addresses, in what Kong answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport
from contract.kong import KongAdmin

from .kong_runs import Gateway
from .test_kong_consumers import KEY, edit, maverick, scout

SECRET = "sk-0123456789abcdef"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with KongAdmin() as kong:
        yield Gateway(kong)


WRONG: list[dict[str, Any]] = [
    {"keys": SECRET},
    {"keys": [SECRET]},
    {"keys": [[SECRET]]},
    {"keys": {"default": SECRET}},
    {"keys": [{"value": SECRET}]},
    {"keys": [{"kee": SECRET}]},
    {"keys": [{SECRET: None}]},
    {"keys": [{f"key:{SECRET}": None}]},
    {"keys": [{"key": [SECRET]}]},
    {"keys": [{"key": {"from": SECRET}}]},
    {"keys": [{"key": f"{SECRET} {SECRET}"}]},
    {"keys": [{"key": KEY, "generate": SECRET}]},
    {"keys": [{"key": KEY, "ttl": SECRET}]},
    {"keys": [{"key": KEY, "name": f"Slot {SECRET}"}]},
    {"api_key": SECRET},
    {"key": SECRET},
    {"credentials": [{"key-auth": SECRET}]},
    {"basic_auth": SECRET},
    {"basic_auth": [f"scout:{SECRET}"]},
    {"basic_auth": {"scout": SECRET}},
    {"basic_auth": [{"username": "scout", "pass": SECRET}]},
    {"basic_auth": [{"username": "scout", "password": [SECRET]}]},
    {"basic_auth": [{"username": "scout", "password": f"\t{SECRET}"}]},
    {"jwt": [SECRET]},
    {"jwt": [{"key": "issuer", "secret": {"a": SECRET}}]},
    {"jwt": [{"key": "issuer", "shared_secret": SECRET}]},
    {"jwt": [{"key": "issuer", "algorithm": "RS256", "rsa_public_key": SECRET}]},
    {"plugins": [{"plugin": "ai-proxy", "config": SECRET}]},
    {"plugins": SECRET},
    {"plugins": [{"plugin": "ai-proxy", "config": {"auth": {"header_name": "Authorization", "header_value": SECRET}}, "wrong": 1}]},
    {"plugins": [{"plugin": "ai-proxy", "auth": {"header_value": SECRET}}]},
    {"limits": {"requests": {"minute": 1}, "policy": "redis", "redis": {"host": "redis", "password": SECRET}}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=json.dumps)
@pytest.mark.parametrize("inline", [True, False])
def test_what_is_written_wrongly_is_not_shown(gateway: Gateway, wrong: dict[str, Any], inline: bool, tmp_path: Path) -> None:
    """Values of a file are no parameters: Ansible does not know them, and would show them."""
    entries = [maverick(), {"name": "scout", "groups": ["scout"], **wrong}]
    if inline:
        message = gateway.refused(entries, diff=True)
    else:
        (tmp_path / "consumers.yml").write_text(yaml.safe_dump(entries))
        message = gateway.refused(None, src=str(tmp_path / "consumers.yml"), diff=True)
    assert "kong_consumers[1] (scout)" in message or "[1] (scout)" in message, message
    assert SECRET not in gateway.output


UNREADABLE = (f"keys: [{{key: {SECRET}]", f"key: !vault {SECRET}", f'key: "{SECRET}', f"key: {SECRET}: x", f"key: *{SECRET}")


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_file_that_cannot_be_read(gateway: Gateway, text: str, tmp_path: Path) -> None:
    (tmp_path / "consumers.yml").write_text(f"- name: scout\n  {text}")
    gateway.refused(None, src=str(tmp_path / "consumers.yml"))
    assert SECRET not in gateway.output


SETTINGS = {
    "config": {
        "route_type": "llm/v1/chat",
        "auth": {"header_name": "Authorization", "header_value": SECRET},
        "model": {"provider": "openai", "name": "gpt", "options": {"upstream_url": "http://vllm:8000"}},
    }
}


def test_settings_of_plugins(gateway: Gateway) -> None:
    declared = scout(plugins=[{"plugin": "ai-proxy", **SETTINGS}])
    gateway.ok([declared], check=True, diff=True)
    assert SECRET not in gateway.output
    gateway.ok([declared], diff=True)
    assert SECRET not in gateway.output and gateway.kong.rows("plugins")[0]["config"]["auth"]["header_value"] == SECRET
    assert not gateway.ok([declared], diff=True)["changed"]
    changed = json.loads(json.dumps(declared).replace(SECRET, "sk-another-secret"))
    result = gateway.ok([changed], diff=True)
    assert "sk-another-secret" not in gateway.output and SECRET not in gateway.output and "(secret, changed)" in json.dumps(result["diff"])
    hidden = gateway.ok(None, module="kong_consumers_info")
    assert "sk-another-secret" not in gateway.output and "plugins" not in hidden["kong_consumers"][0]
    assert [said["field"] for said in hidden["unexpressed"]] == [".spec.config.auth.header_value"]
    shown = gateway.ok(None, module="kong_consumers_info", secrets=True)["kong_consumers"]
    assert shown[0]["plugins"][0]["config"]["auth"]["header_value"] == "sk-another-secret" and not gateway.ok(shown)["changed"]
    gateway.ok([scout()], prune=True, prune_limit="100%", diff=True)
    assert "sk-another-secret" not in gateway.output


def test_a_value_that_kong_names_in_its_refusal(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes the key between the look and the write: the 409 names it."""
    from ansible_collections.inference.gateway.plugins.module_utils.stores.kong import admin

    real = admin.AdminStore.write

    def late(store: Any, change: Any, seconds: float) -> str:
        monkeypatch.setattr(admin.AdminStore, "write", real)
        edit(gateway, "/consumers", {"username": "thief"}, "POST")
        edit(gateway, "/consumers/thief/key-auth", {"key": KEY}, "POST")
        return real(store, change, seconds)

    monkeypatch.setattr(admin.AdminStore, "write", late)
    message = gateway.refused([scout()], diff=True)
    assert "keyauth_credentials.kong scout/default" in message and KEY not in gateway.output


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_with_a_password_in_it(gateway: Gateway, scheme: str) -> None:
    message = Gateway(gateway.kong, urls=[f"{scheme}://admin:{SECRET}@kong:8001"]).refused([scout()])
    assert "kong_admin.urls[0]" in message and "headers" in message and SECRET not in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"urls": [f"admin:{SECRET}@kong:8001"]}, "kong_admin.urls[0]"),
        ({"urls": [f"http://kong:8001/?token={SECRET}"]}, "kong_admin.urls[0]"),
        ({"urls": ["http://kong:port"]}, "kong_admin.urls[0]"),
        ({"urls": ["http://"]}, "kong_admin.urls[0]"),
        ({"urls": []}, "kong_admin.urls"),
        ({"workspace": "../etc"}, "kong_admin.workspace"),
        ({"workspace": "a b"}, "kong_admin.workspace"),
        ({"headers": {f"Authorization: Bearer {SECRET}": ""}}, "kong_admin.headers"),
        ({"headers": {"Authorization": f"Bearer {SECRET}\r\nX: y"}}, "kong_admin.headers"),
        ({"token": f"{SECRET}\n"}, "kong_admin.token"),
        ({"token": f"{SECRET}ü"}, "kong_admin.token"),
    ],
    ids=str,
)
@pytest.mark.parametrize("module", ["kong_consumers", "kong_consumers_info"])
def test_wrong_ways_to_a_kong(gateway: Gateway, options: dict[str, Any], words: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)
    consumers = [scout()] if module == "kong_consumers" else None
    with gateway.asked() as asked:
        message = Gateway(gateway.kong, **options).refused(consumers, module=module)
    assert words in message and SECRET not in message and asked == []


def test_one_of_many_keys_in_a_place_that_shows_it(gateway: Gateway) -> None:
    """Ansible has to blank it there: so many keys are looked for in one go."""
    many = [{"name": f"c-{number}", "groups": ["a"], "keys": [{"key": f"key-of-{number:03}-abcdef"}]} for number in range(120)]
    many[3]["tags"] = ["key-of-007-abcdef"]
    gateway.ok(many, diff=True, validate=False)
    assert "key-of" not in gateway.output and "c-119" in gateway.output
    assert "key-of-007-abcdef" in json.dumps(gateway.kong.rows("consumers"))
