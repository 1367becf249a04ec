# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way in that most kubeconfigs describe, without the Kubernetes client library: importing that costs more than a whole run that changes nothing.

Only what needs no judgement is read here: one kubeconfig, or host with api_key; a server with a CA of its own; a certificate, a token or both. Whatever
else may be asked for (credential plugins, proxies, impersonation, in-cluster tokens, several files) and whatever is wrong is left to :mod:`connect`, whose
way through kubernetes.core is the authority. A test holds both to the same answer.
"""

from __future__ import annotations

import base64
import os
import ssl
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_MAP

_NAMES = {**AUTH_ARG_MAP, "impersonate_user": "impersonate_user", "impersonate_groups": "impersonate_groups"}
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_CLUSTER = {"server", "certificate-authority", "certificate-authority-data", "extensions"}
_USER = {"client-certificate", "client-certificate-data", "client-key", "client-key-data", "token"}


class _UnusualError(Exception):
    """Something that is not read here."""


@dataclass(frozen=True)
class Access:
    """A server and what proves who we are. Certificates and keys are PEM."""

    host: str
    authority: bytes
    certificate: bytes = b""
    key: bytes = b""
    token: str = ""

    def pool(self, connections: int) -> Any:
        """A pool of connections that share one TLS context, where the library would read all the files again for each of them."""
        import urllib3
        from urllib3.util.ssl_ import create_urllib3_context

        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_verify_locations(cadata=self.authority.decode())
        if self.certificate:
            # OpenSSL reads these from a file only; it is ours alone, and gone at once.
            with tempfile.NamedTemporaryFile() as file:
                file.write(self.certificate.rstrip() + b"\n" + self.key)
                file.flush()
                context.load_cert_chain(file.name)
        return urllib3.PoolManager(ssl_context=context, cert_reqs=ssl.CERT_REQUIRED, maxsize=connections)


def access(params: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Access | None:
    """What the options lead to, or None where the usual way has to look at them."""
    import yaml

    try:
        return _access(params, os.environ if environment is None else environment)
    except (_UnusualError, yaml.YAMLError, OSError, LookupError, TypeError, ValueError, AttributeError):
        return None


def _access(params: Mapping[str, Any], environment: Mapping[str, str]) -> Access:
    proxies = any(name.lower() in _PROXIES or name.startswith("K8S_AUTH_PROXY_HEADERS_") for name in environment)
    if proxies or sys.platform != "linux":  # elsewhere proxies may be set for the whole system
        raise _UnusualError
    given = _given(params, environment)
    if given.keys() >= {"host", "api_key"} and given.keys() <= {"host", "api_key", "ca_cert", "validate_certs"}:
        return _by_token(given)
    if not given.keys() <= {"kubeconfig", "context"} or (not given and "KUBERNETES_SERVICE_HOST" in environment):
        raise _UnusualError
    source = given.get("kubeconfig") or environment.get("KUBECONFIG") or "~/.kube/config"
    return _by_kubeconfig(source, given.get("context"))


def _given(params: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The options that are set, by themselves or by the environment."""
    found = {}
    for true_name, name in _NAMES.items():
        value = params.get(name)
        if value is None:
            value = environment.get(f"K8S_AUTH_{name.upper()}") or environment.get(f"K8S_AUTH_{true_name.upper()}")
        if value is not None:
            found[name] = value
    if "" in found.values():
        raise _UnusualError
    return found


def _by_token(given: Mapping[str, Any]) -> Access:
    if str(given.get("validate_certs", True)).lower() in ("0", "false", "no") or not _text(given["api_key"]):
        raise _UnusualError
    return Access(_host(given["host"]), Path(given["ca_cert"]).read_bytes(), token=f"Bearer {given['api_key']}")


def _by_kubeconfig(source: Any, context: str | None) -> Access:
    import yaml

    config, base = source, Path()
    if not isinstance(source, dict):
        if os.pathsep in source:
            raise _UnusualError
        file = Path(source).expanduser()
        config, base = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), file.absolute().parent  # noqa: S506 - a safe one
    chosen = _named(config["contexts"], context or config["current-context"])["context"]
    cluster = _named(config["clusters"], chosen["cluster"])["cluster"]
    user = _named(config["users"], chosen["user"])["user"]
    if not cluster.keys() <= _CLUSTER or not user.keys() <= _USER or not _text(user.get("token", "-")):
        raise _UnusualError
    certificate, key = _content(user, "client-certificate", base), _content(user, "client-key", base)
    authority = _content(cluster, "certificate-authority", base)
    if bool(certificate) != bool(key) or not (certificate or "token" in user) or not authority or b"ENCRYPTED" in key:
        raise _UnusualError
    return Access(_host(cluster["server"]), authority, certificate, key, f"Bearer {user['token']}" if "token" in user else "")


def _named(entries: Any, name: Any) -> Any:
    (found,) = [entry for entry in entries if entry["name"] == name]
    return found


def _content(holder: Mapping[str, Any], name: str, base: Path) -> bytes:
    """The data if it is given, else the file."""
    if f"{name}-data" in holder:
        return base64.standard_b64decode(holder[f"{name}-data"])
    return (base / holder[name]).read_bytes() if name in holder else b""


def _host(address: str) -> str:
    if not address.startswith("https://"):
        raise _UnusualError
    return address.rstrip("/")


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
