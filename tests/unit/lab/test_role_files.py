# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role's defaults, its contract, its README and the package say must be the same."""

from __future__ import annotations

import dataclasses
from typing import Any

import yaml
from inference_lab.contents import Nodes
from inference_lab.paths import PACKAGE

ROLE = PACKAGE.parents[1]


def load(name: str) -> Any:
    return yaml.safe_load((ROLE / name).read_text(encoding="utf-8"))


def options() -> dict[str, Any]:
    found: dict[str, Any] = load("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    return found


def test_defaults_and_contract_agree() -> None:
    defaults = load("defaults/main.yml")
    assert set(defaults) == set(options())
    assert {name: option["default"] for name, option in options().items() if "default" in option} == {
        name: value for name, value in defaults.items() if "default" in options()[name]
    }


def test_the_nodes_of_role_and_package_are_the_same() -> None:
    package = dataclasses.asdict(Nodes())
    assert load("defaults/main.yml")["lab_nodes"] == package
    assert {name: option["default"] for name, option in options()["lab_nodes"]["options"].items()} == package


def test_the_readme_names_every_setting_and_every_path_that_the_role_offers() -> None:
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    names = [*load("defaults/main.yml"), *(name for name in load("vars/main.yml") if not name.startswith("__"))]
    assert [name for name in names if f"`{name}`" not in readme] == []
