# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From kubernetes.core's authentication options to a :class:`transport.Transport`.

The options, their environment variables, kubeconfig, contexts, exec plugins, in-cluster tokens and proxies mean here exactly what they mean to
kubernetes.core: its own functions build the configuration. Only the plainest and most frequent ones are read without them, by :mod:`access`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ..engine.errors import GatewayError
from .access import Access, access
from .credentials import complaints, told_by_certificate, told_by_token
from .transport import Transport

IMPORT_ERROR = None if find_spec("kubernetes") else "ModuleNotFoundError: No module named 'kubernetes'"

__all__ = ["AUTH_ARG_SPEC", "IMPORT_ERROR", "ConnectionOptionsError", "connect", "harmless"]


class ConnectionOptionsError(GatewayError):
    """The authentication options lead to no cluster."""


_SECRET = {"token", "password", "client-key-data", "client-certificate-data", "env", "args", "config"}
"""Keys of a kubeconfig under which secrets stand; env, args and config belong to exec and auth provider plugins."""


def harmless(kubeconfig: Any) -> set[str]:
    """Texts of a kubeconfig that are no secrets.

    The option is ``no_log`` as a whole in kubernetes.core, which would blank a word such as the cluster's name wherever it stands in a result.
    """
    return set(_texts(kubeconfig, secret=False)) - set(_texts(kubeconfig, secret=True))


def _texts(value: Any, *, secret: bool, below: bool = False) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, secret=secret, below=below or name in _SECRET)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, secret=secret, below=below)
    elif value is not None and below is secret:
        yield str(value)


def connect(params: Mapping[str, Any], connections: int) -> Transport:
    """A transport for the cluster that the options name, with a pool of ``connections``."""
    plain = access(params)
    if plain is not None:
        try:
            return _plain(plain, plain.pool(connections))
        except (OSError, ValueError):
            pass  # a certificate that cannot be read: the usual way says so
    return _usual(params, connections)


def _plain(found: Access, pool: Any) -> Transport:
    def doubt() -> str:
        now = datetime.now(UTC)
        return told_by_token(found.token, now) or told_by_certificate(found.certificate, now)

    return Transport(host=found.host, pool=pool, credentials=lambda: [("Authorization", found.token)] if found.token else [], doubt=doubt)


def _usual(params: Mapping[str, Any], connections: int) -> Transport:
    """Through kubernetes.core and the Kubernetes client library."""
    try:
        from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import _create_auth_spec, _create_configuration, _create_headers
        from kubernetes.client.rest import RESTClientObject
        from kubernetes.config.config_exception import ConfigException
        from yaml import YAMLError
    except ImportError as error:
        raise ConnectionOptionsError(f"The Kubernetes client library cannot be imported: {error}. Install kubernetes anew.") from error
    try:
        with complaints() as told:
            configuration = _create_configuration(_create_auth_spec(None, **params))
            configuration.connection_pool_maxsize = connections
            pool = RESTClientObject(configuration).pool_manager
    except (ConfigException, YAMLError, OSError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise ConnectionOptionsError(
            f"No cluster to talk to: {error} Give kubeconfig (and context), or host with api_key, or set K8S_AUTH_KUBECONFIG or KUBECONFIG."
        ) from error
    if told and not configuration.cert_file and not configuration.auth_settings().get("BearerToken"):
        raise ConnectionOptionsError(_plugin_failed(told))
    impersonation = [(name, each) for name, value in _create_headers(None, **params).items() for each in ([value] if isinstance(value, str) else value)]

    def credentials() -> list[tuple[str, str]]:
        bearer = configuration.auth_settings().get("BearerToken")
        return [*impersonation, *([("Authorization", bearer["value"])] if bearer and bearer["value"] else [])]

    def doubt() -> str:
        with complaints() as told:
            bearer = next((value for name, value in credentials() if name == "Authorization"), "")
        now = datetime.now(UTC)
        return _plugin_failed(told) if told else told_by_token(bearer, now) or told_by_certificate(_read(configuration.cert_file), now)

    return Transport(host=configuration.host, pool=pool, credentials=credentials, doubt=doubt)


def _read(path: str | None) -> bytes:
    try:
        return Path(path).read_bytes() if path else b""
    except OSError:
        return b""


def _plugin_failed(told: list[str]) -> str:
    return f"the credential plugin of the kubeconfig failed: {' '.join(told)} Run it by hand, with the same user, and see what it wants."
