# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who we are to Google: google-auth's own code against a token endpoint on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import GatewayError, InputError
from ansible_collections.inference.gateway.plugins.module_utils.stores.apigee import auth, client
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class Tokens(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []
    status = 200

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        body = {"access_token": f"token-{len(self.asked)}", "expires_in": 3600, "token_type": "Bearer"}
        text = json.dumps(body if self.status == 200 else {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: Any) -> None:
        """Silent."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Tokens, "asked", [])
    monkeypatch.setattr(Tokens, "status", 200)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/token"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def pem() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.private_bytes(*kinds).decode()


def account(endpoint: str, pem: str) -> dict[str, str]:
    email = "robot@project.iam.gserviceaccount.com"
    return {"type": "service_account", "client_email": email, "private_key": pem, "private_key_id": "1", "project_id": "project", "token_uri": endpoint}


def headers(**params: Any) -> dict[str, str]:
    return dict(auth.tokens(params, requests.Session())())


def test_a_token_is_sent_as_it_is() -> None:
    assert headers(access_token="ya29.x") == {"authorization": "Bearer ya29.x"}
    assert headers(access_token="ya29.x", quota_project="billing") == {"authorization": "Bearer ya29.x", "x-goog-user-project": "billing"}


@pytest.mark.parametrize("way", ["file", "text", "dictionary", "default"])
def test_a_service_account_asks_for_a_token_once(way: str, endpoint: str, pem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = account(endpoint, pem)
    (tmp_path / "key.json").write_text(json.dumps(info), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    given: dict[str, dict[str, Any]] = {
        "file": {"service_account_file": str(tmp_path / "key.json")},
        "text": {"service_account_contents": json.dumps(info)},
        "dictionary": {"service_account_contents": info},
        "default": {},
    }
    ask = auth.tokens(given[way], requests.Session())
    assert dict(ask())["authorization"] == dict(ask())["authorization"] == "Bearer token-1"
    assert len(Tokens.asked) == 1 and "jwt-bearer" in Tokens.asked[0]


def test_calls_are_counted_for_the_quota_project(endpoint: str, pem: str) -> None:
    assert headers(service_account_contents=account(endpoint, pem), quota_project="billing")["x-goog-user-project"] == "billing"


def test_another_account_is_acted_as(endpoint: str, pem: str) -> None:
    found = auth._credentials({"service_account_contents": account(endpoint, pem), "impersonate_service_account": "deputy@project.iam.gserviceaccount.com"})
    assert (found._target_principal, found._target_scopes) == ("deputy@project.iam.gserviceaccount.com", list(auth.SCOPES))


def test_a_refused_key_is_told_without_its_text(endpoint: str, pem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tokens, "status", 400)
    with pytest.raises(GatewayError, match=r"No access token for Apigee: .*invalid_grant") as caught:
        headers(service_account_contents=account(endpoint, pem))
    assert "PRIVATE" not in str(caught.value)


def test_nothing_to_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(GatewayError, match=r"No credentials for Google: .* Give access_token"):
        headers()


REFUSED = [
    ({"access_token": "a", "service_account_file": "/dev/null"}, "service_account_file is given beside access_token"),
    ({"access_token": "a\nb"}, "access_token holds a line break"),
    ({"service_account_file": "/nowhere/key.json"}, "/nowhere/key.json does not exist where the module runs"),
    ({"service_account_contents": "{secret"}, "service_account_contents holds no JSON"),
    ({"service_account_contents": {"type": "authorized_user", "refresh_token": "secret"}}, "is not the key of a service account"),
    ({"service_account_contents": {"type": "service_account", "private_key": "secret"}}, "holds no key that can be read"),
    ({"api_endpoint": "http://apigee.example.com"}, "api_endpoint is plain http"),
    ({"api_endpoint": "https://user:secret@apigee.example.com"}, "api_endpoint holds a user name or password"),
    ({"api_endpoint": "https://apigee.example.com/v2"}, "expected the address of a server"),
    ({"organization": "organizations/acme"}, "Write the id alone"),
    ({"organization": ""}, "expected the id of an organisation"),
]


@pytest.mark.parametrize(("params", "wanted"), REFUSED)
def test_refused_before_anything_is_asked(params: dict[str, Any], wanted: str) -> None:
    given = {"organization": "acme", "api_endpoint": "https://apigee.googleapis.com", **params}
    with pytest.raises(InputError) as caught:
        client.connect(given, 2)
    text = str(caught.value)
    assert wanted in text.replace(": ", " ") and "secret" not in text


def test_no_part_of_a_key_is_in_a_message_about_an_address() -> None:
    spelled = client.connect({"organization": "acme", "api_endpoint": "http://127.0.0.1:1", "access_token": "t"}, 2).transport.spelled
    assert spelled("/v1/organizations/acme/developers/a/apps/b/keys/VALUE") == "/v1/organizations/acme/developers/a/apps/b/keys/(key)"
    assert spelled("/x/keys/VALUE/apiproducts/gold") == "/x/keys/(key)/apiproducts/gold"
    assert spelled("/x/keys/create") == "/x/keys/create"
