# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Booleans that come as text, as --extra-vars x=false and INI inventories give them, on a lab of their own. The tests go on from each other, in this order."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import inference_lab
import pytest
from contract.apigee.server import TEST_TOKEN, ApigeeServer
from integration import bare_plays
from integration.plays import Outcome, Plays

SITE, TEARDOWN, DRIFT = (f"playbooks/{name}.yml" for name in ("site", "teardown", "drift"))
FOREIGN = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "made-by-hand", "namespace": "default"},
    "spec": {"rules": [{"backendRefs": [{"name": "anything", "port": 80}]}]},
}
LATER = '{"vllm_wait": "{{ a_fact_of_later.wait }}", "kthena_wait": "{{ nothing | default(omit) }}"}'
"""What cannot be told yet is no wrong word."""
BOTH = ("gateway_api", "inference_extension")


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plays]:
    folder = tmp_path_factory.mktemp("booleans")
    try:
        yield Plays(inference_lab.up(folder / "state")[0], folder / "runs")
    finally:
        inference_lab.down(folder / "state")


def play(plays: Plays, playbook: str, *words: str, namespaces: tuple[str, ...] = ("kept", "left"), inventory: Path | None = None) -> Outcome:
    """One run whose ``words``, such as ``x=false``, are given as a user writes them: that is text to Ansible."""
    listed = plays.inventory(namespaces=[{"name": name} for name in namespaces], inference_gateway_prune_limit="100%")
    options = [option for word in words for option in ("--extra-vars", word)]
    return plays.run(playbook, inventory or listed, plays.folder / "no-report", *options)


def names(plays: Plays, kind: str) -> set[str]:
    return set(plays.lab.kubectl("get", kind, "-A", "-o", "jsonpath={.items[*].metadata.name}").split())


@pytest.mark.parametrize("playbook", [SITE, TEARDOWN, DRIFT, "playbooks/lint.yml", "playbooks/verify.yml"])
def test_a_word_that_is_no_boolean_is_refused_before_anything_is_done(plays: Plays, playbook: str) -> None:
    outcome = play(plays, playbook, "gateway_api_purge_crds=flase", "inference_gateway_prune=", "kong_wait=yes", "istio_wait=0", LATER)
    assert outcome.code != 0
    expected = 'lab says inference_gateway_prune: "", gateway_api_purge_crds: "flase". Expected a boolean: write true or false.'
    assert expected in outcome.message, outcome.output
    assert outcome.writes == []
    assert plays.crds() == {}


def test_text_false_makes_no_difference_to_what_is_applied(plays: Plays) -> None:
    assert play(plays, SITE).code == 0
    words = ("inference_gateway_prune=false", "inference_gateway_wait=false", "gateway_api_adopt=false", "inference_extension_platform_pools=false")
    outcome = play(plays, SITE, *words, *(f"{each}_purge_crds=false" for each in BOTH))
    plays.lab.kubectl("apply", "-f", "-", input=json.dumps(FOREIGN))
    assert (outcome.code, outcome.changed, outcome.writes) == (0, 0, []), outcome.output
    assert {"httproutes.gateway.networking.k8s.io", "inferencepools.inference.networking.k8s.io"} <= set(plays.crds())
    assert {"kept", "left"} <= names(plays, "namespaces")


@pytest.mark.parametrize(("prune", "purge"), [("false", "true"), ("True", "no")])
def test_a_namespace_stays_unless_both_say_true(plays: Plays, prune: str, purge: str) -> None:
    outcome = play(plays, SITE, f"inference_gateway_prune={prune}", f"inference_gateway_purge_namespaces={purge}", namespaces=("kept",))
    assert (outcome.code, outcome.writes) == (0, []), outcome.output
    assert {"kept", "left"} <= names(plays, "namespaces")


def test_a_namespace_goes_where_both_say_true(plays: Plays) -> None:
    outcome = play(plays, SITE, "inference_gateway_prune=true", "inference_gateway_purge_namespaces=true", namespaces=("kept",))
    assert outcome.code == 0, outcome.output
    plays.lab.kubectl("wait", "--for=delete", "namespace/left", "--timeout=60s")
    assert "kept" in names(plays, "namespaces")


def test_text_false_refuses_a_downgrade_by_its_own_message(plays: Plays) -> None:
    outcome = play(plays, SITE, "gateway_api_version=v1.5.1", "gateway_api_allow_downgrade=false", namespaces=("kept",))
    assert outcome.code != 0
    assert "Write gateway_api_version: v1.6.1 to stay, or gateway_api_allow_downgrade: true to go back." in outcome.message, outcome.output
    assert outcome.writes == []


@pytest.mark.parametrize(("fails", "code"), [("false", 0), ("true", 2)])
def test_drift_fails_only_if_it_is_to(plays: Plays, fails: str, code: int) -> None:
    outcome = play(plays, DRIFT, f"inference_gateway_drift_fails={fails}", namespaces=("kept", "missing"))
    assert "Namespace missing is missing" in outcome.message
    assert (outcome.code, outcome.writes) == (code, []), outcome.output


def ini(plays: Plays, **variables: str) -> Path:
    """The inventory as an INI file, whose ``[clusters:vars]`` are text unless they are Python."""
    namespaces = '[{"name": "kept"}]'
    given = {
        "inference_gateway_connection": json.dumps({"kubeconfig": plays.lab.kubeconfig}),
        "gateway_api_source": f"{plays.lab.manifests}/gateway-api-{{version}}/{{channel}}",
        "inference_extension_source": f"{plays.lab.manifests}/inference-extension-{{version}}",
        "namespaces": namespaces,
        **variables,
    }
    file = plays.folder / "inventory.ini"
    lines = "\n".join(f"{name}={value}" for name, value in given.items())
    host = "lab ansible_connection=local ansible_python_interpreter='{{ ansible_playbook_python }}'"
    file.write_text(f"[clusters]\n{host}\n\n[clusters:vars]\n{lines}\n", encoding="utf-8")
    return file


CRDS = tuple(f"{each}_purge_crds" for each in BOTH)


@pytest.mark.parametrize(
    ("way", "said"),
    [("words", CRDS), ("ini", (*CRDS, "inference_gateway_purge_namespaces", "inference_gateway_prune"))],
    ids=["crds as words", "all in an INI file"],
)
def test_teardown_with_text_false_leaves_crds_routes_and_namespaces(plays: Plays, way: str, said: tuple[str, ...]) -> None:
    before = set(plays.crds())
    words = [f"{name}=false" for name in said] if way == "words" else []
    outcome = play(plays, TEARDOWN, *words, inventory=ini(plays, **dict.fromkeys(said, "false")) if way == "ini" else None)
    assert (outcome.code, outcome.changed, outcome.writes) == (0, 0, []), outcome.output
    assert set(plays.crds()) == before
    assert "made-by-hand" in names(plays, "httproutes")
    assert "kept" in names(plays, "namespaces")
    assert "Write gateway_api_purge_crds: true to remove them." in outcome.message


def test_teardown_with_text_true_takes_them_away(plays: Plays) -> None:
    outcome = play(plays, TEARDOWN, *(f"{name}=true" for name in CRDS), "inference_gateway_purge_namespaces=true", namespaces=("kept",))
    assert outcome.code == 0, outcome.output
    assert not [name for name in plays.crds() if name.endswith((".gateway.networking.k8s.io", ".inference.networking.k8s.io"))]
    assert "kept" not in names(plays, "namespaces")


@pytest.mark.parametrize(("cascade", "left"), [("false", ["ann@example.com"]), ("true", [])])
def test_developers_go_with_their_apps_only_if_they_are_to(tmp_path: Path, cascade: str, left: list[str]) -> None:
    """With a developer go the apps that others made."""
    with ApigeeServer(org="acme") as apigee:
        host = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "apigee_organization": "acme",
            "apigee_api_endpoint": apigee.url,
            "apigee_access_token": TEST_TOKEN,
            "apigee_developers": [{"email": "ann@example.com", "first_name": "A", "last_name": "L"}],
        }
        file = tmp_path / "hosts.json"
        file.write_text(json.dumps({"clusters": {"hosts": {"east": host}}}), encoding="utf-8")
        options = ("--tags", "apigee_developers", "--extra-vars", f"apigee_cascade={cascade}")
        made = bare_plays.run(SITE, file, *options)
        assert (made.code, list(apigee.state.developers)) == (0, ["ann@example.com"]), made.output
        gone = bare_plays.run(TEARDOWN, file, *options)
        assert (gone.code, list(apigee.state.developers)) == (0, left), gone.output


@pytest.mark.parametrize("make", ["false", "true"])
def test_a_cluster_of_gke_is_made_only_if_it_is_to(tmp_path: Path, make: str) -> None:
    program, log, file = (tmp_path / name for name in ("gcloud", "log", "hosts.json"))
    program.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\necho "code=404, message=Not found: projects/acme-1" >&2\nexit 1\n', encoding="utf-8")
    program.chmod(0o755)
    host = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "gke_gateway_state": "present",
        "gke_gateway_gcloud": str(program),
        "gke_gateway_kubeconfig": str(tmp_path / "kubeconfig"),
        "gke_gateway_cluster": {"project": "acme-1", "location": "us-central1-a", "name": "inference"},
    }
    file.write_text(json.dumps({"clusters": {"hosts": {"east": host}}}), encoding="utf-8")
    done = bare_plays.run(SITE, file, "--tags", "nothing_else", "--extra-vars", f"gke_gateway_create_cluster={make}")
    assert done.code != 0, done.output
    assert (" create " in log.read_text(encoding="utf-8")) is (make == "true"), done.output
