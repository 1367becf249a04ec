# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping the programs of a lab: what they need in the state folder, in which order, and how each is known to be well."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from . import components, contents, kubeconfig, ports, process, progress
from .build import Built
from .certs import Authority
from .errors import AddressInUseError, LabError
from .paths import PACKAGE, STAGES
from .process import Process
from .traffic import door, namespace, programs
from .traffic.namespace import Namespace

if TYPE_CHECKING:
    from .lab import Lab

USERS = {"admin": ("lab:admin", ["system:masters"]), "viewer": (contents.VIEWER, [])}
PROGRAMS = {
    "controller-manager": ("system:kube-controller-manager", []),
    "scheduler": ("system:kube-scheduler", []),
    "kwok": ("lab:kwok", ["system:masters"]),
    "supervisor": ("lab:supervisor", ["system:masters"]),
    "server": ("kubernetes", []),
}
PYTHON = {"PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}


def can_carry_traffic(wish: bool | None) -> bool:
    """Whether this lab will; with a line that says what is missing when it was left to the machine, with an error when it was asked for."""
    if wish is False:
        return False
    lack = namespace.missing() or _library_missing()
    if lack and wish:
        raise LabError(f"the lab cannot carry traffic on this machine: {lack}", "see above, or ask for a lab without traffic")
    if lack:
        progress.say(f"the lab starts without traffic (pods do not answer requests): {lack}")
    return not lack


def _library_missing() -> str:
    try:
        import aiohttp  # noqa: F401 - only labs with traffic need it
    except ImportError:
        return f"{sys.executable} has no aiohttp, which the package 'kubernetes' of the Python package index brings"
    return ""


def start(make: Callable[[dict[str, int]], Lab], built: Built, port: int | None, before: dict[str, int]) -> Lab:
    """Start on free ports; when a stranger takes one of them in between, with others."""
    for attempt in range(3):
        names = components.ports_of(make({}).traffic)
        lab = make(ports.choose(names, before if attempt == 0 else {}, port))
        try:
            return _start_on(lab, built)
        except AddressInUseError:
            if attempt == 2:
                raise
            progress.say("somebody took a port between our choosing it and using it; trying others")
    raise AssertionError("the loop above returns or raises")


def stop(lab: Lab) -> None:
    """End the programs in the reverse order of their start."""
    for stage in reversed(lab.stages):
        process.stop([entry for entry in lab.processes if entry.name in stage])


def _start_on(lab: Lab, built: Built) -> Lab:
    step = progress.Step("start the lab")
    lab.save()
    try:
        stages = _prepare(lab, built)
        commands = components.commands(lab.ports, stages, lab.traffic)
        healthy = components.health(lab.ports, lab.state / "pki")
        enter = _open_network(lab) if lab.traffic else []
        for names in components.STAGES:
            started = [_spawn(lab, name, [*enter, str(built.programs[name]), *commands[name]]) for name in names]
            if names == components.STAGES[-1]:
                contents.fill(lab.api, lab.nodes, built.copies("kwok", "objects"))
            for entry in started:
                process.await_healthy(entry, healthy[entry.name], _deadline())
                step.tick()
        if lab.traffic:
            _supervise(lab, enter)
        contents.await_ready(lab.api, lab.nodes, _deadline())
    except BaseException:
        step.failed()
        stop(lab)
        raise
    step.done("ready")
    return lab


def _spawn(lab: Lab, name: str, argv: list[str], environment: dict[str, str] | None = None, sockets: tuple[int, ...] = ()) -> Process:
    """Start and record at once: a lab that is killed while it starts can still be taken down."""
    entry = process.spawn(name, argv, lab.state, environment, sockets)
    lab.processes.append(entry)
    lab.save()
    return entry


def _open_network(lab: Lab) -> list[str]:
    """The namespace and the door to it; returns what to write before a command that belongs inside."""
    user, sign = namespace.needs_user(), lab.state / namespace.READY
    sign.unlink(missing_ok=True)
    holder = _spawn(lab, "network", namespace.hold(user))
    process.await_healthy(holder, lambda: "" if sign.exists() else "the network is not set up yet", _deadline())
    enter = Namespace(holder.pid, user).enter
    with _listening(lab.ports) as sockets:
        doors = [f"{number}={'gateway' if name == 'gateway' else lab.ports[name]}" for name, number in sockets.items()]
        sign = lab.state / door.READY
        sign.unlink(missing_ok=True)
        entry = _spawn(lab, "door", [*enter, sys.executable, "-m", "inference_lab.traffic.door", *doors], PYTHON, tuple(sockets.values()))
        process.await_healthy(entry, lambda: "" if sign.exists() else "it has not started yet", _deadline())
    return enter


@contextlib.contextmanager
def _listening(wanted: dict[str, int]) -> Iterator[dict[str, int]]:
    """Sockets of the host's loopback by name; the door has its own copies of them when ours are closed."""
    with contextlib.ExitStack() as stack:
        numbers = {}
        for name, port in wanted.items():
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                raise AddressInUseError(f"port {port} on 127.0.0.1 cannot be used: {error.strerror}", "try again") from error
            listener.listen(512)
            numbers[name] = listener.fileno()
        yield numbers


def _supervise(lab: Lab, enter: list[str]) -> None:
    sign = lab.state / "supervisor.ready"
    sign.unlink(missing_ok=True)
    argv = [*enter, sys.executable, "-m", "inference_lab.traffic.supervisor", str(lab.ports["api"]), *(["engines"] if lab.engines else [])]
    entry = _spawn(lab, "supervisor", argv, PYTHON)
    process.await_healthy(entry, lambda: "" if sign.exists() else "it has not started yet", _deadline())


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
    for folder in ("logs", "bin"):
        (lab.state / folder).mkdir(exist_ok=True)
    for name, program in built.programs.items():
        _link(lab.bin / name, program)
    _link(lab.state / "manifests", built.manifests)
    shutil.copyfile(PACKAGE.parent / "audit-policy.yaml", lab.state / "audit-policy.yaml")
    return write_stages(lab.state, built.copies("kwok", "stages"), lab.traffic, lab.engines)


def write_stages(state: Path, copies: list[Path], traffic: bool, engines: bool = False) -> list[str]:
    """KWOK's stages, and none that the same lab had when it ran otherwise; returns them relative to the state folder."""
    folder = state / "stages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    supervised = programs.supervised(engines) if traffic else ""
    for stage in [*copies, *sorted(STAGES.glob("*.yaml")), *(sorted(STAGES.glob("traffic/*.yaml")) if traffic else [])]:
        _write_stage(stage, folder / stage.name, supervised)
    return [f"stages/{stage.name}" for stage in sorted(folder.iterdir())]


def _write_stage(source: Path, target: Path, supervised: str) -> None:
    """As it is; with traffic KWOK leaves the pods alone whose readiness the supervisor decides about, which SUPERVISED tells."""
    text = source.read_text(encoding="utf-8").replace("SUPERVISED", json.dumps(supervised))
    if supervised and source.name in ("pod-ready.yaml", "pod-complete.yaml"):
        stage = yaml.safe_load(text)
        stage["spec"]["selector"]["matchExpressions"].append({"cel": {"expression": f"!({supervised})"}})
        text = yaml.safe_dump(stage)
    target.write_text(text, encoding="utf-8")


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
