# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down twice must agree: defaults and argument specs, modules and the action group, pins and tools."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from gates.tools import ROOT, read_yaml

ROLES = sorted(path.parent.parent.name for path in (ROOT / "roles").glob("*/tasks/main.yml"))
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def spec_of(role: str) -> dict[str, Any]:
    spec: dict[str, Any] = read_yaml(ROOT / "roles" / role / "meta" / "argument_specs.yml")
    return spec["argument_specs"]["main"]


def test_there_are_roles_and_modules() -> None:
    """Otherwise every parametrised test below would be empty and green."""
    assert {"gateway_api", "inference_extension", "lab"} <= set(ROLES)
    assert {"applyset", "gateways", "inference_objectives", "inference_pools", "inference_routes"} <= set(MODULES)


@pytest.mark.parametrize("role", ROLES)
def test_defaults_and_argument_spec_name_the_same_variables(role: str) -> None:
    """An option without default must be required, a default without option is hidden."""
    path = ROOT / "roles" / role / "defaults" / "main.yml"
    defaults = set((read_yaml(path) if path.exists() else None) or {})
    options = spec_of(role)["options"]
    free = {name for name, option in options.items() if option.get("required")}
    assert defaults == set(options) - free


@pytest.mark.parametrize("role", ROLES)
def test_defaults_in_the_spec_are_the_defaults(role: str) -> None:
    """Ansible documents the spec's default but never applies it. A template cannot be compared: its documentation may say what comes out of it."""
    path = ROOT / "roles" / role / "defaults" / "main.yml"
    defaults = {name: value for name, value in ((read_yaml(path) if path.exists() else None) or {}).items() if "{{" not in str(value)}
    told = {name: option["default"] for name, option in spec_of(role)["options"].items() if "default" in option and name in defaults}
    assert told == {name: defaults[name] for name in told}


@pytest.mark.parametrize("role", ROLES)
def test_variables_carry_the_name_of_their_role(role: str) -> None:
    assert all(name.startswith(f"{role}_") for name in spec_of(role)["options"])
    path = ROOT / "roles" / role / "vars" / "main.yml"
    assert all(name.startswith((f"__{role}_", f"{role}_")) for name in ((read_yaml(path) if path.exists() else None) or {}))


@pytest.mark.parametrize("role", ROLES)
def test_readme_leads_to_every_variable(role: str) -> None:
    """By naming each, or by a link to the commented defaults or the argument spec."""
    text = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    linked = [path for path in ("defaults/main.yml", "meta/argument_specs.yml") if f"]({path})" in text and (ROOT / "roles" / role / path).exists()]
    assert linked or not [name for name in spec_of(role)["options"] if f"`{name}`" not in text]


@pytest.mark.parametrize("role", ROLES)
def test_task_files_fit_on_a_screen(role: str) -> None:
    long = [path.name for path in (ROOT / "roles" / role / "tasks").glob("*.yml") if len(path.read_text(encoding="utf-8").splitlines()) > 80]
    assert not long


def test_action_groups_are_the_modules() -> None:
    """`module_defaults: group/inference.gateway.all` must reach every module that speaks to a cluster, `apigee` every one that speaks to Apigee."""
    apigee = [name for name in MODULES if name.startswith("apigee_")]
    assert read_yaml(ROOT / "meta" / "runtime.yml")["action_groups"] == {"apigee": apigee, "all": [name for name in MODULES if name not in apigee]}


def test_one_version_everywhere() -> None:
    version = read_yaml(ROOT / "galaxy.yml")["version"]
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_every_tool_is_pinned_exactly(name: str) -> None:
    lines = (ROOT / "dev" / name).read_text(encoding="utf-8").splitlines()
    loose = [line for line in lines if line and not line.startswith(("#", "-r ")) and not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)]
    assert not loose


def test_no_package_file_under_plugins() -> None:
    """Namespace packages: Ansible makes them up, and one file in the wrong place would hide kubernetes.core's."""
    assert not list(Path(ROOT / "plugins").rglob("__init__.py"))


def test_every_module_is_started_by_the_one_action() -> None:
    """A module without its file would be packed for each task; a file that says something else would be a second way."""
    actions = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "action").glob("*.py")}
    assert set(actions) == set(MODULES)
    assert len(set(actions.values())) == 1
