# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of GKE in the words of gcloud, and one that is there against it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.gke_cluster import cluster, create, differs, kubeconfig

SEED = {
    "project": "acme-models",
    "location": "us-central1-a",
    "name": "models",
    "network": "default",
    "subnetwork": "default",
    "machine_type": "c2-standard-16",
    "disk_type": "pd-standard",
    "nodes": 3,
    "release_channel": "rapid",
    "monitoring": ["SYSTEM", "DCGM"],
}
THERE = {
    "name": "models",
    "endpoint": "192.0.2.1",
    "masterAuth": {"clusterCaCertificate": "Q0E="},
    "networkConfig": {"gatewayApiConfig": {"channel": "CHANNEL_STANDARD"}},
    "workloadIdentityConfig": {"workloadPool": "acme-models.svc.id.goog"},
    "releaseChannel": {"channel": "RAPID"},
    "network": "default",
    "subnetwork": "projects/acme-models/regions/us-central1/subnetworks/default",
}


def test_the_seeds_command() -> None:
    assert create(cluster(SEED)) == [
        *("container", "clusters", "create", "models", "--project=acme-models", "--location=us-central1-a", "--network=default", "--subnetwork=default"),
        *("--release-channel=rapid", "--gateway-api=standard", "--workload-pool=acme-models.svc.id.goog", "--machine-type=c2-standard-16"),
        *("--disk-type=pd-standard", "--num-nodes=3", "--monitoring=SYSTEM,DCGM", "--quiet"),
    ]


def test_an_autopilot_cluster_brings_both_by_itself() -> None:
    small = {"project": "acme-models", "location": "us-central1", "name": "models", "autopilot": True, "arguments": ["--enable-private-nodes"]}
    made = create(cluster(small))
    assert made[:4] == ["container", "clusters", "create-auto", "models"] and "--enable-private-nodes" in made
    assert not [each for each in made if each.startswith(("--gateway-api", "--workload-pool"))]


def test_workload_identity_may_be_off() -> None:
    wanted = cluster({**SEED, "workload_identity": False})
    assert not [each for each in create(wanted) if "workload" in each]
    assert differs(wanted, THERE) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        (
            {"networkConfig": {"gatewayApiConfig": {"channel": "CHANNEL_DISABLED"}}},
            "The Gateway API is off. Switch it on: gcloud container clusters update models",
        ),
        ({"networkConfig": None}, "--gateway-api=standard"),
        ({"workloadIdentityConfig": {}}, "Its workload pool is none, not acme-models.svc.id.goog."),
        ({"releaseChannel": {"channel": "STABLE"}}, "Its release channel is stable, not rapid."),
        ({"autopilot": {"enabled": True}}, "It is an Autopilot cluster, which cannot change."),
        ({"network": "other"}, "Its network is other, not default, which cannot change."),
    ],
)
def test_what_is_otherwise_is_told(change: dict[str, Any], said: str) -> None:
    found = differs(cluster(SEED), {**THERE, **change})
    assert len(found) == (1 if said else 0)
    assert said in "".join(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"autopilot": True, "nodes": None, "disk_type": None}, "machine_type: is Google's to choose in an Autopilot cluster."),
        ({"arguments": ["--project=x"]}, "arguments[0]: --project is said by a field already."),
        ({"arguments": ["x"]}, "arguments[0]: expected an argument"),
        ({"location": "Iowa"}, "location: expected a zone or region"),
        ({"zone": "a"}, "unknown field zone. Write location."),
    ],
)
def test_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        cluster({**SEED, **change})
    assert said in str(error.value)


def test_a_kubeconfig_needs_no_plug_in() -> None:
    made = kubeconfig(THERE, "t")
    assert made["clusters"][0]["cluster"] == {"server": "https://192.0.2.1", "certificate-authority-data": "Q0E="}
    assert (made["users"][0]["user"], made["current-context"]) == ({"token": "t"}, "models")
