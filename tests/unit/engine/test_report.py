# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No value of a Secret in anything that is shown, whatever the Secret."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Key
from ansible_collections.inference.gateway.plugins.module_utils.engine.plan import Action, Change, Plan
from ansible_collections.inference.gateway.plugins.module_utils.engine.report import Report, difference, hidden, redacted
from hypothesis import given
from hypothesis import strategies as st

VALUE = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=40).map(lambda text: f"zq0{text}")
"""Nothing that stands in a result anyhow: Hypothesis also tries the words of our own code."""
DATA = st.dictionaries(st.sampled_from(["token", "password", "ca"]), VALUE, max_size=3)


def encoded(data: dict[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(value.encode()).decode() for name, value in data.items()}


def secret(data: dict[str, str], **extra: Any) -> dict[str, Any]:
    notes = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"data": data})}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "annotations": notes, "uid": "u"}, "data": data, **extra}


@given(DATA, DATA, st.sampled_from(list(Action)))
def test_no_secret_in_any_rendering(before: dict[str, str], after: dict[str, str], action: Action) -> None:
    change = Change(action, Key("", "Secret", "ai", "s"), "objects[0]", before=secret(encoded(before)), after=secret(encoded(after), stringData=after))
    report = Report(plan=Plan((change,)))
    shown = json.dumps([report.result(diff=True), redacted([secret(encoded(before), stringData=after), {"items": [secret(encoded(after))]}])])
    for value in (*before.values(), *after.values(), *encoded(before).values(), *encoded(after).values()):
        assert value not in shown


def test_a_changed_value_is_told_from_an_unchanged_one() -> None:
    old, new = hidden(secret({"a": "eA==", "b": "eA=="}), secret({"a": "eA==", "b": "eQ==", "c": "eg=="}))
    assert old and old["data"] == {"a": "(secret)", "b": "(secret)"}
    assert new and new["data"] == {"a": "(secret)", "b": "(secret, changed)", "c": "(secret)"}


@pytest.mark.parametrize("value", [None, 3, "text", [], {}, {"kind": "Secret"}, {"kind": "Secret", "data": "no mapping", "metadata": 3}])
def test_redaction_takes_whatever_comes(value: object) -> None:
    assert "no mapping" not in json.dumps(redacted(value))


def test_a_difference_leaves_out_what_servers_make() -> None:
    live = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "uid": "u", "managedFields": [{}]}, "data": {"a": "1"}, "status": {}}
    shown = difference(Change(Action.DELETE, Key("", "ConfigMap", "ai", "c"), "prune", before=live, after=None), *hidden(live, None))
    assert shown["before"] == "apiVersion: v1\ndata:\n  a: '1'\nkind: ConfigMap\nmetadata:\n  name: c\n" and shown["after"] == ""
