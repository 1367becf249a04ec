# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles that bring CRDs, on a lab of their own: they take whole APIs away, which no other test would survive."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import inference_lab
import pytest
from integration.plays import Plays

POLICY = "validatingadmissionpolicy/safe-upgrades.gateway.networking.k8s.io"
OBJECTIVES = "inferenceobjectives.inference.networking.x-k8s.io"
OBJECTIVE = {
    "apiVersion": "inference.networking.x-k8s.io/v1alpha2",
    "kind": "InferenceObjective",
    "metadata": {"name": "interactive", "namespace": "default"},
    "spec": {"priority": 10, "poolRef": {"name": "chat"}},
}


@pytest.fixture(scope="module")
def own_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[inference_lab.Lab]:
    state = tmp_path_factory.mktemp("roles") / "state"
    try:
        yield inference_lab.up(state)[0]
    finally:
        inference_lab.down(state)


@pytest.fixture
def plays(own_lab: inference_lab.Lab, tmp_path: Path) -> Plays:
    return Plays(own_lab, tmp_path / "a blank")


def emptied(plays: Plays) -> None:
    """No CRD and no record of one. Tests that need it say so; the others take what the last one left, since a run costs seconds."""
    for kind in ("validatingadmissionpolicybinding", "validatingadmissionpolicy"):
        plays.lab.kubectl("delete", kind, "safe-upgrades.gateway.networking.k8s.io", "--ignore-not-found")
    if kinds := sorted(plays.crds()):
        # A server that is asked to delete a definition whose storage it has not opened yet tries again at growing intervals: for minutes on a busy machine.
        plays.lab.kubectl("get", ",".join(kinds), "--all-namespaces", "--output=name")
        plays.lab.kubectl("delete", "crd", *kinds)
    plays.lab.kubectl("delete", "configmap", "--namespace=kube-system", "gateway-api-crds", "inference-extension-crds", "llm-d-crds", "--ignore-not-found")


def installed(plays: Plays) -> None:
    """Gateway API v1.6.1, standard, by our role."""
    ours = plays.lab.kubectl("get", "configmap", "--namespace=kube-system", "gateway-api-crds", "--ignore-not-found", "-o", "name")
    if not ours or plays.versions() != {"v1.6.1"} or channel(plays) != "standard":
        emptied(plays)
        outcome = plays.role("gateway_api")
        assert outcome.code == 0, outcome.output


def channel(plays: Plays) -> str:
    crd = plays.crds().get("httproutes.gateway.networking.k8s.io")
    return str(crd["metadata"]["annotations"]["gateway.networking.k8s.io/channel"]) if crd else ""


def install_by_hand(plays: Plays, folder: str) -> None:
    emptied(plays)
    plays.lab.kubectl("apply", "--server-side", "-f", str(plays.lab.manifests / folder))
    plays.lab.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")


def test_check_on_an_empty_cluster_tells_and_writes_nothing(plays: Plays) -> None:
    emptied(plays)
    outcome = plays.role("gateway_api", check=True)
    assert outcome.code == 0, outcome.output
    assert outcome.changed == 1
    assert outcome.results["summary"]["create"] >= 10
    assert outcome.writes == []
    assert plays.crds() == {}


def test_downgrade_happens_when_it_is_allowed(plays: Plays) -> None:
    """That it is refused otherwise is a step of the scenario in molecule/gateway_api."""
    installed(plays)
    told = plays.role("gateway_api", check=True, gateway_api_version="v1.5.1", gateway_api_allow_downgrade=True)
    assert (told.code, told.writes) == (0, []), told.output
    assert told.changed > 0

    done = plays.role("gateway_api", gateway_api_version="v1.5.1", gateway_api_allow_downgrade=True)
    assert done.code == 0, done.output
    # What v1.5.1 does not have is not removed unless purging is asked for.
    crds = plays.crds()
    assert crds["tcproutes.gateway.networking.k8s.io"]["metadata"]["annotations"]["gateway.networking.k8s.io/bundle-version"] == "v1.6.1"
    assert crds["httproutes.gateway.networking.k8s.io"]["metadata"]["annotations"]["gateway.networking.k8s.io/bundle-version"] == "v1.5.1"
    policy = json.loads(plays.lab.kubectl("get", POLICY, "-o", "json"))
    assert policy["metadata"]["annotations"]["gateway.networking.k8s.io/bundle-version"].startswith("v1.5")
    upgraded = plays.role("gateway_api")
    assert (upgraded.code, plays.versions()) == (0, {"v1.6.1"}), upgraded.output


def test_change_of_channel_is_refused_until_it_is_allowed(plays: Plays) -> None:
    installed(plays)
    refused = plays.role("gateway_api", gateway_api_channel="experimental")
    assert refused.code != 0
    assert "gateway_api_allow_channel_change: true" in refused.message
    assert refused.writes == []
    done = plays.role("gateway_api", gateway_api_channel="experimental", gateway_api_allow_channel_change=True)
    assert done.code == 0, done.output
    assert channel(plays) == "experimental"
    assert plays.lab.kubectl("get", POLICY, "-o", "name")
    again = plays.role("gateway_api", gateway_api_channel="experimental")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output


def test_a_check_of_the_removal_tells_and_writes_nothing(plays: Plays) -> None:
    """The removal itself is a step of the scenario in molecule/gateway_api."""
    installed(plays)
    kept = plays.role("gateway_api", gateway_api_state="absent")
    assert (kept.code, kept.changed, kept.writes) == (0, 0, []), kept.output
    assert "gateway_api_purge_crds: true" in kept.message
    told = plays.role("gateway_api", check=True, gateway_api_state="absent", gateway_api_purge_crds=True)
    assert (told.code, told.changed, told.writes) == (0, 1, []), told.output


def test_what_someone_else_installed_is_left_alone_when_new_enough(plays: Plays) -> None:
    install_by_hand(plays, "gateway-api-v1.6.1/standard")
    left = plays.role("gateway_api", gateway_api_version="v1.5.1")
    assert (left.code, left.changed, left.writes) == (0, 0, []), left.output
    assert "was installed by someone else (kubectl" in left.message
    assert left.results["foreign"] is True
    purged = plays.role("gateway_api", gateway_api_state="absent", gateway_api_purge_crds=True)
    assert (purged.code, purged.writes, plays.versions()) == (0, [], {"v1.6.1"}), purged.output
    widened = plays.role("gateway_api", gateway_api_channel="experimental")
    assert widened.code != 0
    assert "gateway_api_channel: standard" in widened.message


def test_what_someone_else_installed_is_upgraded_only_when_adopted(plays: Plays) -> None:
    install_by_hand(plays, "gateway-api-v1.5.1/standard")
    refused = plays.role("gateway_api")
    assert refused.code != 0
    assert "gateway_api_adopt: true" in refused.message
    assert (refused.writes, plays.versions()) == ([], {"v1.5.1"})
    adopted = plays.role("gateway_api", gateway_api_adopt=True)
    assert (adopted.code, plays.versions()) == (0, {"v1.6.1"}), adopted.output
    again = plays.role("gateway_api")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output


def test_unmanaged_does_not_even_look(plays: Plays) -> None:
    for role in ("gateway_api", "inference_extension"):
        outcome = plays.role(role, **{f"{role}_state": "unmanaged"})
        assert (outcome.code, outcome.changed, outcome.results) == (0, 0, {}), outcome.output


def test_bundle_from_a_mirror_is_fetched_once(plays: Plays) -> None:
    emptied(plays)
    served = plays.folder / "mirror" / "v1.6.1"
    served.mkdir(parents=True)
    folder = plays.lab.manifests / "gateway-api-v1.6.1" / "standard"
    bundle = "\n---\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml")))
    (served / "standard-install.yaml").write_text(bundle, encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(served.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as mirror:
        threading.Thread(target=mirror.serve_forever, daemon=True).start()
        source = f"http://127.0.0.1:{mirror.server_port}/{{version}}/{{channel}}-install.yaml"
        told = plays.role("gateway_api", check=True, gateway_api_source=source)
        assert (told.code, told.changed, told.writes) == (0, 1, []), told.output
        mirror.shutdown()
    done = plays.role("gateway_api", gateway_api_source=source)
    assert (done.code, plays.versions()) == (0, {"v1.6.1"}), done.output
    missing = plays.role("gateway_api", gateway_api_source=source, gateway_api_version="v1.6.2")
    assert missing.code != 0
    assert "/v1.6.2/standard-install.yaml" in missing.message


def test_upgrade_of_the_extension_keeps_the_objectives(plays: Plays) -> None:
    emptied(plays)
    assert plays.role("inference_extension").code == 0
    plays.lab.kubectl("apply", "-f", "-", input=json.dumps(OBJECTIVE))
    upgraded = plays.role("inference_extension", inference_extension_version="v1.6.0")
    assert upgraded.code == 0, upgraded.output
    assert f"no longer ships {OBJECTIVES.replace('objectives', 'modelrewrites')}, {OBJECTIVES}" in upgraded.message
    assert "They stay in the cluster" in upgraded.message
    assert "interactive" in plays.lab.kubectl("get", OBJECTIVES, "-o", "name")
    again = plays.role("inference_extension", inference_extension_version="v1.6.0")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output

    refused = plays.role("inference_extension")
    assert refused.code != 0
    assert "inference_extension_allow_downgrade: true" in refused.message
    explicit = plays.role(
        "inference_extension",
        inference_extension_version="v1.6.0",
        inference_extension_purge_crds=True,
        inference_extension_objectives_group="inference.networking.x-k8s.io",
    )
    assert explicit.code != 0
    assert "every objective" in explicit.message
    assert OBJECTIVES in plays.crds()
    purged = plays.role("inference_extension", inference_extension_version="v1.6.0", inference_extension_purge_crds=True)
    assert purged.code == 0, purged.output
    assert OBJECTIVES not in plays.crds()


def test_objectives_move_to_llm_d_with_its_crds(plays: Plays) -> None:
    emptied(plays)
    bundle = plays.folder / "llm-d-v0.10.0"
    bundle.mkdir()
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "inferenceobjectives.llm-d.ai", "annotations": {"llm-d.ai/bundle-version": "v0.10.0"}},
        "spec": {
            "group": "llm-d.ai",
            "scope": "Namespaced",
            "names": {"kind": "InferenceObjective", "listKind": "InferenceObjectiveList", "plural": "inferenceobjectives", "singular": "inferenceobjective"},
            "versions": [{"name": "v1alpha2", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    (bundle / "objectives.json").write_text(json.dumps(crd), encoding="utf-8")
    move = {
        "inference_extension_version": "v1.6.0",
        "inference_extension_objectives_group": "llm-d.ai",
        "inference_extension_llm_d_sources": [f"{plays.folder}/llm-d-{{version}}"],
    }
    done = plays.role("inference_extension", **move)
    assert done.code == 0, done.output
    assert {"inferenceobjectives.llm-d.ai", "inferencepools.inference.networking.k8s.io"} <= set(plays.crds())
    assert plays.role("inference_extension", **move).changed == 0
    gone = plays.role("inference_extension", **move, inference_extension_state="absent", inference_extension_purge_crds=True)
    assert (gone.code, plays.crds()) == (0, {}), gone.output


def test_credentials_that_may_not_read_crds(plays: Plays) -> None:
    outcome = plays.role("gateway_api", inference_gateway_connection={"kubeconfig": plays.lab.viewer_kubeconfig})
    assert outcome.code != 0
    assert "cannot get resource" in outcome.message
    assert "write gateway_api_state: unmanaged" in outcome.message


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"gateway_api_version": "monthly-2026.07"}, "Expected a release such as v1.6.1"),
        ({"gateway_api_channel": "nightly"}, "value of gateway_api_channel must be one of: standard, experimental"),
        ({"gateway_api_source": "/nowhere/{version}"}, "src /nowhere/v1.6.1"),
    ],
)
def test_wrong_settings_are_named(plays: Plays, variables: dict[str, str], wanted: str) -> None:
    outcome = plays.role("gateway_api", **variables)
    assert outcome.code != 0
    assert wanted in outcome.message
    assert outcome.writes == []
