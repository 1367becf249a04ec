# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module itself: lists with secrets in them are looked at, and none is shown, whatever becomes of the run."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.inference.gateway.plugins.modules import inference_lint

SECRET = "s3cr3t-value"
KEY = {"name": "own", "consumer_key": SECRET, "consumer_secret": f"{SECRET}-2"}


def run(**params: Any) -> tuple[dict[str, Any], str]:
    out = io.StringIO()
    with patch_module_args({**params, "_ansible_verbosity": 3}), contextlib.redirect_stdout(out), pytest.raises(SystemExit):
        inference_lint.main()
    text = out.getvalue()
    found: dict[str, Any] = json.loads(text.strip().splitlines()[-1])
    return found, text


def app(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "developer": "ann@example.com", "keys": [KEY], "purge_keys": True, **fields}


def test_keys_of_apigee_are_compared_and_not_shown() -> None:
    result, text = run(apigee_apps=[app("chat"), app("search")])
    assert [finding["rule"] for finding in result["findings"]] == ["apigee-key-twice"]
    assert result["invocation"]["module_args"]["apigee_apps"][0]["keys"][0]["name"] == "own"
    assert SECRET not in text


@pytest.mark.parametrize("params", [{"apigee_apps": [app("chat", consumer_key=SECRET)]}, {"apigee_apps": [f"consumer_key:{SECRET}"]}, {"renderer": "none"}])
def test_no_failure_shows_a_key(params: dict[str, Any]) -> None:
    result, text = run(**{"apigee_apps": [app("chat")], **params})
    assert result["failed"]
    assert SECRET not in text


def test_products_that_an_app_names_are_looked_for_in_the_other_list() -> None:
    result, _text = run(apigee_products=[{"name": "gold", "proxies": ["chat"], "environments": ["prod"]}], apigee_apps=[app("chat", products=["gould"])])
    assert [finding["rule"] for finding in result["findings"]] == ["apigee-product-unknown"]


def test_a_blank_at_the_end_of_a_path_is_to_be_removed() -> None:
    routes = [{"name": "chat", "parents": ["gw"], "rules": [{"path": "/v1 ", "backends": [{"service": "a", "port": 80}]}]}]
    result, _text = run(inference_routes=routes)
    assert [finding["problem"] for finding in result["findings"]] == ["path '/v1 ' ends with a blank, which is to be removed."]
