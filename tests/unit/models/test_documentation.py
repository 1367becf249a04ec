# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' documentation and the decoders tell the same story, both ways round."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.engine.info import Info
from ansible_collections.inference.gateway.plugins.module_utils.gateways.kong_options import KongOptions
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_app import App
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_developer import Developer
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_product import Product
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import ListOf, Text, Whole
from ansible_collections.inference.gateway.plugins.module_utils.models.consumer import Consumer
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import Nested, Short, codec_of, declared, is_required
from ansible_collections.inference.gateway.plugins.module_utils.models.gateway import Gateway
from ansible_collections.inference.gateway.plugins.module_utils.models.kong import WAYS
from ansible_collections.inference.gateway.plugins.module_utils.models.objective import Objective
from ansible_collections.inference.gateway.plugins.module_utils.models.pool import Pool
from ansible_collections.inference.gateway.plugins.module_utils.models.reading import apigee as reading
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from unit.models.support import APIGEE, EVERY, KINDS, issues

MODULES = Path(__file__).parents[3] / "plugins" / "modules"
MODELS: dict[str, type] = {
    "gateways": Gateway,
    "inference_routes": Route,
    "inference_pools": Pool,
    "inference_objectives": Objective,
    "kong_consumers": Consumer,
    "apigee_products": Product,
    "apigee_developers": Developer,
    "apigee_apps": App,
}
OPTIONS = pytest.mark.parametrize("option", sorted(EVERY))


def block(module: str, name: str) -> Any:
    """One of the YAML blocks of a module, read without importing it."""
    tree = ast.parse((MODULES / f"{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no {name}")


def nested_class(codec: Any) -> type | None:
    if isinstance(codec, ListOf):
        return nested_class(codec.item)
    return codec.cls if isinstance(codec, (Nested, Short)) else None


def choices_of(codec: Any) -> list[Any] | None:
    inner = codec.item if isinstance(codec, ListOf) else codec
    return list(inner.choices) or None if isinstance(inner, (Text, Whole)) else None


def expected(cls: type) -> dict[str, Any]:
    """What the documentation of a kind has to say, descriptions aside."""
    result: dict[str, Any] = {}
    for name, item in declared(cls).items():
        codec = codec_of(item)
        entry = {"type": codec.doc_type, "elements": codec.elements, "required": is_required(item) or None, "choices": choices_of(codec)}
        inner = nested_class(codec)
        entry["suboptions"] = expected(inner) if inner else None
        result[name] = entry
    return result


def documented(suboptions: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, said in suboptions.items():
        assert said["description"], name
        entry = {key: said.get(key) for key in ("type", "elements", "required", "choices")}
        entry["suboptions"] = documented(said["suboptions"]) if "suboptions" in said else None
        result[name] = entry
    return result


@OPTIONS
def test_suboptions_are_the_fields_of_the_decoder(option: str) -> None:
    said = block(option, "DOCUMENTATION")["options"][option]
    assert (said["type"], said["elements"]) == ("list", "dict")
    assert documented(said["suboptions"]) == expected(MODELS[option])


@OPTIONS
def test_the_other_options_are_those_of_the_kind(option: str) -> None:
    said = {name: item for name, item in block(option, "DOCUMENTATION")["options"].items() if name != option}
    assert {name: {key: item[key] for key in ("type", "choices", "default") if key in item} for name, item in said.items()} == {
        name: item for name, item in EVERY[option].options.items() if name not in WAYS
    }


def test_the_ways_to_a_kong_are_documented() -> None:
    tree = ast.parse((MODULES.parent / "doc_fragments" / "kong.py").read_text(encoding="utf-8"))
    (text,) = [ast.literal_eval(item.value) for node in tree.body if isinstance(node, ast.ClassDef) for item in node.body if isinstance(item, ast.Assign)]
    said = yaml.safe_load(text)["options"]
    plain = {name: {key: item[key] for key in ("type", "elements", "required", "choices", "default") if key in item} for name, item in said.items()}
    admin = {name: {key: value for key, value in item.items() if key != "no_log"} for name, item in WAYS["kong_admin"]["options"].items()}
    assert plain == {"backend": WAYS["backend"], "kong_admin": {"type": "dict"}}
    options = said["kong_admin"]["suboptions"]
    assert {name: {key: item[key] for key in ("type", "elements", "required", "default") if key in item} for name, item in options.items()} == admin


def test_the_options_of_kong_are_the_fields_of_their_decoder() -> None:
    assert documented(block("inference_routes", "DOCUMENTATION")["options"]["kong"]["suboptions"]) == expected(KongOptions)


@OPTIONS
def test_examples_are_good_input(option: str) -> None:
    tasks = [task[f"inference.gateway.{option}"] for task in block(option, "EXAMPLES")]
    given = [task for task in tasks if option in task and task.get("state") != "absent"]
    assert given
    # What a lookup would give is not known here.
    given = [json.loads(re.sub(r"\{\{.*?\}\}", lambda found: f"text-{len(found[0])}", json.dumps(task))) for task in given]
    params = [{name: task.get(name) for name in EVERY[option].options} for task in given]
    found = [issues(option, task[option], elsewhere="kong" if task.get("kong_admin") else "", **each) for task, each in zip(given, params, strict=True)]
    assert found == [[]] * len(given)


def test_all_modules_return_the_same() -> None:
    """One engine makes the results; only the samples may differ."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items() if key != "sample"}
        return value

    returns = [bare(block(option, "RETURN")) for option in sorted(KINDS)]
    assert all(item == returns[0] for item in returns)
    missing = set(block("applyset", "RETURN")) - set(returns[0])
    assert not missing


def test_the_modules_of_apigee_return_the_same_less_what_only_a_cluster_has() -> None:
    products, developers, apps = (set(block(option, "RETURN")) for option in APIGEE)
    assert products == developers == apps - {"keys"} == set(block("gateways", "RETURN")) - {"parent", "unmet"}


@pytest.mark.parametrize(("option", "info"), [(info.kind.option, info) for info in (reading.PRODUCTS, reading.DEVELOPERS, reading.APPS)])
def test_what_reads_apigee_back_is_documented_as_it_is(option: str, info: Info) -> None:
    said = block(f"{option}_info", "DOCUMENTATION")["options"]
    assert {name: {key: value for key, value in item.items() if key != "description"} for name, item in said.items()} == info.options
    assert set(block(f"{option}_info", "RETURN")) == {option, "unexpressed"}
