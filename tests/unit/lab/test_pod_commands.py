# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that run their own command with the lab's Python: which ones, with what, and what a kubelet tells of them. tests/e2e/test_inside.py runs real ones."""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from inference_lab.traffic import logs, pod_program, pod_root, programs
from inference_lab.traffic.pod_program import PodProgram

JOB = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "python:3.13", "command": ["python3", "-m", "probe.inside", "$(FILE)"]}]}
SERVICES = {"gw-istio.ai": "10.96.0.7", "llm.other": "10.96.0.8", "headless.ai": "None"}


def pod(**spec: Any) -> dict[str, Any]:
    meta = {"namespace": "ai", "name": "job-x", "uid": "0123456789"}
    return {"metadata": meta, "spec": {**JOB, **spec}, "status": {"podIP": "10.244.1.9", "phase": "Running"}}


def container(**more: Any) -> list[dict[str, Any]]:
    return [{**JOB["containers"][0], **more}]  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("spec", "runs"),
    [
        ({}, True),
        ({"containers": container(image="registry.example.com:5000/python-aiohttp@sha256:abc")}, True),
        ({"restartPolicy": "OnFailure"}, True),
        ({"restartPolicy": "Always"}, False),
        ({"containers": container(image="python/other:3")}, False),
        ({"containers": container(image="pythonic:3")}, False),
        ({"containers": [{"name": "main", "image": "python:3"}]}, False),
        ({"containers": container() * 2}, False),
        ({"initContainers": container()}, False),
    ],
)
def test_which_pods_run_their_command(spec: dict[str, Any], runs: bool) -> None:
    assert (programs.sort_of(pod(**spec)) is not None) is runs


def program(found: dict[str, Any], **known: dict[str, str]) -> programs.Program:
    contents = {("Secret" if name == "orders" else "ConfigMap", name): files for name, files in known.items()}
    around = programs.Surroundings("/state/pods/x", "token", contents, lambda *_: "", ("10.96.0.1", 6443), SERVICES)
    return programs.program("python", found, found["spec"]["containers"][0], around)


def test_a_command_finds_its_files_where_the_pod_mounts_them() -> None:
    mounts = [{"name": "code", "mountPath": "/code/probe"}, {"name": "orders", "mountPath": "/orders"}, {"name": "room", "mountPath": "/room/"}]
    more = {"args": ["/orders/b"], "env": [{"name": "FILE", "value": "/orders/a"}], "workingDir": "/code", "volumeMounts": mounts}
    volumes = [{"name": "code", "configMap": {"name": "code"}}, {"name": "orders", "secret": {"secretName": "orders", "defaultMode": 0o400}}]
    security = {"runAsUser": 65532, "runAsGroup": 65531, "fsGroup": 65530}
    containers = container(**more, securityContext={"readOnlyRootFilesystem": True})
    found = program(pod(containers=containers, volumes=[*volumes, {"name": "room", "emptyDir": {}}], securityContext=security), code={"inside.py": "x"})
    assert (found.name, found.args) == ("python3", ["-m", "probe.inside", "/orders/a", "/orders/b"])
    assert found.files["volumes/code/inside.py"] == "x"
    assert found.environment["FILE"] == "/orders/a"
    root = found.root
    assert root is not None
    assert root.mounts == {"/code/probe": "volumes/code", "/orders": "volumes/orders", "/room": "volumes/room"}
    assert root.modes == {"volumes/code": 0o644, "volumes/orders": 0o440}
    assert (root.working_dir, root.read_only, root.writable) == ("/code", True, {"/room"})
    script = pod_root.command(root, ["python3", "a b"], users=True)
    assert script[-2:] == ["python3", "a b"]
    assert "--reuid=65532 --regid=65531 --groups=65530" in script[2]
    assert "reuid" not in pod_root.command(root, ["python3"], users=False)[2]


def test_services_are_known_by_name() -> None:
    hosts = str(program(pod()).files["etc/hosts"]).splitlines()
    assert "10.96.0.7 gw-istio.ai.svc.cluster.local gw-istio.ai.svc gw-istio.ai gw-istio" in hosts
    assert "10.96.0.8 llm.other.svc.cluster.local llm.other.svc llm.other" in hosts
    assert not [line for line in hosts if "headless" in line]


class Api:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    async def request(self, _method: str, _path: str, body: Any = None, _content: str = "") -> tuple[int, dict[str, Any]]:
        self.told.append(body["status"])
        return 200, {}


class Trial(PodProgram):
    codes: tuple[int, ...] = ()

    async def _spawn(self, _program: Any) -> asyncio.subprocess.Process:
        code, *rest = self.codes
        self.codes = tuple(rest)
        return await asyncio.create_subprocess_exec("sh", "-c", f"exit {code}", start_new_session=True)


@pytest.mark.parametrize(
    ("policy", "codes", "phase", "restarts"),
    [("Never", (0,), "Succeeded", 0), ("Never", (3,), "Failed", 0), ("OnFailure", (3, 0), "Succeeded", 1)],
)
def test_the_end_of_a_command_is_the_end_of_its_pod(
    policy: str, codes: tuple[int, ...], phase: str, restarts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def detach(_interface: str) -> None:
        return

    monkeypatch.setattr(pod_program, "BACKOFF", (0.01,))
    monkeypatch.setattr(pod_program.pod_network, "detach", detach)

    async def work() -> dict[str, Any]:
        api, found = Api(), pod(restartPolicy=policy)
        entry = Trial(api, tmp_path, found, "python", found["spec"]["containers"][0])  # type: ignore[arg-type]
        entry.codes = codes
        entry.start(programs.Surroundings("", "token", {}, lambda *_: "", ("10.96.0.1", 6443)), {})
        assert entry.task is not None
        await asyncio.wait_for(entry.task, 5)
        await entry.stop()
        assert [status.get("phase") for status in api.told[:-1]] == [None] * (len(api.told) - 1)
        return api.told[-1]

    told = asyncio.run(work())
    status = told["containerStatuses"][0]
    assert (told["phase"], status["restartCount"], status["state"]["terminated"]["exitCode"]) == (phase, restarts, codes[-1])


def log(state: Path, *starts: bytes) -> None:
    file = logs.file_of(state, "ai", "job-x")
    file.parent.mkdir(parents=True)
    when = datetime.datetime.now(datetime.UTC).isoformat()
    file.write_bytes(b"".join(logs.head(when, ["sh", "-c", "a\nb"]) + text for text in starts))


def ask(state: Path, query: str = "", runs: bool | None = False) -> tuple[int, bytes]:
    async def work() -> web.StreamResponse:
        request = make_mocked_request("GET", f"/containerLogs/ai/job-x/main?{query}", match_info={"namespace": "ai", "pod": "job-x", "container": "main"})
        return await logs.Logs(state, lambda *_: runs).serve(request)

    answer = asyncio.run(work())
    assert isinstance(answer, web.Response)
    return answer.status, bytes(answer.body or b"")  # type: ignore[arg-type]


def test_a_log_is_what_the_last_start_printed(tmp_path: Path) -> None:
    log(tmp_path, b"first, without an end of line", b"one\ntwo\nthree")
    assert ask(tmp_path) == (200, b"one\ntwo\nthree")
    assert ask(tmp_path, "tailLines=2") == (200, b"two\nthree")
    assert ask(tmp_path, "tailLines=0") == (200, b"")
    assert ask(tmp_path, "limitBytes=4") == (200, b"one\n")
    assert ask(tmp_path, "previous=true")[0] == 400
    assert ask(tmp_path, "tailLines=x")[0] == 400
    assert ask(tmp_path, runs=None)[0] == 404


@pytest.mark.parametrize(("name", "status"), [("kubernetes", 200), ("lab:viewer", 403), (None, 403)])
def test_only_the_api_server_is_told(name: str | None, status: int) -> None:
    async def served(_request: Any) -> web.Response:
        return web.Response()

    shown = {"subject": ((("organizationName", "x"),), (("commonName", name),))} if name else None
    request: Any = SimpleNamespace(transport=SimpleNamespace(get_extra_info=lambda _what: shown))
    assert asyncio.run(logs.api_server_alone(request, served)).status == status
