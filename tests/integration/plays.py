# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks run as users run them, in a process of their own, against a lab."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference_lab import Lab
from inference_lab.audit import now

ROOT = Path(__file__).resolve().parents[2]
WRITES = ("create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True)
class Outcome:
    """What a run printed and wrote. ``writes`` are the requests that changed the cluster, as ``verb URI``."""

    code: int
    output: str
    results: dict[str, Any]
    writes: list[str]

    @property
    def changed(self) -> int:
        """Changed tasks over all hosts."""
        found = re.findall(r"changed=(\d+)", self.output)
        assert found, self.output
        return sum(map(int, found))

    @property
    def message(self) -> str:
        """The output in one line, so that a sentence is found wherever it was folded."""
        return " ".join(self.output.split())


class Plays:
    """Runs playbooks on one lab. ``folder`` receives inventories, plays and results."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def inventory(self, name: str = "clusters", **variables: Any) -> Path:
        """An inventory of one cluster, the lab."""
        host = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "inference_gateway_connection": {"kubeconfig": self.lab.kubeconfig},
            "gateway_api_source": f"{self.lab.manifests}/gateway-api-{{version}}/{{channel}}",
            "inference_extension_source": f"{self.lab.manifests}/inference-extension-{{version}}",
            **variables,
        }
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps({"clusters": {"hosts": {"lab": host}}}), encoding="utf-8")
        return file

    def role(self, name: str, *, check: bool = False, **variables: Any) -> Outcome:
        """One role alone, with its result as ``results``."""
        result = self.folder / "result.json"
        result.unlink(missing_ok=True)
        connection = "{{ inference_gateway_connection }}"
        play = {
            "name": "Run one role",
            "hosts": "clusters",
            "gather_facts": False,
            "module_defaults": {f"group/{name}": connection for name in ("inference.gateway.all", "kubernetes.core.k8s", "kubernetes.core.helm")},
            "roles": [{"role": f"inference.gateway.{name}"}],
            "post_tasks": [
                {
                    "name": "Hand out the result",
                    "ansible.builtin.copy": {"content": f"{{{{ {name}_result | default({{}}) }}}}", "dest": str(result), "mode": "0600"},
                    "check_mode": False,
                    "changed_when": False,
                }
            ],
        }
        file = self.folder / "role.json"
        file.write_text(json.dumps([play]), encoding="utf-8")
        return self.run(str(file), self.inventory(), result, check=check, **variables)

    def run(self, playbook: str, inventory: Path, result: Path, *options: str, check: bool = False, **variables: Any) -> Outcome:
        argv = [sys.executable, "-m", "ansible", "playbook", playbook, "--inventory", str(inventory), *options]
        argv += ["--extra-vars", json.dumps(variables), *(["--check"] if check else [])]
        began = now()
        done = subprocess.run(argv, cwd=ROOT, env=self._environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        results = json.loads(result.read_text(encoding="utf-8") or "{}") if result.exists() else {}
        events = [event for event in self.lab.requests(user="lab:admin", since=began, verbs=WRITES) if "dryRun" not in event["requestURI"]]
        return Outcome(done.returncode, done.stdout + done.stderr, results, [f"{event['verb']} {event['requestURI']}" for event in events])

    def crds(self) -> dict[str, dict[str, Any]]:
        """Every CRD of the cluster by name."""
        return {item["metadata"]["name"]: item for item in json.loads(self.lab.kubectl("get", "crd", "-o", "json"))["items"]}

    def versions(self, annotation: str = "gateway.networking.k8s.io/bundle-version") -> set[str]:
        """The bundle versions of all CRDs that bear the annotation."""
        notes = [crd["metadata"].get("annotations", {}) for crd in self.crds().values()]
        return {each[annotation] for each in notes if annotation in each}

    def _environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_"))}
        env |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "INFERENCE_LAB_STATE": str(self.lab.state), "ANSIBLE_NOCOLOR": "1"}
        return env | {"XDG_CACHE_HOME": str(self.folder / "cache")}
