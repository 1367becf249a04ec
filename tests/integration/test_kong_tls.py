# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Admin API behind TLS that wants to see a certificate: the right authority and certificate, and what is said where one of them is wrong."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport
from contract.kong import KongAdmin
from inference_lab.certs import Authority

from .kong_runs import Gateway

SCOUT = [{"name": "scout", "groups": ["scout"], "keys": [{"key": "k-scout-1234"}]}]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    authority = Authority(tmp_path)
    authority.issue("server", "server")
    authority.issue("client", "client")
    (tmp_path / "other").mkdir()
    Authority(tmp_path / "other")
    names = {
        "ca_cert": "ca.crt",
        "client_cert": "client.crt",
        "client_key": "client.key",
        "other": "other/ca.crt",
        "server_cert": "server.crt",
        "server_key": "server.key",
    }
    return {name: str(tmp_path / file) for name, file in names.items()}


@pytest.fixture
def kong(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[KongAdmin]:
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files["ca_cert"])
    context.load_cert_chain(files["server_cert"], files["server_key"])
    context.verify_mode = ssl.CERT_REQUIRED
    with KongAdmin(tls=context) as server:
        yield server


def given(files: dict[str, str], *names: str, **more: Any) -> dict[str, Any]:
    return {name: files[name] for name in names} | more


def test_both_know_each_other(kong: KongAdmin, files: dict[str, str]) -> None:
    gateway = Gateway(kong, **given(files, "ca_cert", "client_cert", "client_key"))
    gateway.ok(SCOUT)
    assert not gateway.ok(SCOUT)["changed"] and len(kong.rows("consumers")) == 1


def test_an_authority_that_need_not_be_known(kong: KongAdmin, files: dict[str, str]) -> None:
    Gateway(kong, **given(files, "client_cert", "client_key", validate_certs=False)).ok(SCOUT)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("client_cert", "client_key"), "not signed by the CA that we were given: check ca_cert, or the CA in kong_admin"),
        (("ca_cert",), "No answer from https://"),
    ],
)
def test_one_does_not_know_the_other(kong: KongAdmin, files: dict[str, str], names: tuple[str, ...], words: str) -> None:
    assert words in Gateway(kong, **given(files, *names)).refused(SCOUT)
    assert kong.rows("consumers") == []


def test_the_wrong_authority(kong: KongAdmin, files: dict[str, str]) -> None:
    message = Gateway(kong, **given(files, "client_cert", "client_key", ca_cert=files["other"])).refused(SCOUT)
    assert "not signed by the CA that we were given" in message


def test_files_that_are_not_there(kong: KongAdmin, files: dict[str, str]) -> None:
    message = Gateway(kong, ca_cert="/nowhere/ca.pem", client_key=files["client_key"]).refused(SCOUT)
    assert "kong_admin.ca_cert: /nowhere/ca.pem does not exist" in message and "kong_admin.client_cert: is missing beside client_key" in message
