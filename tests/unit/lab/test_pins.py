# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache key: it changes with everything that the result depends on, and with nothing else."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from inference_lab import LabError, pins

from .conftest import FakeGo


def test_the_key_changes_with_each_thing_that_the_result_depends_on(fake_go: FakeGo) -> None:
    group = fake_go.groups()[1]
    keys = [group.key("go1.26.9", "amd64"), group.key("go1.26.10", "amd64"), group.key("go1.26.9", "arm64")]
    changes: list[dict[str, Any]] = [{"ldflags": "-s"}, {"programs": {"three": "example.com/beta/v2"}}, {"copies": {"x": ["y"]}}, {"publish": "z"}]
    changes += [{"files": {"x": "y"}}, {"headers": ("alpha",)}]
    keys += [dataclasses.replace(group, **change).key("go1.26.9", "amd64") for change in changes]
    for name in ("go.mod", "go.sum"):
        with (group.folder / name).open("a") as file:
            file.write("// changed\n")
        keys.append(group.key("go1.26.9", "amd64"))
    assert len(set(keys)) == len(keys)


def test_the_key_does_not_depend_on_where_the_checkout_lies(fake_go: FakeGo, tmp_path: Path) -> None:
    before = [group.key("go1.26.9", "amd64") for group in fake_go.groups()]
    moved = fake_go.table.rename(tmp_path / "another checkout")
    assert [group.key("go1.26.9", "amd64") for group in pins.load(moved)] == before


def test_versions_come_from_go_mod_alone(fake_go: FakeGo) -> None:
    beta = fake_go.groups()[1]
    assert (beta.version, beta.ldflags) == ("v1.2.3", "-s -w -X v=v1.2.3 -X m=1.2")


def test_a_table_entry_whose_go_mod_does_not_require_the_module_is_named(fake_go: FakeGo) -> None:
    (fake_go.table / "beta" / "go.mod").write_text("module lab/beta\n")
    with pytest.raises(LabError, match=re.escape("go.mod does not require example.com/beta")):
        fake_go.groups()


def test_our_own_table_is_whole() -> None:
    groups = {group.name: group for group in pins.load(engines=True)}
    programs = {name for group in groups.values() for name in group.programs}
    control = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok", "helm"}
    assert programs == control | {"pilot-discovery", "epp", "kthena-controller-manager", "kthena-router", "ollama"}
    assert "ollama" not in {name for group in pins.load() for name in group.programs}, "only who asks for real engines builds them"
    assert {name for group in pins.load(traffic=False) for name in group.programs} == control, "a lab without traffic builds no more than before"
    assert f"gitVersion={groups['kubernetes'].version} " in groups["kubernetes"].ldflags
    for group in groups.values():
        assert f"{group.module} {group.version} h1:" in (group.folder / "go.sum").read_text(), "the module itself must be checked by go.sum"
        if group.publish:
            assert group.publish == group.name, "the folder's name must say the version that its go.mod pins"


@pytest.mark.parametrize(("machine", "name"), [("x86_64", "amd64"), ("aarch64", "arm64")])
def test_architectures_by_gos_names(machine: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins.platform, "machine", lambda: machine)
    assert pins.architecture() == name


def test_another_architecture_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins.platform, "machine", lambda: "riscv64")
    with pytest.raises(LabError, match="riscv64"):
        pins.architecture()
