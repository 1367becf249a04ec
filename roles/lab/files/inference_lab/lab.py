# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab: its state folder, starting it, looking at it, and taking it away without a trace."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from . import audit, components, engines, kubeconfig, locks, process, progress, starting, versions
from .api import Api
from .contents import Nodes
from .errors import LabError
from .paths import cache_root
from .process import Process

RECORD = "lab.json"


@dataclasses.dataclass(frozen=True)
class Lab:
    """A lab as it is recorded in its state folder."""

    state: Path
    manifests: Path
    ports: dict[str, int]
    nodes: Nodes
    processes: list[Process]
    traffic: bool = False
    # Empty when Ollama's pods are real servers, else why they are not.
    no_engines: str = engines.NOT_ASKED
    # What its programs and manifests were made of; empty where nobody wrote it down.
    pins: versions.Pins = dataclasses.field(default_factory=dict)

    @property
    def engines(self) -> bool:
        return not self.no_engines

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

    @property
    def gateway_proxy(self) -> str:
        """Where the lab's gateway, and by HTTP CONNECT every address of the lab, can be reached from this machine; empty without traffic."""
        return f"http://127.0.0.1:{self.ports['gateway']}" if self.traffic else ""

    @property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        """Names of the programs, in the order of their start."""
        return components.stages_of(self.traffic)

    def dead(self) -> list[str]:
        """Names of programs that should run and do not."""
        running = {entry.name for entry in self.processes if entry.alive()}
        return [name for stage in self.stages for name in stage if name not in running]

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
            "gateway_proxy": self.gateway_proxy,
        }
        kubeconfig.write_private(self.state / RECORD, json.dumps(record, indent=2) + "\n")


def load(state: Path) -> Lab | None:
    """The lab recorded in a state folder; None when there is none."""
    try:
        record = json.loads((state / RECORD).read_text(encoding="utf-8"))
        processes = [Process.load(entry) for entry in record["processes"]]
        more = {name: record[name] for name in ("traffic", "no_engines", "pins") if name in record}
        return Lab(state, Path(record["manifests"]), record["ports"], Nodes(**record["nodes"]), processes, **more)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise LabError(f"{state / RECORD} cannot be read: {error!r}", "end the programs that it names and delete the folder") from error


def up(
    state: Path,
    nodes: Nodes | None = None,
    port: int | None = None,
    cache: Path | None = None,
    traffic: bool | None = False,
    engines: bool | None = False,
) -> tuple[Lab, bool]:
    """The running lab, and whether this call started it. TRAFFIC: whether pods answer requests, ENGINES: whether real model servers stand behind those of
    Ollama; None: where this machine allows it."""
    state = state.absolute()
    nodes = nodes or Nodes()
    _refuse_foreign(state)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with locks.hold(state, lambda: progress.say(f"{state}: another command is at work on this lab, waiting for it")):
            return _up(state, Wishes(nodes, port, traffic, engines), cache or cache_root())
    finally:
        with contextlib.suppress(OSError):
            state.rmdir()  # only when it is empty: nothing was started, so nothing is left


@dataclasses.dataclass(frozen=True)
class Wishes:
    """What was asked for; None means that anything will do."""

    nodes: Nodes
    port: int | None
    traffic: bool | None
    engines: bool | None = False


def _up(state: Path, wishes: Wishes, cache: Path) -> tuple[Lab, bool]:
    before = load(state)
    running = before is not None and not before.dead()
    if before and running:
        same_wishes(before, wishes)
        differences = upgrade(before)
        if not differences:
            return before, False
        progress.say(
            f"{state}: this lab runs other programs than this checkout pins; starting it again with these, and with its data: {'; '.join(differences)}"
        )
        wishes = Wishes(before.nodes, None, before.traffic, before.engines)
    if before:
        versions.refuse_older(state, before.pins, versions.current(traffic=True, engines=True))  # before anything is built
    traffic = starting.can_carry_traffic(wishes.traffic)
    built, no_engines = engines.build(cache, traffic, wishes.engines)
    pinned = versions.current(traffic, not no_engines)
    if before:
        if not running:
            _tell_dead(before)
        starting.stop(before)
    ports = before.ports if before else {}
    return starting.start(lambda ports: Lab(state, built.manifests, ports, wishes.nodes, [], traffic, no_engines, pinned), built, wishes.port, ports), True


def upgrade(lab: Lab) -> list[str]:
    """In which programs and manifests this checkout differs from a running lab; an error where it must not take over."""
    pinned = versions.current(lab.traffic, lab.engines)
    versions.refuse_older(lab.state, lab.pins, pinned)
    return versions.told(lab.pins, pinned)


def down(state: Path) -> bool:
    """End a lab and remove its state folder; whether there was one."""
    state = state.absolute()
    if load(state) is None:
        return False
    with locks.hold(state):
        lab = load(state)
        if lab is None:
            return False
        starting.stop(lab)
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


def same_wishes(lab: Lab, wishes: Wishes) -> None:
    """A running lab is not changed but by an upgrade; to ask for another one in its place is a mistake."""
    way_out = "take it down first, or name another state folder"
    if wishes.nodes != lab.nodes:
        raise LabError(f"the lab in {lab.state} runs with {lab.nodes}; asked were {wishes.nodes}", way_out)
    if wishes.port is not None and wishes.port != lab.ports["api"]:
        raise LabError(f"the lab in {lab.state} listens on port {lab.ports['api']}; asked was {wishes.port}", way_out)
    if wishes.traffic is not None and wishes.traffic != lab.traffic:
        raise LabError(f"the lab in {lab.state} runs {'with' if lab.traffic else 'without'} traffic; the other was asked for", way_out)
    if wishes.engines is not None and wishes.engines != lab.engines:
        raise LabError(f"the lab in {lab.state} runs {'with' if lab.engines else 'without'} real model servers; the other was asked for", way_out)
