# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules against a server for Apigee's management API; what counts is what that server holds and was asked."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from contract.apigee.asking import Asking
from contract.apigee.server import TEST_TOKEN, ApigeeServer

Result = dict[str, Any]
MADE = ("appId", "developerId", "createdAt", "lastModifiedAt", "issuedAt", "expiresAt")
"""What only the server makes, and makes anew each time."""


class Organization:
    """An organisation as a test sees it: a module about one list, what stands, and what was asked."""

    def __init__(self, server: ApigeeServer, module: str, owner: str = "team", **params: Any) -> None:
        self.server = server
        self.module = module
        self.params = {"organization": server.state.name, "api_endpoint": server.url, "access_token": TEST_TOKEN, "owner": owner, **params}
        self.output = ""

    def seed(self, products: tuple[str, ...] = (), manual: tuple[str, ...] = (), developers: tuple[str, ...] = (), scopes: tuple[str, ...] = ()) -> None:
        """Made by another hand, and not counted."""
        asking = self.asking()
        for name in (*products, *manual):
            approval = "manual" if name in manual else "auto"
            asking.must("POST", "/apiproducts", {"name": name, "displayName": name, "approvalType": approval, "scopes": list(scopes)})
        for email in developers:
            asking.must("POST", "/developers", {"email": email, "firstName": "A", "lastName": "B", "userName": email})
        asking.link.close()
        self.server.forget()

    def asking(self) -> Asking:
        """Another hand."""
        return Asking(self.server.url, self.server.state.name, TEST_TOKEN, exact=True)

    def run(self, entries: Any, *, check: bool = False, diff: bool = False, module: str = "", **params: Any) -> Result:
        name = module or self.module
        found = importlib.import_module(f"ansible_collections.inference.gateway.plugins.modules.{name}")
        out = io.StringIO()
        declared = {} if entries is None else {name: entries}
        args = {**self.params, **declared, **params, "_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_verbosity": 3}
        with patch_module_args(args), contextlib.redirect_stdout(out), pytest.raises(SystemExit):
            found.main()
        assert not self.server.crashes, self.server.crashes
        self.output = out.getvalue()
        return json.loads(self.output.strip().splitlines()[-1])

    def ok(self, entries: Any, **params: Any) -> Result:
        result = self.run(entries, **params)
        assert not result.get("failed"), result["msg"]
        return result

    def refused(self, entries: Any, **params: Any) -> str:
        result = self.run(entries, **params)
        assert result.get("failed"), result
        assert "Traceback" not in result["msg"] and "exception" not in result, result
        return str(result["msg"])

    @contextlib.contextmanager
    def asked(self, *methods: str) -> Iterator[list[str]]:
        """Requests within the block, of these methods or of all, as "METHOD path?query" below the organisation, filled in at its end."""
        start = len(self.server.requests)
        found: list[str] = []
        yield found
        found += [_line(seen, self.server.state.name) for seen in self.server.requests[start:] if not methods or seen.method in methods]

    def written(self) -> contextlib.AbstractContextManager[list[str]]:
        """Those of them that change something."""
        return self.asked("POST", "PUT", "PATCH", "DELETE")

    def apps(self) -> dict[str, Any]:
        """All apps with their keys, without what is made anew each time, so that two states can be compared. Keys that are not ``known`` go by their slot."""
        return {f"{email}/{name}": _app(app) for (email, name), app in sorted(self.server.state.apps.items())}

    def keys(self, email: str, name: str) -> dict[str, dict[str, Any]]:
        """The keys of an app by slot, as the server has them; those without a slot by their value."""
        return {_slot(each) or each["consumerKey"]: each for each in self.server.state.apps[email, name]["credentials"]}


def _line(seen: Any, organization: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in seen.query.items())
    return f"{seen.method} {seen.path.removeprefix(f'/v1/organizations/{organization}')}" + (f"?{query}" if query else "")


def _app(app: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in app.items() if name not in (*MADE, "credentials")}
    plain["attributes"] = sorted(app["attributes"], key=lambda each: each["name"])
    plain["credentials"] = sorted((_key(each) for each in app["credentials"]), key=lambda each: json.dumps(each, sort_keys=True))
    return plain


def _key(key: dict[str, Any]) -> dict[str, Any]:
    """Values that the server or we made at random are no part of it."""
    plain = {name: value for name, value in key.items() if name not in (*MADE, "consumerKey", "consumerSecret")}
    plain |= {name: key[name] for name in ("consumerKey", "consumerSecret") if len(key[name]) < 40}
    plain["expires"] = key["expiresAt"] != "-1" and int(key["expiresAt"]) - int(key["issuedAt"])
    plain["attributes"] = sorted(key["attributes"], key=lambda each: each["name"])
    plain["apiProducts"] = sorted(key["apiProducts"], key=lambda each: each["apiproduct"])
    return plain


def _slot(key: dict[str, Any]) -> str:
    return next((each["value"] for each in key["attributes"] if each["name"] == "inference-gateway-key"), "")
