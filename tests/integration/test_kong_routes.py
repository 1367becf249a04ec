# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""inference_routes over Kong's Admin API: services, routes, upstreams, targets and plugins out of the portable text, as one owned set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport
from contract.kong import KongAdmin

from .kong_runs import Gateway

ROUTES: dict[str, Any] = {"module": "inference_routes", "renderer": "kong", "namespace": "ai"}


@pytest.fixture(params=["postgres", "off"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    with KongAdmin(database=request.param) as kong:
        yield Gateway(kong)


def route(name: str, **more: Any) -> dict[str, Any]:
    rule = {
        "path": "/ai/models",
        "headers": {"X-Model": name},
        "rewrite": {"path": {"prefix": "/"}},
        "timeouts": {"backend": "600s"},
        "backends": [{"service": name, "port": 8000}],
    }
    return {"name": name, "access": {"groups": [name]}, "limits": {"requests": {"minute": 60}}, "rules": [{**rule, **more}]}


def split(first: int, second: int) -> list[dict[str, Any]]:
    return [{"service": "scout-a", "port": 8000, "weight": first}, {"service": "scout-b", "port": 8000, "weight": second}]


def test_six_steps(gateway: Gateway) -> None:
    declared = [route("scout", backends=split(80, 20)), route("maverick")]
    with gateway.written() as written:
        promised = gateway.ok(declared, check=True, **ROUTES)
    assert written == []
    done = gateway.ok(declared, **ROUTES)
    assert done["summary"] == promised["summary"] == {"create": 13, "update": 0, "replace": 0, "delete": 0, "keep": 0}
    (scout,) = [row for row in gateway.kong.rows("routes") if row["name"] == "ai.scout.0"]
    assert scout["paths"] == ["~/ai/models$", "/ai/models/"] and scout["headers"] == {"X-Model": ["scout"]} and scout["strip_path"] is True
    (service,) = [row for row in gateway.kong.rows("services") if row["id"] == scout["service"]["id"]]
    (upstream,) = gateway.kong.rows("upstreams")
    assert service["read_timeout"] == 600_000 and service["host"] == upstream["name"]
    assert {row["target"]: row["weight"] for row in gateway.kong.rows("targets")} == {"scout-a.ai.svc:8000": 80, "scout-b.ai.svc:8000": 20}
    plugins = {row["name"]: row["config"] for row in gateway.kong.rows("plugins") if row["route"]["id"] == scout["id"]}
    assert set(plugins) == {"key-auth", "acl", "rate-limiting"} and plugins["acl"]["allow"] == ["scout"]
    assert plugins["key-auth"]["hide_credentials"] is True and plugins["key-auth"]["key_in_query"] is False
    with gateway.written() as written:
        assert not gateway.ok(declared, **ROUTES)["changed"]
    assert written == []
    changed = gateway.ok([route("scout", backends=split(50, 50)), route("maverick")], **ROUTES)
    assert sorted(change["name"] for change in changed["plan"] if change["action"] == "update") == [
        "ai.scout.0/scout-a.ai.svc:8000",
        "ai.scout.0/scout-b.ai.svc:8000",
    ]
    assert {row["weight"] for row in gateway.kong.rows("targets")} == {50}
    gateway.ok([route("maverick")], prune=True, prune_limit="100%", **ROUTES)
    assert [row["name"] for row in gateway.kong.rows("routes")] == ["ai.maverick.0"] and gateway.kong.rows("targets") == []
    gateway.ok([{"name": "maverick"}], state="absent", **ROUTES)
    assert not any(gateway.state().values())


def test_consumers_and_routes_of_one_owner_are_two_sets(gateway: Gateway) -> None:
    gateway.ok([route("scout")], prune=True, **ROUTES)
    gateway.ok([{"name": "scout", "groups": ["scout"], "keys": [{"key": "k-scout-1234"}], "limits": {"requests": {"minute": 5}}}], prune=True)
    gateway.ok([], prune=True, prune_limit="100%", **ROUTES)
    assert [row["name"] for row in gateway.kong.rows("plugins")] == ["rate-limiting"] and len(gateway.kong.rows("consumers")) == 1


def test_what_belongs_to_others_stays(gateway: Gateway) -> None:
    Gateway(gateway.kong, "rivals").ok([route("maverick")], **ROUTES)
    before = gateway.state(made=True)
    gateway.ok([route("scout")], prune=True, **ROUTES)
    gateway.ok([], prune=True, prune_limit="100%", **ROUTES)
    assert gateway.state(made=True) == before


def test_another_renderer_makes_nothing_for_a_kong(gateway: Gateway) -> None:
    message = gateway.refused([route("scout")], module="inference_routes")
    assert "renderer: gateway_api makes objects of a cluster, and kong_admin is given. Write renderer: kong" in message


def test_any_answer_may_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_args: None)
    steps = [
        ([route("scout", backends=split(80, 20))], {}),
        ([route("scout", backends=split(10, 90)), route("maverick")], {}),
        ([route("maverick")], {"prune": True}),
    ]
    with KongAdmin() as calm:
        undisturbed = Gateway(calm)
        counts, states = [], []
        for declared, params in steps:
            with undisturbed.asked() as asked:
                undisturbed.ok(declared, concurrency=1, prune_limit="100%", **params, **ROUTES)
            counts.append(len(asked))
            states.append(undisturbed.state())
    for step, (declared, params) in enumerate(steps):
        for number in range(1, counts[step] + 1):
            with KongAdmin() as kong:
                shaken = Gateway(kong)
                for earlier, more in steps[:step]:
                    shaken.ok(earlier, prune_limit="100%", **more, **ROUTES)
                kong.fail(number, "reset-after")
                result = shaken.run(declared, concurrency=1, prune_limit="100%", **params, **ROUTES)
                assert "exception" not in result, result
                shaken.ok(declared, prune_limit="100%", **params, **ROUTES)
                assert shaken.state() == states[step], (step, number)
