# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners that stand in each other's way, and certificates that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...engine.errors import Issue
from ...engine.objects import Object
from ...models.refs import GATEWAY, REFERENCE_GRANT, SECRET
from ..granted import granted
from ..listening import overlap
from ..manifests import Place, at
from ..rule import error, warning
from ..world import World

if TYPE_CHECKING:
    from ...models.decode import Entry
    from ...models.gateway import Gateway, Listener

CERT_MANAGER = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer")
MAKERS = {
    ("cert-manager.io", "Certificate"): ("spec", "secretName"),
    ("external-secrets.io", "ExternalSecret"): ("spec", "target", "name"),
    ("bitnami.com", "SealedSecret"): ("spec", "template", "metadata", "name"),
}
"""Kinds of which a program makes a Secret, and where they say its name; where they do not it is their own."""
STREAMS = {"HTTP": "plain", "HTTPS": "TLS", "TLS": "TLS", "TCP": "raw", "UDP": "datagrams"}
"""What comes in on a port: one port can serve listeners of one sort only."""


def listeners(world: World) -> Iterator[tuple[Entry[Gateway], Listener, str]]:
    for entry in world.gateways or ():
        for index, listener in enumerate(entry.value.listeners):
            yield entry, listener, f"{entry.origin}.listeners[{index}]"


@error("listener-protocol-conflict", "https://github.com/cilium/cilium/issues/46917")
def listener_protocol_conflict(world: World) -> Iterator[Issue]:
    """Two listeners of a Gateway want the same port for protocols that exclude each other, such as HTTP and HTTPS."""
    for entry in world.gateways or ():
        seen: dict[tuple[int, bool], tuple[int, Listener]] = {}
        for index, listener in enumerate(entry.value.listeners):
            if listener.spoken not in STREAMS:
                continue
            first, other = seen.setdefault((listener.port, listener.spoken == "UDP"), (index, listener))
            if STREAMS[other.spoken] != STREAMS[listener.spoken]:
                problem = f"port {listener.port} cannot be {listener.spoken} here and {other.spoken} for listeners[{first}] ({other.name})."
                yield Issue(f"{entry.origin}.listeners[{index}]", problem, "Give each another port.")


@warning("listener-hosts-overlap", "https://github.com/projectcontour/contour/issues/5240")
def listener_hosts_overlap(world: World) -> Iterator[Issue]:
    """Two TLS listeners of a port share a certificate and overlap in their host names. Browsers reuse one connection for both, and the gateway
    answers 404 or 421 for the second."""
    for entry in world.gateways or ():
        seen: dict[tuple[int, str], list[tuple[int, Listener]]] = {}
        for index, listener in enumerate(entry.value.listeners):
            if listener.spoken != "HTTPS" or listener.tls is None:
                continue
            for certificate in listener.tls.certificates:
                same = seen.setdefault((listener.port, f"{certificate.namespace}/{certificate.name}"), [])
                first = next((other for other in same if other[1].hostname != listener.hostname and overlap(other[1].hostname, listener.hostname)), None)
                if first is not None:
                    problem = f"has the certificate of listeners[{first[0]}] ({first[1].name}), whose host names overlap with its own."
                    yield Issue(f"{entry.origin}.listeners[{index}]", problem, "Give each a certificate for its own names, or make one listener of the two.")
                    break
                same.append((index, listener))


@warning("certificate-missing", "https://github.com/kgateway-dev/kgateway/issues/13963")
def certificate_missing(world: World) -> Iterator[Issue]:
    """The Secret of a listener's certificate is neither declared nor there."""
    if not world.knows(SECRET):
        return
    coming = set(_coming(world))
    for entry, listener, where in listeners(world):
        if any(name in (entry.value.annotations or {}) for name in CERT_MANAGER):
            continue
        for index, certificate in enumerate(listener.tls.certificates if listener.tls else ()):
            place = (certificate.namespace or entry.namespace, certificate.name)
            if certificate.ref.target == SECRET and place not in coming and world.find(SECRET, *place) is None:
                problem = f"Secret {'/'.join(place)} is neither declared nor known."
                yield Issue(f"{where}.tls.certificates[{index}]", problem, "Declare it, let cert-manager make it, or correct the name.")


def _coming(world: World) -> Iterator[Place]:
    """Secrets that are made of other objects which are declared."""
    for (group, kind), objects in world.declared.items():
        path = MAKERS.get((group, kind))
        for (namespace, name), manifest in objects.items() if path else ():
            yield namespace, str(at(manifest.obj, *(path or ())) or name)


@error("certificate-unfit", "https://github.com/kgateway-dev/kgateway/issues/13963")
def certificate_unfit(world: World) -> Iterator[Issue]:
    """The Secret of a listener's certificate is there and lacks tls.crt or tls.key."""
    for entry, listener, where in listeners(world):
        for index, certificate in enumerate(listener.tls.certificates if listener.tls else ()):
            namespace = certificate.namespace or entry.namespace
            secret = world.find(SECRET, namespace, certificate.name) if certificate.ref.target == SECRET else None
            lacking = [key for key in ("tls.crt", "tls.key") if key not in _keys(secret)]
            if secret is not None and lacking and not (_istio(world, entry.value) and {"cert", "key"} <= _keys(secret)):
                problem = f"Secret {namespace}/{certificate.name} has no {' and no '.join(lacking)}."
                yield Issue(f"{where}.tls.certificates[{index}]", problem, "Make it of type kubernetes.io/tls, with tls.crt and tls.key.")


def _keys(secret: Object | None) -> set[Any]:
    parts = (at(secret, part) for part in ("data", "stringData"))
    return {key for part in parts if isinstance(part, Mapping) for key in part}


def _istio(world: World, gateway: Gateway) -> bool:
    """Istio takes Secrets with cert and key as well, as it did before there was a Gateway API."""
    return world.renderer == "istio" or gateway.class_name == "istio"


@warning("certificate-grant-missing", "https://gateway-api.sigs.k8s.io/geps/gep-709/")
def certificate_grant_missing(world: World) -> Iterator[Issue]:
    """A Gateway with grants: false takes a certificate out of another namespace, and no ReferenceGrant there lets it."""
    if not world.knows(REFERENCE_GRANT):
        return
    for entry in world.gateways or ():
        for index, listener in enumerate(entry.value.listeners if entry.value.grants is False else ()):
            for number, item in enumerate(listener.tls.certificates if listener.tls else ()):
                home = item.namespace or entry.namespace
                if home != entry.namespace and not granted(world, GATEWAY, entry.namespace, home, item.ref):
                    where = f"{entry.origin}.listeners[{index}].tls.certificates[{number}]"
                    yield Issue(where, f"lies in namespace {home}, where no ReferenceGrant is known that lets it be read.", "Take grants: false away.")
