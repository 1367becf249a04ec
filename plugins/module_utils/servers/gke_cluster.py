# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of GKE: the words that make it, and what is otherwise about one that is there. Pure.

Flags and fields are those of ``gcloud container clusters create`` and of the API behind it (container v1): ``--gateway-api=standard`` is
``networkConfig.gatewayApiConfig.channel`` and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..engine.errors import InputError
from ..models.codecs import Flag, ListOf, Report, Text, Whole
from ..models.decode import Nested, optional, required, several

OPTION = "gke_gateway_cluster"
WORD = Text("a name of small letters, digits and dashes", r"[a-z]([-a-z0-9]*[a-z0-9])?", 63, "inference")
OWN_NODES = ("machine_type", "disk_type", "nodes")
WRITTEN = ("--gateway-api", "--project", "--location", "--workload-pool", "--release-channel", "--network", "--subnetwork")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    project: str = required(Text("a project", r"([a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]", 63, "acme-inference"))
    location: str = required(Text("a zone or region", r"[a-z]+-[a-z]+[0-9]+(-[a-z])?", 63, "us-central1-a"))
    name: str = required(WORD)
    network: str | None = optional(Text("a network", r"\S+", 512, "default"))
    subnetwork: str | None = optional(Text("a subnetwork", r"\S+", 512, "default"))
    autopilot: bool | None = optional(Flag())
    release_channel: str | None = optional(Text("a channel", choices=("rapid", "regular", "stable", "extended")))
    machine_type: str | None = optional(Text("a type of machine", r"[a-z0-9-]+", 63, "g2-standard-24"))
    disk_type: str | None = optional(Text("a type of disk", r"[a-z0-9-]+", 63, "pd-balanced"))
    nodes: int | None = optional(Whole(0, 1000, "a number of nodes"))
    monitoring: tuple[str, ...] = several(ListOf(Text("a component", r"[A-Z_]+", 63, "SYSTEM"), 32, unique=True))
    workload_identity: bool | None = optional(Flag())
    arguments: tuple[str, ...] = several(ListOf(Text("an argument", r"--.+", 1024, "--enable-private-nodes"), 64))

    HINTS: ClassVar[dict[str, str]] = {"zone": "Write location.", "region": "Write location.", "num_nodes": "Write nodes.", "subnet": "Write subnetwork."}

    def check(self, where: str, report: Report) -> None:
        for name in OWN_NODES if self.autopilot else ():
            if getattr(self, name) is not None:
                report.add(f"{where}.{name}", "is Google's to choose in an Autopilot cluster.", "Take it away, or write autopilot: false.")
        for index, argument in enumerate(self.arguments):
            if argument.partition("=")[0] in WRITTEN:
                report.add(f"{where}.arguments[{index}]", f"{argument.partition('=')[0]} is said by a field already.", "Take it away.")

    @property
    def pool(self) -> str:
        return "" if self.workload_identity is False else f"{self.project}.svc.id.goog"

    @property
    def channel(self) -> str:
        return self.release_channel or "rapid"


def cluster(declared: Mapping[str, Any]) -> Cluster:
    """Raises InputError with all that is wrong."""
    report = Report()
    found = Nested(Cluster).read(declared, OPTION, report)
    if found is None:
        raise InputError(report.issues)
    return found


def create(wanted: Cluster) -> list[str]:
    """Arguments of gcloud."""
    flags = {
        "project": wanted.project,
        "location": wanted.location,
        "network": wanted.network,
        "subnetwork": wanted.subnetwork,
        "release-channel": wanted.channel,
        **({} if wanted.autopilot else {"gateway-api": "standard", "workload-pool": wanted.pool or None}),
        "machine-type": wanted.machine_type,
        "disk-type": wanted.disk_type,
        "num-nodes": wanted.nodes,
        "monitoring": ",".join(wanted.monitoring) or None,
    }
    said = [f"--{name}={value}" for name, value in flags.items() if value is not None]
    return ["container", "clusters", "create-auto" if wanted.autopilot else "create", wanted.name, *said, *wanted.arguments, "--quiet"]


def differs(wanted: Cluster, found: Mapping[str, Any]) -> list[str]:
    """One sentence for each setting of a cluster that is there and is otherwise than declared, with the command that changes it where there is one."""
    return list(_differs(wanted, found))


def _differs(wanted: Cluster, found: Mapping[str, Any]) -> Iterator[str]:
    change = f"gcloud container clusters update {wanted.name} --project={wanted.project} --location={wanted.location}"
    if _at(found, "networkConfig", "gatewayApiConfig", "channel") in (None, "CHANNEL_DISABLED"):
        yield f"The Gateway API is off. Switch it on: {change} --gateway-api=standard"
    pool = _at(found, "workloadIdentityConfig", "workloadPool") or ""
    if wanted.pool and pool != wanted.pool:
        yield f"Its workload pool is {pool or 'none'}, not {wanted.pool}. Set it: {change} --workload-pool={wanted.pool}"
    channel = str(_at(found, "releaseChannel", "channel") or "none").lower()
    if channel != wanted.channel:
        yield f"Its release channel is {channel}, not {wanted.channel}. Set it: {change} --release-channel={wanted.channel}"
    if bool(_at(found, "autopilot", "enabled")) != bool(wanted.autopilot):
        yield f"It is {'an Autopilot' if _at(found, 'autopilot', 'enabled') else 'a Standard'} cluster, which cannot change."
    for name in ("network", "subnetwork"):
        said, has = getattr(wanted, name), str(found.get(name) or "")
        if said and has and said.rpartition("/")[2] != has.rpartition("/")[2]:
            yield f"Its {name} is {has}, not {said}, which cannot change."


def _at(found: Any, *path: str) -> Any:
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def kubeconfig(found: Mapping[str, Any], token: str) -> dict[str, Any]:
    """Without a plug-in to fetch tokens, which execution environments lack."""
    name = str(found["name"])
    server = {"server": f"https://{found['endpoint']}", "certificate-authority-data": _at(found, "masterAuth", "clusterCaCertificate")}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": server}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
