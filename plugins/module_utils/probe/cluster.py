# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads from the cluster what :class:`facts.Facts` holds. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..models.decode import Entry
from ..models.pool import Pool
from ..models.refs import INFERENCE_POOL, SERVICE, Target
from ..models.route import Route
from ..stores.transport import ApiError, Transport
from .facts import Facts
from .places import backend_name

try:
    from urllib3.exceptions import HTTPError
except ImportError:  # engine/run.py reports the missing library
    HTTPError = OSError

MODELS_TIMEOUT = 3.0
ASKED_AT_ONCE = 8
GATEWAY_API = "/apis/gateway.networking.k8s.io/v1"


def read_facts(transport: Transport, gateways: Iterable[str], routes: Sequence[Entry[Route]], pools: Sequence[Entry[Pool]]) -> Facts:
    facts = Facts()
    for key in gateways:
        facts.addresses[key] = _address(transport, key, facts.notes)
    for namespace in sorted({entry.namespace for entry in routes}):
        for item in _list(transport, f"{GATEWAY_API}/namespaces/{namespace}/httproutes", "", facts.notes):
            meta = item["metadata"]
            facts.ages[f"{namespace}/{meta['name']}"] = str(meta.get("creationTimestamp") or "")
    declared = {entry.key: entry.value for entry in pools}
    asked: dict[str, tuple[str, int]] = {}
    for entry in routes:
        for rule in entry.value.rules:
            for backend in rule.backends:
                name = backend_name(backend, entry.namespace)
                if name not in facts.pods and backend.ref is not None:
                    asked |= _read_backend(transport, name, backend, entry.namespace, declared, facts)
    with ThreadPoolExecutor(ASKED_AT_ONCE) as crew:
        for name, models in zip(asked, crew.map(lambda each: _models(transport, *each), asked.values()), strict=True):
            if models:
                facts.models[name] = models
    return facts


def read_pods(transport: Transport, services: Iterable[str], facts: Facts) -> None:
    """The pods of Services as they are now, beside those that were known: requests of these may still be under way."""
    for name in services:
        namespace, _slash, service = name.partition("/")
        found, _port = _service(transport, namespace, service, None, [])
        facts.pods[name] = facts.pods.get(name, frozenset()) | {word for pod, address in found or () for word in (pod, address) if word}


def _address(transport: Transport, key: str, notes: list[str]) -> str:
    """The first address that the Gateway reports; empty where it has none."""
    namespace, _slash, name = key.partition("/")
    try:
        live = transport.request("GET", f"{GATEWAY_API}/namespaces/{namespace}/gateways/{name}")
    except ApiError as error:
        notes.append(f"Gateway {key} cannot be read: {error.text}")
        return ""
    addresses = (live.get("status") or {}).get("addresses") or []
    return str(addresses[0].get("value") or "") if addresses else ""


def _read_backend(transport: Transport, name: str, target: Target, home: str, pools: Mapping[str, Pool], facts: Facts) -> dict[str, tuple[str, int]]:
    """Notes the backend's pods; answers which of them is to be asked for its models, and at which port."""
    namespace = target.namespace or home
    ref = target.ref
    found, port = None, 0
    if ref is not None and ref.target == SERVICE:
        found, port = _service(transport, namespace, ref.name, target.port, facts.notes)
    elif ref is not None and ref.target == INFERENCE_POOL:
        found, port = _pool(transport, namespace, ref.name, pools.get(f"{namespace}/{ref.name}"), facts.notes)
    if found is None:
        return {}
    facts.pods[name] = frozenset(word for pod, address in found for word in (pod, address) if word)
    return {name: (found[0][0], port)} if found and found[0][0] and port else {}


def _service(transport: Transport, namespace: str, name: str, port: int | None, notes: list[str]) -> tuple[list[tuple[str, str]] | None, int]:
    """The pods behind a Service, and the port that they listen on."""
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    slices = _list(transport, path, f"kubernetes.io/service-name={name}", notes)
    if slices is DENIED:
        return None, 0
    found = []
    number = 0
    for each in slices:
        ports = [int(item["port"]) for item in each.get("ports") or () if item.get("port")]
        number = number or (port if port in ports else next(iter(ports), 0)) or 0
        for endpoint in each.get("endpoints") or ():
            pod = (endpoint.get("targetRef") or {}).get("name")
            found += [(f"{namespace}/{pod}" if pod else "", str(address)) for address in endpoint.get("addresses") or ()]
    return found, number


def _pool(transport: Transport, namespace: str, name: str, declared: Pool | None, notes: list[str]) -> tuple[list[tuple[str, str]] | None, int]:
    """The pods that a pool selects: the declared selector, else the one in the cluster."""
    if declared is not None:
        selector, port = dict(declared.selector), declared.ports[0]
    else:
        try:
            live = transport.request("GET", f"/apis/{INFERENCE_POOL.group}/v1/namespaces/{namespace}/inferencepools/{name}")
        except ApiError as error:
            notes.append(f"InferencePool {namespace}/{name} cannot be read: {error.text}")
            return None, 0
        spec = live.get("spec") or {}
        selector = (spec.get("selector") or {}).get("matchLabels") or {}
        port = int(((spec.get("targetPorts") or [{}])[0]).get("number") or 0)
    words = ",".join(f"{label}={value}" for label, value in selector.items())
    pods = _list(transport, f"/api/v1/namespaces/{namespace}/pods", words, notes)
    if pods is DENIED:
        return None, 0
    return [(f"{namespace}/{pod['metadata']['name']}", str((pod.get("status") or {}).get("podIP") or "")) for pod in pods], port


DENIED: list[dict[str, Any]] = []
"""What :func:`_list` answers where reading is not allowed, told from an empty list by being this one."""


def _list(transport: Transport, path: str, selector: str, notes: list[str]) -> list[dict[str, Any]]:
    try:
        return list(transport.request("GET", path, query={"labelSelector": selector} if selector else None).get("items") or [])
    except ApiError as error:
        notes.append(f"{path.rpartition('/')[2]} of namespace {path.split('/namespaces/')[1].partition('/')[0]} cannot be read: {error.text}")
        return DENIED


def _models(transport: Transport, pod: str, port: int) -> tuple[str, ...]:
    """What a pod says that it serves, asked through the API server. Not every user may, and not every server has the path.

    Once and briefly: it is a help, and a pod that cannot be reached from there would hold everything up.
    """
    namespace, _slash, name = pod.partition("/")
    url = f"{transport.host.rstrip('/')}/api/v1/namespaces/{namespace}/pods/{name}:{port}/proxy/v1/models"
    try:
        answer = transport.pool.request("GET", url, headers=dict(transport.credentials()), retries=False, timeout=MODELS_TIMEOUT)
        data = json.loads(answer.data)["data"] if answer.status == 200 else ()
        return tuple(str(item["id"]) for item in data)
    except (HTTPError, OSError, ValueError, LookupError, TypeError):
        return ()
