# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of Apigee as tests declare them, and what they look at afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport
from contract.apigee.server import ApigeeServer

from .apigee_runs import Organization

ANN, BEN = "ann@example.com", "ben+lab@example.com"
KEY, SECRET = "k-scout-4711-abcdef", "s-scout-0815-ghijkl"


@pytest.fixture
def org() -> Iterator[Organization]:
    with ApigeeServer() as server:
        found = Organization(server, "apigee_apps")
        found.seed(products=("gold", "silver"), manual=("locked",), developers=(ANN, BEN), scopes=("read", "write"))
        yield found


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are repeated without a pause."""
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)


def chat(**more: Any) -> dict[str, Any]:
    return {"name": "chat", "developer": ANN, "products": ["gold"], **more}


def keys_of(org: Organization, name: str = "chat", email: str = ANN) -> dict[str, dict[str, Any]]:
    return org.keys(email, name)


def products_of(key: dict[str, Any]) -> dict[str, str]:
    return {each["apiproduct"]: each["status"] for each in key["apiProducts"]}


def attributes_of(entity: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in entity["attributes"]}


def nothing_left(org: Organization, entries: Any, **params: Any) -> None:
    """A second run changes nothing, writes nothing, and says so."""
    before = org.apps()
    with org.written() as written:
        again = org.ok(entries, **params)
    assert not again["changed"] and written == [] and org.apps() == before


def as_promised(org: Organization, entries: Any, **params: Any) -> dict[str, Any]:
    """Check mode says what the run then does, to the letter, and writes nothing."""
    before = org.apps()
    with org.written() as written:
        promised = org.ok(entries, check=True, diff=True, **params)
    assert written == [] and org.apps() == before
    done = org.ok(entries, diff=True, **params)
    assert (done["plan"], done["summary"], done["diff"], done["changed"]) == (promised["plan"], promised["summary"], promised["diff"], promised["changed"])
    nothing_left(org, entries, **params)
    return done


def fields(result: dict[str, Any]) -> list[str]:
    return [field for change in result["plan"] for field in change["fields"]]
