# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests from inside the cluster: the code that would run in a pod runs in a process of its own, with nothing but what the Job gives it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe.answer import Answer, Volley
from ansible_collections.inference.gateway.plugins.module_utils.probe.job import Inside, JobError, objects
from ansible_collections.inference.gateway.plugins.module_utils.probe.order import Order, Target
from ansible_collections.inference.gateway.plugins.module_utils.probe.pack import pack, unpack
from ansible_collections.inference.gateway.plugins.module_utils.stores.transport import ApiError

SECRET = "Bearer sesame-open"


class FakeCluster:
    """An API server with one pod, which runs what its Job says. ``phase`` and ``reason`` stand in for a pod that does not run."""

    def __init__(self, folder: Path, phase: str = "", reason: str = "", log: str | None = None) -> None:
        self.host = "https://api.invalid"
        self.folder = folder
        self.phase, self.reason, self.log = phase, reason, log
        self.objects: dict[str, dict[str, Any]] = {}
        self.made: list[str] = []
        self.output = ""

    def credentials(self) -> list[tuple[str, str]]:
        return []

    @property
    def pool(self) -> Any:
        return self

    def request(self, method: str, path: str, *, query: Any = None, body: Any = None, **_options: Any) -> Any:
        if path.startswith(self.host):
            text = self.output if self.log is None else self.log
            return SimpleNamespace(status=200, data=text.encode())
        if method == "PATCH":
            self.objects[body["kind"]] = body
            self.made.append(f"{path} {query['fieldManager']}")
            if body["kind"] == self.reason:
                raise ApiError(403, {"message": "no"}, method, path)
            return body
        if method == "DELETE":
            kind = {"jobs": "Job", "secrets": "Secret", "configmaps": "ConfigMap"}[path.split("/")[-2]]
            if self.objects.pop(kind, None) is None:
                raise ApiError(404, {}, method, path)
            return {}
        return {"items": [self._pod()]}

    def _pod(self) -> dict[str, Any]:
        if not self.phase and not self.output:
            self.output = self._run()
        waiting = [{"state": {"waiting": {"reason": self.reason}}}] if self.reason else []
        return {"metadata": {"name": "probe-x"}, "status": {"phase": self.phase or "Succeeded", "containerStatuses": waiting}}

    def _run(self) -> str:
        """The container's command on the container's files, in a Python that knows no path of ours."""
        container = self.objects["Job"]["spec"]["template"]["spec"]["containers"][0]
        for kind, folder, key in (("ConfigMap", "code/probe", "data"), ("Secret", "orders", "stringData")):
            (self.folder / folder).mkdir(parents=True)
            for name, text in self.objects[kind][key].items():
                (self.folder / folder / name).write_text(text, encoding="utf-8")
        command = [sys.executable if word == "python3" else word.replace("/orders/", f"{self.folder}/orders/") for word in container["command"]]
        done = subprocess.run(command, cwd=self.folder / "code", env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
        return f"a warning of the image\n{done.stdout}"


@contextmanager
def web() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.headers["authorization"] == SECRET
            self.send_response(200 if good else 401)
            self.send_header("x-inference-pod", "ai/p-0")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def order(port: int, **fields: Any) -> Order:
    return Order(Target("127.0.0.1", port), f"127.0.0.1:{port}", "/", headers=(("Authorization", SECRET),), **fields)


def inside(cluster: Any, seconds: float = 60) -> Inside:
    ticks = iter(range(10_000))
    return Inside(cluster, "ai", "python-aiohttp:3", seconds, sleep=lambda _seconds: None, clock=lambda: float(next(ticks)))


def test_the_same_client_runs_in_the_pod(tmp_path: Path) -> None:
    cluster = FakeCluster(tmp_path)
    with web() as port, socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
        taken.close()
        first, second = inside(cluster).fire_all([order(port, count=5, concurrency=2), order(free)], 2)
    assert [(answer.status, answer.who) for answer in first.answers] == [(200, "ai/p-0")] * 5
    assert [answer.error for answer in second.answers] == ["connect_refused"]
    assert [path.split("/")[-2] for path in cluster.made] == ["configmaps", "secrets", "jobs"]
    assert all(path.endswith(" inference.gateway") for path in cluster.made)
    assert cluster.objects == {}, "nothing stays behind"


def test_secrets_are_in_the_secret_alone() -> None:
    made = {obj["kind"]: json.dumps(obj) for obj in objects("n", "ai", "i", [order(1)], 1, 60)}
    assert SECRET in made["Secret"]
    assert SECRET not in made["ConfigMap"] + made["Job"]


def test_the_pod_may_do_nothing() -> None:
    spec = objects("n", "ai", "i", [order(1)], 1, 60)[2]["spec"]
    pod = spec["template"]["spec"]
    assert (spec["backoffLimit"], pod["automountServiceAccountToken"], pod["securityContext"]["runAsNonRoot"]) == (0, False, True)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"phase": "Pending", "reason": "ImagePullBackOff"}, "does not start (ImagePullBackOff). Is image python-aiohttp:3 right?"),
        ({"phase": "Failed", "log": "Traceback: boom"}, "failed. Its log ends with: Traceback: boom"),
        ({"phase": "Pending"}, "is Pending after 60 s"),
        ({"phase": "Succeeded", "log": "hello"}, "printed no answers. hello"),
        ({"phase": "Succeeded", "log": '{"error": "the image has no Python package aiohttp"}'}, "no Python package aiohttp. Use an image"),
        ({"reason": "Job"}, "that was to send the requests: no (HTTP 403"),
    ],
)
def test_what_goes_wrong_is_told_and_nothing_stays(tmp_path: Path, fault: dict[str, str], words: str) -> None:
    cluster = FakeCluster(tmp_path, **fault)
    with pytest.raises(JobError) as error:
        inside(cluster).fire_all([order(1)], 1)
    assert words in str(error.value)
    assert cluster.objects == {}


def test_answers_survive_the_log() -> None:
    volleys = [
        Volley(3, [Answer(0.1, 200, who="a", headers={"x": "ü"}, text="t", first=0.05, tokens=3), Answer(1.0, error="reset", detail="d")], 2.5),
        Volley(0),
    ]
    assert unpack(pack(volleys)) == volleys
    assert Order.load(order(1, body="b", rate=2.5).dump()) == order(1, body="b", rate=2.5)
