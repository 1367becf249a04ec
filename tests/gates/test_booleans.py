# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A boolean that a user sets may come as text: --extra-vars x=false, an INI inventory and a survey give "false", which Jinja takes for true.

Ansible's argument specs check such a value and leave it as it is, so every expression that reads one has to convert it with ``| bool``. A value that is only
handed on needs that no less, unless whoever receives it converts: a module's argument, or another boolean of this list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from gates.tools import ROOT, read_yaml
from jinja2 import Environment, nodes

CONDITIONS = {"when", "that", "until", "failed_when", "changed_when"}
"""Keys whose text is an expression without braces."""
NO_MODULES = {"ansible.builtin.set_fact", "ansible.builtin.debug", "ansible.builtin.copy", "ansible.builtin.template", "ansible.builtin.assert"}
"""What takes a value as it comes, or none that is a boolean."""
FOLDERS = ("tasks", "vars", "defaults", "handlers", "templates")
JINJA = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)


def specs() -> dict[str, dict[str, Any]]:
    """Every option of every role."""
    found: dict[str, dict[str, Any]] = {}
    for path in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for spec in read_yaml(path)["argument_specs"].values():
            found |= spec.get("options", {})
    return found


def inside(option: dict[str, Any]) -> set[str]:
    """The booleans below an option, at any depth."""
    options = option.get("options", {})
    return {name for name, each in options.items() if each["type"] == "bool"}.union(*map(inside, options.values()))


OPTIONS = specs()
OF_ROLES = {name for name, option in OPTIONS.items() if option["type"] == "bool"}
LISTED = set(read_yaml(ROOT / "playbooks" / "tasks" / "booleans.yml")[0]["vars"]["__site_booleans"])
BOOLEANS = OF_ROLES | LISTED
BELOW = {name: inside(option) for name, option in OPTIONS.items() if inside(option)}


def names_one(node: nodes.Node) -> bool:
    """Whether a node reads a user's boolean: by its name, out of hostvars, or as a field of a user's mapping."""
    if isinstance(node, nodes.Name):
        return node.ctx == "load" and node.name in BOOLEANS
    if not isinstance(node, nodes.Getattr | nodes.Getitem):
        return False
    field = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", "")
    root: nodes.Node = node
    while isinstance(root, nodes.Getattr | nodes.Getitem):
        root = root.node
    return field in BOOLEANS or (isinstance(root, nodes.Name) and field in BELOW.get(root.name, set()))


def raw(node: nodes.Node, converted: bool = False) -> Iterator[nodes.Node]:
    """Every user's boolean below a node that no filter ``bool`` converts."""
    if isinstance(node, nodes.Test) and node.name in ("defined", "undefined"):
        return
    if names_one(node):
        if not converted:
            yield node
        return
    for child in node.iter_child_nodes():
        held = isinstance(node, nodes.Filter) and child is node.node and (node.name == "bool" or converted)
        yield from raw(child, held)


def handed_on(tree: nodes.Template) -> bool:
    """Whether a text is nothing but one value, at most with a default."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output) or len(tree.body[0].nodes) != 1:
        return False
    node: nodes.Node = tree.body[0].nodes[0]
    while isinstance(node, nodes.Filter) and node.name == "default" and node.node is not None:
        node = node.node
    return names_one(node)


def texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a document with the keys that lead to it."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from texts(each, (*path, str(key)))
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, path)
    elif isinstance(value, str):
        yield path, value


def converts(path: tuple[str, ...]) -> bool:
    """Whether who receives the value at these keys converts it."""
    return bool(path) and (path[-1] in BOOLEANS or (len(path) > 1 and "." in path[-2] and path[-2] not in NO_MODULES and path[-2].count("/") == 0))


def wrong_in(text: str, path: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with one text of a document, or with one template."""
    bare = bool(path) and path[-1] in CONDITIONS
    if not bare and "{{" not in text and "{%" not in text:
        return []
    tree = JINJA.parse("{{ " + text + " }}" if bare else text)
    if handed_on(tree) and not bare and converts(path):
        return []
    return [f"{'.'.join(path)}: {' '.join(text.split())[:200]}" for node in raw(tree)][:1]


def files() -> list[Path]:
    below = [path for folder in FOLDERS for path in ROOT.glob(f"roles/*/{folder}/**/*")]
    below += [*(ROOT / "playbooks").rglob("*"), *(ROOT / "inventories").rglob("*")]
    return sorted(path for path in below if path.suffix in (".yml", ".yaml", ".j2"))


def wrong_file(path: Path) -> list[str]:
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".j2":
        return wrong_in(content, (path.name,))
    return [each for document in yaml.safe_load_all(content) for keys, text in texts(document) for each in wrong_in(text, keys)]


def test_every_boolean_of_a_user_is_converted() -> None:
    found = [f"{path.relative_to(ROOT)}: {each}" for path in files() for each in wrong_file(path)]
    assert not found, "write `| bool` behind the variable:\n" + "\n".join(found)


def test_the_list_of_booleans_is_whole() -> None:
    """playbooks/tasks/booleans.yml refuses what is no boolean; what is not on its list would be taken for false."""
    private = {name for name in OF_ROLES if name.startswith(("crd_bundle_", "helm_release_", "lab_"))}
    said = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "playbooks").rglob("*.yml"))
    converted = set(re.findall(r"\b((?:inference_gateway|apigee|kong)_\w+) \| default\([^)]*\) \| bool", said))
    assert (OF_ROLES - private) | converted <= LISTED
    assert not LISTED & private


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("gateway_api_purge_crds", "when"),
        ("crd_bundle_state == 'absent' and crd_bundle_purge and not foreign", "when"),
        ("{{ gateway_api_purge_crds }}", "__purge"),
        ("{{ {'prune': inference_gateway_prune | default(false)} }}", "__all"),
        ("{{ 'on' if kong_postgres.ssl | default(true) else 'off' }}", "ssl"),
        ("{{ hostvars[inventory_hostname].kong_wait }}", "__wait"),
        ("{{ (x | bool) and kong_wait }}", "kong_wait"),
        ("{% if kong_wait %}x{% endif %}", "content"),
    ],
)
def test_the_gate_sees_what_is_not_converted(text: str, key: str) -> None:
    assert wrong_in(text, ("some.module.name", key, key))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("gateway_api_purge_crds | bool", "when"),
        ("inference_gateway_prune | default(false) | bool and x is defined", "when"),
        ("kong_wait is defined", "when"),
        ("{{ gateway_api_purge_crds }}", "crd_bundle_purge"),
        ("{{ kong_wait }}", "wait"),
        ("Write kong_wait: true.", "msg"),
    ],
)
def test_the_gate_lets_pass_what_is(text: str, key: str) -> None:
    assert not wrong_in(text, ("some.module.name", key))
