# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-playbook itself prints of apps, as loud as it can be: no key, secret or token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from contract.apigee.server import ApigeeServer

from .apigee_runs import Organization

ROOT = Path(__file__).resolve().parents[2]
ANN, TOKEN = "ann@example.com", "t-access-token-123456"
KEY, SECRET, NEW_KEY = "k-scout-4711-abcdef", "s-scout-0815-ghijkl", "k-scout-2222-mnopqr"


def chat(key: str, products: list[str]) -> dict[str, Any]:
    keys = [{"name": "default"}, {"name": "made", "expires_in": 3600}, {"name": "own", "consumer_key": key, "consumer_secret": SECRET}]
    return {"name": "chat", "developer": ANN, "products": products, "keys": keys}


def play(folder: Path, server: ApigeeServer) -> dict[str, Any]:
    """A list in the task, one in a file that only the module reads, and what is refused here and there, since errors are the loudest."""
    connection = {"organization": server.state.name, "api_endpoint": server.url, "access_token": TOKEN, "owner": "team"}
    (folder / "apps.yml").write_text(json.dumps({"apigee_apps": [chat(NEW_KEY, ["silver"])]}))
    taken = {"name": "thief", "developer": ANN, "products": ["gold"], "keys": [{"consumer_key": "k-by-hand-333-stuvwx"}]}
    misplaced = {**chat(KEY, ["gold"]), "consumer_key": KEY}
    expiry = {**chat(NEW_KEY, ["gold"]), "keys": [{"name": "own", "consumer_key": NEW_KEY, "consumer_secret": SECRET, "expires_in": 60}]}
    calls = [
        ({"apigee_apps": [chat(KEY, ["gold"])]}, False),
        ({"src": str(folder / "apps.yml")}, False),
        *(({"apigee_apps": [entry]}, True) for entry in (taken, misplaced, expiry, chat(NEW_KEY, ["none"]))),
    ]
    tasks = [{"inference.gateway.apigee_apps": {**connection, **call}, "ignore_errors": wrong} for call, wrong in calls]
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": {"ansible_python_interpreter": sys.executable}, "tasks": tasks}


def test_no_secret_is_printed(tmp_path: Path) -> None:
    """Trap 17."""
    with ApigeeServer() as server:
        org = Organization(server, "apigee_apps")
        org.seed(products=("gold", "silver"), developers=(ANN,))
        asking = org.asking()
        asking.must("POST", f"/developers/{ANN}/apps", {"name": "theirs"})
        asking.must("POST", f"/developers/{ANN}/apps/theirs/keys", {"consumerKey": "k-by-hand-333-stuvwx", "consumerSecret": "s-by-hand-333-stuvwx"})
        server.token = TOKEN
        (tmp_path / "play.yml").write_text(json.dumps([play(tmp_path, server)]))
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible" / "collections")}
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-vvv", "--diff", str(tmp_path / "play.yml")]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and not server.crashes, done.stdout[-3000:]
        values = {key[name] for app in server.state.apps.values() for key in app["credentials"] for name in ("consumerKey", "consumerSecret")}
    told = done.stdout + done.stderr
    assert len(values) >= 10 and "(secret, changed)" in told and told.count("...ignoring") == 4
    assert "is a key of app theirs" in told and "Apigee sets the expiry of a key only when it is made" in told and "unknown field consumer_key" in told
    assert not [value for value in (*values, KEY, SECRET, NEW_KEY, TOKEN) if value in told]
