# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Kong says of itself before anything is asked of it: plugins, router, workspaces, what a token may."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores.kong.client import ENTERPRISE
from contract.kong import KongAdmin, meta

from .kong_runs import Gateway
from .test_kong_consumers import scout
from .test_kong_routes import ROUTES, route


@pytest.mark.parametrize("database", ["postgres", "off"])
@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        ("rate-limiting-advanced", "It belongs to the Enterprise edition."),
        ("rate-limitting", "Did you mean rate-limiting?"),
        ("nonsense", "Kong's setting plugins says which it loads."),
    ],
)
def test_a_plugin_that_is_not_there(database: Any, plugin: str, words: str) -> None:
    with KongAdmin(database) as kong:
        gateway = Gateway(kong)
        with gateway.written() as written:
            message = gateway.refused([scout(), {"name": "maverick", "plugins": [{"plugin": plugin}]}])
        assert f"kong_consumers[1] (maverick): plugin {plugin} is not on this Kong (3.9.3, community edition). {words}" in message and written == []


def test_the_plugins_of_the_enterprise_are_not_among_the_others() -> None:
    with KongAdmin() as kong:
        plugins = meta.root(kong.spaces["default"], "community", "postgres", "", "")["plugins"]["available_on_server"]
    assert not ENTERPRISE & set(plugins)


@pytest.mark.parametrize(("version", "taken"), [("3.9.3", True), ("3.7.0", True), ("3.6.1", False), ("3.4.3.13-enterprise-edition", False)])
def test_a_router_of_expressions(version: str, taken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """From release 3.7 on it takes what the others take, and means the same."""
    monkeypatch.setitem(meta.VERSIONS, "community", version)
    with KongAdmin(router_flavor="expressions") as kong:
        gateway = Gateway(kong)
        if taken:
            gateway.ok([route("scout")], **ROUTES)
            assert not gateway.ok([route("scout")], **ROUTES)["changed"]
            return
        with gateway.written() as written:
            message = gateway.refused([route("scout")], **ROUTES)
        assert "router_flavor expressions" in message and "traditional_compatible" in message and written == []
        gateway.ok([scout()])


def test_an_entry_goes_without_its_renderer() -> None:
    with KongAdmin() as kong:
        gateway = Gateway(kong)
        gateway.ok([route("scout"), route("maverick")], **ROUTES)
        gateway.ok([{"name": "scout"}], module="inference_routes", namespace="ai", state="absent")
        assert [row["name"] for row in kong.rows("routes")] == ["ai.maverick.0"]


@pytest.mark.parametrize("database", ["postgres", "off"])
@pytest.mark.parametrize("params", [{}, {"check": True}, {"validate": False}])
def test_a_token_that_may_only_read(database: Any, params: dict[str, Any]) -> None:
    with KongAdmin(database, token="t-123456", read_only="r-123456") as kong:
        Gateway(kong, token="t-123456").ok([scout()])
        reader = Gateway(kong, token="r-123456")
        before = reader.state(made=True)
        assert not reader.ok([scout()], **params)["changed"]
        assert reader.ok(None, module="kong_consumers_info")["kong_consumers"][0]["name"] == "scout"
        message = reader.refused([scout(), {"name": "another"}], **params)
        assert "do not have permissions" in message and "token in kong_admin" in message and "r-123456" not in reader.output
        assert reader.state(made=True) == before


def test_a_workspace_that_is_not_there() -> None:
    with KongAdmin(token="t-123456", workspaces=("team-a",)) as kong:
        assert "Workspace 'team-b' not found" in Gateway(kong, token="t-123456", workspace="team-b").refused([scout()])
        assert "does not accept our credentials" in Gateway(kong).refused([scout()])
