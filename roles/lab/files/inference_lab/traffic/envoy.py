# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration with which an Envoy asks Istio's pilot for all the rest. Pure."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
STATUS_PORT, STATUS_PATH = 15021, "/healthz/ready"
ADMIN = 15000
# In the clear: certificates would have to come from an agent that only Istio's own image has. The pod's token says who it is, as pilot wants to know
# before it hands out certificates and authorities.
XDS = 15010
HTTP_FILTERS = "type.googleapis.com/envoy.extensions.filters.http"


def bootstrap(pod: Object, environment: dict[str, str], istiod: str, token: str) -> Object:
    """For a gateway pod that has its address; ISTIOD is an address of pilot's Service, TOKEN one of the pod's account for pilot."""
    namespace, name, address = pod["metadata"]["namespace"], pod["metadata"]["name"], pod["status"]["podIP"]
    labels = pod["metadata"].get("labels", {})
    extra = {key.removeprefix("ISTIO_META_"): value for key, value in environment.items() if key.startswith("ISTIO_META_")}
    metadata = extra | {
        "NAMESPACE": namespace,
        "NAME": name,
        "CLUSTER_ID": environment.get("ISTIO_META_CLUSTER_ID", "Kubernetes"),
        "ISTIO_VERSION": "1.31.0",
        "INSTANCE_IPS": address,
        "SERVICE_ACCOUNT": pod["spec"].get("serviceAccountName", "default"),
        "LABELS": labels,
    }
    node = {"id": f"router~{address}~{name}.{namespace}~{namespace}.svc.cluster.local", "cluster": f"{name}.{namespace}", "metadata": metadata}
    account = [{"key": "authorization", "value": f"Bearer {token}"}]
    ads: Object = {"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "0s"}
    return {
        "node": node,
        "admin": {"address": _socket("127.0.0.1", ADMIN)},
        "dynamic_resources": {
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "set_node_on_first_message_only": True,
                "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc"}, "initial_metadata": account}],
            },
            "cds_config": ads,
            "lds_config": ads,
        },
        "static_resources": {"clusters": [_xds(istiod), _admin()], "listeners": [_status()]},
        "bootstrap_extensions": [
            {
                "name": "envoy.bootstrap.internal_listener",
                "typed_config": {"@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener"},
            }
        ],
    }


def _socket(address: str, port: int) -> Object:
    return {"socket_address": {"address": address, "port_value": port}}


def _assignment(name: str, address: str, port: int) -> Object:
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _socket(address, port)}}]}]}


def _xds(istiod: str) -> Object:
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    http2 = {"@type": f"type.googleapis.com/{options}", "explicit_http_config": {"http2_protocol_options": {}}}
    return {
        "name": "xds-grpc",
        "type": "STATIC",
        "connect_timeout": "1s",
        "typed_extension_protocol_options": {options: http2},
        "upstream_connection_options": {"tcp_keepalive": {"keepalive_time": 10}},
        "load_assignment": _assignment("xds-grpc", istiod, XDS),
    }


def _admin() -> Object:
    return {"name": "admin", "type": "STATIC", "connect_timeout": "1s", "load_assignment": _assignment("admin", "127.0.0.1", ADMIN)}


def _status() -> Object:
    """The readiness port that Istio's agent serves in a real pod, answered by Envoy's own word for it."""
    route = {"match": {"path": STATUS_PATH}, "route": {"cluster": "admin", "prefix_rewrite": "/ready"}}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "status",
        "route_config": {"virtual_hosts": [{"name": "status", "domains": ["*"], "routes": [route]}]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": f"{HTTP_FILTERS}.router.v3.Router"}}],
    }
    return {
        "name": "status",
        "address": _socket("0.0.0.0", STATUS_PORT),  # noqa: S104 - the pod's own namespace
        "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}],
    }
