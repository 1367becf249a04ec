# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-playbook itself prints of consumers, as loud as it can be: no key, password, secret or token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from contract.kong import KongAdmin

ROOT = Path(__file__).resolve().parents[2]
KEY, PASSWORD, SHARED, TOKEN, NEW_KEY = "k-scout-4711-abcdef", "correct-horse-battery", "shared-secret-of-jwt", "t-admin-token-123456", "k-scout-0815-ghijkl"
SECRETS = (KEY, PASSWORD, SHARED, TOKEN, NEW_KEY)


def consumers(key: str) -> list[dict[str, Any]]:
    scout = {
        "name": "scout",
        "groups": ["scout"],
        "keys": [{"key": key}],
        "basic_auth": [{"username": "scout", "password": PASSWORD}],
        "jwt": [{"key": "issuer", "secret": SHARED}],
    }
    return [scout, {"name": "maverick", "groups": ["maverick"], "keys": [{"generate": True}]}]


def play(folder: Path, kong: KongAdmin, key: str, *, src: bool) -> dict[str, Any]:
    """A task with the list in it, or in a file that only the module reads; the wrong ones too, since errors are the loudest."""
    task: dict[str, Any] = {"owner": "team", "kong_admin": {"urls": [kong.url], "token": TOKEN}}
    if src:
        (folder / "consumers.yml").write_text(json.dumps({"kong_consumers": consumers(key)}))
        task["src"] = str(folder / "consumers.yml")
    else:
        task["kong_consumers"] = consumers(key)
    wrong = {**task, "kong_consumers": [*consumers(key), {"name": "thief", "groups": ["a"], "keys": [{"key": key}]}]}
    wrong.pop("src", None)
    tasks = [{"inference.gateway.kong_consumers": task}, {"inference.gateway.kong_consumers": wrong, "ignore_errors": True}]
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": {"ansible_python_interpreter": sys.executable}, "tasks": tasks}


def printed(folder: Path, plays: list[dict[str, Any]]) -> str:
    (folder / "play.yml").write_text(json.dumps(plays))
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible" / "collections")}
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-vvv", "--diff", str(folder / "play.yml")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout + done.stderr


def test_no_secret_is_printed(tmp_path: Path) -> None:
    with KongAdmin(token=TOKEN) as kong:
        told = printed(tmp_path, [play(tmp_path, kong, KEY, src=False), play(tmp_path, kong, NEW_KEY, src=True)])
        generated = [row["key"] for row in kong.rows("keyauth_credentials")]
        assert NEW_KEY in generated and len(generated) == 2
    assert "is that of scout too" in told and "(secret, changed)" in told and "kong_consumers" in told
    assert not [secret for secret in (*SECRETS, *generated) if secret in told]
