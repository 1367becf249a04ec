# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kong_consumers_info over the Admin API: what is read back changes nothing, and shows keys only when asked."""

from __future__ import annotations

import pytest

from .kong_runs import Gateway
from .test_kong_consumers import KEY, PASSWORD, edit, everything, gateway

__all__ = ["gateway"]


@pytest.mark.parametrize("secrets", [False, True])
def test_what_is_read_back_changes_nothing(gateway: Gateway, secrets: bool) -> None:
    gateway.ok(everything())
    found = gateway.ok(None, module="kong_consumers_info", secrets=secrets)
    assert (KEY in gateway.output) is secrets and PASSWORD not in gateway.output
    assert {said["kind"] for said in found["unexpressed"]} == ({"basicauth_credentials"} if secrets else {"basicauth_credentials", "jwt_secrets"})
    entries = {entry["name"]: entry for entry in found["kong_consumers"]}
    assert entries["scout"]["plugins"] == [
        {"plugin": "rate-limiting", "config": {"minute": 60, "hour": 600}},
        {"plugin": "request-size-limiting", "config": {"allowed_payload_size": 8}},
    ]
    with gateway.written() as written:
        assert not gateway.ok(found["kong_consumers"])["changed"]
    assert written == []


def test_reading_names_and_owners(gateway: Gateway) -> None:
    gateway.ok(everything())
    edit(gateway, "/consumers", {"username": "old"}, "POST")
    edit(gateway, "/consumers/old/key-auth", {"key": "k-old-key"}, "POST")
    assert [entry["name"] for entry in gateway.ok(None, module="kong_consumers_info")["kong_consumers"]] == ["maverick", "scout"]
    everyone = Gateway(gateway.kong, owner=None)
    found = everyone.ok(None, module="kong_consumers_info", names=["old"])["kong_consumers"]
    assert found == [{"name": "old", "keys": [{"name": "key-1", "generate": True}], "open": True}]
