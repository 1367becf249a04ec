# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that outlive the command that starts them, told apart from strangers who got the same process id later."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import AddressInUseError, LabError

PROC = Path("/proc")
TAIL = 15
# Nothing of the caller's environment is meant for the lab's programs: no proxy, no KUBECONFIG, no GODEBUG.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


@dataclasses.dataclass(frozen=True)
class Process:
    """A started program. Process id, start time and boot together name it for ever."""

    name: str
    pid: int
    started: str
    boot: str
    log: str

    @classmethod
    def load(cls, entry: dict[str, Any]) -> Process:
        return cls(**entry)

    def alive(self) -> bool:
        """Whether this very program runs; a zombie does not, nor does another program with its number."""
        return self.boot == boot_id() and start_time(self.pid) == self.started

    def signal(self, number: int) -> None:
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


def boot_id() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def start_time(pid: int) -> str | None:
    """Clock ticks from boot to the start of PID; None when it does not run or only waits to be reaped."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
    # A zombie whose other threads are still on their way out holds its ports and files until they are gone.
    return None if fields[0] in "ZX" and int(fields[17]) <= 1 else fields[19]


def spawn(name: str, argv: list[str], folder: Path, environment: dict[str, str] | None = None, sockets: tuple[int, ...] = ()) -> Process:
    """Start a program in a session of its own, so that it does not end with our terminal. SOCKETS are handed over, open, with their numbers."""
    log = folder / "logs" / f"{name}.log"
    if log.exists():
        log.replace(log.with_suffix(".log.before"))  # why it ended the last time, should somebody ask
    with log.open("wb") as out:
        child = subprocess.Popen(
            argv, cwd=folder, env=ENVIRONMENT | (environment or {}), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, pass_fds=sockets
        )
    child.returncode = 0  # it is meant to outlive this object, which would warn about that
    return Process(name, child.pid, start_time(child.pid) or "gone", boot_id(), str(log))


def await_healthy(process: Process, healthy: Callable[[], str], deadline: float) -> None:
    """Ask until HEALTHY says nothing is wrong (an empty text), the program dies, or the deadline passes."""
    end = time.monotonic() + deadline
    while problem := healthy():
        if not process.alive():
            raise _died(process)
        if time.monotonic() > end:
            raise LabError(
                f"{process.name} was not healthy within {deadline:.0f} s: {problem}\n{tail(process)}",
                "see its log; on a slow or busy machine set INFERENCE_LAB_DEADLINE to more seconds",
            )
        time.sleep(0.05)


def _died(process: Process) -> LabError:
    text = tail(process)
    kind = AddressInUseError if "address already in use" in text else LabError
    return kind(f"{process.name} died while it started\n{text}", "see its log")


def tail(process: Process, lines: int = TAIL) -> str:
    """The end of a program's log, for an error message."""
    try:
        text = Path(process.log).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"  (no log: {error})"
    last = [f"    {line[:400]}" for line in text.splitlines()[-lines:]]
    return "\n".join([f"  the end of {process.log}:", *last])


def stop(processes: list[Process], grace: float = 5.0) -> None:
    """End programs together: politely, and after GRACE seconds for certain."""
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        for process in processes:
            process.signal(number)
        if _gone(processes, seconds):
            return
    rest = ", ".join(f"{process.name} ({process.pid})" for process in processes if process.alive())
    raise LabError(f"these programs do not end, not even when killed: {rest}", "they hang in the kernel; look at the machine's disks")


def _gone(processes: list[Process], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while any(process.alive() for process in processes):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    for process in processes:
        _reap(process.pid)
    return True


def _reap(pid: int) -> None:
    """Our own children leave an entry in the process table until asked for."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
