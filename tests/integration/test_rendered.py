# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the decoders let pass, the API server takes: generated entries of every kind meet the real CRDs, all fields, strictly validated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from contract import gke_crds, kong_crds
from hypothesis import HealthCheck, given, settings
from unit.models.strategies import records
from unit.models.support import KINDS, built, issues
from unit.models.test_properties import MODELS

NUMBER = 80


@pytest.fixture(scope="module")
def experimental(tmp_path_factory: pytest.TempPathFactory) -> Iterator[inference_lab.Lab]:
    """A lab of its own: the experimental channel knows every field, and other tests want the standard one."""
    lab = inference_lab.up(tmp_path_factory.mktemp("experimental") / "state")[0]
    try:
        for folder in ("gateway-api-v1.6.1/experimental", "inference-extension-v1.5.0"):
            files = [file for file in sorted((Path(lab.manifests) / folder).rglob("*.yaml")) if "kind: CustomResourceDefinition" in file.read_text()]
            assert files
            lab.kubectl("apply", "--server-side", *(argument for file in files for argument in ("-f", str(file))))
        kong_crds.install(lab)
        gke_crds.install(lab)
        lab.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        yield lab
    finally:
        inference_lab.down(lab.state)


def generated(option: str) -> list[dict[str, Any]]:
    """Objects of good entries, each under a name of its own. The picker is not optional in the release at hand."""
    objects: list[dict[str, Any]] = []

    @settings(max_examples=NUMBER, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(records(MODELS[option]))
    def gather(entry: dict[str, Any]) -> None:
        picker = {"endpoint_picker": {"service": "epp", "port": 9002}} if option == "inference_pools" else {}
        entry = {**picker, **entry, "namespace": "default", "name": f"made-{len(objects)}"}
        if not issues(option, [entry]):
            objects.append(built(option, [entry])[-1])

    gather()
    return objects


@pytest.mark.parametrize("option", sorted(set(MODELS) & set(KINDS)))
def test_the_server_takes_what_the_decoder_takes(option: str, experimental: inference_lab.Lab) -> None:
    objects = generated(option)
    assert len(objects) > NUMBER / 2
    manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    said = experimental.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", input=manifest)
    assert said.count("serverside-applied") == len(objects)


OF_GKE = {
    "": ("access", "limits", "default_gateways", "annotations"),
    "rule": ("method", "query", "retries", "session_persistence", "cors", "auth", "extensions", "matches", "mirrors", "redirect"),
    "backend": (
        "request_headers",
        "response_headers",
        "rewrite",
        "redirect",
        "mirrors",
        "cors",
        "auth",
        "extensions",
        "priority",
        "provider",
        "model",
        "host",
        "secret",
    ),
}


def without(entry: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


def for_gke(entry: dict[str, Any]) -> dict[str, Any]:
    """A generated route less what GKE's load balancers lack, with a time."""
    rules = []
    for each in entry["rules"]:
        backends = [without(backend, OF_GKE["backend"]) for backend in each.get("backends") or ()]
        rules.append({**without(each, OF_GKE["rule"]), "backends": backends, "timeouts": {"request": "300s"}})
    parents = [{"name": "gw"}] if entry.get("parents") else []
    return {**without(entry, OF_GKE[""]), "rules": rules, "parents": parents}


def of_gke(option: str) -> list[dict[str, Any]]:
    """Everything that renderer gke makes of good entries, under names of their own."""
    found: list[dict[str, Any]] = []

    @settings(max_examples=NUMBER, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(records(MODELS[option]))
    def gather(entry: dict[str, Any]) -> None:
        made = for_gke(entry) if option == "inference_routes" else {**entry, "endpoint_picker": {"service": "epp", "port": 9002}}
        made |= {"namespace": "default", "name": f"made-{len(found)}"}
        if not issues(option, [made], renderer="gke"):
            for obj in built(option, [made], renderer="gke"):
                obj["metadata"] |= {"namespace": "default", "name": f"{obj['metadata']['name'][:200]}-{len(found)}"}
                found.append(obj)

    gather()
    return found


@pytest.mark.parametrize(("option", "policy"), [("inference_routes", "GCPBackendPolicy"), ("inference_pools", "HealthCheckPolicy")])
def test_the_server_takes_what_gke_is_told(option: str, policy: str, experimental: inference_lab.Lab) -> None:
    objects = of_gke(option)
    assert sum(obj["kind"] == policy for obj in objects) > 10
    manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    said = experimental.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", input=manifest)
    assert said.count("serverside-applied") == len(objects)
