# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules run in process against the lab's API server; every effect is read back with kubectl or counted in the audit log."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from inference_lab import Lab
from inference_lab.audit import now
from kubernetes.client import Configuration

AGENT = "inference.gateway/"
WRITES = ("create", "update", "patch", "delete", "deletecollection")

Result = dict[str, Any]


class Cluster:
    """The lab as a test sees it: a namespace of its own, the modules, and what the server recorded."""

    def __init__(self, lab: Lab, namespace: str) -> None:
        self.lab = lab
        self.namespace = namespace
        self.kubeconfig = lab.kubeconfig

    def run(self, module: str, *, check: bool = False, diff: bool = False, **params: Any) -> Result:
        """One run of a module's main on behalf of an owner; its JSON result."""
        return self.main(module, {"kubeconfig": self.kubeconfig, "owner": "team", **params}, check=check, diff=diff)

    def main(self, module: str, params: dict[str, Any], *, check: bool = False, diff: bool = False) -> Result:
        """One run of a module's main with nothing but these parameters and the namespace."""
        found = importlib.import_module(f"ansible_collections.inference.gateway.plugins.modules.{module}")
        out = io.StringIO()
        args = {"namespace": self.namespace, **params, "_ansible_check_mode": check, "_ansible_diff": diff}
        with patch_module_args(args), contextlib.redirect_stdout(out), pytest.raises(SystemExit):
            found.main()
        return json.loads(out.getvalue().strip().splitlines()[-1])

    def ok(self, module: str, **params: Any) -> Result:
        result = self.run(module, **params)
        assert not result.get("failed"), result["msg"]
        return result

    def refused(self, module: str, **params: Any) -> str:
        """The message of a run that has to fail."""
        result = self.run(module, **params)
        assert result.get("failed"), result
        assert "Traceback" not in result["msg"]
        return str(result["msg"])

    def kubectl(self, *args: str, stdin: str | None = None, check: bool = True) -> str:
        return self.lab.kubectl("-n", self.namespace, *args, input=stdin, check=check)

    def kubectl_applyset(self, parent: str, obj: dict[str, Any]) -> str:
        """What ``kubectl apply --applyset`` complains about for a set with this parent and one member; empty when it is content."""
        args = [str(self.lab.bin / "kubectl"), f"--kubeconfig={self.kubeconfig}", "-n", self.namespace, "apply", "--server-side", "--prune"]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.lab.state), "KUBECTL_APPLYSET": "true"}
        done = subprocess.run(
            [*args, f"--applyset=configmap/{parent}", "-f", "-"], input=json.dumps(obj), capture_output=True, text=True, check=False, env=environment
        )
        return done.stderr if done.returncode else ""

    def get(self, what: str) -> dict[str, Any]:
        """An object, managedFields included."""
        return json.loads(self.kubectl("get", what, "-o", "json", "--show-managed-fields"))

    def names(self, kind: str) -> set[str]:
        return set(self.kubectl("get", kind, "-o", "name").replace("\n", " ").split())

    @contextlib.contextmanager
    def requests(self) -> Iterator[list[dict[str, Any]]]:
        """The modules' requests within the block, filled in at its end."""
        since = now()
        found: list[dict[str, Any]] = []
        yield found
        found += self.lab.requests(user_agent=AGENT, since=since)

    @contextlib.contextmanager
    def writes(self) -> Iterator[list[str]]:
        """What the modules really wrote within the block, as "verb path", filled in at its end; dry runs are no writes."""
        since = now()
        found: list[str] = []
        yield found
        requests = self.lab.requests(user_agent=AGENT, since=since)
        found += [f"{event['verb']} {event['requestURI']}" for event in requests if event["verb"] in WRITES and "dryRun=All" not in event["requestURI"]]

    @contextlib.contextmanager
    def no_writes(self) -> Iterator[None]:
        with self.writes() as written:
            yield
        assert written == []


@pytest.fixture
def cluster(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A fresh namespace on the lab."""
    words = "".join(letter if letter.isalnum() else "-" for letter in request.node.name.removeprefix("test_").lower()).strip("-")
    name = f"t-{words[:40].strip('-')}-{secrets.token_hex(4)}"
    lab.kubectl("create", "namespace", name)
    yield Cluster(lab, name)
    lab.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def crds(lab: Lab) -> Path:
    """The experimental channel of Gateway API and all kinds of the inference extension, Established."""
    for folder in ("gateway-api-v1.6.1/experimental", "inference-extension-v1.5.0"):
        lab.kubectl("apply", "--server-side", "--force-conflicts", "-f", str((lab.manifests / folder).resolve()))
    lab.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    return lab.manifests


@pytest.fixture(autouse=True)
def _as_in_a_new_process() -> Iterator[None]:
    """Ansible keeps warnings in the process, the Kubernetes client its last configuration; a real run of a module starts without either."""
    yield
    Configuration.set_default(None)
    for name in [name for name in sys.modules if name.startswith("ansible.module_utils.common.warnings")]:
        importlib.reload(sys.modules[name])


PLAIN_SECRET = "correct-horse-battery-staple"


def secret(name: str, value: str = PLAIN_SECRET) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"token": value}}


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str, **limits: str) -> dict[str, Any]:
    container = {"name": "main", "image": "registry.example/model:1", "resources": {"limits": limits}}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {"selector": {"matchLabels": labels}, "template": template}}
