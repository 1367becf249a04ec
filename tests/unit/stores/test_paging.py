# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paged lists: all pages, and a server that forgets where we were."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import RefusedError
from ansible_collections.inference.gateway.plugins.module_utils.engine.ownership import ApplySet
from ansible_collections.inference.gateway.plugins.module_utils.stores.discovery import ResourceType
from ansible_collections.inference.gateway.plugins.module_utils.stores.kubernetes import PAGE, KubernetesStore
from ansible_collections.inference.gateway.plugins.module_utils.stores.transport import ApiError

KIND = ResourceType("", "v1", "ConfigMap", "configmaps", True)


class Server:
    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), []

    def request(self, _method: str, _path: str, *, query: dict[str, Any]) -> Any:
        self.asked.append(query)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(*names: str, token: str = "") -> dict[str, Any]:
    return {"metadata": {"continue": token}, "items": [{"metadata": {"name": name, "namespace": "ai"}} for name in names]}


def names(server: Server) -> list[str]:
    store = KubernetesStore(server, None, ApplySet("team", "ai"))
    return [key.name for key, _obj in store.items(KIND, "ai", {"labelSelector": "a"})]


def test_all_pages() -> None:
    server = Server(page("a", "b", token="t"), page("c"))
    assert names(server) == ["a", "b", "c"]
    assert server.asked == [{"labelSelector": "a", "limit": PAGE}, {"labelSelector": "a", "limit": PAGE, "continue": "t"}]


def test_a_server_that_has_forgotten_where_we_were_is_asked_for_all_at_once() -> None:
    server = Server(page("a", token="t"), ApiError(410, {"reason": "Expired"}, "GET", "/"), page("a", "b"))
    assert set(names(server)) == {"a", "b"}
    assert server.asked[-1] == {"labelSelector": "a"}


def test_gone_without_a_token_is_an_error() -> None:
    with pytest.raises(RefusedError):
        names(Server(ApiError(410, {"reason": "Expired"}, "GET", "/")))
