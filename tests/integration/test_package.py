# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball that users install: built here, installed elsewhere, and its site playbook run from there against the lab."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest
from gates.tools import COLLECTIONS, ROOT, must_pass, read_yaml, tool
from inference_lab import Lab

NAMESPACE = "from-the-tarball"
FILES = {"FILES.json", "LICENSE", "MANIFEST.json", "README.md", "execution-environment.yml"}
FOLDERS = {"changelogs", "docs", "meta", "playbooks", "plugins", "roles"}
INVENTORY = """---
clusters:
  hosts:
    packaged:
      ansible_connection: local
      ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
      inference_gateway_connection: {{kubeconfig: {kubeconfig}}}
      gateway_api_state: unmanaged
      inference_extension_state: unmanaged
      namespaces:
        - name: {namespace}
          labels: {{team: packaging}}
"""


def elsewhere(target: Path) -> dict[str, str]:
    """No configuration and no collection of this checkout."""
    return {"ANSIBLE_CONFIG": str(target / "ansible.cfg"), "ANSIBLE_HOME": str(target / "home"), "ANSIBLE_COLLECTIONS_PATH": str(target)}


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("tarball")
    must_pass(tool("ansible", "galaxy", "collection", "build", "--output-path", str(target)))
    return next(target.glob("inference-gateway-*.tar.gz"))


@pytest.fixture(scope="module")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections folder that knows nothing of this checkout."""
    target = tmp_path_factory.mktemp("installed here")
    (target / "ansible.cfg").touch()
    argv = ["collection", "install", "--offline", "--no-deps", "--collections-path", str(target), str(tarball)]
    must_pass(tool("ansible", "galaxy", *argv, cwd=target, **elsewhere(target)))
    shutil.copytree(COLLECTIONS / "ansible_collections" / "kubernetes", target / "ansible_collections" / "kubernetes")
    return target


def test_tarball_holds_the_collection_and_no_development_aids(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    tops = {name.split("/")[0] for name in names}
    assert tops <= FILES | FOLDERS
    assert {"plugins/modules/applyset.py", "meta/ee-requirements.txt", "meta/runtime.yml", "playbooks/site.yml"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]


def test_installed_collection_applies_an_inventory(installed: Path, tmp_path: Path, lab: Lab) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(INVENTORY.format(kubeconfig=lab.kubeconfig, namespace=NAMESPACE), encoding="utf-8")
    try:
        done = tool("ansible", "playbook", "inference.gateway.site", "--inventory", str(inventory), cwd=tmp_path, **elsewhere(installed))
        must_pass(done)
        assert lab.kubectl("get", "namespace", NAMESPACE, "--output=jsonpath={.metadata.labels.team}") == "packaging"
    finally:
        lab.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")


def test_version_of_the_tarball_is_that_of_galaxy_yml(tarball: Path) -> None:
    assert tarball.name == f"inference-gateway-{read_yaml(ROOT / 'galaxy.yml')['version']}.tar.gz"
