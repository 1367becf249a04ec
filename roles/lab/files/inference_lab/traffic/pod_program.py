# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pod's program: started in a namespace with the pod's address, watched, started again when it ends, and all of it told in the pod's status."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import dataclasses
import datetime
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import aiohttp

from . import logs, pod_network, pod_root, programs
from .container import Contents
from .mirror import Cluster, Object
from .programs import Program, Surroundings

PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
TAIL = 12
BACKOFF = (0.2, 1.0, 5.0, 15.0)
GRACE = 3.0
# A namespace and a pair of interfaces take milliseconds; this is for machines that are out of breath.
START = 20.0
# What ran well for so long starts at once when it ends.
SETTLED = 60.0
AGAIN = 0.5
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Between fork and exec: the kernel ends this child when the supervisor is gone, however that came about."""
    _LIBC.prctl(1, signal.SIGKILL)


class PodProgram:
    """Runs from `start` until `stop`."""

    def __init__(self, cluster: Cluster, state: Path, pod: Object, sort: str, spec: Object) -> None:
        meta = pod["metadata"]
        self.cluster = cluster
        self.pod = pod
        self.sort = sort
        self.spec = spec
        self.state = state
        self.key = meta["namespace"], meta["name"]
        self.uid = meta["uid"]
        self.folder = state / "pods" / f"{meta['namespace']}_{meta['name']}_{self.uid[:8]}"
        self.log = logs.file_of(state, *self.key)
        # Interface names end at 15 characters; an address is unique among running pods.
        self.interface = "pod" + "".join(f"{int(part):02x}" for part in pod["status"]["podIP"].split("."))
        self.restarts = 0
        self.began: str | None = None
        self.problem = ""
        self.task: asyncio.Task[None] | None = None
        self.around: Surroundings | None = None

    def start(self, around: Surroundings, files: Mapping[str, str | bytes]) -> None:
        """FILES come beside those of the pod's volumes."""
        self.around = dataclasses.replace(around, folder=str(self.folder))
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # tokens and Secrets, whatever the mode of the state folder is
        self.folder.mkdir(exist_ok=True)
        self._write(files)
        self.task = asyncio.create_task(self._run())

    def refresh(self, known: Contents) -> None:
        """Files of a ConfigMap or Secret that has changed are written anew, as a kubelet does; whether the program looks is its own affair."""
        if self.around and known != self.around.known:
            self.around = dataclasses.replace(self.around, known=known)
            with contextlib.suppress(KeyError, ValueError):
                self._write(self._program().files)

    def _program(self) -> Program:
        return programs.program(self.sort, self.pod, self.spec, cast("Surroundings", self.around))

    async def stop(self) -> None:
        """End the program and remove what it left, but for its log."""
        if self.task:
            self.task.cancel()
            await asyncio.wait([self.task])
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _run(self) -> None:
        """Nobody waits for this task, so nothing may end it but `stop`: what goes wrong is told in the pod's status and in the log, and tried again."""
        if _says_ready(self.pod):
            await self._tell(ready=False)  # of a lab that was killed and runs again
        tries = 0
        while True:
            began = time.monotonic()
            try:
                if await self._live(self._program()):
                    return
            except (KeyError, ValueError) as error:  # a Service or a ConfigMap that is not there yet
                await self._explain("CreateContainerConfigError", str(error.args[0] if error.args else error))
                await asyncio.sleep(AGAIN)
                continue
            except Exception as error:
                await self._explain("CreateContainerError", f"{error or type(error).__name__}; {self.tail()}")
            tries = 0 if time.monotonic() - began > SETTLED else tries
            await asyncio.sleep(BACKOFF[min(tries, len(BACKOFF) - 1)])
            tries += 1

    async def _live(self, program: Program) -> bool:
        """From one start of the program to its end; true where the pod has come to its end with it."""
        self._write(program.files)
        for folder in program.folders:
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        child = await self._spawn(program)
        self.problem, self.began = "", _now()
        try:
            if await self._until_well(child, program):
                await self._tell(ready=True)
            code = await child.wait()
        finally:
            await self._end(child)
        policy = self.pod["spec"].get("restartPolicy", "Always")
        done = policy == "Never" or (policy == "OnFailure" and code == 0)
        await self._tell(ready=False, code=code, done=done)
        print(f"{'/'.join(self.key)}: {program.name} ended with {code}; {self.tail()}", file=sys.stderr, flush=True)
        self.restarts += 1
        return done

    async def _explain(self, reason: str, problem: str) -> None:
        """Why it does not start: said once for each reason."""
        if problem != self.problem:
            self.problem = problem
            print(f"{'/'.join(self.key)}: cannot be started: {problem}", file=sys.stderr, flush=True)
            await self._tell(ready=False, waiting={"reason": reason, "message": problem})

    def _write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_name(f".{file.name}.new")
            fresh.write_bytes(content.encode() if isinstance(content, str) else content)
            fresh.replace(file)  # a reader sees the old text or the new one

    async def _spawn(self, program: Program) -> asyncio.subprocess.Process:
        argv = self._argv(program)
        server = cast("Surroundings", self.around).server
        in_cluster = {"KUBERNETES_SERVICE_HOST": server[0], "KUBERNETES_SERVICE_PORT": str(server[1])} if program.in_cluster else {}
        environment = {"PATH": PATH, "HOME": str(self.folder)} | in_cluster | program.environment
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            out.write(logs.head(datetime.datetime.now(datetime.UTC).isoformat(), [program.name, *program.args]))
            out.flush()
            where: Any = {"cwd": self.folder, "env": environment, "start_new_session": True, "preexec_fn": die_with_parent}
            child = await asyncio.create_subprocess_exec(*argv, stdin=asyncio.subprocess.PIPE, stdout=out, stderr=out, **where)
        try:
            async with asyncio.timeout(START):
                await self._in_namespace(child.pid)
                await pod_network.detach(self.interface)
                await pod_network.attach(child.pid, self.interface, self.pod["status"]["podIP"])
                await _say_go(child, program.has_children)
        except BaseException:
            await self._end(child)
            raise
        return child

    def _argv(self, program: Program) -> list[str]:
        if program.root:
            inside = pod_root.command(program.root, [program.name, *program.args], pod_root.many_users())
            return pod_network.wait_for_network(inside, mount=True)
        own = str((self.state / "bin" / program.name).resolve())
        return pod_network.wait_for_network([own, *program.args], program.in_cluster, program.has_children)

    async def _in_namespace(self, pid: int) -> None:
        """Until unshare has left the lab's own namespace; before that the pair of interfaces would end up in the wrong one."""
        ours = Path("/proc/self/ns/net").readlink()
        while Path(f"/proc/{pid}/ns/net").readlink() == ours:
            await asyncio.sleep(0.002)

    async def _end(self, child: asyncio.subprocess.Process) -> None:
        for number, seconds in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
            if child.returncode is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await child.wait()
        if child.stdin:
            child.stdin.close()
        await pod_network.detach(self.interface)

    async def _until_well(self, child: asyncio.subprocess.Process, program: Program) -> bool:
        """True when the probe is content, false when the program has ended before."""
        while child.returncode is None:
            if await self._well(program.probe):
                return True
            await asyncio.sleep(0.05)
        return False

    async def _well(self, probe: programs.Probe) -> bool:
        address = self.pod["status"]["podIP"]
        if not probe.port:
            return True
        try:
            if not probe.path:
                async with asyncio.timeout(1):  # wait_for of Python 3.11 can swallow the cancellation by which `stop` ends us
                    _reader, writer = await asyncio.open_connection(address, probe.port)
                writer.close()
                return True
            url, limit = f"{probe.scheme}://{address}:{probe.port}{probe.path}", aiohttp.ClientTimeout(total=2)
            async with self.cluster.session.get(url, ssl=False, timeout=limit) as answer:
                return answer.status == 200
        except (OSError, TimeoutError, aiohttp.ClientError):
            return False

    def tail(self) -> str:
        """The end of the log, as a kubelet takes it over when a container leaves no message of its own."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:] if self.log.exists() else []
        return "\n".join(re.sub(r"[^\x20-\x7e\t]", "?", line)[:400] for line in lines)

    async def _tell(self, ready: bool, code: int | None = None, waiting: Object | None = None, done: bool = False) -> None:
        """Readiness, and after an end its exit code and the end of its log, where 'kubectl describe' shows them; WAITING: why it has not started;
        DONE: it is not started again."""
        now = _now()
        word = "True" if ready else "False"
        why = {"reason": "PodFailed" if code else "PodCompleted"} if done else {}
        conditions = [{"type": kind, "status": word, "lastTransitionTime": now, **why} for kind in ("Ready", "ContainersReady")]
        statuses: list[Any] = []
        for container in self.pod["spec"]["containers"]:
            entry: Object = {"name": container["name"], "image": container["image"], "imageID": ""}
            entry |= {"ready": ready, "started": ready, "restartCount": self.restarts}
            if container["name"] == self.spec["name"] and code is not None:
                entry |= self._ended(code, now, done)
            else:
                entry |= {"state": {"waiting": waiting} if waiting else {"running": {"startedAt": now}}}
            statuses.append(entry)
        phase = {"phase": "Failed" if code else "Succeeded"} if done else {}
        await self._patch({"conditions": conditions, "containerStatuses": statuses, **phase})

    def _ended(self, code: int, now: str, done: bool) -> Object:
        ended: Object = {"exitCode": code if code >= 0 else 128 - code, "reason": "Error" if code else "Completed", "message": self.tail()}
        ended |= {"startedAt": self.began, "finishedAt": now}
        if done:
            return {"state": {"terminated": ended}}
        return {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "the program has ended"}}, "lastState": {"terminated": ended}}

    async def _patch(self, status: Object) -> None:
        """Until the API server has it: what is not told now would never be."""
        path = f"/api/v1/namespaces/{self.key[0]}/pods/{self.key[1]}/status"
        body = {"metadata": {"uid": self.uid}, "status": status}
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError):
                code, _answer = await self.cluster.request("PATCH", path, body, "application/strategic-merge-patch+json")
                if code < 500 and code != 429:
                    return  # taken, or the pod is gone or another one
            await asyncio.sleep(AGAIN)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _says_ready(pod: Object) -> bool:
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in pod["status"].get("conditions", []))


async def _say_go(child: asyncio.subprocess.Process, keep: bool) -> None:
    """The line for which the new namespace waits, once its interface is there. KEEP: the end of the pipe is the end of what the program started."""
    pipe = cast("asyncio.StreamWriter", child.stdin)
    pipe.write(b"go\n")
    await pipe.drain()
    if not keep:
        pipe.close()
