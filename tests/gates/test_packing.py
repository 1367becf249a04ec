# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible packs what a module imports, wherever the statement stands, also where it is for types alone. Each file costs time in every task of every user."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UTILS = ROOT / "plugins" / "module_utils"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
COLLECTION = "ansible_collections.inference.gateway.plugins.module_utils"
KONG = {"inference_routes", "kong_consumers", "kong_consumers_info"}


@cache
def imported(file: Path) -> frozenset[Path]:
    """Files of ours that one names."""
    return frozenset(path for name in _names(file) if (path := UTILS.joinpath(*name).with_suffix(".py")).is_file())


def _names(file: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        name = tuple((node.module or "").split(".")) if node.module else ()
        if node.level:
            home = file.parent.relative_to(UTILS).parts
            name = (*home[: len(home) - node.level + 1], *name)
        elif (node.module or "").startswith(f"{COLLECTION}."):
            name = name[len(COLLECTION.split(".")) :]
        else:
            continue
        yield name
        yield from ((*name, alias.name) for alias in node.names)


@cache
def packed(module: str) -> frozenset[str]:
    found: set[Path] = set()
    rest = [ROOT / "plugins" / "modules" / f"{module}.py"]
    while rest:
        fresh = imported(rest.pop()) - found
        found |= fresh
        rest += fresh
    return frozenset(path.relative_to(UTILS).as_posix() for path in found)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_what_it_needs_and_not_what_others_need(name: str) -> None:
    have = packed(name)
    apigee = name.startswith("apigee_")
    assert any(file.startswith("stores/apigee/") for file in have) is apigee
    assert ("stores/kong/choose.py" in have) is (name in KONG)
    if not apigee and name not in ("inference_lint", "inference_verify"):
        assert not [file for file in have if "apigee" in file], "rules of lint about Apigee, or types for them"
        assert ("engine/info.py" in have) is (name.endswith("_info") or name == "applyset")
    if name != "inference_lint":
        assert "lint/registry.py" not in have, "the rules about all lists"


def test_this_reads_imports() -> None:
    assert {"engine/run.py", "lint/rules/matches.py", "gateways/istio.py", "stores/kong/dbless.py"} <= packed("inference_routes")
