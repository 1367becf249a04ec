# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the two modules tells what their code takes and gives, both ways round."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.engine.check import Check
from ansible_collections.inference.gateway.plugins.module_utils.probe import traffic, verify
from ansible_collections.inference.gateway.plugins.module_utils.probe.answer import KINDS, Answer, Volley
from ansible_collections.inference.gateway.plugins.module_utils.probe.declared import Probe
from unit.models.test_documentation import block, documented, expected


def test_suboptions_are_the_fields_of_a_probe() -> None:
    said = block("traffic_probe", "DOCUMENTATION")["options"]["probes"]
    wanted = expected(Probe)
    # Kinds of errors stand as choices, one or several.
    wanted["expect"]["suboptions"]["error"]["choices"] = list(KINDS)
    assert documented(said["suboptions"]) == wanted


@pytest.mark.parametrize(("module", "check"), [("traffic_probe", traffic.CHECK), ("inference_verify", verify.CHECK)])
def test_options_are_those_of_the_code(module: str, check: Check) -> None:
    said = block(module, "DOCUMENTATION")["options"]
    kept = ("type", "elements", "required", "default", "choices")
    bare = {name: {key: item[key] for key in kept if key in item} for name, item in said.items()}
    assert bare == {name: {key: value for key, value in item.items() if key in kept} for name, item in check.options.items()}


def test_examples_are_good_probes() -> None:
    for task in block("traffic_probe", "EXAMPLES"):
        traffic.read_probes(task["inference.gateway.traffic_probe"]["probes"])


def test_results_are_documented() -> None:
    raw: list[dict[str, Any]] = [{"url": "http://a.example/", "expect": {"split": {"a": 1}}}]
    probes = traffic.read_probes(raw)
    orders = traffic.orders_of(probes, raw)
    result = traffic.result(probes[0], orders[0], Volley(1, [Answer(0.1, 200, who="a", headers={}, text="x")], 0.1), set())
    assert {*result, "name"} == set(block("traffic_probe", "RETURN")["probes"]["contains"])
    assert yaml.safe_dump(result)
