# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/lint.md lists the rules that there are, in their order and in their own words."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.lint.inventory import options, run
from ansible_collections.inference.gateway.plugins.module_utils.lint.names import NAMES
from ansible_collections.inference.gateway.plugins.module_utils.lint.registry import all_rules
from ansible_collections.inference.gateway.plugins.module_utils.lint.rule import Rule
from unit.models.test_documentation import block

DOCUMENT = Path(__file__).parents[3] / "docs" / "lint.md"


def row(rule: Rule) -> str:
    """A rule as the table says it."""
    return f"| `{rule.id}` | {rule.severity.value} | {rule.summary} | [{source_of(rule.source)}]({rule.source}) |"


def source_of(url: str) -> str:
    """``istio/istio 13851`` for a thread, the host for a document."""
    parts = urlsplit(url)
    words = parts.path.strip("/").split("/")
    return f"{words[0]}/{words[1]} {words[3]}" if parts.netloc == "github.com" else parts.netloc


def test_the_table_is_the_rules() -> None:
    """Where this fails, the rows that it shows are what to write."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `") and line.endswith(") |")] == [row(rule) for rule in all_rules().values()]


def test_there_are_as_many_as_promised() -> None:
    assert len(all_rules()) >= 30


@pytest.mark.parametrize("rule", all_rules().values(), ids=all_rules())
def test_a_source_is_a_thread_or_a_document(rule: Rule) -> None:
    parts = urlsplit(rule.source)
    thread = parts.netloc == "github.com" and parts.path.split("/")[3] in ("issues", "pull") and parts.path.split("/")[4].isdigit()
    documents = ("gateway-api.sigs.k8s.io", "gateway-api-inference-extension.sigs.k8s.io", "kubernetes.io", "www.rfc-editor.org")
    documents += ("developer.konghq.com", "docs.cloud.google.com", "googlecloudplatform.github.io")
    assert thread or parts.netloc in documents


def test_the_modules_options_are_documented_as_they_are() -> None:
    documented = block("inference_lint", "DOCUMENTATION")["options"]
    said = {name: {key: value for key, value in item.items() if key != "description"} for name, item in documented.items()}
    assert said == options()


def test_the_modules_examples_are_read_without_a_fault(tmp_path: Path) -> None:
    (tmp_path / "routes.yml").write_text("inference_routes: []", encoding="utf-8")
    for task in block("inference_lint", "EXAMPLES"):
        given = {**{name: item.get("default") for name, item in options().items()}, **task["inference.gateway.inference_lint"], "cluster": False}
        given["inference_routes_src"] = str(tmp_path) if given["inference_routes_src"] else None
        assert run([], given).result["summary"]["errors"] == 0


def test_the_ids_are_known_to_modules_that_do_not_have_the_rules() -> None:
    assert tuple(all_rules()) == NAMES
