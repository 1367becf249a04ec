# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab: its state folder, starting it, looking at it, and taking it away without a trace."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from . import audit, components, contents, kubeconfig, locks, ports, process, progress
from .api import Api
from .build import Built, build
from .certs import Authority
from .contents import Nodes
from .errors import AddressInUseError, LabError
from .paths import PACKAGE, STAGES, cache_root
from .process import Process

RECORD = "lab.json"
USERS = {"admin": ("lab:admin", ["system:masters"]), "viewer": (contents.VIEWER, [])}
PROGRAMS = {
    "controller-manager": ("system:kube-controller-manager", []),
    "scheduler": ("system:kube-scheduler", []),
    "kwok": ("lab:kwok", ["system:masters"]),
    "server": ("kubernetes", []),
}


@dataclasses.dataclass(frozen=True)
class Lab:
    """A lab as it is recorded in its state folder."""

    state: Path
    manifests: Path
    ports: dict[str, int]
    nodes: Nodes
    processes: list[Process]

    @property
    def kubeconfig(self) -> str:
        return str(self.state / "admin.kubeconfig")

    @property
    def viewer_kubeconfig(self) -> str:
        return str(self.state / "viewer.kubeconfig")

    @property
    def audit_log(self) -> Path:
        return self.state / "audit.log"

    @property
    def bin(self) -> Path:
        return self.state / "bin"

    @property
    def server(self) -> str:
        return f"https://127.0.0.1:{self.ports['api']}"

    @property
    def api(self) -> Api:
        return Api(self.ports["api"], self.state / "pki", "admin")

    def dead(self) -> list[str]:
        """Names of programs that should run and do not."""
        running = {entry.name for entry in self.processes if entry.alive()}
        return [name for stage in components.STAGES for name in stage if name not in running]

    def kubectl(self, *args: str, input: str | None = None, check: bool = True) -> str:  # noqa: A002 - subprocess calls it so
        """Standard output of kubectl as admin; an error carries what kubectl said."""
        done = subprocess.run([str(self.bin / "kubectl"), f"--kubeconfig={self.kubeconfig}", *args], input=input, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise LabError(f"kubectl {' '.join(args)} failed: {done.stderr.strip()}")
        return done.stdout

    def requests(
        self,
        user_agent: str | None = None,
        user: str | None = None,
        since: datetime.datetime | str | None = None,
        verbs: tuple[str, ...] = (),
    ) -> list[audit.Event]:
        """Requests that the API server has answered, see `audit.requests`."""
        audit.flush(self.api, self.audit_log)
        return audit.requests(self.audit_log, user_agent, user, since, verbs)

    def save(self) -> None:
        """Record the lab; also every path that others may want, so that they need not know the layout."""
        record: dict[str, Any] = dataclasses.asdict(self) | {
            "state": str(self.state),
            "manifests": str(self.manifests),
            "kubeconfig": self.kubeconfig,
            "viewer_kubeconfig": self.viewer_kubeconfig,
            "audit_log": str(self.audit_log),
            "bin": str(self.bin),
            "server": self.server,
        }
        kubeconfig.write_private(self.state / RECORD, json.dumps(record, indent=2) + "\n")


def load(state: Path) -> Lab | None:
    """The lab recorded in a state folder; None when there is none."""
    try:
        record = json.loads((state / RECORD).read_text(encoding="utf-8"))
        processes = [Process.load(entry) for entry in record["processes"]]
        return Lab(state, Path(record["manifests"]), record["ports"], Nodes(**record["nodes"]), processes)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise LabError(f"{state / RECORD} cannot be read: {error!r}", "end the programs that it names and delete the folder") from error


def up(state: Path, nodes: Nodes | None = None, port: int | None = None, cache: Path | None = None) -> tuple[Lab, bool]:
    """The running lab, and whether this call started it."""
    state = state.absolute()
    nodes = nodes or Nodes()
    _refuse_foreign(state)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with locks.hold(state, lambda: progress.say(f"{state}: another command is at work on this lab, waiting for it")):
            return _up(state, nodes, port, cache or cache_root())
    finally:
        with contextlib.suppress(OSError):
            state.rmdir()  # only when it is empty: nothing was started, so nothing is left


def _up(state: Path, nodes: Nodes, port: int | None, cache: Path) -> tuple[Lab, bool]:
    before = load(state)
    if before and not before.dead():
        same_wishes(before, nodes, port)
        return before, False
    built = build(cache)
    if before:
        _tell_dead(before)
        _stop(before)
    return _start(state, built, nodes, port, before.ports if before else {}), True


def down(state: Path) -> bool:
    """End a lab and remove its state folder; whether there was one."""
    state = state.absolute()
    if load(state) is None:
        return False
    with locks.hold(state):
        lab = load(state)
        if lab is None:
            return False
        _stop(lab)
        shutil.rmtree(state)
    return True


def _tell_dead(lab: Lab) -> None:
    """Why a lab is started again. When all have ended somebody killed them; else the log of the one that died may tell why."""
    progress.say(f"{lab.state}: not running of this lab: {', '.join(lab.dead())}; starting it again with its data")
    for entry in lab.processes if any(entry.alive() for entry in lab.processes) else []:
        if not entry.alive():
            progress.say(f"{entry.name} has ended; {process.tail(entry, 3).strip()}")


def _refuse_foreign(state: Path) -> None:
    """Never start in, and so never later remove, a folder that holds somebody's files."""
    if state.is_dir() and not (state / RECORD).exists() and any(state.iterdir()):
        raise LabError(f"{state} is not empty and not a lab's state folder", "name another folder; one that does not exist is made")


def same_wishes(lab: Lab, nodes: Nodes, port: int | None) -> None:
    """A running lab is not changed; to ask for another one in its place is a mistake."""
    if nodes != lab.nodes:
        raise LabError(f"the lab in {lab.state} runs with {lab.nodes}; asked were {nodes}", "take it down first, or name another state folder")
    if port is not None and port != lab.ports["api"]:
        raise LabError(f"the lab in {lab.state} listens on port {lab.ports['api']}; asked was {port}", "take it down first, or name another state folder")


def _stop(lab: Lab) -> None:
    for stage in reversed(components.STAGES):
        process.stop([entry for entry in lab.processes if entry.name in stage])


def _start(state: Path, built: Built, nodes: Nodes, port: int | None, before: dict[str, int]) -> Lab:
    """Start on free ports; when a stranger takes one of them in between, with others."""
    for attempt in range(3):
        lab = Lab(state, built.manifests, ports.choose(components.PORTS, before if attempt == 0 else {}, port), nodes, [])
        try:
            return _start_on(lab, built)
        except AddressInUseError:
            if attempt == 2:
                raise
            progress.say("somebody took a port between our choosing it and using it; trying others")
    raise AssertionError("the loop above returns or raises")


def _start_on(lab: Lab, built: Built) -> Lab:
    step = progress.Step("start the lab")
    lab.save()
    try:
        stages = _prepare(lab, built)
        commands = components.commands(lab.ports, stages)
        healthy = components.health(lab.ports, lab.state / "pki")
        for names in components.STAGES:
            started = [_spawn(lab, built, name, commands[name]) for name in names]
            if names == components.STAGES[-1]:
                contents.fill(lab.api, lab.nodes, built.copies("kwok", "objects"))
            for entry in started:
                process.await_healthy(entry, healthy[entry.name], _deadline())
                step.tick()
        contents.await_ready(lab.api, lab.nodes, _deadline())
    except BaseException:
        step.failed()
        _stop(lab)
        raise
    step.done("ready")
    return lab


def _spawn(lab: Lab, built: Built, name: str, flags: list[str]) -> Process:
    """Start and record at once: a lab that is killed while it starts can still be taken down."""
    entry = process.spawn(name, [str(built.programs[name]), *flags], lab.state)
    lab.processes.append(entry)
    lab.save()
    return entry


def _prepare(lab: Lab, built: Built) -> list[str]:
    """Files that the programs read; returns the KWOK stages, relative to the state folder."""
    pki = lab.state / "pki"
    authority = Authority(pki)
    authority.key_pair("sa")
    for file, (name, groups) in {**USERS, **PROGRAMS}.items():
        authority.issue(file, name, groups)
    for file in USERS:
        kubeconfig.write(lab.state / f"{file}.kubeconfig", lab.ports["api"], pki, file)
    for file in ("controller-manager", "scheduler", "kwok"):
        kubeconfig.write(pki / f"{file}.kubeconfig", lab.ports["api"], pki, file)
    for folder in ("logs", "bin", "stages"):
        (lab.state / folder).mkdir(exist_ok=True)
    for name, program in built.programs.items():
        _link(lab.bin / name, program)
    _link(lab.state / "manifests", built.manifests)
    shutil.copyfile(PACKAGE.parent / "audit-policy.yaml", lab.state / "audit-policy.yaml")
    stages = [*built.copies("kwok", "stages"), *sorted(STAGES.glob("*.yaml"))]
    for stage in stages:
        shutil.copyfile(stage, lab.state / "stages" / stage.name)
    return [f"stages/{stage.name}" for stage in stages]


def _link(link: Path, target: Path) -> None:
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _deadline() -> float:
    text = os.environ.get("INFERENCE_LAB_DEADLINE", "90")
    try:
        return float(text)
    except ValueError:
        raise LabError(f"INFERENCE_LAB_DEADLINE is {text!r}", "write a number of seconds") from None
