# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kong of somebody else against demands, and what its controller says by Events."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.servers.kong import (
    GATEWAY_CONTROLLER,
    INGRESS_CONTROLLER,
    UNMANAGED,
    Demand,
    lacks,
    marks,
    verdict,
)


def ingress_class(name: str = "kong", controller: str = INGRESS_CONTROLLER) -> dict[str, Any]:
    return {"kind": "IngressClass", "metadata": {"name": name}, "spec": {"controller": controller}}


def gateway_class(name: str = "kong", controller: str = GATEWAY_CONTROLLER, **annotations: str) -> dict[str, Any]:
    return {"kind": "GatewayClass", "metadata": {"name": name, "annotations": annotations}, "spec": {"controllerName": controller}}


def deployment(image: str = "kong:3.9.3", container: str = "proxy", env_from: bool = False, **env: str) -> dict[str, Any]:
    proxy: dict[str, Any] = {"name": container, "image": image, "env": [{"name": name, "value": value} for name, value in env.items()]}
    if env_from:
        proxy["envFrom"] = [{"secretRef": {"name": "settings"}}]
    containers = [{"name": "ingress-controller", "image": "kong/kubernetes-ingress-controller:3.5"}, proxy]
    return {"metadata": {"namespace": "kong", "name": "kong-kong"}, "spec": {"template": {"spec": {"containers": containers}}}}


def said(demand: Demand, *deployments: dict[str, Any], **found: Any) -> str:
    return " ".join(lacks(demand, {"deployment": "kong/kong-kong", "deployments": deployments} | found))


FULL = Demand(min_version="3.4.1", edition="community", database="dbless", plugins=["key-auth", "acl"])
ROOT = {
    "version": "3.9.3",
    "edition": "community",
    "configuration": {"database": "off"},
    "plugins": {"available_on_server": {"key-auth": {"version": "3.9.3"}, "acl": True}},
}


def test_nothing_is_missing_where_everything_is_there() -> None:
    assert said(FULL, deployment(KONG_DATABASE="off")) == ""
    assert said(FULL, admin=[{"url": "https://a:8444", "root": ROOT}]) == ""


def test_everything_that_is_missing_is_said_at_once() -> None:
    demand = Demand(ingress_class="kong", gateway_class="kong", min_version="3.9.3", edition="enterprise", database="postgres", plugins=["ours", "acl"])
    found = said(demand, deployment("kong:3.4.0", KONG_DATABASE="off", KONG_PLUGINS="off"))
    assert "There is no IngressClass kong." in found
    assert "There is no GatewayClass kong." in found
    assert "the version is 3.4.0, and 3.9.3 or newer is demanded" in found
    assert "the edition is community, and enterprise is demanded" in found
    assert "the database is dbless, and postgres is demanded" in found
    assert "plugin ours, acl is not there" in found


@pytest.mark.parametrize(
    ("image", "wanted", "expected"),
    [
        ("docker.io/kong:3.9.3-ubuntu", "3.9.3", ""),
        ("registry:5000/mirror/kong:3.10.0.1", "3.9.3", ""),
        ("kong:3.9", "3.9", ""),
        ("kong:3.9", "3.9.3", "which may be older than 3.9.3"),
        ("kong:3.8", "3.9.3", "the version is 3.8, and 3.9.3 or newer is demanded"),
        ("kong:latest", "3.9.3", "does not tell the version"),
        ("kong@sha256:0123", "3.9.3", "does not tell the version"),
    ],
)
def test_version_of_an_image(image: str, wanted: str, expected: str) -> None:
    found = said(Demand(min_version=wanted), deployment(image))
    assert expected in found
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    ("there", "demand", "expected"),
    [
        (deployment(), Demand(database="dbless"), "the database is postgres, and dbless"),
        (deployment(env_from=True), Demand(database="dbless"), "does not tell the database"),
        (deployment(env_from=True), Demand(plugins=["acl"]), "does not tell which plugins it has"),
        (deployment(KONG_PLUGINS="bundled, ours"), Demand(plugins=["acl", "ours"]), ""),
        (deployment(KONG_PLUGINS="acl"), Demand(plugins=["acl", "key-auth"]), "plugin key-auth is not there"),
        (deployment(), Demand(plugins=["ai-proxy-advanced"]), "plugin ai-proxy-advanced is not there"),
        (deployment("kong/kong-gateway:3.14"), Demand(plugins=["ai-proxy-advanced"], edition="enterprise"), ""),
        (deployment("mirror/ours:1"), Demand(edition="community"), "does not tell the edition"),
        (deployment("mirror/ours:1", container="main"), Demand(edition="community"), "(no container of it is Kong) does not tell the edition"),
    ],
)
def test_what_an_environment_tells(there: dict[str, Any], demand: Demand, expected: str) -> None:
    found = said(demand, there)
    assert expected in found
    assert bool(found) == bool(expected)


def test_no_deployment() -> None:
    assert "There is no Deployment kong/kong-kong. Name the one" in said(FULL)


def test_the_admin_api_counts_more_and_every_node_is_looked_at() -> None:
    older = {"url": "https://b:8444", "root": ROOT | {"version": "3.4.0"}}
    silent = {"url": "https://c:8444", "problem": "The Admin API at https://c:8444 did not tell."}
    found = said(FULL, deployment("kong:2.8"), admin=[{"url": "https://a:8444", "root": ROOT}, older, silent])
    assert found == "https://b:8444: the version is 3.4.0, and 3.4.1 or newer is demanded. The Admin API at https://c:8444 did not tell."


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ([gateway_class(**{UNMANAGED: "true"})], ""),
        ([gateway_class()], f"lacks annotation {UNMANAGED}"),
        ([gateway_class(controller="istio.io/gateway-controller")], "GatewayClass kong belongs to istio.io/gateway-controller. None names"),
        ([gateway_class("other")], "There is no GatewayClass kong. Name other in kong_gateway_class."),
    ],
)
def test_gateway_class(classes: list[dict[str, Any]], expected: str) -> None:
    found = said(Demand(gateway_class="kong"), deployment(), gateway_classes=classes)
    assert expected in found
    assert bool(found) == bool(expected)


def test_ingress_class() -> None:
    assert said(Demand(ingress_class="kong"), deployment(), ingress_classes=[ingress_class()]) == ""
    assert "belongs to k8s.io/nginx" in said(Demand(ingress_class="kong"), deployment(), ingress_classes=[ingress_class(controller="k8s.io/nginx")])


def event(uid: str, version: str, reason: str, message: str = "", kind: str = "KongPlugin", name: str = "acl") -> dict[str, Any]:
    who = {"kind": kind, "namespace": "ai", "name": name}
    return {"metadata": {"uid": uid, "resourceVersion": version}, "reason": reason, "message": message, "involvedObject": who}


FAILED, APPLIED = "KongConfigurationTranslationFailed", "KongConfigurationSucceeded"


def test_only_what_is_new_counts_and_an_event_that_comes_again_is_new() -> None:
    old, again = event("1", "10", FAILED, "old"), event("2", "11", FAILED, "again")
    before = marks([old, again])
    found = verdict([old, event("2", "20", FAILED, "again")], before)
    assert found == {"failures": [{"object": "KongPlugin ai/acl", "reason": FAILED, "message": "again"}], "applied": False}


def test_applied_and_other_events() -> None:
    assert verdict([event("1", "1", APPLIED, kind="Pod"), event("2", "1", "Pulled", kind="Pod")], []) == {"failures": [], "applied": True}


def test_the_objects_come_before_the_controllers_pod_and_each_once() -> None:
    refused = event("1", "1", "KongConfigurationApplyFailed", "refused", kind="Pod", name="kong-1")
    found = verdict([refused, event("2", "1", f"Fallback{FAILED}", "broken"), event("3", "1", f"Fallback{FAILED}", "broken")], [])
    assert [row["object"] for row in found["failures"]] == ["KongPlugin ai/acl", "Pod ai/kong-1"]


@pytest.mark.parametrize(
    "message",
    [
        "uniqueness violation: 'keyauth_credentials' entity with key set to 's3cret-key' already declared",
        "UNIQUE violation detected on '{key=\"s3cret-key\"}'",
        'refused: {"key":"s3cret-key"}',
        'refused: {\\"key\\": \\"s3cret-key\\"}',
    ],
)
def test_values_that_kong_quotes_are_hidden(message: str) -> None:
    (row,) = verdict([event("1", "1", FAILED, message)], [])["failures"]
    assert "s3cret-key" not in row["message"]
    assert "(hidden)" in row["message"]
