# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Cloud as role apigee meets it: a program ``gcloud`` that keeps accounts and bindings in a file, and environments of Apigee with their operations."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PROGRAM = """#!/usr/bin/env python3
import json, pathlib, sys
store = pathlib.Path(__file__).with_name("google.json")
state = json.loads(store.read_text())
args = [each for each in sys.argv[1:] if not each.startswith("--")]
flags = dict(each[2:].split("=", 1) for each in sys.argv[1:] if each.startswith("--"))
state["calls"].append(sys.argv[1:])
def bind(bindings):
    bindings.append({"role": flags["role"], "members": [flags["member"]]})
if args[:3] == ["iam", "service-accounts", "list"]:
    print(json.dumps([{"email": each} for each in state["accounts"] if flags["filter"] == f"email={each}"]))
elif args[:3] == ["iam", "service-accounts", "create"]:
    state["accounts"].append(f"{args[3]}@{flags['project']}.iam.gserviceaccount.com")
elif args[:2] == ["projects", "get-iam-policy"]:
    print(json.dumps({"bindings": state["project"]}))
elif args[:2] == ["projects", "add-iam-policy-binding"]:
    bind(state["project"])
elif args[:3] == ["iam", "service-accounts", "get-iam-policy"]:
    print(json.dumps({"etag": "x", **({"bindings": state["workload"]} if state["workload"] else {})}))
elif args[:3] == ["iam", "service-accounts", "add-iam-policy-binding"]:
    bind(state["workload"])
elif args == ["auth", "print-access-token"]:
    print("token-of-gcloud")
else:
    sys.exit(f"gcloud: unknown {args}")
store.write_text(json.dumps(state))
"""
READS = ("list", "get-iam-policy", "print-access-token")


class Google:
    """``with Google(folder) as google``: the program at ``google.gcloud``, the API at ``google.url``."""

    def __init__(self, folder: Path) -> None:
        self.gcloud = folder / "gcloud"
        self.gcloud.write_text(PROGRAM, encoding="utf-8")
        self.gcloud.chmod(0o755)
        self.store = folder / "google.json"
        self.store.write_text(json.dumps({"calls": [], "accounts": [], "project": [], "workload": []}), encoding="utf-8")
        self.environments: dict[str, dict[str, Any]] = {}
        self.attached: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def __enter__(self) -> Google:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.store.read_text(encoding="utf-8"))
        return found

    @property
    def writes(self) -> list[str]:
        """What gcloud and the API were told to change."""
        told = [" ".join(call[:3]) for call in self.state["calls"] if not set(READS).intersection(call)]
        return [*told, *(f"{method} {path.rpartition('/')[2]}" for method, path in self.asked if method != "GET")]

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = path.strip("/").split("/")[3:]
        if method == "POST":
            if parts == ["environments"]:
                self.environments[body["name"]] = body
            else:
                self.attached.append(body["environment"])
            return 200, {"name": "organizations/acme/operations/1", "done": False}
        if parts[0] == "environments":
            found = self.environments.get(parts[1])
            return (200, found) if found else (404, {"error": {"code": 404}})
        if parts[0] == "operations":
            return 200, {"name": path, "done": True, "response": {}}
        return 200, {"attachments": [{"environment": each} for each in self.attached]} if self.attached else {}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        google = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
                google.asked.append((self.command, self.path))
                google.tokens.add(self.headers.get("Authorization", ""))
                status, found = google.answer(self.command, self.path, body)
                told = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def __getattr__(self, name: str) -> Any:
                """http.server looks for a method for each verb."""
                if name.startswith("do_"):
                    return self._serve
                raise AttributeError(name)

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler
