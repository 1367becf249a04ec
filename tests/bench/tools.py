# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools that are compared, each as the commands that its users would write."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from bench.meter import PLAYBOOK, environment, metered
from inference_lab import Lab

CASES = ("create", "no-op", "change one", "delete")

Route = dict[str, Any]


@dataclass(frozen=True)
class Workspace:
    """Where one tool works: a folder of its own and a namespace of its own on the lab."""

    lab: Lab
    folder: Path
    namespace: str

    def write(self, name: str, content: str) -> str:
        path = self.folder / name
        path.write_text(content)
        return str(path)

    def environment(self) -> dict[str, str]:
        connection = {"KUBECONFIG": self.lab.kubeconfig, "K8S_AUTH_KUBECONFIG": self.lab.kubeconfig, "KUBECTL_APPLYSET": "true"}
        return environment(**connection, ANSIBLE_LOCALHOST_WARNING="false", ANSIBLE_STDOUT_CALLBACK="ansible.builtin.default")


@dataclass(frozen=True)
class Tool:
    """``command(workspace, case, routes)`` is measured, with the routes to apply or to delete; the audit log knows its requests by ``agent``."""

    name: str
    agent: str
    command: Callable[[Workspace, str, list[Route]], list[str]]


def manifest(route: Route) -> dict[str, Any]:
    """The HTTPRoute that the portable route stands for, as the peers' users write it."""
    rules = [
        {
            "matches": [{"path": {"type": "PathPrefix", "value": rule["path"]}}],
            "backendRefs": [{"name": backend["service"], "port": backend["port"], "weight": backend["weight"]} for backend in rule["backends"]],
            "timeouts": rule["timeouts"],
        }
        for rule in route["rules"]
    ]
    spec = {"parentRefs": [{"name": name} for name in route["parents"]], "hostnames": route["hostnames"], "rules": rules}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": route["name"]}, "spec": spec}


def routes(count: int, changed: int = 0) -> list[Route]:
    """``count`` routes, the first ``changed`` of which have other weights."""
    return [
        {
            "name": f"route-{number:05d}",
            "parents": ["inference-gateway"],
            "hostnames": [f"r{number}.inference.example.com"],
            "rules": [
                {
                    "path": "/v1/chat/completions",
                    "backends": [
                        {"service": "ollama", "port": 11434, "weight": 70 if number < changed else 60},
                        {"service": "ollama-1", "port": 11434, "weight": 30 if number < changed else 40},
                    ],
                    "timeouts": {"request": "300s"},
                }
            ],
        }
        for number in range(count)
    ]


def dump(documents: list[Any], *, many: bool) -> str:
    fast = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump_all(documents, Dumper=fast, sort_keys=False) if many else yaml.dump(documents, Dumper=fast, sort_keys=False)


def play(folder: Path, tasks: list[dict[str, Any]], more: dict[str, str]) -> dict[str, float]:
    """What one run of these tasks costs its user. ``more`` is added to the environment."""
    path = folder / "play.yml"
    variables = {"ansible_python_interpreter": sys.executable}
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": tasks}], sort_keys=False))
    command = [PLAYBOOK, "-i", "localhost,", str(path)]
    return metered(", ".join(name for task in tasks for name in task), command, folder / "output", environment(**more))


def _play(workspace: Workspace, task: dict[str, Any], variables: str | None = None) -> list[str]:
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": {"ansible_python_interpreter": sys.executable}, "tasks": [task]}
    if variables:
        play["vars_files"] = [variables]
    path = workspace.write("play.yml", yaml.safe_dump([play], sort_keys=False))
    return [PLAYBOOK, "-i", "localhost,", path]


def _kubectl(*more: str) -> Callable[[Workspace, str, list[Route]], list[str]]:
    def command(workspace: Workspace, case: str, declared: list[Route]) -> list[str]:
        path = workspace.write("all.yaml", dump([manifest(route) for route in declared], many=True))
        verb = ["delete", "--wait=false"] if case == "delete" else ["apply", *more]
        return [str(workspace.lab.bin / "kubectl"), "-n", workspace.namespace, *verb, "-f", path]

    return command


def _core(*, src: bool) -> Callable[[Workspace, str, list[Route]], list[str]]:
    def command(workspace: Workspace, case: str, declared: list[Route]) -> list[str]:
        options: dict[str, Any] = {"namespace": workspace.namespace, "state": "absent" if case == "delete" else "present", "apply": case != "delete"}
        documents = [manifest(route) for route in declared]
        if src:
            return _play(workspace, {"kubernetes.core.k8s": {**options, "src": workspace.write("all.yaml", dump(documents, many=True))}})
        path = workspace.write("vars.json", json.dumps({"objects": documents}))
        return _play(workspace, {"kubernetes.core.k8s": {**options, "definition": "{{ objects }}"}}, path)

    return command


def _ours(*, src: bool, validate: bool = True) -> Callable[[Workspace, str, list[Route]], list[str]]:
    def command(workspace: Workspace, case: str, declared: list[Route]) -> list[str]:
        options: dict[str, Any] = {"namespace": workspace.namespace, "owner": "bench", "prune": True, "prune_limit": "100%", "validate": validate}
        declared = [] if case == "delete" else declared
        if src:
            options["src"] = workspace.write("routes.yml", dump([{"inference_routes": declared}], many=True))
            return _play(workspace, {"inference.gateway.inference_routes": options})
        path = workspace.write("vars.json", json.dumps({"inference_routes": declared}))
        return _play(workspace, {"inference.gateway.inference_routes": {**options, "inference_routes": "{{ inference_routes }}"}}, path)

    return command


TOOLS = (
    Tool("kubernetes.core.k8s, list", "OpenAPI-Generator", _core(src=False)),
    Tool("kubernetes.core.k8s, src", "OpenAPI-Generator", _core(src=True)),
    Tool("kubectl apply", "kubectl/", _kubectl()),
    Tool("kubectl apply --server-side", "kubectl/", _kubectl("--server-side")),
    Tool("inference_routes, list", "inference.gateway/", _ours(src=False)),
    Tool("inference_routes, src, validate: false", "inference.gateway/", _ours(src=True, validate=False)),
    Tool("inference_routes, src", "inference.gateway/", _ours(src=True)),
)
START = Tool("ansible.builtin.debug", "nobody", lambda workspace, _case, _routes: _play(workspace, {"ansible.builtin.debug": {"msg": "nothing"}}))
"""Ansible's own start and one task that does nothing: what no task can go below."""
