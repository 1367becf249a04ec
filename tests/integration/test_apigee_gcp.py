# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The side of Google Cloud of role apigee, against a program and an API of the tests' own. No cluster is needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import bare_plays
from .fake_google import Google

ADDRESS = "apigee-apim-gsa@acme.iam.gserviceaccount.com"
ROLES = ["apigee.admin", "networkservices.serviceExtensionsAdmin", "compute.networkAdmin", "compute.loadBalancerAdmin", "iam.workloadIdentityUser"]


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    with Google(tmp_path) as found:
        yield found


def run(google: Google, *options: str, **variables: Any) -> tuple[int, int, str]:
    """Exit status, changed tasks, and what was printed."""
    tasks = [{"name": "Google's side", "ansible.builtin.include_role": {"name": "inference.gateway.apigee", "tasks_from": "gcp"}}]
    play = google.store.with_name("play.json")
    play.write_text(json.dumps([{"name": "Play", "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    given = {"apigee_project": "acme", "apigee_gcloud": str(google.gcloud), "apigee_api_endpoint": google.url, "ansible_python_interpreter": sys.executable}
    done = bare_plays.run(play, "localhost,", *options, **(given | variables))
    return done.code, done.changed, done.output


ENVIRONMENT = {"apigee_environment": "llm", "apigee_environment_type": "COMPREHENSIVE", "apigee_instance": "eu"}


def test_what_is_missing_is_told_in_a_check_and_made_once(google: Google) -> None:
    code, changed, output = run(google, "--check", **ENVIRONMENT)
    assert (code, changed > 0, google.writes) == (0, True, []), output
    assert f"service account {ADDRESS}" in output

    code, _changed, output = run(google, **ENVIRONMENT)
    assert code == 0, output
    assert google.state["accounts"] == [ADDRESS]
    assert google.state["project"] == [{"role": f"roles/{role}", "members": [f"serviceAccount:{ADDRESS}"]} for role in ROLES]
    pods = "serviceAccount:acme.svc.id.goog[apim/apim-ksa]"
    assert google.state["workload"] == [{"role": "roles/iam.workloadIdentityUser", "members": [pods]}]
    made = google.environments["llm"]
    assert made["properties"] == {"property": [{"name": "apigee-service-extension-enabled", "value": "true"}]}
    assert (made["type"], made["deploymentType"], made["apiProxyType"], google.attached) == ("COMPREHENSIVE", "PROXY", "PROGRAMMABLE", ["llm"])
    assert google.tokens == {"Bearer token-of-gcloud"}
    assert "token-of-gcloud" not in output

    written = google.writes
    code, changed, output = run(google, **ENVIRONMENT)
    assert (code, changed, google.writes) == (0, 0, written), output


def test_an_environment_that_extensions_cannot_use_is_told(google: Google) -> None:
    google.environments["llm"] = {"name": "llm", "type": "BASE"}
    code, _changed, output = run(google, **ENVIRONMENT)
    assert code != 0
    assert "extensions of load balancers cannot use it: it has type BASE" in " ".join(output.split())


def test_who_refuses_is_heard(google: Google) -> None:
    """Requests bear a token and are not shown; what came back has to be."""
    served = google.answer

    def refuses(verb: str) -> Any:
        def answer(method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            return (403, {"error": {"code": 403, "message": f"Permission denied to {verb}"}}) if method == verb else served(method, path, body)

        return answer

    for verb in ("GET", "POST"):
        google.answer = refuses(verb)  # type: ignore[method-assign]
        code, _changed, output = run(google, **ENVIRONMENT)
        assert code != 0 and f"Permission denied to {verb}" in output, output
        assert "token-of-gcloud" not in output

    def never_done(method: str, path: str, body: Any) -> Any:
        return (200, {"name": path, "done": False}) if "operations" in path else served(method, path, body)

    google.answer = never_done  # type: ignore[method-assign]
    code, _changed, output = run(google, **ENVIRONMENT, apigee_wait_timeout=0)
    assert code != 0 and "it is not done after 0 s" in " ".join(output.split()), output

    program = google.gcloud.read_text(encoding="utf-8")
    google.gcloud.write_text(program.replace('print("token-of-gcloud")', 'sys.exit("You do not have an active account")'), encoding="utf-8")
    code, _changed, output = run(google, **ENVIRONMENT)
    assert code != 0 and "You do not have an active account" in output, output
