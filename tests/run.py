# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the rings in order and says what each one counted.

    python tests/run.py [RING ...]        all of them where none is named

The lab is built and started in the background from the first moment, beside the rings that need none; the real model servers, which only e2e asks for,
are built when it runs. A failed ring does not stop the others.
A ring that ran no test has failed.

Most rings have a worker for each core (pytest-xdist).

Where real programs answer, a test may fail over the moment at which it ran. Up to two failed tests of such a ring are run once more, alone; one that passes
then is named as unsteady in the ring's line and in the last one, with its failure above, and is a defect to be mended. More than two are no accident.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".ansible" / "test"


@dataclass(frozen=True)
class Ring:
    """One pytest run over one folder. ``minutes`` is many times what it takes: a ring that hangs must not take the others along.

    ``beside``: what runs beside each other, for each core a worker with a lab of its own: "loadfile" for files, as tests of one file may go on from each
    other, or "loadgroup" for single tests; nothing where time is measured.
    """

    name: str
    folder: str
    lab: bool = False
    minutes: float = 20
    traffic: bool = False
    beside: str = ""


RINGS = (
    Ring("gates", "tests/gates", beside="loadfile"),
    Ring("unit", "tests/unit", beside="loadfile"),
    Ring("integration", "tests/integration", lab=True, minutes=60, beside="loadfile"),
    Ring("e2e", "tests/e2e", lab=True, traffic=True, minutes=30),
    Ring("molecule", "tests/scenarios", lab=True, minutes=30, beside="loadgroup"),
)


MOST_UNSTEADY = 2
MOST_WORKERS = 4
"""A lab takes six tenths of a GB."""


@dataclass(frozen=True)
class Count:
    """What a ring did. ``problem`` is a reason to fail it that no test names, ``left_out`` why this machine cannot run it, ``reasons`` why it skipped tests.

    ``unsteady``: tests that failed, and passed alone.
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problem: str = ""
    left_out: str = ""
    reasons: tuple[str, ...] = ()
    unsteady: tuple[str, ...] = ()

    @property
    def green(self) -> bool:
        return bool(self.left_out) or (not self.failed and not self.problem and self.passed > 0)


def say(text: str) -> None:
    print(text, flush=True)


def environment() -> dict[str, str]:
    """The venv's programs first, and the lab that is started here for every test."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_", "PYTEST_"))}
    env.pop("KUBECONFIG", None)
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    env["PYTHONPATH"] = str(ROOT / "roles" / "lab" / "files")
    env["PYTHONUNBUFFERED"] = "1"
    env["INFERENCE_LAB_STATE"] = str(WORK / "lab")
    env["ANSIBLE_CONFIG"] = str(ROOT / "ansible.cfg")
    return env


class Lab:
    """Builds and starts the lab beside the first rings; its lines are marked, because they come in between."""

    def __init__(self) -> None:
        self.worker = threading.Thread(target=self.start, daemon=True)
        self.child: subprocess.Popen[str] | None = None
        self.problem = ""
        self.stopped = False
        self.settled = threading.Event()

    def command(self, *argv: str, before: tuple[str, ...] = ()) -> int:
        line, pipe = [*before, sys.executable, "-m", "inference_lab", *argv], subprocess.PIPE
        with subprocess.Popen(line, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT, text=True) as child:
            self.child = child
            for text in child.stdout or ():
                say(f"lab | {text.rstrip()}")
        return child.returncode

    def start(self) -> None:
        """Then what only one ring needs, with little of the machine: without it that ring skips some tests and says why."""
        try:
            self.bring_up()
        finally:
            self.settled.set()
        if not self.problem and not self.stopped:
            self.command("build", "--engines", "auto", before=("nice",))

    def bring_up(self) -> None:
        began = time.monotonic()
        state = str(WORK / "lab")
        for argv in (("down", "--state", state), ("build",), ("up", "--traffic", "no", "--state", state)):
            if self.stopped:
                return
            code = self.command(*argv)
            if code:
                self.problem = f"the lab did not start (inference_lab {argv[0]} exited {code}; its lines are above)"
                return
        say(f"lab | ready after {time.monotonic() - began:.0f} s")

    def wait(self) -> str:
        """Why there is no lab; empty when there is one."""
        if not self.settled.is_set():
            say("lab | waiting for it")
        self.settled.wait()
        return self.problem

    def stop(self) -> None:
        self.stopped = True
        if self.worker.is_alive() and self.child:
            self.child.terminate()
        self.worker.join()
        self.command("down", "--state", str(WORK / "lab"))


def read_count(report: Path, code: int) -> Count:
    """Counted from pytest's own report, not from what it printed."""
    if not report.exists():
        return Count(problem=f"pytest exited {code} and left no report")
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))  # noqa: S314 - our own file
    total, failures, errors, skipped = (sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped"))
    failed = failures + errors
    passed = total - failed - skipped
    problem = ""
    if not passed and not failed:
        problem = "no test ran"
    elif code and not failed:
        problem = f"pytest exited {code}"
    reasons = sorted({entry.get("message", "") for suite in suites for entry in suite.iter("skipped")})
    return Count(passed, failed, skipped, problem, reasons=tuple(reason for reason in reasons if reason))


def run_ring(ring: Ring, lab: Lab | None) -> Count:
    problem = lab.wait() if ring.lab and lab else ""
    if problem:
        return Count(problem=problem)
    if ring.traffic and (lack := traffic_lack()):
        return Count(left_out=lack)
    count, names = run_once(ring, WORK / f"{ring.name}.xml", *workers(ring), ring.folder)
    if not ring.lab or count.problem or not 0 < count.failed <= MOST_UNSTEADY:
        return count
    say(f"{ring.name}: once more, alone: {', '.join(names)}")
    second, _names = run_once(ring, WORK / f"{ring.name}-again.xml", "--last-failed", "--last-failed-no-failures=none", ring.folder)
    if second.problem or second.failed or second.passed != count.failed:
        return count
    return replace(count, passed=count.passed + count.failed, failed=0, unsteady=names)


def workers(ring: Ring) -> list[str]:
    """Options of pytest-xdist."""
    number = min(os.cpu_count() or 1, MOST_WORKERS) if ring.beside else 1
    return ["--numprocesses", str(number), "--dist", ring.beside] if number > 1 else []


def run_once(ring: Ring, report: Path, *what: str) -> tuple[Count, tuple[str, ...]]:
    """What a run of pytest counted, and the names of the tests that failed."""
    report.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "pytest", "-q", "--tb=short", "--durations=5", "--durations-min=5", f"--junit-xml={report}", *what]
    code = run_pytest(argv, ring.minutes * 60)
    count = read_count(report, 1 if code is None else code)
    if code is None:
        return replace(count, problem=f"stopped, because it took longer than {ring.minutes:g} minutes"), ()
    return count, read_failed(report)


def read_failed(report: Path) -> tuple[str, ...]:
    cases = ElementTree.parse(report).getroot().iter("testcase") if report.exists() else ()  # noqa: S314 - our own file
    return tuple(f"{case.get('classname')}.{case.get('name')}" for case in cases if case.find("failure") is not None or case.find("error") is not None)


def traffic_lack() -> str:
    """Why this machine allows no network namespace; empty when it does. Any other lack is for the ring itself to fail with."""
    argv = [sys.executable, "-c", "from inference_lab.traffic import namespace; print(namespace.missing())"]
    done = subprocess.run(argv, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def run_pytest(argv: list[str], seconds: float) -> int | None:
    """The exit status; None when it had to be stopped. In a session of its own, so that what a hanging test started ends with it."""
    with subprocess.Popen(argv, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, start_new_session=True) as child:
        try:
            return child.wait(seconds)
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as reason:
            os.killpg(child.pid, signal.SIGINT)  # pytest then takes down what its fixtures started, and reports what it has
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(60)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            if isinstance(reason, KeyboardInterrupt):
                raise
            return None


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One run in a checkout at a time: they would share the lab."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("make test already runs in this checkout; wait for it or use another clone.")
        yield


def run_rings(rings: list[Ring]) -> dict[str, Count]:
    counts: dict[str, Count] = {}
    lab = Lab() if any(ring.lab for ring in rings) else None
    if lab:
        lab.worker.start()
    try:
        for ring in rings:
            say(f"\n=== {ring.name}")
            began = time.monotonic()
            count = counts[ring.name] = run_ring(ring, lab)
            say(summary(ring.name, count, time.monotonic() - began))
    finally:
        if lab:
            lab.stop()
    return counts


def summary(name: str, count: Count, seconds: float) -> str:
    if count.left_out:
        return f"{name}: LEFT OUT: {count.left_out}"
    skipped = f", {count.skipped} skipped" if count.skipped else ""
    problem = f" - FAILED: {count.problem}" if count.problem else ""
    unsteady = f"; UNSTEADY (failed, then passed alone): {', '.join(count.unsteady)}" if count.unsteady else ""
    reasons = f"; skipped: {'; '.join(count.reasons)}" if count.reasons else ""
    return f"{name}: {count.passed} passed, {count.failed} failed{skipped} ({seconds:.0f} s){problem}{unsteady}{reasons}"


def main(names: list[str]) -> int:
    known = {ring.name: ring for ring in RINGS}
    unknown = [name for name in names if name not in known]
    if unknown:
        say(f"There is no ring {', '.join(unknown)}. Rings: {', '.join(known)}.")
        return 2
    began = time.monotonic()
    with alone():
        counts = run_rings([known[name] for name in names] if names else list(RINGS))
    red = [name for name, count in counts.items() if not count.green]
    # A ring that failed as a whole counts as one failure, so that the closing line never looks green.
    failed = sum(max(count.failed, 0 if count.green else 1) for count in counts.values())
    skipped = sum(count.skipped for count in counts.values())
    say(f"\n{len(counts)} rings in {time.monotonic() - began:.0f} s; " + (f"failed: {', '.join(red)}" if red else "all green"))
    unsteady = [name for count in counts.values() for name in count.unsteady]
    told = (f", {skipped} skipped" if skipped else "") + (f"; unsteady: {', '.join(unsteady)}" if unsteady else "")
    say(f"{sum(count.passed for count in counts.values())} passed, {failed} failed{told}")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
