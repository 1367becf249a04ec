# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials for Apigee: never shown, however they are given, and told about in words where they do not serve."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.apigee.server import ApigeeServer

from .apigee_runs import Organization

PEM = "-----BEGIN PRIVATE KEY-----\nline-one-of-the-key\nline-two-of-the-key\n-----END PRIVATE KEY-----\n"
ACCOUNT = {"type": "service_account", "project_id": "acme", "private_key_id": "1", "private_key": PEM, "client_email": "robot@acme.example.com"}
PRODUCT = {"name": "chat", "proxies": ["chat"], "environments": ["prod"]}


@pytest.fixture
def org() -> Iterator[Organization]:
    with ApigeeServer() as server:
        yield Organization(server, "apigee_products", access_token=None)


@pytest.mark.parametrize("given", [ACCOUNT, json.dumps(ACCOUNT), json.dumps(ACCOUNT, indent=2) + "\n"])
@pytest.mark.parametrize("module", ["apigee_products", "apigee_products_info"])
def test_no_part_of_a_service_accounts_key_is_shown(org: Organization, module: str, given: object) -> None:
    """Not of a dictionary either, which Ansible makes to a text with other line breaks than those that it looks for."""
    entries = None if module.endswith("info") else [PRODUCT]
    message = org.refused(entries, module=module, service_account_contents=given)
    assert "service_account_contents: holds no key that can be read" in message
    org.run(entries, module=module, service_account_contents=given, no_such_option=True)
    assert "of-the-key" not in org.output
    org.refused(entries, module=module, service_account_contents=given)
    assert "of-the-key" not in org.output and '"service_account_contents": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"' in org.output


FILES = {"a list": "[]", "half of it": '{"private_key": "of-the-key', "no key": json.dumps(ACCOUNT), "a folder": None, "none": ""}


@pytest.mark.parametrize("which", sorted(FILES))
def test_a_file_of_credentials_that_is_none_is_told(org: Organization, which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, file = FILES[which], tmp_path / "key.json"
    if text:
        file.write_text(text)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path if text is None else file))
    with org.asked() as asked:
        message = org.refused([PRODUCT])
    assert message.startswith("No credentials for Google: ") and str(tmp_path) in message and "of-the-key" not in org.output and asked == []
