# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kong_consumers as objects of Kong's ingress controller, against the API server with the rules of the controller's kinds."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract import kong_crds
from inference_lab import Lab

from .conftest import Cluster

KEY, OTHER_KEY = "k-scout-4711-abcdef", "k-maverick-0815-ghijkl"


@pytest.fixture(scope="module", autouse=True)
def _kinds(lab: Lab) -> None:
    kong_crds.install(lab)


@pytest.fixture(autouse=True)
def _tidy(cluster: Cluster) -> Iterator[None]:
    """A key is unique in the whole cluster, and a consumer's name: a namespace that takes its time to go would still hold it."""
    yield
    cluster.kubectl("delete", "secrets", "-l", "konghq.com/credential")
    cluster.kubectl("delete", "kongconsumers", "--all")


def scout(key: str = KEY, **more: Any) -> dict[str, Any]:
    return {"name": "scout", "groups": ["scout"], "keys": [{"key": key}], **more}


def maverick(key: str = OTHER_KEY) -> dict[str, Any]:
    return {"name": "maverick", "groups": ["Maverick_FP8"], "keys": [{"key": key}]}


def secrets(cluster: Cluster) -> dict[str, dict[str, str]]:
    found = json.loads(cluster.kubectl("get", "secrets", "-l", "konghq.com/credential", "-o", "json"))["items"]
    return {
        f"{obj['metadata']['labels']['konghq.com/credential']} {obj['metadata']['name']}": {
            name: base64.b64decode(value).decode() for name, value in obj["data"].items()
        }
        for obj in found
    }


def test_six_steps(cluster: Cluster) -> None:
    rich = scout(
        custom_id="42",
        basic_auth=[{"username": "scout", "password": "correct-horse-battery"}],
        jwt=[{"name": "idp", "key": "issuer", "secret": "shared-secret-of-jwt"}],
        limits={"requests": {"minute": 60}},
    )
    declared = {"kong_consumers": [rich, maverick()]}
    with cluster.no_writes():
        promised = cluster.ok("kong_consumers", check=True, **declared)
    done = cluster.ok("kong_consumers", diff=True, **declared)
    assert done["summary"] == promised["summary"] and done["summary"]["create"] == 9
    assert KEY not in json.dumps(done) and "correct-horse" not in json.dumps(done)
    group = next(name for name in secrets(cluster) if name.startswith("acl maverick"))
    assert secrets(cluster) == {
        "key-auth scout-key-default": {"key": KEY},
        "acl scout-acl-scout": {"group": "scout"},
        "basic-auth scout-basic-scout": {"username": "scout", "password": "correct-horse-battery"},
        "jwt scout-jwt-idp": {"key": "issuer", "secret": "shared-secret-of-jwt"},
        "key-auth maverick-key-default": {"key": OTHER_KEY},
        group: {"group": "Maverick_FP8"},
    }
    consumer = cluster.get("kongconsumer/scout")
    assert consumer["username"] == "scout" and consumer["custom_id"] == "42"
    assert sorted(consumer["credentials"]) == ["scout-acl-scout", "scout-basic-scout", "scout-jwt-idp", "scout-key-default"]
    notes = consumer["metadata"]["annotations"]
    assert notes["kubernetes.io/ingress.class"] == "kong" and notes["konghq.com/plugins"] == "scout-consumer-rate-limiting"
    assert cluster.get("kongplugin/scout-consumer-rate-limiting")["config"]["minute"] == 60
    with cluster.no_writes():
        assert not cluster.ok("kong_consumers", **declared)["changed"]
    cluster.kubectl("patch", "kongconsumer", "scout", "--type=merge", "-p", '{"custom_id": "43"}')
    drift = cluster.ok("kong_consumers", check=True, force_conflicts=True, **declared)
    assert [change["fields"] for change in drift["plan"] if change["action"] == "update"] == [[".custom_id"]]
    cluster.ok("kong_consumers", kong_consumers=[maverick()], prune=True, prune_limit="100%")
    assert set(secrets(cluster)) == {"key-auth maverick-key-default", group} and cluster.names("kongconsumers") == {
        "kongconsumer.configuration.konghq.com/maverick"
    }
    cluster.ok("kong_consumers", kong_consumers=[{"name": "maverick"}], state="absent")
    assert secrets(cluster) == {} and cluster.names("kongconsumers,kongplugins") == set()


def test_a_generated_key_is_made_once(cluster: Cluster) -> None:
    declared = [{"name": "scout", "groups": ["scout"], "keys": [{"generate": True}]}]
    result = cluster.ok("kong_consumers", kong_consumers=declared, diff=True)
    key = secrets(cluster)["key-auth scout-key-default"]["key"]
    assert len(key) == 43 and key not in json.dumps(result)
    with cluster.no_writes():
        assert not cluster.ok("kong_consumers", kong_consumers=declared)["changed"]


def test_keys_change_hands_without_ever_being_there_twice(cluster: Cluster) -> None:
    """Kong's ingress controller drops all consumers that share a key, the old holder too."""
    cluster.ok("kong_consumers", kong_consumers=[scout(), maverick()])
    with cluster.writes() as written:
        cluster.ok("kong_consumers", kong_consumers=[scout(OTHER_KEY), maverick(KEY)])
    verbs = [line.split()[0] for line in written if "/secrets/" in line]
    assert verbs == ["delete", "delete", "patch", "patch"]
    assert secrets(cluster)["key-auth scout-key-default"]["key"] == OTHER_KEY and secrets(cluster)["key-auth maverick-key-default"]["key"] == KEY


def test_a_key_that_somebody_else_has_in_another_namespace(cluster: Cluster) -> None:
    other = f"{cluster.namespace}-b"
    cluster.lab.kubectl("create", "namespace", other)
    try:
        theirs = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "theirs", "labels": {"konghq.com/credential": "key-auth"}},
            "stringData": {"key": KEY},
        }
        cluster.lab.kubectl("-n", other, "apply", "-f", "-", input=json.dumps(theirs))
        with cluster.no_writes():
            message = cluster.refused("kong_consumers", kong_consumers=[scout()])
        assert "kong_consumers[0] (scout)" in message and f"{other}/theirs" in message and KEY not in message
    finally:
        cluster.lab.kubectl("-n", other, "delete", "secret", "theirs")
        cluster.lab.kubectl("delete", "namespace", other, "--wait=false")


def test_values_from_a_file(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "consumers.yml"
    file.write_text(json.dumps({"kong_consumers": [scout(), maverick(KEY)]}))
    message = cluster.refused("kong_consumers", src=str(file))
    assert f"{file} kong_consumers[1]" in message and KEY not in message
    file.write_text(json.dumps({"kong_consumers": [scout(), maverick()]}))
    assert cluster.ok("kong_consumers", src=str(file))["summary"]["create"] == 6


@pytest.mark.parametrize("shown", [False, True])
def test_what_is_read_back_changes_nothing(cluster: Cluster, shown: bool) -> None:
    cluster.ok("kong_consumers", kong_consumers=[scout(limits={"requests": {"minute": 60}}, tags=["red"]), maverick()])
    found = cluster.ok("kong_consumers_info", secrets=shown)
    assert (KEY in json.dumps(found)) is shown and found["unexpressed"] == []
    with cluster.no_writes():
        assert not cluster.ok("kong_consumers", kong_consumers=found["kong_consumers"])["changed"]
    assert [entry["name"] for entry in cluster.ok("kong_consumers_info", names=["scout"])["kong_consumers"]] == ["scout"]


def test_two_consumers_of_one_name(cluster: Cluster) -> None:
    """In two namespaces they are two objects, and for Kong, which then takes nothing at all, one name."""
    other = f"{cluster.namespace}-b"
    message = cluster.refused("kong_consumers", kong_consumers=[scout(), {"name": "another", "namespace": other, "username": "scout"}])
    assert "kong_consumers[1] (another).username" in message and "kong_consumers[0] (scout).name" in message
    cluster.lab.kubectl("create", "namespace", other)
    try:
        theirs = {
            "apiVersion": "configuration.konghq.com/v1",
            "kind": "KongConsumer",
            "metadata": {"name": "theirs", "annotations": {"kubernetes.io/ingress.class": "kong"}},
            "username": "scout",
        }
        cluster.lab.kubectl("-n", other, "apply", "-f", "-", input=json.dumps(theirs))
        with cluster.no_writes():
            message = cluster.refused("kong_consumers", kong_consumers=[scout()])
        assert "its user name is taken" in message and f"{other}/theirs" in message
        cluster.ok("kong_consumers", kong_consumers=[scout()], ingress_class="another-kong")
    finally:
        cluster.lab.kubectl("-n", other, "delete", "kongconsumer", "--all")
        cluster.lab.kubectl("delete", "namespace", other, "--wait=false")


def test_names_that_are_too_long_for_a_secret(cluster: Cluster) -> None:
    long = {"name": "n" * 120, "groups": ["g" * 128], "basic_auth": [{"username": f"Team A/{'u' * 120}", "password": "correct-horse-battery"}]}
    cluster.ok("kong_consumers", kong_consumers=[long])
    found = {tuple(data[name] for name in sorted(data)) for data in secrets(cluster).values()}
    assert found == {("g" * 128,), ("correct-horse-battery", f"Team A/{'u' * 120}")}


def test_waiting_for_the_controller(cluster: Cluster) -> None:
    """It is the consumer that says whether Kong has it. Before any controller has looked, there is the default of its definition."""
    message = cluster.refused("kong_consumers", kong_consumers=[scout(limits={"requests": {"minute": 60}})], wait=True, wait_timeout=1)
    assert "KongConsumer" in message and "does Kong's ingress controller run, and does it answer to class kong?" in message and "KongPlugin" not in message
    generation = cluster.get("kongconsumer/scout")["metadata"]["generation"]
    condition = {
        "type": "Programmed",
        "status": "True",
        "reason": "Programmed",
        "message": "",
        "observedGeneration": generation,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    cluster.kubectl("patch", "kongconsumer", "scout", "--subresource=status", "--type=merge", "-p", json.dumps({"status": {"conditions": [condition]}}))
    cluster.ok("kong_consumers", kong_consumers=[scout(limits={"requests": {"minute": 60}})], wait=True, wait_timeout=5)


def test_consumer_groups_are_shared(cluster: Cluster) -> None:
    """A group belongs to no entry: it goes when nobody names it any more."""
    cluster.ok("kong_consumers", kong_consumers=[scout(consumer_groups=["gold"]), maverick() | {"consumer_groups": ["gold", "eu"]}])
    assert cluster.names("kongconsumergroups") == {f"kongconsumergroup.configuration.konghq.com/{name}" for name in ("gold", "eu")}
    assert sorted(cluster.get("kongconsumer/maverick")["consumerGroups"]) == ["eu", "gold"]
    cluster.ok("kong_consumers", kong_consumers=[scout(consumer_groups=["gold"]), maverick()], prune=True)
    assert cluster.names("kongconsumergroups") == {"kongconsumergroup.configuration.konghq.com/gold"}
    assert "consumerGroups" not in cluster.get("kongconsumer/maverick")


def test_many_generated_keys_are_looked_up_together(cluster: Cluster) -> None:
    declared = [{"name": f"c-{number}", "groups": ["a"], "keys": [{"generate": True}]} for number in range(20)]
    cluster.ok("kong_consumers", kong_consumers=declared)
    with cluster.requests() as asked:
        assert not cluster.ok("kong_consumers", kong_consumers=declared)["changed"]
    assert len([event for event in asked if "/secrets" in event["requestURI"]]) <= 4


def test_settings_of_plugins_hide_their_secrets(cluster: Cluster) -> None:
    secret = "sk-0123456789abcdef"
    declared = scout(plugins=[{"plugin": "ai-proxy", "config": {"auth": {"header_name": "Authorization", "header_value": secret}}}])
    shown = [cluster.run("kong_consumers", kong_consumers=[declared], diff=True, check=check) for check in (True, False)]
    changed = json.loads(json.dumps(declared).replace(secret, "sk-another-secret"))
    shown += [cluster.ok("kong_consumers", kong_consumers=[changed], diff=True), cluster.ok("kong_consumers_info")]
    assert secret not in json.dumps(shown) and "sk-another" not in json.dumps(shown)
    assert "(secret, changed)" in shown[2]["diff"][0]["after"] and shown[3]["unexpressed"][0]["field"] == ".config.auth.header_value"
    assert cluster.get("kongplugin/scout-consumer-ai-proxy")["config"]["auth"]["header_value"] == "sk-another-secret"
