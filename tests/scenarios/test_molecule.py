# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios are green, and broken copies of them are red."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import inference_lab
import pytest
from gates.tools import COLLECTIONS, ROOT, copy_tree
from scenarios.molecule import STEPS, RedError, molecule, run_scenario


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} no longer holds {old!r}: mend this test"
    path.write_text(text.replace(old, new), encoding="utf-8")


def copy_to(root: Path) -> Path:
    copy_tree(root)
    names = root / ".ansible" / "collections" / "ansible_collections"
    (names / "inference").mkdir(parents=True)
    (names / "inference" / "gateway").symlink_to(root)
    (names / "kubernetes").symlink_to(COLLECTIONS / "ansible_collections" / "kubernetes")
    return root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The collection in another place, to be broken."""
    return copy_to(tmp_path / "a copy")


ROLE_STEPS = ("converge", "idempotence", "side-effect", "verify", "cleanup")


def role_scenarios() -> list[str]:
    """All that share the lab, except `default`. Those that bring CRDs come first: the others leave theirs in the lab, as somebody else's.

    Several workers take them in this order too.
    """
    found = {path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml")} - {"default", "lab"}
    return sorted(found, key=lambda name: (name not in {"gateway_api", "inference_extension"}, name))


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The checkout, with one lab for all scenarios; it is stopped whatever happened. A second worker has a copy, and so a lab of its own."""
    first = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    root = ROOT if first else copy_to(tmp_path_factory.mktemp("molecule") / "a copy")
    for path in (root / "molecule").glob("*/molecule.yml"):
        molecule(root, "reset", path.parent.name)  # nothing remembered of an earlier run
    yield root
    run_scenario(root, steps=("destroy",))
    assert not (root / ".ansible" / "molecule" / "lab").exists()


def test_default(shared_lab: Path) -> None:
    run_scenario(shared_lab, steps=STEPS[:-1])


@pytest.mark.parametrize("name", role_scenarios())
def test_role(shared_lab: Path, name: str) -> None:
    """Installed, unchanged, upgraded, a mistake refused, removed."""
    run_scenario(shared_lab, name, ("prepare", *ROLE_STEPS))


def test_lab() -> None:
    """The role that the others stand on, in a folder of its own."""
    molecule(ROOT, "reset", "lab")
    try:
        run_scenario(ROOT, "lab", ROLE_STEPS)
    finally:
        inference_lab.down(ROOT / ".ansible" / "molecule" / "lab-role")


def no_play_matches(root: Path) -> None:
    edit(root / "molecule" / "default" / "verify.yml", "hosts: clusters", "hosts: elsewhere")


def the_group_is_empty(root: Path) -> None:
    for path in (root / "inventories" / "lab").glob("*.yml"):
        path.write_text("---\nclusters:\n  hosts: {}\n", encoding="utf-8")


def nothing_is_declared(root: Path) -> None:
    edit(root / "molecule" / "default" / "demand.yml", "hostvars['lab'].gateways |", "hostvars['lab'].gateways[:0] |")


def nothing_runs(root: Path) -> None:
    task = "- name: Nothing\n      ansible.builtin.debug:\n        msg: nothing\n"
    play = f"---\n- name: Look away\n  hosts: localhost\n  gather_facts: false\n  tasks:\n    {task}"
    (root / "molecule" / "default" / "verify.yml").write_text(play, encoding="utf-8")


def the_playbook_is_gone(root: Path) -> None:
    (root / "molecule" / "default" / "verify.yml").unlink()


BROKEN: list[tuple[Callable[[Path], None], str]] = [
    (no_play_matches, "Could not match supplied host pattern"),
    (the_group_is_empty, "must hold one host"),
    (nothing_is_declared, "must hold one host"),
    (nothing_runs, "verify ran no task on lab"),
    (the_playbook_is_gone, "lacks verify.yml"),
]


@pytest.mark.parametrize(("break_it", "reason"), BROKEN, ids=[case[0].__name__ for case in BROKEN])
def test_red_when_nothing_is_tested(copy: Path, break_it: Callable[[Path], None], reason: str) -> None:
    """Without the guards molecule calls most of these green. The reason counts: red for another cause proves nothing."""
    break_it(copy)
    with pytest.raises(RedError, match=reason):
        run_scenario(copy, steps=("verify",))
