# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes as objects of Kong's ingress controller, against the API server with the rules of Gateway API's and the controller's kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract import kong_crds
from inference_lab import Lab

from .conftest import Cluster


@pytest.fixture(scope="module", autouse=True)
def _kinds(lab: Lab, crds: Path) -> None:
    """``crds`` brings Gateway API."""
    assert crds
    kong_crds.install(lab)


def model(name: str, **fields: Any) -> dict[str, Any]:
    rule = {
        "path": "/ai/models",
        "headers": {"X-Model": name},
        "rewrite": {"path": {"prefix": "/"}},
        "timeouts": {"backend": "600s"},
        "backends": [{"service": name, "port": 8000}],
    }
    return {"name": name, "parents": ["kong"], "access": {"groups": [name]}, "rules": [rule], **fields}


EVERYTHING = [
    model("scout", limits={"requests": {"minute": 60}, "policy": "redis", "redis": {"host": "redis", "secret": "redis"}}),
    model("llama", access={"groups": ["b", "a"], "header": "X-Key"}, annotations={"konghq.com/plugins": "own"}, hostnames=["*.example.com"]),
    {
        "name": "mixed",
        "grants": False,
        "parents": [{"name": "kong", "listener": "https"}],
        "access": {"open": True},
        "rules": [
            {"name": "gpt", "path": "/gpt", "backends": [{"provider": "openai", "model": "gpt-5-mini", "secret": "openai"}]},
            {"path": {"exact": "/v1.0"}, "headers": {"M": {"regex": "g.*"}}, "backends": [{"service": "a", "port": 80}, {"service": "b", "port": 80}]},
            {"path": {"regex": "/v[12]"}, "cors": {"allow_origins": ["https://*.example.com"]}, "backends": [{"service": "a", "port": 80}]},
            {"path": "/old", "redirect": {"scheme": "https", "hostname": "a.example.com"}},
            {"path": "/ai", "rewrite": {"path": {"prefix": "/v1"}}, "backends": [{"service": "c", "namespace": "other-ns", "port": 80}]},
        ],
    },
]
"""All that an HTTPRoute for Kong can say."""
SIMPLE = [{**entry, "rules": [{**rule, "timeouts": None} for rule in entry["rules"]]} for entry in (model("scout"), model("llama", hostnames=["a.b", "c.d"]))]


def run(cluster: Cluster, entries: list[dict[str, Any]], **params: Any) -> dict[str, Any]:
    return cluster.ok("inference_routes", renderer="kong", inference_routes=entries, **params)


def test_everything_is_accepted_and_is_the_same_the_second_time(cluster: Cluster) -> None:
    with cluster.no_writes():
        promised = run(cluster, EVERYTHING, check=True)
    done = run(cluster, EVERYTHING)
    assert done["summary"] == promised["summary"] and done["summary"]["create"] == 10
    with cluster.no_writes():
        assert run(cluster, EVERYTHING)["changed"] is False
    route = cluster.get("httproute/scout")
    assert route["metadata"]["annotations"]["konghq.com/plugins"] == "scout-route-key-auth,scout-route-acl,scout-route-rate-limiting"
    plugin = cluster.get("kongplugin/scout-route-rate-limiting")
    assert (plugin["plugin"], plugin["config"]) == ("rate-limiting", {"minute": 60, "policy": "redis", "redis": {"host": "redis"}})


def test_without_gateway_api(cluster: Cluster) -> None:
    kong = {"gateway_api": False}
    assert run(cluster, SIMPLE, kong=kong)["summary"]["create"] == 6
    with cluster.no_writes():
        assert run(cluster, SIMPLE, kong=kong)["changed"] is False
    assert [rule["host"] for rule in cluster.get("ingress/llama")["spec"]["rules"]] == ["a.b", "c.d"]
    run(cluster, [{"name": "llama"}], state="absent", kong=kong)
    assert cluster.names("ingress,kongplugin") == {
        "ingress.networking.k8s.io/scout",
        *(f"kongplugin.configuration.konghq.com/scout-route-{kind}" for kind in ("acl", "key-auth")),
    }


def test_from_gateway_api_to_ingresses_and_back(cluster: Cluster) -> None:
    run(cluster, SIMPLE, prune=True)
    moved = run(cluster, SIMPLE, prune=True, kong={"gateway_api": False})
    assert {(change["action"], change["kind"].partition(".")[0]) for change in moved["plan"] if change["action"] != "keep"} == {
        ("create", "Ingress"),
        ("delete", "HTTPRoute"),
    }
    assert run(cluster, SIMPLE, prune=True)["summary"]["delete"] == 2


def test_plugins_come_before_the_route_that_names_them_and_go_after_it(cluster: Cluster) -> None:
    with cluster.writes() as writes:
        run(cluster, [model("scout")])
    paths = [write.partition("?")[0].rpartition("/")[2] for write in writes if "configmaps" not in write]
    assert sorted(paths[:2]) == ["scout-route-acl", "scout-route-key-auth"]
    assert paths[2:] == ["scout"]
    opened = run(cluster, [model("scout", access={"open": True})], prune=True, prune_limit="100%")
    assert opened["summary"] == {"create": 0, "update": 1, "replace": 0, "delete": 2, "keep": 0}
    assert cluster.names("kongplugin,httproute") == {"httproute.gateway.networking.k8s.io/scout"}


def test_read_back_an_entry_tells_all_of_its_object(cluster: Cluster) -> None:
    """Plugins are objects of their own; the entry keeps the annotation that names them, and renders to the same object for any gateway."""
    run(cluster, [model("scout")])
    found = cluster.ok("inference_routes_info", owner=None)
    assert found["unexpressed"] == []
    (entry,) = found["inference_routes"]
    assert entry["annotations"]["konghq.com/plugins"] == "scout-route-key-auth,scout-route-acl"
