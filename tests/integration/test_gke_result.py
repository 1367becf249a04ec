# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role gke_gateway hands back when a play calls its parts one by one, the last of them twice. No cluster is needed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from . import bare_plays


def outcome(*plan: tuple[str, str]) -> dict[str, Any]:
    """What module applyset answers."""
    return {"summary": {}, "plan": [{"action": action, "kind": "Kind", "namespace": "ai", "name": name, "fields": []} for action, name in plan]}


def part(**registered: Any) -> dict[str, Any]:
    role = {"name": "inference.gateway.gke_gateway", "tasks_from": "result"}
    return {"name": "Result", "ansible.builtin.include_role": role, "vars": {f"__gke_gateway_{name}": value for name, value in registered.items()}}


def handed_back(folder: Path, *parts: dict[str, Any], **variables: Any) -> dict[str, int]:
    kept = folder / "result.json"
    text = {"content": "{{ gke_gateway_result.summary | to_json }}", "dest": str(kept)}
    tasks = [*parts, {"name": "Keep", "ansible.builtin.copy": text}]
    play = folder / "play.json"
    play.write_text(json.dumps([{"name": "Play", "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    done = bare_plays.run(play, "localhost,", ansible_python_interpreter=sys.executable, **variables)
    assert done.code == 0, done.output
    found: dict[str, int] = json.loads(kept.read_text(encoding="utf-8"))
    return {action: count for action, count in found.items() if count}


def test_what_was_made_first_is_not_called_kept_later(tmp_path: Path) -> None:
    before = part(policies=outcome(("create", "policy"), ("keep", "old")))
    early = part(policies=outcome(("create", "policy"), ("keep", "old")), extensions=outcome(("update", "guard")))
    late = part(policies=outcome(("create", "policy"), ("keep", "old")), extensions=outcome(("keep", "guard")))
    assert handed_back(tmp_path, before, early, late) == {"create": 1, "update": 1, "keep": 1}


def test_what_goes_is_told_once(tmp_path: Path) -> None:
    after = part(extensions=outcome(("delete", "guard")))
    before = part(extensions=outcome(("delete", "guard")), policies=outcome(("delete", "policy")))
    assert handed_back(tmp_path, after, before, gke_gateway_state="absent") == {"delete": 2}
