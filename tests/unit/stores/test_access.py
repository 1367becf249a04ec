# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short way to a cluster agrees with kubernetes.core's, or leaves it to that."""

from __future__ import annotations

import base64
import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.stores.access import access
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import _create_auth_spec, _create_configuration

CA, CERTIFICATE, KEY = b"an authority", b"a certificate", b"a key"


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "here",
    "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}, {"name": "there", "context": {"cluster": "c", "user": "t", "namespace": "n"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://example.com:6443/", "certificate-authority-data": encoded(CA)}}],
    "users": [
        {"name": "u", "user": {"client-certificate-data": encoded(CERTIFICATE), "client-key-data": encoded(KEY)}},
        {"name": "t", "user": {"token": "secret"}},
    ],
}


def changed(where: str, **parts: Any) -> dict[str, Any]:
    """The config with other parts in its first cluster or user; None takes one away."""
    config = copy.deepcopy(CONFIG)
    holder = config[f"{where}s"][0][where]
    for name, value in parts.items():
        key = name.replace("_", "-") if name != "tokenFile" else name
        holder.pop(key, None) if value is None else holder.update({key: value})
    return config


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("KUBERNETES_SERVICE_HOST", "KUBECONFIG", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, content in (("ca.crt", CA), ("tls.crt", CERTIFICATE), ("tls.key", KEY), ("token", b"secret"), ("kubeconfig", yaml.safe_dump(CONFIG).encode())):
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)


def usual(params: dict[str, Any]) -> tuple[str, bytes, bytes, bytes, str]:
    configuration = _create_configuration(_create_auth_spec(None, **params))
    assert configuration.verify_ssl and not configuration.proxy
    files = [Path(file).read_bytes() if file else b"" for file in (configuration.ssl_ca_cert, configuration.cert_file, configuration.key_file)]
    bearer = configuration.auth_settings().get("BearerToken")
    return configuration.host, files[0], files[1], files[2], bearer["value"] if bearer else ""


FILES = {"client_certificate_data": None, "client_key_data": None, "client_certificate": "tls.crt", "client_key": "tls.key"}
SHORT = [
    pytest.param({"kubeconfig": "kubeconfig"}, {}, id="file"),
    pytest.param({"kubeconfig": "kubeconfig", "context": "there"}, {}, id="context"),
    pytest.param({"kubeconfig": CONFIG, "context": "there"}, {}, id="mapping"),
    pytest.param({}, {"KUBECONFIG": "kubeconfig"}, id="KUBECONFIG"),
    pytest.param({}, {"K8S_AUTH_KUBECONFIG": "kubeconfig", "K8S_AUTH_CONTEXT": "there"}, id="K8S_AUTH"),
    pytest.param({"kubeconfig": changed("user", **FILES)}, {}, id="files"),
    pytest.param({"kubeconfig": changed("cluster", certificate_authority_data=None, certificate_authority="ca.crt")}, {}, id="authority in a file"),
    pytest.param({"kubeconfig": changed("user", token="both")}, {}, id="certificate and token"),
    pytest.param({"host": "https://example.com/", "api_key": "secret", "ca_cert": "ca.crt"}, {}, id="host and token"),
    pytest.param({}, {"K8S_AUTH_HOST": "https://e.com", "K8S_AUTH_API_KEY": "s", "K8S_AUTH_SSL_CA_CERT": "ca.crt", "K8S_AUTH_VERIFY_SSL": "True"}, id="AWX"),
]


@pytest.mark.parametrize("params, environ", SHORT)
def test_agrees_with_the_usual_way(params: dict[str, Any], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("kubernetes.client.Configuration._default", None)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", environ.get("KUBECONFIG", "~/.kube/config"))
    found = access(params)
    assert found is not None
    assert (found.host, found.authority, found.certificate, found.key, found.token) == usual(params)


LONG = [
    pytest.param({"kubeconfig": "nowhere"}, {}, id="no such file"),
    pytest.param({"kubeconfig": "kubeconfig:kubeconfig"}, {}, id="several files"),
    pytest.param({"kubeconfig": "kubeconfig", "context": "nowhere"}, {}, id="no such context"),
    pytest.param({"kubeconfig": "kubeconfig", "proxy": "http://proxy"}, {}, id="proxy"),
    pytest.param({"kubeconfig": "kubeconfig"}, {"HTTPS_PROXY": "http://proxy"}, id="proxy of the environment"),
    pytest.param({"kubeconfig": "kubeconfig"}, {"K8S_AUTH_PROXY_HEADERS_BASIC_AUTH": "a:b"}, id="proxy headers of the environment"),
    pytest.param({"kubeconfig": "kubeconfig", "impersonate_user": "jane"}, {}, id="impersonation"),
    pytest.param({"kubeconfig": "kubeconfig"}, {"K8S_AUTH_IMPERSONATE_GROUPS": "a,b"}, id="impersonation of the environment"),
    pytest.param({"kubeconfig": "kubeconfig", "host": "https://other"}, {}, id="another host"),
    pytest.param({"kubeconfig": "kubeconfig", "validate_certs": False}, {}, id="no verification"),
    pytest.param({}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBECONFIG": "kubeconfig"}, id="in a cluster"),
    pytest.param({"host": "https://e", "api_key": "s", "ca_cert": "ca.crt", "validate_certs": False}, {}, id="token, no verification"),
    pytest.param({"host": "https://e", "api_key": "s"}, {}, id="authorities of the system"),
    pytest.param({"host": "https://e", "username": "a", "password": "b"}, {}, id="password"),
    pytest.param({"kubeconfig": changed("cluster", server="http://plain")}, {}, id="without TLS"),
    pytest.param({"kubeconfig": changed("cluster", certificate_authority_data=None)}, {}, id="kubeconfig, authorities of the system"),
    pytest.param({"kubeconfig": changed("cluster", insecure_skip_tls_verify=True)}, {}, id="insecure"),
    pytest.param({"kubeconfig": changed("cluster", proxy_url="http://proxy")}, {}, id="proxy-url"),
    pytest.param({"kubeconfig": changed("cluster", tls_server_name="other")}, {}, id="tls-server-name"),
    pytest.param({"kubeconfig": changed("user", exec={"command": "plugin"})}, {}, id="plugin"),
    pytest.param({"kubeconfig": changed("user", tokenFile="token")}, {}, id="token file"),
    pytest.param({"kubeconfig": changed("user", client_key_data=None)}, {}, id="no key"),
    pytest.param({"kubeconfig": changed("user", client_key_data=encoded(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"))}, {}, id="key with a password"),
    pytest.param({"kubeconfig": {**CONFIG, "users": CONFIG["users"] * 2}}, {}, id="a name twice"),
    pytest.param({"kubeconfig": {**CONFIG, "users": []}}, {}, id="no user"),
    pytest.param({"kubeconfig": "ca.crt"}, {}, id="no kubeconfig"),
]


@pytest.mark.parametrize("params, environ", LONG)
def test_leaves_the_rest(params: dict[str, Any], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert access(params) is None
