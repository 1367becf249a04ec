# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules against a server for Kong's Admin API; what counts is what that server holds and was asked."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from contract.kong import KongAdmin

Result = dict[str, Any]
MADE = ("id", "created_at", "updated_at")
KINDS = ("consumers", "keyauth_credentials", "acls", "basicauth_credentials", "jwt_secrets", "plugins", "services", "routes", "upstreams", "targets")


class Gateway:
    """A Kong as a test sees it: the module, what stands, and what was asked."""

    def __init__(self, kong: KongAdmin, owner: str | None = "team", **admin: Any) -> None:
        self.kong = kong
        self.owner = owner
        self.admin = {"urls": [kong.url], **admin}

    def run(self, consumers: Any, *, check: bool = False, diff: bool = False, module: str = "kong_consumers", **params: Any) -> Result:
        found = importlib.import_module(f"ansible_collections.inference.gateway.plugins.modules.{module}")
        out = io.StringIO()
        declared = {} if consumers is None else {module: consumers}
        args = {"owner": self.owner, "kong_admin": self.admin, **declared, **params, "_ansible_check_mode": check, "_ansible_diff": diff}
        with patch_module_args(args), contextlib.redirect_stdout(out), pytest.raises(SystemExit):
            found.main()
        self.output = out.getvalue()
        return json.loads(self.output.strip().splitlines()[-1])

    def ok(self, consumers: Any, **params: Any) -> Result:
        result = self.run(consumers, **params)
        assert not result.get("failed"), result["msg"]
        return result

    def refused(self, consumers: Any, **params: Any) -> str:
        result = self.run(consumers, **params)
        assert result.get("failed"), result
        assert "Traceback" not in result["msg"] and "exception" not in result, result
        return str(result["msg"])

    @contextlib.contextmanager
    def asked(self) -> Iterator[list[str]]:
        """Requests within the block as "METHOD path", filled in at its end."""
        start = len(self.kong.log)
        found: list[str] = []
        yield found
        found += [f"{seen.method} {seen.path}" for seen in self.kong.log[start:]]

    @contextlib.contextmanager
    def written(self) -> Iterator[list[str]]:
        """Those of them that change something."""
        start = len(self.kong.log)
        found: list[str] = []
        yield found
        found += [f"{seen.method} {seen.path}" for seen in self.kong.log[start:] if seen.method != "GET" and "/validate" not in seen.path]

    def state(self, *, made: bool = False) -> dict[str, Any]:
        """All that the gateway holds; by default without what only the server makes, so that two states can be compared. A configuration that is loaded as a
        whole gives each entity new times.
        """
        left_out = () if made and self.kong.database != "off" else MADE[1:] if made else MADE
        names = {row["id"]: row.get("username") or row.get("name") for kind in ("consumers", "services", "routes", "upstreams") for row in self.kong.rows(kind)}
        found = {}
        for kind in KINDS:
            rows = [{name: _named(value, names) for name, value in row.items() if name not in left_out} for row in self.kong.rows(kind)]
            found[kind] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
        return found


def _named(value: Any, names: dict[str, Any]) -> Any:
    return names.get(value["id"], value) if isinstance(value, dict) and set(value) == {"id"} else value
