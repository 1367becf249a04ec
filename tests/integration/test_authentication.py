# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubernetes.core's authentication options and environment variables mean here what its users know."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

from .conftest import Cluster, config_map


@pytest.fixture
def token(cluster: Cluster) -> str:
    """A service account that may manage ConfigMaps in its namespace, and nothing else."""
    cluster.kubectl("create", "serviceaccount", "ci")
    cluster.kubectl("create", "role", "ci", "--verb=get,list,watch,create,update,patch,delete", "--resource=configmaps")
    cluster.kubectl("create", "rolebinding", "ci", "--role=ci", f"--serviceaccount={cluster.namespace}:ci")
    return cluster.kubectl("create", "token", "ci").strip()


@pytest.fixture
def authority(cluster: Cluster, tmp_path: Path) -> str:
    config = yaml.safe_load(Path(cluster.lab.kubeconfig).read_text())
    file = tmp_path / "ca.crt"
    file.write_bytes(base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]))
    return str(file)


def users(cluster: Cluster) -> set[str]:
    return {event["user"]["username"] for event in cluster.lab.requests(user_agent="inference.gateway/") if cluster.namespace in event["requestURI"]}


def test_host_and_token(cluster: Cluster, token: str, authority: str) -> None:
    params = {"kubeconfig": None, "host": cluster.lab.server, "api_key": token, "ca_cert": authority, "objects": [config_map("c", a="1")]}
    assert cluster.ok("applyset", **params)["changed"]
    assert not cluster.ok("applyset", **params)["changed"]
    assert users(cluster) == {f"system:serviceaccount:{cluster.namespace}:ci"}


def test_environment(cluster: Cluster, token: str, authority: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an AWX credential sets."""
    for name, value in {"HOST": cluster.lab.server, "API_KEY": token, "SSL_CA_CERT": authority, "VERIFY_SSL": "True"}.items():
        monkeypatch.setenv(f"K8S_AUTH_{name}", value)
    assert cluster.ok("applyset", kubeconfig=None, objects=[config_map("c", a="1")])["changed"]
    assert users(cluster) == {f"system:serviceaccount:{cluster.namespace}:ci"}


def test_the_token_is_in_no_result(cluster: Cluster, token: str, authority: str) -> None:
    shown = cluster.run("applyset", kubeconfig=None, host=cluster.lab.server, api_key=token, ca_cert=authority, objects=[config_map("Bad_Name")])
    assert shown["failed"] and token not in str(shown)


def test_kubeconfig_as_a_mapping_and_a_context(cluster: Cluster) -> None:
    config = yaml.safe_load(Path(cluster.lab.kubeconfig).read_text())
    viewer = yaml.safe_load(Path(cluster.lab.viewer_kubeconfig).read_text())
    config["users"].append({"name": "onlooker", "user": viewer["users"][0]["user"]})
    config["contexts"].append({"name": "onlooker", "context": {"cluster": config["clusters"][0]["name"], "user": "onlooker"}})
    assert cluster.ok("applyset", kubeconfig=config, objects=[config_map("c", a="1")])["changed"]
    shown = cluster.run("applyset", kubeconfig=config, context="onlooker", objects=[config_map("c", a="2")])
    assert "lab:viewer lacks the verb" in shown["msg"] and "ConfigMap" in shown["msg"]
    for entry in config["users"]:
        assert entry["user"]["client-key-data"] not in str(shown)


def test_impersonation(cluster: Cluster) -> None:
    message = cluster.refused("applyset", impersonate_user="jane", impersonate_groups=["dev", "ops"], objects=[config_map("c", a="1")])
    assert 'jane lacks the verb "get" on configmaps' in message
    event = next(event for event in cluster.lab.requests(user_agent="inference.gateway/") if event.get("impersonatedUser", {}).get("username") == "jane")
    assert {"dev", "ops"} <= set(event["impersonatedUser"]["groups"])


def test_a_wrong_token(cluster: Cluster, authority: str) -> None:
    message = cluster.refused("applyset", kubeconfig=None, host=cluster.lab.server, api_key="expired", ca_cert=authority, objects=[config_map("c")])
    assert "does not accept our credentials" in message


def test_a_wrong_authority(cluster: Cluster, token: str) -> None:
    message = cluster.refused("applyset", kubeconfig=None, host=cluster.lab.server, api_key=token, objects=[config_map("c")])
    assert "not signed by the CA that we were given" in message


def test_without_verification(cluster: Cluster, token: str) -> None:
    params = {"kubeconfig": None, "host": cluster.lab.server, "api_key": token, "validate_certs": False}
    assert cluster.ok("applyset", **params, objects=[config_map("c", a="1")])["changed"]
