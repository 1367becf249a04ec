# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while the lab looks after pods is told and tried again, and stays one pod's affair."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inference_lab.traffic import pod_program, supervisor
from inference_lab.traffic.pod_program import PodProgram
from inference_lab.traffic.programs import Surroundings

FILES = {"kubeconfig": "secret", "account/token": "secret"}
ECHO = "import sys\nfor line in sys.stdin: print('{\"problems\": []}', flush=True)"


def pod(name: str = "picker", image: str = "epp:1", **status: Any) -> dict[str, Any]:
    meta = {"namespace": "ai", "name": name, "uid": f"uid-{name}"}
    containers = [{"name": "main", "image": image}]
    return {"metadata": meta, "spec": {"serviceAccountName": name, "containers": containers}, "status": {"podIP": "10.244.1.9", "phase": "Running", **status}}


class Api:
    """Stands for the API server: remembers what it is told, and answers as ANSWERS says before it says 200."""

    def __init__(self, *answers: int | Exception) -> None:
        self.told: list[dict[str, Any]] = []
        self.answers = list(answers)

    async def request(self, _method: str, path: str, body: Any = None, _content: str = "") -> tuple[int, dict[str, Any]]:
        if path.endswith("/broken/token"):
            return 404, {"message": 'serviceaccounts "broken" not found'}
        if path.endswith("/token"):
            return 201, {"status": {"token": "secret"}}
        match self.answers.pop(0) if self.answers else 200:
            case Exception() as error:
                raise error
            case int(status):
                if status == 200:
                    self.told.append(body["status"])
                return status, {}


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


class Trial(PodProgram):
    """A pod's program that is `sleep`, started without a namespace; the first starts fail as FAULTS say."""

    faults: tuple[Exception, ...] = ()

    async def _spawn(self, _program: Any) -> asyncio.subprocess.Process:
        if self.faults:
            fault, *rest = self.faults
            self.faults = tuple(rest)
            raise fault
        return await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)

    async def _well(self, _probe: Any) -> bool:
        return True


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def detach(_interface: str) -> None:
        return

    monkeypatch.setattr(pod_program, "BACKOFF", (0.01,))
    monkeypatch.setattr(pod_program, "AGAIN", 0.01)
    monkeypatch.setattr(supervisor, "AGAIN", 0.01)
    monkeypatch.setattr(pod_program.pod_network, "detach", detach)


def trial(folder: Path, api: Api, found: dict[str, Any] | None = None) -> Trial:
    found = found or pod()
    entry = Trial(api, folder, found, "picker", found["spec"]["containers"][0])  # type: ignore[arg-type]
    entry.start(Surroundings("", "secret", {}, lambda *_: "", ("10.96.0.1", 6443)), FILES)
    return entry


def ready(status: dict[str, Any]) -> bool:
    return bool(status["conditions"][0]["status"] == "True")


def test_a_program_that_cannot_be_started_says_why_and_is_tried_again(tmp_path: Path) -> None:
    async def work() -> None:
        api = Api()
        entry = trial(tmp_path, api)
        entry.faults = (OSError("ip: no veth"), OSError("ip: no veth"), TypeError("a fault of ours"))
        await until(lambda: api.told and ready(api.told[-1]))
        waiting = [status["containerStatuses"][0]["state"].get("waiting", {}) for status in api.told]
        assert [(said.get("reason"), said.get("message", "").partition(";")[0]) for said in waiting] == [
            ("CreateContainerError", "ip: no veth"),  # the same once
            ("CreateContainerError", "a fault of ours"),
            (None, ""),
        ]
        await entry.stop()
        assert not entry.folder.exists()

    asyncio.run(work())


def test_readiness_is_told_until_the_api_server_has_it(tmp_path: Path) -> None:
    async def work() -> None:
        api = Api(OSError("connection refused"), 500, 429)
        entry = trial(tmp_path, api)
        await until(lambda: api.told)
        assert ready(api.told[0])
        await entry.stop()

    asyncio.run(work())


def test_a_pod_that_an_earlier_lab_left_ready_is_not_until_its_program_is_well(tmp_path: Path) -> None:
    async def work() -> None:
        api = Api()
        entry = trial(tmp_path, api, pod(conditions=[{"type": "Ready", "status": "True"}]))
        await until(lambda: len(api.told) == 2)
        assert [ready(status) for status in api.told] == [False, True]
        await entry.stop()

    asyncio.run(work())


def test_tokens_and_secrets_are_nobody_elses(tmp_path: Path) -> None:
    async def work() -> None:
        tmp_path.chmod(0o755)  # somebody's own, empty folder, given as --state
        entry = trial(tmp_path, Api())
        assert (entry.folder / "account" / "token").read_text(encoding="utf-8") == "secret"
        assert stat.S_IMODE((tmp_path / "pods").stat().st_mode) == 0o700
        await entry.stop()

    asyncio.run(work())


def test_to_stop_a_program_does_not_swallow_that_we_are_to_end(tmp_path: Path) -> None:
    async def work() -> None:
        api = Api()
        entry = trial(tmp_path, api)
        await until(lambda: api.told)
        stopping = asyncio.create_task(entry.stop())
        await asyncio.sleep(0)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        await entry.stop()

    asyncio.run(work())


@pytest.fixture
def boss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> supervisor.Supervisor:
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "ca.crt").write_text("certificate", encoding="ascii")
    (tmp_path / "logs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(supervisor, "Cluster", lambda *_: Api())
    monkeypatch.setattr(supervisor, "PodProgram", Trial)
    monkeypatch.setattr(supervisor, "SIMULATOR", [sys.executable, "-c", ECHO])
    return supervisor.Supervisor(tmp_path, 6443)


def test_a_pod_without_an_account_does_not_keep_others_from_starting(boss: supervisor.Supervisor, capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> None:
        boss.pods.objects = {("ai", name): pod(name) for name in ("broken", "fine")}
        for _turn in range(3):
            await boss._look()
        assert list(boss.running) == ["uid-fine"]
        await asyncio.wait_for(boss.changed.wait(), 5)  # it is tried again without any change of the cluster
        await boss.running["uid-fine"].stop()

    asyncio.run(work())
    assert capsys.readouterr().err.count('serviceaccounts "broken" not found') == 1, "said once"


def test_a_simulator_that_dies_is_started_again_though_no_pod_changes(boss: supervisor.Supervisor) -> None:
    async def work() -> None:
        boss.simulator = first = await boss._start_simulator()
        boss.pods.objects = {("ai", "vllm"): pod("vllm", "vllm/vllm-openai:v1")}
        await boss._look()
        assert json.loads(boss.table)["pods"][0]["name"] == "vllm"
        boss.changed.clear()
        os.kill(first.pid, signal.SIGKILL)
        await asyncio.wait_for(boss.changed.wait(), 5)
        await boss._look()
        assert boss.simulator is not first
        assert boss.table, "the new one has the table"
        boss.simulator.kill()
        await boss.simulator.wait()

    asyncio.run(work())
